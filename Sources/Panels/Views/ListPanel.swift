public import Facts

/// A view that is a list: it says what its rows are and what stands in them.
///
/// Filter, sort, selection, marks, titles, the notice of a failing source, the empty state and the way into
/// the detail are here, once.
public protocol ListPanel<Row>: Panel {
  /// What stands on one line.
  associatedtype Row

  /// The columns of its table, in the order of drawing and of sorting.
  var columns: [ListColumn<Row>] { get }

  /// What it is fed by.
  func source(_ context: PanelContext) -> PanelSource

  /// All rows in the view's own order.
  func rows(_ context: PanelContext) -> [Row]

  /// What stays with a row from poll to poll; its item's id.
  func id(of row: Row) -> String

  /// What a filter looks through.
  func texts(of row: Row) -> [String]

  /// The rows that a filter leaves; an empty one takes all.
  func filtered(_ rows: [Row], by filter: String, _ context: PanelContext) -> [Row]

  /// The row as what can be selected and acted upon.
  func item(_ row: Row, _ context: PanelContext) -> PanelItem

  /// Whether a row stays below the others however they are sorted.
  func staysLast(_ row: Row) -> Bool

  /// How many more of its kind there are than it lists.
  func unlisted(_ context: PanelContext) -> Int

  /// Whether the columns' titles are drawn over so many rows in a body of that height.
  func hasTitles(rows: Int, height: Int) -> Bool

  /// What is said where there is no row: why there is none.
  func emptyMessage(_ local: PanelLocal, _ context: PanelContext) -> StyledText

  /// Whether its values lose their brightness when its source falls silent.
  var fadesWhenOld: Bool { get }

  /// Draws what stands around the rows.
  ///
  /// - Returns: What remains for the rows; nil if there is nothing to list.
  func drawAround(_ list: ListFrame<Row>, into buffer: inout CellBuffer, area: Rect) -> Rect?

  /// Draws the rows.
  ///
  /// - Returns: Which rows are seen, and which columns.
  func drawRows(_ list: ListFrame<Row>, into buffer: inout CellBuffer, area: Rect) -> ListPosition

  /// The row told in full; nil if there is no more to it than its line.
  func page(_ row: Row, _ context: PanelContext) -> DetailPage?

  /// What is written down of a row, column by column: the same columns of each.
  func fields(of row: Row, _ context: PanelContext) -> [(column: String, value: ListExport.Value)]

  /// Where the row comes from, what it says first.
  func origin(ofRow row: Row, _ context: PanelContext) -> RowOrigin
}

/// The rows of a list as one frame shows them.
public struct ListFrame<Row> {
  /// The rows in the order of drawing.
  public let rows: [Row]
  /// What the user has done to the list.
  public let local: PanelLocal
  /// What is drawn from.
  public let context: PanelContext
  /// What feeds the list.
  public let source: PanelSource
  /// The selected row's index; nil for an empty list, or one that the keys don't go to.
  public let selected: Int?
  /// Whether the keys go here.
  public let isFocused: Bool
}

/// A column of a list.
public struct ListColumn<Row>: Sendable {
  /// What a cell may be drawn from beside its row.
  public struct Cell {
    /// What is known.
    public let context: PanelContext
    /// What feeds the list.
    public let source: PanelSource
    /// The width of the whole table.
    public let width: Int
  }

  /// What sorting calls it; its title in the table unless `layout` gives another.
  let title: SafeText
  /// Whether the column is left out where all its cells are empty.
  let isOptional: Bool
  /// Its place in a table of that width.
  let layout: @Sendable (Int) -> TableColumn
  /// Which row comes first when sorted by it; nil can't be sorted by.
  let precedes: (@Sendable (Row, Row) -> Bool)?
  /// What stands in it.
  let cell: @Sendable (Row, Cell) -> StyledText

  /// Describes a column.
  public init(
    _ title: SafeText,
    isOptional: Bool = false,
    layout: @escaping @Sendable (Int) -> TableColumn,
    precedes: (@Sendable (Row, Row) -> Bool)? = nil,
    cell: @escaping @Sendable (Row, Cell) -> StyledText
  ) {
    self.title = title
    self.isOptional = isOptional
    self.layout = layout
    self.precedes = precedes
    self.cell = cell
  }
}

extension ListPanel {
  /// The rows in the order of drawing, filter and sort applied.
  func arranged(_ local: PanelLocal, _ context: PanelContext) -> [Row] {
    let rows = filtered(rows(context), by: local.filter, context)
    guard let index = local.sortColumn, columns.indices.contains(index),
      let precedes = columns[index].precedes
    else { return rows }
    // Equal rows keep their order, whichever way the others are turned.
    let sorted = rows.enumerated().sorted { left, right in
      let (isLeftLast, isRightLast) = (staysLast(left.element), staysLast(right.element))
      if isLeftLast != isRightLast { return isRightLast }
      if !isLeftLast {
        let isBefore = precedes(left.element, right.element)
        let isAfter = precedes(right.element, left.element)
        if isBefore != isAfter { return local.isDescending ? isAfter : isBefore }
      }
      return left.offset < right.offset
    }
    return sorted.map(\.element)
  }

  /// The rows as items, filter and sort applied.
  public func items(_ local: PanelLocal, _ context: PanelContext) -> PanelItems {
    PanelItems(
      arranged(local, context).map { row in
        var item = item(row, context)
        item.staysLast = staysLast(row)
        return item
      }
    )
  }

  /// The source that it is fed by, if that fails or tells nothing new.
  public func silentSource(_ context: PanelContext) -> String? {
    let source = source(context)
    return source.state == .error || source.state == .stale ? source.id : nil
  }

  /// The rows that the filter leaves.
  public func count(_ local: PanelLocal, _ context: PanelContext) -> Int {
    filtered(rows(context), by: local.filter, context).count
  }

  /// The columns that can be sorted by.
  public func sortColumns(_ local: PanelLocal) -> [SortColumn] { sortColumns }

  /// The columns that can be sorted by, whatever was done to the list.
  var sortColumns: [SortColumn] {
    columns.enumerated().compactMap { index, column in
      column.precedes == nil ? nil : SortColumn(index: index, title: column.title)
    }
  }

  /// Those that hold it anywhere, unless a view knows more of it.
  public func filtered(_ rows: [Row], by filter: String, _ context: PanelContext) -> [Row] {
    RowFilter.rows(rows, filter, texts)
  }

  /// No row does unless a view says so.
  public func staysLast(_ row: Row) -> Bool { false }

  /// All are listed unless a view says otherwise.
  public func unlisted(_ context: PanelContext) -> Int { 0 }

  /// Where no row has to give way to them, or enough of them stay.
  public func hasTitles(rows: Int, height: Int) -> Bool { rows > 0 && (height > rows || height >= 4) }

  /// What is old must not look fresh, unless each row says by itself how old it is.
  public var fadesWhenOld: Bool { true }

  /// Nothing stands around the rows unless a view says so.
  public func drawAround(_ list: ListFrame<Row>, into buffer: inout CellBuffer, area: Rect) -> Rect? { area }

  /// The open row told in full, or the selected one while none is open; nil for an empty list.
  public func page(_ local: PanelLocal, _ context: PanelContext) -> DetailPage? {
    let rows = arranged(local, context)
    let open = local.detail.flatMap { detail in rows.firstIndex { id(of: $0) == detail } }
    guard let index = open ?? local.selectedIndex(in: rows, id: id),
      var page = page(rows[index], context)
    else { return nil }
    page.isOld = fadesWhenOld && !source(context).isLive
    page.item = item(rows[index], context)
    return page
  }

  /// Where an item's row comes from; nil if it is gone.
  public func origin(of item: PanelItem, _ context: PanelContext) -> RowOrigin? {
    rows(context).first { id(of: $0) == item.id }.map { origin(ofRow: $0, context) }
  }

  /// The row's facts, the chief one first, unless a view knows more of it.
  public func origin(ofRow row: Row, _ context: PanelContext) -> RowOrigin {
    RowOrigin(item(row, context), context)
  }

  /// The name by which others know the row, and what stands in its columns where there is room for all of it.
  public func fields(of row: Row, _ context: PanelContext) -> [(column: String, value: ListExport.Value)] {
    let cell = ListColumn<Row>.Cell(context: context, source: source(context), width: ListExport.width)
    let shown = columns.map { column in
      (column: column.title.string, value: ListExport.Value(column.cell(row, cell).plain.string))
    }
    return [("id", .text(item(row, context).name))] + shown.filter { !$0.column.isEmpty }
  }

  /// All rows as they are filtered and sorted, and how many there are beyond them.
  public func export(_ local: PanelLocal, _ context: PanelContext) -> ListExport? {
    let rows = arranged(local, context).map { fields(of: $0, context) }
    return ListExport(rows, unlisted: unlisted(context), filter: local.filter)
  }

  /// What it says on one line when it has nothing to list.
  public func quiet(_ context: PanelContext) -> StyledText? {
    guard source(context).isLive, rows(context).isEmpty else { return nil }
    return emptyMessage(PanelLocal(), context)
  }

  /// Draws the list, or the detail that is open.
  public func render(
    _ local: PanelLocal,
    _ context: PanelContext,
    isFocused: Bool,
    into buffer: inout CellBuffer,
    area: Rect
  ) -> ListPosition? {
    renderList(local, context, isFocused: isFocused, into: &buffer, area: area)
  }

  /// The same for a view that draws some of its pages itself.
  func renderList(
    _ local: PanelLocal,
    _ context: PanelContext,
    isFocused: Bool,
    into buffer: inout CellBuffer,
    area: Rect
  ) -> ListPosition? {
    let source = source(context)
    if local.detail != nil, let page = openPage(local, context) {
      let body = source.drawNotice(into: &buffer, area: area)
      return page.draw(
        into: &buffer,
        area: body,
        offset: local.detailOffset,
        filter: local.pageFilter,
        context
      )
    }
    let rows = arranged(local, context)
    let body = source.drawNotice(into: &buffer, area: area)
    let list = ListFrame(
      rows: rows,
      local: local,
      context: context,
      source: source,
      // A list without the keys shows its first rows: they are the newest or the worst.
      selected: isFocused ? local.selectedIndex(in: rows, id: id) : nil,
      isFocused: isFocused
    )
    guard let left = drawAround(list, into: &buffer, area: body) else { return nil }
    var seen = drawRows(list, into: &buffer, area: left)
    if local.filter.isEmpty { seen.unlisted = unlisted(context) }
    if !local.marks.isEmpty {
      seen.marked = local.marks.count
      seen.hiddenMarks = seen.marked - rows.count { local.marks.contains(id(of: $0)) }
    }
    if fadesWhenOld, !source.isLive { buffer.fade(body) }
    return seen
  }

  /// The page of the row that is open; nil if that is gone, or has none.
  public func openPage(_ local: PanelLocal, _ context: PanelContext) -> DetailPage? {
    guard let detail = local.detail, arranged(local, context).contains(where: { id(of: $0) == detail }) else {
      return nil
    }
    return page(local, context)
  }

  /// Draws the rows as a table of the view's columns.
  public func drawRows(_ list: ListFrame<Row>, into buffer: inout CellBuffer, area: Rect) -> ListPosition {
    let (table, places) = table(list, area: area)
    let drawn = table.draw(into: &buffer, area: area)
    var position = ListPosition(drawn.visible, of: list.rows.count)
    position.columns = Set(drawn.columns.map { places[$0] })
    if !drawn.hasTitles { position.order = order(of: list.local) }
    return position
  }

  /// As many as the columns and the widest of their cells.
  public func wish(_ local: PanelLocal, _ context: PanelContext) -> Int? {
    guard !columns.isEmpty else { return nil }
    let rows = arranged(local, context)
    let list = ListFrame(
      rows: rows,
      local: local,
      context: context,
      source: source(context),
      selected: nil,
      isFocused: true
    )
    // As wide as a list beside a page can be: from there on nothing is told in fewer words.
    return table(list, area: Rect(x: 0, y: 0, width: 110, height: rows.count + 2)).table.wish
  }

  /// By what the rows are sorted, for where no title says so: `by ready ▴`; empty in their own order.
  func order(of local: PanelLocal) -> SafeText {
    guard let column = sortColumns.first(where: { $0.index == local.sortColumn }) else { return "" }
    return "by \(column.title) \(Table<Int>.mark(isDescending: local.isDescending))"
  }

  /// The table of the rows in a body of that size, and the places of its columns among all.
  func table(_ list: ListFrame<Row>, area: Rect) -> (table: Table<Int>, places: [Int]) {
    let rows = list.rows
    let cell = ListColumn<Row>.Cell(context: list.context, source: list.source, width: area.width)
    let shown = columns.enumerated().filter { _, column in
      !column.isOptional || rows.contains { !column.cell($0, cell).isEmpty }
    }
    var table = Table(
      columns: shown.map { $0.element.layout(area.width).kept(if: $0.offset == list.local.sortColumn) },
      ids: Array(rows.indices),
      selection: list.selected
    ) { index in shown.map { $0.element.cell(rows[index], cell) } }
    table.isFocused = list.isFocused
    table.hasTitles = hasTitles(rows: rows.count, height: area.height)
    table.offset = Viewport.offset(
      showing: list.selected,
      rows: area.height - (table.hasTitles ? 1 : 0),
      of: rows.count
    )
    let marks = list.local.marks
    table.marked = marks.isEmpty ? [] : Set(rows.indices.filter { marks.contains(id(of: rows[$0])) })
    table.sort = list.local.sortColumn.flatMap { sorted in shown.firstIndex { $0.offset == sorted } }
      .map { ($0, list.local.isDescending) }
    table.filter = SafeText(list.local.filter)
    table.message = emptyMessage(list.local, list.context)
    return (table, shown.map(\.offset))
  }
}
