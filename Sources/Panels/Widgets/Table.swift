public import Facts

/// Rows with a selection.
///
/// Rows are known by identity, so the selection survives sorting and change.
public struct Table<ID: Hashable & Sendable> {
  /// What was drawn.
  public struct Layout: Sendable, Hashable {
    /// The first row shown; keep it as the next ``Table/offset``.
    public var offset: Int
    /// The indices of the rows shown.
    public var visible: Range<Int>
    /// The indices of the columns shown.
    public var columns: [Int]
    /// Whether the titles were drawn.
    public var hasTitles: Bool
  }

  /// The columns from left to right.
  public var columns: [TableColumn]
  /// The rows' identities from top to bottom.
  public var ids: [ID]
  /// The cells of a row, asked for the rows shown only.
  public var cells: (ID) -> [StyledText]
  /// The selected row; nil, or one that is not there, selects none.
  public var selection: ID?
  /// The rows marked for one action on them all.
  public var marked: Set<ID> = []
  /// The first row shown last time; moved as little as needed to show the selection.
  public var offset = 0
  /// Whether the keys go here: only then the selected row is lit.
  public var isFocused = false
  /// Whether the titles are drawn.
  public var hasTitles = true
  /// The column by which the rows are sorted, and whether downwards.
  public var sort: (column: Int, isDescending: Bool)?
  /// Text to be marked in the rows: the filter.
  public var filter: SafeText = ""
  /// What is said where there is no row: why there is none.
  public var message = StyledText()

  /// Makes a table of rows; the rest are properties.
  public init(
    columns: [TableColumn],
    ids: [ID],
    selection: ID? = nil,
    cells: @escaping (ID) -> [StyledText]
  ) {
    self.columns = columns
    self.ids = ids
    self.selection = selection
    self.cells = cells
  }

  /// The first row to show so that the selected one is seen, moved as little as possible.
  public static func offset(_ offset: Int, showing index: Int?, rows: Int, of count: Int) -> Int {
    guard rows > 0 else { return 0 }
    var result = max(0, min(offset, count - rows))
    if let index {
      if index < result { result = index }
      if index >= result + rows { result = index - rows + 1 }
    }
    return result
  }

  /// Draws titles and rows.
  ///
  /// - Returns: What was drawn.
  @discardableResult
  public func draw(into buffer: inout CellBuffer, area: Rect) -> Layout {
    buffer.withClip(area) { draw(clipped: &$0, area: area) }
  }

  private func draw(clipped buffer: inout CellBuffer, area: Rect) -> Layout {
    // One row high, the table shows the row that matters rather than the titles.
    let titled = hasTitles && area.height >= 2
    let body = titled ? area.inset(top: 1) : area
    let selected = selection.flatMap { ids.firstIndex(of: $0) }
    let first = Self.offset(offset, showing: selected, rows: body.height, of: ids.count)
    let visible = first..<min(ids.count, first + body.height)
    let rows = visible.map { cells(ids[$0]) }
    let gutter = Rect(x: area.x, y: area.y, width: min(2, area.width), height: area.height)
    let widths = TableLayouter.widths(
      of: columns,
      ideals: ideals(rows),
      // The mark of the sort stands behind its title, were that the last one.
      room: area.width - gutter.width - (titled && sort != nil ? 1 : 0)
    )
    let layout = Layout(
      offset: first,
      visible: visible,
      columns: columns.indices.filter { widths[$0] != nil },
      hasTitles: titled
    )
    if titled { drawTitles(into: &buffer, at: area.y, x: area.x + gutter.width, widths: widths) }
    if ids.isEmpty {
      buffer.put(message, at: Point(x: body.x + gutter.width, y: body.y), maxWidth: body.width - gutter.width)
      return layout
    }
    for (row, index) in zip(rows, visible) {
      let y = body.y + index - first
      var x = area.x + gutter.width
      for (column, width) in widths.enumerated() {
        guard let width else { continue }
        if column < row.count {
          put(row[column], columns[column], into: &buffer, at: Point(x: x, y: y), width: width)
        }
        x += width + TableLayouter.gap
      }
      let isSelected = isFocused && index == selected
      if isSelected {
        buffer.put(glyph: Glyph.current, at: Point(x: area.x, y: y), style: Style.accent.bold)
      }
      if marked.contains(ids[index]) {
        buffer.put(glyph: "■", at: Point(x: area.x + (isSelected ? 1 : 0), y: y), style: .accent)
      }
      if isSelected { buffer.paint(.selection, in: body.row(index - first)) }
    }
    if !filter.isEmpty {
      buffer.highlight(
        filter,
        in: body.inset(left: gutter.width),
        style: Style(role: .accent, attributes: .underline)
      )
    }
    return layout
  }

  /// The columns that it would like: so many that no cell is cut and no column dropped.
  var wish: Int {
    let ideals = ideals(ids.map(cells)).filter { $0 > 0 }
    return 2 + ideals.reduce(0, +) + TableLayouter.gap * max(0, ideals.count - 1)
  }

  private func ideals(_ rows: [[StyledText]]) -> [Int] {
    columns.enumerated().map { index, column in
      let title = column.title.widthInColumns
      if let ideal = column.idealWidth { return max(ideal, hasTitles ? min(title, ideal + 2) : 0) }
      let widest = rows.reduce(0) { max($0, index < $1.count ? $1[index].widthInColumns : 0) }
      return max(widest, hasTitles ? title : 0)
    }
  }

  private func drawTitles(into buffer: inout CellBuffer, at y: Int, x left: Int, widths: [Int?]) {
    var x = left
    for (index, width) in widths.enumerated() {
      guard let width else { continue }
      let title = columns[index].title
      put(StyledText(title, .muted), columns[index], into: &buffer, at: Point(x: x, y: y), width: width)
      if let sort, sort.column == index {
        // It takes nothing from the title: behind it is the gap to the next.
        let end = columns[index].alignment == .left ? min(title.widthInColumns, width) : width
        let mark = Self.mark(isDescending: sort.isDescending)
        buffer.put(mark, at: Point(x: x + end, y: y), style: .accent)
      }
      x += width + TableLayouter.gap
    }
  }

  /// What stands beside the title of the column that the rows are sorted by.
  static func mark(isDescending: Bool) -> SafeText { isDescending ? "▾" : "▴" }

  private func put(
    _ text: StyledText,
    _ column: TableColumn,
    into buffer: inout CellBuffer,
    at point: Point,
    width: Int
  ) {
    switch column.alignment {
    case .left: buffer.put(text, at: point, maxWidth: width)
    case .right: buffer.put(text, alignedRightIn: Rect(x: point.x, y: point.y, width: width, height: 1))
    }
  }
}
