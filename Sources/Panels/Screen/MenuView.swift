internal import Facts

/// A list to choose from: what was typed above, the choices below, the highlighted one always seen.
struct MenuView {
  let model: MenuModel

  /// Draws it.
  ///
  /// - Returns: Where the cursor goes: behind what was typed.
  func draw(into buffer: inout CellBuffer, area: Rect) -> Point? {
    let width = min(72, max(1, area.width - (area.width >= 80 ? 8 : 0)))
    let height = min(max(model.entries.count, 1) + 4, min(24, area.height))
    let frame = area.centered(width: width, height: height)
    return OverlayFrame(title: model.title, role: .accent).draw(into: &buffer, area: area, frame: frame) {
      drawInside(into: &$0, inside: OverlayFrame.inside(frame))
    }
  }

  private func drawInside(into buffer: inout CellBuffer, inside: Rect) -> Point? {
    let parts = inside.split(top: 1)
    let cursor = PromptLine(
      prefix: StyledText("› ", .accent),
      before: SafeText(model.query),
      placeholder: "type to narrow, Enter opens, Esc closes"
    ).draw(into: &buffer, area: parts.top)
    let list = parts.rest.height >= 3 ? parts.rest.inset(top: 1) : parts.rest
    buffer.withClip(list) { drawEntries(into: &$0, area: list) }
    return cursor
  }

  private func drawEntries(into buffer: inout CellBuffer, area: Rect) {
    guard !model.entries.isEmpty else {
      buffer.put("Nothing matches", at: Point(x: area.x + 2, y: area.y), style: .muted)
      return
    }
    let first = Viewport.offset(showing: model.highlighted, rows: area.height, of: model.entries.count)
    let keys = min(10, model.entries.reduce(0) { max($0, $1.key.widthInColumns) })
    for (offset, y) in zip(model.entries.indices.dropFirst(first), area.rows) {
      let entry = model.entries[offset]
      let row = Rect(x: area.x, y: y, width: area.width, height: 1)
      let isHighlighted = offset == model.highlighted
      if isHighlighted { buffer.put(glyph: Glyph.current, at: row.origin, style: Style.accent.bold) }
      buffer.put(
        entry.key,
        at: Point(x: row.x + 2, y: y),
        style: entry.isEnabled ? Style.accent.bold : .muted,
        maxWidth: keys
      )
      let x = row.x + 2 + (keys > 0 ? keys + 2 : 0)
      let room = max(0, row.x + row.width - x)
      let title = buffer.put(
        entry.title,
        at: Point(x: x, y: y),
        style: entry.isEnabled ? (isHighlighted ? .strong : .text) : .muted,
        maxWidth: room
      )
      let left = room - title - 2
      if left >= 6 {
        buffer.put(
          StyledText(entry.note, .muted),
          alignedRightIn: Rect(x: x + title + 2, y: y, width: left, height: 1)
        )
      }
      if isHighlighted { buffer.paint(.selection, in: row) }
    }
  }
}
