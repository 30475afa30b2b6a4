internal import Facts
internal import Operations

/// What the tests of a step say now: checks, gates and decisions with their live values.
struct StepValues {
  private let reader: StepReader
  private let facts: FactView

  /// The values of a run's steps, with what was asked for in it.
  init(_ reader: StepReader, _ context: PanelContext) {
    self.reader = reader
    facts = FactView(context.world.facts, at: context.now.monotonic)
  }

  /// The values of steps of which nothing was asked for yet.
  init(_ script: RunScript, _ context: PanelContext) {
    let run = RunbookRun(id: "")
    let catalog = context.catalogOfSteps
    self.init(
      StepReader(script, run, catalog: catalog, environment: "", world: context.world),
      context
    )
  }

  /// What a step reads: its label, and a line a test; nil if it reads nothing.
  func told(of step: RunbookStep) -> (label: SafeText, lines: [StyledText])? {
    switch step.kind {
    case .known(.check(let condition)): ("check", tests(condition))
    case .known(.gate(let gate)): ("gate", tests(gate))
    case .decide(let branches): ("goes on", branches.map(branch))
    case .known, .manual, .input, .escalate, .copy: nil
    }
  }

  /// What must hold after a step, and each test of it; empty if that is the step itself, or nothing.
  func gate(of step: RunbookStep) -> [StyledText] {
    guard let gate = step.gate, step.kind != .known(.gate(gate)) else { return [] }
    return [StyledText(SafeText(reader.filled(gate)), .muted)] + tests(gate)
  }

  /// Each test of a condition or gate as it stands now.
  func tests(_ text: String) -> [StyledText] {
    let text = reader.filledExpression(text)
    guard let condition = (try? Gate(parsing: text).condition) ?? (try? Condition(parsing: text)) else {
      return [StyledText(SafeText(text), .muted).then("  needs what is asked for before", .state(.warn))]
    }
    return condition.explain(facts).map { test in
      Self.probe(SafeText(test.text), SafeText(test.value, limit: 200), Self.state(test.truth))
    }
  }

  /// A test with its value: ✓ is what holds alone.
  static func probe(_ name: SafeText, _ value: SafeText, _ state: FactState) -> StyledText {
    let glyph =
      state == .ok ? StyledText(SafeText(glyph: Glyph.done), .state(.ok)) : StyledText(glyphOf: state)
    return glyph.then(" ").then(name).then("  ").then(value, state == .ok ? .muted : .state(state))
  }

  private static func state(_ truth: Truth) -> FactState {
    switch truth {
    case .yes: .ok
    case .no: .crit
    case .unknown: .nodata
    }
  }

  private func branch(_ branch: RunbookStep.Branch) -> StyledText {
    let target = SafeText(Int(branch.target).map { "step \($0)" } ?? branch.target)
    guard branch.condition != "else" else {
      return StyledText("· else ", .muted).then("→ \(target)", .strong)
    }
    let text = reader.filledExpression(branch.condition)
    guard let condition = try? Condition(parsing: text) else {
      return StyledText("? \(SafeText(text))", .state(.warn)).then(" → \(target)", .strong)
    }
    let values = condition.explain(facts).map(\.value).joined(separator: ", ")
    let truth = condition.evaluate(facts)
    let mark: StyledText =
      switch truth {
      case .yes: StyledText(SafeText(glyph: Glyph.done), .state(.ok))
      // That a fault isn't there is nothing bad.
      case .no: StyledText("·", .muted)
      case .unknown: StyledText(glyphOf: .nodata)
      }
    return mark.then(" ").then(SafeText(text), truth == .no ? .muted : .text).then(" → ", .muted)
      .then(target, truth == .yes ? .strong : .muted).then("  \(SafeText(values, limit: 200))", .muted)
  }
}
