internal import DataSources
internal import Facts
internal import Operations

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
    /// The run that is gone through: it moves on before anything is read of it.
    var run: RunbookRun?
    var isBusy: Bool
    /// What is told of logs and datastores comes without the world's changing.
    var logs: Int?
    var datastores: Int?
    var statement: Int?
  }

  /// What the layout asks of a panel.
  private struct Rows: Hashable {
    var view: ViewID
    var filter: String
    var isGrouped: Bool
    var grouping: Int
  }

  /// What is asked for a list beside its page: how wide it would like to be, or how high in that room.
  private struct Size: Hashable {
    var view: ViewID
    var local: PanelLocal
    var room: Rect
  }

  private var ground: Ground?
  private var pictures: [ViewID: (key: Key, patch: CellPatch)] = [:]
  /// What of each view's rows was seen when it was last drawn.
  private(set) var positions: [ViewID: ListPosition] = [:]
  private var states: [ViewID: FactState] = [:]
  private var counts: [Rows: Int] = [:]
  private var quiet: [ViewID: Bool] = [:]
  private var sizes: [Size: Int?] = [:]

  /// Makes a cache that holds nothing.
  public init() {}

  /// Forgets everything that was drawn from another world.
  mutating func begin(_ context: PanelContext) {
    let now = Ground(
      version: context.world.version,
      settings: context.settings,
      isASCII: context.isASCII,
      run: context.run?.run,
      isBusy: context.run?.isBusy ?? false,
      logs: context.logs?.version,
      datastores: context.datastores?.version,
      statement: context.statement?.edition
    )
    guard now != ground else { return }
    ground = now
    pictures.removeAll(keepingCapacity: true)
    states.removeAll(keepingCapacity: true)
    counts.removeAll(keepingCapacity: true)
    quiet.removeAll(keepingCapacity: true)
    sizes.removeAll(keepingCapacity: true)
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
    guard isOfWorld(local) else { return panel.count(local, context) }
    let rows = Rows(
      view: panel.id,
      filter: local.filter,
      isGrouped: local.isGrouped,
      grouping: local.grouping
    )
    if let known = counts[rows] { return known }
    let count = panel.count(local, context)
    counts[rows] = count
    return count
  }

  /// The columns that a list would like, frame included; nil if any will do.
  mutating func wish(of panel: any Panel, _ local: PanelLocal, _ context: PanelContext) -> Int? {
    let key = Size(view: panel.id, local: Self.unselected(local), room: .none)
    if isOfWorld(local), let known = sizes[key] { return known }
    let wish = panel.wish(local, context).map { $0 + 4 }
    sizes[key] = .some(wish)
    return wish
  }

  /// The rows that a list takes in that room, frame included: what is drawn of it, however much room is left.
  mutating func rows(
    of panel: any Panel,
    _ local: PanelLocal,
    _ context: PanelContext,
    in room: Rect
  ) -> Int {
    let local = Self.unselected(local)
    let key = Size(view: panel.id, local: local, room: room)
    if isOfWorld(local), let known = sizes[key], let rows = known { return rows }
    func rows(in height: Int) -> Int {
      var scratch = CellBuffer(width: room.width, height: height)
      let inside = Tile.inside(scratch.bounds)
      _ = scratch.withClip(inside) { panel.render(local, context, isFocused: true, into: &$0, area: inside) }
      return 2 + inside.rows.count { scratch.hasText(in: Rect(x: 0, y: $0, width: room.width, height: 1)) }
    }
    // What has less room may say less, as a notice does: it gets so much that it says all the same.
    let wanted = rows(in: room.height)
    let height = (wanted..<max(wanted, room.height)).first { rows(in: $0) >= wanted } ?? room.height
    sizes[key] = .some(height)
    return height
  }

  /// A list whose size does not change with every key.
  private static func unselected(_ local: PanelLocal) -> PanelLocal {
    var local = local
    (local.selection, local.selectionIndex, local.marks) = (nil, 0, [])
    return local
  }

  /// Whether a panel has nothing to show, and nothing wrong.
  mutating func isQuiet(_ panel: any Panel, _ context: PanelContext) -> Bool {
    if let known = quiet[panel.id] { return known }
    let isQuiet = state(of: panel, context) == .ok && panel.quiet(context) != nil
    quiet[panel.id] = isQuiet
    return isQuiet
  }

  /// Whether what a list shows changes with the world alone: the rows of a group come when they were asked for.
  private func isOfWorld(_ local: PanelLocal) -> Bool { local.within == nil }

  /// Keeps what was seen of a list that was drawn without a tile.
  mutating func note(_ seen: ListPosition?, of panel: any Panel) {
    positions[panel.id] = seen
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
    positions[panel.id] = OverviewPanel.drawTile(
      panel,
      local,
      context,
      state: state(of: panel, context),
      isFocused: isFocused,
      into: &buffer,
      area: area
    )
    // A detail that was asked for comes without the world's changing.
    pictures[panel.id] = isOfWorld(local) && local.detail == nil ? (key, buffer.patch(of: area)) : nil
  }
}
