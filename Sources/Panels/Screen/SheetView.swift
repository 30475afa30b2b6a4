internal import Facts

/// A titled text over the dimmed screen.
struct SheetView {
  let model: SheetModel

  static let width = 96

  /// Draws it over `area`.
  ///
  /// - Returns: The offset that it really has: never beyond its last rows.
  @discardableResult
  func draw(into buffer: inout CellBuffer, area: Rect) -> Int {
    let width = min(Self.width, max(1, area.width - (area.width >= 80 ? 8 : 0)))
    let lines = model.lines.flatMap { Self.hanging($0, width: max(1, width - 4)) }
    let rows = lines.count
    let height = min(max(rows + 3, 5), area.height >= 20 ? area.height - 4 : area.height)
    let inside = OverlayFrame(title: model.title, role: .accent).draw(
      into: &buffer,
      area: area,
      width: width,
      height: height
    )
    let parts =
      inside.height >= 4
      ? inside.split(bottom: 1) : (rest: inside, bottom: Rect(x: 0, y: 0, width: 0, height: 0))
    let block = TextBlock(lines, offset: model.offset)
    let shown = buffer.withClip(parts.rest) { block.draw(into: &$0, area: parts.rest) }
    let last = min(shown.rows, shown.offset + parts.rest.height)
    var hints = [HintLine.Hint("Esc", "closes")]
    if shown.rows > parts.rest.height {
      hints.append(HintLine.Hint("j k", "scroll  \(shown.offset + 1)-\(last) of \(shown.rows)"))
    }
    HintLine(hints, last: nil).draw(into: &buffer, area: parts.bottom.inset(left: -1, right: -1))
    OverlayFrame.paint(into: &buffer, area: area, width: width, height: height)
    return shown.offset
  }
}

extension SheetView {
  /// The rows of a line: those after the first are indented further than it, under the value of a label.
  private static func hanging(_ line: StyledText, width: Int) -> [StyledText] {
    let label = line.spans.prefix(3)
    let hang = label.reduce(0) { $0 + $1.text.widthInColumns }
    let isLabelled = line.spans.count > 3 && isBlank(label[0]) && isBlank(label[2])
    if line.widthInColumns > width, isLabelled, width > hang + 20 {
      let value = StyledText(spans: Array(line.spans.dropFirst(3)))
      let blank = StyledText(SafeText(String(repeating: " ", count: hang)))
      return value.wrapped(to: width - hang).enumerated().map { index, row in
        (index == 0 ? StyledText(spans: Array(label)) : blank) + row
      }
    }
    let lead = line.spans.first?.text.string.prefix { $0 == " " }.count ?? 0
    guard line.widthInColumns > width, width > lead + 10, let first = line.spans.first else {
      return line.wrapped(to: width)
    }
    var bare = line
    bare.spans[0].text = SafeText(String(first.text.string.dropFirst(lead)))
    return bare.wrapped(to: width - lead - 2).enumerated().map { index, row in
      StyledText(SafeText(String(repeating: " ", count: index == 0 ? lead : lead + 2))) + row
    }
  }

  private static func isBlank(_ span: StyledText.Span) -> Bool {
    span.text.string.allSatisfy { $0 == " " }
  }
}

/// The frame of what lies over the screen, and the dimmed backdrop under it.
struct OverlayFrame {
  let title: SafeText
  var tag: SafeText = ""
  let role: ThemeRole

  /// Dims the screen, clears the middle and draws the frame.
  ///
  /// - Returns: The inside, with a column of air at both sides.
  func draw(into buffer: inout CellBuffer, area: Rect, width: Int, height: Int) -> Rect {
    buffer.dim(area)
    let frame = area.centered(width: width, height: height)
    buffer.fill(frame)
    let style = Style(role: role)
    buffer.box(frame, style: style)
    guard frame.width >= 8, frame.height >= 3 else { return frame }
    let top = frame.row(0).inset(left: 2, right: 2)
    let tagWidth = tag.isEmpty || tag.widthInColumns + 10 > top.width ? 0 : tag.widthInColumns + 2
    if tagWidth > 0 {
      buffer.put(StyledText(" ").then(tag, style.bold).then(" "), alignedRightIn: top)
    }
    let label = StyledText(" ").then(title, .strong).then(" ")
    buffer.put(label, at: top.origin, maxWidth: max(0, top.width - tagWidth))
    return frame.inset(columns: 2, rows: 1)
  }

  /// Lays the dialog's background under what was drawn in the frame.
  static func paint(into buffer: inout CellBuffer, area: Rect, width: Int, height: Int) {
    buffer.restyle(area.centered(width: width, height: height)) { style in
      if style.background == nil { style.background = .dialog }
    }
  }
}
