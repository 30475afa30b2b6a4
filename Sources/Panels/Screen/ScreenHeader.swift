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
  private func label(width: Int, isTight: Bool) -> StyledText {
    let label = header.label.clipped(toColumns: max(4, min(24, width / 4)))
    let text: SafeText = isTight || width < 24 ? label : " \(label) "
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

  /// What is said of what is bad: how many parts of each phrase, and which in fewer letters.
  private struct Telling {
    /// The parts of each phrase that are told; what is not is counted.
    var parts: [Int]
    var isBrief: [Bool]
    /// Whether what stands aside is told, too.
    var hasAsides = true

    /// All of it, in full.
    init(_ phrases: some Collection<Health.Phrase>) {
      parts = phrases.map(\.parts.count)
      isBrief = phrases.map { _ in false }
    }
  }

  private var bad: ArraySlice<Health.Phrase> { header.health.prefix { $0.state != .ok } }

  /// From all of it in full to all of the worst and the first part of each other in few letters: words are saved
  /// at the least bad first.
  private var tellings: [Telling] {
    var telling = Telling(bad)
    var tellings = [telling]
    telling.hasAsides = false
    if bad.contains(where: { $0.parts.contains { $0.plain != $0.text } }) { tellings.append(telling) }
    for index in bad.indices.dropFirst().reversed() where telling.parts[index] > 1 {
      telling.parts[index] = 1
      tellings.append(telling)
    }
    for index in bad.indices.reversed() {
      telling.isBrief[index] = true
      tellings.append(telling)
    }
    return tellings
  }

  /// `✗ 1 of 8 services`: never a bare number, and what is well only as far as there is room.
  private func phrase(
    _ phrase: Health.Phrase,
    parts: Int,
    isBrief: Bool,
    hasAsides: Bool = true,
    room: Int = .max
  ) -> StyledText {
    let isAlone = header.health.count == 1
    let style: Style =
      phrase.state == .ok ? (isAlone ? .state(.ok) : .muted) : Style.state(phrase.state).bold
    // Why nothing is known is told by a word: a colour and a glyph alone are no reason.
    let word: SafeText = phrase.state.isKnown ? "" : "\(phrase.state.word) "
    let told = phrase.parts.prefix(parts).map { isBrief ? $0.brief : hasAsides ? $0.text : $0.plain }
    let text = SafeText("\(word)\(told.map(\.string).joined(separator: ", "))")
    return StyledText(glyphOf: phrase.state).then(" ").then(text.clipped(toColumns: max(0, room - 2)), style)
  }

  /// `+3`: how much else is bad, and how bad; empty if all is told.
  private func more(_ telling: Telling) -> StyledText {
    let hidden = zip(bad, telling.parts).filter { $0.parts.count > $1 }
    guard let worst = hidden.first else { return StyledText() }
    let count = hidden.reduce(0) { $0 + $1.0.parts.count - $1.1 }
    return StyledText("+\(count)", Style.state(worst.0.state).bold)
  }

  /// The line in the fullest wording with which all that is bad is told; what there is no room for is counted.
  ///
  /// Words are saved first, then the project goes, then the clock, and only then a phrase.
  private func line(width: Int) -> HeaderLine {
    let room = width - 2
    let tellings = tellings
    let project = project(width: width)
    for (project, priority, gap) in [(project, Self.kept, 3), ("", Self.kept, 3), ("", 3, 1)] {
      for telling in tellings {
        let line = line(telling, project: project, width: width, isTight: gap == 1)
        if line.columns(upTo: priority, gap: gap) <= room { return line }
      }
    }
    var telling = tellings.last ?? Telling(bad)
    // Beside the two worst an act under way has its place; beside the worst it has none.
    for (priority, least) in [(3, 2), (1, 1)] {
      var fewer = telling
      for index in bad.indices.reversed() where index >= least {
        fewer.parts[index] = 0
        let line = line(fewer, project: "", width: width, isTight: true)
        if line.columns(upTo: priority, gap: 1) <= room { return line }
      }
    }
    for index in bad.indices.dropFirst() { telling.parts[index] = 0 }
    // No part of the worst is hidden while one of anything less bad is told.
    for parts in (1..<max(1, telling.parts.first ?? 1)).reversed() {
      telling.parts[0] = parts
      let line = line(telling, project: "", width: width, isTight: true)
      if line.columns(upTo: 1, gap: 1) <= room { return line }
    }
    // The worst is cut before it is not told how much else there is.
    let others = line(telling, project: "", width: width, isTight: true, phraseRoom: 0).columns(
      upTo: 0,
      gap: 1
    )
    return line(telling, project: "", width: width, isTight: true, phraseRoom: max(3, room - others + 3))
  }

  /// The priority of what words are saved for: the clock and the sources that fail, not the program's name.
  private static let kept = 5

  private func line(
    _ telling: Telling,
    project: SafeText,
    width: Int,
    isTight: Bool,
    phraseRoom: Int = .max
  ) -> HeaderLine {
    var items = [
      HeaderLine.Item(StyledText("switchboard", .strong), priority: 9),
      HeaderLine.Item(label(width: width, isTight: isTight).then(project)),
    ]
    if header.health.isEmpty {
      items.append(HeaderLine.Item(StyledText(glyphOf: .nodata).then(" starting", Style(role: .nodata))))
    }
    var told: [StyledText] = []
    for (index, phrase) in bad.enumerated() where telling.parts[index] > 0 {
      told.append(
        self.phrase(
          phrase,
          parts: telling.parts[index],
          isBrief: telling.isBrief[index],
          hasAsides: telling.hasAsides,
          room: phraseRoom
        )
      )
    }
    let more = more(telling)
    if let last = told.popLast() { told.append(more.isEmpty ? last : last.then(" ") + more) }
    items += told.map { HeaderLine.Item($0) }
    for well in header.health.dropFirst(bad.count) {
      let text = phrase(well, parts: 1, isBrief: false)
      items.append(HeaderLine.Item(text, priority: bad.isEmpty ? 0 : 8))
    }
    return HeaderLine(leading: items, trailing: trailing)
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
          // What is typed to see which of them don't answer.
          StyledText(":sources ", .muted).then("\(header.sourcesWell)/\(header.sources)", .state(.stale)),
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
    let text = prompt.isMasked ? String(repeating: "*", count: prompt.text.count) : prompt.text
    let before = String(text.prefix(prompt.cursor))
    let after = String(text.dropFirst(prompt.cursor))
    let style: Style = prompt.fault == nil ? .muted : .state(.warn)
    buffer.put(prompt.note, at: Point(x: parts.right.x + 1, y: area.y), style: style, maxWidth: note)
    var line = PromptLine(
      prefix: StyledText(prompt.lead, Style.accent.bold),
      before: SafeText(before),
      after: SafeText(after)
    )
    line.fault = prompt.fault.map { SafeText(String(text.prefix($0))).widthInColumns }
    return line.draw(into: &buffer, area: parts.rest)
  }
}
