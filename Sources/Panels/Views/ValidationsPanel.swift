public import Facts

/// Validations of low confidence on one scale from 0 to 1, lowest first, and how scores are spread.
public struct ValidationsPanel: Panel {
  /// Which view it is.
  public let id = ViewID.validations
  /// The titles of its columns.
  public let columns: [SafeText] = ["score", "scenario", "language", "reason", "time"]

  /// Makes the panel.
  public init() {}

  /// The rows in drawing order, filter and sort applied.
  public func items(_ local: PanelLocal, _ context: PanelContext) -> [PanelItem] {
    let source = Self.source(context).source
    let told: [FactName] = ["validations.low_24h"]
    return Self.rows(local, context).map { row in
      PanelItem(
        id: row.id,
        kind: .validation,
        name: row.id,
        title: row.scenario ?? SafeText(String(row.id.prefix(8))),
        state: source.isLive ? .warn : source.state,
        facts: told
      )
    }
  }

  /// The worst state that it shows.
  public func state(_ context: PanelContext) -> FactState {
    let (source, snapshot) = Self.source(context)
    guard source.isLive else { return source.state == .nodata ? .ok : source.state }
    guard let snapshot else { return .ok }
    return Self.low(snapshot, context.settings.lowConfidence).count > 0 ? .warn : .ok
  }

  /// Its name, its source and the age of what it shows.
  public func title(_ context: PanelContext) -> TileTitle {
    let (source, snapshot) = Self.source(context)
    guard let snapshot else { return source.title("Low confidence", SafeText(source.id ?? "")) }
    let low = Self.low(snapshot, context.settings.lowConfidence).count
    let cut = low > snapshot.lowest.count ? ", the \(snapshot.lowest.count) lowest" : ""
    return source.title("Low confidence", SafeText((snapshot.measure ?? "no column of scores") + cut))
  }

  /// What it says in one cell of the strip.
  public func summary(_ context: PanelContext) -> SafeText {
    let (source, snapshot) = Self.source(context)
    guard let snapshot, snapshot.measure != nil else { return source.isLive ? "no scores" : source.told }
    return SafeText(Format.count(Self.low(snapshot, context.settings.lowConfidence).count))
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
      ValidationDetailView(row: row, detail: context.details[row.id], context: context)
        .draw(into: &buffer, area: area, offset: local.detailOffset)
      return
    }
    var body = source.drawNotice(into: &buffer, area: area)
    let values = body
    guard let snapshot else { return }
    guard snapshot.measure != nil else {
      buffer.put(
        "NO DATA  no column of scores was found: confidence_score, houndify_result, validation_queue",
        at: body.origin,
        style: Style(role: .nodata),
        maxWidth: body.width
      )
      return
    }
    let hasHistogram = body.width >= 100 && body.height >= 13 && !snapshot.histogram.isEmpty
    if body.height >= 3 {
      let parts = body.split(top: 1)
      let room = parts.top.inset(left: 2)
      let head = head(snapshot, context, width: room.width, hasBars: !hasHistogram)
      buffer.put(head, at: room.origin, maxWidth: room.width)
      body = parts.rest
    }
    if hasHistogram {
      let parts = body.split(right: 36)
      drawHistogram(snapshot, context, into: &buffer, area: parts.right.inset(left: 2, top: 1))
      body = parts.rest
    }
    drawTable(rows, local, isFocused, into: &buffer, area: body, context)
    source.veil(values, in: &buffer)
  }

  /// The line above the rows: `64 of 89 in 24 h   threshold { 0.50 }   ▁▂▅█▂▁`, as far as there is room.
  private func head(
    _ snapshot: ValidationsSnapshot,
    _ context: PanelContext,
    width: Int,
    hasBars: Bool
  ) -> StyledText {
    let threshold = context.settings.lowConfidence
    let low = Self.low(snapshot, threshold)
    var line = StyledText(
      "\(low.isExact ? "" : "≥ ")\(Format.count(low.count))",
      low.count > 0 ? Style.state(.warn).bold : .strong
    )
    .then(" of \(Format.count(snapshot.scored))", .muted)
    let limit = StyledText("   threshold ", .muted).then("{ \(Format.score(threshold)) }", .accent)
    let window = StyledText(" in \(RunsPanel.window(snapshot.window))", .muted)
    func fits(_ part: StyledText) -> Bool { line.widthInColumns + part.widthInColumns <= width }
    if fits(window + limit) { line = line + window }
    line = line + limit
    if snapshot.total > snapshot.scored {
      let missing = StyledText(
        "   \(Format.count(snapshot.total - snapshot.scored)) without a score",
        .muted
      )
      if fits(missing) { line = line + missing }
    }
    if hasBars, !snapshot.histogram.isEmpty {
      let bars = Sparkline(snapshot.histogram.map(Double.init), style: .role(.graph1))
        .text(width: snapshot.histogram.count)
      let spread = StyledText("   0 ", .muted) + bars + StyledText(" 1", .muted)
      if fits(spread) { line = line + spread }
    }
    return line
  }

  private func drawHistogram(
    _ snapshot: ValidationsSnapshot,
    _ context: PanelContext,
    into buffer: inout CellBuffer,
    area: Rect
  ) {
    let bins = snapshot.histogram.enumerated().map { index, count in
      Histogram.Bin(
        "0.\(index)",
        count: count,
        role: Double(index) / 10 < context.settings.lowConfidence - 1e-9 ? .warn : .graph1
      )
    }
    Histogram(bins).draw(into: &buffer, area: area)
  }

  private func drawTable(
    _ rows: [ValidationRow],
    _ local: PanelLocal,
    _ isFocused: Bool,
    into buffer: inout CellBuffer,
    area: Rect,
    _ context: PanelContext
  ) {
    let selected = local.selectedIndex(in: rows, id: \.id)
    var table = Table(
      columns: [
        TableColumn("score", alignment: .right, minimumWidth: 4),
        TableColumn("", minimumWidth: 10, idealWidth: 10, priority: 4),
        TableColumn("scenario", minimumWidth: 8, idealWidth: area.width < 100 ? 22 : 32, priority: 1),
        TableColumn("lang", minimumWidth: 5, priority: 3),
        TableColumn("reason", minimumWidth: min(24, max(12, area.width - 32)), priority: 2, isFlexible: true),
        TableColumn("time", minimumWidth: 5, priority: 5),
      ],
      ids: Array(rows.indices),
      selection: selected
    ) { index in
      let row = rows[index]
      let role: ThemeRole = row.score < context.settings.lowConfidence ? .warn : .text
      return [
        StyledText(SafeText(Format.score(row.score)), .role(role)),
        Meter(row.score, role: role).text(width: 10),
        StyledText(
          row.scenario.map { area.width < 100 ? ShortName.of($0) : $0 } ?? SafeText(String(row.id.prefix(8)))
        ),
        StyledText(row.language ?? "–", .muted),
        StyledText(row.reason ?? "no reason recorded", .muted),
        StyledText(SafeText(String(context.clock(row.createdAt).prefix(5))), .muted),
      ]
    }
    table.isFocused = isFocused
    table.hasTitles = area.height >= 5 && !rows.isEmpty
    table.offset = Viewport.offset(
      showing: selected,
      rows: area.height - (table.hasTitles ? 1 : 0),
      of: rows.count
    )
    table.marked = Set(rows.indices.filter { local.marks.contains(rows[$0].id) })
    table.filter = SafeText(local.filter)
    table.message =
      local.filter.isEmpty
      ? StyledText(glyphOf: .ok).then(
        " No validation scored below \(Format.score(context.settings.lowConfidence))",
        .muted
      )
      : StyledText("No validation matches \(local.filter)", .muted)
    table.draw(into: &buffer, area: area)
  }

  /// How many scores are below a threshold: exact as far as the snapshot tells.
  static func low(_ snapshot: ValidationsSnapshot, _ threshold: Double) -> (count: Int, isExact: Bool) {
    if (threshold - snapshot.threshold).magnitude < 1e-9 { return (snapshot.low, true) }
    let tenths = threshold * 10
    if (tenths - tenths.rounded()).magnitude < 1e-6, snapshot.histogram.count == 10 {
      return (snapshot.histogram.prefix(max(0, Int(tenths.rounded()))).reduce(0, +), true)
    }
    let count = snapshot.lowest.count { $0.score < threshold }
    return (count, count < snapshot.lowest.count || snapshot.low <= snapshot.lowest.count)
  }

  private static func rows(_ local: PanelLocal, _ context: PanelContext) -> [ValidationRow] {
    let low = (source(context).value?.lowest ?? []).filter { $0.score < context.settings.lowConfidence }
    let rows = RowFilter.rows(low, local.filter) { row in
      [row.scenario?.string ?? "", row.language?.string ?? "", row.reason?.string ?? "", row.id]
    }
    guard let column = local.sortColumn else { return rows }
    let sorted = rows.sorted { left, right in
      switch column {
      case 0: left.score < right.score
      case 1: (left.scenario?.string ?? "") < (right.scenario?.string ?? "")
      case 2: (left.language?.string ?? "") < (right.language?.string ?? "")
      case 3: (left.reason?.string ?? "") < (right.reason?.string ?? "")
      default: left.createdAt > right.createdAt
      }
    }
    return local.isDescending ? sorted.reversed() : sorted
  }

  /// The database's source and its newest validations.
  static func source(_ context: PanelContext) -> (source: PanelSource, value: ValidationsSnapshot?) {
    PanelSource.of(ValidationsSnapshot.self, view: .validations, fact: "validations.low_24h", context)
  }
}
