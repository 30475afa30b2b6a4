public import Facts

/// Everything at once: a tile for each view, or the worst of them and a strip with one cell for each.
public struct OverviewPanel: Panel {
  /// What everything but drawing must know of it.
  public static let view = ViewDescriptor(
    id: .overview,
    key: "0",
    title: "Overview",
    shortTitle: "Over",
    column: nil
  )

  /// What everything but drawing must know of it.
  public var descriptor: ViewDescriptor { Self.view }
  /// The views that it shows.
  public let catalog: PanelCatalog
  /// The tile that has the keys.
  public var focus: ViewID
  /// Whether that tile fills everything.
  public var isFullScreen: Bool
  /// The layout that `p` chose; 0 is the automatic one.
  public var layout: Int
  /// What the user has done to each tile.
  public var locals: [ViewID: PanelLocal]

  /// Makes the overview as a screen shows it.
  public init(
    _ catalog: PanelCatalog = .standard,
    focus: ViewID? = nil,
    isFullScreen: Bool = false,
    layout: Int = 0,
    locals: [ViewID: PanelLocal] = [:]
  ) {
    self.catalog = catalog
    self.focus = focus ?? catalog.panels.first?.id ?? .overview
    self.isFullScreen = isFullScreen
    self.layout = layout
    self.locals = locals
  }

  /// The focused tile's: the keys go there.
  public func sortColumns(_ local: PanelLocal) -> [SortColumn] {
    let panel = catalog.panel(focus)
    return panel.id == .overview ? [] : panel.sortColumns(locals[focus] ?? PanelLocal())
  }

  /// The focused tile's items: the keys go there.
  public func items(_ local: PanelLocal, _ context: PanelContext) -> PanelItems {
    let panel = catalog.panel(focus)
    guard panel.id != .overview else { return [] }
    return panel.items(locals[focus] ?? PanelLocal(), context)
  }

  /// The worst state that it shows.
  public func state(_ context: PanelContext) -> FactState {
    tiled.reduce(.ok) { FactState.worse($0, $1.state(context)) }
  }

  /// Its name, its source and the age of what it shows.
  public func title(_ context: PanelContext) -> TileTitle {
    TileTitle(name: "Overview", source: "", age: "", ageState: .ok)
  }

  /// What it says in one cell of the strip.
  public func summary(_ context: PanelContext) -> SafeText { SafeText(state(context).word) }

  /// Draws its list, or the detail that is open.
  public func render(
    _ local: PanelLocal,
    _ context: PanelContext,
    isFocused: Bool,
    into buffer: inout CellBuffer,
    area: Rect
  ) -> ListPosition? {
    var tiles = TileCache()
    render(context, isFocused: isFocused, &tiles, into: &buffer, area: area)
    return nil
  }

  /// It always has something to show.
  public func quiet(_ context: PanelContext) -> StyledText? { nil }

  /// Its tiles show lists; a detail has its view.
  public func page(_ local: PanelLocal, _ context: PanelContext) -> DetailPage? { nil }

  /// As ``page(_:_:)``.
  public func origin(of item: PanelItem, _ context: PanelContext) -> RowOrigin? { nil }

  /// As ``page(_:_:)``.
  public func openPage(_ local: PanelLocal, _ context: PanelContext) -> DetailPage? { nil }

  /// The same with the tiles of the frame before.
  func render(
    _ context: PanelContext,
    isFocused: Bool,
    _ tiles: inout TileCache,
    into buffer: inout CellBuffer,
    area: Rect
  ) {
    let layout = placement(in: area, context, &tiles)
    var beside = context
    beside.hasPane = true
    // What was asked for in a view grows old here, where nobody asks for it anew.
    beside.details = [:]
    for tile in layout.tiles {
      let panel = catalog.panel(tile.view)
      let local = locals[tile.view] ?? PanelLocal()
      let isFocused = isFocused && tile.view == focus
      var area = tile.area
      // What a list leaves free tells more of its row.
      let rows = tiles.count(of: panel, local, context) + (panel.descriptor.room.beside ?? area.height)
      if area.height - rows >= 12, let page = panel.page(isFocused ? local : PanelLocal(), beside) {
        let parts = area.split(top: rows)
        page.drawTile(into: &buffer, area: parts.rest, context)
        area = parts.top
      }
      tiles.draw(panel, local, context, isFocused: isFocused, into: &buffer, area: area)
    }
    if let strip = layout.strip {
      OverviewStrip(panels: tiled, focus: focus, isList: layout.tiles.isEmpty).draw(
        into: &buffer,
        area: strip,
        context
      )
    }
  }

  /// The views that are told here: those with a tile.
  private var tiled: [any Panel] { catalog.panels.filter { $0.descriptor.column != nil } }

  /// The views that have a tile in `area`, in the order of `Tab`; all where only the strip fits.
  public func tiles(in area: Rect, _ context: PanelContext) -> [ViewID] {
    var cache = TileCache()
    let tiles = placement(in: area, context, &cache).tiles.map(\.view)
    return tiles.count > 1 ? tiles : tiled.map(\.id)
  }

  /// Where the focus belongs at the start: the worst view and its worst item, the first of equals.
  public func worst(_ context: PanelContext) -> (view: ViewID, item: String?) {
    var worst = (view: tiled.first?.id ?? .overview, state: FactState.ok)
    for panel in tiled {
      let state = panel.state(context)
      if state.severity > worst.state.severity { worst = (panel.id, state) }
    }
    guard worst.view != .overview else { return (.overview, nil) }
    let items = catalog.panel(worst.view).items(PanelLocal(), context)
    // What never counts ("no check") may look worse than it is: the view's own state decides.
    let item = items.first { $0.state == worst.state } ?? items.first
    return (worst.view, item?.id)
  }

  /// Draws one panel in its frame, or on a line where it has no more room.
  ///
  /// - Returns: Which of its rows or lines are seen; nil if it has none.
  static func drawTile(
    _ panel: any Panel,
    _ local: PanelLocal,
    _ context: PanelContext,
    state: FactState,
    isFocused: Bool,
    into buffer: inout CellBuffer,
    area: Rect
  ) -> ListPosition? {
    let title = panel.title(context)
    let ageStyle: Style = title.ageState == .ok ? .muted : .state(title.ageState)
    let age = StyledText(title.age, ageStyle)
    if area.height == 1 {
      drawLine(panel, title.name, age, context, isFocused: isFocused, into: &buffer, area: area)
      return nil
    }
    var tile = Tile(
      title: title.name,
      filter: local.filter.isEmpty ? "" : Self.narrowed(panel, local, context),
      source: title.source,
      age: age,
      isFocused: isFocused,
      state: state
    )
    if let page = panel.openPage(local, context) {
      let width = Tile.inside(area).width
      (tile.title, tile.state) = (page.title, page.state)
      tile.filter = local.pageFilter.isEmpty ? "" : page.narrowed(to: local.pageFilter, width: width)
      (tile.source, tile.sourceStyle) = (page.headline, page.state == .ok ? .muted : .state(page.state))
    }
    let inside = tile.draw(into: &buffer, area: area)
    let seen = buffer.withClip(inside) {
      panel.render(local, context, isFocused: isFocused, into: &$0, area: inside)
    }
    if let seen {
      let text = seen.text(isFocused: isFocused, width: area.width - 6)
      tile.drawPosition(text, into: &buffer, area: area)
    }
    return seen
  }

  /// A panel that has nothing to show, on one line.
  private static func drawLine(
    _ panel: any Panel,
    _ name: SafeText,
    _ age: StyledText,
    _ context: PanelContext,
    isFocused: Bool,
    into buffer: inout CellBuffer,
    area: Rect
  ) {
    if isFocused { buffer.put(glyph: Glyph.current, at: area.origin, style: Style.accent.bold) }
    let row = area.inset(left: 2, right: 3)
    let room = max(0, row.width - age.widthInColumns - 1)
    let line = StyledText(name, .strong).then("  ") + (panel.quiet(context) ?? StyledText())
    buffer.put(line, at: row.origin, maxWidth: room)
    buffer.put(age, alignedRightIn: row)
    if isFocused { buffer.paint(.selection, in: area) }
  }

  /// What a filter leaves of the rows: `/redis 1 of 8`.
  private static func narrowed(_ panel: any Panel, _ local: PanelLocal, _ context: PanelContext) -> SafeText {
    var whole = local
    whole.filter = ""
    let (shown, all) = (panel.count(local, context), panel.count(whole, context))
    return "/\(SafeText(local.filter, limit: 40)) \(Format.count(shown)) of \(Format.count(all))"
  }

  private func placement(
    in area: Rect,
    _ context: PanelContext,
    _ tiles: inout TileCache
  ) -> OverviewLayout {
    OverviewLayout(
      area: area,
      views: tiled.map(\.descriptor),
      focus: tiled.contains { $0.id == focus } ? focus : tiled.first?.id ?? .overview,
      isFullScreen: isFullScreen,
      layout: layout
    ) { view in
      let local = locals[view.id] ?? PanelLocal()
      let panel = catalog.panel(view.id)
      if local.filter.isEmpty, tiles.isQuiet(panel, context) { return (least: 1, wish: 1, most: 1) }
      let count = tiles.count(of: panel, local, context)
      let wish = view.room.rows(items: count, height: area.height)
      return (least: 5, wish: wish, most: view.room.beside.map { max(wish, count + $0) } ?? .max)
    }
  }
}

/// One cell for each view: its state, its name in four letters and its number.
struct OverviewStrip {
  let panels: [any Panel]
  let focus: ViewID
  /// Whether each cell has a line of its own: where there is nothing but the strip.
  let isList: Bool

  func draw(into buffer: inout CellBuffer, area: Rect, _ context: PanelContext) {
    var panels = panels
    guard isList else {
      var x = area.x + 1
      for panel in panels {
        let cell = line(panel, panel.descriptor.shortTitle, context)
        if x + cell.widthInColumns > area.x + area.width { return }
        x += buffer.put(cell, at: Point(x: x, y: area.y)) + 2
      }
      return
    }
    if panels.count > area.height {
      // Not all fit: the bad ones are what matters.
      panels = panels.enumerated().sorted { left, right in
        let (worse, better) = (left.element.state(context).severity, right.element.state(context).severity)
        return (-worse, left.offset) < (-better, right.offset)
      }.map(\.element)
    }
    for (panel, y) in zip(panels, area.rows) {
      let isFocused = panel.id == focus
      if isFocused { buffer.put(glyph: Glyph.current, at: Point(x: area.x, y: y), style: Style.accent.bold) }
      buffer.put(
        line(panel, area.width >= 24 ? panel.descriptor.title : panel.descriptor.shortTitle, context),
        at: Point(x: area.x + 2, y: y),
        maxWidth: max(0, area.width - 2)
      )
      if isFocused { buffer.paint(.selection, in: Rect(x: area.x, y: y, width: area.width, height: 1)) }
    }
  }

  private func line(_ panel: any Panel, _ name: SafeText, _ context: PanelContext) -> StyledText {
    let state = panel.state(context)
    let isKnown = panel.title(context).ageState != .nodata
    let glyph = isKnown ? state : FactState.worse(state, .nodata)
    return StyledText(glyphOf: glyph).then(" ").then(name, .muted).then(" ").then(
      panel.summary(context),
      state.severity > 0 ? Style.state(state).bold : isKnown ? .text : .muted
    )
  }
}
