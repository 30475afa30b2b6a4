import Facts
import Operations
import Panels

/// Rows of views other than by moving to them: what the palette and verdicts lead to.
enum Rows {
  /// A row and the view that lists it.
  struct Row: Sendable {
    let view: ViewID
    let item: PanelItem
  }

  /// All rows of a view, whatever filter it has.
  static func all(of view: ViewID, _ state: AppState) -> [Row] {
    state.catalog.panel(view).items(PanelLocal(), state.context).map { Row(view: view, item: $0) }
  }

  /// The row of what was acted on; nil if no view lists it.
  static func row(of target: ActionTarget, _ state: AppState) -> Row? {
    let views = state.catalog.panels.filter { $0.descriptor.kinds.contains(target.kind) }.map(\.id)
    return views.lazy.flatMap { all(of: $0, state) }.first {
      $0.item.kind == target.kind && [$0.item.id, $0.item.name, $0.item.title.string].contains(target.name)
    }
  }

  /// Opens a row in its view; a filter that hides it is taken away.
  static func open(_ state: inout AppState, _ row: Row) -> [Effect] {
    state.view = row.view
    state.isFullScreen = false
    if state.activeItems.index(of: row.item.id) == nil {
      Commands.change(&state) { $0.filter = "" }
    }
    return Commands.openDetail(&state, row.item)
  }
}
