internal import Facts

/// The queues' lines with the selected one's rates and chart under it.
struct QueueList {
  let list: ListFrame<QueueRow>
  let snapshot: QueuesSnapshot?

  private var rows: [QueueRow] { list.rows }

  /// Draws them.
  ///
  /// - Returns: Which rows are seen, and which of what they can be sorted by.
  func draw(into buffer: inout CellBuffer, area: Rect) -> ListPosition {
    guard !area.isEmpty else { return ListPosition(0..<0, of: rows.count) }
    // What stands beside the list is not told in it again.
    let expanded = list.context.hasPane ? nil : expandedIndex
    let hidden = (snapshot?.hidden ?? 0) + (snapshot?.ignored ?? 0)
    let spare = area.height - rows.count
    let parts = wordLines(expanded, width: area.width - 4)
    // The chart needs four rows; for it the last line and the second line of words are given up.
    let isRoomy = spare >= parts.count + (hidden > 0 ? 1 : 0) + 4
    let shownParts =
      spare >= parts.count + 4 || spare < 5 ? Array(parts.prefix(max(0, spare))) : Array(parts.prefix(1))
    let hasHidden = hidden > 0 && (isRoomy || (spare < 5 && spare > shownParts.count))
    let chartHeight = spare - shownParts.count - (hasHidden ? 1 : 0)
    let first = Viewport.offset(showing: list.selected, rows: area.height, of: rows.count)
    var y = area.y
    var seen = first..<first
    var columns: Set = [0]
    for (index, row) in rows.enumerated().dropFirst(first) where y < area.y + area.height {
      let line = Rect(x: area.x, y: y, width: area.width, height: 1)
      columns.formUnion(draw(row, index == list.selected, into: &buffer, line: line))
      y += 1
      seen = first..<(index + 1)
      guard index == expanded else { continue }
      for part in shownParts where y < area.y + area.height {
        buffer.put(part, at: Point(x: area.x + 4, y: y), maxWidth: max(0, area.width - 4))
        y += 1
      }
      if chartHeight >= 4 {
        let chart = Rect(x: area.x + 2, y: y, width: area.width - 4, height: chartHeight)
        FactChart.depth(of: row, list.context).draw(into: &buffer, area: chart, list.context)
        y += chartHeight
      }
    }
    if hasHidden, y < area.y + area.height {
      buffer.put(left, at: Point(x: area.x, y: y), style: .muted, maxWidth: area.width)
    }
    if !list.local.filter.isEmpty {
      let style = Style(role: .accent, attributes: .underline)
      buffer.highlight(SafeText(list.local.filter), in: area, style: style)
    }
    var position = ListPosition(seen, of: rows.count)
    position.columns = columns
    return position
  }

  /// What is not listed, and why.
  private var left: SafeText {
    let (ignored, hidden) = (snapshot?.ignored ?? 0, snapshot?.hidden ?? 0)
    let first = ignored > 0 ? "\(Format.count(ignored)) ignored, as the configuration says" : ""
    let second = hidden > 0 ? "\(Format.count(hidden)) more of the broker's and Celery's own are hidden" : ""
    return SafeText("  " + [first, second].filter { !$0.isEmpty }.joined(separator: ", "))
  }

  /// The words under the expanded queue, on as many lines as they take.
  private func wordLines(_ index: Int?, width: Int) -> [StyledText] {
    guard let index, case .queue(let queue, _, let oldest) = rows[index].content else { return [] }
    let words = QueueWords(
      queue: queue,
      oldest: oldest,
      state: list.source.isLive ? rows[index].state : .ok,
      told: rows[index].told
    )
    var lines: [StyledText] = []
    for part in words.parts {
      if let last = lines.last, last.widthInColumns + 2 + part.widthInColumns <= width {
        lines[lines.count - 1] = last.then("  ") + part
      } else {
        lines.append(part)
      }
    }
    return lines
  }

  private var expandedIndex: Int? {
    if let selected = list.selected, rows[selected].queue != nil { return selected }
    return rows.firstIndex { $0.queue != nil }
  }

  /// Draws a row; returns the places of the columns of which it shows the value.
  private func draw(
    _ row: QueueRow,
    _ isSelected: Bool,
    into buffer: inout CellBuffer,
    line: Rect
  ) -> Set<Int> {
    var columns: Set<Int> = []
    let isLit = isSelected && list.isFocused
    if isLit { buffer.put(glyph: Glyph.current, at: line.origin, style: Style.accent.bold) }
    if list.local.marks.contains(row.id) {
      buffer.put(glyph: "■", at: Point(x: line.x + (isLit ? 1 : 0), y: line.y), style: .accent)
    }
    var x = line.x + 2
    let end = line.x + line.width
    x += buffer.put(
      StyledText(glyphOf: row.state).then(" "),
      at: Point(x: x, y: line.y),
      maxWidth: max(0, end - x)
    )
    switch row.content {
    case .queue(let queue, _, let oldest):
      let words = QueueWords(queue: queue, oldest: oldest, state: row.state, told: row.told)
      let name = min(nameWidth, max(6, end - x - 14))
      buffer.put(
        row.name,
        at: Point(x: x, y: line.y),
        style: isSelected ? .strong : .text,
        maxWidth: min(name, end - x)
      )
      x += name + 2
      let ready = right(words.ready, to: readyWidth).then(" ready", .muted)
      var segments: [(column: Int?, text: StyledText)] = [(1, ready)]
      if queue.consumers != 0 || queue.unacked != 0 {
        segments.append((2, right(words.unacked, to: unackedWidth).then(" unacked", .muted)))
      }
      segments.append((3, words.consumers))
      if !words.kind.isEmpty {
        segments.insert((nil, words.kind), at: words.isKindFirst ? 0 : segments.count)
      }
      columns = put(segments, into: &buffer, x: x, end: end, y: line.y)
    case .rival(let rival):
      let told = rival.told
      let name = max(6, min(row.name.widthInColumns, end - x - told.widthInColumns - 2))
      buffer.put(row.name, at: Point(x: x, y: line.y), style: .muted, maxWidth: min(name, max(0, end - x)))
      x += max(name, min(nameWidth, end - x - told.widthInColumns - 2)) + 2
      buffer.put(told, at: Point(x: x, y: line.y), maxWidth: max(0, end - x))
    }
    if isLit { buffer.paint(.selection, in: line) }
    return columns
  }

  /// Segments with two columns between them, as many as fit; returns the places of their columns.
  private func put(
    _ segments: [(column: Int?, text: StyledText)],
    into buffer: inout CellBuffer,
    x: Int,
    end: Int,
    y: Int
  ) -> Set<Int> {
    var (x, columns) = (x, Set<Int>())
    for (index, segment) in segments.enumerated() {
      guard index == 0 || x + segment.text.widthInColumns <= end else { break }
      x += buffer.put(segment.text, at: Point(x: x, y: y), maxWidth: max(0, end - x)) + 2
      if let column = segment.column { columns.insert(column) }
    }
    return columns
  }

  private func right(_ text: StyledText, to width: Int) -> StyledText {
    let missing = width - text.widthInColumns
    return missing > 0 ? StyledText(SafeText(String(repeating: " ", count: missing))) + text : text
  }

  private var nameWidth: Int {
    min(24, rows.reduce(6) { max($0, $1.queue == nil ? 0 : $1.name.widthInColumns) })
  }

  private var readyWidth: Int {
    rows.reduce(1) { max($0, $1.queue.map { QueueWords.number($0.ready).widthInColumns } ?? 0) }
  }

  private var unackedWidth: Int {
    rows.reduce(1) { max($0, $1.queue.map { QueueWords.number($0.unacked).widthInColumns } ?? 0) }
  }
}
