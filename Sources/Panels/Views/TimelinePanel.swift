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

  /// What it is about, in words: `provider`, `source redis`.
  var subject: SafeText {
    switch entry.kind {
    case .fact: SafeText(FactWords.subject(of: FactName(stringLiteral: entry.subject)))
    case .source: SafeText(FactWords.subject(of: FactName("source", entry.subject, "state")))
    case .act, .alert, .service, .change, .note: SafeText(entry.subject)
    }
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

  /// It draws its rows itself, and their order is what they tell.
  let columns: [ListColumn<TimelineRow>] = []

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
    return context.shortTime(newest.time, width: 0)
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

  func drawRows(_ list: ListFrame<TimelineRow>, into buffer: inout CellBuffer, area: Rect) -> ListPosition {
    guard !list.rows.isEmpty else {
      let message = emptyMessage(list.local, list.context)
      buffer.put(message, at: Point(x: area.x + 2, y: area.y), maxWidth: max(0, area.width - 2))
      return ListPosition(0..<0, of: 0)
    }
    return TimelineRows(list, area: area).draw(into: &buffer)
  }

  func page(_ row: TimelineRow, _ context: PanelContext) -> DetailPage? {
    let entry = row.entry
    let time = StyledText(context.time(entry.time))
    let who: SafeText = entry.who.isEmpty ? "observed by the console" : entry.who
    var page = DetailPage(
      title: entry.subject.isEmpty ? "Timeline" : row.subject,
      state: row.isLeftOpen ? .warn : entry.state,
      headline: "at \(context.time(entry.time))",
      entries: [
        KeyValueBlock.Entry("time", time.then("  \(Format.timestamp(entry.time))", .muted)),
        KeyValueBlock.Entry("what", row.glyph.then(" ") + row.text),
        KeyValueBlock.Entry("who", StyledText(who, .muted)),
        KeyValueBlock.Entry("about", StyledText(row.subject, .muted)),
      ]
    )
    page.changes = Past.changes(of: entry.subject, about: entry.time, context)
    return page
  }

  /// What happened and who knows: the audit log, or the console, which compares each answer with the one before.
  func origin(ofRow row: TimelineRow, _ context: PanelContext) -> RowOrigin {
    let entry = row.entry
    var origin = RowOrigin(row.glyph.then(" ") + row.text)
    let time = StyledText(context.time(entry.time)).then("  \(Format.timestamp(entry.time))", .muted)
    origin.add("at", entry.isFirstSight ? time.then("  or before: so it was found", .muted) : time)
    if entry.kind == .act {
      origin.add("who", StyledText(entry.who, .accent))
      origin.add("from", StyledText("the audit log of this environment"))
      return origin
    }
    origin.add("about", StyledText(row.subject))
    origin.add("from", StyledText("this console, which saw the change").then("  nobody's act", .muted))
    let facts = FactView(context.world.facts, at: context.now.monotonic)
    let names = [
      FactName("service", entry.subject, "state"), FactName("queue", entry.subject, "depth"),
      FactName("source", entry.subject, "state"),
    ]
    origin.others = names.filter { facts.fact($0) != nil }
    return origin
  }

  func source(_ context: PanelContext) -> PanelSource { Self.feed(context).source }

  /// The console's own record and its newest lines.
  static func feed(_ context: PanelContext) -> (source: PanelSource, value: TimelineSnapshot?) {
    let stamped = context.world.snapshot(TimelineSnapshot.self)
    let id = stamped?.source ?? Timeline.source
    return (PanelSource(id, sampledAt: stamped?.sampledAt, context), stamped?.value)
  }
}
