/// One test of a condition beside what it was decided by: a line of a gate on the screen.
public struct TestExplanation: Sendable, Hashable {
  /// The test as it was written.
  public let text: String
  /// The live value or values, or the word of a state.
  ///
  /// It may hold text from outside: make it a ``SafeText`` before it is shown.
  public let value: String
  /// Whether the test holds.
  public let truth: Truth

  /// Describes one test.
  public init(text: String, value: String, truth: Truth) {
    self.text = text
    self.value = value
    self.truth = truth
  }
}

extension Condition {
  /// Each test in the order it was written, with its live value and its truth.
  public func explain(_ facts: some FactLookup) -> [TestExplanation] {
    explain(Evaluator(facts: facts))
  }

  /// The same going by samples taken after `time` alone: what a gate counts.
  public func explain(
    _ facts: some FactLookup,
    sampledAfter time: MonotonicTime
  ) -> [TestExplanation] {
    explain(Evaluator(facts: facts, after: time))
  }

  private func explain(_ evaluator: Evaluator<some FactLookup>) -> [TestExplanation] {
    root.tests.map { test in
      TestExplanation(
        text: test.text,
        value: evaluator.value(of: test),
        truth: evaluator.verdict(on: test).truth
      )
    }
  }
}

extension Evaluator {
  /// What the test looks at, in words.
  fileprivate func value(of test: Test) -> String {
    switch test.content {
    case .comparison(let left, _, let right):
      let sides = [left, right].compactMap(value)
      return sides.isEmpty ? test.text : sides.joined(separator: " and ")
    case .state(let name, _):
      return facts.fact(name).map(state) ?? Self.missing
    case .quantified(_, let pattern, let predicate):
      return tally(facts.facts(matching: pattern).map { verdict(on: predicate, of: $0).truth })
    }
  }

  private static var missing: String { "no such fact" }

  /// Nil for a literal: it is in the test's own text already.
  private func value(of operand: Operand) -> String? {
    switch operand.content {
    case .literal:
      return nil
    case .name(let name):
      guard let fact = facts.fact(name) else { return Self.missing }
      guard let value = resolve(operand).value else { return state(of: fact) }
      return Format.value(value, unit: fact.unit)
    case .aggregate(_, let pattern):
      let resolved = resolve(operand)
      if let value = resolved.value, case .number(let unit) = resolved.kind {
        return Format.value(value, unit: unit ?? .one)
      }
      return facts.facts(matching: pattern).isEmpty ? "no such facts" : "unknown"
    }
  }

  private func state(of fact: Fact) -> String {
    // A known fact that stays unknown here is one whose newest sample is not new enough.
    if let after, fact.state.isKnown, fact.sampledAt.map({ $0 <= after }) ?? true {
      return "no new sample"
    }
    return fact.word.isEmpty ? fact.state.word : "\(fact.state.word) \(fact.word)"
  }

  private func tally(_ truths: [Truth]) -> String {
    guard !truths.isEmpty else { return "no such facts" }
    let yes = truths.count { $0 == .yes }
    let unknown = truths.count { $0 == .unknown }
    return "\(yes) of \(truths.count)" + (unknown > 0 ? ", \(unknown) unknown" : "")
  }
}
