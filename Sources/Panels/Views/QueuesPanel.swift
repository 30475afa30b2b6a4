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
    let source = source(context)
    let own: FactState = source.state == .nodata ? .ok : source.state
    guard source.isLive else { return own }
    return context.health.state(.queues)
  }

  func title(_ context: PanelContext) -> TileTitle {
    let (source, snapshot) = Self.feed(context)
    let vhost = snapshot?.vhost ?? ""
    let omitted = snapshot?.omitted ?? 0
    let cut = omitted > 0 ? ", \(Format.count(omitted)) more not listed" : ""
    return source.title("Queues", "\(source.id ?? "rabbitmq")\(vhost.isEmpty ? "" : " \(vhost)")\(cut)")
  }

  func summary(_ context: PanelContext) -> SafeText {
    let (source, snapshot) = Self.feed(context)
    guard let snapshot else { return source.told }
    let main = snapshot.queues.first { snapshot.segment(of: $0) == snapshot.mainQueue }
    guard let depth = main?.depth else { return source.isLive ? "no \(snapshot.mainQueue)" : source.told }
    return SafeText(Format.count(depth))
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

  func drawRows(_ list: ListFrame<QueueRow>, into buffer: inout CellBuffer, area: Rect) -> Range<Int> {
    guard !list.rows.isEmpty else {
      let message = emptyMessage(list.local, list.context)
      buffer.put(message, at: Point(x: area.x + 2, y: area.y), maxWidth: max(0, area.width - 2))
      return 0..<0
    }
    return QueueList(list: list, snapshot: Self.feed(list.context).value).draw(into: &buffer, area: area)
  }

  func page(_ row: QueueRow, _ context: PanelContext) -> DetailPage? {
    QueuePage(row: row, snapshot: Self.feed(context).value, context: context).page
  }

  func item(_ row: QueueRow, _ context: PanelContext) -> PanelItem {
    switch row.content {
    case .queue(_, let segment, _):
      let measures = ["depth", "ready", "unacked", "consumers", "publish_rate", "ack_rate", "orphaned"]
      let names =
        [row.depthName(Self.feed(context).value)].compactMap { $0 }
        + measures.map { FactName("queue", segment, $0) }
      return PanelItem(
        id: row.id,
        kind: .queue,
        name: segment,
        title: row.name,
        state: row.state,
        facts: names.filter { context.world.facts.fact($0, at: context.now.monotonic) != nil }
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

  /// The broker's source and its newest snapshot.
  static func feed(_ context: PanelContext) -> (source: PanelSource, value: QueuesSnapshot?) {
    PanelSource.of(QueuesSnapshot.self, fact: "queue.depth", context)
  }
}
