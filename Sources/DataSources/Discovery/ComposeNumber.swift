/// Numbers and days as they come out of compose: read as YAML values, written as Go writes them.
///
/// `0777` becomes 511, `1.10` becomes 1.1 and `2001-12-14` a moment; nothing of it in quotes.
enum ComposeNumber {
  /// What compose makes of a plain scalar; nil when it leaves the text as it is.
  static func text(_ text: String) -> String? {
    switch text {
    case "true", "True", "TRUE": return "true"
    case "false", "False", "FALSE": return "false"
    default: break
    }
    guard let first = text.unicodeScalars.first, "+-.0123456789".unicodeScalars.contains(first) else {
      return nil
    }
    return integer(text) ?? float(text) ?? day(text)
  }

  private static func integer(_ text: String) -> String? {
    var digits = text.filter { $0 != "_" }[...]
    guard !digits.isEmpty else { return nil }
    let isNegative = digits.first == "-"
    if isNegative || digits.first == "+" { digits = digits.dropFirst() }
    var radix = 10
    for (prefix, base) in [("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8), ("0b", 2), ("0B", 2)]
    where digits.hasPrefix(prefix) {
      radix = base
      digits = digits.dropFirst(2)
    }
    if radix == 10, digits.count > 1, digits.first == "0" { radix = 8 }
    guard digits.first?.isASCII == true, digits.first != "-", digits.first != "+",
      let value = UInt64(digits, radix: radix)
    else { return nil }
    guard isNegative else { return String(value) }
    return value <= UInt64(Int64.max) + 1 ? "-\(value)" : nil
  }

  private static func float(_ text: String) -> String? {
    let digits = text.filter { $0 != "_" }
    var rest = digits[...]
    if rest.first == "-" || rest.first == "+" { rest = rest.dropFirst() }
    let whole = rest.prefix(while: isDigit)
    rest = rest.dropFirst(whole.count)
    if rest.first == "." {
      rest = rest.dropFirst()
      let fraction = rest.prefix(while: isDigit)
      guard !whole.isEmpty || !fraction.isEmpty else { return nil }
      rest = rest.dropFirst(fraction.count)
    } else if whole.isEmpty {
      return nil
    }
    if rest.first == "e" || rest.first == "E" {
      rest = rest.dropFirst()
      if rest.first == "-" || rest.first == "+" { rest = rest.dropFirst() }
      guard !rest.isEmpty, rest.allSatisfy(isDigit) else { return nil }
    } else if !rest.isEmpty {
      return nil
    }
    guard let value = Double(digits.first == "." ? "0" + digits : digits), value.isFinite else { return nil }
    return written(value)
  }

  /// The shortest digits, with an exponent below -4 and from 6 on.
  private static func written(_ value: Double) -> String {
    guard value != 0 else { return value.sign == .minus ? "-0" : "0" }
    let (digits, exponent) = digits(abs(value))
    let sign = value < 0 ? "-" : ""
    if exponent < -4 || exponent >= 6 {
      let size = abs(exponent)
      let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
      return "\(sign)\(digits.prefix(1))\(fraction)e\(exponent < 0 ? "-" : "+")\(size < 10 ? "0" : "")\(size)"
    }
    if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits }
    guard digits.count > exponent + 1 else {
      return sign + digits + String(repeating: "0", count: exponent + 1 - digits.count)
    }
    return sign + digits.prefix(exponent + 1) + "." + digits.dropFirst(exponent + 1)
  }

  /// The shortest digits that give the value back, and the power of ten of the first.
  private static func digits(_ value: Double) -> (String, Int) {
    let parts = "\(value)".split(separator: "e")
    let numbers = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    var exponent = (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) + numbers[0].count - 1
    var digits = numbers.joined()
    while digits.hasPrefix("0"), digits.count > 1 {
      digits.removeFirst()
      exponent -= 1
    }
    while digits.hasSuffix("0"), digits.count > 1 { digits.removeLast() }
    return (digits, exponent)
  }

  /// Whether compose makes something of a plain scalar that is not made here: a moment with a time of day,
  /// an infinite number.
  static func isBeyond(_ text: String) -> Bool {
    let isInfinite = [".inf", "+.inf", "-.inf", ".nan"].contains(text.lowercased())
    let separators: [Character] = ["t", "T", " "]
    return isInfinite
      || (text.first.map(isDigit) ?? false && text.contains(":")
        && separators.contains { text.split(separator: $0).first.flatMap { day(String($0)) } != nil })
  }

  /// `2001-12-14` is a moment to YAML.
  private static func day(_ text: String) -> String? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].count == 4, (1...2).contains(parts[1].count),
      (1...2).contains(parts[2].count), parts.allSatisfy({ $0.allSatisfy(isDigit) }),
      let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]), (1...12).contains(month),
      (1...days(month, year)).contains(day)
    else { return nil }
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(parts[0])-\(two(month))-\(two(day)) 00:00:00 +0000 UTC"
  }

  private static func days(_ month: Int, _ year: Int) -> Int {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
  }

  private static func isDigit(_ character: Character) -> Bool {
    ("0"..."9").contains(character)
  }
}
