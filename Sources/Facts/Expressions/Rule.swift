/// What raises an alert: a condition and how long it must hold, such as `queue.depth > 500 for 5m`.
public struct Rule: Sendable, Hashable {
  /// What must hold.
  public let condition: Condition
  /// For how long, from the first true sample's own time; zero without `for`.
  public let duration: Duration

  /// Pairs a condition with a duration.
  public init(condition: Condition, duration: Duration = .zero) {
    self.condition = condition
    self.duration = duration
  }

  /// Reads `condition [ "for" duration ]`.
  ///
  /// - Throws: the first mistake in the line and its offset.
  public init(parsing text: String) throws(ExpressionError) {
    var parser = ExpressionParser(text)
    condition = try parser.condition()
    var duration = Duration.zero
    var keywords = ["for"]
    if parser.take(word: "for") {
      duration = try parser.duration()
      keywords = []
    }
    self.duration = duration
    try parser.end(allowing: keywords)
  }
}

/// What proves an act: a condition that must come true after it, such as
/// `probe.backend.postgres is ok within 90s holding 3`.
public struct Gate: Sendable, Hashable {
  /// What must hold.
  public let condition: Condition
  /// How long after the act's end it may take; 90 s without `within`.
  public let within: Duration
  /// How many samples in a row must hold, 1 to 100; 1 without `holding`.
  public let holding: Int

  /// Makes a gate; `holding` is brought into 1 to 100.
  public init(condition: Condition, within: Duration = .seconds(90), holding: Int = 1) {
    self.condition = condition
    self.within = within
    self.holding = min(max(holding, 1), 100)
  }

  /// Reads `condition [ "within" duration ] [ "holding" count ]`.
  ///
  /// - Throws: the first mistake in the line and its offset.
  public init(parsing text: String) throws(ExpressionError) {
    var parser = ExpressionParser(text)
    let condition = try parser.condition()
    var within = Duration.seconds(90)
    var holding = 1
    var keywords = ["within", "holding"]
    if parser.take(word: "within") {
      let offset = parser.current.range.lowerBound
      within = try parser.duration()
      guard within > .zero else { throw ExpressionError("a gate needs some time", at: offset) }
      keywords = ["holding"]
    }
    if parser.take(word: "holding") {
      holding = try parser.holdingCount()
      keywords = []
    }
    try parser.end(allowing: keywords)
    self.init(condition: condition, within: within, holding: holding)
  }
}
