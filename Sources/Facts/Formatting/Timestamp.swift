/// A calendar day and a time of day in UTC.
///
/// Computed by civil-date arithmetic on the proleptic Gregorian calendar (after Howard Hinnant's
/// "chrono-compatible low-level date algorithms"), so that no time zone data is needed.
public struct CivilTime: Sendable, Hashable {
  /// The year, 0 to 9999.
  public let year: Int
  /// The month, 1 to 12.
  public let month: Int
  /// The day of the month, 1 to 31.
  public let day: Int
  /// The hour, 0 to 23.
  public let hour: Int
  /// The minute, 0 to 59.
  public let minute: Int
  /// The second, 0 to 59.
  public let second: Int
  /// The millisecond, 0 to 999.
  public let millisecond: Int

  /// Milliseconds since 1970 of the first and the last representable moment.
  private static let range: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

  /// The UTC calendar's reading of a wall time, to the nearest millisecond; times outside the years
  /// 0 to 9999 are brought to the nearest that is inside.
  public init(_ time: WallTime) {
    let exact = (time.secondsSince1970 * 1_000).rounded()
    let milliseconds =
      exact.isNaN
      ? 0 : Int64(min(max(exact, Double(Self.range.lowerBound)), Double(Self.range.upperBound)))
    self.init(millisecondsSince1970: milliseconds)
  }

  private init(millisecondsSince1970 milliseconds: Int64) {
    let dayLength: Int64 = 86_400_000
    let rest = ((milliseconds % dayLength) + dayLength) % dayLength
    (year, month, day) = Self.date(ofDay: Int((milliseconds - rest) / dayLength))
    hour = Int(rest / 3_600_000)
    minute = Int(rest / 60_000 % 60)
    second = Int(rest / 1_000 % 60)
    millisecond = Int(rest % 1_000)
  }

  /// Days from 1970-01-01 to a date.
  ///
  /// Years begin in March so that the leap day comes last.
  public static func dayNumber(year: Int, month: Int, day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  /// The date of a day counted from 1970-01-01.
  static func date(ofDay number: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = number + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }

  /// How many days a month has.
  public static func days(inMonth month: Int, of year: Int) -> Int {
    switch month {
    case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}

extension Format {
  /// UTC to the second, cut: `2026-11-24T03:48:54Z`.
  public static func timestamp(_ time: WallTime) -> String {
    // Cutting first keeps the reading to the nearest millisecond from rounding the second up.
    let whole = CivilTime(WallTime(secondsSince1970: time.secondsSince1970.rounded(.down)))
    return "\(seconds(whole))Z"
  }

  /// UTC to the nearest millisecond: `2026-11-24T03:48:54.120Z`.
  public static func timestampWithMilliseconds(_ time: WallTime) -> String {
    let civil = CivilTime(time)
    return "\(seconds(civil)).\(digits(civil.millisecond, 3))Z"
  }

  private static func seconds(_ civil: CivilTime) -> String {
    "\(digits(civil.year, 4))-\(digits(civil.month, 2))-\(digits(civil.day, 2))"
      + "T\(digits(civil.hour, 2)):\(digits(civil.minute, 2)):\(digits(civil.second, 2))"
  }

  private static func digits(_ number: Int, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }
}
