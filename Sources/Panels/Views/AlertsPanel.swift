public import Facts
internal import Operations

/// The console's own alert rules: which fire, since when, which are about to, and which nobody can judge.
public struct AlertsPanel: Panel {
  /// Which view it is.
  public let id = ViewID.alerts
  /// The titles of its columns.
  public let columns: [SafeText] = ["alert", "state", "since", "value", "rule"]

  /// Makes the panel.
  public init() {}

  /// The rows in drawing order, filter and sort applied.
  public func items(_ local: PanelLocal, _ context: PanelContext) -> [PanelItem] {
    Self.rows(local, context).map { alert in
      PanelItem(
        id: alert.name.string,
        kind: .alert,
        name: alert.name.string,
        title: alert.name,
        state: alert.factState,
        facts: alert.facts,
        copy: "\(alert.name): \(alert.rule)"
      )
    }
  }

  /// The worst state that it shows.
  public func state(_ context: PanelContext) -> FactState {
    guard let snapshot = Self.source(context).value else { return .ok }
    return FactState.worse(snapshot.worst, snapshot.unreadable.isEmpty ? .ok : .error)
  }

  /// Its name, its source and the age of what it shows.
  public func title(_ context: PanelContext) -> TileTitle {
    let (source, snapshot) = Self.source(context)
    guard let snapshot else { return source.title("Alerts", "") }
    var parts: [String] = []
    func add(_ count: Int, _ word: String) { if count > 0 { parts.append("\(count) \(word)") } }
    add(snapshot.firing.count, "firing")
    add(snapshot.alerts.count { $0.state == .pending }, "pending")
    add(snapshot.alerts.count { $0.state == .unknown }, "unknown")
    add(snapshot.unreadable.count, "unreadable")
    let rules = snapshot.alerts.count
    return source.title(
      "Alerts",
      SafeText(
        parts.isEmpty
          ? "\(rules) \(rules == 1 ? "rule" : "rules"), none firing" : parts.joined(separator: ", ")
      )
    )
  }

  /// What it says in one cell of the strip.
  public func summary(_ context: PanelContext) -> SafeText {
    let (source, snapshot) = Self.source(context)
    return snapshot.map { SafeText(Format.count($0.firing.count)) } ?? source.told
  }

  /// Draws its list, or the detail that is open.
  public func render(
    _ local: PanelLocal,
    _ context: PanelContext,
    isFocused: Bool,
    into buffer: inout CellBuffer,
    area: Rect
  ) {
    let (source, snapshot) = Self.source(context)
    let rows = Self.rows(local, context)
    if let detail = local.detail, let alert = rows.first(where: { $0.name.string == detail }) {
      AlertDetail(alert: alert, context: context).draw(into: &buffer, area: area, offset: local.detailOffset)
      return
    }
    let body = source.drawNotice(into: &buffer, area: area)
    guard let snapshot else { return }
    let unreadable = snapshot.unreadable
    let parts = body.split(
      bottom: min(unreadable.count, max(0, body.height - min(rows.count, body.height / 2)))
    )
    drawTable(rows, local, isFocused, into: &buffer, area: parts.rest, context)
    for (reason, y) in zip(unreadable, parts.bottom.rows) {
      let line = StyledText(glyphOf: .error).then(" rule not understood  ", Style.state(.error).bold).then(
        reason
      )
      buffer.put(line, at: Point(x: body.x + 2, y: y), maxWidth: max(0, body.width - 2))
    }
  }

  private func drawTable(
    _ rows: [AlertStatus],
    _ local: PanelLocal,
    _ isFocused: Bool,
    into buffer: inout CellBuffer,
    area: Rect,
    _ context: PanelContext
  ) {
    let selected = local.selectedIndex(in: rows, id: \.name.string)
    var table = Table(
      columns: [
        TableColumn("  alert", minimumWidth: 18),
        TableColumn("state", minimumWidth: min(36, max(8, area.width - 20)), priority: 1),
        TableColumn("since", minimumWidth: 5, priority: 4),
        TableColumn("value", alignment: .right, minimumWidth: 5, priority: 2),
        TableColumn("rule", minimumWidth: 14, priority: 5),
        TableColumn("", minimumWidth: 2, priority: 3),
      ],
      ids: Array(rows.indices),
      selection: selected
    ) { AlertWords(alert: rows[$0], context: context).cells }
    table.isFocused = isFocused
    table.hasTitles = area.height > rows.count && !rows.isEmpty
    table.offset = Viewport.offset(
      showing: selected,
      rows: area.height - (table.hasTitles ? 1 : 0),
      of: rows.count
    )
    table.filter = SafeText(local.filter)
    table.message =
      local.filter.isEmpty
      ? StyledText("No alert rule is configured: nothing can fire", .muted)
      : StyledText("No alert matches \(local.filter)", .muted)
    table.draw(into: &buffer, area: area)
  }

  private static func rows(_ local: PanelLocal, _ context: PanelContext) -> [AlertStatus] {
    let rows = RowFilter.rows(source(context).value?.alerts ?? [], local.filter) {
      [$0.name.string, $0.rule.string, $0.word.string]
    }
    guard let column = local.sortColumn else { return rows }
    let sorted = rows.sorted { left, right in
      switch column {
      case 0: left.name.string < right.name.string
      case 1: left.factState.severity > right.factState.severity
      case 2: (left.since?.secondsSince1970 ?? 0) > (right.since?.secondsSince1970 ?? 0)
      case 3: left.value.string < right.value.string
      default: left.rule.string < right.rule.string
      }
    }
    return local.isDescending ? sorted.reversed() : sorted
  }

  /// The engine's own source and its newest judgement.
  static func source(_ context: PanelContext) -> (source: PanelSource, value: AlertsSnapshot?) {
    let stamped = context.world.snapshot(AlertsSnapshot.self)
    // The engine judges from the first report on; it is never missing from the configuration.
    return (PanelSource(stamped?.source ?? "alerts", sampledAt: stamped?.sampledAt, context), stamped?.value)
  }
}

/// What is said of an alert in its row.
struct AlertWords {
  let alert: AlertStatus
  let context: PanelContext

  var cells: [StyledText] {
    [
      StyledText(glyphOf: alert.factState).then(" ").then(
        alert.name,
        alert.state == .firing ? .strong : .text
      ),
      state, StyledText(since, .muted), value, StyledText(alert.rule, .muted),
      StyledText(SafeText(alert.escalate ?? ""), alert.state == .firing ? .text : .muted),
    ]
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
