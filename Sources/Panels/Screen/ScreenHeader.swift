internal import Facts
internal import Operations

/// The first line: environment, worst state and mode always; the rest as far as there is room.
struct ScreenHeader {
  let model: ScreenModel

  func draw(into buffer: inout CellBuffer, area: Rect) {
    guard !area.isEmpty else { return }
    guard area.width >= 12 else {
      buffer.fill(area)
      buffer.put(worst, at: area.origin, maxWidth: area.width)
      buffer.paint(.header, in: area)
      return
    }
    HeaderLine(leading: leading(width: area.width), trailing: trailing).draw(into: &buffer, area: area)
    restoreLabel(in: &buffer, area: area)
  }

  private var header: HeaderModel { model.header }

  private var labelRole: ThemeRole { ThemeRole(environmentColor: header.color) ?? .accent }

  /// The label stands on a block of the environment's colour; a long one must not push out what matters.
  private func label(width: Int) -> StyledText {
    let label = header.label.clipped(toColumns: max(4, min(24, width / 4)))
    let text: SafeText = width < 24 ? label : " \(label) "
    return StyledText(text, Style(role: labelRole, attributes: [.reverse, .bold]))
  }

  private var worst: StyledText {
    StyledText(glyphOf: header.health.first?.state ?? .nodata)
  }

  /// `✗ 1 of 8 services`: never a bare number, and what is well only as far as there is room.
  private func phrase(_ phrase: Health.Phrase, isAlone: Bool, width: Int) -> StyledText {
    let style: Style =
      phrase.state == .ok ? (isAlone ? .state(.ok) : .muted) : Style.state(phrase.state).bold
    // Why nothing is known is told by a word: a colour and a glyph alone are no reason.
    let word: SafeText = phrase.state.isKnown ? "" : "\(phrase.state.word) "
    return StyledText(glyphOf: phrase.state).then(" ").then(
      "\(word)\(width >= 116 ? phrase.text : phrase.short)",
      style
    )
  }

  private func leading(width: Int) -> [HeaderLine.Item] {
    let project: SafeText =
      header.project.isEmpty || width < 36
      ? "" : " \(header.project.clipped(toColumns: min(24, width * 3 / 10)))"
    var items = [
      HeaderLine.Item(StyledText("switchboard", .strong), priority: 9),
      HeaderLine.Item(label(width: width).then(project)),
    ]
    if header.health.isEmpty {
      items.append(HeaderLine.Item(StyledText(glyphOf: .nodata).then(" starting", Style(role: .nodata))))
    }
    for (index, told) in header.health.enumerated() {
      let priority = index == 0 ? 0 : told.state == .ok ? 8 : 2 + min(index, 2)
      items.append(
        HeaderLine.Item(phrase(told, isAlone: header.health.count == 1, width: width), priority: priority)
      )
    }
    return items
  }

  private var trailing: [HeaderLine.Item] {
    var items: [HeaderLine.Item] = []
    if let frozen = header.frozen {
      items.append(HeaderLine.Item(StyledText(frozen, Style.accent.bold)))
    }
    items.append(
      HeaderLine.Item(StyledText(header.mode, header.isModeAlarming ? Style.state(.warn).bold : .muted))
    )
    if header.sources > 0, header.sourcesWell < header.sources {
      items.append(
        HeaderLine.Item(
          StyledText("sources ", .muted).then("\(header.sourcesWell)/\(header.sources)", .state(.stale)),
          priority: 4
        )
      )
    }
    items.append(HeaderLine.Item(StyledText(header.runtime, .muted), priority: 6))
    items.append(HeaderLine.Item(StyledText(header.interval, .muted), priority: 7))
    items.append(HeaderLine.Item(StyledText(header.clock, .muted), priority: 2))
    return items
  }

  /// The header's background is laid under everything; the label keeps its own.
  private func restoreLabel(in buffer: inout CellBuffer, area: Rect) {
    buffer.restyle(area.row(0)) { style in
      if style.attributes.contains(.reverse) { style.background = nil }
    }
  }
}

/// The last line: the prompt, else a message, else what the keys do.
struct LastLine {
  let model: ScreenModel

  /// Draws it.
  ///
  /// - Returns: Where the cursor goes while a prompt is open.
  func draw(into buffer: inout CellBuffer, area: Rect) -> Point? {
    guard !area.isEmpty else { return nil }
    if let prompt = model.prompt {
      buffer.fill(area)
      return draw(prompt, into: &buffer, area: area)
    }
    let help = HintLine.Hint("?", "help")
    if let message = model.message {
      let line = StyledText(glyphOf: message.state).then(" ").then(
        message.text,
        message.state == .ok ? .text : .state(message.state)
      )
      HintLine([], last: help, notice: line).draw(into: &buffer, area: area)
      return nil
    }
    let hints = model.hints.prefix(6).map { HintLine.Hint($0.key, $0.word) }
    HintLine(hints + [HintLine.Hint(":", "palette")], last: help).draw(into: &buffer, area: area)
    return nil
  }

  private func draw(_ prompt: PromptModel, into buffer: inout CellBuffer, area: Rect) -> Point? {
    let row = area.inset(left: area.width >= 4 ? 1 : 0)
    let note = min(prompt.note.widthInColumns, max(0, row.width / 2))
    let parts = row.split(right: note > 0 ? note + 2 : 0)
    let before = String(prompt.text.prefix(prompt.cursor))
    let after = String(prompt.text.dropFirst(prompt.cursor))
    buffer.put(prompt.note, at: Point(x: parts.right.x + 1, y: area.y), style: .muted, maxWidth: note)
    return PromptLine(
      prefix: StyledText(prompt.lead, Style.accent.bold),
      before: SafeText(before),
      after: SafeText(after)
    ).draw(into: &buffer, area: parts.rest)
  }
}
