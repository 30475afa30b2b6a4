internal import Facts
internal import Operations

/// The timeline's rows, each on as many lines as it takes: what happened is never cut.
struct TimelineRows {
  private let list: ListFrame<TimelineRow>
  private let area: Rect
  private let timeWidth: Int
  /// 0 where who did it stands before what was done.
  private let whoWidth: Int

  /// Below that what was done is told without who did it.
  private static let leastForWho = 30
  /// The gutter of marks, and what lies between columns.
  private static let (gutter, gap) = (2, 2)

  init(_ list: ListFrame<TimelineRow>, area: Rect) {
    self.list = list
    self.area = area
    let isNarrow = area.width < 60
    timeWidth = list.rows.reduce(0) { max($0, Self.time($1, list.context, isNarrow).widthInColumns) }
    whoWidth = isNarrow ? 0 : min(16, list.rows.reduce(0) { max($0, $1.entry.who.widthInColumns) })
  }

  private static func time(_ row: TimelineRow, _ context: PanelContext, _ isNarrow: Bool) -> SafeText {
    isNarrow ? context.shortTime(row.entry.time, width: 0) : context.time(row.entry.time)
  }

  /// Draws them.
  ///
  /// - Returns: Which rows are seen.
  func draw(into buffer: inout CellBuffer) -> ListPosition {
    let first = firstRow
    var y = area.y
    var index = first
    while index < list.rows.count, y < area.y + area.height {
      let isSelected = list.isFocused && index == list.selected
      for (offset, line) in lines(index).enumerated() where y < area.y + area.height {
        let row = Rect(x: area.x, y: y, width: area.width, height: 1)
        buffer.put(line, at: Point(x: area.x + Self.gutter, y: y), maxWidth: max(0, area.width - Self.gutter))
        if isSelected, offset == 0 {
          buffer.put(glyph: Glyph.current, at: row.origin, style: Style.accent.bold)
        }
        if isSelected { buffer.paint(.selection, in: row) }
        y += 1
      }
      index += 1
    }
    if !list.local.filter.isEmpty {
      let style = Style(role: .accent, attributes: .underline)
      buffer.highlight(SafeText(list.local.filter), in: area.inset(left: Self.gutter), style: style)
    }
    return ListPosition(first..<index, of: list.rows.count)
  }

  /// The row at the top: the selected one stands about the middle, and nothing is left free below the last.
  private var firstRow: Int {
    guard let selected = list.selected else { return 0 }
    let above = first(before: selected, within: max(0, area.height - lines(selected).count) / 2)
    return min(above, first(before: list.rows.count, within: area.height))
  }

  /// The first of the rows before `index` that together take at most so many lines.
  private func first(before index: Int, within room: Int) -> Int {
    var (first, left) = (index, room)
    while first > 0 {
      left -= lines(first - 1).count
      guard left >= 0 else { break }
      first -= 1
    }
    return first
  }

  /// A row on as many lines as it takes, half of the room at most.
  private func lines(_ index: Int) -> [StyledText] {
    let row = list.rows[index]
    let time = Self.time(row, list.context, area.width < 60)
    var head =
      StyledText(Self.blank(timeWidth - time.widthInColumns)).then(time, .muted)
      .then(Self.blank(Self.gap)) + row.glyph
    head = head.then(Self.blank(Self.gap))
    var text = row.text
    let who = StyledText(row.entry.who, .accent)
    if whoWidth > 0 {
      let cut = who.wrapped(to: whoWidth).first ?? StyledText()
      head = (head + cut).then(Self.blank(whoWidth - cut.widthInColumns + Self.gap))
    } else if !row.entry.who.isEmpty, area.width >= Self.leastForWho {
      text = who.then("  ") + text
    }
    // On one line what doesn't fit is cut where it ends.
    let most = max(1, area.height / 2)
    guard most > 1 else { return [head + text] }
    let all = text.wrapped(to: area.width - Self.gutter, behind: head)
    guard all.count > most else { return all }
    return Array(all.prefix(most - 1)) + [all[most - 1].then(" …", .muted)]
  }

  private static func blank(_ width: Int) -> SafeText {
    SafeText(String(repeating: " ", count: max(0, width)))
  }
}
