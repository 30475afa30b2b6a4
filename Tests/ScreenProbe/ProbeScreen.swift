internal import Facts
internal import Panels

/// The probe's state: what the sample screen is a function of.
struct ProbeState {
  var selected = 0
  var keys = ""
  var hasDialog = false
  var button = 0
  var count = 0
}

/// A sample screen that uses every widget; for looking at and for driving the terminal in tests.
enum ProbeScreen {
  static func draw(_ state: ProbeState, into buffer: inout CellBuffer) -> Point? {
    buffer.clear()
    var area = buffer.bounds
    let header = area.split(top: 1)
    header.top.isEmpty ? () : drawHeader(into: &buffer, area: header.top)
    let tabs = header.rest.split(top: 1)
    drawTabs(into: &buffer, area: tabs.top)
    let last = tabs.rest.split(bottom: 1)
    area = last.rest
    HintLine(
      [.init("r", "restart"), .init("t", "quick test"), .init("#", "workers"), .init("l", "logs")],
      notice: state.keys.isEmpty ? StyledText() : StyledText("keys: ").then(SafeText(state.keys), .accent)
    ).draw(into: &buffer, area: last.bottom)
    if area.width >= 96 {
      let halves = area.columns(weights: [1, 1])
      let left = halves[0].inset(right: 1).rows(weights: [4, 2, 3])
      drawServices(state, into: &buffer, area: left[0])
      drawRuns(into: &buffer, area: left[1])
      drawScores(into: &buffer, area: left[2])
      let right = halves[1].rows(weights: [2, 1])
      drawQueues(into: &buffer, area: right[0])
      drawAlerts(into: &buffer, area: right[1])
    } else {
      drawServices(state, into: &buffer, area: area)
    }
    guard state.hasDialog else { return nil }
    return drawDialog(state, into: &buffer).cursor
  }

  private static func drawHeader(into buffer: inout CellBuffer, area: Rect) {
    HeaderLine(
      leading: [
        .init(StyledText("switchboard", .strong)),
        .init(
          StyledText(" DEV ", Style(role: .graph1, attributes: [.reverse, .bold])).then(" voiceai")
        ),
        .init(StyledText("✗ CRIT 1", Style(role: .crit, attributes: .bold))),
        .init(StyledText("▲ WARN 2", Style(role: .warn, attributes: .bold)), priority: 1),
        .init(StyledText("● 9 OK", .role(.ok)), priority: 2),
      ],
      trailing: [
        .init(StyledText("write", .muted)),
        .init(StyledText("compose · sources 6/7 · every 2s · 14:03 UTC", .muted), priority: 3),
      ]
    ).draw(into: &buffer, area: area)
  }

  private static func drawTabs(into buffer: inout CellBuffer, area: Rect) {
    TabsLine(
      [
        .init(key: "0", title: "Overview"), .init(key: "1", title: "Services", state: .stale),
        .init(key: "2", title: "Queues", state: .crit), .init(key: "3", title: "Failed runs", state: .warn),
        .init(key: "4", title: "Validations"), .init(key: "5", title: "Logs"),
        .init(key: "6", title: "Alerts", state: .crit), .init(key: "9", title: "Timeline"),
      ],
      current: 0
    ).draw(into: &buffer, area: area)
  }

  static let services: [(name: SafeText, state: FactState, word: SafeText)] = [
    ("backend", .ok, "healthy"), ("celery-worker", .ok, "healthy"), ("postgres", .ok, "healthy"),
    ("redis", .ok, "healthy"), ("rabbitmq", .warn, "healthy"), ("prometheus", .stale, "STALE 34s"),
    ("grafana", .nodata, "no check"), ("nginx", .nodata, "no check"), ("フロントエンド", .ok, "healthy"),
    ("minio", .error, "ERROR refused"),
  ]

  private static func drawServices(_ state: ProbeState, into buffer: inout CellBuffer, area: Rect) {
    let inside = Tile(
      title: "Services",
      source: "compose voiceai, 10 of 18",
      age: StyledText("live", .muted),
      isFocused: true
    ).draw(into: &buffer, area: area)
    var table = Table<Int>(
      columns: [
        TableColumn("", minimumWidth: 1, idealWidth: 1),
        TableColumn("service", minimumWidth: 8, idealWidth: 16),
        TableColumn("state", minimumWidth: 6, idealWidth: 10),
        TableColumn("latency", alignment: .right, priority: 2),
        TableColumn("up", alignment: .right, priority: 3),
        TableColumn("restarts", alignment: .right, priority: 4),
        TableColumn("last 5 min", minimumWidth: 8, idealWidth: 8, priority: 5, isFlexible: true),
      ],
      ids: Array(services.indices),
      selection: state.selected
    ) { id in
      let service = services[id]
      let values = (0..<8).map { index -> Double? in Double((id * 7 + index * 5) % 9 + 1) }
      return [
        StyledText(glyphOf: service.state), StyledText(service.name),
        StyledText(service.word, service.state == .ok ? .text : .state(service.state)),
        StyledText(SafeText("\(id * 3 + (id == 0 ? state.count : 0)) ms"), .muted), StyledText("3d", .muted),
        StyledText("0", .muted),
        Sparkline(values, top: 10).text(width: 8),
      ]
    }
    table.isFocused = true
    table.sort = (column: 1, isDescending: false)
    table.draw(into: &buffer, area: inside)
  }

  private static func drawRuns(into buffer: inout CellBuffer, area: Rect) {
    let inside = Tile(
      title: "Failed runs",
      source: "suite_runs, last 24 h",
      age: StyledText("10s", .role(.warn))
    ).draw(into: &buffer, area: area)
    let causes: [(SafeText, SafeText)] = [
      ("21", "Text-to-speech generation failed: ‹…›"), ("11", "Missing required phrase: ‹…›"),
      ("4", "CommandKind mismatch: expected ‹…›, got ‹…›"), ("1", "stuck in running for 52m"),
    ]
    buffer.put(
      StyledText("37 runs need attention", .strong).then(" → 4 causes", .muted),
      at: inside.origin,
      maxWidth: inside.width
    )
    for (cause, y) in zip(causes, inside.rows.dropFirst()) {
      let row = Rect(x: inside.x, y: y, width: inside.width, height: 1)
      let number = row.split(left: 4)
      buffer.put(StyledText(cause.0, Style(role: .warn, attributes: .bold)), alignedRightIn: number.left)
      let parts = number.rest.inset(left: 1).split(right: 10)
      buffer.put(cause.1, at: parts.rest.origin, maxWidth: max(0, parts.rest.width - 1))
      Sparkline([1, 2, 3, nil, 3, 5, 7, 9], style: .role(.warn)).draw(into: &buffer, area: parts.right)
    }
  }

  private static func drawScores(into buffer: inout CellBuffer, area: Rect) {
    let inside = Tile(
      title: "Low confidence",
      source: "validation_score < 0.50",
      age: StyledText("10s", .role(.warn))
    ).draw(into: &buffer, area: area)
    for (score, y) in zip([0.29, 0.31, 0.34, 0.41], inside.rows) {
      let used = buffer.put(SafeText("\(score)"), at: Point(x: inside.x, y: y), style: .role(.warn))
      Meter(score, role: .warn).draw(
        into: &buffer,
        area: Rect(x: inside.x + used + 1, y: y, width: 10, height: 1)
      )
      buffer.put(
        "Weather query",
        at: Point(x: inside.x + used + 13, y: y),
        maxWidth: inside.width - used - 13
      )
    }
    Histogram([
      .init("0.0-0.2", count: 4, role: .crit), .init("0.2-0.4", count: 23, role: .warn),
      .init("0.4-0.6", count: 37), .init("0.6-1.0", count: 0),
    ]).draw(into: &buffer, area: inside.inset(top: 5))
  }

  private static func drawQueues(into buffer: inout CellBuffer, area: Rect) {
    let inside = Tile(
      title: "Queues",
      source: "rabbitmq voiceai",
      age: StyledText("live", .muted),
      state: .crit
    ).draw(into: &buffer, area: area)
    let rows = inside.split(top: 2)
    buffer.put(
      StyledText("✗", .role(.crit)).then(" ").then("celery", .strong).then("   ")
        .then("1,243", Style(role: .crit, attributes: .bold)).then(" ready", .muted).then("   16")
        .then(" unacked", .muted),
      at: Point(x: inside.x + 2, y: inside.y),
      maxWidth: inside.width - 2
    )
    let values = (0..<180).map { index -> Double? in
      if (40..<46).contains(index) { return nil }
      let wave = Double((index * 37) % 23) * 6 + 60
      return index < 120 ? wave : wave + Double(index - 120) * Double(index - 120) * 0.32
    }
    Chart(
      values,
      thresholds: [
        .init(500, label: "500", role: .warn), .init(1_000, label: "1,000", role: .crit),
      ],
      start: "-30m"
    ).draw(into: &buffer, area: rows.rest)
  }

  private static func drawAlerts(into buffer: inout CellBuffer, area: Rect) {
    let inside = Tile(
      title: "Alerts",
      source: "2 firing, 1 dead",
      age: StyledText("live", .muted),
      state: .crit
    )
    .draw(into: &buffer, area: area)
    TextBlock([
      StyledText(glyphOf: .crit).then(" queue depth > 1000  ").then(
        "FIRING 9m",
        Style(role: .crit, attributes: .bold)
      ),
      StyledText(glyphOf: .warn).then(" provider latency > 5s  ").then("3:12 of 5:00", .role(.warn)),
      StyledText(glyphOf: .nodata).then(
        " HighQueueDepth can never fire: there is no series queue_depth",
        .muted
      ),
    ]).draw(into: &buffer, area: inside)
  }

  private static func drawDialog(_ state: ProbeState, into buffer: inout CellBuffer) -> Dialog.Layout {
    Dialog(
      title: "Restart postgres",
      tag: "DEV · disruptive",
      role: .graph4,
      body: KeyValueBlock([
        .init(
          "run",
          "POST /containers/3f2a91c04d7e/restart?t=10",
          StyledText("docker engine, project voiceai, service postgres", .muted)
        ),
        .init("hits", "backend   celery-worker   celery-beat"),
        .init("now", "5 queries active, 1 in a transaction (backend, 12 s)"),
        .init("proof", "new start time, SELECT 1 three times, within 90 s"),
        .init("then", "backend within 30 s, else Enter restarts it"),
        .init("runbook", StyledText("database connection issues, step 1", .accent)),
      ]),
      buttons: [.init("Cancel"), .init("Run"), .init("Dry run"), .init("Copy", isEnabled: false)],
      highlighted: state.button,
      hints: [.init("y", "then Enter runs it"), .init("Esc", "closes"), .init("D", "dry run")]
    ).draw(into: &buffer, area: buffer.bounds)
  }
}
