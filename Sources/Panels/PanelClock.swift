public import Facts

/// Wall time as it is read at the wall: in the zone of whoever reads it.
public struct PanelClock: Sendable {
  /// The time of day as `HH:MM:SS`.
  private let time: @Sendable (WallTime) -> String
  /// The day as `YYYY-MM-DD`.
  private let day: @Sendable (WallTime) -> String

  /// Makes a clock of the time of day as `HH:MM:SS` and the day as `YYYY-MM-DD`.
  public init(
    time: @escaping @Sendable (WallTime) -> String,
    day: @escaping @Sendable (WallTime) -> String
  ) {
    self.time = time
    self.day = day
  }

  /// The clock of UTC.
  public static let utc = PanelClock {
    String(Format.timestamp($0).dropFirst(11).prefix(8))
  } day: {
    String(Format.timestamp($0).prefix(10))
  }

  /// The time of day as `HH:MM:SS`.
  public func callAsFunction(_ moment: WallTime) -> String { time(moment) }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// The time of day, and the date of another day than that of `now`: `26 Nov 22:16`, of another year
  /// `2025-11-26 22:16`.
  public func text(_ moment: WallTime, seenAt now: WallTime, hasSeconds: Bool) -> String {
    let time = hasSeconds ? time(moment) : String(time(moment).prefix(5))
    let (day, today) = (day(moment), day(now))
    // No calendar has PostgreSQL's infinity.
    guard day != today, day.first != "-" else { return time }
    let parts = day.split(separator: "-")
    guard day.prefix(4) == today.prefix(4), parts.count == 3, let month = Int(parts[1]),
      Self.months.indices.contains(month - 1)
    else { return "\(day) \(time)" }
    return "\(parts[2].first == "0" ? parts[2].dropFirst() : parts[2]) \(Self.months[month - 1]) \(time)"
  }
}

extension PanelContext {
  /// When something was, to the second: `22:16:00`, with its date if that was on another day.
  func time(_ moment: WallTime) -> SafeText {
    SafeText(clock.text(moment, seenAt: now.wall, hasSeconds: true))
  }

  /// The same to the minute, for lists; in one of that width where there is no room for both it is the date.
  func shortTime(_ moment: WallTime, width: Int = .max) -> SafeText {
    // What is written down is read another day, somewhere else.
    if width == ListExport.width { return SafeText(Format.timestamp(moment)) }
    let text = clock.text(moment, seenAt: now.wall, hasSeconds: false)
    return SafeText(width < 60 && text.count > 5 ? String(text.dropLast(6)) : text)
  }
}
