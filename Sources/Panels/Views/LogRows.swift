internal import DataSources
internal import Facts

/// The lines of a log in the rows of a view: one each, or as many as they are long.
struct LogRows {
  let logs: LogsSnapshot
  let context: PanelContext
  let area: Rect
  let selected: Int

  private var serials: [Int] { logs.selection.serials }
  private var width: Int { area.width - 2 }

  /// Draws each line in a row of its own.
  func draw(isFocused: Bool, into buffer: inout CellBuffer) -> ListPosition {
    let first = Viewport.offset(showing: selected, rows: area.height, of: serials.count)
    let visible = first..<min(serials.count, first + area.height)
    let lines = self.lines(visible)
    let names = nameWidth(lines)
    for index in visible {
      // What was selected is kept for as long as it is shown.
      guard let line = lines[serials[index]] else { continue }
      let text = LogRow(line, context).text(nameWidth: names, width: width)
      put(text, index - first, index == selected && isFocused, isFirst: true, into: &buffer)
    }
    return ListPosition(visible, of: serials.count)
  }

  /// Draws long lines in several rows, about as many above the selected one as below it.
  func drawWrapped(isFocused: Bool, into buffer: inout CellBuffer) -> ListPosition {
    let reach = max(0, selected - area.height)..<min(serials.count, selected + area.height + 1)
    let lines = self.lines(reach)
    let names = nameWidth(lines)
    func rows(_ index: Int) -> [StyledText] {
      lines[serials[index]].map { wrapped(LogRow($0, context), names) } ?? []
    }
    var blocks = [(index: selected, rows: rows(selected))]
    let own = blocks[0].rows.count
    var (above, total) = (0, own)
    var (top, bottom) = (selected, selected)
    func takeAbove() {
      top -= 1
      let block = rows(top)
      blocks.insert((top, block), at: 0)
      above += block.count
      total += block.count
    }
    let middle = max(0, area.height - own) / 2
    while above < middle, top > reach.lowerBound { takeAbove() }
    while total - above + min(above, middle) < area.height, bottom + 1 < reach.upperBound {
      bottom += 1
      let block = rows(bottom)
      blocks.append((bottom, block))
      total += block.count
    }
    while total < area.height, top > reach.lowerBound { takeAbove() }
    // What is above the middle is left out, unless there is nothing below that wants its rows.
    let below = total - above
    let skipped = max(0, min(above, above - max(middle, area.height - below)))
    var row = -skipped
    var seen: [Int] = []
    for block in blocks {
      for (number, text) in block.rows.enumerated() {
        defer { row += 1 }
        guard row >= 0, row < area.height else { continue }
        if seen.last != block.index { seen.append(block.index) }
        put(text, row, block.index == selected && isFocused, isFirst: number == 0, into: &buffer)
      }
    }
    return ListPosition((seen.first ?? selected)..<((seen.last ?? selected) + 1), of: serials.count)
  }

  /// The rows of a line, no more than there is room for: one that is longer ends with a mark.
  private func wrapped(_ row: LogRow, _ names: Int) -> [StyledText] {
    let head = row.head(nameWidth: names, width: width)
    let room = max(1, width - head.widthInColumns) * area.height
    let rows = row.message(atMost: room).wrapped(to: width, behind: head)
    guard rows.count > area.height, area.height > 1 else { return Array(rows.prefix(max(1, area.height))) }
    return rows.prefix(area.height - 1) + [StyledText("… Enter shows all of it", .state(.warn))]
  }

  private func lines(_ range: Range<Int>) -> [Int: LogArchive.Line] {
    Dictionary(logs.archive.lines(serials[range]).map { ($0.serial, $0) }) { first, _ in first }
  }

  private func nameWidth(_ lines: [Int: LogArchive.Line]) -> Int {
    let widest = lines.values.map { SafeText($0.stream.service).widthInColumns }.max() ?? 0
    return max(min(area.width / 6, widest), 6)
  }

  private func put(
    _ text: StyledText,
    _ row: Int,
    _ isSelected: Bool,
    isFirst: Bool,
    into buffer: inout CellBuffer
  ) {
    buffer.put(text, at: Point(x: area.x + 2, y: area.y + row), maxWidth: width)
    guard isSelected else { return }
    if isFirst {
      buffer.put(glyph: Glyph.current, at: Point(x: area.x, y: area.y + row), style: Style.accent.bold)
    }
    buffer.paint(.selection, in: area.row(row))
  }
}
