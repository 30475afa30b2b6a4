public import DataSources
public import Facts

/// How often the runtime has restarted each service of late: a crash loop with long breaths shows in no
/// single reading.
public struct RestartWatch: Sendable {
  /// How far back restarts count.
  private static let window = Duration.seconds(600)
  /// So many within the window are CRIT.
  public static let limit = 3

  /// The counts told by the runtime, by immutable identity, from the last one before the window on.
  private var counts: [String: [(at: MonotonicTime, count: Int)]] = [:]

  /// Makes a watch that has seen nothing.
  public init() {}

  /// Takes in the runtime's newest reading; what is gone is forgotten.
  public mutating func take(_ readings: [ServiceReading], at now: MonotonicTime) {
    var next: [String: [(at: MonotonicTime, count: Int)]] = [:]
    for reading in readings {
      guard let count = reading.restarts else { continue }
      var seen = counts[reading.identity.id] ?? []
      if seen.last?.count != count { seen.append((now, count)) }
      while seen.count > 1, now - seen[1].at > Self.window { seen.removeFirst() }
      next[reading.identity.id] = seen
    }
    counts = next
  }

  /// How many restarts the window holds; those before the first reading are not known.
  public func recent(_ reading: ServiceReading) -> Int {
    guard let seen = counts[reading.identity.id], let first = seen.first, let last = seen.last else {
      return 0
    }
    return max(0, last.count - first.count)
  }
}
