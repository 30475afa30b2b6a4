import Facts

/// Notices that the process was stopped: for so long nothing happened that happens every few seconds.
struct StopClock: Hashable, Sendable {
  /// Something happens every five seconds; twice as long is no accident.
  static let least = Duration.seconds(10)

  private var aliveAt: MonotonicTime

  /// Begins to count.
  init(_ now: MonotonicTime) {
    aliveAt = now
  }

  /// Something happens now; for how long nothing did, if that was too long; else nil.
  mutating func advance(to now: MonotonicTime) -> Duration? {
    defer { aliveAt = now }
    let gap = now - aliveAt
    return gap >= Self.least ? gap : nil
  }
}
