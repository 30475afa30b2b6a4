internal import Facts

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
        Double(limits.queueWarning),
        label: SafeText(Format.count(limits.queueWarning)),
        role: .warn
      ),
      Chart.Threshold(
        Double(limits.queueCritical),
        label: SafeText(Format.count(limits.queueCritical)),
        role: .crit
      ),
    ]
    Chart(
      ring.buckets(
        max(1, area.width * 2),
        over: window.length,
        endingAt: context.now.monotonic,
        holdingFor: Trend.hold(name, context)
      ),
      thresholds: isMain ? thresholds : [Self.scale(of: ring)],
      start: window.label
    ).draw(into: &buffer, area: area)
  }
}

extension QueueChart {
  /// A queue without limits has its greatest depth beside it: one message is no wall.
  private static func scale(of ring: HistoryRing) -> Chart.Threshold {
    let most = max(10, ring.samples.reduce(0) { max($0, $1.value ?? 0) })
    return Chart.Threshold(most, label: SafeText(Format.value(.number(most), unit: .one)), role: .muted)
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
        KeyValueBlock.Entry(
          "messages",
          words.ready.then(" ready  ", .muted) + words.unacked.then(" unacked", .muted)
        ),
        consumers,
        KeyValueBlock.Entry("rates", words.rates),
        KeyValueBlock.Entry("oldest", words.oldestText),
        KeyValueBlock.Entry("drain", words.drain),
      ],
      offset: local.detailOffset
    )
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
