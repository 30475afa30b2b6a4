public import Facts
internal import Operations

/// One run told in full: why it needs attention and what was said, heard and answered.
struct RunPage {
  let row: RunRow
  let detail: Loadable?
  let context: PanelContext

  var page: DetailPage {
    let words = RunWords(row: row)
    // Why it failed is what whoever opens it asks.
    var entries = [KeyValueBlock.Entry("reason", reason)]
    entries += causes.map { KeyValueBlock.Entry("cause", $0) }
    let failedTasks = words.tasks(context)
    entries += failedTasks.prefix(3).map { KeyValueBlock.Entry("task", told($0)) }
    let label: SafeText =
      switch row.kind {
      case .run: "run"
      case .execution: "execution"
      case .task: "task id"
      }
    entries.append(KeyValueBlock.Entry(label, StyledText(SafeText(row.id), .muted)))
    guard row.kind != .task else { return page(entries, failedTasks) }
    entries += [
      KeyValueBlock.Entry(
        "status",
        words.status.then(
          "   created \(context.time(row.createdAt))  changed \(context.time(row.updatedAt))",
          .muted
        )
      ),
      KeyValueBlock.Entry(
        "failed",
        StyledText("\(row.failedExecutions)").then(" of \(row.executions) executions, ", .muted)
          .then("\(row.failedValidations)").then(" results failed automatically", .muted)
      ),
    ]
    return page(entries, failedTasks)
  }

  private func page(_ entries: [KeyValueBlock.Entry], _ failedTasks: [TaskFailure]) -> DetailPage {
    let words = RunWords(row: row)
    var entries = entries
    if let told = words.acknowledged(context) {
      entries.append(KeyValueBlock.Entry("acknowledged", StyledText("\(told), a takes it back", .muted)))
    }
    var page = DetailPage(
      title: row.name ?? (row.kind == .task ? "task \(SafeText(String(row.id.prefix(8))))" : "no name"),
      state: row.acknowledgement == nil ? .warn : .ok,
      headline: "\(words.status.plain)\(Past.since(row.updatedAt, context))",
      entries: entries
    )
    page.text = row.kind == .task ? [] : Self.lines(of: detail, context)
    page.text += failedTasks.prefix(3).flatMap(traceback)
    page.changes = Past.changes(about: row.updatedAt, context)
    return page
  }

  /// `FAILURE at 10:42:07  ≈ it ended just after this run, and no other run did`.
  private func told(_ task: TaskFailure) -> StyledText {
    var line = StyledText("FAILURE", .state(.crit))
    if let endedAt = task.endedAt { line.append(" \(context.time(endedAt))", .muted) }
    if row.kind != .task, row.reason != nil { line.append("  \(task.exception)") }
    if let worker = task.worker { line.append("  on \(worker)", .muted) }
    if !row.areTasksNamed { line.append("  ≈ by its time: no other run had just ended", .muted) }
    return line
  }

  private func traceback(_ task: TaskFailure) -> [StyledText] {
    let head = StyledText(glyphOf: .crit).then(" task ").then(task.name ?? "without a name", .strong)
      .then("  \(SafeText(task.id))", .muted)
    guard !task.traceback.isEmpty else {
      return [head, StyledText("  ").then(task.exception, .state(.crit))]
    }
    return [head]
      + task.traceback.enumerated().map { place, line in
        StyledText("  ").then(line, place == task.traceback.count - 1 ? .state(.crit) : .muted)
      }
  }

  private var reason: StyledText {
    (row.reason ?? RunWords(row: row).taskReason(context)).map { StyledText($0, .state(.warn)) }
      ?? StyledText(RunWords(row: row).reasonless, .muted)
  }

  /// What it failed for, each with how often that occurred in all: `Missing entity: ‹…›  33 in 4 runs`.
  private var causes: [StyledText] {
    let all = context.world.snapshot(RunCauses.self)?.value.causes(of: row.id) ?? []
    let told = all.filter { $0.name != RunCause.unrecorded }.prefix(3).map { cause in
      let runs = cause.runs.count == 1 ? "this run alone" : "\(Format.count(cause.runs.count)) runs"
      let number = cause.count == 1 ? "once" : "\(Format.count(cause.count)) times"
      // The reason stands above it already.
      let template = cause.template == row.reason ? StyledText() : StyledText(cause.template).then("  ")
      return template.then(SafeText("\(number) in \(runs)"), .muted)
    }
    return told + (all.count > 3 ? [StyledText("and \(all.count - 3) more", .muted)] : [])
  }

  /// What was loaded of a run or an execution.
  static func lines(of detail: Loadable?, _ context: PanelContext) -> [StyledText] {
    switch detail {
    case nil: return []
    case .loading: return [StyledText(glyphOf: .nodata).then(" asking for its executions", .muted)]
    case .failed(let failure) where failure.code == .notFound:
      return [StyledText("No execution was recorded", .muted)]
    case .failed(let failure):
      return [
        StyledText(glyphOf: .error).then(" ERROR \(failure.word)", Style.state(.error).bold).then(
          "  \(failure.address)"
        ),
        StyledText("  \(failure.advice)", .muted), StyledText("  \(failure.detail)", .muted),
      ]
    case .loaded(let snapshot): return (snapshot as? RunDetail).map { RunLines.lines(of: $0, context) } ?? []
    }
  }
}

/// What was recorded of a run, line by line: what was said, heard, answered and judged.
public enum RunLines {
  /// The lines; of one without executions that there are none.
  public static func lines(of run: RunDetail, _ context: PanelContext) -> [StyledText] {
    guard !run.executions.isEmpty else { return [StyledText("No execution was recorded", .muted)] }
    let cut = run.isCut ? [StyledText("there is more than is shown here", .state(.warn))] : []
    return run.executions.flatMap { lines(of: $0, context) } + cut
  }

  private static func lines(of execution: ExecutionDetail, _ context: PanelContext) -> [StyledText] {
    // "completed" is no verdict: an execution whose results failed stays completed.
    let isCrashed = execution.error != nil || execution.status == "failed"
    let hasFailed = execution.steps.contains { step in
      step.validations.contains { $0.reviewStatus == "auto_fail" }
    }
    var head = StyledText(glyphOf: isCrashed ? .crit : hasFailed ? .warn : .ok).then(" ")
      .then(execution.scenario ?? "no scenario", .strong)
      .then("  ").then(execution.status, isCrashed ? .state(.crit) : .muted)
    if let duration = execution.duration { head.append("  \(Format.latency(duration))", .muted) }
    head.append("  \(context.time(execution.createdAt))  \(execution.id)", .muted)
    var lines = [head]
    if let error = execution.error { lines.append(StyledText("  ").then(error, .state(.crit))) }
    for step in execution.steps { lines += self.lines(of: step) }
    return lines
  }

  private static func lines(of step: StepDetail) -> [StyledText] {
    var head = StyledText("  \(step.order) ", .muted).then("said   ", .muted).then(step.utterance ?? "–")
    if let time = step.responseTime {
      head.append("  \(Format.latency(time))", time >= .seconds(5) ? .state(.warn) : .muted)
    }
    var lines = [head]
    func add(_ label: SafeText, _ text: SafeText?, _ style: Style = .text) {
      if let text { lines.append(StyledText("    \(label)", .muted).then(text, style)) }
    }
    add("heard  ", step.transcription)
    add("answer ", step.response)
    add("kind   ", step.commandKind, .muted)
    add("error  ", step.error, .state(.crit))
    for validation in step.validations {
      let isFail = validation.reviewStatus == "auto_fail"
      var line = StyledText("    ").then(glyphOf: isFail ? .crit : .ok).then(" ")
        .then(validation.reviewStatus ?? validation.decision ?? "no verdict", isFail ? .state(.crit) : .muted)
      if let score = validation.score { line.append("  score \(Format.score(score))") }
      if let language = validation.language { line.append("  \(language)", .muted) }
      lines.append(line)
      for error in validation.errors { lines.append(StyledText("      ").then(error, .state(.warn))) }
    }
    return lines
  }
}

extension RunsPanel {
  /// The row's own words come from the database; why it is listed is what the list asks for.
  func origin(ofRow row: RunRow, _ context: PanelContext) -> RowOrigin {
    let words = RunWords(row: row)
    var origin = RowOrigin(
      StyledText(glyphOf: item(row, context).state).then(" ")
        .then(row.name ?? SafeText(String(row.id.prefix(8))), .strong).then("  ") + words.status.then("  ")
        + words.reason(context)
    )
    let (source, snapshot) = Self.feed(context)
    origin.add("since", StyledText(Past.told(since: row.updatedAt, context)))
    origin.add("listed", StyledText(words.attention))
    let table: String =
      switch row.kind {
      case .run: snapshot?.table ?? "runs"
      case .execution: "executions without a run"
      case .task: "Celery's results in Redis"
      }
    origin.add("row", StyledText("\(row.id)").then("  of \(table)", .muted))
    let listed = context.world.name("runs.attention", of: row.source)
    origin.take(context.world.facts.fact(listed, at: context.now.monotonic))
    origin.source = row.source ?? source.id
    origin.reply = """
      status \(row.status), \(row.failedExecutions) of \(row.executions) executions failed, \
      \(row.failedValidations) results failed automatically
      created \(Format.timestamp(row.createdAt)), changed \(Format.timestamp(row.updatedAt))
      """
    origin.others = item(row, context).facts
    return origin
  }
}

extension StyledText {
  /// The line with the glyph of a state added at the end.
  func then(glyphOf state: FactState) -> StyledText {
    self + StyledText(glyphOf: state)
  }
}
