import Facts

/// When a paint may be sent: no more than 30 a second, with some kept for keys, which wait for no poll.
struct PaintPacing: Sendable, Hashable {
  /// How many paints become possible a second.
  private static let perSecond = 26.0
  /// How many can be saved up; with those of one second that makes 30.
  private static let most = 4.0
  /// How many of them only keys may take.
  private static let keptForKeys = 2.0

  private var spare = most
  private var countedAt: MonotonicTime?

  /// When a paint that is wanted `delay` from `now` may be sent; without a delay it answers a key.
  func due(after delay: Duration, now: MonotonicTime) -> MonotonicTime {
    let needed = delay > .zero ? 1 + Self.keptForKeys : 1
    let missing = max(0, needed - spare(at: now))
    return now + max(delay, .seconds(missing / Self.perSecond))
  }

  /// Counts a paint that was sent.
  mutating func painted(at now: MonotonicTime) {
    spare = max(0, spare(at: now) - 1)
    countedAt = now
  }

  private func spare(at now: MonotonicTime) -> Double {
    guard let countedAt else { return spare }
    return min(Self.most, spare + max(0, (now - countedAt).seconds) * Self.perSecond)
  }
}
