internal import Facts
internal import Operations

/// How long the provider takes to answer: shown with the runs, which it makes fail.
struct ProviderLatency {
  fileprivate let fact: Fact?

  /// The worst that a database tells of its provider.
  init(_ context: PanelContext) {
    let told = context.world.all("provider.latency", context.now.monotonic)
    fact = told.dropFirst().reduce(told.first) { worst, fact in
      fact.state.isKnown && fact.state.severity > worst?.state.severity ?? 0 ? fact : worst
    }
  }

  /// Its state where that counts; absent latency worries nobody.
  var worst: FactState { fact.map { $0.state.isKnown ? $0.state : .ok } ?? .ok }

  /// What is said of it: `▲ WARN provider p95 6.1 s`.
  var text: StyledText {
    guard let fact else { return StyledText() }
    guard let value = fact.value else {
      return StyledText("provider ", .muted).then(SafeText(fact.word.isEmpty ? "no data" : fact.word), .muted)
    }
    let shown = SafeText(Format.value(value, unit: fact.unit))
    switch fact.state {
    case .ok: return StyledText("provider p95 ", .muted).then(shown)
    case .warn, .crit:
      return StyledText(glyphOf: fact.state).then(" \(fact.state.word)", Style.state(fact.state).bold)
        .then(" provider p95 ", .muted).then(shown, Style.state(fact.state).bold)
    case .nodata, .stale, .error: return StyledText("provider p95 ", .muted).then(shown, .muted)
    }
  }
}

/// What is measured of all runs together: how many pass, and how long the provider takes.
struct RunMeasures {
  private let pass: Fact?
  private let latency: ProviderLatency

  init(_ context: PanelContext) {
    pass = context.world.all("runs.success_rate_5m", context.now.monotonic)
      .filter { $0.kind == .health && $0.state.isKnown }
      .max { $0.state.severity < $1.state.severity }
    latency = ProviderLatency(context)
  }

  /// The worst of their states where that counts.
  var worst: FactState { FactState.worse(pass?.state ?? .ok, latency.worst) }

  /// The one that is worst; nil while both are well.
  var concern: FactName? {
    guard worst != .ok else { return nil }
    return pass.map { $0.state.severity >= latency.worst.severity } == true ? pass?.name : latency.fact?.name
  }

  /// What is said of them; runs that pass well say nothing.
  var text: StyledText {
    guard let pass, pass.state != .ok, let rate = pass.knownValue?.number else { return latency.text }
    let shown = SafeText("\(Format.number((rate * 100).rounded(.down))) % pass")
    return StyledText(glyphOf: pass.state).then(" \(pass.state.word) \(shown)", Style.state(pass.state).bold)
      .then(" 5m", .muted).then(latency.text.isEmpty ? "" : "  ") + latency.text
  }
}

/// What is said of a run in its row; of one that is acknowledged in a low voice.
struct RunWords {
  let row: RunRow
  /// Whether there is no room for what all names begin with.
  var isShort = false

  private func toned(_ text: StyledText) -> StyledText {
    row.acknowledgement == nil ? text : text.restyled(.muted)
  }

  func time(_ context: PanelContext, width: Int) -> StyledText {
    StyledText(context.shortTime(row.createdAt, width: width), .muted)
  }

  /// Why it is here, or who looks after it.
  func reason(_ context: PanelContext) -> StyledText {
    if let told = acknowledged(context) { return StyledText("acknowledged \(told)", .muted) }
    let reason = row.reason ?? taskReason(context)
    return StyledText(reason ?? reasonless, reason == nil ? .muted : .text)
  }

  /// What its newest failed task ended with; nil without one.
  func taskReason(_ context: PanelContext) -> SafeText? {
    tasks(context).first.map { "\(row.kind == .task ? "" : "task failed: ")\($0.exception)" }
  }

  /// Its failed tasks, newest first, as far as they are known.
  func tasks(_ context: PanelContext) -> [TaskFailure] {
    guard !row.tasks.isEmpty else { return [] }
    let ids = Set(row.tasks)
    return context.world.failedTasks?.failures.filter { ids.contains($0.id) } ?? []
  }

  /// Why no reason stands there.
  var reasonless: SafeText {
    row.isStuck ? "nothing moved for long" : row.isSearched ? "no reason recorded" : "reason not looked up"
  }

  /// `by ana 10m ago`, in steps so that an idle screen does not change; nil while nobody has.
  func acknowledged(_ context: PanelContext) -> SafeText? {
    guard let acknowledgement = row.acknowledgement else { return nil }
    let seconds = context.now.wall.secondsSince1970 - acknowledgement.at.secondsSince1970
    // A few seconds are what hosts' clocks differ by.
    let age =
      seconds < -5
      ? "clock changed" : "\(Format.titleAge(.seconds(max(0, seconds)), interval: .zero)) ago"
    return "by \(SafeText(acknowledgement.person)) \(SafeText(age))"
  }

  var failed: StyledText {
    if row.kind == .task { return StyledText() }
    return toned(
      row.failedExecutions > 0
        ? StyledText("\(row.failedExecutions)", .state(.crit)).then("/\(row.executions)", .muted)
        : StyledText("0/\(row.executions)", .muted)
    )
  }

  var auto: StyledText {
    if row.kind == .task { return StyledText() }
    return toned(
      row.failedValidations > 0
        ? StyledText(SafeText(Format.count(row.failedValidations)), .state(.warn)) : StyledText("0", .muted)
    )
  }

  var status: StyledText {
    if row.isStuck { return toned(StyledText("stuck ", .state(.warn)).then(row.status, .muted)) }
    if row.kind == .task { return toned(StyledText(row.status, .state(.crit))) }
    return toned(StyledText(row.status, row.attention.contains(.status) ? .state(.crit) : .muted))
  }

  /// Why it needs attention.
  var attention: SafeText {
    let reasons: [(RunRow.Attention, String)] = [
      (.status, "its status is \(row.status)"), (.executions, "executions failed"),
      (.validations, "results failed automatically"), (.stuck, "nothing moved for long"),
      (.tasks, row.kind == .task ? "the task failed, of which run nobody knows" : "its Celery task failed"),
    ]
    return SafeText(reasons.filter { row.attention.contains($0.0) }.map(\.1).joined(separator: ", "))
  }

  /// The name, or the beginning of the id; executions without a run are marked.
  var name: StyledText {
    let name = StyledText(
      row.name.map { isShort ? ShortName.of($0) : $0 } ?? SafeText(String(row.id.prefix(8))),
      row.name == nil ? .muted : .text
    )
    switch row.kind {
    case .run: return toned(name)
    case .execution: return toned(StyledText("exec ", .muted) + name)
    case .task: return toned(StyledText("task ", .muted) + name)
    }
  }
}
