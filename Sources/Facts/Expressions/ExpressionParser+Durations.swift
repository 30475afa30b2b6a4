/// What may follow a condition: `for 2m30s`, `within 90s`, `holding 3`.
extension ExpressionParser {
  /// The longest duration that can be written.
  static let longestDuration = Duration.seconds(366 * 86_400)

  /// Reads `digits unit { digits unit }`, with or without spaces between: `2m30s`, `1h 30m`.
  mutating func duration() throws(ExpressionError) -> Duration {
    let start = current.range.lowerBound
    var total = Duration.zero
    var isFirst = true
    while case .word(let word) = current.kind, word.utf8.first.map(Lexer.isDigit) == true {
      total += try duration(in: word, at: current.range)
      guard total <= Self.longestDuration else {
        throw ExpressionError("the duration is too long: at most 366d", at: start)
      }
      isFirst = false
      advance()
    }
    guard !isFirst else { throw error("expected a duration such as 90s, 2m or 1h30m") }
    if isAt(symbol: ".") {
      throw error("a duration is made of whole numbers, such as 1m30s")
    }
    return total
  }

  /// Reads one word; a unit may also stand after a space (`2 m`).
  private mutating func duration(
    in word: String,
    at range: Range<Int>
  ) throws(ExpressionError) -> Duration {
    var rest = Substring(word)
    var total = Duration.zero
    while !rest.isEmpty {
      let offset = range.upperBound - rest.utf8.count
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(digits.count)
      var name = String(rest.prefix { !($0.isASCII && $0.isNumber) })
      rest = rest.dropFirst(name.count)
      if name.isEmpty, case .word(let separate) = following.kind,
        ["ms", "s", "m", "h", "d"].contains(separate)
      {
        name = separate
        advance()
      }
      guard let unit = FactUnit(rawValue: name), unit.dimension == .time else {
        let found = name.isEmpty ? "a unit is missing" : "'\(name)' is no unit of time"
        throw ExpressionError("\(found): expected ms, s, m, h or d", at: offset + digits.utf8.count)
      }
      // Eleven digits of days in milliseconds still fit an Int64, so the product cannot overflow.
      guard digits.count <= 11, let number = Int64(digits) else {
        throw ExpressionError("the duration is too long: at most 366d", at: offset)
      }
      total += .milliseconds(number * Int64((unit.scale * 1_000).rounded()))
    }
    return total
  }

  /// Reads `1` to `100`.
  mutating func holdingCount() throws(ExpressionError) -> Int {
    guard case .word(let word) = current.kind, let count = Int(word), (1...100).contains(count)
    else { throw error("expected a count from 1 to 100 after 'holding'") }
    advance()
    return count
  }
}
