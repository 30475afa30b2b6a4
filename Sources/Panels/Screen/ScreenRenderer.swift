internal import Facts
internal import Operations

/// A screen as it is to be shown.
public struct Screen: Sendable, Equatable {
  /// The cells.
  public var buffer: CellBuffer
  /// Where the cursor stands; nil hides it.
  public var cursor: Point?
}

/// Draws the whole screen: a pure function of one value.
public enum ScreenRenderer {
  /// Draws a model; see ``draw(_:)`` for the cursor.
  public static func render(_ model: ScreenModel) -> CellBuffer {
    draw(model).buffer
  }

  /// Draws a model: header, tabs, the open view, the last line, and what lies over them.
  public static func draw(_ model: ScreenModel) -> Screen {
    var tiles = TileCache()
    return draw(model, &tiles)
  }

  /// The same, with what the frame before has drawn already.
  public static func draw(_ model: ScreenModel, _ tiles: inout TileCache) -> Screen {
    tiles.begin(model.context)
    var buffer = CellBuffer(width: model.width, height: model.height, isASCII: model.context.isASCII)
    let areas = ScreenAreas(width: model.width, height: model.height)
    ScreenHeader(model: model).draw(into: &buffer, area: areas.header)
    drawTabs(model, &tiles, into: &buffer, area: areas.tabs)
    buffer.withClip(areas.body) { drawBody(model, &tiles, into: &$0, area: areas.body) }
    var cursor = LastLine(model: model).draw(into: &buffer, area: areas.last)
    for (index, overlay) in model.overlays.enumerated() {
      let isTop = index == model.overlays.count - 1
      let drawn = drawOverlay(overlay, model, into: &buffer)
      cursor = isTop ? drawn : cursor
    }
    // What has to be said, or is being typed, keeps the last line over whatever lies there.
    if model.prompt != nil || model.message != nil, !model.overlays.isEmpty {
      let drawn = LastLine(model: model).draw(into: &buffer, area: areas.last)
      cursor = model.prompt == nil ? cursor : drawn
    }
    return Screen(buffer: buffer, cursor: cursor)
  }

  /// Where the open view is drawn: what lies between the tabs and the last line.
  public static func body(width: Int, height: Int) -> Rect {
    ScreenAreas(width: width, height: height).body
  }

  /// What a dialog shows at a size: whether rows are cut below, and the offset as it is really used.
  public static func dialogLayout(_ dialog: DialogModel, width: Int, height: Int) -> Dialog.Layout {
    var scratch = CellBuffer(width: width, height: height)
    return PlanDialog(model: dialog, isRunEnabled: false).dialog.draw(into: &scratch, area: scratch.bounds)
  }

  /// The offset that a sheet really has at a size: never beyond its last rows.
  public static func sheetOffset(_ sheet: SheetModel, width: Int, height: Int) -> Int {
    var scratch = CellBuffer(width: width, height: height)
    return SheetView(model: sheet).draw(into: &scratch, area: scratch.bounds).offset
  }

  /// The offset that the open view's detail really has: never beyond its last rows.
  public static func detailOffset(_ model: ScreenModel) -> Int {
    let area = body(width: model.width, height: model.height)
    let inside = hasFrame(area) ? Tile.inside(area) : area
    var buffer = CellBuffer(width: model.width, height: model.height)
    let local = model.locals[model.view] ?? PanelLocal()
    let seen = model.catalog.panel(model.view)
      .render(local, model.context, isFocused: true, into: &buffer, area: inside)
    return seen?.seen.lowerBound ?? 0
  }

  /// The columns by which the active list can be sorted as it is drawn: those that are seen.
  public static func sortColumns(_ model: ScreenModel) -> [SortColumn] {
    var tiles = TileCache()
    _ = draw(model, &tiles)
    let view = model.view == .overview ? model.focus : model.view
    let columns = model.catalog.panel(view).sortColumns(model.locals[view] ?? PanelLocal())
    guard let seen = tiles.positions[view]?.columns else { return columns }
    return columns.filter { seen.contains($0.index) }
  }

  private static func drawTabs(
    _ model: ScreenModel,
    _ tiles: inout TileCache,
    into buffer: inout CellBuffer,
    area: Rect
  ) {
    guard !area.isEmpty else { return }
    // What has no key of its own takes no room while something else is looked at.
    let views = model.catalog.views.filter { $0.key != nil || $0.id == model.view }
    let current = views.firstIndex { $0.id == model.view } ?? 0
    let tabs = views.map { view in
      TabsLine.Tab(
        key: SafeText(view.opener),
        title: area.width >= 120 || (area.width < 78 && view.id == model.view) ? view.title : view.shortTitle,
        // The overview shows what the other tabs tell already.
        state: view.id == .overview ? .ok : tiles.state(of: model.catalog.panel(view.id), model.context)
      )
    }
    TabsLine(tabs, current: current).draw(into: &buffer, area: area)
  }

  private static func drawBody(
    _ model: ScreenModel,
    _ tiles: inout TileCache,
    into buffer: inout CellBuffer,
    area: Rect
  ) {
    guard !area.isEmpty else { return }
    if model.view == .overview {
      let overview = OverviewPanel(
        model.catalog,
        focus: model.focus,
        isFullScreen: model.isFullScreen,
        layout: model.layout,
        locals: model.locals
      )
      overview.render(model.context, isFocused: true, &tiles, into: &buffer, area: area)
      return
    }
    let panel = model.catalog.panel(model.view)
    let local = model.locals[model.view] ?? PanelLocal()
    guard hasFrame(area) else {
      let seen = panel.render(local, model.context, isFocused: true, into: &buffer, area: area)
      tiles.note(seen, of: panel)
      return
    }
    guard local.detail == nil else {
      tiles.draw(panel, local, model.context, isFocused: true, into: &buffer, area: area)
      return
    }
    var context = model.context
    context.hasPane = true
    let page = panel.page(local, context) ?? causePage(of: panel, model.catalog, context)
    context.hasPane = page != nil
    let other = model.catalog.panels.first { $0.descriptor.fillsRoom && $0.id != panel.id }
    let isBeside = ListAreas.isWide(area.width) && page != nil && other != nil
    let width =
      isBeside ? ListAreas.listWidth(area.width, wish: tiles.wish(of: panel, local, context)) : area.width
    let room = Rect(x: 0, y: 0, width: width, height: area.height)
    let rows = tiles.rows(of: panel, local, context, in: room)
    var areas = ListAreas(area, listWidth: width, rows: rows, page: page, fills: other != nil, context)
    if let other, let page, !areas.rest.isEmpty, page.hasChart(context) {
      let needed = tiles.rows(of: other, PanelLocal(), model.context, in: areas.rest)
      areas.growPage(by: DetailPage.moreChartRows, leaving: needed)
    }
    context.hasPane = !areas.page.isEmpty
    tiles.draw(panel, local, context, isFocused: true, into: &buffer, area: areas.list)
    if !areas.page.isEmpty {
      page?.drawTile(keys: keys(for: page?.item, model), into: &buffer, area: areas.page, context)
    }
    guard let other, !areas.rest.isEmpty else { return }
    tiles.draw(other, PanelLocal(), model.context, isFocused: false, into: &buffer, area: areas.rest)
  }

  /// What is down and so leaves a view without rows, told in their stead; its keys are those of its own view.
  private static func causePage(
    of panel: any Panel,
    _ catalog: PanelCatalog,
    _ context: PanelContext
  ) -> DetailPage? {
    guard let source = panel.silentSource(context),
      let service = context.world.serviceDown(behind: source)
    else { return nil }
    let views = catalog.panels.filter { $0.descriptor.kinds.contains(.service) && $0.id != panel.id }
    var (local, context) = (PanelLocal(), context)
    local.selection = service.name
    context.isElsewhere = true
    var page = views.lazy.compactMap { $0.page(local, context) }.first
    page?.item = nil
    return page
  }

  /// The keys of what is of use to a row.
  private static func keys(for item: PanelItem?, _ model: ScreenModel) -> [KeyHint] {
    guard let item else { return [] }
    return model.actions.filter { action in
      action.targets.contains(item.kind) && !action.key.isEmpty
        && action.isOfUse(to: item, model.context.world)
    }.map { KeyHint(SafeText($0.key), SafeText($0.title)) }
  }

  /// Whether a list of so many rows may tell the selected one beside or below it on a screen of that size.
  public static func mayHavePane(width: Int, height: Int, items: Int) -> Bool {
    let area = body(width: width, height: height)
    return hasFrame(area) && ListAreas.mayHavePage(area, items: items)
  }

  private static func hasFrame(_ area: Rect) -> Bool { area.width >= 24 && area.height >= 4 }

  private static func drawOverlay(
    _ overlay: Overlay,
    _ model: ScreenModel,
    into buffer: inout CellBuffer
  ) -> Point? {
    let area = buffer.bounds
    switch overlay {
    case .dialog(let dialog):
      let layout = dialogLayout(dialog, width: model.width, height: model.height)
      let isRunEnabled = dialog.isScrolledThrough || !layout.hasMore
      PlanDialog(model: dialog, isRunEnabled: isRunEnabled).dialog.draw(into: &buffer, area: area)
      return nil
    case .progress(let progress):
      ProgressDialog(model: progress, context: model.context).draw(into: &buffer, area: area)
      return nil
    case .sheet(let sheet):
      return SheetView(model: sheet).draw(into: &buffer, area: area).cursor
    case .menu(let menu):
      return MenuView(model: menu).draw(into: &buffer, area: area)
    }
  }
}

/// What goes where: rows are given up from the tabs on; the header goes last.
struct ScreenAreas: Hashable {
  var header: Rect
  var tabs: Rect
  var body: Rect
  var last: Rect

  init(width: Int, height: Int) {
    var rest = Rect(x: 0, y: 0, width: width, height: height)
    (header, rest) = rest.split(top: 1)
    (rest, last) = rest.split(bottom: height >= 3 ? 1 : 0)
    (tabs, rest) = rest.split(top: height >= 5 ? 1 : 0)
    body = rest
  }
}
