public import Facts

/// Since when lines of a log are asked for.
public enum LogStart: Sendable, Hashable {
  /// For so long.
  case ago(Duration)
  /// Since then.
  case at(WallTime)

  /// Reads `5m`, `2h30m` and an instant that tells its zone, `2026-11-28T05:00:00Z`; nil if it is neither.
  public init?(_ text: String) {
    if let time = WallTime(zonedTimestamp: text) {
      self = .at(time)
    } else if let duration = try? Duration(parsing: text), duration > .zero {
      self = .ago(duration)
    } else {
      return nil
    }
  }

  /// The instant that is meant.
  public func time(at now: WallTime) -> WallTime {
    switch self {
    case .ago(let duration): now - duration
    case .at(let time): time
    }
  }
}
