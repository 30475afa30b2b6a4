import DataSources
import Facts
import Operations
import Panels

/// What is asked for of rows beyond their lines: the open one, the one beside its list, those of a group.
extension Commands {
  /// Asks for what is told of a row beyond its line.
  static func load(_ state: inout AppState, _ item: PanelItem, of view: ViewID) -> [Effect] {
    switch state.catalog.panel(view).descriptor.detail {
    case .known: return []
    case .asked:
      guard let edition = item.edition else { return [] }
      // Details are read anew whenever they are opened: of the rows passed by none needs to be kept.
      // Those of a group whose rows are listed are.
      if state.details.count >= 100 {
        let listed = Set(state.locals.values.compactMap(\.within?.id))
        state.details = state.details.filter { listed.contains($0.key) }
        state.editions = state.editions.filter { listed.contains($0.key) }
      }
      // What is only newer does not take the older one away before it is there.
      if edition.isEmpty || state.details[item.id] == nil { state.details[item.id] = .loading }
      state.editions[item.id] = edition
      state.asking.insert(item.id)
      return [.load(view: view, item: item)]
    }
  }

  /// Asks for the row that is told beside or below its list, one at a time: a cursor that runs on asks for the
  /// row on which it comes to rest.
  ///
  /// So is the one that is open, once there is something newer to tell of it.
  static func loadPane(_ state: inout AppState) -> [Effect] {
    guard state.view != .overview, state.catalog.panel(state.view).descriptor.detail == .asked,
      state.asking.isEmpty
    else { return [] }
    if let group = state.activeLocal.within, state.editions[group.id] == nil {
      return load(&state, group, of: state.view)
    }
    let items = state.activeItems
    let open = state.activeLocal.detail.flatMap { items.index(of: $0) }.map { items[$0] }
    guard let item = open ?? state.activeItem,
      state.details[item.id] == nil || state.editions[item.id] != item.edition,
      open != nil || item.isAskedAtSight && hasPane(state)
    else { return [] }
    return load(&state, item, of: state.view)
  }

  private static func hasPane(_ state: AppState) -> Bool {
    let items = state.activeItems.count
    return ScreenRenderer.mayHavePane(width: state.width, height: state.height, items: items)
  }

  /// Asks for what the service of an act that failed has written: its dialog tells the last of it.
  static func loadLines(_ state: inout AppState, of target: ActionTarget) -> [Effect] {
    let items = state.catalog.panel(.services).items(PanelLocal(), state.context)
    guard target.kind == .service, let item = items.first(where: { $0.id == target.name }) else { return [] }
    return load(&state, item, of: .services)
  }
}
