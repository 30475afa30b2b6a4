public import Facts
internal import Operations

/// The services of the project: what each does, whether its probes pass, since when and because of what.
public struct ServicesPanel: Panel {
  /// Which view it is.
  public let id = ViewID.services

  /// The columns, in the order of sorting and of drawing.
  enum Column: Int, CaseIterable {
    case service, state, probes, latency, uptime, byYou, restarts, trend, image

    var title: SafeText {
      switch self {
      case .service: "service"
      case .state: "state"
      case .probes: "probes"
      case .latency: "latency"
      case .uptime: "up"
      case .byYou: "by you"
      case .restarts: "restarts"
      case .trend: "last 5 min"
      case .image: "image"
      }
    }

    func precedes(_ left: ServiceRow, _ right: ServiceRow) -> Bool {
      switch self {
      case .service, .byYou: left.status.name < right.status.name
      case .state: left.state.severity > right.state.severity
      case .probes: left.status.passed < right.status.passed
      case .latency, .trend: (left.status.latency ?? -1) > (right.status.latency ?? -1)
      case .uptime: (left.uptime ?? .zero) < (right.uptime ?? .zero)
      case .restarts: (left.status.restarts ?? 0) > (right.status.restarts ?? 0)
      case .image: left.status.image < right.status.image
      }
    }

    /// As the design has it: columns in order of need, the last dropped first.
    ///
    /// What is wrong is read before anything else, and its first words say it: of a long state the end is
    /// cut before another column is dropped.
    func table(width: Int) -> TableColumn {
      switch self {
      case .service: TableColumn("  \(title)", minimumWidth: 18)
      case .state: TableColumn(title, minimumWidth: max(8, min(20, width - 24)), priority: 1)
      case .probes: TableColumn(title, minimumWidth: 6, priority: 2)
      case .latency: TableColumn(title, alignment: .right, minimumWidth: 7, priority: 3)
      case .uptime: TableColumn(title, minimumWidth: 6, priority: 4)
      case .byYou: TableColumn(title, minimumWidth: 8, priority: 5)
      case .restarts: TableColumn(title, alignment: .right, minimumWidth: 8, priority: 6)
      case .trend: TableColumn(title, minimumWidth: 10, idealWidth: 10, priority: 7)
      case .image: TableColumn(title, minimumWidth: 12, priority: 8)
      }
    }
  }

  /// Makes the panel.
  public init() {}

  /// The titles of its columns.
  public var columns: [SafeText] { Column.allCases.map(\.title) }

  /// The rows in drawing order, filter and sort applied.
  public func items(_ local: PanelLocal, _ context: PanelContext) -> [PanelItem] {
    ServiceRow.rows(local, context).map { item($0, context) }
  }

  /// The worst state that it shows.
  public func state(_ context: PanelContext) -> FactState {
    let source = Self.source(context)
    let own: FactState = source.state == .nodata ? .ok : source.state
    return ServiceRow.rows(PanelLocal(), context).filter { $0.status.kind == .health }
      .reduce(own) { FactState.worse($0, $1.state) }
  }

  /// Its name, its source and the age of what it shows.
  public func title(_ context: PanelContext) -> TileTitle {
    let runtime = context.world.servicesOrigin?.runtime ?? ""
    let source = Self.source(context)
    return source.title("Services", SafeText(runtime.isEmpty ? source.id ?? "" : runtime))
  }

  /// What it says in one cell of the strip.
  public func summary(_ context: PanelContext) -> SafeText {
    let rows = ServiceRow.rows(PanelLocal(), context)
    guard !rows.isEmpty else { return Self.source(context).told }
    let counted = rows.filter { $0.state != .nodata }
    return "\(counted.count { $0.state == .ok })/\(counted.count)"
  }

  /// Draws its list, or the detail that is open.
  public func render(
    _ local: PanelLocal,
    _ context: PanelContext,
    isFocused: Bool,
    into buffer: inout CellBuffer,
    area: Rect
  ) {
    let source = Self.source(context)
    let rows = ServiceRow.rows(local, context)
    if let detail = local.detail, let row = rows.first(where: { $0.id == detail }) {
      ServiceDetail(row: row, source: source).draw(into: &buffer, area: area, local: local, context)
      return
    }
    let area = source.drawNotice(into: &buffer, area: area)
    let selected = local.selectedIndex(in: rows, id: \.id)
    let shown = Column.allCases.filter { column in
      column == .service || column == .state || rows.contains { !cell(column, $0, source, context).isEmpty }
    }
    var table = Table(
      columns: shown.map { $0.table(width: area.width) },
      ids: Array(rows.indices),
      selection: selected
    ) { index in
      shown.map { cell($0, rows[index], source, context) }
    }
    table.isFocused = isFocused
    table.hasTitles = !rows.isEmpty
    table.offset = Viewport.offset(showing: selected, rows: area.height - 1, of: rows.count)
    table.marked = Set(rows.indices.filter { local.marks.contains(rows[$0].id) })
    table.sort = local.sortColumn.flatMap { Column(rawValue: $0) }.flatMap { shown.firstIndex(of: $0) }
      .map { ($0, local.isDescending) }
    table.filter = SafeText(local.filter)
    table.message = emptyMessage(local, source)
    table.draw(into: &buffer, area: area)
  }

  private func emptyMessage(_ local: PanelLocal, _ source: PanelSource) -> StyledText {
    if !local.filter.isEmpty { return StyledText("No service matches \(local.filter)", .muted) }
    return source.isLive ? StyledText("The runtime knows no service of this project", .muted) : StyledText()
  }

  private func cell(
    _ column: Column,
    _ row: ServiceRow,
    _ source: PanelSource,
    _ context: PanelContext
  ) -> StyledText {
    switch column {
    case .service:
      let name = SafeText(row.status.name)
      let glyph = StyledText(glyphOf: row.state).then(" ")
      return row.isDependent ? glyph.then("└ ", .muted).then(name) : glyph.then(name)
    case .state: return row.word(source)
    case .probes: return row.probes
    case .latency: return row.latency
    case .uptime: return row.uptimeText
    case .byYou: return ByYou.text(service: row.status.service, context)
    case .restarts: return row.restarts
    case .trend: return Trend.text(row.latencyName, over: .seconds(300), width: 10, context)
    case .image: return StyledText(SafeText(row.status.image), .muted)
    }
  }

  private func item(_ row: ServiceRow, _ context: PanelContext) -> PanelItem {
    let service = row.status.service
    let candidates =
      [FactName("service", service, "state"), FactName("service", service, "liveness"), row.latencyName]
      + row.status.probes.map { FactName("probe", service, $0.name) }
    return PanelItem(
      id: row.id,
      kind: .service,
      name: service,
      title: SafeText(row.status.name),
      state: row.state,
      facts: candidates.filter { context.world.facts.fact($0, at: context.now.monotonic) != nil },
      copy: row.status.name
    )
  }

  /// The runtime's source: what the services are known by.
  static func source(_ context: PanelContext) -> PanelSource {
    let origin = context.world.servicesOrigin
    return PanelSource(
      origin?.source ?? context.settings.sources[.services],
      sampledAt: origin?.sampledAt,
      context
    )
  }
}
