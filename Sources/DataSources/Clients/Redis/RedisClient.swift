public import Facts

/// One Redis connection, made when first asked and again after it was lost; it only looks.
///
/// Every command has a deadline that covers connecting too; when it passes the connection is given up,
/// since replies come in order and a late one would be taken for the next.
@LoopActor public final class RedisClient {
  /// Where it is, as it may be shown.
  public let address: String
  private let options: RedisOptions
  private var handle: RedisHandle?
  /// Why the connection can't be used although it stands: a refused AUTH or SELECT.
  private var refusal: SourceFailure?
  private var isClosed = false
  /// One lookup at a time: a silent name server outlives many commands.
  private var lookup: Task<[String], Never>?
  /// One reading of the certificates at a time, for the same reason.
  private var trusting: Task<Result<TLSContext?, SourceFailure>, Never>?

  /// How many commands wait for their replies.
  var waitingCount: Int { handle?.waitingCount ?? 0 }

  /// Makes a client without a connection.
  public init(_ options: RedisOptions) {
    self.options = options
    address = options.address
  }

  /// Sends one command and returns its reply, never a ``RedisReply/failure(_:)`` of it as a whole.
  ///
  /// - Throws: `refused`, `timedOut`, `unresolved`, `disconnected`, `insecure`, `unauthorized` (NOAUTH, WRONGPASS),
  ///   `forbidden` (NOPERM), `rejected` (any other error reply), `unreadable`, `cancelled`.
  public func send(
    _ command: RedisCommand,
    deadline: Duration = .seconds(2)
  ) async throws(SourceFailure) -> RedisReply {
    guard !isClosed, !Task.isCancelled else { throw SourceFailure(.cancelled, at: address) }
    let exchange = Exchange()
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        exchange.continuation = continuation
        exchange.timer.start(after: deadline) { [self] in
          let isShakingHands = exchange.handle?.isShakingHands ?? false
          let detail = isShakingHands ? "no TLS in time: is it spoken at this port?" : "no reply in time"
          giveUp(exchange, SourceFailure(.timedOut, at: address, detail: detail))
        }
        LoopActor.task { await self.begin(command, exchange) }
      }
    } onCancel: {
      LoopActor.task { self.giveUp(exchange, SourceFailure(.cancelled, at: self.address)) }
    }
    return try result.get()
  }

  /// Fails what waits as cancelled and closes the connection for good.
  public func close() {
    isClosed = true
    handle?.close()
    handle = nil
  }

  /// One command on its way: its deadline and the one who waits.
  @LoopActor private final class Exchange {
    let timer = LoopTimer()
    var continuation: CheckedContinuation<Result<RedisReply, SourceFailure>, Never>?
    weak var handle: RedisHandle?

    func finish(_ result: Result<RedisReply, SourceFailure>) {
      guard let continuation else { return }
      self.continuation = nil
      timer.close()
      continuation.resume(returning: result)
    }
  }

  private func giveUp(_ exchange: Exchange, _ failure: SourceFailure) {
    guard exchange.continuation != nil else { return }
    exchange.finish(.failure(failure))
    // Replies come in order: without this one the connection can't be trusted with the next.
    exchange.handle?.close()
  }

  private func begin(_ command: RedisCommand, _ exchange: Exchange) async {
    if handle?.isOpen != true {
      do throws(SourceFailure) {
        try await connect(exchange)
      } catch {
        return exchange.finish(.failure(error))
      }
    }
    guard exchange.continuation != nil else { return }
    guard let handle, handle.isOpen else {
      return exchange.finish(.failure(lossFailure(handle)))
    }
    exchange.handle = handle
    handle.send(command.words) { [self] reply in
      exchange.finish(outcome(reply, handle, command.words.first ?? ""))
    }
  }

  /// Connects and logs in, unless another command has done so meanwhile.
  private func connect(_ exchange: Exchange) async throws(SourceFailure) {
    let addresses = await addresses()
    guard exchange.continuation != nil, !isClosed else { throw SourceFailure(.cancelled, at: address) }
    guard !addresses.isEmpty else { throw HostNames.failure(at: address) }
    let trusted = try await trust().get()
    let turn = try await options.standing.enter(at: address, isLogin: options.password != nil)
    defer { options.standing.leave(turn) }
    guard exchange.continuation != nil, !isClosed else { throw SourceFailure(.cancelled, at: address) }
    if handle?.isOpen != true { await open(addresses, trusted, exchange) }
  }

  /// What is trusted, read anew for each connection: certificates are renewed; nil without TLS.
  private func trust() async -> Result<TLSContext?, SourceFailure> {
    guard let tls = options.tls else { return .success(nil) }
    let address = address
    let task =
      trusting
      ?? LoopActor.task {
        defer { self.trusting = nil }
        // The files may lie on a disk that is away.
        return await SlowLane.run { TLSContext.make(tls, at: address).map { $0 } }
      }
    trusting = task
    return await task.value
  }

  private func addresses() async -> [String] {
    switch options.place {
    case .unix(let path): [path]
    case .tcp(let host, _): await addresses(of: host)
    }
  }

  private func addresses(of host: String) async -> [String] {
    let task =
      lookup
      ?? LoopActor.task {
        // Ended by itself, not by who waits for it: a late one would end the next.
        defer { self.lookup = nil }
        return await SlowLane.run { HostNames.addresses(of: host) }
      }
    lookup = task
    return await task.value
  }

  /// Connects to the first address that answers at all, and enters: AUTH and SELECT go ahead of all else.
  private func open(_ addresses: [String], _ context: TLSContext?, _ exchange: Exchange) async {
    for address in addresses {
      guard exchange.continuation != nil, !isClosed else { return }
      let candidate: RedisHandle =
        switch options.place {
        case .unix(let path): RedisHandle(path: path)
        case .tcp(let host, let port):
          RedisHandle(
            address: address,
            port: port,
            tls: context.map { ($0, options.tls ?? TLSOptions(), host) }
          )
        }
      handle = candidate
      exchange.handle = candidate
      refusal = nil
      await enter(candidate)
      if candidate.isOpen || refusal != nil { return }
    }
  }

  /// Says who asks, then waits for the answer to a first SELECT, or PING where there is nothing to select.
  ///
  /// Database 0 is where everybody begins: a Sentinel and a user of few rights refuse to SELECT it.
  private func enter(_ handle: RedisHandle) async {
    await withCheckedContinuation { continuation in
      if let password = options.password {
        let user = options.user.map { [$0] } ?? []
        password.reveal { secret in
          handle.send(["AUTH"] + user + [secret]) { self.judgeEntry($0, handle, "AUTH") }
        }
      }
      let database = options.database
      let first = database == 0 ? ["PING"] : ["SELECT", "\(database)"]
      handle.send(first) { reply in
        // A user without the right to PING may have that to what is asked next.
        let isRight = database == 0 && reply.map(Self.isMissingRight) ?? false
        if !isRight { self.judgeEntry(reply, handle, first[0]) }
        continuation.resume()
      }
    }
    let now = LoopActor.now().monotonic
    // Who said nothing of himself has no login that could be refused.
    if options.password != nil, refusal?.code == .unauthorized {
      options.standing.refuse(now: now)
    } else if handle.isOpen, refusal == nil {
      options.standing.accept(isLogin: options.password != nil, now: now)
    }
    if refusal != nil { handle.close() }
  }

  private nonisolated static func isMissingRight(_ reply: RedisReply) -> Bool {
    guard case .failure(let words) = reply else { return false }
    return words.hasPrefix("NOPERM")
  }

  private func judgeEntry(_ reply: RedisReply?, _ handle: RedisHandle, _ command: String) {
    guard refusal == nil, case .failure(let words) = reply else { return }
    refusal = Self.failure(words: withoutPassword(words), of: command, at: address)
  }

  private func outcome(
    _ reply: RedisReply?,
    _ handle: RedisHandle,
    _ command: String
  ) -> Result<RedisReply, SourceFailure> {
    switch reply {
    case nil: .failure(lossFailure(handle))
    case .failure(let words): .failure(Self.failure(words: withoutPassword(words), of: command, at: address))
    case .some(let reply):
      .success(options.password.map { SentSecrets($0, user: options.user).struckOut(of: reply) } ?? reply)
    }
  }

  private func lossFailure(_ handle: RedisHandle?) -> SourceFailure {
    if let refusal { return refusal }
    guard !isClosed else { return SourceFailure(.cancelled, at: address) }
    if let failure = handle?.tlsFailure {
      return SourceFailure(.insecure, at: address, detail: failure.detail, told: failure.told)
    }
    guard let error = handle?.error else { return SourceFailure(.disconnected, at: address) }
    let detail = "hiredis \(error.code): \(withoutPassword(error.words))"
    let code = Self.code(error.code, error.words)
    return SourceFailure(code, at: address, detail: detail, told: code == .exhausted ? Descriptors.told : nil)
  }

  /// A server that doesn't know AUTH quotes it: `ERR unknown command 'AUTH', with args beginning with: …`.
  private func withoutPassword(_ words: String) -> String { options.password?.struckOut(of: words) ?? words }

  /// Maps hiredis' REDIS_ERR numbers: 4 is a protocol error; 1 and 2 have the system's words.
  nonisolated static func code(_ number: Int32, _ words: String) -> SourceFailure.Code {
    number == 4 ? .unreadable : SystemErrorText.code(in: words) ?? .disconnected
  }

  /// Maps an error reply to `command` by its first word.
  nonisolated static func failure(
    words: String,
    of command: String = "",
    at address: String
  ) -> SourceFailure {
    let code: SourceFailure.Code =
      switch words.prefix(while: { $0 != " " }) {
      case "NOAUTH", "WRONGPASS": .unauthorized
      case "NOPERM": .forbidden
      default:
        // Redis before 6 says so of AUTH.
        words.hasPrefix("ERR invalid password") || words.hasPrefix("ERR Client sent AUTH")
          || words.hasPrefix("ERR AUTH") ? .unauthorized : .rejected
      }
    let detail = String(decoding: words.utf8.prefix(512), as: UTF8.self)
    // Whoever grants rights has to know which.
    let told = code == .forbidden && !command.isEmpty ? "no right to \(command)" : nil
    return SourceFailure(code, at: address, detail: detail, told: told)
  }
}
