internal import Facts
internal import Operations

/// One alert told in full: its rule, what it reads, since when.
struct AlertPage {
  let alert: AlertStatus
  let context: PanelContext

  var page: DetailPage {
    let charted = alert.facts.first { context.history[$0] != nil }
    var page = DetailPage(
      title: alert.name,
      state: alert.state == .firing && alert.notSeenFor != nil ? .stale : alert.factState,
      headline: "\(AlertWords(alert: alert, context: context).state.plain)",
      entries: entries,
      chart: charted.map { FactChart($0, title: "\($0.description)\(most(of: $0))") }
    )
    page.changes = Past.changes(of: alert.name.string, about: alert.since, context)
    return page
  }

  /// `, at most 1,259`: what a chart without limits is drawn to.
  private func most(of name: FactName) -> String {
    guard let ring = context.history[name] else { return "" }
    let window = Trend.window(of: ring, context)
    let unit = context.world.facts.fact(name, at: context.now.monotonic)?.unit ?? .one
    return ring.samples.filter { context.now.monotonic - $0.time <= window.length }.compactMap(\.value).max()
      .map { ", at most \(Format.value(.number($0), unit: unit))" } ?? ""
  }

  private var entries: [KeyValueBlock.Entry] {
    let words = AlertWords(alert: alert, context: context)
    var entries = [
      KeyValueBlock.Entry("state", words.state),
      KeyValueBlock.Entry("rule", StyledText(alert.rule)),
      KeyValueBlock.Entry("severity", StyledText(SafeText("\(alert.severity)"))),
      KeyValueBlock.Entry("must hold", StyledText(SafeText(Format.duration(alert.needed)))),
    ]
    func add(_ key: SafeText, _ value: SafeText) {
      if !value.isEmpty { entries.append(KeyValueBlock.Entry(key, StyledText(value))) }
    }
    add("value", alert.value)
    add("since", alert.since.map(context.time) ?? "")
    add("not seen", alert.notSeenFor.map { "for \(Format.age($0))" } ?? "")
    add("unknown", alert.unknownReason ?? "")
    add("runbook", SafeText(alert.runbook ?? ""))
    let level = SafeText(alert.escalate ?? "")
    add("escalate", alert.call.isEmpty ? level : "\(level): \(alert.call)")
    for (index, name) in alert.facts.enumerated() {
      guard let fact = context.world.facts.fact(name, at: context.now.monotonic) else { continue }
      let line = StyledText(glyphOf: fact.state).then(" \(name.description)  ").then(
        SafeText(Format.value(of: fact)),
        .strong
      )
      .then("  \(fact.word)", .muted)
      entries.append(KeyValueBlock.Entry(index == 0 ? "reads" : "", line))
    }
    return entries
  }
}

extension AlertsPanel {
  /// Where the alert stands, its rule, then what the rule reads.
  func origin(ofRow alert: AlertStatus, _ context: PanelContext) -> RowOrigin {
    let words = AlertWords(alert: alert, context: context)
    var answer = words.name.then("  ") + words.state
    if alert.state != .unknown { answer = answer.then("  ") + words.value }
    var origin = RowOrigin(answer)
    origin.add("since", StyledText(alert.since.map { Past.told(since: $0, context) } ?? ""))
    origin.add("rule", StyledText(alert.rule).then("  judged by this console", .muted))
    origin.add("unknown", StyledText(alert.unknownReason ?? ""))
    let facts = FactView(context.world.facts, at: context.now.monotonic)
    let chief = alert.facts.lazy.compactMap(facts.fact).first
    if let chief { origin.answer.append(OriginSheet.head(of: chief)) }
    origin.take(chief)
    origin.others = alert.facts.filter { $0 != chief?.name }
    return origin
  }
}
