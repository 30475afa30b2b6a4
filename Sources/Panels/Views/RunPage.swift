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
    entries += [
      KeyValueBlock.Entry(row.kind == .run ? "run" : "execution", StyledText(SafeText(row.id), .muted)),
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
    if let told = words.acknowledged(context) {
      entries.append(KeyValueBlock.Entry("acknowledged", StyledText("\(told), a takes it back", .muted)))
    }
    var page = DetailPage(
      title: row.name ?? "no name",
      state: row.acknowledgement == nil ? .warn : .ok,
      headline: "\(words.status.plain)\(Past.since(row.updatedAt, context))",
      entries: entries
    )
    page.text = Self.lines(of: detail, context)
    page.changes = Past.changes(about: row.updatedAt, context)
    return page
  }

  private var reason: StyledText {
    row.reason.map { StyledText($0, .state(.warn)) }
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
    let table = row.kind == .run ? snapshot?.table ?? "runs" : "executions without a run"
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
