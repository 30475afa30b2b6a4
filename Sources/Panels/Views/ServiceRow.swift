internal import Facts
internal import Operations

/// One service as its panel shows it.
typealias ServiceRow = ServiceEntry

extension ServiceEntry {
  var id: String { status.name }

  /// Whether it stands under the service that explains it.
  private var isDependent: Bool { status.because != nil }

  /// The rows in the order in which they are drawn.
  static func rows(_ context: PanelContext) -> [ServiceRow] { context.derived.services.entries }

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

  /// When it started, for sorting; what isn't known counts as just now.
  var start: Double { status.startedAt?.secondsSince1970 ?? .infinity }

  /// How long it has been up; empty if unknown.
  func uptime(_ context: PanelContext) -> StyledText {
    guard let startedAt = status.startedAt else { return StyledText() }
    let seconds = context.now.wall.secondsSince1970 - startedAt.secondsSince1970
    return seconds < 0 ? StyledText() : StyledText(SafeText(Format.uptime(.seconds(seconds))), .muted)
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
    guard status.memory != nil else { return StyledText() }
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
}
