internal import Facts
internal import Operations

/// What is said of an alert in its row.
struct AlertWords {
  let alert: AlertStatus
  let context: PanelContext

  var name: StyledText {
    StyledText(glyphOf: alert.factState).then(" ")
      .then(alert.name, alert.state == .firing ? .strong : .text)
  }

  /// `FIRING 9m`, `PENDING 0:14 of 2:00`, `inactive`, and what nobody can tell.
  var state: StyledText {
    switch alert.state {
    case .inactive: StyledText("inactive", .muted)
    case .resolved: StyledText(alert.word, .muted)
    case .unknown: StyledText(alert.word, Style(role: .nodata))
    case .pending: StyledText("PENDING ", .state(.warn)).then(alert.word, .state(.warn))
    case .firing:
      StyledText(alert.word, Style.state(alert.notSeenFor == nil ? alert.factState : .stale).bold)
    }
  }

  var since: SafeText {
    alert.since.map { SafeText(String(context.clock($0).prefix(5))) } ?? ""
  }

  /// What is judged; nothing where it isn't known: the state says why.
  var value: StyledText {
    if alert.state == .unknown { return StyledText("–", .muted) }
    return StyledText(alert.value, alert.state == .firing ? .strong : .text)
  }
}

/// One alert on a screen of its own.
struct AlertDetail {
  let alert: AlertStatus
  let context: PanelContext

  func draw(into buffer: inout CellBuffer, area: Rect, offset: Int) {
    let words = AlertWords(alert: alert, context: context)
    var entries = [
      KeyValueBlock.Entry("alert", StyledText(glyphOf: alert.factState).then(" ").then(alert.name, .strong)),
      KeyValueBlock.Entry("state", words.state),
      KeyValueBlock.Entry("rule", StyledText(alert.rule)),
      KeyValueBlock.Entry("severity", StyledText(SafeText("\(alert.severity)"))),
      KeyValueBlock.Entry("must hold", StyledText(SafeText(Format.duration(alert.needed)))),
    ]
    func add(_ key: SafeText, _ value: SafeText) {
      if !value.isEmpty { entries.append(KeyValueBlock.Entry(key, StyledText(value))) }
    }
    add("value", alert.value)
    add("since", alert.since.map { SafeText(context.clock($0)) } ?? "")
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
    KeyValueBlock(entries, offset: offset).draw(into: &buffer, area: area)
  }
}
