internal import Facts

/// A titled text over the dimmed screen.
struct SheetView {
  let model: SheetModel

  static let width = 96

  /// Draws it over `area`.
  ///
  /// - Returns: The offset that it really has, never beyond its last rows, and where the cursor goes.
  @discardableResult
  func draw(into buffer: inout CellBuffer, area: Rect) -> (offset: Int, cursor: Point?) {
    let width = min(Self.width, max(1, area.width - (area.width >= 80 ? 8 : 0)))
    let rows = model.lines.reduce(0) { $0 + Self.hanging($1, width: max(1, width - 4)).count }
    // What is filtered away leaves its room: nothing jumps while one types.
    let further = (model.log?.prompt == nil ? 0 : 1) + (isRemarked ? 1 : 0)
    let height = min(max(rows + 3, 5) + further, area.height >= 20 ? area.height - 4 : area.height)
    let frame = area.centered(width: width, height: height)
    return OverlayFrame(title: model.title, role: .accent).draw(into: &buffer, area: area, frame: frame) {
      drawInside(into: &$0, inside: OverlayFrame.inside(frame))
    }
  }

  /// Whether something isn't known of the lines: it stands above them and is not scrolled away.
  private var isRemarked: Bool { model.log.map { !$0.remark.isEmpty } ?? false }

  private func drawInside(into buffer: inout CellBuffer, inside: Rect) -> (offset: Int, cursor: Point?) {
    var inside = inside
    if let remark = model.log?.remark, !remark.isEmpty, inside.height >= 3 {
      buffer.put(remark, at: inside.origin, style: .state(.warn), maxWidth: inside.width)
      inside = inside.inset(top: 1)
    }
    if let log = model.log, let prompt = log.prompt {
      return drawPrompt(log, prompt, into: &buffer, inside: inside)
    }
    // Of a log few lines may be the reason to ask for more of them.
    let isHinted = inside.height >= (model.log == nil ? 4 : 3) || model.query != nil
    let parts =
      isHinted ? inside.split(bottom: 1) : (rest: inside, bottom: Rect(x: 0, y: 0, width: 0, height: 0))
    let lines = model.shownLines.flatMap { Self.hanging($0, width: max(1, inside.width)) }
    let block = TextBlock(lines, offset: model.offset)
    let shown = buffer.withClip(parts.rest) { block.draw(into: &$0, area: parts.rest) }
    if let query = model.query {
      if lines.isEmpty { buffer.put("Nothing matches", at: parts.rest.origin, style: .muted) }
      let prompt = PromptLine(
        prefix: StyledText("/", Style.accent.bold),
        before: SafeText(query),
        placeholder: "type to narrow, Esc shows all"
      )
      return (shown.offset, prompt.draw(into: &buffer, area: parts.bottom))
    }
    let last = min(shown.rows, shown.offset + parts.rest.height)
    var hints =
      (model.copy == nil ? [] : [HintLine.Hint("c", "copy")])
      + (model.log == nil ? [] : [HintLine.Hint("s", "since…")]) + [HintLine.Hint("Esc", "closes")]
    if shown.rows > parts.rest.height {
      hints.append(HintLine.Hint("j k", "scroll  \(shown.offset + 1)-\(last) of \(shown.rows)"))
      hints.append(HintLine.Hint("/", "filter"))
    }
    HintLine(hints, last: nil).draw(into: &buffer, area: parts.bottom.inset(left: -1, right: -1))
    return (shown.offset, nil)
  }
}

extension SheetView {
  private static let since: SafeText = "since "

  /// The lines, since when is typed, and below it where that is wrong.
  private func drawPrompt(
    _ log: LogQuestion,
    _ prompt: PromptModel,
    into buffer: inout CellBuffer,
    inside: Rect
  ) -> (offset: Int, cursor: Point?) {
    let parts = inside.split(bottom: min(2, inside.height))
    let lines = model.shownLines.flatMap { Self.hanging($0, width: max(1, inside.width)) }
    let shown = buffer.withClip(parts.rest) {
      TextBlock(lines, offset: model.offset).draw(into: &$0, area: parts.rest)
    }
    let cut = prompt.text.index(prompt.text.startIndex, offsetBy: min(prompt.cursor, prompt.text.count))
    let line = PromptLine(
      prefix: StyledText(Self.since, Style.accent.bold),
      before: SafeText(String(prompt.text[..<cut])),
      after: SafeText(String(prompt.text[cut...]))
    )
    let cursor = line.draw(into: &buffer, area: parts.bottom)
    guard parts.bottom.height > 1 else { return (shown.offset, cursor) }
    let below = Point(x: parts.bottom.x, y: parts.bottom.y + 1)
    guard let fault = log.fault else {
      buffer.put(prompt.note, at: below, style: .muted, maxWidth: inside.width)
      return (shown.offset, cursor)
    }
    // The message stands where there is room for it: behind the mark, or before it.
    let place = Self.since.widthInColumns + SafeText(String(prompt.text.prefix(fault))).widthInColumns
    let room = inside.width - place - 2
    let mark = Point(x: below.x + min(place, inside.width - 1), y: below.y)
    buffer.put("^", at: mark, style: .state(.warn), maxWidth: 1)
    if prompt.note.widthInColumns <= room || place < inside.width / 2 {
      buffer.put(prompt.note, at: Point(x: mark.x + 2, y: below.y), style: .state(.warn), maxWidth: room)
    } else {
      buffer.put(prompt.note, at: below, style: .state(.warn), maxWidth: place - 1)
    }
    return (shown.offset, cursor)
  }

  /// The rows of a line: those after the first are indented further than it, under the value of a label.
  private static func hanging(_ line: StyledText, width: Int) -> [StyledText] {
    let label = line.spans.prefix(3)
    let hang = label.reduce(0) { $0 + $1.text.widthInColumns }
    let isLabelled = line.spans.count > 3 && isBlank(label[0]) && isBlank(label[2])
    if isLabelled, hang * 2 > width {
      // A column of labels would leave the values less than half of the room.
      let value = Array(line.spans.dropFirst(3))
      let gap = StyledText.Span("  ", .text)
      return indented(StyledText(spans: [label[0], label[1], gap] + value), width: width)
    }
    if line.widthInColumns > width, isLabelled, width > hang + 12 {
      let value = StyledText(spans: Array(line.spans.dropFirst(3)))
      let blank = StyledText(SafeText(String(repeating: " ", count: hang)))
      return value.wrapped(to: width - hang).enumerated().map { index, row in
        (index == 0 ? StyledText(spans: Array(label)) : blank) + row
      }
    }
    return indented(line, width: width)
  }

  /// The rows of a line: those after the first are indented a little further than it.
  private static func indented(_ line: StyledText, width: Int) -> [StyledText] {
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
