internal import DataSources
internal import Facts
internal import Operations

/// The run that is gone through: its steps, and of the current one all that is known before it is taken.
struct RunScreen {
  private let model: RunModel
  private let context: PanelContext
  private var script: RunScript { model.script }
  private var run: RunbookRun { model.run }

  init(_ model: RunModel, _ context: PanelContext) {
    self.model = model
    self.context = context
  }

  /// The columns from which on steps and step stand side by side.
  private static let wide = 100

  /// The steps of a run that was left, those of procedures to which nothing has led left out.
  static func entries(
    of script: RunScript,
    _ run: RunbookRun,
    _ context: PanelContext
  ) -> [KeyValueBlock.Entry] {
    let catalog = context.catalogOfSteps
    let reader = StepReader(script, run, catalog: catalog, environment: "", world: context.world)
    let lines = StepLines(script.steps, catalog, StepValues(reader, context))
    var (entries, first) = ([KeyValueBlock.Entry("", StyledText(" "))], 0)
    for (index, procedure) in script.procedures.enumerated() {
      let own = first..<(first + procedure.steps.count)
      first = own.upperBound
      guard index == 0 || own.contains(where: { run.records[$0] != nil || $0 == run.standing.step }) else {
        continue
      }
      if index > 0 { entries.append(KeyValueBlock.Entry("", StyledText(procedure.title, .muted))) }
      entries += own.map { step in
        let isCurrent = step == run.standing.step
        let record = run.records[step]
        let mark =
          isCurrent
          ? StyledText("\(SafeText(glyph: Glyph.current)) ", .accent)
          : record.map { RunbookWords.glyph($0.outcome).then(" ") } ?? StyledText("· ", .muted)
        return lines.entry(step, "\(step - own.lowerBound + 1)", mark: mark, record: record)
      }
    }
    return entries
  }

  /// The title, and where it stands.
  var page: DetailPage {
    var page = DetailPage(title: script.runbook.title, state: state, headline: headline, entries: [])
    page.text = steps(width: .max).rows + [StyledText()] + details
    return page
  }

  private var state: FactState {
    guard run.beginning != nil else { return .ok }
    switch run.outcome {
    case .failed: return .crit
    case .unknown: return model.isBusy ? .ok : .error
    case .unproven: return .warn
    case .passed, .shown, .byHand, .skipped: return .ok
    }
  }

  private var headline: SafeText {
    // Its own: those of procedures to which it may lead are told once it has.
    if run.beginning == nil {
      let count = script.runbook.steps.count
      return "\(SafeText("\(count)")) step\(count == 1 ? "" : "s"), not begun"
    }
    if model.isBusy, let step = model.step { return "step \(SafeText(script.number(of: step))) is under way" }
    return run.headline(in: script)
  }

  /// Draws it; what is told of the step scrolls.
  ///
  /// - Returns: Which of its lines are seen.
  func draw(into buffer: inout CellBuffer, area: Rect, offset: Int) -> ListPosition {
    guard !area.isEmpty else { return ListPosition(0..<0, of: 0) }
    let isWide = area.width >= Self.wide
    let listed =
      isWide ? fullSteps(width: area.width * 42 / 100, height: area.height) : steps(width: area.width)
    let list: Rect
    let rest: Rect
    if isWide {
      let parts = area.split(left: area.width * 42 / 100)
      (list, rest) = (parts.0, parts.1.inset(left: 3))
      for y in area.rows { buffer.put("│", at: Point(x: parts.1.x + 1, y: y), style: Style(role: .border)) }
    } else {
      // The step is why one looks: its list takes what is left, and shows the neighbours in any case.
      let wanted = self.rows(width: area.width, height: 0, isBelowList: true).count + 1
      let room = max(min(3, area.height / 3), area.height - wanted)
      let parts = area.split(top: min(listed.rows.count, room))
      list = parts.top
      rest = parts.rest.height > 2 ? parts.rest.inset(top: 1) : parts.rest
    }
    let first = Viewport.offset(showing: listed.current, rows: list.height, of: listed.rows.count)
    for (row, y) in zip(listed.rows.dropFirst(first), list.rows) {
      buffer.put(row, at: Point(x: list.x, y: y), maxWidth: list.width)
    }
    if let current = listed.current, current >= first, current - first < list.height {
      buffer.paint(.selection, in: Rect(x: list.x, y: list.y + current - first, width: list.width, height: 1))
    }
    let rows = rows(width: rest.width, height: rest.height, isBelowList: !isWide)
    let top = max(0, min(offset, rows.count - rest.height))
    for (row, y) in zip(rows.dropFirst(top), rest.rows) {
      buffer.put(row, at: Point(x: rest.x, y: y), maxWidth: rest.width)
    }
    return ListPosition(top..<min(rows.count, top + rest.height), of: rows.count)
  }

  // MARK: the steps

  /// The steps, with what those to come do and what their tests say now where there is room for it, and below them
  /// the runs before this one.
  private func fullSteps(width: Int, height: Int) -> (rows: [StyledText], current: Int?) {
    let full = steps(width: width, isFull: true)
    var listed = full.rows.count <= height ? full : steps(width: width)
    let snapshot = RunbooksPanel.feed(context).value
    let former = (snapshot?.runs(of: script.runbook) ?? []).filter { $0.id != run.id }
    let room = height - listed.rows.count - 2
    guard !former.isEmpty, room > 0 else { return listed }
    listed.rows += [StyledText(), StyledText("  runs before this one", .muted)]
    listed.rows += former.prefix(min(room, 8)).map { StyledText("  ") + RunbookWords.last($0, context) }
    return listed
  }

  /// A line a step, those of procedures to which nothing has led left out, and which is the current one.
  private func steps(width: Int, isFull: Bool = false) -> (rows: [StyledText], current: Int?) {
    let lines = StepLines(script.steps, model.catalog, StepValues(model.reader(context.world), context))
    var (rows, current): ([StyledText], Int?) = ([], nil)
    var first = 0
    for (index, procedure) in script.procedures.enumerated() {
      let own = first..<(first + procedure.steps.count)
      first = own.upperBound
      let isMet = index == 0 || own.contains { run.records[$0] != nil || $0 == model.step }
      guard isMet else { continue }
      if index > 0 { rows.append(StyledText("  \(procedure.title)", .muted)) }
      for step in own {
        if step == model.step { current = rows.count }
        rows.append(line(step, number: step - own.lowerBound + 1, width: width))
        // What the current one does stands beside the list.
        guard isFull, run.records[step] == nil, step != model.step else { continue }
        rows += lines.details(of: step).map { StyledText("     ") + $0 }
      }
    }
    return (rows, current)
  }

  private func line(_ step: Int, number: Int, width: Int) -> StyledText {
    let record = run.records[step]
    let isCurrent = step == model.step
    let mark: StyledText
    switch record {
    case let record? where !isCurrent || !record.outcome.goesOn: mark = RunbookWords.glyph(record.outcome)
    case _ where isCurrent: mark = StyledText(SafeText(glyph: Glyph.current), Style.accent.bold)
    default: mark = StyledText("·", .muted)
    }
    let style: Style = isCurrent ? .strong : record == nil ? .text : .muted
    var line = mark.then(" \(SafeText("\(number)"))  ", .muted).then(
      StepLines.title(of: script.steps[step]),
      style
    )
    guard let record, !isCurrent else { return line }
    let word = SafeText(record.outcome.word)
    let room = width - word.widthInColumns - 2
    guard width < 1_000, room > 20 else { return line.then("  \(word)", RunbookWords.style(record.outcome)) }
    if line.widthInColumns > room { line = (line.wrapped(to: room - 1).first ?? line).then("…", .muted) }
    let gap = String(repeating: " ", count: max(1, width - line.widthInColumns - word.widthInColumns))
    return line.then(SafeText(gap)).then(word, RunbookWords.style(record.outcome))
  }

  // MARK: the current step

  private func rows(width: Int, height: Int, isBelowList: Bool) -> [StyledText] {
    var (head, entries) = told
    // What the line of the step above says in full is not said again, nor what was read before it failed.
    let isSaid = head.count == 1 && head[0].widthInColumns <= width - 5 && !entries.isEmpty
    let isStopped = model.step.flatMap { run.records[$0] }.map { !$0.outcome.goesOn } ?? false
    if isBelowList, isSaid || isStopped { head = [] }
    func rows(_ entries: [KeyValueBlock.Entry]) -> [StyledText] {
      entries.isEmpty
        ? [] : [StyledText()] + KeyValueBlock(entries).lines(width: max(1, width)).flatMap(\.rows)
    }
    let all = head.flatMap { $0.wrapped(to: max(1, width)) } + rows(entries) + rows(past)
    let told = all.first?.isEmpty == true ? Array(all.dropFirst()) : all
    return told + output(rows: max(Self.leastOutput, height - told.count - 2))
  }

  private static let leastOutput = 4

  /// The newest lines of what the last act printed or showed.
  private func output(rows count: Int) -> [StyledText] {
    guard let output = model.output, !output.lines.isEmpty else { return [] }
    let number = SafeText(script.number(of: output.step))
    let all = output.lines.count
    let part: SafeText =
      all > count ? ", the last \(SafeText("\(count)")) of \(SafeText("\(all)")) lines" : ""
    return [StyledText(), StyledText("step \(number) showed\(part)", .muted)]
      + output.lines.suffix(count).map { StyledText($0) }
  }

  /// What came of the steps before, the last first: why the run stands where it stands.
  private var past: [KeyValueBlock.Entry] {
    let taken = run.records.filter { $0.key != model.step }
    // Of two at the same time the later step is the newer: a dictionary has no order of its own.
    let order = taken.sorted {
      ($0.value.time.secondsSince1970, $0.key) > ($1.value.time.secondsSince1970, $1.key)
    }
    return order.map { step, record in
      let words = RunbookWords.glyph(record.outcome).then(" ")
        .then(SafeText(record.outcome.word), RunbookWords.style(record.outcome))
      return KeyValueBlock.Entry(
        "step \(SafeText(script.number(of: step)))",
        words.then("  \(record.words)", .muted)
      )
    }
  }

  private var details: [StyledText] {
    let (head, entries) = told
    return head + KeyValueBlock(entries).lines(width: 90).flatMap(\.rows)
  }

  /// The paragraph, and what is known of the step.
  private var told: (head: [StyledText], entries: [KeyValueBlock.Entry]) {
    guard let step = model.step else { return (ending, []) }
    let definition = script.steps[step]
    var head: [StyledText] = []
    let place = script.place(of: step)
    if place.number == 1 { head += place.procedure.about.map { StyledText($0, .muted) } }
    let note = definition.note.isEmpty ? [StepLines.title(of: definition)] : definition.note
    head += note.map { StyledText($0, .strong) }
    return (head, entries(of: step, definition))
  }

  private var ending: [StyledText] {
    var lines = [RunbookWords.glyph(run.outcome).then(" \(run.headline(in: script))", Style.strong)]
    if let begun = run.begunAt, let ended = run.changedAt {
      let taken = max(0, ended.secondsSince1970 - begun.secondsSince1970)
      let author = SafeText(run.beginning?.author ?? "")
      lines.append(
        StyledText("begun \(context.time(begun)) by \(author), ", .muted)
          .then("\(SafeText(Format.duration(.seconds(taken)))) long", .muted)
      )
    }
    lines.append(StyledText("run \(SafeText(run.id))", .muted))
    return lines
  }

  private func entries(of step: Int, _ definition: RunbookStep) -> [KeyValueBlock.Entry] {
    var entries: [KeyValueBlock.Entry] = []
    func add(_ key: SafeText, _ values: [StyledText]) {
      var entry = KeyValueBlock.Entry(key)
      entry.values = values
      if !values.isEmpty { entries.append(entry) }
    }
    if let record = run.records[step], !record.outcome.goesOn, !model.isBusy {
      let style = RunbookWords.style(record.outcome)
      add(
        "ended",
        [
          RunbookWords.glyph(record.outcome).then(" \(SafeText(record.outcome.word))", style.bold)
            .then("  \(record.words)")
        ]
      )
    } else if case .begun = run.standing, !model.isBusy {
      add(
        "ended",
        [StyledText("? a console ended in it: what it did is not known", Style.state(.error).bold)]
      )
    }
    let reader = model.reader(context.world)
    if case .act(let request) = reader.work(of: step), let line = command(request) {
      let danger = StepLines(script.steps, model.catalog).danger(of: definition)
      add("run", [StyledText(line, .strong).then(danger.map { "  \($0)" } ?? "", .state(.warn))])
    } else if let does = does(definition, reader) {
      add("does", [does])
    }
    let text = model.text(of: step, context.world, at: context.now.monotonic)
    if !text.isEmpty { add(isMessage(definition) ? "message" : "written", text.map { StyledText($0) }) }
    if let harm = definition.harm { add("harm", [StyledText("▲ as written: \(harm)", .state(.warn))]) }
    if let gate = model.gate, model.isBusy {
      add("gate", [waiting(gate)] + gate.probes.map { StepValues.probe($0.name, $0.value, $0.state) })
    } else {
      let values = StepValues(reader, context)
      if let told = values.told(of: definition) { add(told.label, told.lines) }
      add("gate", values.gate(of: definition))
    }
    if case .input(let name) = definition.kind, let value = model.given[name] {
      add("offered", [StyledText(SafeText(value))])
    }
    return entries
  }

  private func isMessage(_ step: RunbookStep) -> Bool {
    if case .escalate = step.kind { true } else { false }
  }

  private func does(_ step: RunbookStep, _ reader: StepReader) -> StyledText? {
    switch step.kind {
    // Their tests and branches are told one by one.
    case .known(.check), .decide, .escalate: return nil
    case .known, .manual, .input, .copy: break
    }
    return StyledText(SafeText(reader.filled(step.kind.words), limit: 300))
  }

  /// The command that does the same in a shell.
  private func command(_ request: ActionRequest) -> SafeText? {
    guard let action = model.catalog.descriptor(of: request.action) else { return nil }
    let targets = action.isOfEnvironment ? [] : request.targets.map(\.subject)
    let arguments = action.arguments.compactMap { request.arguments[$0.name] }
    return SafeText(
      (["switchboard", action.command] + targets + arguments).joined(separator: " "),
      limit: 300
    )
  }

  // MARK: live values

  private func waiting(_ gate: GateView) -> StyledText {
    StyledText("held ", .muted).then("\(min(gate.held, gate.needed))/\(gate.needed)", .strong)
      .then("  \(SafeText(Format.progress(gate.elapsed, of: gate.deadline)))", .muted)
  }
}
