public import Facts

/// The broker's queues: what waits, who takes it, how fast, and what others say of it.
public struct QueuesPanel: Panel {
  /// Which view it is.
  public let id = ViewID.queues
  /// The titles of its columns.
  public let columns: [SafeText] = ["queue", "ready", "unacked", "consumers"]

  /// Makes the panel.
  public init() {}

  /// The rows in drawing order, filter and sort applied.
  public func items(_ local: PanelLocal, _ context: PanelContext) -> [PanelItem] {
    let snapshot = Self.source(context).value
    return QueueRow.rows(local, context).map { item($0, snapshot, context) }
  }

  /// The worst state that it shows.
  public func state(_ context: PanelContext) -> FactState {
    let source = Self.source(context).source
    let own: FactState = source.state == .nodata ? .ok : source.state
    return QueueRow.rows(PanelLocal(), context).filter { $0.queue != nil }
      .reduce(own) { FactState.worse($0, $1.state) }
  }

  /// Its name, its source and the age of what it shows.
  public func title(_ context: PanelContext) -> TileTitle {
    let (source, snapshot) = Self.source(context)
    let vhost = snapshot?.vhost ?? ""
    let omitted = snapshot?.omitted ?? 0
    let cut = omitted > 0 ? ", \(Format.count(omitted)) more not listed" : ""
    return source.title("Queues", "\(source.id ?? "rabbitmq")\(vhost.isEmpty ? "" : " \(vhost)")\(cut)")
  }

  /// What it says in one cell of the strip.
  public func summary(_ context: PanelContext) -> SafeText {
    let (source, snapshot) = Self.source(context)
    guard let snapshot else { return source.told }
    let main = snapshot.queues.first { snapshot.segment(of: $0) == snapshot.mainQueue }
    guard let depth = main?.depth else { return source.isLive ? "no \(snapshot.mainQueue)" : source.told }
    return SafeText(Format.count(depth))
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
    let rows = QueueRow.rows(local, context)
    if let detail = local.detail, let row = rows.first(where: { $0.id == detail }), row.queue != nil {
      QueueDetail(row: row, snapshot: snapshot, source: source).draw(
        into: &buffer,
        area: area,
        local: local,
        context
      )
      return
    }
    let area = source.drawNotice(into: &buffer, area: area)
    let selected = local.selectedIndex(in: rows, id: \.id)
    guard !rows.isEmpty else {
      if let message = emptyMessage(local, source) {
        buffer.put(message, at: Point(x: area.x + 2, y: area.y), maxWidth: max(0, area.width - 2))
      }
      return
    }
    QueueList(
      rows: rows,
      snapshot: snapshot,
      selected: selected,
      isFocused: isFocused,
      isLive: source.isLive,
      marks: local.marks
    ).draw(into: &buffer, area: area, context)
    source.veil(area, in: &buffer)
    if !local.filter.isEmpty {
      buffer.highlight(
        SafeText(local.filter),
        in: area,
        style: Style(role: .accent, attributes: .underline)
      )
    }
  }

  private func emptyMessage(_ local: PanelLocal, _ source: PanelSource) -> StyledText? {
    if !local.filter.isEmpty {
      return StyledText("No queue that is listed matches \(local.filter)", .muted)
    }
    return source.isLive
      ? StyledText("The broker has no queue here: nothing was ever published", .muted) : nil
  }

  private func item(_ row: QueueRow, _ snapshot: QueuesSnapshot?, _ context: PanelContext) -> PanelItem {
    switch row.content {
    case .queue(_, let segment, _):
      let measures = ["depth", "ready", "unacked", "consumers", "publish_rate", "ack_rate", "orphaned"]
      let names =
        [row.depthName(snapshot)].compactMap { $0 } + measures.map { FactName("queue", segment, $0) }
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

  /// The broker's source and its newest snapshot.
  static func source(_ context: PanelContext) -> (source: PanelSource, value: QueuesSnapshot?) {
    PanelSource.of(QueuesSnapshot.self, view: .queues, fact: "queue.depth", context)
  }
}
