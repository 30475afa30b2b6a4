import Facts
import Operations
import Panels

/// The only writer of ``AppState``: one event in, effects out.
///
/// Pure.
enum Reducer {
  /// Applies one event that happened at `now`.
  static func reduce(_ state: inout AppState, _ event: AppEvent, at now: Moment) -> [Effect] {
    let effects = apply(&state, event, at: now).map { RunKeys.asStep(&state, $0) }
    // A frame that was sent changes nothing that could be asked for.
    if case .painted = event { return effects }
    return effects + RunKeys.settle(&state) + Commands.loadPane(&state) + Commands.watchUsage(&state)
      + LogSearch.watch(&state) + Datastores.watch(&state)
  }

  private static func apply(_ state: inout AppState, _ event: AppEvent, at now: Moment) -> [Effect] {
    state.now = now
    state.dropOldMessage()
    DialogKeys.refresh(&state)
    switch event {
    case .key(let key, let isAlone):
      state.hasFocusMoved = true
      let (seen, wasCovered) = (state.message, !state.overlays.isEmpty)
      defer {
        state.dropMessage(seen: seen, isAlone: isAlone, wasCovered: wasCovered)
        state.settleSelection()
      }
      let effects = Keys.reduce(&state, key, isAlone: isAlone)
      for case .plan(let request) in effects { state.awaitedPlan = request }
      return effects
    case .pasted(let text):
      return Keys.paste(&state, text)
    case .resized(let width, let height):
      state.width = max(1, width)
      state.height = max(1, height)
    case .reports(let reports):
      state.knownAt = now
      let isFilling = !state.monitor.hasHeardAll
      state.monitor.apply(reports)
      // Polls end several times a second; once all have been heard a second is soon enough.
      if isFilling || state.followedWorstAt.map({ state.now.monotonic - $0 >= .seconds(1) }) ?? true {
        followWorst(&state)
      }
      state.settleSelection()
    case .tick:
      state.knownAt = now
      state.monitor.tick(at: now)
      followWorst(&state)
      state.settleSelection()
    case .painted:
      state.message?.isPainted = true
      DialogKeys.painted(&state)
    case .planned(let request, let result):
      return planned(&state, request, result)
    case .asksCredentials(let request, let result):
      return CredentialKeys.open(&state, request, result)
    case .action(let plan, let event):
      acted(&state, plan, event)
      if case .ended(let verdict) = event, verdict.outcome == .failed {
        return Commands.loadLines(&state, of: plan.target)
      }
    case .detail(let id, let result):
      state.asking.remove(id)
      state.toldDetails += 1
      state.details[id] =
        switch result {
        case .success(let snapshot): .loaded(snapshot)
        case .failure(let failure): .failed(failure)
        }
      state.settleSelection()
    case .environmentFailed(let reason):
      state.say(reason, .crit)
    case .stopped(let duration):
      state.monitor.takeStop(of: duration, at: now)
      state.say(
        "the console was stopped for \(SafeText(Format.duration(duration)))",
        .warn
      )
    case .copied(let words, let isWell), .exported(let words, let isWell):
      state.say(words, isWell ? .ok : .warn, stays: !isWell)
    case .savedLogs(let words, let isWell):
      state.say(words, isWell ? .ok : .crit, stays: true)
    case .leftOpen(let acts):
      state.monitor.take(leftOpen: acts)
    case .logs(let snapshot):
      LogSearch.take(&state, snapshot)
      state.settleSelection()
    case .datastores(let snapshot):
      Datastores.take(&state, snapshot)
      state.settleSelection()
    case .statement(let number, let outcome):
      StatementKeys.take(&state, number, outcome)
      state.settleSelection()
    case .run(let news):
      RunKeys.take(&state, news)
      state.settleSelection()
    case .terminate(let signal):
      return [.quit(signal: signal)]
    case .hungUp:
      return [.quit(signal: nil)]
    }
    return []
  }

  /// Until the first key the focus is on the worst tile and row; afterwards it never moves by itself.
  static func followWorst(_ state: inout AppState) {
    guard !state.hasFocusMoved, state.view == .overview else { return }
    state.followedWorstAt = state.now.monotonic
    focusWorst(&state)
  }

  /// Puts the focus on the worst row of the worst tile.
  static func focusWorst(_ state: inout AppState) {
    let context = state.context
    var worst = (view: state.focus, severity: -1)
    for view in state.catalog.tiles {
      let severity = urgency(state.catalog.panel(view).state(context))
      if severity > worst.severity { worst = (view, severity) }
    }
    state.focus = worst.view
    let items = state.catalog.panel(worst.view).items(
      state.locals[worst.view] ?? PanelLocal(),
      context
    )
    let most = items.map { urgency($0.state) }.max()
    let first = items.firstIndex { urgency($0.state) == most } ?? 0
    state.locals[worst.view, default: PanelLocal()].select(first, in: items)
  }

  /// How much a state wants to be looked at: one without data, such as "no check", not at all.
  private static func urgency(_ state: FactState) -> Int {
    state == .nodata ? 0 : state.severity
  }

  private static func planned(
    _ state: inout AppState,
    _ request: ActionRequest,
    _ result: Result<Plan, Refusal>
  ) -> [Effect] {
    // What was asked for last is what is meant: a slow answer to a key before it comes too late.
    guard request == state.awaitedPlan else { return [] }
    state.awaitedPlan = nil
    switch result {
    case .failure(let refusal):
      if PromptKeys.refuse(&state, refusal) { return [] }
      state.say(refusal.sentence, .warn, stays: true)
      guard let step = state.runStep, step.request == request else { return [] }
      return [.run(.refuse(step.step, refusal.sentence.string))]
    case .success(let plan):
      if case .argument? = state.promptPurpose { PromptKeys.close(&state) }
      if state.runStep?.request == request { state.runStep?.request = plan.request }
      guard plan.environment == state.environment.name, state.act == nil else { return [] }
      // What only looks asks nobody, and tells on the last line what it saw.
      if plan.danger == .look { return DialogKeys.run(&state, plan, shown: false) }
      open(&state, plan)
    }
    return []
  }

  /// Opens a preview where nobody is in the middle of anything: a letter meant for a filter would confirm it.
  private static func open(_ state: inout AppState, _ plan: Plan, changed: SafeText? = nil) {
    guard state.overlays.isEmpty, state.prompt == nil else {
      let why = changed.map { "changed meanwhile: \($0), nothing was done" } ?? "not shown over what is open"
      return state.say("\(plan.title): \(why); ask again", .warn, stays: true)
    }
    state.message = nil
    DialogKeys.open(&state, plan, changed: changed)
  }

  private static func acted(_ state: inout AppState, _ plan: Plan, _ event: ActionEvent) {
    guard var act = state.act, act.plan.request == plan.request else { return }
    // Gates are told twice a second: only the newest of each is kept.
    switch event {
    case .gate: act.events.removeAll { if case .gate = $0 { true } else { false } }
    case .then(let newer):
      act.events.removeAll { if case .then(let view) = $0 { view.service == newer.service } else { false } }
    case .refused, .refusalRecorded, .changed, .step, .recorded, .acting, .sent, .acted, .note, .ended: break
    }
    act.events.append(event)
    switch event {
    case .refused(let refusal):
      closeProgress(&state)
      state.act = nil
      guard case .readOnly(_, canLift: true) = refusal else {
        state.say(refusal.sentence, .warn, stays: true)
        return
      }
      state.say("\(refusal.sentence) (Enter types it)", .warn, stays: true)
      state.awaitingLift = plan.request
      return
    case .changed(let newer, let what):
      closeProgress(&state)
      state.act = nil
      open(&state, newer, changed: what)
      return
    case .ended(let verdict):
      act.verdict = verdict
      act.asksToLeave = false
      state.act = nil
      if plan.danger > .look { state.lastAct = act }
      if replaceProgress(&state, act) {
        show(&state, verdict, of: plan)
      } else {
        // What was only looked at has no dialog to be shown over: it opens where nobody is in the middle of anything.
        if plan.action == LastLines.descriptor.id, LogKeys.show(&state, verdict, of: plan) {
          if verdict.output.isEmpty { tell(&state, verdict, of: plan) }
          return
        }
        if plan.danger == .look, isFree(state), state.prompt == nil { show(&state, verdict, of: plan) }
        tell(&state, verdict, of: plan)
      }
      return
    case .refusalRecorded, .step, .recorded, .acting, .sent, .acted, .note, .gate, .then: break
    }
    state.act = act
    replaceProgress(&state, act)
  }

  /// Whether nothing lies over the screen but a verdict, which is there again once what is shown is closed.
  private static func isFree(_ state: AppState) -> Bool {
    state.overlays.allSatisfy { overlay in
      if case .progress(let act) = overlay { return act.verdict != nil }
      return false
    }
  }

  /// Shows what an act found over its verdict, which is there again once that is closed.
  static func show(_ state: inout AppState, _ verdict: Verdict, of plan: Plan) {
    guard !verdict.output.isEmpty else { return }
    guard plan.action != LastLines.descriptor.id else {
      return state.overlays.append(.sheet(LogKeys.sheet(verdict, of: plan, state)))
    }
    var sheet = SheetModel(title: plan.title, lines: verdict.output.map { StyledText($0) })
    sheet.offset = ScreenRenderer.sheetOffset(sheet, width: state.width, height: state.height)
    state.overlays.append(.sheet(sheet))
  }

  /// Tells a verdict whose dialog was left, and how it is shown after all.
  private static func tell(_ state: inout AppState, _ verdict: Verdict, of plan: Plan) {
    guard plan.danger > .look else {
      return state.say("\(plan.title): \(verdict.told)", verdict.factState)
    }
    // The way to it comes before the sentence, which may be cut.
    let key = state.keymap.key(of: .ongoing).map { " (\($0.name) shows it)" } ?? ""
    let word = "\(verdict.outcome.word)\(key)"
    state.say("\(plan.title): \(SafeText(word)), \(verdict.sentence)", verdict.factState, stays: true)
  }

  /// Puts the newer progress in the place of its overlay; false if that is closed.
  @discardableResult
  static func replaceProgress(_ state: inout AppState, _ act: ProgressModel) -> Bool {
    guard let index = progressIndex(state, of: act) else { return false }
    state.overlays[index] = .progress(act)
    return true
  }

  private static func closeProgress(_ state: inout AppState) {
    if let act = state.act, let index = progressIndex(state, of: act) { state.overlays.remove(at: index) }
  }

  /// The overlay of an act; a verdict that is still read is another's.
  private static func progressIndex(_ state: AppState, of act: ProgressModel) -> Int? {
    state.overlays.lastIndex {
      if case .progress(let shown) = $0 { shown.plan.request == act.plan.request } else { false }
    }
  }
}

extension Verdict {
  /// The state whose colour and glyph the verdict takes.
  var factState: FactState {
    switch outcome {
    case .done: caution == nil ? .ok : .warn
    case .doneUnproven: .warn
    case .failed: .crit
    case .unknown: .error
    }
  }
}
