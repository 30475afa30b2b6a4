internal import Facts
internal import Operations

/// One service told in full: each probe named, what it needs and what needs it, what the runtime says.
struct ServicePage {
  let row: ServiceRow
  let source: PanelSource
  let context: PanelContext

  var page: DetailPage {
    let status = row.status
    let change = Past.lastChange(of: status.service, context)
    var page = DetailPage(
      title: SafeText(status.name),
      state: row.state,
      headline: "\(row.word(source).plain)\(Past.since(status.service, row.state, context))",
      entries: entries,
      chart: chart
    )
    if let fact = row.measure {
      page.entries = []
      page.text = OriginSheet.describe(fact, world: context.world, now: context.now)
      return page
    }
    if row.wantsLines || !context.hasPane {
      let lines = ServiceLines(detail: context.details[row.id])
      (page.text, page.appendix) = (lines.newest, lines.before)
      page.keepsNewest = lines.areThere
    }
    page.changes = Past.changes(of: status.service, about: change?.time, context)
    return page
  }

  private var chart: FactChart? {
    guard let ring = context.history[row.latencyName] else { return nil }
    let window = Trend.window(of: ring, context)
    let highest = ring.samples.filter { context.now.monotonic - $0.time <= window.length }
      .compactMap(\.value).max()
    let most = highest.map { ", at most \(Format.interval(seconds: $0 / 1_000))" } ?? ""
    return FactChart(row.latencyName, title: "latency\(most)")
  }

  private var entries: [KeyValueBlock.Entry] {
    let status = row.status
    var entries = [
      KeyValueBlock.Entry("state", StyledText(glyphOf: row.state).then(" ") + row.word(source))
    ]
    if let advice { entries.append(KeyValueBlock.Entry("try", advice)) }
    for (index, probe) in status.probes.enumerated() {
      let line = StyledText(glyphOf: probe.state).then(" \(probe.name)  ")
        .then(SafeText(probe.word), probe.state == .ok ? .muted : .state(probe.state))
      entries.append(KeyValueBlock.Entry(index == 0 ? "probes" : "", line))
    }
    func add(_ key: SafeText, _ value: StyledText) {
      if !value.isEmpty { entries.append(KeyValueBlock.Entry(key, value)) }
    }
    add("needs", states(of: status.needs))
    let hits = services.filter { $0.needs.contains(status.service) || status.then.contains($0.service) }
    add("hits", states(of: hits.map(\.service)))
    add("latency", row.latency)
    add("uses", usage)
    add("up", row.uptime(context))
    if let startedAt = status.startedAt { add("started", StyledText(context.time(startedAt))) }
    add("by you", ByYou.text(service: status.service, context))
    add("restarts", row.restarts)
    add("instance", StyledText(SafeText(status.instance)))
    add("identity", StyledText(SafeText(status.identity), .muted))
    add("image", StyledText(SafeText(status.image), .muted))
    add("it says", StyledText(SafeText(status.said)))
    return entries
  }

  /// What is known of why it is down, and the key that helps; nil while it isn't, or nothing is known.
  private var advice: StyledText? {
    let status = row.status
    guard row.measure == nil, status.state == .crit || status.state == .error else { return nil }
    func told(_ what: SafeText, _ key: String, _ does: SafeText) -> StyledText {
      let (key, does) = context.isElsewhere ? (String(CauseKey.character), "leads there") : (key, does)
      return StyledText("\(what): ").then(SafeText(key), Style.accent.bold).then(" \(does)")
    }
    if let because = status.because {
      return told("\(because) is down", String(CauseKey.character), "leads there")
    }
    if let act = lastAct, act.state.severity > 0, let age = act.at.map({ context.now.monotonic - $0 }),
      age < Self.actIsNear
    {
      // Once more is no advice.
      let ago = SafeText(Format.titleAge(max(.zero, age), interval: .zero))
      return StyledText("what you did \(ago) ago did not help: its last lines tell more")
    }
    switch status.isDown {
    case true?: return told("it does not run", StartService.descriptor.key, "starts it")
    case false?:
      return told("it runs and does not do its work", RestartService.descriptor.key, "restarts it")
    case nil: return nil
    }
  }

  /// What was done to it this long ago may still be what it is about.
  private static let actIsNear = Duration.seconds(600)

  private var lastAct: TimelineEntry? {
    context.world.snapshot(TimelineSnapshot.self)?.value.ownActs[row.status.service]
  }

  /// `cpu 2% ▁▂▂▁  memory 212 MiB ▃▃▃▃`, or why it isn't known; empty while it isn't measured, or doesn't run.
  private var usage: StyledText {
    guard row.status.isMeasured else { return StyledText() }
    let known = [row.cpuName, row.memoryName].map { context.world.facts.fact($0, at: context.now.monotonic) }
    var line = StyledText()
    for (label, fact, shown) in [
      ("cpu", known[0], row.cpu(source)), ("memory", known[1], row.memory(source)),
    ] as [(SafeText, Fact?, StyledText)] {
      guard let fact else { continue }
      line = line.then(line.isEmpty ? "" : "  ").then(label, .muted).then(" ")
      if shown.isEmpty {
        line.append("unknown: \(SafeText(fact.state.isKnown ? row.status.usageGap : fact.word))", .muted)
      } else {
        line = line + shown.then(" ") + Trend.text(fact.name, over: .seconds(300), width: 10, context)
      }
    }
    return line
  }

  private var services: [ServiceStatus] {
    context.world.snapshot(ServiceStatuses.self)?.value.services ?? []
  }

  /// `● postgres  ✗ redis`: services that are known by their state, others by their name alone.
  private func states(of names: [String]) -> StyledText {
    var line = StyledText()
    for name in Set(names).sorted() {
      if !line.isEmpty { line.append("  ") }
      let state = services.filter { $0.service == name }.map(\.state).max { $0.severity < $1.severity }
      if let state { line = line.then(glyphOf: state).then(" ") }
      line.append(SafeText(name), state == nil ? .muted : .text)
    }
    return line
  }
}
