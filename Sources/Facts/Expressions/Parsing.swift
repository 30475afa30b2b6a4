extension FactName {
  /// Reads a name as it is written in an expression, such as `queue."vhost/name".ready`.
  ///
  /// Unlike in a condition, a reserved word may stand alone, since nothing else can.
  /// - Throws: the first mistake in the line and its offset.
  public init(parsing text: String) throws(ExpressionError) {
    var parser = ExpressionParser(text)
    self = try parser.name()
    try parser.endOfName()
  }
}

extension FactPattern {
  /// Reads a pattern as it is written in an expression, such as `queue.*.ready`.
  ///
  /// - Throws: the first mistake in the line and its offset.
  public init(parsing text: String) throws(ExpressionError) {
    var parser = ExpressionParser(text)
    self = try parser.pattern()
    try parser.endOfName()
  }
}

extension Duration {
  /// Reads a duration as it is written in an expression and in the configuration: `90s`, `1h30m`.
  ///
  /// - Throws: the first mistake in the line and its offset; more than 366 days is one.
  public init(parsing text: String) throws(ExpressionError) {
    var parser = ExpressionParser(text)
    self = try parser.duration()
    guard parser.current.kind == .end else {
      throw parser.error("expected digits and ms, s, m, h or d")
    }
  }
}

extension ExpressionParser {
  /// Requires the end of the line after a name or a pattern.
  func endOfName() throws(ExpressionError) {
    guard current.kind == .end else {
      throw error("expected '.' or the end of the name; other characters need double quotes")
    }
  }
}
