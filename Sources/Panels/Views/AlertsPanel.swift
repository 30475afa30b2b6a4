internal import Facts
internal import Operations

extension ViewID {
  /// The console's own alert rules.
  public static let alerts = ViewID("alerts")
}

/// The console's own alert rules: which fire, since when, which are about to, and which nobody can judge.
struct AlertsPanel: ListPanel {
  let descriptor = ViewDescriptor(
    id: .alerts,
    key: "6",
    title: "Alerts",
    shortTitle: "Aler",
    column: .right,
    weight: 0,
    room: ViewDescriptor.Room(least: 5, beside: 2, most: 10),
    kinds: [.alert]
  )

  let columns = Self.table

  private static let table: [ListColumn<AlertStatus>] = [
    ListColumn("alert") { _ in
      TableColumn("  alert", minimumWidth: 18)
    } precedes: {
      $0.name.string < $1.name.string
    } cell: { alert, cell in
      AlertWords(alert: alert, context: cell.context).name
    },
    ListColumn("state") { width in
      TableColumn("state", minimumWidth: min(36, max(8, width - 20)), priority: 1)
    } precedes: {
      $0.factState.severity > $1.factState.severity
    } cell: { alert, cell in
      AlertWords(alert: alert, context: cell.context).state
    },
    ListColumn("since") { _ in
      TableColumn("since", alignment: .right, priority: 4)
    } precedes: {
      ($0.since?.secondsSince1970 ?? 0) > ($1.since?.secondsSince1970 ?? 0)
    } cell: { alert, cell in
      StyledText(AlertWords(alert: alert, context: cell.context).since, .muted)
    },
    ListColumn("value") { _ in
      TableColumn("value", alignment: .right, minimumWidth: 5, priority: 2)
    } precedes: {
      $0.value.string < $1.value.string
    } cell: { alert, cell in
      AlertWords(alert: alert, context: cell.context).value
    },
    ListColumn("rule") { _ in
      TableColumn("rule", minimumWidth: 14, priority: 5)
    } precedes: {
      $0.rule.string < $1.rule.string
    } cell: { alert, _ in
      StyledText(alert.rule, .muted)
    },
    ListColumn("") { _ in
      TableColumn("", minimumWidth: 2, priority: 3)
    } cell: { alert, _ in
      StyledText(SafeText(alert.escalate ?? ""), alert.state == .firing ? .text : .muted)
    },
  ]

  func state(_ context: PanelContext) -> FactState {
    guard let snapshot = Self.feed(context).value else { return .nodata }
    return FactState.worse(snapshot.worst, snapshot.unreadable.isEmpty ? .ok : .error)
  }

  func title(_ context: PanelContext) -> TileTitle {
    let (source, snapshot) = Self.feed(context)
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

  func summary(_ context: PanelContext) -> SafeText {
    let (source, snapshot) = Self.feed(context)
    guard let snapshot else { return source.told }
    let unknown = snapshot.alerts.count { $0.state == .unknown }
    let firing = snapshot.firing.count
    // None that fires, of rules that nobody can judge, is not none.
    guard unknown > 0 else { return SafeText(Format.count(firing)) }
    return SafeText((firing > 0 ? "\(Format.count(firing)), " : "") + "\(Format.count(unknown)) unknown")
  }

  func rows(_ context: PanelContext) -> [AlertStatus] { Self.feed(context).value?.alerts ?? [] }

  func id(of alert: AlertStatus) -> String { alert.name.string }

  func texts(of alert: AlertStatus) -> [String] { [alert.name.string, alert.rule.string, alert.word.string] }

  func item(_ alert: AlertStatus, _ context: PanelContext) -> PanelItem {
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

  /// Titles where no row has to give way to them.
  func hasTitles(rows: Int, height: Int) -> Bool { rows > 0 && height > rows }

  /// The engine judges by itself: what it can't tell it says.
  var fadesWhenOld: Bool { false }

  func emptyMessage(_ local: PanelLocal, _ context: PanelContext) -> StyledText {
    local.filter.isEmpty
      ? StyledText("No alert rule is configured: nothing can fire", .muted)
      : StyledText("No alert matches \(local.filter)", .muted)
  }

  /// Rules that can't be read stand below the others.
  func drawAround(_ list: ListFrame<AlertStatus>, into buffer: inout CellBuffer, area: Rect) -> Rect? {
    guard let unreadable = Self.feed(list.context).value?.unreadable else { return nil }
    let room = max(0, area.height - min(list.rows.count, area.height / 2))
    let parts = area.split(bottom: min(unreadable.count, room))
    for (reason, y) in zip(unreadable, parts.bottom.rows) {
      let line = StyledText(glyphOf: .error).then(" rule not understood  ", Style.state(.error).bold)
        .then(reason)
      buffer.put(line, at: Point(x: area.x + 2, y: y), maxWidth: max(0, area.width - 2))
    }
    return parts.rest
  }

  func page(_ alert: AlertStatus, _ context: PanelContext) -> DetailPage? {
    AlertPage(alert: alert, context: context).page
  }

  /// Rules that hold all their limits are nothing to look at.
  func quiet(_ context: PanelContext) -> StyledText? {
    guard let snapshot = Self.feed(context).value, snapshot.unreadable.isEmpty,
      snapshot.alerts.allSatisfy({ $0.state == .inactive })
    else { return nil }
    guard !snapshot.alerts.isEmpty else { return emptyMessage(PanelLocal(), context) }
    let count = snapshot.alerts.count
    return StyledText(glyphOf: .ok).then(" \(count) \(count == 1 ? "rule" : "rules"), none firing", .muted)
  }

  func source(_ context: PanelContext) -> PanelSource { Self.feed(context).source }

  /// The engine's own source and its newest judgement.
  static func feed(_ context: PanelContext) -> (source: PanelSource, value: AlertsSnapshot?) {
    let stamped = context.world.snapshot(AlertsSnapshot.self)
    // The engine judges from the first report on; it is never missing from the configuration.
    return (PanelSource(stamped?.source ?? "alerts", sampledAt: stamped?.sampledAt, context), stamped?.value)
  }
}
