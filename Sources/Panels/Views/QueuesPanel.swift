internal import Facts
internal import Operations

extension ViewID {
  /// The broker's queues.
  public static let queues = ViewID("queues")
}

/// The broker's queues: what waits, who takes it, how fast, and what others say of it.
struct QueuesPanel: ListPanel {
  let descriptor = ViewDescriptor(
    id: .queues,
    key: "2",
    title: "Queues",
    shortTitle: "Queu",
    column: .right,
    room: ViewDescriptor.Room(least: 10, percent: 44),
    kinds: [.queue, .fact]
  )

  let columns = Self.table

  /// The list draws its rows itself: these are what it can be sorted by.
  private static let table: [ListColumn<QueueRow>] = [
    column("queue") { $0.name.string < $1.name.string },
    column("ready") { ($0.queue?.ready ?? -1) > ($1.queue?.ready ?? -1) },
    column("unacked") { ($0.queue?.unacked ?? -1) > ($1.queue?.unacked ?? -1) },
    column("consumers") { ($0.queue?.consumers ?? -1) > ($1.queue?.consumers ?? -1) },
  ]

  private static func column(
    _ title: SafeText,
    precedes: @escaping @Sendable (QueueRow, QueueRow) -> Bool
  ) -> ListColumn<QueueRow> {
    ListColumn(title, layout: { _ in TableColumn(title) }, precedes: precedes) { _, _ in StyledText() }
  }

  func state(_ context: PanelContext) -> FactState {
    PanelSource.state(of: Self.feeds(context), telling: context.health.state(.queues))
  }

  func title(_ context: PanelContext) -> TileTitle {
    let (source, snapshot) = Self.feed(context)
    let omitted = snapshot?.omitted ?? 0
    let ignored = snapshot?.ignored ?? 0
    let cut = omitted > 0 ? ", \(Format.count(omitted)) more not listed" : ""
    let brokers = Self.feeds(context).map { feed in
      let vhost = feed.value?.vhost ?? ""
      return "\(feed.source.id ?? "rabbitmq")\(vhost.isEmpty ? "" : " \(vhost)")"
    }
    let left = ignored > 0 ? ", \(Format.count(ignored)) ignored" : ""
    return source.title("Queues", "\(SafeText(brokers.joined(separator: ", ")))\(cut)\(left)")
  }

  func summary(_ context: PanelContext) -> SafeText {
    let depths = Self.feeds(context).map { feed -> String in
      guard let snapshot = feed.value else { return feed.source.told.string }
      let main = snapshot.queues.first { snapshot.segment(of: $0) == snapshot.mainQueue }
      if let depth = main?.depth { return Format.count(depth) }
      return feed.source.isLive ? "no \(snapshot.mainQueue)" : feed.source.told.string
    }
    return SafeText(depths.joined(separator: " + "))
  }

  func rows(_ context: PanelContext) -> [QueueRow] { QueueRow.rows(context) }

  func id(of row: QueueRow) -> String { row.id }

  func texts(of row: QueueRow) -> [String] { [row.name.string] }

  /// What others say of a queue stands below the queues.
  func staysLast(_ row: QueueRow) -> Bool { row.queue == nil }

  func emptyMessage(_ local: PanelLocal, _ context: PanelContext) -> StyledText {
    if !local.filter.isEmpty {
      return StyledText("No queue that is listed matches \(local.filter)", .muted)
    }
    return source(context).isLive
      ? StyledText("The broker has no queue here: nothing was ever published", .muted) : StyledText()
  }

  /// Entries of the broker's list that can't be read stand below the queues: each may be one that is deep.
  func drawAround(_ list: ListFrame<QueueRow>, into buffer: inout CellBuffer, area: Rect) -> Rect? {
    let unreadable = Self.feed(list.context).value?.unreadable ?? []
    let parts = area.split(bottom: min(unreadable.count, area.height / 2))
    for (reason, y) in zip(unreadable, parts.bottom.rows) {
      let isLast = y == parts.bottom.y + parts.bottom.height - 1
      let more = unreadable.count - parts.bottom.height
      let line = StyledText(glyphOf: .error).then(" entry not understood  ", Style.state(.error).bold)
        .then(SafeText(reason)).then(isLast && more > 0 ? "  +\(more) more" : "", .muted)
      buffer.put(line, at: Point(x: area.x + 2, y: y), maxWidth: max(0, area.width - 2))
    }
    return parts.rest
  }

  func drawRows(_ list: ListFrame<QueueRow>, into buffer: inout CellBuffer, area: Rect) -> ListPosition {
    guard !list.rows.isEmpty else {
      let message = emptyMessage(list.local, list.context)
      buffer.put(message, at: Point(x: area.x + 2, y: area.y), maxWidth: max(0, area.width - 2))
      return ListPosition(0..<0, of: 0)
    }
    var position = QueueList(list: list, snapshot: Self.feed(list.context).value)
      .draw(into: &buffer, area: area)
    position.order = order(of: list.local)
    return position
  }

  func page(_ row: QueueRow, _ context: PanelContext) -> DetailPage? {
    QueuePage(row: row, context: context).page
  }

  func item(_ row: QueueRow, _ context: PanelContext) -> PanelItem {
    switch row.content {
    case .queue(_, let segment, _):
      let measures = ["depth", "ready", "unacked", "consumers", "publish_rate", "ack_rate", "orphaned"]
      let names =
        [row.depthName].compactMap { $0 }
        + measures.map { FactName("queue", segment, $0).qualified(by: row.depthName?.qualifier) }
      return PanelItem(
        id: row.id,
        kind: .queue,
        name: row.subject,
        title: row.name,
        state: row.state,
        facts: names.filter { context.world.facts.fact($0, at: context.now.monotonic) != nil },
        source: row.source
      )
    case .rival(let rival):
      return PanelItem(
        id: row.id,
        kind: .fact,
        name: rival.fact.name.description,
        title: row.name,
        state: row.state,
        facts: [rival.fact.name]
      )
    }
  }

  func source(_ context: PanelContext) -> PanelSource { Self.feed(context).source }

  /// The brokers.
  static func feeds(_ context: PanelContext) -> [PanelFeed<QueuesSnapshot>] {
    PanelFeed.all("queue.depth", context)
  }

  /// The worst of the brokers' sources, and the first one's newest snapshot with what is left out of all.
  static func feed(_ context: PanelContext) -> (source: PanelSource, value: QueuesSnapshot?) {
    let feeds = feeds(context)
    let told = feeds.compactMap(\.value)
    var value = told.first
    for further in told.dropFirst() {
      value?.hidden += further.hidden
      value?.omitted += further.omitted
      value?.ignored += further.ignored
      value?.unreadable += further.unreadable
    }
    return (PanelSource.worst(of: feeds) ?? PanelSource(nil, context), value)
  }
}
