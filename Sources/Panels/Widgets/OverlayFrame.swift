internal import Facts

/// The frame of what lies over the screen, and the dimmed backdrop under it.
struct OverlayFrame {
  let title: SafeText
  /// What stands at the right of the frame, where there is room beside the title.
  var tag: SafeText = ""
  let role: ThemeRole

  /// Dims `area`, clears the frame, draws it and what it holds, and lays the dialog's background under both.
  func draw<Result>(
    into buffer: inout CellBuffer,
    area: Rect,
    frame: Rect,
    _ drawInside: (inout CellBuffer) -> Result
  ) -> Result {
    buffer.dim(area)
    buffer.fill(frame)
    drawEdge(into: &buffer, frame: frame)
    let result = buffer.withClip(frame, drawInside)
    buffer.restyle(frame) { style in
      if style.background == nil { style.background = .dialog }
    }
    return result
  }

  /// What a list or a text has of a frame: a column of air at both sides, where there is any to spare.
  static func inside(_ frame: Rect) -> Rect {
    frame.width >= 8 && frame.height >= 3 ? frame.inset(columns: 2, rows: 1) : frame
  }

  private func drawEdge(into buffer: inout CellBuffer, frame: Rect) {
    let style = Style(role: role)
    buffer.box(frame, style: style)
    guard frame.width >= 8, !frame.isEmpty else { return }
    let top = frame.row(0).inset(left: 2, right: 2)
    let tagWidth = tag.isEmpty || tag.widthInColumns + 10 > top.width ? 0 : tag.widthInColumns + 2
    if tagWidth > 0 {
      let label = StyledText(" ", style).then(tag, style.bold).then(" ", style)
      buffer.put(label, alignedRightIn: top)
    }
    let room = top.width - tagWidth - (tagWidth > 0 ? 3 : 2)
    buffer.put(" ", at: top.origin)
    let used = buffer.put(title, at: Point(x: top.x + 1, y: top.y), style: .strong, maxWidth: max(0, room))
    buffer.put(" ", at: Point(x: top.x + 1 + used, y: top.y))
  }
}
