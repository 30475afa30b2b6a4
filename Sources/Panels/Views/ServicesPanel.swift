internal import Facts
internal import Operations

extension ViewID {
  /// The services of the project.
  public static let services = ViewID("services")
}

/// The services of the project: what each does, whether its probes pass, since when and because of what.
struct ServicesPanel: ListPanel {
  let descriptor = ViewDescriptor(
    id: .services,
    key: "1",
    title: "Services",
    shortTitle: "Serv",
    column: .left,
    weight: 0,
    room: ViewDescriptor.Room(least: 6, empty: 12, beside: 3, percent: 55),
    kinds: [.service, .fact],
    detail: .asked,
    showsUsage: true
  )

  let columns = Self.table

  /// As the design has it: columns in order of need, the last dropped first.
  ///
  /// What is wrong is read before anything else, and its first words say it: of a long state the end is
  /// cut before another column is dropped.
  private static let table: [ListColumn<ServiceRow>] = [
    ListColumn("service") { _ in
      TableColumn("  service", minimumWidth: 18)
    } precedes: {
      $0.status.name < $1.status.name
    } cell: { row, _ in
      row.name
    },
    ListColumn("state") { width in
      TableColumn("state", minimumWidth: max(8, min(20, width - 24)), priority: 1)
    } precedes: {
      $0.state.severity > $1.state.severity
    } cell: { row, cell in
      row.word(cell.source)
    },
    ListColumn("probes", isOptional: true) { _ in
      TableColumn("probes", minimumWidth: 6, priority: 2)
    } precedes: {
      $0.status.passed < $1.status.passed
    } cell: { row, _ in
      row.probes
    },
    ListColumn("latency", isOptional: true) { _ in
      TableColumn("latency", alignment: .right, minimumWidth: 7, priority: 3)
    } precedes: {
      ($0.status.latency ?? -1) > ($1.status.latency ?? -1)
    } cell: { row, _ in
      row.latency
    },
    ListColumn("up", isOptional: true) { _ in
      TableColumn("up", minimumWidth: 6, priority: 4)
    } precedes: {
      $0.start > $1.start
    } cell: { row, cell in
      row.uptime(cell.context)
    },
    ListColumn("by you", isOptional: true) { _ in
      TableColumn("by you", minimumWidth: 8, priority: 5)
    } cell: { row, cell in
      ByYou.text(service: row.status.service, cell.context)
    },
    ListColumn("restarts", isOptional: true) { _ in
      TableColumn("restarts", alignment: .right, minimumWidth: 8, priority: 6)
    } precedes: {
      ($0.status.restarts ?? 0) > ($1.status.restarts ?? 0)
    } cell: { row, _ in
      row.restarts
    },
    ListColumn("CPU", isOptional: true) { _ in
      TableColumn("CPU", alignment: .right, minimumWidth: 4, priority: 7)
    } precedes: {
      ($0.status.cpu ?? -1) > ($1.status.cpu ?? -1)
    } cell: { row, cell in
      row.cpu(cell.source)
    },
    ListColumn("MEM", isOptional: true) { _ in
      TableColumn("MEM", alignment: .right, minimumWidth: 4, priority: 8)
    } precedes: {
      ($0.status.memory ?? -1) > ($1.status.memory ?? -1)
    } cell: { row, cell in
      row.compactMemory(cell.source)
    },
    ListColumn("last 5 min", isOptional: true) { _ in
      TableColumn("last 5 min", minimumWidth: 10, idealWidth: 10, priority: 9)
    } cell: { row, cell in
      Trend.text(row.latencyName, over: .seconds(300), width: 10, cell.context)
    },
    ListColumn("image", isOptional: true) { _ in
      TableColumn("image", minimumWidth: 12, priority: 10)
    } precedes: {
      $0.status.image < $1.status.image
    } cell: { row, _ in
      StyledText(SafeText(row.status.image), .muted)
    },
  ]

  func state(_ context: PanelContext) -> FactState {
    let source = source(context)
    let own: FactState = source.state == .nodata ? .ok : source.state
    let rows = ServiceRow.rows(context).filter { $0.status.kind == .health }
    return rows.reduce(FactState.worse(own, context.health.state(.services))) {
      FactState.worse($0, $1.state)
    }
  }

  func title(_ context: PanelContext) -> TileTitle {
    let runtime = context.world.servicesOrigin?.runtime ?? ""
    let source = source(context)
    return source.title("Services", SafeText(runtime.isEmpty ? source.id ?? "" : runtime))
  }

  func summary(_ context: PanelContext) -> SafeText {
    // The same services as the header counts.
    let services = context.health.services
    guard services.all > 0 else { return source(context).told }
    return services.brief
  }

  func rows(_ context: PanelContext) -> [ServiceRow] { ServiceRow.rows(context) }

  func id(of row: ServiceRow) -> String { row.id }

  func texts(of row: ServiceRow) -> [String] { [row.status.name, row.status.word, row.status.image] }

  func hasTitles(rows: Int, height: Int) -> Bool { rows > 0 }

  /// A row that nothing fresh is known of says so itself.
  var fadesWhenOld: Bool { false }

  func emptyMessage(_ local: PanelLocal, _ context: PanelContext) -> StyledText {
    if !local.filter.isEmpty { return StyledText("No service matches \(local.filter)", .muted) }
    return source(context).isLive
      ? StyledText("The runtime knows no service of this project", .muted) : StyledText()
  }

  func page(_ row: ServiceRow, _ context: PanelContext) -> DetailPage? {
    ServicePage(row: row, source: source(context), context: context).page
  }

  func item(_ row: ServiceRow, _ context: PanelContext) -> PanelItem {
    let service = row.status.service
    if let fact = row.measure {
      var item = PanelItem(
        id: row.id,
        kind: .fact,
        name: fact.name.description,
        title: row.name.plain,
        state: row.state,
        facts: row.facts
      )
      item.edition = nil
      return item
    }
    var item = PanelItem(
      id: row.id,
      kind: .service,
      name: service,
      title: SafeText(row.status.name),
      state: row.state,
      facts: row.facts,
      copy: row.status.name
    )
    item.edition = row.status.reading == nil ? nil : row.edition(at: context.now.monotonic)
    item.isAskedAtSight = row.wantsLines
    return item
  }

  /// The runtime's source: what the services are known by.
  func source(_ context: PanelContext) -> PanelSource {
    let origin = context.world.servicesOrigin
    let configured = context.world.status(of: ServicesOrigin.source).map { _ in ServicesOrigin.source }
    return PanelSource(origin?.source ?? configured, sampledAt: origin?.sampledAt, context)
  }
}
