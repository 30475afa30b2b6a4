internal import Facts
internal import Operations

/// An act under way: before and now, each probe of its proof live, and the verdict.
struct ProgressDialog {
  let model: ProgressModel
  let context: PanelContext

  func draw(into buffer: inout CellBuffer, area: Rect) {
    Dialog(
      title: model.plan.title,
      tag: "\(model.label) · \(model.plan.danger.word)",
      role: role,
      body: KeyValueBlock(entries(width: min(68, area.width) - 6)),
      buttons: [],
      highlighted: nil,
      hints: hints
    ).draw(into: &buffer, area: area)
  }

  private var refusal: Refusal? {
    model.events.lazy.compactMap { event in
      if case .refused(let refusal) = event { return refusal }
      return nil
    }.last
  }

  private var verdict: Verdict? {
    if let verdict = model.verdict { return verdict }
    return model.events.lazy.compactMap { event in
      if case .ended(let verdict) = event { return verdict }
      return nil
    }.last
  }

  private var role: ThemeRole {
    if refusal != nil { return .warn }
    guard let verdict else { return .accent }
    return Self.role(of: verdict)
  }

  private static func role(of verdict: Verdict) -> ThemeRole {
    switch verdict.outcome {
    case .done: verdict.caution == nil ? .ok : .warn
    case .doneUnproven: .warn
    case .failed: .crit
    case .unknown: .stale
    }
  }

  private func entries(width: Int) -> [KeyValueBlock.Entry] {
    // The verdict comes first: it is never cut off, and nothing moves when it arrives.
    var entries = ending(width: width)
    entries.append(
      verdict.map { offers($0, room: width - indent) } ?? KeyValueBlock.Entry("", StyledText(" "))
    )
    entries += beforeAndNow(width: width - indent)
    entries.append(KeyValueBlock.Entry("run", step))
    for note in notes { entries.append(KeyValueBlock.Entry("", StyledText(note, .muted))) }
    if let gate { entries.append(entry("proof", gate)) }
    for then in thens { entries.append(summary(then)) }
    if verdict?.outcome == .failed, let wrote { entries.append(wrote) }
    return entries
  }

  /// The columns that the labels take, as the block lays them out.
  private var indent: Int {
    thens.reduce(6) { max($0, $1.service.widthInColumns) } + 2
  }

  /// Side by side where both fit, else one above the other.
  private func beforeAndNow(width: Int) -> [KeyValueBlock.Entry] {
    // What is no service has no state to compare: how long it runs stands above.
    guard !model.before.isEmpty || status != nil else { return [] }
    let half = width / 2
    let before = StyledText(model.before.isEmpty ? "–" : model.before, .muted)
    let now = now
    guard before.widthInColumns < half - 2, now.widthInColumns < half else {
      return [KeyValueBlock.Entry("before", before), KeyValueBlock.Entry("now", now)]
    }
    func padded(_ line: StyledText) -> StyledText {
      line.then(SafeText(String(repeating: " ", count: max(1, half - line.widthInColumns))))
    }
    return [KeyValueBlock.Entry("before", padded(before).then("now  ", .muted) + now)]
  }

  /// The last lines of the service that did not come up.
  private var wrote: KeyValueBlock.Entry? {
    guard model.plan.target.kind == .service,
      case .loaded(let snapshot)? = context.details[model.plan.target.name],
      let tail = snapshot as? LogTail, !tail.shown.isEmpty
    else { return nil }
    var entry = KeyValueBlock.Entry("wrote")
    entry.values = tail.shown.suffix(3).map(ServiceLines.shown)
    return entry
  }

  private var status: ServiceStatus? {
    context.world.snapshot(ServiceStatuses.self)?.value.service(model.plan.target.subject)
  }

  /// The target as it stands at this moment; for what is no service, how long it has been going on.
  private var now: StyledText {
    guard let status else {
      let elapsed = context.now.monotonic - model.startedAt.monotonic
      return StyledText(SafeText(Format.clock(elapsed)))
    }
    var line = StyledText(glyphOf: status.state).then(
      " \(status.word)",
      status.state == .ok ? .text : .state(status.state)
    )
    if let startedAt = status.startedAt {
      let uptime = Duration.seconds(max(0, context.now.wall.secondsSince1970 - startedAt.secondsSince1970))
      line.append(", up \(Format.uptime(uptime))")
    }
    if !status.probes.isEmpty { line.append(" \(status.passed)/\(status.probes.count)") }
    return line
  }

  /// How far the request has come.
  private var step: StyledText {
    var line = StyledText("waiting for the record", .muted)
    var run = run
    for event in model.events {
      switch event {
      case .recorded: line = StyledText("recorded, about to act", .muted)
      case .acting: line = StyledText("sent: \(run)")
      case .sent(let other):
        run = other
        line = StyledText("sent: \(run)")
      case .acted(let duration):
        line = StyledText(run, .text).then(
          "  answered in \(Format.latency(duration))",
          .muted
        )
      case .step(let number, let count, let name):
        line = StyledText("\(number) of \(count): \(name)", .strong)
      case .refused: line = StyledText("not begun: nothing changed", .muted)
      case .changed, .refusalRecorded, .note, .gate, .then, .ended: break
      }
    }
    return line
  }

  /// What runs first, in one line; what came instead of it is a note.
  private var run: SafeText {
    model.plan.rows.first { $0.label == "run" }?.text ?? SafeText(model.plan.exact)
  }

  /// What came up on the way: the last two while it runs, afterwards what belongs into the record.
  private var notes: [SafeText] {
    if let verdict, !verdict.note.isEmpty { return [verdict.note] }
    return model.events.compactMap { event in
      if case .note(let note) = event { return note }
      return nil
    }.suffix(2)
  }

  private var gate: GateView? {
    model.events.lazy.compactMap { event in
      if case .gate(let gate) = event { return gate }
      return nil
    }.last
  }

  /// The newest view of each dependent service, in the order in which they were first seen.
  private var thens: [ThenView] {
    var views: [ThenView] = []
    for case .then(let view) in model.events {
      if let index = views.firstIndex(where: { $0.service == view.service }) {
        views[index] = view
      } else {
        views.append(view)
      }
    }
    return views
  }

  private func entry(_ label: SafeText, _ gate: GateView) -> KeyValueBlock.Entry {
    var entry = KeyValueBlock.Entry(label, head(gate))
    entry.values += lines(gate.probes)
    return entry
  }

  /// A dependent service in one line, and below it the probes that don't pass yet.
  private func summary(_ then: ThenView) -> KeyValueBlock.Entry {
    let missing = then.gate.probes.filter { $0.state != .ok }
    let passed = then.gate.probes.count - missing.count
    let head = head(then.gate).then("   \(passed)/\(then.gate.probes.count) pass", .muted)
    var entry = KeyValueBlock.Entry(then.service, head)
    entry.values += lines(missing)
    return entry
  }

  /// How often it held, and for how long it is waited for: once it is over the verdict tells the time.
  private func head(_ gate: GateView) -> StyledText {
    let isHeld = gate.held >= gate.needed
    let time = verdict == nil ? "   \(Format.progress(gate.elapsed, of: gate.deadline))" : ""
    return StyledText("held ", .muted)
      .then("\(min(gate.held, gate.needed))/\(gate.needed)", isHeld ? .state(.ok) : .text)
      .then(SafeText(time), .muted)
  }

  private func lines(_ probes: [GateView.Probe]) -> [StyledText] {
    let names = probes.reduce(0) { max($0, $1.name.widthInColumns) }
    return probes.map { probe in
      let gap = String(repeating: " ", count: max(0, names - probe.name.widthInColumns) + 2)
      let glyph =
        probe.state == .ok
        ? StyledText(SafeText(glyph: Glyph.done), .state(.ok)) : StyledText(glyphOf: probe.state)
      return glyph.then(" ").then(probe.name).then(SafeText(gap))
        .then(probe.value, probe.state == .ok ? .muted : .state(probe.state))
    }
  }

  /// The verdict on a bar of its colour, or the question whether to leave.
  private func ending(width: Int) -> [KeyValueBlock.Entry] {
    if let refusal { return [bar(refusal.sentence, "✗ ", .warn, width)] }
    if let verdict {
      let words: SafeText
      switch verdict.outcome {
      case .done: words = verdict.caution.map { "\(verdict.sentence), \($0)" } ?? verdict.sentence
      case .doneUnproven, .failed, .unknown: words = "\(verdict.outcome.word): \(verdict.sentence)"
      }
      return [bar(words, SafeText("\(verdict.outcome.glyph) "), Self.role(of: verdict), width)]
    }
    if model.asksToLeave {
      let text: SafeText = "\(model.plan.title) is running: Esc stay, y leave (recorded as unknown)"
      return [KeyValueBlock.Entry("", StyledText(text, Style.state(.warn).bold))]
    }
    let elapsed = context.now.monotonic - model.startedAt.monotonic
    return [
      KeyValueBlock.Entry("", StyledText("▸ ", .accent).then("running  \(Format.clock(elapsed))", .strong))
    ]
  }

  private func bar(
    _ text: SafeText,
    _ glyph: SafeText,
    _ role: ThemeRole,
    _ width: Int
  ) -> KeyValueBlock.Entry {
    KeyValueBlock.Entry(
      "",
      StyledText(" \(glyph)\(text) ", Style(role: role, attributes: [.reverse, .bold]))
    )
  }

  private var hints: [HintLine.Hint] {
    if refusal != nil { return [HintLine.Hint("Esc", "closes")] }
    guard let verdict else {
      return model.asksToLeave
        ? [HintLine.Hint("Esc", "stay"), HintLine.Hint("y", "leave")]
        : [HintLine.Hint("Esc", "it goes on in the background"), HintLine.Hint("q", "leave…")]
    }
    guard let next = verdict.next else { return [HintLine.Hint("Enter", "closes")] }
    return [HintLine.Hint("Enter", words(of: next)), HintLine.Hint("Esc", "closes")]
  }

  /// The preview that a request opens, in words.
  private func words(of request: ActionRequest) -> SafeText {
    let action = ActionCatalog.standard.descriptor(of: request.action)
    let title = SafeText(ActionCatalog.title(of: request.action.name))
    return action?.isOfEnvironment == true ? "\(title)…" : "\(title) \(SafeText(request.target.name))…"
  }

  /// What there is to do about a verdict, by the keys that do it.
  private func offers(_ verdict: Verdict, room: Int) -> KeyValueBlock.Entry {
    let subject = model.subject
    var offers: [HintLine.Hint] = []
    if model.hasRow {
      let name: SafeText = subject == model.target ? SafeText(subject.name) : "the \(subject.kind.name)"
      offers.append(HintLine.Hint("o", "open \(name)"))
      offers.append(HintLine.Hint("i", "where from"))
    }
    offers.append(HintLine.Hint("T", "timeline"))
    if model.canBeTriedAgain { offers.append(HintLine.Hint("r", verdict.again.map(words) ?? "again…")) }
    if model.isOpenEnded {
      if model.hasRunbook { offers.append(HintLine.Hint("b", "runbook")) }
      if model.logs != nil { offers.append(HintLine.Hint("l", "last lines")) }
      offers.append(HintLine.Hint("e", "escalate"))
    }
    // A key and its word stay together: a line that would break between them is begun anew.
    var entry = KeyValueBlock.Entry("next")
    for offer in offers.map(\.text) {
      let joined = entry.values.last.map { $0.then("   ") + offer }
      if let joined, joined.widthInColumns <= room {
        entry.values[entry.values.count - 1] = joined
      } else {
        entry.values.append(offer)
      }
    }
    if verdict.outcome == .unknown {
      entry.values.insert(StyledText("it may have happened: look before you try again", .strong), at: 0)
    }
    return entry
  }
}
