internal import Facts

/// How long the provider takes to answer: shown with the runs, which it makes fail.
struct ProviderLatency {
  private let fact: Fact?

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

/// What is said of a run in its row.
struct RunWords {
  let row: RunRow
  /// Whether there is no room for what all names begin with.
  var isShort = false

  func time(_ context: PanelContext, width: Int) -> StyledText {
    StyledText(context.shortTime(row.createdAt, width: width), .muted)
  }

  var reason: StyledText {
    StyledText(
      row.reason ?? (row.isStuck ? "nothing moved for long" : "no reason recorded"),
      row.reason == nil ? .muted : .text
    )
  }

  var failed: StyledText {
    row.failedExecutions > 0
      ? StyledText("\(row.failedExecutions)", .state(.crit)).then("/\(row.executions)", .muted)
      : StyledText("0/\(row.executions)", .muted)
  }

  var auto: StyledText {
    row.failedValidations > 0
      ? StyledText(SafeText(Format.count(row.failedValidations)), .state(.warn)) : StyledText("0", .muted)
  }

  var status: StyledText {
    if row.isStuck { return StyledText("stuck ", .state(.warn)).then(row.status, .muted) }
    return StyledText(row.status, row.attention.contains(.status) ? .state(.crit) : .muted)
  }

  /// Why it needs attention.
  var attention: SafeText {
    let reasons: [(RunRow.Attention, String)] = [
      (.status, "its status is \(row.status)"), (.executions, "executions failed"),
      (.validations, "results failed automatically"), (.stuck, "nothing moved for long"),
    ]
    return SafeText(reasons.filter { row.attention.contains($0.0) }.map(\.1).joined(separator: ", "))
  }

  /// The name, or the beginning of the id; executions without a run are marked.
  var name: StyledText {
    let name = StyledText(
      row.name.map { isShort ? ShortName.of($0) : $0 } ?? SafeText(String(row.id.prefix(8))),
      row.name == nil ? .muted : .text
    )
    return row.kind == .execution ? StyledText("exec ", .muted) + name : name
  }
}
