/// A claim about facts, such as `queue.depth > 1000 and not service.backend.state is stale`.
///
/// Two conditions are equal when they are written the same.
public struct Condition: Sendable, Hashable, CustomStringConvertible {
  let root: Expression

  /// The condition as it was written, without spaces around it.
  public let text: String

  /// Every fact that it names outright.
  public let names: Set<FactName>

  /// Every pattern that it asks about, in the order they were written.
  public let patterns: [FactPattern]

  /// Reads a condition that fills the whole line.
  ///
  /// - Throws: the first mistake in the line and its offset.
  public init(parsing text: String) throws(ExpressionError) {
    var parser = ExpressionParser(text)
    self = try parser.condition()
    try parser.end(allowing: [])
  }

  init(root: Expression, text: String) {
    self.root = root
    self.text = text
    var names: Set<FactName> = []
    var patterns: [FactPattern] = []
    for test in root.tests {
      switch test.content {
      case .state(let name, _): names.insert(name)
      case .quantified(_, let pattern, _): patterns.append(pattern)
      case .comparison(let left, _, let right):
        for operand in [left, right] {
          switch operand.content {
          case .name(let name): names.insert(name)
          case .aggregate(_, let pattern): patterns.append(pattern)
          case .literal: continue
          }
        }
      }
    }
    self.names = names
    self.patterns = patterns
  }

  /// Compares how the two are written.
  public static func == (left: Condition, right: Condition) -> Bool {
    left.text == right.text
  }

  /// Hashes how it is written.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(text)
  }

  /// The condition as it was written.
  public var description: String { text }

  /// Whether it holds now; misfits of units and types leave their test unknown.
  public func evaluate(_ facts: some FactLookup) -> Truth {
    Evaluator(facts: facts).truth(of: root)
  }

  /// Whether it holds going by samples taken after `time` alone; what is older is unknown, and so
  /// is a state (`is ok`) that no newer sample stands behind.
  public func evaluate(_ facts: some FactLookup, sampledAfter time: MonotonicTime) -> Truth {
    Evaluator(facts: facts, after: time).truth(of: root)
  }

  /// Whether it holds now, and why each test that doesn't fit its facts can't be decided.
  public func evaluateExplaining(_ facts: some FactLookup) -> (truth: Truth, notes: [ExpressionNote]) {
    let evaluator = Evaluator(facts: facts)
    let notes = root.tests.compactMap { test -> ExpressionNote? in
      guard let misfit = evaluator.verdict(on: test).misfit else { return nil }
      return ExpressionNote(test: test.text, message: misfit, offset: test.offsetOfMisfit)
    }
    return (evaluator.truth(of: root), notes)
  }

  /// The first test whose sides don't fit the facts' units and types, for `config check`.
  ///
  /// A fact that is missing or never had a value is no misfit: nothing is known against it.
  public func check(_ facts: some FactLookup) -> ExpressionError? {
    evaluateExplaining(facts).notes.first.map { ExpressionError($0.message, at: $0.offset) }
  }

  /// Every fact that bears on it now: those it names and those its patterns match, each once.
  public func facts(in facts: some FactLookup) -> [Fact] {
    var found = names.sorted().compactMap { facts.fact($0) }
    var seen = names
    for fact in patterns.lazy.flatMap({ facts.facts(matching: $0) })
    where seen.insert(fact.name).inserted {
      found.append(fact)
    }
    return found
  }

  /// When the newest of its known facts was sampled: since when it can have been as it is now.
  ///
  /// Nil if none is known: a fact in error or stale is so by the clock, not by a sample.
  public func newestSample(in facts: some FactLookup) -> MonotonicTime? {
    self.facts(in: facts).filter(\.state.isKnown).compactMap(\.sampledAt).max()
  }
}

extension Test {
  /// Misfits are shown at the right-hand side, where the literal usually stands.
  fileprivate var offsetOfMisfit: Int {
    switch content {
    case .comparison(_, _, let right), .quantified(_, _, .comparison(_, let right)): right.offset
    case .state, .quantified(_, _, .state): 0
    }
  }
}
