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
    line(width: area.width).draw(into: &buffer, area: area)
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

  /// The project beside the label; a long one must not push out what matters.
  private func project(width: Int) -> SafeText {
    header.project.isEmpty || width < 36
      ? "" : " \(header.project.clipped(toColumns: min(24, width * 3 / 10)))"
  }

  /// How much a phrase says: all of it, its first part and how many more there are, that in fewer letters,
  /// its first part alone.
  private enum Wording: CaseIterable {
    case whole, first, brief, least

    func text(_ phrase: Health.Phrase) -> SafeText {
      switch self {
      case .whole: phrase.text
      case .first: phrase.short
      case .brief: SafeText(phrase.short.string.replacing(" of ", with: "/"))
      case .least: SafeText((phrase.parts.first?.string ?? "").replacing(" of ", with: "/"))
      }
    }
  }

  /// `✗ 1 of 8 services`: never a bare number, and what is well only as far as there is room.
  private func phrase(_ phrase: Health.Phrase, _ wording: Wording) -> StyledText {
    let isAlone = header.health.count == 1
    let style: Style =
      phrase.state == .ok ? (isAlone ? .state(.ok) : .muted) : Style.state(phrase.state).bold
    // Why nothing is known is told by a word: a colour and a glyph alone are no reason.
    let word: SafeText = phrase.state.isKnown ? "" : "\(phrase.state.word) "
    return StyledText(glyphOf: phrase.state).then(" ").then("\(word)\(wording.text(phrase))", style)
  }

  /// The line in the fullest wording with which all that is bad is named.
  ///
  /// Words are saved at the least bad first, then the project goes; only then is anything left out.
  private func line(width: Int) -> HeaderLine {
    let bad = header.health.count { $0.state != .ok }
    var wordings = header.health.map { $0.state == .ok ? Wording.first : .whole }
    let trailing = trailing
    func line(project: SafeText) -> HeaderLine {
      HeaderLine(leading: leading(wordings, project: project, width: width), trailing: trailing)
    }
    let project = project(width: width)
    for wording in Wording.allCases.dropFirst() {
      for index in (0..<bad).reversed() {
        guard line(project: project).columns(upTo: Self.kept) > width - 2 else {
          return line(project: project)
        }
        wordings[index] = wording
      }
    }
    let isWhole = line(project: project).columns(upTo: Self.kept) <= width - 2
    return line(project: isWhole ? project : "")
  }

  /// The priority of what words are saved for: the clock and the sources that fail, not the program's name.
  private static let kept = 5

  private func leading(_ wordings: [Wording], project: SafeText, width: Int) -> [HeaderLine.Item] {
    var items = [
      HeaderLine.Item(StyledText("switchboard", .strong), priority: 9),
      HeaderLine.Item(label(width: width).then(project)),
    ]
    if header.health.isEmpty {
      items.append(HeaderLine.Item(StyledText(glyphOf: .nodata).then(" starting", Style(role: .nodata))))
    }
    for (index, (told, wording)) in zip(header.health, wordings).enumerated() {
      let priority = index == 0 ? 0 : told.state == .ok ? 8 : min(index, 3)
      items.append(HeaderLine.Item(phrase(told, wording), priority: priority))
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
    if !header.act.isEmpty {
      items.append(HeaderLine.Item(StyledText("▸ ", .accent).then(header.act, .strong), priority: 2))
    }
    if header.sources > 0, header.sourcesWell < header.sources {
      items.append(
        HeaderLine.Item(
          StyledText("sources ", .muted).then("\(header.sourcesWell)/\(header.sources)", .state(.stale)),
          priority: 5
        )
      )
    }
    items.append(HeaderLine.Item(StyledText(header.runtime, .muted), priority: 6))
    items.append(HeaderLine.Item(StyledText(header.interval, .muted), priority: 7))
    items.append(HeaderLine.Item(StyledText(header.clock, .muted), priority: 4))
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
    // Under a dialog the keys of the view are not heard.
    let isCovered = !model.overlays.isEmpty && model.message != nil
    let last = isCovered ? nil : HintLine.Hint("?", "help")
    let hints = model.hints.prefix(6).map { HintLine.Hint($0.key, $0.word) } + [HintLine.Hint(":", "palette")]
    let notice = model.message.map { message in
      StyledText(glyphOf: message.state).then(" ")
        .then(message.text, message.state == .ok ? .text : .state(message.state))
    }
    HintLine(isCovered ? [] : hints, last: last, notice: notice ?? StyledText())
      .draw(into: &buffer, area: area)
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
