/// Reads one line of the expression language by recursive descent, one function for each rule.
///
/// ```
/// condition = and { "or" and } ;   and = not { "and" not } ;   not = [ "not" ] test ;
/// test      = "(" condition ")" | operand compare operand | name "is" [ "not" ] state
///           | ( "any" | "all" ) pattern ( compare literal | "is" [ "not" ] state ) ;
/// ```
struct ExpressionParser {
  static let maximumNesting = 32

  let bytes: [UInt8]
  private let tokens: [Token]
  private var index = 0
  private var nesting = 0

  init(_ line: String) {
    bytes = Array(line.utf8)
    tokens = Lexer.tokens(of: bytes)
  }

  // MARK: Conditions

  /// Reads a condition and what it was written as, up to the first token that is not part of it.
  mutating func condition() throws(ExpressionError) -> Condition {
    let start = current.range.lowerBound
    let root = try disjunction()
    return Condition(root: root, text: text(from: start))
  }

  private mutating func disjunction() throws(ExpressionError) -> Expression {
    var parts = [try conjunction()]
    while take(word: "or") { parts.append(try conjunction()) }
    return parts.count == 1 ? parts[0] : .or(parts)
  }

  private mutating func conjunction() throws(ExpressionError) -> Expression {
    var parts = [try negation()]
    while take(word: "and") { parts.append(try negation()) }
    return parts.count == 1 ? parts[0] : .and(parts)
  }

  private mutating func negation() throws(ExpressionError) -> Expression {
    guard take(word: "not") else { return try test() }
    guard !isAt(word: "not") else { throw error("'not' stands once: two cancel each other") }
    return .not(try test())
  }

  private mutating func test() throws(ExpressionError) -> Expression {
    let start = current.range.lowerBound
    if take(symbol: "(") { return try parenthesis(openedAt: start) }
    if case .word(let word) = current.kind, let quantifier = Quantifier(rawValue: word) {
      advance()
      return try quantified(quantifier, start: start)
    }
    let left = try operand()
    if isAt(word: "is") {
      guard case .name(let name) = left.content else {
        throw error("'is' asks for the state of one fact: expected a name before it")
      }
      let claim = try stateClaim()
      return .test(Test(content: .state(name, claim), text: text(from: start)))
    }
    guard let comparison = takeComparison() else { throw missingComparison() }
    let right = try operand()
    guard !isAtComparison else {
      throw error("comparisons don't chain: join two of them with 'and'")
    }
    try requireFit(left, comparison, right)
    return .test(
      Test(content: .comparison(left, comparison, right), text: text(from: start))
    )
  }

  private mutating func parenthesis(openedAt start: Int) throws(ExpressionError) -> Expression {
    nesting += 1
    defer { nesting -= 1 }
    guard nesting <= Self.maximumNesting else {
      throw ExpressionError("nested too deeply: at most \(Self.maximumNesting) levels", at: start)
    }
    let inner = try disjunction()
    guard take(symbol: ")") else {
      throw error("expected 'and', 'or' or the ')' for the '(' in column \(start + 1)")
    }
    guard !isAtComparison, !isAt(word: "is") else {
      throw error("a condition in parentheses is true or false: it can't be compared")
    }
    return inner
  }

  private mutating func quantified(
    _ quantifier: Quantifier,
    start: Int
  ) throws(ExpressionError) -> Expression {
    let pattern = try pattern()
    let predicate: Predicate
    if isAt(word: "is") {
      predicate = .state(try stateClaim())
    } else {
      guard let comparison = takeComparison() else { throw missingComparison() }
      let right = try operand()
      guard case .literal = right.content else {
        throw ExpressionError(
          "'\(quantifier.rawValue)' compares with a literal only: expected a number, a text, true or false",
          at: right.offset
        )
      }
      guard !isAtComparison else {
        throw error("comparisons don't chain: join two of them with 'and'")
      }
      try requireFit(nil, comparison, right)
      predicate = .comparison(comparison, right)
    }
    return .test(
      Test(content: .quantified(quantifier, pattern, predicate), text: text(from: start))
    )
  }

  private mutating func stateClaim() throws(ExpressionError) -> StateClaim {
    advance()
    let isNegated = take(word: "not")
    let states = StateClaim.Word.allCases.map(\.rawValue)
    guard case .word(let word) = current.kind else {
      throw error("expected a state: \(states.joined(separator: ", "))")
    }
    guard let state = StateClaim.Word(rawValue: word) else {
      let hint = DidYouMean.clause(word, among: states)
      throw error("'\(word)' is no state: expected \(states.joined(separator: ", "))\(hint)")
    }
    advance()
    return StateClaim(word: state, isNegated: isNegated)
  }

  /// Literals that can never be compared are errors of the line, whatever the facts will be.
  private func requireFit(
    _ left: Operand?,
    _ comparison: Comparison,
    _ right: Operand
  ) throws(ExpressionError) {
    let message = ValueKind.misfit(left?.staticKind ?? .open, comparison, right.staticKind)
    if let message { throw ExpressionError(message, at: right.offset) }
  }

  private func missingComparison() -> ExpressionError {
    let comparisons = Comparison.allCases.map(\.rawValue).joined(separator: " ")
    return error("expected a comparison (\(comparisons)) or 'is'")
  }

  // MARK: Tokens

  var current: Token { tokens[index] }

  /// The token after the current one; the last one again at the end.
  var following: Token { tokens[min(index + 1, tokens.count - 1)] }

  /// Whether the current token begins where the one before it ended.
  var isAdjacent: Bool {
    index > 0 && tokens[index - 1].range.upperBound == current.range.lowerBound
  }

  mutating func advance() {
    index = min(index + 1, tokens.count - 1)
  }

  mutating func goBack(to token: Token) {
    index = tokens.firstIndex(of: token) ?? index
  }

  func isAt(word: String) -> Bool { current.kind == .word(word) }

  func isAt(symbol: String) -> Bool { current.kind == .symbol(symbol) }

  mutating func take(word: String) -> Bool {
    guard isAt(word: word) else { return false }
    advance()
    return true
  }

  mutating func take(symbol: String) -> Bool {
    guard isAt(symbol: symbol) else { return false }
    advance()
    return true
  }

  private var isAtComparison: Bool {
    guard case .symbol(let symbol) = current.kind else { return false }
    return Comparison(rawValue: symbol) != nil
  }

  private mutating func takeComparison() -> Comparison? {
    guard case .symbol(let symbol) = current.kind else { return nil }
    guard let comparison = Comparison(rawValue: symbol) else { return nil }
    advance()
    return comparison
  }

  /// The line from an offset up to the end of the token before the current one.
  func text(from start: Int) -> String {
    let end = index > 0 ? tokens[index - 1].range.upperBound : start
    return String(decoding: bytes[start..<max(start, end)], as: UTF8.self)
  }

  /// An error at the current token, which says first what is wrong with the token itself.
  func error(_ message: String) -> ExpressionError {
    let start = current.range.lowerBound
    switch current.kind {
    case .malformed(let reason): return ExpressionError(reason, at: start)
    case .end: return ExpressionError("\(message), not the end of the line", at: start)
    case .symbol("-"), .symbol("*"), .symbol("/"):
      return ExpressionError("\(message) (there is no arithmetic)", at: start)
    case .word, .quoted, .symbol: return ExpressionError(message, at: start)
    }
  }

  /// Requires the end of the line.
  func end(allowing keywords: [String]) throws(ExpressionError) {
    guard current.kind != .end else { return }
    let expected = (["and", "or"] + keywords).map { "'\($0)'" }.joined(separator: ", ")
    guard case .word(let word) = current.kind else {
      throw error("expected \(expected) or the end of the line")
    }
    if ["for", "within", "holding"].contains(word) {
      throw error("'\(word)' has no place here: expected \(expected) or the end of the line")
    }
    let hint = DidYouMean.clause(word, among: ["and", "or"] + keywords)
    throw error("'\(word)' is unexpected: expected \(expected) or the end of the line\(hint)")
  }
}
