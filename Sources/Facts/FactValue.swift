/// The value of a fact: a number in its ``FactUnit``, a text or a truth value.
public enum FactValue: Sendable, Hashable {
  /// A finite number or an infinity, in the fact's unit; NaN is never a value (it is "no data").
  case number(Double)
  /// A text, raw as it came; made a ``SafeText`` before it is shown.
  case text(String)
  /// A truth value.
  case flag(Bool)

  /// The number, or nil if the value is none.
  public var number: Double? {
    guard case .number(let number) = self else { return nil }
    return number
  }
}

/// The unit of a fact's number.
///
/// Each unit belongs to one ``Dimension`` and scales to its base.
public enum FactUnit: String, Sendable, Hashable, CaseIterable {
  /// A plain number: a count or a ratio.
  case one = ""
  case milliseconds = "ms"
  case seconds = "s"
  case minutes = "m"
  case hours = "h"
  case days = "d"
  case bytes = "B"
  case kilobytes = "kB"
  case megabytes = "MB"
  case gigabytes = "GB"
  case kibibytes = "KiB"
  case mebibytes = "MiB"
  case gibibytes = "GiB"
  case percent = "%"
  case perSecond = "/s"

  /// What a unit measures; only units of one dimension can be compared.
  public enum Dimension: String, Sendable, Hashable {
    case count = "number"
    case time
    case size
    case percentage
    case rate
  }

  /// What this unit measures.
  public var dimension: Dimension {
    switch self {
    case .one: .count
    case .milliseconds, .seconds, .minutes, .hours, .days: .time
    case .bytes, .kilobytes, .megabytes, .gigabytes, .kibibytes, .mebibytes, .gibibytes: .size
    case .percent: .percentage
    case .perSecond: .rate
    }
  }

  /// How many base units (seconds, bytes, or itself) one of this unit is.
  public var scale: Double {
    switch self {
    case .one, .seconds, .bytes, .percent, .perSecond: 1
    case .milliseconds: 0.001
    case .minutes: 60
    case .hours: 3_600
    case .days: 86_400
    case .kilobytes: 1e3
    case .megabytes: 1e6
    case .gigabytes: 1e9
    case .kibibytes: 1_024
    case .mebibytes: 1_048_576
    case .gibibytes: 1_073_741_824
    }
  }
}
