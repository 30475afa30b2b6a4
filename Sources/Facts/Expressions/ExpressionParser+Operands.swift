/// Names, patterns, literals and durations: what stands beside a comparison or a keyword.
///
/// ```
/// operand = name | literal | ( "sum" | "max" | "min" | "count" ) "(" pattern ")" ;
/// name    = segment { "." segment } ;   pattern = name in which a whole segment may be "*" ;
/// literal = number [ unit ] | '"' characters '"' | "true" | "false" ;
/// ```
extension ExpressionParser {
  /// Words that can't begin a bare name; after a dot they are segments like any other.
  static let reserved: Set<String> = Set(
    ["and", "or", "not", "is", "for", "within", "holding", "true", "false"]
      + Quantifier.allCases.map(\.rawValue) + Aggregate.allCases.map(\.rawValue)
      + StateClaim.Word.allCases.map(\.rawValue)
  )

  mutating func operand() throws(ExpressionError) -> Operand {
    let start = current.range.lowerBound
    switch current.kind {
    case .word("true"), .word("false"):
      let flag = isAt(word: "true")
      advance()
      return Operand(content: .literal(.flag(flag), unit: nil), offset: start)
    case .word(let word):
      if let aggregate = Aggregate(rawValue: word) { return try self.aggregate(aggregate) }
      guard !Self.reserved.contains(word) else { throw reservedWord(word) }
      if word.utf8.first.map(Lexer.isDigit) == true { return try numberOrName() }
      return Operand(content: .name(try name()), offset: start)
    case .quoted(let text):
      let isName = following.kind == .word("is") || isFollowedByDot
      guard !isName else { return Operand(content: .name(try name()), offset: start) }
      advance()
      return Operand(content: .literal(.text(text), unit: nil), offset: start)
    case .symbol("-"):
      return try negativeNumber()
    case .symbol, .malformed, .end:
      throw error("expected a name, a number, a text in double quotes, true or false")
    }
  }

  private mutating func aggregate(_ aggregate: Aggregate) throws(ExpressionError) -> Operand {
    let start = current.range.lowerBound
    guard following.kind == .symbol("(") else { throw reservedWord(aggregate.rawValue) }
    advance()
    advance()
    let pattern = try pattern()
    guard take(symbol: ")") else { throw error("expected ')' after the pattern") }
    return Operand(content: .aggregate(aggregate, pattern), offset: start)
  }

  private func reservedWord(_ word: String) -> ExpressionError {
    if Aggregate(rawValue: word) != nil {
      return error("'\(word)' is followed by a pattern in parentheses: \(word)(queue.*.ready)")
    }
    guard StateClaim.Word(rawValue: word) != nil else {
      return error("expected a name or a literal, but '\(word)' is a reserved word")
    }
    return error("'\(word)' is a state: write 'is \(word)', or \"\(word)\" for the text")
  }

  // MARK: Names

  /// Reads a name; a reserved word may begin it only where nothing else could stand.
  mutating func name() throws(ExpressionError) -> FactName {
    var segments = [try segment()]
    while isAt(symbol: "."), isAdjacent {
      advance()
      segments.append(try followingSegment())
    }
    return FactName(segments: segments)
  }

  mutating func pattern() throws(ExpressionError) -> FactPattern {
    var segments: [FactPattern.Segment] = []
    repeat {
      if !segments.isEmpty {
        advance()
        guard isAdjacent else { throw spacedDot() }
      }
      if take(symbol: "*") {
        segments.append(.anything)
      } else {
        segments.append(.exactly(try segment()))
      }
      if isAdjacent, !isAt(symbol: "."), isAtSegment || isAt(symbol: "*") {
        throw error("'*' stands for a whole segment: expected '.' or a space beside it")
      }
    } while isAt(symbol: ".") && isAdjacent
    return FactPattern(segments: segments)
  }

  private mutating func followingSegment() throws(ExpressionError) -> String {
    guard isAdjacent else { throw spacedDot() }
    if isAt(symbol: "*") {
      throw error("'*' stands only in a pattern: after any or all, or within sum( ) and the like")
    }
    return try segment()
  }

  private func spacedDot() -> ExpressionError {
    error("expected a segment right after the '.'")
  }

  private var isAtSegment: Bool {
    switch current.kind {
    case .word, .quoted: true
    case .symbol, .malformed, .end: false
    }
  }

  private mutating func segment() throws(ExpressionError) -> String {
    switch current.kind {
    case .word(let text), .quoted(let text):
      advance()
      return text
    case .symbol, .malformed, .end:
      throw error("expected a segment of a name: letters, digits, '_' and '-', or a quoted text")
    }
  }

  private var isFollowedByDot: Bool {
    following.kind == .symbol(".") && following.range.lowerBound == current.range.upperBound
  }

  // MARK: Numbers

  private mutating func negativeNumber() throws(ExpressionError) -> Operand {
    let start = current.range.lowerBound
    guard case .word(let word) = following.kind, following.range.lowerBound == start + 1,
      word.utf8.first.map(Lexer.isDigit) == true
    else { throw error("expected a name or a literal; '-' stands only right before a number") }
    advance()
    return try number(sign: -1, start: start)
  }

  /// `0.5` is a number; `5xx.count` and `10.0.0.1` can only be names.
  private mutating func numberOrName() throws(ExpressionError) -> Operand {
    let first = current
    let start = first.range.lowerBound
    let result: Operand
    do throws(ExpressionError) {
      result = try number(sign: 1, start: start)
    } catch {
      goBack(to: first)
      // An unknown unit is the likelier mistake unless a dot makes it a name.
      guard let name = try? self.name(), name.segments.count > 1, !name.looksLikeNumber
      else { throw error }
      return Operand(content: .name(name), offset: start)
    }
    guard isAt(symbol: "."), isAdjacent else { return result }
    goBack(to: first)
    return Operand(content: .name(try name()), offset: start)
  }

  private mutating func number(sign: Double, start: Int) throws(ExpressionError) -> Operand {
    guard case .word(var word) = current.kind else { throw error("expected a number") }
    var digits = String(word.prefix { $0.isASCII && $0.isNumber })
    if digits == word, isFollowedByDot {
      advance()
      advance()
      guard case .word(let fraction) = current.kind, isAdjacent,
        fraction.utf8.first.map(Lexer.isDigit) == true
      else { throw error("expected digits right after the '.'") }
      let decimals = fraction.prefix { $0.isASCII && $0.isNumber }
      digits += "." + decimals
      word = digits + fraction.dropFirst(decimals.count)
    }
    let suffix = String(word.dropFirst(digits.count))
    let unitOffset = current.range.upperBound - suffix.utf8.count
    guard let magnitude = Double(digits), magnitude.isFinite else {
      throw ExpressionError("the number is too large", at: start)
    }
    advance()
    let unit = try unit(suffix, at: unitOffset)
    return Operand(content: .literal(.number(sign * magnitude), unit: unit), offset: start)
  }

  /// The unit that is the rest of the number's own word, or else the token after it.
  private mutating func unit(_ suffix: String, at offset: Int) throws(ExpressionError) -> FactUnit? {
    if !suffix.isEmpty {
      guard let unit = FactUnit(rawValue: suffix) else { throw unknownUnit(suffix, at: offset) }
      return unit
    }
    switch current.kind {
    case .symbol("%"):
      advance()
      return .percent
    case .symbol("/"):
      guard following.kind == .word("s"), following.range.lowerBound == current.range.upperBound
      else { throw error("expected the unit '/s'") }
      advance()
      advance()
      return .perSecond
    case .word(let word):
      guard let unit = FactUnit(rawValue: word) else { return nil }
      advance()
      return unit
    case .quoted, .symbol, .malformed, .end:
      return nil
    }
  }

  private func unknownUnit(_ suffix: String, at offset: Int) -> ExpressionError {
    guard !suffix.utf8.contains(UInt8(ascii: "-")) else {
      return ExpressionError("'\(suffix)' follows a number, but there is no arithmetic", at: offset)
    }
    let units = FactUnit.allCases.map(\.rawValue).filter { !$0.isEmpty }
    let exact = units.first { $0.lowercased() == suffix.lowercased() }
    let hint = exact.map { "; did you mean '\($0)'?" } ?? DidYouMean.clause(suffix, among: units)
    return ExpressionError(
      "'\(suffix)' is no unit: expected \(units.joined(separator: " "))\(hint)",
      at: offset
    )
  }
}

extension FactName {
  /// Whether it reads as a decimal with a wrong unit (`1.5x`) rather than as a name.
  fileprivate var looksLikeNumber: Bool {
    segments.count == 2 && segments[0].utf8.allSatisfy(Lexer.isDigit)
      && segments[1].utf8.first.map(Lexer.isDigit) == true
  }
}
