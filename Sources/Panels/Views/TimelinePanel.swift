internal import Facts
internal import Operations

extension ViewID {
  /// What happened.
  public static let timeline = ViewID("timeline")
}

/// One line of the timeline with the identity by which it stays selected.
struct TimelineRow {
  let id: String
  let entry: TimelineEntry
  let isLeftOpen: Bool

  /// The state's glyph, or the act's own.
  var glyph: StyledText {
    guard let glyph = entry.glyph else { return StyledText(glyphOf: entry.state) }
    return StyledText(SafeText(glyph), entry.glyph == "▸" ? .accent : .state(entry.state))
  }

  var text: StyledText {
    let text = StyledText(entry.text, entry.state == .crit ? .strong : .text)
    guard isLeftOpen else { return text }
    return StyledText("left open, outcome unknown: ", Style.state(.warn).bold) + text
  }
}

/// What happened and who did it, the newest first; acts that were left open stand above all.
struct TimelinePanel: ListPanel {
  let descriptor = ViewDescriptor(
    id: .timeline,
    key: "9",
    title: "Timeline",
    shortTitle: "Time",
    column: .right,
    room: ViewDescriptor.Room(least: 8),
    kinds: [.event],
    fillsRoom: true
  )

  let columns = Self.table

  private static let table: [ListColumn<TimelineRow>] = [
    ListColumn("time") { _ in
      TableColumn("", minimumWidth: 5)
    } cell: { row, cell in
      let clock = cell.context.clock(row.entry.time)
      return StyledText(SafeText(cell.width < 60 ? String(clock.prefix(5)) : clock), .muted)
    },
    ListColumn("state") { _ in
      TableColumn("", minimumWidth: 1)
    } cell: { row, _ in
      row.glyph
    },
    ListColumn("who") { _ in
      TableColumn("", minimumWidth: 12, priority: 1)
    } cell: { row, _ in
      StyledText(row.entry.who, .accent)
    },
    ListColumn("what") { _ in
      TableColumn("", minimumWidth: 10, isFlexible: true)
    } cell: { row, _ in
      row.text
    },
  ]

  /// What is over is no state of today: only what can't be told or was left open counts.
  func state(_ context: PanelContext) -> FactState {
    guard let snapshot = Self.feed(context).value else { return .ok }
    if snapshot.failure != nil { return .error }
    return snapshot.leftOpen.isEmpty ? .ok : .warn
  }

  func title(_ context: PanelContext) -> TileTitle {
    let (source, snapshot) = Self.feed(context)
    let open = snapshot?.leftOpen.count ?? 0
    return source.title("Timeline", open > 0 ? "\(open) left open" : "")
  }

  func summary(_ context: PanelContext) -> SafeText {
    guard let newest = Self.feed(context).value?.entries.first else { return "–" }
    return SafeText(String(context.clock(newest.time).prefix(5)))
  }

  func rows(_ context: PanelContext) -> [TimelineRow] {
    guard let snapshot = Self.feed(context).value else { return [] }
    return snapshot.leftOpen.map { TimelineRow(id: $0.id, entry: $0, isLeftOpen: true) }
      + snapshot.entries.map { TimelineRow(id: $0.id, entry: $0, isLeftOpen: false) }
  }

  func id(of row: TimelineRow) -> String { row.id }

  func texts(of row: TimelineRow) -> [String] {
    [row.entry.text.string, row.entry.who.string, row.entry.subject]
  }

  func item(_ row: TimelineRow, _ context: PanelContext) -> PanelItem {
    PanelItem(
      id: row.id,
      kind: .event,
      name: row.entry.subject,
      title: row.entry.text,
      state: row.isLeftOpen ? .warn : row.entry.state,
      copy: "\(Format.timestamp(row.entry.time)) \(row.entry.who) \(row.entry.text)"
    )
  }

  func hasTitles(rows: Int, height: Int) -> Bool { false }

  /// What happened does not age.
  var fadesWhenOld: Bool { false }

  func emptyMessage(_ local: PanelLocal, _ context: PanelContext) -> StyledText {
    local.filter.isEmpty
      ? StyledText("Nothing has happened since the console started", .muted)
      : StyledText("Nothing in the timeline matches \(local.filter)", .muted)
  }

  func drawAround(_ list: ListFrame<TimelineRow>, into buffer: inout CellBuffer, area: Rect) -> Rect? {
    guard let snapshot = Self.feed(list.context).value else { return nil }
    guard let failure = snapshot.failure, !area.isEmpty else { return area }
    let line = StyledText(glyphOf: .error)
      .then(" ERROR the audit log can't be read  ", Style.state(.error).bold).then(failure)
    buffer.put(line, at: area.origin, maxWidth: area.width)
    return area.inset(top: 1)
  }

  func page(_ row: TimelineRow, _ context: PanelContext) -> DetailPage? {
    let entry = row.entry
    let time = StyledText(SafeText(context.clock(entry.time)))
    let who: SafeText = entry.who.isEmpty ? "observed by the console" : entry.who
    var page = DetailPage(
      title: entry.subject.isEmpty ? "Timeline" : SafeText(entry.subject),
      state: row.isLeftOpen ? .warn : entry.state,
      headline: "at \(SafeText(context.clock(entry.time)))",
      entries: [
        KeyValueBlock.Entry("time", time.then("  \(Format.timestamp(entry.time))", .muted)),
        KeyValueBlock.Entry("what", row.glyph.then(" ") + row.text),
        KeyValueBlock.Entry("who", StyledText(who, .muted)),
        KeyValueBlock.Entry("about", StyledText(SafeText(entry.subject), .muted)),
      ]
    )
    page.changes = Past.changes(of: entry.subject, about: entry.time, context)
    return page
  }

  func source(_ context: PanelContext) -> PanelSource { Self.feed(context).source }

  /// The console's own record and its newest lines.
  static func feed(_ context: PanelContext) -> (source: PanelSource, value: TimelineSnapshot?) {
    let stamped = context.world.snapshot(TimelineSnapshot.self)
    let id = stamped?.source ?? Timeline.source
    return (PanelSource(id, sampledAt: stamped?.sampledAt, context), stamped?.value)
  }
}
