/// Decides tests over the facts as they stand.
struct Evaluator<Lookup: FactLookup> {
  let facts: Lookup
  /// Only facts sampled later than this count; older ones leave a test unknown; nil counts all.
  var after: MonotonicTime?

  /// A test's truth, and why it can't be decided if its two sides don't fit together.
  struct Verdict {
    var truth: Truth
    var misfit: String?
  }

  /// One side of a comparison as it stands: a nil value is unknown.
  struct Resolved {
    var kind: ValueKind
    var value: FactValue?
    var misfit: String?
  }

  func truth(of expression: Expression) -> Truth {
    switch expression {
    case .test(let test): verdict(on: test).truth
    case .not(let inner): truth(of: inner).negated
    case .and(let parts): Truth.all(parts.lazy.map { truth(of: $0) })
    case .or(let parts): Truth.any(parts.lazy.map { truth(of: $0) })
    }
  }

  func verdict(on test: Test) -> Verdict {
    switch test.content {
    case .comparison(let left, let comparison, let right):
      return compare(resolve(left), comparison, resolve(right))
    case .state(let name, let claim):
      return Verdict(truth: truth(of: claim, on: facts.fact(name)))
    case .quantified(let quantifier, let pattern, let predicate):
      let verdicts = facts.facts(matching: pattern).map { verdict(on: predicate, of: $0) }
      let truths = verdicts.map(\.truth)
      let truth =
        switch quantifier {
        case .any: Truth.any(truths)
        case .all: Truth.all(truths)
        }
      return Verdict(truth: truth, misfit: verdicts.lazy.compactMap(\.misfit).first)
    }
  }

  func verdict(on predicate: Predicate, of fact: Fact) -> Verdict {
    switch predicate {
    case .state(let claim):
      return Verdict(truth: truth(of: claim, on: fact))
    case .comparison(let comparison, let literal):
      var verdict = compare(resolve(fact), comparison, resolve(literal))
      verdict.misfit = verdict.misfit.map { "\(fact.name): \($0)" }
      return verdict
    }
  }

  func resolve(_ operand: Operand) -> Resolved {
    switch operand.content {
    case .name(let name):
      facts.fact(name).map(resolve) ?? Resolved(kind: .open)
    case .literal(let value, _):
      Resolved(kind: operand.staticKind, value: value)
    case .aggregate(let aggregate, let pattern):
      resolve(aggregate, facts.facts(matching: pattern))
    }
  }

  /// A state is a claim about now and never unknown, except where only newer samples may count.
  private func truth(of claim: StateClaim, on fact: Fact?) -> Truth {
    guard after == nil || isNew(fact) else { return .unknown }
    let state = fact?.state ?? .nodata
    // What must be proven is not held by knowing nothing: "is not crit" says nothing of a missing value.
    if after != nil, !state.isKnown, !claim.wantsUnknown { return .unknown }
    return Truth(claim.holds(state))
  }

  private func isNew(_ fact: Fact?) -> Bool {
    guard let after else { return true }
    guard let sampledAt = fact?.sampledAt else { return false }
    return sampledAt > after
  }

  private func resolve(_ fact: Fact) -> Resolved {
    var value = isNew(fact) ? fact.knownValue : nil
    if value?.number?.isNaN == true { value = nil }
    return Resolved(kind: fact.valueKind, value: value)
  }

  /// Folds numbers into the unit of the first; one unknown member makes the whole unknown, since
  /// what is missing could change it.
  private func resolve(_ aggregate: Aggregate, _ matches: [Fact]) -> Resolved {
    if aggregate == .count { return Resolved(kind: .number(.one), value: count(matches)) }
    var unit: FactUnit?
    var numbers: [Double] = []
    for fact in matches {
      let resolved = resolve(fact)
      switch resolved.kind {
      case .open: continue
      case .text, .flag:
        return Resolved(kind: .number(nil), misfit: "\(fact.name) is not a number")
      case .number:
        guard fact.unit.dimension == (unit ?? fact.unit).dimension else {
          return Resolved(
            kind: .number(nil),
            misfit: "\(fact.name) is in another sort of unit than the others"
          )
        }
        let target = unit ?? fact.unit
        unit = target
        guard let number = resolved.value?.number else { continue }
        let isSameUnit = target == fact.unit
        numbers.append(
          isSameUnit ? number : fact.unit.inFinestUnit(number) / target.inFinestUnit(1)
        )
      }
    }
    let kind = ValueKind.number(unit)
    guard numbers.count == matches.count else { return Resolved(kind: kind) }
    let folded: Double? =
      switch aggregate {
      case .sum: numbers.isEmpty ? nil : numbers.reduce(0, +)
      case .max: numbers.max()
      case .min: numbers.min()
      case .count: nil
      }
    // Infinities of both signs add up to no number at all.
    return Resolved(kind: kind, value: folded.flatMap { $0.isNaN ? nil : .number($0) })
  }

  /// How many there are, known or not.
  ///
  /// None at all can't be told from a mistyped name or a source that has not answered; and where only newer samples
  /// may count, one without such a sample may be gone by now.
  private func count(_ matches: [Fact]) -> FactValue? {
    guard !matches.isEmpty, matches.allSatisfy(isNew) else { return nil }
    return .number(Double(matches.count))
  }

  private func compare(_ left: Resolved, _ comparison: Comparison, _ right: Resolved) -> Verdict {
    let misfit =
      left.misfit ?? right.misfit ?? ValueKind.misfit(left.kind, comparison, right.kind)
    guard misfit == nil else { return Verdict(truth: .unknown, misfit: misfit) }
    switch (left.value, right.value) {
    case (.number(let leftNumber)?, .number(let rightNumber)?):
      guard case .number(let leftUnit?) = left.kind, case .number(let rightUnit?) = right.kind,
        leftUnit != rightUnit
      else { return Verdict(truth: Truth(comparison.holds(leftNumber, rightNumber))) }
      return Verdict(
        truth: Truth(
          comparison.holds(
            leftUnit.inFinestUnit(leftNumber),
            rightUnit.inFinestUnit(rightNumber)
          )
        )
      )
    case (let leftValue?, let rightValue?):
      return Verdict(truth: Truth((leftValue == rightValue) == (comparison == .equal)))
    case (nil, _), (_, nil):
      return Verdict(truth: .unknown)
    }
  }
}
