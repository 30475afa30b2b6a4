import Facts
import Operations
import Panels

/// What the key of causes leads to: the row in which what is wrong here has its reason.
enum Causes {
  /// Where it leads.
  enum Cause: Sendable {
    /// A row of another view, or another row of this one.
    case row(Rows.Row)
    /// A measure that stands in no row.
    case fact(FactName)
    /// The sources: which of them don't answer, and why.
    case sources
  }

  /// What is behind the trouble of the selected row, else of its view; nil if there is none, or nothing is known.
  static func cause(_ state: AppState) -> Cause? {
    let (context, panel) = (state.context, state.catalog.panel(state.activeView))
    let item = state.activeItem
    if item?.kind == .service, let item, let because = because(item, context.world) {
      return row(of: because, state)
    }
    if let source = panel.silentSource(context) {
      return context.world.serviceDown(behind: source).flatMap { row(of: $0.name, state) } ?? .sources
    }
    if let item, item.state.severity > 0 {
      if item.kind == .queue, let worker = worker(of: item, context.world) { return row(of: worker, state) }
      if item.kind == .alert, let found = read(by: item, state) { return found }
    }
    return panel.concern(context).map(Cause.fact)
  }

  /// Goes there.
  static func follow(_ state: inout AppState) -> [Effect] {
    switch cause(state) {
    case .row(let row)?: return Rows.open(&state, row)
    case .fact(let name)?: Commands.showOrigin(&state, of: name)
    case .sources?:
      state.overlays.append(.sheet(SourcesSheet.make(state.shownMonitor.world, now: state.shownMoment)))
    case nil:
      let key = state.keymap.key(of: .origin).map { ": \($0.name) tells where this comes from" } ?? ""
      let own = ownReason(state).map { "it begins here, \($0)" } ?? "nothing else is known to be behind this"
      state.say("\(SafeText(own))\(SafeText(key))", .warn)
    }
    return []
  }

  /// Its word on the hint line.
  static func hint(_ cause: Cause) -> String {
    switch cause {
    case .row(let row): "to \(row.item.title)"
    case .fact: "why"
    case .sources: "sources"
    }
  }

  /// What is known of the selected service itself that isn't well: `stopped, exit 137`.
  private static func ownReason(_ state: AppState) -> String? {
    guard let item = state.activeItem, item.kind == .service, item.state.severity > 0 else { return nil }
    return service(item, state.context.world).map { status in
      [status.word, status.detail].filter { !$0.isEmpty }.joined(separator: ", ")
    }
  }

  private static func because(_ item: PanelItem, _ world: World) -> String? {
    service(item, world)?.because
  }

  private static func service(_ item: PanelItem, _ world: World) -> ServiceStatus? {
    world.snapshot(ServiceStatuses.self)?.value.services.first { $0.name == item.id }
  }

  private static func worker(of item: PanelItem, _ world: World) -> String? {
    let segment = item.facts.lazy.compactMap { fact -> String? in
      let segments = fact.plain.segments
      return segments.count == 3 && segments[0] == "queue" ? segments[1] : nil
    }.first
    return world.worker(of: segment ?? item.name)?.name
  }

  private static func row(of service: String, _ state: AppState) -> Cause? {
    let views = state.catalog.panels.filter { $0.descriptor.kinds.contains(.service) }.map(\.id)
    let rows = views.flatMap { Rows.all(of: $0, state) }.filter { $0.item.kind == .service }
    return (rows.first { $0.item.id == service } ?? rows.first { $0.item.name == service }).map(Cause.row)
  }

  /// The row of a fact that an alert reads, else the source that would tell it.
  private static func read(by alert: PanelItem, _ state: AppState) -> Cause? {
    let views = state.catalog.panels.map(\.id).filter { $0 != state.activeView && $0 != .overview }
    let rows = views.lazy.flatMap { Rows.all(of: $0, state) }
    let found = alert.facts.lazy.compactMap { fact in rows.first { $0.item.facts.contains(fact) } }.first
    if let found { return .row(found) }
    let facts = FactView(state.shownMonitor.world.facts, at: state.shownMoment.monotonic)
    let isSilent = alert.facts.contains { name in
      facts.fact(name).map { state.shownMonitor.world.status(of: $0.origin.source)?.failure != nil } ?? true
    }
    return isSilent ? .sources : nil
  }
}
