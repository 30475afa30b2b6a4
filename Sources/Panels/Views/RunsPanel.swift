public import Facts

/// Runs, and executions without a run, that need attention; with the provider's latency above them.
public struct RunsPanel: Panel {
  /// Which view it is.
  public let id = ViewID.runs
  /// The titles of its columns.
  public let columns: [SafeText] = ["time", "status", "name", "reason", "failed", "auto"]

  /// Makes the panel.
  public init() {}

  /// The rows in drawing order, filter and sort applied.
  public func items(_ local: PanelLocal, _ context: PanelContext) -> [PanelItem] {
    let source = Self.source(context).source
    let told = (["runs.attention", "provider.latency"] as [FactName]).filter {
      context.world.facts.fact($0, at: context.now.monotonic) != nil
    }
    return Self.rows(local, context).map { row in
      PanelItem(
        id: row.id,
        kind: row.kind == .run ? .run : .execution,
        name: row.id,
        title: row.name ?? SafeText(String(row.id.prefix(8))),
        state: source.isLive ? .warn : source.state,
        facts: told
      )
    }
  }

  /// The worst state that it shows.
  public func state(_ context: PanelContext) -> FactState {
    let (source, snapshot) = Self.source(context)
    guard source.isLive else { return source.state == .nodata ? .ok : source.state }
    let provider = ProviderLatency(context).worst
    return FactState.worse((snapshot?.total ?? 0) > 0 ? .warn : .ok, provider)
  }

  /// Its name, its source and the age of what it shows.
  public func title(_ context: PanelContext) -> TileTitle {
    let (source, snapshot) = Self.source(context)
    guard let snapshot else { return source.title("Failed runs", SafeText(source.id ?? "")) }
    let cut = snapshot.total > snapshot.rows.count ? ", the newest \(snapshot.rows.count)" : ""
    return source.title(
      "Failed runs",
      "\(snapshot.table ?? "no table of runs"), last \(Self.window(snapshot.window))\(cut)"
    )
  }

  /// What it says in one cell of the strip.
  public func summary(_ context: PanelContext) -> SafeText {
    let (source, snapshot) = Self.source(context)
    guard let snapshot, snapshot.table != nil else { return source.isLive ? "no table" : source.told }
    return SafeText(Format.count(snapshot.total))
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
    if let detail = local.detail, let row = rows.first(where: { $0.id == detail }) {
      RunDetailView(row: row, detail: context.details[row.id], context: context)
        .draw(into: &buffer, area: area, offset: local.detailOffset)
      return
    }
    var body = source.drawNotice(into: &buffer, area: area)
    let values = body
    guard let snapshot else { return }
    let isAllWell = snapshot.total == 0 && snapshot.table != nil && local.filter.isEmpty
    if body.height >= 3 {
      let parts = body.split(top: 1)
      drawHead(snapshot, source, into: &buffer, row: parts.top, context)
      body = isAllWell ? Rect(x: 0, y: 0, width: 0, height: 0) : parts.rest
    }
    drawTable(rows, local, isFocused, snapshot, source, into: &buffer, area: body, context)
    source.veil(values, in: &buffer)
  }

  /// The line above the rows: `37 runs need attention  2 stuck      ▲ WARN provider p95 6.1 s`.
  private func drawHead(
    _ snapshot: RunsSnapshot,
    _ source: PanelSource,
    into buffer: inout CellBuffer,
    row: Rect,
    _ context: PanelContext
  ) {
    let style: Style = snapshot.total > 0 && source.isLive ? .strong : .muted
    let count = StyledText(SafeText(Format.count(snapshot.total)), style)
    let stuck = context.world.facts.fact("runs.stuck", at: context.now.monotonic)?.knownValue?.number ?? 0
    let tail = stuck > 0 ? StyledText("  \(Format.count(stuck)) stuck", .state(.warn)) : StyledText()
    let isOne = snapshot.total == 1
    let heads =
      snapshot.total == 0 && snapshot.table != nil
      ? [
        StyledText(glyphOf: .ok).then(
          " No run needs attention in the last \(Self.window(snapshot.window))",
          .muted
        )
      ]
      : [
        count.then(isOne ? " run needs attention" : " runs need attention", style) + tail,
        count.then(isOne ? " needs attention" : " need attention", style) + tail, count + tail, count,
      ]
    let latency = ProviderLatency(context)
    let provider = latency.text
    let room = row.inset(left: 2)
    // Both are told, each as far as there is room for it; a provider that is well comes second.
    let needed = heads.dropLast(latency.worst == .ok ? 2 : 0)
    let head =
      needed.first { $0.widthInColumns + provider.widthInColumns + 2 <= room.width }
      ?? heads.first { $0.widthInColumns <= room.width && latency.worst == .ok } ?? heads.last
    let used = buffer.put(head ?? StyledText(), at: room.origin, maxWidth: room.width)
    let left = room.inset(left: used + 2)
    if provider.widthInColumns <= left.width || latency.worst != .ok {
      buffer.put(provider, alignedRightIn: left)
    }
  }

  private func drawTable(
    _ rows: [RunRow],
    _ local: PanelLocal,
    _ isFocused: Bool,
    _ snapshot: RunsSnapshot,
    _ source: PanelSource,
    into buffer: inout CellBuffer,
    area: Rect,
    _ context: PanelContext
  ) {
    let selected = local.selectedIndex(in: rows, id: \.id)
    var table = Table(
      columns: [
        TableColumn("time", minimumWidth: 5),
        TableColumn("status", minimumWidth: 9, priority: 1),
        TableColumn("name", minimumWidth: area.width < 110 ? 14 : 24, priority: 3),
        TableColumn("reason", minimumWidth: min(28, max(12, area.width - 32)), priority: 2, isFlexible: true),
        TableColumn("failed", alignment: .right, minimumWidth: 6, priority: 5),
        // Of a run that completed this is why it is here.
        TableColumn("auto", alignment: .right, minimumWidth: 4, priority: 4),
      ],
      ids: Array(rows.indices),
      selection: selected
    ) { RunWords(row: rows[$0], isShort: area.width < 110).cells(context) }
    table.isFocused = isFocused
    table.hasTitles = area.height >= 4 && !rows.isEmpty
    table.offset = Viewport.offset(
      showing: selected,
      rows: area.height - (table.hasTitles ? 1 : 0),
      of: rows.count
    )
    table.marked = Set(rows.indices.filter { local.marks.contains(rows[$0].id) })
    table.sort = local.sortColumn.map { ($0, local.isDescending) }
    table.filter = SafeText(local.filter)
    table.message = emptyMessage(local, snapshot)
    table.draw(into: &buffer, area: area)
  }

  private func emptyMessage(_ local: PanelLocal, _ snapshot: RunsSnapshot) -> StyledText {
    if !local.filter.isEmpty { return StyledText("No run matches \(local.filter)", .muted) }
    guard snapshot.table != nil else {
      return StyledText("NO DATA  neither suite_runs nor test_runs is in this database", Style(role: .nodata))
    }
    return StyledText(glyphOf: .ok).then(
      " No run needs attention in the last \(Self.window(snapshot.window))",
      .muted
    )
  }

  /// A window of time in words: `24 h`.
  static func window(_ duration: Duration) -> String {
    let hours = Int(duration.seconds / 3_600)
    return hours >= 1 ? "\(hours) h" : Format.duration(duration)
  }

  private static func rows(_ local: PanelLocal, _ context: PanelContext) -> [RunRow] {
    let rows = RowFilter.rows(source(context).value?.rows ?? [], local.filter) { row in
      [row.name?.string ?? "", row.id, row.status.string, row.reason?.string ?? ""]
    }
    guard let column = local.sortColumn else { return rows }
    let sorted = rows.sorted { left, right in
      switch column {
      case 0: left.createdAt > right.createdAt
      case 1: left.status.string < right.status.string
      case 2: (left.name?.string ?? left.id) < (right.name?.string ?? right.id)
      case 3: (left.reason?.string ?? "") < (right.reason?.string ?? "")
      case 4: left.failedExecutions > right.failedExecutions
      default: left.failedValidations > right.failedValidations
      }
    }
    return local.isDescending ? sorted.reversed() : sorted
  }

  /// The database's source and its newest runs.
  static func source(_ context: PanelContext) -> (source: PanelSource, value: RunsSnapshot?) {
    PanelSource.of(RunsSnapshot.self, view: .runs, fact: "runs.attention", context)
  }
}

/// How long the provider takes to answer: shown with the runs, which it makes fail.
struct ProviderLatency {
  private let fact: Fact?

  init(_ context: PanelContext) {
    fact = context.world.facts.fact("provider.latency", at: context.now.monotonic)
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

  func cells(_ context: PanelContext) -> [StyledText] {
    [
      StyledText(SafeText(String(context.clock(row.createdAt).prefix(5))), .muted),
      status,
      name,
      StyledText(
        row.reason ?? (row.isStuck ? "nothing moved for long" : "no reason recorded"),
        row.reason == nil ? .muted : .text
      ),
      row.failedExecutions > 0
        ? StyledText("\(row.failedExecutions)", .state(.crit)).then("/\(row.executions)", .muted)
        : StyledText("0/\(row.executions)", .muted),
      row.failedValidations > 0
        ? StyledText(SafeText(Format.count(row.failedValidations)), .state(.warn)) : StyledText("0", .muted),
    ]
  }

  var status: StyledText {
    if row.isStuck { return StyledText("stuck ", .state(.warn)).then(row.status, .muted) }
    return StyledText(row.status, row.attention.contains(.status) ? .state(.crit) : .muted)
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
