public import Facts

/// When one source is polled next: a pure value, moved by what happens.
///
/// One read at a time; after a failure the wait doubles up to a limit, the same for every source, for the
/// header counts them all and the overview shows them all: none is out of sight. Polls start on a shared
/// wheel of 100 ms slots, which halves CPU against evenly spread timers.
public struct PollSchedule: Sendable, Hashable {
  /// The width of a slot of the wheel.
  public static let slot: Duration = .milliseconds(100)
  /// The longest wait after failures, unless the interval itself is longer.
  public static let longestWait: Duration = .seconds(5)

  private let configured: Duration
  /// How many times the configured interval is waited.
  public var pace = 1.0
  private var failures = 0
  /// When the next poll is due; nil while one is under way.
  public private(set) var due: MonotonicTime?
  /// Whether a poll was asked for while one was under way.
  private var isWantedAgain = false

  /// A schedule whose first poll is due at once.
  public init(interval: Duration, now: MonotonicTime) {
    configured = max(interval, Self.slot)
    due = now
  }

  private var interval: Duration { max(configured * pace, Self.slot) }

  /// Whether a poll is under way.
  public var isPolling: Bool { due == nil }

  /// A poll begins.
  public mutating func begin() {
    due = nil
    isWantedAgain = false
  }

  /// The poll that began at `start` has ended.
  public mutating func end(startedAt start: MonotonicTime, now: MonotonicTime, didSucceed: Bool) {
    failures = didSucceed ? 0 : failures + 1
    if isWantedAgain {
      due = now
      return
    }
    var wait = interval
    if failures > 1 {
      wait = max(interval, min(Self.longestWait, interval * (1 << min(failures - 1, 8))))
    }
    due = Self.slotted(max(start + wait, now))
  }

  /// Asks for a poll at once, past backoff; one under way is followed by another.
  public mutating func pollNow(_ now: MonotonicTime) {
    guard due != nil else {
      isWantedAgain = true
      return
    }
    due = now
  }

  private static func slotted(_ time: MonotonicTime) -> MonotonicTime {
    let width = slot.nanoseconds
    return MonotonicTime(nanoseconds: (time.nanoseconds + width - 1) / width * width)
  }
}
