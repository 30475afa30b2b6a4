internal import Facts

/// The overview's tiles as they were last drawn: what nothing has changed is copied, not drawn again.
///
/// A key moves one tile's selection, and the five others are the most of a frame's work. The world's
/// version stands for all that is known; ages move with it, since time passes by events, too.
public struct TileCache: Sendable {
  /// All that a tile's picture depends on.
  private struct Key: Hashable {
    var local: PanelLocal
    var isFocused: Bool
    var hasPane: Bool
    var area: Rect
  }

  /// What every picture depends on.
  private struct Ground: Hashable {
    var version: Int
    var settings: PanelSettings
    var isASCII: Bool
  }

  /// What the layout asks of a panel.
  private struct Rows: Hashable {
    var view: ViewID
    var filter: String
  }

  private var ground: Ground?
  private var pictures: [ViewID: (key: Key, patch: CellPatch)] = [:]
  private var states: [ViewID: FactState] = [:]
  private var counts: [Rows: Int] = [:]
  private var quiet: [ViewID: Bool] = [:]

  /// Makes a cache that holds nothing.
  public init() {}

  /// Forgets everything that was drawn from another world.
  mutating func begin(_ context: PanelContext) {
    let now = Ground(
      version: context.world.version,
      settings: context.settings,
      isASCII: context.isASCII
    )
    guard now != ground else { return }
    ground = now
    pictures.removeAll(keepingCapacity: true)
    states.removeAll(keepingCapacity: true)
    counts.removeAll(keepingCapacity: true)
    quiet.removeAll(keepingCapacity: true)
  }

  /// The worst state that a panel shows.
  mutating func state(of panel: any Panel, _ context: PanelContext) -> FactState {
    if let known = states[panel.id] { return known }
    let state = panel.state(context)
    states[panel.id] = state
    return state
  }

  /// How many items a panel has.
  mutating func count(of panel: any Panel, _ local: PanelLocal, _ context: PanelContext) -> Int {
    let rows = Rows(view: panel.id, filter: local.filter)
    if let known = counts[rows] { return known }
    let count = panel.items(local, context).count
    counts[rows] = count
    return count
  }

  /// Whether a panel has nothing to show, and nothing wrong.
  mutating func isQuiet(_ panel: any Panel, _ context: PanelContext) -> Bool {
    if let known = quiet[panel.id] { return known }
    let isQuiet = state(of: panel, context) == .ok && panel.quiet(context) != nil
    quiet[panel.id] = isQuiet
    return isQuiet
  }

  /// Draws a tile, or copies it.
  mutating func draw(
    _ panel: any Panel,
    _ local: PanelLocal,
    _ context: PanelContext,
    isFocused: Bool,
    into buffer: inout CellBuffer,
    area: Rect
  ) {
    let key = Key(local: local, isFocused: isFocused, hasPane: context.hasPane, area: area)
    if let known = pictures[panel.id], known.key == key {
      buffer.paste(known.patch, at: area.origin)
      return
    }
    OverviewPanel.drawTile(
      panel,
      local,
      context,
      state: state(of: panel, context),
      isFocused: isFocused,
      into: &buffer,
      area: area
    )
    // A detail that was asked for comes without the world's changing.
    pictures[panel.id] = local.detail == nil ? (key, buffer.patch(of: area)) : nil
  }
}
