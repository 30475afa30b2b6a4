internal import Facts
internal import Operations

/// One service on a screen of its own: each probe named, what the runtime says, its latency over time.
struct ServiceDetail {
  let row: ServiceRow
  let source: PanelSource

  func draw(into buffer: inout CellBuffer, area: Rect, local: PanelLocal, _ context: PanelContext) {
    var block = KeyValueBlock(entries(context), offset: local.detailOffset)
    let chart = context.history[row.latencyName]
    let needed = block.height(width: area.width)
    let room = area.height - needed - 2
    let parts = area.split(top: chart != nil && room >= 5 ? needed + 1 : area.height)
    block.offset = local.detailOffset
    block.draw(into: &buffer, area: parts.top)
    guard let chart, room >= 5 else { return }
    let window = Trend.window(of: chart, context)
    let plot = parts.rest.split(top: min(12, parts.rest.height)).top
    let highest = chart.samples.filter { context.now.monotonic - $0.time <= window.length }
      .compactMap(\.value).max()
    let scale = highest.map { ", at most \(Format.interval(seconds: $0 / 1_000))" } ?? ""
    buffer.put("latency\(scale)", at: plot.origin, style: .muted, maxWidth: plot.width)
    Chart(
      chart.buckets(
        plot.width * 2,
        over: window.length,
        endingAt: context.now.monotonic,
        holdingFor: Trend.hold(row.latencyName, context)
      ),
      start: window.label
    ).draw(into: &buffer, area: plot.inset(top: 1))
  }

  private func entries(_ context: PanelContext) -> [KeyValueBlock.Entry] {
    let status = row.status
    var entries = [
      KeyValueBlock.Entry("service", StyledText(SafeText(status.name), .strong)),
      KeyValueBlock.Entry("state", StyledText(glyphOf: row.state).then(" ") + row.word(source)),
    ]
    for (index, probe) in status.probes.enumerated() {
      let line = StyledText(glyphOf: probe.state).then(" \(probe.name)  ")
        .then(SafeText(probe.word), probe.state == .ok ? .muted : .state(probe.state))
      entries.append(KeyValueBlock.Entry(index == 0 ? "probes" : "", line))
    }
    func add(_ key: SafeText, _ value: StyledText) {
      if !value.isEmpty { entries.append(KeyValueBlock.Entry(key, value)) }
    }
    add("latency", row.latency)
    add("up", row.uptimeText)
    if let startedAt = status.startedAt { add("started", StyledText(SafeText(context.clock(startedAt)))) }
    add("by you", ByYou.text(service: status.service, context))
    add("restarts", row.restarts)
    add("instance", StyledText(SafeText(status.instance)))
    add("identity", StyledText(SafeText(status.identity), .muted))
    add("image", StyledText(SafeText(status.image), .muted))
    add("it says", StyledText(SafeText(status.said)))
    return entries
  }
}
