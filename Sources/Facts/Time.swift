/// A point on the monotonic clock, in nanoseconds since an arbitrary origin of this process' machine.
///
/// Ages and durations are computed on this clock only; it never jumps.
public struct MonotonicTime: Sendable, Hashable, Comparable {
  /// Nanoseconds since the clock's origin.
  public let nanoseconds: Int64

  /// Makes a point from nanoseconds since the clock's origin.
  public init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// Orders by time.
  public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// The point that lies `duration` after this one.
  public static func + (time: MonotonicTime, duration: Duration) -> MonotonicTime {
    MonotonicTime(nanoseconds: time.nanoseconds + duration.nanoseconds)
  }

  /// The point that lies `duration` before this one.
  public static func - (time: MonotonicTime, duration: Duration) -> MonotonicTime {
    MonotonicTime(nanoseconds: time.nanoseconds - duration.nanoseconds)
  }

  /// The time from the right point to the left one.
  public static func - (later: MonotonicTime, earlier: MonotonicTime) -> Duration {
    .nanoseconds(later.nanoseconds - earlier.nanoseconds)
  }
}

/// A point of wall time, in seconds since 1970-01-01 UTC; only ever shown or recorded.
public struct WallTime: Sendable, Hashable, Comparable {
  /// Seconds since 1970-01-01 00:00:00 UTC, with fractions.
  public let secondsSince1970: Double

  /// Makes a point from seconds since 1970-01-01 00:00:00 UTC.
  public init(secondsSince1970: Double) {
    self.secondsSince1970 = secondsSince1970
  }

  /// Orders by time.
  public static func < (left: WallTime, right: WallTime) -> Bool {
    left.secondsSince1970 < right.secondsSince1970
  }

  /// The point that lies `duration` after this one.
  public static func + (time: WallTime, duration: Duration) -> WallTime {
    WallTime(secondsSince1970: time.secondsSince1970 + duration.seconds)
  }

  /// The point that lies `duration` before this one.
  public static func - (time: WallTime, duration: Duration) -> WallTime {
    WallTime(secondsSince1970: time.secondsSince1970 - duration.seconds)
  }
}

/// One reading of both clocks: what pure code takes as `now`.
public struct Moment: Sendable, Hashable {
  /// The monotonic clock, for ages and durations.
  public let monotonic: MonotonicTime
  /// The wall clock, to show and to record.
  public let wall: WallTime

  /// Pairs one reading of each clock.
  public init(monotonic: MonotonicTime, wall: WallTime) {
    self.monotonic = monotonic
    self.wall = wall
  }

  /// Both clocks moved on by `duration`.
  public static func + (moment: Moment, duration: Duration) -> Moment {
    Moment(monotonic: moment.monotonic + duration, wall: moment.wall + duration)
  }

  /// The wall time of another monotonic point, as seen from this moment.
  public func wall(at time: MonotonicTime) -> WallTime {
    WallTime(secondsSince1970: wall.secondsSince1970 + (time - monotonic).seconds)
  }
}

extension Duration {
  /// The duration in whole nanoseconds, saturated at what Int64 holds (292 years).
  public var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow else { return seconds < 0 ? .min / 2 : .max / 2 }
    let (sum, carry) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
    return carry ? (seconds < 0 ? .min / 2 : .max / 2) : sum
  }

  /// The duration in seconds, with fractions.
  public var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }

  /// The duration in whole milliseconds, never negative.
  public var milliseconds: Int64 {
    max(0, nanoseconds / 1_000_000)
  }
}
