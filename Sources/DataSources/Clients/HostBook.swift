internal import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// Looks the hosts of addresses up in the ``SlowLane``, and knows what it found for a minute.
///
/// There is one lookup a name at a time, however many wait for it: a silent name server outlives many
/// requests, and each lookup holds a thread until the system gives it up.
@LoopActor final class HostBook {
  /// What came of waiting for a lookup.
  enum Answer: Sendable, Hashable {
    /// Its numeric addresses; empty when the name is unknown.
    case found([String])
    /// The lookup goes on, but not for whoever waited.
    case late
    /// Nobody waits any more.
    case cancelled
  }

  /// As long as libcurl itself remembers a name.
  private static let lifetime = Duration.seconds(60)

  /// One request that waits for a name.
  @LoopActor private final class Waiter {
    let timer = LoopTimer()
    var continuation: CheckedContinuation<Answer, Never>?

    func finish(_ answer: Answer) {
      guard let continuation else { return }
      self.continuation = nil
      timer.close()
      continuation.resume(returning: answer)
    }
  }

  private let resolve: @Sendable (String) -> [String]
  private var entries: [String: (addresses: [String], foundAt: MonotonicTime)] = [:]
  /// Who waits, by the name that is being looked up.
  private var waiters: [String: [Waiter]] = [:]

  /// Makes an empty book; `resolve` may block and belongs to the thread pool.
  init(_ resolve: @escaping @Sendable (String) -> [String]) {
    self.resolve = resolve
  }

  /// The name that has to be looked up for `host`, in lower case; nil where there is none.
  ///
  /// That is so of numeric hosts, and of `localhost`, which libcurl knows by itself. It is also so of what
  /// libcurl rewrites before it looks it up: what we found would not be found there.
  nonisolated static func name(toLookUp host: String) -> String? {
    var binary = in_addr()
    let isPlain = host.utf8.allSatisfy { byte in
      (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || [0x2D, 0x2E, 0x5F].contains(byte)
    }
    guard isPlain, !host.hasSuffix("."), !WebOrigin.isLoopback(host: host),
      inet_pton(AF_INET, host, &binary) != 1
    else { return nil }
    return host
  }

  /// Waits for the addresses of `host`, at most until the deadline.
  func addresses(of host: String, within deadline: Duration) async -> Answer {
    let now = LoopActor.now().monotonic
    if let entry = entries[host], now - entry.foundAt < Self.lifetime { return .found(entry.addresses) }
    let waiter = Waiter()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        waiter.continuation = continuation
        waiter.timer.start(after: deadline) { waiter.finish(.late) }
        let isUnderWay = waiters[host] != nil
        waiters[host, default: []].removeAll { $0.continuation == nil }
        waiters[host, default: []].append(waiter)
        if !isUnderWay { lookUp(host) }
      }
    } onCancel: {
      LoopActor.task { waiter.finish(.cancelled) }
    }
  }

  /// Cancels whoever waits.
  func close() {
    for waiter in waiters.values.joined() { waiter.finish(.cancelled) }
  }

  private func lookUp(_ host: String) {
    let resolve = resolve
    LoopActor.task {
      let addresses = await SlowLane.run { resolve(host) }
      self.entries[host] = addresses.isEmpty ? nil : (addresses, LoopActor.now().monotonic)
      for waiter in self.waiters.removeValue(forKey: host) ?? [] { waiter.finish(.found(addresses)) }
    }
  }
}
