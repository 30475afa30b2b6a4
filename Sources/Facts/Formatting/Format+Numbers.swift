extension Format {
  /// A whole number with thousands separators: `1,243`.
  public static func count(_ number: Int) -> String {
    grouped(String(number))
  }

  /// A number with thousands separators, rounded to a whole one: `1,243`.
  public static func count(_ number: Double) -> String {
    fixed(number, decimals: 0).map(grouped) ?? extreme(number)
  }

  /// A plain number: whole ones as counts, others with what matters of their decimals:
  /// `1,243`, `12.5`, `0.29`, `0.004`.
  public static func number(_ number: Double) -> String {
    guard number.rounded() != number else { return count(number) }
    let decimals =
      switch number.magnitude {
      case ..<0.01: 4
      case ..<0.1: 3
      case ..<10: 2
      case ..<1_000: 1
      default: 0
      }
    guard decimals > 0 else { return count(number) }
    // What rounds to nothing is still something: show it as it is.
    guard let text = trimmed(number, decimals: decimals), text != "0" else {
      return extreme(number)
    }
    return text
  }

  /// A count in at most four columns and a letter: `999`, `1.2k`, `12k`, `3.4M`, `2G`.
  public static func compact(_ number: Double) -> String {
    guard number.isFinite else { return extreme(number) }
    var scaled = number
    for suffix in ["", "k", "M", "G", "T", "P"] {
      // One decimal below ten, so that what rounds up to 10 or 1000 takes the next form.
      let decimals = suffix.isEmpty || scaled.magnitude >= 9.95 ? 0 : 1
      if scaled.magnitude < 999.5, let text = trimmed(scaled, decimals: decimals) {
        return text + suffix
      }
      scaled /= 1_000
    }
    return extreme(number)
  }

  /// A percentage from a number of percent: `0.4%`, `12%`, `100%`.
  public static func percent(_ number: Double) -> String {
    // 99.97 is not everything: only a whole hundred may read as 100 %.
    let isAlmostAll = number < 100 && number >= 99.95
    let decimals = number.magnitude < 9.95 || (number > 99 && number < 100) ? 1 : 0
    if isAlmostAll { return ">99.9%" }
    return (trimmed(number, decimals: decimals) ?? extreme(number)) + "%"
  }

  /// A rate: `31/s`, `3.5/s`, `0.4/s`, `0.04/s`; what is above zero never reads as zero.
  public static func rate(perSecond number: Double) -> String {
    if number > 0, number < 0.005 { return "<0.01/s" }
    let decimals =
      switch number.magnitude {
      case ..<0.095: 2
      case ..<9.95: 1
      default: 0
      }
    guard decimals > 0 else { return count(number) + "/s" }
    return (trimmed(number, decimals: decimals) ?? extreme(number)) + "/s"
  }

  /// A score on the scale from 0 to 1, always with two decimals: `0.29`, `0.90`.
  public static func score(_ number: Double) -> String {
    fixed(number, decimals: 2) ?? extreme(number)
  }

  /// A score beside the threshold that it is compared with: rounded, yet never across it: `0.49` of 0.49999 below
  /// 0.50.
  public static func score(_ number: Double, against threshold: Double) -> String {
    let rounded = score(number)
    guard let shown = Double(rounded), number.isFinite, (shown < threshold) != (number < threshold) else {
      return rounded
    }
    let hundredths = number * 100
    return score((number < threshold ? hundredths.rounded(.down) : hundredths.rounded(.up)) / 100)
  }

  /// A size in binary units: `512 B`, `1.2 GiB`, `340 MiB`.
  public static func size(bytes: Double) -> String {
    guard bytes.isFinite else { return extreme(bytes) }
    var scaled = bytes
    for unit in ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] {
      let decimals = unit == "B" || scaled.magnitude >= 9.95 ? 0 : 1
      if scaled.magnitude < 1_023.5, let text = trimmed(scaled, decimals: decimals) {
        return "\(text) \(unit)"
      }
      scaled /= 1_024
    }
    return extreme(bytes) + " B"
  }

  /// Puts a comma before each three digits from the right.
  private static func grouped(_ digits: String) -> String {
    let isNegative = digits.hasPrefix("-")
    var output = isNegative ? "-" : ""
    let bare = digits.dropFirst(isNegative ? 1 : 0)
    for (index, digit) in bare.enumerated() {
      if index > 0, (bare.count - index).isMultiple(of: 3) { output.append(",") }
      output.append(digit)
    }
    return output == "-0" ? "0" : output
  }
}
