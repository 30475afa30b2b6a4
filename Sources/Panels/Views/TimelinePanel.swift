public import Facts
internal import Operations

/// What happened and who did it, the newest first; acts that were left open stand above all.
public struct TimelinePanel: Panel {
  /// Which view it is.
  public let id = ViewID.timeline
  /// The titles of its columns.
  public let columns: [SafeText] = []

  /// Makes the panel.
  public init() {}

  /// One line, and whether it stands above all.
  private struct Row {
    let entry: TimelineEntry
    let isLeftOpen: Bool

    var id: String { entry.id }
  }

  /// The rows in drawing order, filter and sort applied.
  public func items(_ local: PanelLocal, _ context: PanelContext) -> [PanelItem] {
    Self.rows(local, context).map { row in
      PanelItem(
        id: row.id,
        kind: .event,
        name: row.entry.subject,
        title: row.entry.text,
        state: row.isLeftOpen ? .warn : row.entry.state,
        copy: "\(Format.timestamp(row.entry.time)) \(row.entry.who) \(row.entry.text)"
      )
    }
  }

  /// What is over is no state of today: only what can't be told or was left open counts.
  public func state(_ context: PanelContext) -> FactState {
    guard let snapshot = Self.source(context).value else { return .ok }
    if snapshot.failure != nil { return .error }
    return snapshot.leftOpen.isEmpty ? .ok : .warn
  }

  /// Its name, its source and the age of what it shows.
  public func title(_ context: PanelContext) -> TileTitle {
    let (source, snapshot) = Self.source(context)
    let open = snapshot?.leftOpen.count ?? 0
    return source.title("Timeline", open > 0 ? "\(open) left open" : "")
  }

  /// What it says in one cell of the strip.
  public func summary(_ context: PanelContext) -> SafeText {
    let snapshot = Self.source(context).value
    guard let newest = snapshot?.entries.first else { return "–" }
    return SafeText(String(context.clock(newest.time).prefix(5)))
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
    var body = source.drawNotice(into: &buffer, area: area)
    if let failure = snapshot?.failure, !body.isEmpty {
      let line = StyledText(glyphOf: .error).then(
        " ERROR the audit log can't be read  ",
        Style.state(.error).bold
      )
      .then(failure)
      buffer.put(line, at: body.origin, maxWidth: body.width)
      body = body.inset(top: 1)
    }
    guard snapshot != nil else { return }
    let rows = Self.rows(local, context)
    let selected = local.selectedIndex(in: rows, id: \.id)
    var table = Table(
      columns: [
        TableColumn("", minimumWidth: 5), TableColumn("", minimumWidth: 1),
        TableColumn(
          "",
          minimumWidth: 12,
          idealWidth: min(12, rows.map { $0.entry.who.widthInColumns }.max() ?? 0),
          priority: 1
        ),
        TableColumn("", minimumWidth: 10, isFlexible: true),
      ],
      ids: Array(rows.indices),
      selection: selected
    ) { cells(rows[$0], area.width, context) }
    table.isFocused = isFocused
    table.hasTitles = false
    table.offset = Viewport.offset(showing: selected, rows: body.height, of: rows.count)
    table.filter = SafeText(local.filter)
    table.message =
      local.filter.isEmpty
      ? StyledText("Nothing has happened since the console started", .muted)
      : StyledText("Nothing in the timeline matches \(local.filter)", .muted)
    if let detail = local.detail, let row = rows.first(where: { $0.id == detail }) {
      drawDetail(row, into: &buffer, area: body, context)
      return
    }
    table.draw(into: &buffer, area: body)
  }

  private func cells(_ row: Row, _ width: Int, _ context: PanelContext) -> [StyledText] {
    let entry = row.entry
    let clock = context.clock(entry.time)
    var text = StyledText(entry.text, entry.state == .crit ? .strong : .text)
    if row.isLeftOpen { text = StyledText("left open, outcome unknown: ", Style.state(.warn).bold) + text }
    return [
      StyledText(SafeText(width < 60 ? String(clock.prefix(5)) : clock), .muted), Self.glyph(row),
      StyledText(entry.who, .accent), text,
    ]
  }

  private static func glyph(_ row: Row) -> StyledText {
    guard let glyph = row.entry.glyph else { return StyledText(glyphOf: row.entry.state) }
    return StyledText(SafeText(glyph), row.entry.glyph == "▸" ? .accent : .state(row.entry.state))
  }

  private func drawDetail(_ row: Row, into buffer: inout CellBuffer, area: Rect, _ context: PanelContext) {
    let entry = row.entry
    KeyValueBlock([
      KeyValueBlock.Entry(
        "time",
        StyledText(SafeText(context.clock(entry.time))).then("  \(Format.timestamp(entry.time))", .muted)
      ),
      KeyValueBlock.Entry("what", Self.glyph(row).then(" ").then(entry.text)),
      KeyValueBlock.Entry(
        "who",
        StyledText(entry.who.isEmpty ? "observed by the console" : entry.who, .muted)
      ),
      KeyValueBlock.Entry("about", StyledText(SafeText(entry.subject), .muted)),
    ]).draw(into: &buffer, area: area)
  }

  private static func rows(_ local: PanelLocal, _ context: PanelContext) -> [Row] {
    guard let snapshot = source(context).value else { return [] }
    let rows =
      snapshot.leftOpen.map { Row(entry: $0, isLeftOpen: true) }
      + snapshot.entries.map { Row(entry: $0, isLeftOpen: false) }
    return RowFilter.rows(rows, local.filter) {
      [$0.entry.text.string, $0.entry.who.string, $0.entry.subject]
    }
  }

  /// The console's own record and its newest lines.
  static func source(_ context: PanelContext) -> (source: PanelSource, value: TimelineSnapshot?) {
    let stamped = context.world.snapshot(TimelineSnapshot.self)
    let id = stamped?.source ?? Timeline.source
    return (PanelSource(id, sampledAt: stamped?.sampledAt, context), stamped?.value)
  }
}
