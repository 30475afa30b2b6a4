internal import Facts
internal import Operations

/// One service as its panel shows it.
struct ServiceRow {
  /// The judged service.
  let status: ServiceStatus
  /// Its state here: that of its source where nothing else is known of it.
  let state: FactState
  /// How long it has been up.
  let uptime: Duration?
  /// Whether it stands under the service that explains it.
  let isDependent: Bool
  /// What is measured of a service and is not well, where the row is about that; nil for a service's row.
  var measure: Fact?

  var id: String { status.name }

  /// The rows in the order in which they are drawn: what is CRIT with its dependents under it first,
  /// then the runtime's order.
  static func rows(_ context: PanelContext) -> [ServiceRow] {
    guard let statuses = context.world.snapshot(ServiceStatuses.self)?.value.services else { return [] }
    let source = ServicesPanel().source(context)
    let rows = causesFirst(statuses).map { status in
      ServiceRow(
        status: status,
        state: state(of: status, source),
        uptime: status.startedAt.map { .seconds(context.now.wall.secondsSince1970 - $0.secondsSince1970) },
        isDependent: status.because != nil
      )
    }
    // Whatever counts is found in a row: what no service's row tells has one of its own, behind what is down.
    let place = rows.lastIndex { $0.state == .crit }.map { $0 + 1 } ?? 0
    return Array(rows[..<place]) + measures(context) + rows[place...]
  }

  private static func measures(_ context: PanelContext) -> [ServiceRow] {
    context.health.measures.filter { $0.because == nil && $0.fact.state.severity > 0 }.map { item in
      let fact = item.fact
      let status = ServiceStatus(measure: fact)
      return ServiceRow(status: status, state: fact.state, uptime: nil, isDependent: false, measure: fact)
    }
  }

  private static func causesFirst(_ statuses: [ServiceStatus]) -> [ServiceStatus] {
    let causes = statuses.filter { $0.state == .crit && $0.because == nil }
    var result: [ServiceStatus] = []
    for cause in causes where !result.contains(cause) {
      result.append(cause)
      // Containers of one service share their dependents: these follow the last of them.
      let isLast = causes.last { $0.service == cause.service } == cause
      if isLast { result += statuses.filter { $0.because == cause.service } }
    }
    return result + statuses.filter { !result.contains($0) }
  }

  /// A runtime that is silent leaves only what the probes know.
  private static func state(of status: ServiceStatus, _ source: PanelSource) -> FactState {
    let isTold = status.probes.contains { ($0.isOwn && $0.state.isKnown) || $0.state == .crit }
    guard !source.isLive, status.reading != nil, !isTold else { return status.state }
    return source.state
  }

  /// Glyph and name, set in under the service that explains it.
  var name: StyledText {
    let glyph = StyledText(glyphOf: state).then(" ")
    let name = SafeText(status.name)
    return isDependent ? glyph.then("└ ", .muted).then(name) : glyph.then(name)
  }

  /// The word of the state, coloured, and why.
  func word(_ source: PanelSource) -> StyledText {
    if state != status.state { return StyledText(source.told, .state(state)) }
    let text = SafeText(explained)
    var line: StyledText
    switch state {
    case .ok: line = StyledText(text)
    case .nodata: line = StyledText(text, .muted)
    case .warn: line = StyledText(text, .state(.warn))
    case .crit: line = StyledText(text, status.because == nil ? Style.state(.crit).bold : .state(.crit))
    case .stale, .error: line = StyledText("\(state.word) \(status.word)", .state(state))
    }
    if !status.detail.isEmpty { line.append(", \(status.detail)", .muted) }
    return line
  }

  /// The cause comes first, so that no narrow column cuts it off; a probe of the cause itself adds nothing.
  private var explained: String {
    guard let because = status.because else { return status.word }
    let isOfCause = status.word == because || status.word.hasPrefix("\(because) ")
    return isOfCause ? "because \(because)" : "because \(because): \(status.word)"
  }

  /// `4/4`, worse if some fail.
  var probes: StyledText {
    guard !status.probes.isEmpty else { return StyledText() }
    let text: SafeText = "\(status.passed)/\(status.probes.count)"
    let worst = status.probes.reduce(FactState.ok) { FactState.worse($0, $1.state) }
    return StyledText(text, worst == .ok ? .text : worst == .nodata ? .muted : .state(worst))
  }

  var latency: StyledText {
    guard let latency = status.latency else { return StyledText() }
    return StyledText(SafeText(Format.interval(seconds: latency / 1_000)))
  }

  var uptimeText: StyledText {
    guard let uptime, uptime >= .zero else { return StyledText() }
    return StyledText(SafeText(Format.uptime(uptime)), .muted)
  }

  var restarts: StyledText {
    guard let restarts = status.restarts else { return StyledText() }
    return StyledText(SafeText(Format.count(restarts)), restarts == 0 ? .muted : .state(.warn))
  }

  /// Its share of processor time; empty if unknown, as it is of a runtime that is silent.
  func cpu(_ source: PanelSource) -> StyledText {
    guard source.isLive, let cpu = status.cpu else { return StyledText() }
    return StyledText(SafeText(Self.shown(cpu: cpu)), cpu < 1 ? .muted : .text)
  }

  /// Its memory; empty if unknown, as it is of a runtime that is silent.
  func memory(_ source: PanelSource) -> StyledText {
    guard source.isLive, let memory = status.memory else { return StyledText() }
    return StyledText(SafeText(Format.size(bytes: memory)))
  }

  /// The same where it stands in a column of its own: `206M`.
  func compactMemory(_ source: PanelSource) -> StyledText {
    let text = memory(source).plain.string
    return StyledText(SafeText(text.replacing(" ", with: "").replacing("iB", with: "")))
  }

  /// In whole percents: decimals would change with every sample of an idle service.
  static func shown(cpu: Double) -> String {
    cpu > 0 && cpu < 1 ? "<1%" : Format.percent(cpu.rounded())
  }

  /// Whether its last lines are worth asking for though nobody has opened it.
  var wantsLines: Bool { state != .ok }

  /// What its last lines are of: they are asked for anew when something happens to it, and as time passes.
  func edition(at now: MonotonicTime) -> String {
    let restarts = status.restarts.map(String.init) ?? ""
    return "\(status.incarnation) \(status.word) \(restarts) \(now.nanoseconds / 10_000_000_000)"
  }

  var cpuName: FactName { FactName("service", status.service, "cpu") }
  var memoryName: FactName { FactName("service", status.service, "memory") }
  var latencyName: FactName { FactName("service", status.service, "latency") }
}
