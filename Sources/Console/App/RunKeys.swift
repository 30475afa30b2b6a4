import DataSources
import Facts
import Operations
import Panels

/// What is typed for a run: the purpose of its prompt.
enum RunPrompt: Hashable, Sendable {
  /// The value that a step asks for.
  case input(Int, name: String)
  /// What a person has done.
  case done(Int)
  /// Why a step is left out.
  case skip(Int)
  /// Why the run that is gone through is given up.
  case giveUp
  /// Why a run that was left is given up.
  case giveUpLeft(RunbookRun)
}

/// The keys of the runbooks' view: a run is begun, gone through step by step, left or given up.
///
/// An act of a step opens the very preview that its own key opens; only what is told of the run is done here.
/// Longer than other files: each key means something else for each kind of step, and stands beside its offer.
enum RunKeys {
  /// Whether the run that is gone through is what is seen.
  static func isOpen(_ state: AppState) -> Bool {
    guard state.view == .runbooks, let model = state.run else { return false }
    return state.activeLocal.detail == model.rowID
  }

  /// What a command means here; nil if it means what it means everywhere.
  static func reduce(_ state: inout AppState, _ command: Command, _ key: KeyPress, isAlone: Bool) -> [Effect]?
  {
    switch command {
    case .enter where isOpen(state): return press(&state, key, isAlone: isAlone) { next(&$0) }
    case .enter where state.view == .runbooks: return open(&state)
    case .copy where isOpen(state): return copy(&state)
    case .runAgain: return press(&state, key, isAlone: isAlone) { again(&$0) }
    case .runSkip: return press(&state, key, isAlone: isAlone) { skip(&$0) }
    case .runGiveUp: return giveUp(&state)
    case .runDry: return dryRun(&state)
    case .runbookOfThis: return RunbookFit.open(&state)
    default: return nil
    }
  }

  /// A key that takes a step counts only if it came alone.
  private static func press(
    _ state: inout AppState,
    _ key: KeyPress,
    isAlone: Bool,
    _ take: (inout AppState) -> [Effect]
  ) -> [Effect] {
    guard isOpen(state) else {
      state.say("\(SafeText(key.name)) is for a run: Enter on a runbook opens one", .warn)
      return []
    }
    guard isAlone else {
      state.ignore(key)
      return []
    }
    if let model = state.run, model.isBusy || state.act != nil {
      let step = model.step.map { model.script.number(of: $0) } ?? ""
      state.say("step \(SafeText(step)) is under way", .warn)
      return []
    }
    return take(&state)
  }

  // MARK: the list

  /// Opens the selected row as a run; nil where it can only be read.
  private static func open(_ state: inout AppState) -> [Effect]? {
    guard let item = state.activeItem, state.activeLocal.detail == nil,
      let row = RunbookRows.row(item.id, state)
    else { return nil }
    switch row {
    case .run(let run, let script):
      guard let script else {
        let key = state.keymap.key(of: .runGiveUp).map { ": \($0.name) gives it up" } ?? ""
        state.say("its runbook has changed since it began\(SafeText(key))", .warn)
        return []
      }
      if state.run?.run.id == run.id {
        show(&state)
        return []
      }
      return order(&state, .resume(script, run))
    case .script(let script): return order(&state, .prepare(script, given: [:]))
    }
  }

  /// Asks what each step of the run that is open, or of the selected row, would do now.
  private static func dryRun(_ state: inout AppState) -> [Effect] {
    guard let item = state.activeItem, let row = RunbookRows.row(item.id, state) else {
      state.say("a dry run is of a runbook: select one", .warn)
      return []
    }
    state.say("looking at each step; nothing is done")
    switch row {
    case .script(let script): return [.run(.dryRun(script, RunbookRun(id: "")))]
    case .run(var run, let script?):
      // What is only offered so far is what it would be asked with.
      for (name, value) in state.run?.given ?? [:]
      where run.inputs[name] == nil && state.run?.run.id == run.id {
        run.take(RunEvent(.input(name, value), at: state.now.wall))
      }
      return [.run(.dryRun(script, run))]
    case .run(_, nil):
      state.say("its runbook has changed since it began: it can only be given up", .warn)
      return []
    }
  }

  /// Asks for another run than the one that is gone through, unless that one is in the middle of a step.
  static func order(_ state: inout AppState, _ order: RunOrder) -> [Effect] {
    if let model = state.run, model.isBusy || state.act != nil {
      state.say("\(model.script.runbook.title) is in the middle of a step: one run at a time", .warn)
      return []
    }
    state.run = nil
    state.awaitsRun = true
    return [.run(order)]
  }

  /// Takes what the run's keeper tells.
  static func take(_ state: inout AppState, _ news: RunNews) {
    switch news {
    case .failed(let why):
      state.awaitsRun = false
      state.run?.isBusy = false
      state.say(why, .warn, stays: true)
    case .gaveUp(let what): state.say(what)
    case .previewed(let script, let run, let plans): show(&state, script, run, plans)
    case .stands(let model):
      let former = state.run
      guard state.awaitsRun || former?.run.id == model.run.id else { return }
      state.run = model
      if former?.run.id != model.run.id {
        state.awaitsRun = false
        show(&state)
      } else if former?.step != model.step {
        state.locals[.runbooks]?.detailOffset = 0
      }
    }
  }

  /// Shows a dry run where nobody is in the middle of anything.
  private static func show(
    _ state: inout AppState,
    _ script: RunScript,
    _ run: RunbookRun,
    _ plans: [Int: Result<Plan, Refusal>]
  ) {
    guard state.overlays.isEmpty, state.prompt == nil else {
      return state.say("dry run of \(script.runbook.title): not shown over what is open; ask again", .warn)
    }
    state.message = nil
    let sheet = DryRunSheet.make(
      script,
      run,
      plans,
      state.context,
      catalog: state.keymap.actions,
      environment: state.environment.name
    )
    state.overlays.append(.sheet(sheet))
  }

  /// Opens the page of the run that is gone through.
  private static func show(_ state: inout AppState) {
    guard let model = state.run else { return }
    state.view = .runbooks
    state.isFullScreen = false
    Commands.change(&state) {
      $0.filter = ""
      $0.selection = model.rowID
      $0.detail = model.rowID
      $0.detailOffset = 0
    }
  }

  // MARK: the steps

  /// Takes the step that the run stands at.
  private static func next(_ state: inout AppState) -> [Effect] {
    guard let model = state.run else { return [] }
    guard let step = model.step else {
      state.say("the run is over: Esc leads back")
      return []
    }
    guard model.run.beginning != nil else { return take(&state, step) }
    switch model.run.standing {
    case .over, .ready: return take(&state, step)
    case .begun: return send(&state, .reread(step))
    case .stopped:
      guard model.run.records[step]?.outcome == .unknown, case .act = work(state, step) else {
        return take(&state, step)
      }
      state.say("what it did is not known: a takes it again, s goes on without it", .warn, stays: true)
      return []
    }
  }

  private static func again(_ state: inout AppState) -> [Effect] {
    guard let model = state.run, let step = model.step, model.run.records[step] != nil || isBegun(model)
    else {
      state.say("there is nothing to take again: Enter takes the step", .warn)
      return []
    }
    return take(&state, step)
  }

  private static func isBegun(_ model: RunModel) -> Bool {
    if case .begun = model.run.standing { true } else { false }
  }

  private static func work(_ state: AppState, _ step: Int) -> RunbookRunner.Work? {
    state.run?.reader(state.monitor.world).work(of: step)
  }

  private static func take(_ state: inout AppState, _ step: Int) -> [Effect] {
    guard let model = state.run, let work = work(state, step) else { return [] }
    switch work {
    case .look: return send(&state, .look(step))
    case .impossible(let why): return send(&state, .refuse(step, why.string))
    case .input(let name):
      let text = model.given[name] ?? model.run.inputs[name] ?? ""
      ask(&state, .input(step, name: name), "\(SafeText(name)): ", text, "Enter gives it")
      return []
    case .byHand:
      ask(&state, .done(step), "done: ", "", "what was done, or nothing; Enter says so")
      return []
    case .act(let request):
      state.frozen = nil
      state.runStep = RunStep(step: step, request: request)
      return Acts.plan(&state, request)
    }
  }

  private static func skip(_ state: inout AppState) -> [Effect] {
    guard let step = state.run?.step else { return next(&state) }
    ask(&state, .skip(step), "skip, because: ", "", "Enter skips, Esc doesn't")
    return []
  }

  private static func giveUp(_ state: inout AppState) -> [Effect] {
    if isOpen(state), let model = state.run {
      guard model.run.beginning != nil, model.run.standing != .over else {
        state.say("nothing has begun that could be given up", .warn)
        return []
      }
      guard !model.isBusy, state.act == nil else {
        state.say("a step is under way: it is waited for", .warn)
        return []
      }
      ask(&state, .giveUp, "give up, because: ", "", "Enter gives it up, Esc doesn't")
    } else if let item = state.activeItem, case .run(let run, _)? = RunbookRows.row(item.id, state) {
      ask(&state, .giveUpLeft(run), "give up, because: ", "", "Enter gives it up, Esc doesn't")
    } else {
      state.say("only a run that was left open can be given up", .warn)
    }
    return []
  }

  /// Copies the message of the step, or the command that it shows.
  private static func copy(_ state: inout AppState) -> [Effect]? {
    guard let model = state.run, let step = model.step else { return nil }
    let text = model.text(of: step, state.monitor.world, at: state.now.monotonic)
    guard !text.isEmpty else { return nil }
    return [.copy(text.map(\.string).joined(separator: "\n"))]
  }

  /// Sends an order for a step: until it is taken no other key takes one.
  private static func send(_ state: inout AppState, _ order: RunOrder) -> [Effect] {
    state.run?.isBusy = true
    return [.run(order)]
  }

  // MARK: what is typed

  private static func ask(
    _ state: inout AppState,
    _ prompt: RunPrompt,
    _ lead: SafeText,
    _ text: String,
    _ note: SafeText
  ) {
    state.message = nil
    state.promptPurpose = .run(prompt)
    state.prompt = PromptModel(lead: lead, text: text, note: note)
  }

  /// Takes what was typed; a prompt that stays open says why.
  static func answer(_ state: inout AppState, _ prompt: RunPrompt, _ text: String) -> [Effect] {
    func refuse(_ why: SafeText) -> [Effect] {
      state.prompt?.note = why
      return []
    }
    let order: RunOrder
    switch prompt {
    case .input(let step, let name):
      guard RunbookRunner.isFit(text) else {
        return refuse("one short line, no quotes, braces or secrets")
      }
      // What names a service or a queue is one that there is, as far as that is known.
      if let why = RunbookRows.refusal(of: text, for: name, state) { return refuse(why) }
      order = .give(step, text)
    case .done(let step): order = .confirm(step, text.isEmpty ? "said so" : text)
    case .skip(let step):
      guard !text.isEmpty else { return refuse("a reason is needed") }
      order = .skip(step, text)
    case .giveUp: order = .giveUp(text)
    case .giveUpLeft(let run):
      PromptKeys.close(&state)
      return [.run(.giveUpLeft(run, text))]
    }
    PromptKeys.close(&state)
    guard state.run?.isBusy == false else { return [] }
    return send(&state, order)
  }

  // MARK: after every event

  /// Confirmed plans that are steps are run as such.
  static func asStep(_ state: inout AppState, _ effect: Effect) -> Effect {
    guard case .execute(let plan, let hasAskedAgain) = effect, let step = state.runStep,
      step.request == plan.request
    else { return effect }
    state.run?.isBusy = true
    return .executeStep(step.step, plan, hasAskedAgain: hasAskedAgain)
  }

  /// Lets go of a run whose page was left, and of a step whose preview was cancelled.
  static func settle(_ state: inout AppState) -> [Effect] {
    let isAsked =
      state.overlays.contains { if case .dialog = $0 { true } else { false } }
      || state.awaitedPlan != nil || state.awaitingLift != nil || state.act != nil || state.prompt != nil
    if !isAsked { state.runStep = nil }
    guard let model = state.run, !model.isBusy, state.runStep == nil, state.prompt == nil,
      state.locals[.runbooks]?.detail != model.rowID
    else { return [] }
    state.run = nil
    if model.run.beginning != nil, let step = model.run.standing.step {
      let number = SafeText(model.script.number(of: step))
      state.say("\(model.script.runbook.title) is left open at step \(number): Enter on it goes on")
    }
    return [.run(.leave)]
  }

  // MARK: hints

  /// What helps on a row of the list; nil: it can only be read.
  static func hints(of item: PanelItem?, _ state: AppState) -> [KeyHint]? {
    let dry = KeyHint(SafeText(state.keymap.key(of: .runDry)?.name ?? ""), "dry run")
    let giveUp = KeyHint(SafeText(state.keymap.key(of: .runGiveUp)?.name ?? ""), "give up…")
    switch item.flatMap({ RunbookRows.row($0.id, state) }) {
    case .run(_, .some)?: return [KeyHint("Enter", "goes on"), dry, giveUp]
    case .run(_, nil)?: return [giveUp]
    case .script?: return [KeyHint("Enter", "step by step"), dry]
    case nil: return nil
    }
  }

  /// What helps while a run is gone through.
  static func hints(_ state: AppState) -> [KeyHint] {
    guard let model = state.run else { return [] }
    guard !model.isBusy else { return [KeyHint("Esc", "to the list; it goes on")] }
    guard let step = model.step else { return [KeyHint("Esc", "back")] }
    func key(_ command: Command) -> SafeText { SafeText(state.keymap.key(of: command)?.name ?? "") }
    var hints: [KeyHint] = []
    let isStopped = model.run.records[step].map { !$0.outcome.goesOn } ?? false
    if isBegun(model), model.run.beginning != nil {
      hints.append(KeyHint("Enter", "reads how it is now"))
      hints.append(KeyHint(key(.runAgain), "again…"))
    } else if isStopped {
      hints.append(KeyHint(key(.runAgain), "again"))
    } else {
      hints.append(KeyHint("Enter", SafeText(word(model, step, state))))
    }
    hints.append(KeyHint(key(.runSkip), "skip…"))
    if !model.text(of: step, state.monitor.world, at: state.now.monotonic).isEmpty {
      hints.append(KeyHint(key(.copy), "copy"))
    }
    let hasBegun = model.run.beginning != nil
    if hasBegun { hints.append(KeyHint(key(.runGiveUp), "give up…")) }
    if !hasBegun { hints.append(KeyHint(key(.runDry), "dry run")) }
    hints.append(KeyHint("Esc", hasBegun ? "leaves it open" : "back"))
    return hints
  }

  /// What Enter does to a step.
  private static func word(_ model: RunModel, _ step: Int, _ state: AppState) -> String {
    switch work(state, step) {
    case .act(let request):
      guard let action = model.catalog.descriptor(of: request.action) else { return "does it" }
      return "\(action.title)\(action.previewMark)"
    case .look:
      if case .decide = model.script.steps[step].kind { return "decides" }
      return model.script.steps[step].gate == nil ? "checks it" : "waits for it"
    case .input(let name): return "\(name)…"
    case .byHand:
      if case .escalate = model.script.steps[step].kind { return "sent…" }
      return "done…"
    case .impossible, nil: return "does it"
    }
  }
}

/// A step whose act is being asked about or done.
struct RunStep: Sendable {
  /// Its place in the script.
  var step: Int
  /// What is asked for.
  var request: ActionRequest
}
