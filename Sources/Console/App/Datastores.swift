import DataSources
import Facts
import Operations
import Panels

/// The datastores' view: what is asked while it is looked at.
enum Datastores {
  /// Says which section is looked at, when that changes; nobody is asked for what nobody looks at.
  static func watch(_ state: inout AppState) -> [Effect] {
    let wanted =
      state.view == .datastores ? DatastoreSections.asked(state.locals[.datastores] ?? PanelLocal()) : nil
    guard wanted != state.datastoreSection else { return [] }
    state.datastoreSection = wanted
    return [.watchDatastores(wanted)]
  }

  /// Takes what was told, unless the screen stands still and shows something already.
  static func take(_ state: inout AppState, _ snapshot: DatastoresSnapshot) {
    let hasSection = state.datastores?.readings.contains { $0.section == state.datastoreSection } ?? false
    guard state.frozen == nil || !hasSection else { return }
    state.datastores = snapshot
    state.knownAt = state.now
  }
}
