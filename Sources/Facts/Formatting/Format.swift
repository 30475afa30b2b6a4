// Double.rounded() calls libm, and on Linux only this import links it.
internal import Glibc

/// Values as the operator reads them: the one place that decides how numbers look.
///
/// Every function is pure, needs no locale and answers for any number, infinities and NaN included.
public enum Format {
  /// A fact's value with its unit: `1,243`, `12 ms`, `1.2 GiB`, `0.4%`, `31/s`, `true`.
  ///
  /// A text comes back as it is: make it a ``SafeText`` before it is shown.
  public static func value(_ value: FactValue, unit: FactUnit = .one) -> String {
    switch value {
    case .text(let text): text
    case .flag(let flag): flag ? "true" : "false"
    case .number(let number):
      switch unit.dimension {
      case .count: self.number(number)
      case .time: interval(seconds: number * unit.scale)
      case .size: size(bytes: number * unit.scale)
      case .percentage: percent(number)
      case .rate: rate(perSecond: number)
      }
    }
  }

  /// A fact's value with its unit, or the word of its state if it never had one.
  public static func value(of fact: Fact) -> String {
    fact.value.map { value($0, unit: fact.unit) } ?? fact.state.word
  }

  /// What stands for a number that is none.
  static let absent = "–"

  /// The number with exactly `decimals` digits after the point, or nil if it is not finite or has
  /// more than fifteen digits, beyond which a Double holds no decimals.
  static func fixed(_ number: Double, decimals: Int) -> String? {
    var factor = 1.0
    for _ in 0..<decimals { factor *= 10 }
    let scaled = (number * factor).rounded()
    guard scaled.isFinite, scaled.magnitude < 1e15 else { return nil }
    let units = Int64(scaled)
    let whole = String(units.magnitude / UInt64(factor))
    let sign = units < 0 ? "-" : ""
    guard decimals > 0 else { return sign + whole }
    let fraction = String(units.magnitude % UInt64(factor))
    let zeros = String(repeating: "0", count: decimals - fraction.count)
    return "\(sign)\(whole).\(zeros)\(fraction)"
  }

  /// `fixed` without zeros at the end: `3`, `0.4`.
  static func trimmed(_ number: Double, decimals: Int) -> String? {
    guard var text = fixed(number, decimals: decimals) else { return nil }
    guard text.contains(".") else { return text }
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text == "-0" ? "0" : text
  }

  /// Words for what `fixed` refuses: `∞`, `-∞`, `–`, else the shortest form such as `1e+20`.
  static func extreme(_ number: Double) -> String {
    guard !number.isNaN else { return absent }
    guard number.isFinite else { return number < 0 ? "-∞" : "∞" }
    return number.description
  }
}
