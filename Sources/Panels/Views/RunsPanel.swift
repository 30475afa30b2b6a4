internal import Facts
internal import Operations

/// Runs, and executions without a run, that need attention; with the provider's latency above them.
struct RunsPanel: ListPanel {
  let descriptor = RunsView.view

  let columns = Self.table

  private static let table: [ListColumn<RunRow>] = [
    ListColumn("time") { _ in
      TableColumn("time", alignment: .right)
    } precedes: {
      $0.createdAt > $1.createdAt
    } cell: { row, cell in
      RunWords(row: row).time(cell.context, width: cell.width)
    },
    ListColumn("status") { _ in
      TableColumn("status", minimumWidth: 9, priority: 1)
    } precedes: {
      $0.status.string < $1.status.string
    } cell: { row, _ in
      RunWords(row: row).status
    },
    ListColumn("name") { width in
      TableColumn("name", minimumWidth: width < 110 ? 14 : 24, priority: 3)
    } precedes: {
      ($0.name?.string ?? $0.id) < ($1.name?.string ?? $1.id)
    } cell: { row, cell in
      RunWords(row: row, isShort: cell.width < 110).name
    },
    ListColumn("reason") { width in
      TableColumn("reason", minimumWidth: min(28, max(12, width - 32)), priority: 2, isFlexible: true)
    } precedes: {
      ($0.reason?.string ?? "") < ($1.reason?.string ?? "")
    } cell: { row, cell in
      RunWords(row: row).reason(cell.context)
    },
    ListColumn("source", isOptional: true) { _ in
      TableColumn("source", minimumWidth: 6, priority: 1)
    } cell: { row, _ in
      StyledText(SafeText(row.source ?? ""), .muted)
    },
    ListColumn("failed") { _ in
      TableColumn("failed", alignment: .right, minimumWidth: 6, priority: 5)
    } precedes: {
      $0.failedExecutions > $1.failedExecutions
    } cell: { row, _ in
      RunWords(row: row).failed
    },
    // Of a run that completed this is why it is here.
    ListColumn("auto") { _ in
      TableColumn("auto", alignment: .right, minimumWidth: 4, priority: 4)
    } precedes: {
      $0.failedValidations > $1.failedValidations
    } cell: { row, _ in
      RunWords(row: row).auto
    },
  ]

  func state(_ context: PanelContext) -> FactState {
    let feeds = PanelFeed<RunsSnapshot>.all("runs.attention", context)
    return PanelSource.state(of: feeds, telling: context.health.state(.runs))
  }

  func title(_ context: PanelContext) -> TileTitle {
    let (source, snapshot) = Self.feed(context)
    guard let snapshot else { return source.title("Failed runs", SafeText(source.id ?? "")) }
    let cut = snapshot.total > snapshot.rows.count ? ", the newest \(snapshot.rows.count)" : ""
    return source.title(
      "Failed runs",
      "\(snapshot.table ?? "no table of runs"), last \(Self.window(snapshot.window))\(cut)"
    )
  }

  func summary(_ context: PanelContext) -> SafeText {
    let (source, snapshot) = Self.feed(context)
    guard let snapshot, snapshot.table != nil else { return source.isLive ? "no table" : source.told }
    return SafeText(Format.count(snapshot.waiting))
  }

  /// Those that wait for somebody first.
  func rows(_ context: PanelContext) -> [RunRow] {
    let rows = Self.feed(context).value?.rows ?? []
    return rows.filter { $0.acknowledgement == nil } + rows.filter { $0.acknowledgement != nil }
  }

  func staysLast(_ row: RunRow) -> Bool { row.acknowledgement != nil }

  func unlisted(_ context: PanelContext) -> Int {
    Self.feed(context).value.map { max(0, $0.total - $0.rows.count) } ?? 0
  }

  func concern(_ context: PanelContext) -> FactName? { RunMeasures(context).concern }

  func id(of row: RunRow) -> String { row.source.map { "\($0) \(row.id)" } ?? row.id }

  func texts(of row: RunRow) -> [String] {
    [row.name?.string ?? "", row.id, row.status.string, row.reason?.string ?? "", row.source ?? ""]
  }

  func filtered(_ rows: [RunRow], by filter: String, _ context: PanelContext) -> [RunRow] {
    let causes = context.world.snapshot(RunCauses.self)?.value
    return RunFilter(filter).rows(rows, causes, at: context.now.wall) { row, text in
      !RowFilter.rows([row], text, texts).isEmpty
    }
  }

  func item(_ row: RunRow, _ context: PanelContext) -> PanelItem {
    let source = source(context)
    let told: [FactName] =
      row.kind == .task
      ? ["tasks.failed_1h", "runs.attention"]
      : ["runs.attention", "runs.success_rate_5m", "provider.latency"]
    let kind: TargetKind =
      switch row.kind {
      case .run: .run
      case .execution: .execution
      case .task: .task
      }
    var item = PanelItem(
      id: id(of: row),
      kind: kind,
      name: row.id,
      title: row.name ?? SafeText(String(row.id.prefix(8))),
      state: source.isLive ? (row.acknowledgement == nil ? .warn : .ok) : source.state,
      facts: told.map { context.world.name($0, of: row.source) }
        .filter { context.world.facts.fact($0, at: context.now.monotonic) != nil },
      source: row.source
    )
    // All that is told of a task is known.
    if row.kind == .task { item.edition = nil }
    return item
  }

  /// A tile without rows keeps its room while something is wrong with all runs together.
  func quiet(_ context: PanelContext) -> StyledText? {
    guard source(context).isLive, rows(context).isEmpty, RunMeasures(context).worst == .ok else { return nil }
    return emptyMessage(PanelLocal(), context)
  }

  func emptyMessage(_ local: PanelLocal, _ context: PanelContext) -> StyledText {
    if let problem = RunFilter(local.filter).problem { return StyledText(problem, .state(.warn)) }
    if !local.filter.isEmpty { return StyledText("No run matches \(local.filter)", .muted) }
    guard let snapshot = Self.feed(context).value, snapshot.table != nil else {
      return StyledText("NO DATA  neither suite_runs nor test_runs is in this database", Style(role: .nodata))
    }
    return StyledText(glyphOf: .ok).then(
      " No run needs attention in the last \(Self.window(snapshot.window))",
      .muted
    )
  }

  func drawAround(_ list: ListFrame<RunRow>, into buffer: inout CellBuffer, area: Rect) -> Rect? {
    guard let snapshot = Self.feed(list.context).value else { return nil }
    guard area.height >= 3 else { return area }
    let parts = area.split(top: 1)
    drawHead(snapshot, list.source, into: &buffer, row: parts.top, list.context)
    let isAllWell = snapshot.total == 0 && snapshot.table != nil && list.local.filter.isEmpty
    return isAllWell ? nil : parts.rest
  }

  /// The line above the rows: `37 runs need attention  2 stuck  9 acknowledged   ▲ WARN provider p95 6.1 s`.
  private func drawHead(
    _ snapshot: RunsSnapshot,
    _ source: PanelSource,
    into buffer: inout CellBuffer,
    row: Rect,
    _ context: PanelContext
  ) {
    // What a source told that is silent now may be so no more: it stands in the rows, and counts in no sum.
    let known = context.world.known("runs.attention", context.now.monotonic)
    let waiting = known.isLeast ? Int(known.sum) : snapshot.waiting
    let causes = context.world.snapshot(RunCauses.self)?.value.causes.count ?? 0
    // What a silent source knows of may be other causes.
    let isWhole = source.isLive && !known.isLeast && causes > 1 && waiting > 1
    let grouped = StyledText(isWhole ? " → \(causes) causes" : "", .muted)
    let style: Style = waiting > 0 && source.isLive ? .strong : .muted
    let count = StyledText("\(known.isLeast ? "≥ " : "")\(Format.count(waiting))", style)
    let acknowledged =
      snapshot.acknowledged > 0
      ? StyledText("  \(SafeText(Format.count(snapshot.acknowledged))) acknowledged", .muted) : StyledText()
    let stuck = context.world.known("runs.stuck", context.now.monotonic)
    let tail =
      stuck.sum > 0
      ? StyledText("  \(stuck.isLeast ? "≥ " : "")\(Format.count(stuck.sum)) stuck", .state(.warn))
      : StyledText()
    let isOne = waiting == 1
    let window = Self.window(snapshot.window)
    // What was so may be so no more while nobody tells it.
    let none =
      source.isLive
      ? StyledText(glyphOf: .ok).then(" No run needs attention in the last \(window)", .muted)
      : StyledText("No run needed attention in the last \(window)", .muted)
    let heads =
      waiting == 0 && !known.isLeast && snapshot.table != nil
      ? [none + acknowledged, none]
      : [
        count.then(isOne ? " run needs attention" : " runs need attention", style) + grouped + tail
          + acknowledged,
        count.then(isOne ? " run needs attention" : " runs need attention", style) + grouped + tail,
        count.then(isOne ? " run needs attention" : " runs need attention", style) + tail,
        count.then(isOne ? " needs attention" : " need attention", style) + tail,
        count.then(isOne ? " run" : " runs", style) + tail, count.then(isOne ? " run" : " runs", style),
        count,
      ]
    let measures = RunMeasures(context)
    let provider = measures.text
    let room = row.inset(left: 2)
    // Both are told, each as far as there is room for it; a provider that is well comes second.
    let needed = heads.dropLast(measures.worst == .ok ? 2 : 0)
    let head =
      needed.first { $0.widthInColumns + provider.widthInColumns + 2 <= room.width }
      ?? heads.first { $0.widthInColumns <= room.width && measures.worst == .ok } ?? heads.last
    let used = buffer.put(head ?? StyledText(), at: room.origin, maxWidth: room.width)
    let left = room.inset(left: used + 2)
    var gap = left.width
    if provider.widthInColumns <= left.width || measures.worst != .ok {
      buffer.put(provider, alignedRightIn: left)
      gap -= provider.widthInColumns + 3
    }
    guard let spread = RunSpread(snapshot, context)?.text(width: gap) else { return }
    buffer.put(spread, at: Point(x: left.x + 1, y: left.y), maxWidth: gap)
  }

  func page(_ row: RunRow, _ context: PanelContext) -> DetailPage? {
    RunPage(row: row, detail: context.details[id(of: row)], context: context).page
  }

  /// A window of time in words: `24 h`.
  static func window(_ duration: Duration) -> String {
    let hours = Int(duration.seconds / 3_600)
    return hours >= 1 ? "\(hours) h" : Format.duration(duration)
  }

  func source(_ context: PanelContext) -> PanelSource { Self.feed(context).source }

  /// The databases' source and their newest runs.
  static func feed(_ context: PanelContext) -> (source: PanelSource, value: RunsSnapshot?) {
    PanelSource.merged(RunsSnapshot.self, fact: "runs.attention", context)
  }
}
