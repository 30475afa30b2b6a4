internal import Facts

/// The queues' lines with the selected one's rates and chart under it.
struct QueueList {
  let rows: [QueueRow]
  let snapshot: QueuesSnapshot?
  let selected: Int?
  let isFocused: Bool
  let isLive: Bool
  let marks: Set<String>

  func draw(into buffer: inout CellBuffer, area: Rect, _ context: PanelContext) {
    guard !area.isEmpty else { return }
    let expanded = expandedIndex
    let hidden = snapshot?.hidden ?? 0
    let spare = area.height - rows.count
    let hasRates = expanded != nil && spare >= 1
    let hasHidden = hidden > 0 && spare >= 2
    let chartHeight = spare - (hasRates ? 1 : 0) - (hasHidden ? 1 : 0)
    let first = Viewport.offset(showing: selected, rows: area.height, of: rows.count)
    var y = area.y
    for (index, row) in rows.enumerated().dropFirst(first) where y < area.y + area.height {
      let line = Rect(x: area.x, y: y, width: area.width, height: 1)
      draw(row, index == selected, into: &buffer, line: line)
      y += 1
      guard index == expanded, hasRates else { continue }
      if case .queue(let queue, _, let oldest) = row.content {
        let words = QueueWords(queue: queue, oldest: oldest, state: isLive ? row.state : .ok)
        put([words.rates, words.oldestText, words.drain], into: &buffer, row: line, at: y)
        y += 1
        if chartHeight >= 4 {
          let chart = Rect(x: area.x + 2, y: y, width: area.width - 4, height: chartHeight)
          QueueChart(name: row.depthName(snapshot), isMain: row.depthName(snapshot) == "queue.depth").draw(into: &buffer, area: chart, context)
          y += chartHeight
        }
      }
    }
    if hasHidden {
      buffer.put(
        "  \(hidden) more of the broker's and Celery's own are hidden", at: Point(x: area.x, y: y),
        style: .muted, maxWidth: area.width)
    }
  }

  private var expandedIndex: Int? {
    if let selected, rows[selected].queue != nil { return selected }
    return rows.firstIndex { $0.queue != nil }
  }

  private func draw(_ row: QueueRow, _ isSelected: Bool, into buffer: inout CellBuffer, line: Rect) {
    let isLit = isSelected && isFocused
    if isLit { buffer.put(glyph: Glyph.current, at: line.origin, style: Style.accent.bold) }
    if marks.contains(row.id) {
      buffer.put(glyph: "■", at: Point(x: line.x + (isLit ? 1 : 0), y: line.y), style: .accent)
    }
    var x = line.x + 2
    let end = line.x + line.width
    x += buffer.put(StyledText(glyphOf: row.state).then(" "), at: Point(x: x, y: line.y), maxWidth: max(0, end - x))
    switch row.content {
    case .queue(let queue, _, let oldest):
      let words = QueueWords(queue: queue, oldest: oldest, state: row.state)
      let name = min(nameWidth, max(6, end - x - 14))
      buffer.put(row.name, at: Point(x: x, y: line.y), style: isSelected ? .strong : .text, maxWidth: min(name, end - x))
      x += name + 2
      let ready = right(words.ready, to: readyWidth).then(" ready", .muted)
      put(
        segments: (queue.consumers == 0 && queue.unacked == 0)
          ? [ready, words.consumers] : [ready, right(words.unacked, to: unackedWidth).then(" unacked", .muted), words.consumers],
        into: &buffer, x: x, end: end, y: line.y)
    case .rival(let rival):
      let told = rival.told
      let name = max(6, min(row.name.widthInColumns, end - x - told.widthInColumns - 2))
      buffer.put(row.name, at: Point(x: x, y: line.y), style: .muted, maxWidth: min(name, max(0, end - x)))
      x += max(name, min(nameWidth, end - x - told.widthInColumns - 2)) + 2
      buffer.put(told, at: Point(x: x, y: line.y), maxWidth: max(0, end - x))
    }
    if isLit { buffer.paint(.selection, in: line) }
  }

  /// Segments with two columns between them, as many as fit.
  private func put(segments: [StyledText], into buffer: inout CellBuffer, x: Int, end: Int, y: Int) {
    var x = x
    for (index, segment) in segments.enumerated() {
      guard index == 0 || x + segment.widthInColumns <= end else { return }
      x += buffer.put(segment, at: Point(x: x, y: y), maxWidth: max(0, end - x)) + 2
    }
  }

  private func put(_ segments: [StyledText], into buffer: inout CellBuffer, row: Rect, at y: Int) {
    put(segments: segments, into: &buffer, x: row.x + 4, end: row.x + row.width, y: y)
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

/// A queue's depth over time, with the thresholds of the main queue.
struct QueueChart {
  let name: FactName?
  let isMain: Bool

  func draw(into buffer: inout CellBuffer, area: Rect, _ context: PanelContext) {
    guard let name, let ring = context.history[name], ring.samples.contains(where: { $0.value != nil }) else {
      buffer.put("no history yet", at: Point(x: area.x + 2, y: area.y), style: .muted, maxWidth: area.width)
      return
    }
    let window = Trend.window(of: ring, context)
    let limits = context.settings
    let thresholds = [
      Chart.Threshold(
        Double(limits.queueWarning), label: SafeText(Format.count(limits.queueWarning)), role: .warn),
      Chart.Threshold(
        Double(limits.queueCritical), label: SafeText(Format.count(limits.queueCritical)), role: .crit),
    ]
    Chart(
      ring.buckets(
        max(1, area.width * 2), over: window.length, endingAt: context.now.monotonic,
        holdingFor: Trend.hold(name, context)),
      thresholds: isMain ? thresholds : [], start: window.label
    ).draw(into: &buffer, area: area)
  }
}

/// One queue on a screen of its own.
struct QueueDetail {
  let row: QueueRow
  let snapshot: QueuesSnapshot?
  let source: PanelSource

  func draw(into buffer: inout CellBuffer, area: Rect, local: PanelLocal, _ context: PanelContext) {
    guard case .queue(let queue, let segment, let oldest) = row.content else { return }
    let area = source.drawNotice(into: &buffer, area: area)
    let words = QueueWords(queue: queue, oldest: oldest, state: row.state)
    let names = queue.consumerNames.map { StyledText(SafeText($0), .muted) }
    var consumers = KeyValueBlock.Entry("consumers", words.consumers)
    consumers.values += names
    let block = KeyValueBlock(
      [
        KeyValueBlock.Entry("queue", StyledText(glyphOf: row.state).then(" ").then(row.name, .strong)),
        KeyValueBlock.Entry("vhost", StyledText(SafeText(queue.vhost)).then("  \(queue.type)", .muted)),
        KeyValueBlock.Entry("messages", words.ready.then(" ready  ", .muted) + words.unacked.then(" unacked", .muted)),
        consumers,
        KeyValueBlock.Entry("rates", words.rates),
        KeyValueBlock.Entry("oldest", words.oldestText),
        KeyValueBlock.Entry("drain", words.drain),
      ], offset: local.detailOffset)
    let needed = block.height(width: area.width)
    let room = area.height - needed - 1
    let parts = area.split(top: room >= 5 ? needed + 1 : area.height)
    block.draw(into: &buffer, area: parts.top)
    source.veil(parts.top, in: &buffer)
    guard room >= 5 else { return }
    QueueChart(name: row.depthName(snapshot), isMain: segment == snapshot?.mainQueue)
      .draw(into: &buffer, area: parts.rest.inset(right: 2), context)
  }
}
