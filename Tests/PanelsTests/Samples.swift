import Facts
import Panels

/// One sample of each widget, drawn into any area: for the pictures and for the claims on all of them.
enum Samples {
  typealias Draw = @Sendable (inout CellBuffer, Rect) -> Void

  static let all: [String: Draw] = [
    "tile": tile, "tile-focused": focusedTile, "table": table, "table-empty": emptyTable,
    "table-hostile": hostile,
    "chart": chart, "bars": bars, "text": text, "header": header, "tabs": tabs, "hints": hints,
    "notice": notice,
    "prompt": prompt, "dialog": dialog, "dialog-typed": typedDialog,
  ]

  private static let tile: Draw = { buffer, area in
    Tile(title: "Queues", source: "rabbitmq voiceai", age: StyledText("10s", .role(.warn)), state: .crit)
      .draw(into: &buffer, area: area)
  }

  private static let focusedTile: Draw = { buffer, area in
    let inside = Tile(
      title: "Services",
      source: "compose voiceai",
      age: StyledText("live", .muted),
      isFocused: true
    )
    .draw(into: &buffer, area: area)
    buffer.fill(inside, glyph: "·")
  }

  private static let columns = [
    TableColumn("", idealWidth: 1), TableColumn("service", minimumWidth: 6, idealWidth: 14),
    TableColumn("state", minimumWidth: 7, idealWidth: 9),
    TableColumn("latency", alignment: .right, priority: 1),
    TableColumn("last 5 min", idealWidth: 8, priority: 2),
  ]

  private static let table: Draw = { buffer, area in
    let rows: [(SafeText, FactState, SafeText)] = [
      ("backend", .ok, "healthy"), ("celery-worker", .warn, "healthy"), ("postgres", .crit, "SELECT 1"),
      ("prometheus", .stale, "STALE 34s"), ("grafana", .nodata, "no check"), ("minio", .error, "ERROR"),
    ]
    var table = Table(columns: columns, ids: Array(0..<6), selection: 2) { id in
      let sparkline = Sparkline([1, 3, nil, 2, 5, Double(id), 8, 4])
      return [
        StyledText(glyphOf: rows[id].1), StyledText(rows[id].0), StyledText(rows[id].2, .state(rows[id].1)),
        StyledText(SafeText("\(id * 7) ms"), .muted), sparkline.text(width: 8),
      ]
    }
    table.isFocused = true
    table.marked = [1, 2]
    table.sort = (1, false)
    table.filter = "post"
    table.draw(into: &buffer, area: area)
  }

  private static let emptyTable: Draw = { buffer, area in
    var table = Table(columns: columns, ids: [Int]()) { _ in [] }
    table.message = StyledText("ERROR refused: ", .state(.error)).then("nothing listens there", .muted)
    table.draw(into: &buffer, area: area)
  }

  private static let hostile: Draw = { buffer, area in
    let names: [SafeText] = [
      "日本語のサービス名です", "\u{1B}[31mred\u{1B}[0m\u{7}", "right\u{202E}left", "👨‍👩‍👧 family 🇩🇪 1️⃣",
      "e\u{301}e\u{301} z\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}",
      "two\nlines\r\n\ttab",
    ]
    Table(columns: columns, ids: Array(names.indices)) { id in
      [StyledText("●"), StyledText(names[id]), StyledText(names[id]), StyledText("1")]
    }.draw(into: &buffer, area: area)
  }

  private static let chart: Draw = { buffer, area in
    let values = (0..<60).map { index -> Double? in
      if (20..<24).contains(index) { return nil }
      return Double(index < 40 ? index % 7 * 30 : (index - 38) * 60)
    }
    Chart(
      values,
      thresholds: [.init(500, label: "500", role: .warn), .init(1_000, label: "1,000", role: .crit)],
      start: "-30m"
    ).draw(into: &buffer, area: area)
  }

  private static let bars: Draw = { buffer, area in
    let parts = area.split(top: 1)
    Meter(0.4, role: .warn).draw(into: &buffer, area: parts.top)
    Histogram([
      .init("0.0-0.5", count: 3, role: .crit), .init("0.5-0.9", count: 40), .init("0.9-1.0", count: 0),
    ])
    .draw(into: &buffer, area: parts.rest)
  }

  private static let text: Draw = { buffer, area in
    let parts = area.split(top: area.height / 2)
    TextBlock([
      StyledText("the queue is ").then("deeper", .strong).then(" than its limit, and nobody consumes it")
    ])
    .draw(into: &buffer, area: parts.top)
    KeyValueBlock([
      .init("run", "POST /containers/3f2a91c04d7e/restart?t=10"), .init("hits", "backend", "celery-worker"),
    ])
    .draw(into: &buffer, area: parts.rest)
  }

  private static let header: Draw = { buffer, area in
    HeaderLine(
      leading: [
        .init(StyledText("switchboard", .strong), priority: 4),
        .init(StyledText(" DEV ", Style(role: .graph1, attributes: [.reverse, .bold]))),
        .init(StyledText("✗ CRIT 1", Style(role: .crit, attributes: .bold))),
        .init(StyledText("▲ WARN 2", Style(role: .warn, attributes: .bold)), priority: 1),
      ],
      trailing: [.init(StyledText("write", .muted)), .init(StyledText("14:03", .muted), priority: 2)]
    ).draw(into: &buffer, area: area)
  }

  private static let tabs: Draw = { buffer, area in
    TabsLine(
      [
        .init(key: "0", title: "Overview"), .init(key: "1", title: "Services", state: .stale),
        .init(key: "2", title: "Queues", state: .crit), .init(key: "3", title: "Failed runs"),
      ],
      current: 0
    ).draw(into: &buffer, area: area)
  }

  private static let hints: Draw = { buffer, area in
    HintLine([.init("r", "restart"), .init("t", "quick test"), .init("l", "logs")]).draw(
      into: &buffer,
      area: area
    )
  }

  private static let notice: Draw = { buffer, area in
    HintLine(
      [.init("r", "restart"), .init("t", "quick test"), .init("l", "logs")],
      notice: StyledText("x is not bound here", .state(.warn))
    ).draw(into: &buffer, area: area)
  }

  private static let prompt: Draw = { buffer, area in
    PromptLine(prefix: StyledText(":", .accent), before: "write 10m too long for this li", after: "ne")
      .draw(into: &buffer, area: area)
  }

  private static let dialog: Draw = { buffer, area in
    Dialog(
      title: "Restart postgres",
      tag: "DEV · disruptive",
      role: .warn,
      body: KeyValueBlock([
        .init("run", "POST /containers/3f2a91c04d7e/restart?t=10"),
        .init("hits", "backend celery-worker celery-beat"),
        .init("proof", "new start time, SELECT 1 three times, within 90 s"),
      ]),
      buttons: [.init("Cancel"), .init("Run", isEnabled: false)],
      hints: [.init("y", "then Enter")]
    ).draw(into: &buffer, area: area)
  }

  private static let typedDialog: Draw = { buffer, area in
    Dialog(
      title: "Purge celery",
      tag: "PROD · destructive",
      role: .crit,
      body: KeyValueBlock([.init("hits", "1,243 messages")]),
      field: PromptLine(prefix: StyledText("type prod/celery: ", .muted), before: "prod/c"),
      buttons: [.init("Cancel"), .init("Run", isEnabled: false)],
      highlighted: nil
    ).draw(into: &buffer, area: area)
  }
}
