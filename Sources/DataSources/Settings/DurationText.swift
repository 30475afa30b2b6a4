internal import Facts

/// Durations as people write them: `500ms`, `30s`, `2m`, `1h30m`, `2d`.
public enum DurationText {
  /// Each unit and its milliseconds, largest first.
  private static let units: [(name: String, milliseconds: Int64)] = [
    ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
  ]

  /// 292 years: what the nanoseconds of the monotonic clock can count.
  private static let longestInMilliseconds = Int64.max / 1_000_000

  /// Reads a duration of at most 292 years: digits and a unit, once or several times, units falling.
  ///
  /// - Returns: nil for anything else.
  public static func parse(_ text: String) -> Duration? {
    var rest = text[...]
    var total: Int64 = 0
    var last = Int64.max
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      let afterDigits = rest.dropFirst(digits.count)
      let letters = afterDigits.prefix { $0.isASCII && $0.isLetter }
      guard let amount = Int64(digits), let unit = units.first(where: { $0.name == letters }),
        unit.milliseconds < last
      else { return nil }
      let (scaled, isTooLarge) = amount.multipliedReportingOverflow(by: unit.milliseconds)
      let (sum, carry) = total.addingReportingOverflow(scaled)
      guard !isTooLarge, !carry, sum <= longestInMilliseconds else { return nil }
      total = sum
      last = unit.milliseconds
      rest = afterDigits.dropFirst(letters.count)
    }
    return text.isEmpty ? nil : .milliseconds(total)
  }

  /// Writes a duration so that ``parse(_:)`` reads the same back, to the millisecond.
  public static func format(_ duration: Duration) -> String {
    var rest = duration.milliseconds
    guard rest > 0 else { return "0s" }
    var text = ""
    for unit in units where rest >= unit.milliseconds {
      text += "\(rest / unit.milliseconds)\(unit.name)"
      rest %= unit.milliseconds
    }
    return text
  }
}
