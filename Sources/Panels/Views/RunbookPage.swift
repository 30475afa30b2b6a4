internal import DataSources
internal import Facts
internal import Operations

/// A procedure told beside the list: what it is for, its steps with their classes, and what would harm as written.
struct RunbookPage {
  private let row: RunbookRow
  private let snapshot: RunbooksSnapshot?
  private let context: PanelContext

  init(_ row: RunbookRow, _ snapshot: RunbooksSnapshot?, _ context: PanelContext) {
    self.row = row
    self.snapshot = snapshot
    self.context = context
  }

  var page: DetailPage {
    switch row {
    case .open(let run, let script):
      var page = page(script?.runbook, headline: run.headline(in: script), state: .warn)
      page.entries.insert(
        KeyValueBlock.Entry("begun", StyledText(run.begunAt.map(context.time) ?? "").then(by(run), .muted)),
        at: 0
      )
      if let script { page.entries += RunScreen.entries(of: script, run, context) }
      return page
    case .book(let entry, let last):
      var page = page(
        entry.runbook,
        headline: entry.problem.map { SafeText("\($0)", limit: 300) } ?? "",
        state: row.state
      )
      page.entries.append(KeyValueBlock.Entry("", StyledText(" ")))
      let values = entry.script.map { StepValues($0, context) }
      let lines = StepLines(entry.runbook.steps, context.catalogOfSteps, values)
      page.entries += entry.runbook.steps.indices.map { lines.entry($0, "\($0 + 1)", mark: StyledText()) }
      if let last {
        page.headline = entry.problem == nil ? RunbookWords.last(last, context).plain : page.headline
      }
      return page
    case .problem(let words):
      return DetailPage(
        title: "can't be read",
        state: .error,
        headline: "",
        entries: [KeyValueBlock.Entry("wrong", StyledText(SafeText(words, limit: 1_000)))]
      )
    case .unreadable(let run):
      let next = "nothing can be told of it, and it can't be gone on with; its file stays as it is"
      return DetailPage(
        title: "run \(SafeText(run.id))",
        state: .error,
        headline: "its journal can't be read",
        entries: [
          KeyValueBlock.Entry("why", StyledText(run.cause)),
          KeyValueBlock.Entry("next", StyledText(SafeText(next))),
        ]
      )
    }
  }

  private func by(_ run: RunbookRun) -> SafeText { "  by \(SafeText(run.beginning?.author ?? ""))" }

  private func page(_ book: Runbook?, headline: SafeText, state: FactState) -> DetailPage {
    var page = DetailPage(title: row.title, state: state, headline: headline, entries: [])
    guard let book else { return page }
    func add(_ key: SafeText, _ values: [StyledText]) {
      var entry = KeyValueBlock.Entry(key)
      entry.values = values
      if !values.isEmpty { page.entries.append(entry) }
    }
    add("about", book.about.map { StyledText($0) })
    let subjects = book.subjects.map { "\($0.kind) \($0.name ?? "*")" }.joined(separator: ", ")
    add("b opens", subjects.isEmpty ? [] : [StyledText(SafeText("it on \(subjects)"), .muted)])
    add("file", [StyledText(SafeText("\(book.file):\(book.line)"), .muted)])
    add("runs", (snapshot?.runs(of: book) ?? []).prefix(5).map { RunbookWords.last($0, context) })
    return page
  }
}

/// Steps as entries of a page: their number and title, what they do and its class, what would harm.
struct StepLines {
  private let steps: [RunbookStep]
  private let catalog: ActionCatalog
  private let values: StepValues?

  init(_ steps: [RunbookStep], _ catalog: ActionCatalog, _ values: StepValues? = nil) {
    self.steps = steps
    self.catalog = catalog
    self.values = values
  }

  /// One step; `mark` stands before its title.
  func entry(
    _ index: Int,
    _ number: SafeText,
    mark: StyledText,
    record: RunbookRun.Record? = nil
  ) -> KeyValueBlock.Entry {
    let step = steps[index]
    var entry = KeyValueBlock.Entry(number)
    entry.values = [mark.then(Self.title(of: step), record == nil ? .text : .muted)]
    if let record {
      let style = RunbookWords.style(record.outcome)
      entry.values.append(
        StyledText(SafeText(record.outcome.word), style).then("  \(record.words)", .muted)
      )
      return entry
    }
    entry.values += details(of: index)
    return entry
  }

  /// What a step does and its class, what its tests say now, what would harm.
  func details(of index: Int) -> [StyledText] {
    let step = steps[index]
    var lines: [StyledText] = []
    if let tests = values?.told(of: step)?.lines {
      lines += tests
    } else {
      var does = StyledText(SafeText(step.kind.words, limit: 300), .muted)
      if let danger = danger(of: step) { does.append("  \(danger)", .state(.warn)) }
      // What has no title is told by what it does.
      if does.plain != Self.title(of: step) { lines.append(does) }
    }
    if let values {
      lines += values.gate(of: step)
    } else if let gate = step.gate, step.kind != .known(.gate(gate)) {
      lines.append(StyledText("gate \(SafeText(gate))", .muted))
    }
    if let harm = step.harm { lines.append(StyledText("▲ as written: \(harm)", .state(.warn))) }
    return lines
  }

  /// The title; of a step without one what it does.
  static func title(of step: RunbookStep) -> SafeText {
    // A message stands below, filled: its first line is no title.
    if case .escalate = step.kind, step.note.isEmpty { return SafeText(step.kind.words) }
    return step.title.isEmpty ? SafeText(step.kind.words, limit: 300) : step.title
  }

  /// The class of what a step does; nil if it only looks.
  func danger(of step: RunbookStep) -> SafeText? {
    guard case .known(.act(let id, let targets, _)) = step.kind, let action = catalog.descriptor(of: id)
    else {
      return nil
    }
    if targets.count > 1 || targets == ["*"], action.danger != .always(.look) {
      return SafeText(DangerClass.destructive.word)
    }
    switch action.danger {
    case .always(.look): return nil
    case .always(let danger): return SafeText(danger.word)
    case .ofService: return "mild or disruptive"
    }
  }
}

extension PanelContext {
  /// The actions that steps may name: those of the run that is gone through, else those that the files were read with.
  var catalogOfSteps: ActionCatalog {
    run?.catalog ?? world.snapshot(RunbooksSnapshot.self)?.value.catalog ?? .standard
  }
}
