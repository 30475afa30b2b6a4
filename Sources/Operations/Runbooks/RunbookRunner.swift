public import DataSources
public import Facts

/// Takes the steps of one run, and keeps its journal: what was not written down first is not begun.
///
/// Acts are the executor's: whoever drives the run plans, confirms and runs them, as if by their key, between
/// ``beginAct(_:)`` and ``endAct(_:_:isProven:_:)``.
@LoopActor public final class RunbookRunner {
  /// What a step takes.
  public enum Work: Sendable, Hashable {
    /// Something that is looked at, by ``look(_:_:)``.
    case look
    /// An act, by its request; or why there is none.
    case act(ActionRequest)
    /// A value of that name is asked for.
    case input(String)
    /// A person does it, and says so.
    case byHand
    /// It can't be taken: a value is missing or doesn't fit.
    case impossible(SafeText)
  }

  /// What it goes through.
  public let script: RunScript
  /// What happened so far.
  public private(set) var run: RunbookRun
  private let services: ActionServices
  private let journal: any RunKeeping
  private let catalog: ActionCatalog
  private let escalation: [EscalationSettings]

  /// Goes on with a run, or prepares one of which nothing has happened.
  public init(
    _ script: RunScript,
    _ run: RunbookRun,
    services: ActionServices,
    journal: any RunKeeping,
    catalog: ActionCatalog = .standard,
    escalation: [EscalationSettings] = EscalationSettings.builtIn
  ) {
    self.escalation = escalation
    self.script = script
    self.run = run
    self.services = services
    self.journal = journal
    self.catalog = catalog
  }

  /// Writes down that the run begins.
  /// - Throws: it can't be written.
  public func begin(by author: String) async throws(FileFailure) {
    try await note(.began(RunBeginning(of: script, by: author)))
  }

  /// What a step takes, with what was asked for filled in.
  public func work(of step: Int) -> Work { reader.work(of: step) }

  /// What stands in a step for a person, with what was asked for, and in a message what the facts say now.
  public func text(of step: Int) -> [SafeText] {
    reader.text(of: step, at: services.clock.now().monotonic, escalation)
  }

  /// The preview of a step's act as it would be now, or why there is none; nil if it is no act.
  ///
  /// Nothing is begun.
  public func preview(of step: Int, by executor: Executor) async -> Result<Plan, Refusal>? {
    switch work(of: step) {
    case .look, .input, .byHand: return nil
    case .impossible(let why): return .failure(.notPossible(why))
    case .act(let request):
      do throws(Refusal) {
        return .success(try await executor.plan(request))
      } catch {
        return .failure(error)
      }
    }
  }

  private var reader: StepReader {
    StepReader(script, run, catalog: catalog, environment: services.environment, world: services.world())
  }

  /// Looks at what a check, a gate or a decision reads, and writes down what came of it.
  /// - Throws: the journal can't be written; then the run stands where it stood.
  public func look(_ step: Int, _ emit: @escaping @LoopActor (GateView) -> Void) async throws(FileFailure) {
    try await note(.stepBegan(step))
    switch script.steps[step].kind {
    case .known(.check(let condition)): try await check(step, condition, emit)
    case .known(.gate(let text)): try await wait(step, text, after: services.clock.now().monotonic, emit)
    case .decide(let branches): try await decide(step, branches)
    case .known(.pause): try await end(step, .shown, "the proof of the step before has waited", emit)
    case .known(.view(let view)): try await end(step, .shown, "shown by the view \(view)", emit)
    case .known, .manual, .input, .escalate, .copy: preconditionFailure("\(step) is not looked at")
    }
  }

  /// Writes down that an act begins: it may be run once this returns.
  /// - Throws: it can't be written; the act must not be run.
  public func beginAct(_ step: Int) async throws(FileFailure) {
    try await note(.stepBegan(step))
  }

  /// Takes the last event of an act, waits for the step's gate, and writes down what came of both.
  ///
  /// `isProven` says that a proof of the act's own was seen; without one and without a gate nothing is proven.
  /// - Throws: the journal can't be written.
  public func endAct(
    _ step: Int,
    _ last: ActionEvent,
    isProven: Bool,
    _ emit: @escaping @LoopActor (GateView) -> Void
  ) async throws(FileFailure) {
    switch last {
    case .refused(let refusal): try await note(.stepEnded(step, .failed, "not begun: \(refusal.sentence)"))
    case .changed(_, let what): try await note(.stepEnded(step, .failed, "not begun: changed: \(what)"))
    case .ended(let verdict):
      let told = verdict.told.string
      switch verdict.outcome {
      case .done where isProven: try await end(step, .passed, told, caution: verdict.caution, emit)
      case .done:
        let isShown = isLook(step) || !verdict.output.isEmpty
        try await end(step, isShown ? .shown : .unproven, told, caution: verdict.caution, emit)
      case .doneUnproven: try await end(step, .unproven, told, caution: verdict.caution, emit)
      case .failed: try await note(.stepEnded(step, .failed, told))
      case .unknown: try await note(.stepEnded(step, .unknown, told))
      }
    case .refusalRecorded, .step, .recorded, .acting, .sent, .acted, .note, .gate, .then:
      try await note(.stepEnded(step, .unknown, "it has no end"))
    }
  }

  /// Reads the state of a step in which a console was killed: what it did is not known, and it is not done again.
  ///
  /// What only looks is looked at anew. Of an act the gate is read, by what holds now; without one it stays unknown.
  /// - Throws: the journal can't be written.
  public func reread(_ step: Int, _ emit: @escaping @LoopActor (GateView) -> Void) async throws(FileFailure) {
    if case .look = work(of: step) { return try await look(step, emit) }
    let killed = "the console ended in it: what it did is not known"
    guard script.steps[step].gate != nil else {
      return try await note(.stepEnded(step, .unknown, killed))
    }
    try await end(step, .unknown, killed, emit)
  }

  /// Writes down a value that was asked for.
  /// - Throws: it doesn't fit, or can't be written.
  public func give(_ step: Int, _ value: String) async throws(FileFailure) {
    guard case .input(let name) = script.steps[step].kind else { return }
    try await note(.input(name, value))
    try await note(.stepEnded(step, .shown, "\(name) is \(value)"))
  }

  /// Whether a value can be given; nil: why not.
  public nonisolated static func isFit(_ value: String) -> Bool {
    InputNames.isFit(value) && CredentialWords.struckOut(of: value) == value
  }

  /// Writes down that a person has done a step.
  /// - Throws: it can't be written.
  public func confirm(
    _ step: Int,
    _ words: String,
    _ emit: @escaping @LoopActor (GateView) -> Void = { _ in }
  ) async throws(FileFailure) {
    try await end(step, .byHand, words, emit)
  }

  /// Writes down that a step can't be taken, and why: nothing was done.
  /// - Throws: it can't be written.
  public func refuse(_ step: Int, because reason: String) async throws(FileFailure) {
    try await note(.stepEnded(step, .failed, reason))
  }

  /// Writes down that a step is left out, and why.
  /// - Throws: it can't be written.
  public func skip(_ step: Int, because reason: String) async throws(FileFailure) {
    try await note(.stepEnded(step, .skipped, reason))
  }

  /// Writes down that nobody goes on with the run, and why.
  /// - Throws: it can't be written.
  public func giveUp(because reason: String, by author: String) async throws(FileFailure) {
    try await note(.gaveUp(reason, by: author))
  }

  // MARK: steps

  private func check(
    _ step: Int,
    _ text: String,
    _ emit: @escaping @LoopActor (GateView) -> Void
  ) async throws(FileFailure) {
    guard let condition = try? Condition(parsing: filledExpression(text)) else {
      return try await note(.stepEnded(step, .failed, unfit(text)))
    }
    let (truth, words) = await watch.truths(of: [condition])[0]
    switch truth {
    case .yes: try await end(step, .passed, words, emit)
    case .no: try await note(.stepEnded(step, .failed, words))
    case .unknown: try await note(.stepEnded(step, .unknown, words))
    }
  }

  private func decide(_ step: Int, _ branches: [RunbookStep.Branch]) async throws(FileFailure) {
    var conditions: [Condition] = []
    for branch in branches.prefix(while: { $0.condition != "else" }) {
      guard let condition = try? Condition(parsing: filledExpression(branch.condition)) else {
        return try await note(.stepEnded(step, .failed, unfit(branch.condition)))
      }
      conditions.append(condition)
    }
    let truths = await watch.truths(of: conditions)
    let told = truths.map(\.words).joined(separator: "; ")
    let targets = script.targets(of: step)
    // What nobody knows may be the branch that is meant: none behind it is taken.
    let open = truths.firstIndex { $0.truth != .no }
    if let open, truths[open].truth == .unknown {
      return try await note(.stepEnded(step, .unknown, told))
    }
    let taken = open ?? (conditions.count < branches.count ? conditions.count : nil)
    guard let taken, targets.indices.contains(taken) else {
      return try await note(.stepEnded(step, .shown, "\(told): no branch holds, on with the next step"))
    }
    let target = targets[taken]
    let place = target < script.steps.count ? "step \(script.number(of: target))" : "the end"
    try await note(.stepEnded(step, .shown, "\(told): on to \(place)", next: target))
  }

  private func wait(
    _ step: Int,
    _ text: String,
    after moment: MonotonicTime,
    caution: SafeText? = nil,
    _ emit: @escaping @LoopActor (GateView) -> Void
  ) async throws(FileFailure) {
    guard let gate = try? Gate(parsing: filledExpression(text)) else {
      return try await note(.stepEnded(step, .failed, unfit(text)))
    }
    let (outcome, held) = await watch.outcome(of: gate, after: moment, emit)
    // What the gate says takes the place of the act's own words, but not of what deserves a look.
    let words = held + (caution.map { "; \($0)" } ?? "")
    switch outcome {
    case .passed:
      // A command that waits is a gate itself: the one that its author wrote holds beside it.
      if let own = script.steps[step].gate, own != text {
        return try await wait(step, own, after: moment, caution: caution, emit)
      }
      try await note(.stepEnded(step, .passed, words))
    case .failed: try await note(.stepEnded(step, .failed, words))
    case .unknown, .waiting: try await note(.stepEnded(step, .unknown, words))
    }
  }

  /// Ends a step that came as far as its gate; with a gate it is what that says.
  private func end(
    _ step: Int,
    _ outcome: StepOutcome,
    _ words: String,
    caution: SafeText? = nil,
    _ emit: @escaping @LoopActor (GateView) -> Void
  ) async throws(FileFailure) {
    let definition = script.steps[step]
    var isGate = false
    if case .known(.gate) = definition.kind { isGate = true }
    guard let gate = definition.gate, !isGate else {
      return try await note(.stepEnded(step, outcome, words))
    }
    try await wait(step, gate, after: services.clock.now().monotonic, caution: caution, emit)
  }

  // MARK: words and journal

  private var watch: FactWatch { FactWatch(services: services) }

  /// Whether the act of a step only looks.
  private func isLook(_ step: Int) -> Bool {
    guard case .act(let request) = work(of: step) else { return true }
    return catalog.descriptor(of: request.action)?.danger == .always(.look)
  }

  private func filledExpression(_ text: String) -> String { reader.filledExpression(text) }

  private func unfit(_ text: String) -> String {
    "can't be read with what was given: \(filledExpression(text))"
  }

  private func note(_ kind: RunEvent.Kind) async throws(FileFailure) {
    let event = RunEvent(kind, at: services.clock.now().wall)
    try await journal.append(event, to: run.id)
    run.take(event)
  }
}
