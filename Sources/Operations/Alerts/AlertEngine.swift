public import DataSources
public import Facts

/// Evaluates the console's own alert rules over the facts: a pure value, advanced after every turn of the loop.
public struct AlertEngine: Sendable {
  /// Who judges: the id under which alerts stand beside what sources told.
  public static let source = "alerts"

  /// What happened to one alert, for the timeline.
  public struct Event: Sendable, Hashable {
    /// The rule's name.
    public var name: SafeText
    /// How bad it is.
    public var severity: AlertSeverity
    /// What happened.
    public var transition: AlertTimer.Transition
    /// When it was noticed.
    public var at: Moment
  }

  private struct Rule: Sendable {
    let settings: AlertSettings
    let rule: Facts.Rule
    let clear: Condition?
    /// What it reads: evaluated anew once there is news of it.
    let reads: FactInterest
    var timer: AlertTimer
    var reading = Reading()
  }

  /// What a rule says of the facts as they were last read.
  private struct Reading: Sendable {
    var truth = Truth.unknown
    var clear = Truth.unknown
    /// When the newest fact behind it was sampled.
    var sampledAt: MonotonicTime?
    /// How often the slowest of the facts behind it is asked for: it decides how long a gap may be.
    var interval = Duration.seconds(5)
    var value: SafeText = ""
    var unknownReason: SafeText?
  }

  private var rules: [Rule] = []
  private let escalation: [EscalationSettings]
  private let unreadable: [SafeText]

  /// Reads the rules; one that can't be read is told in every snapshot instead of being evaluated.
  public init(
    _ settings: [AlertSettings] = AlertSettings.builtIn,
    escalation: [EscalationSettings] = EscalationSettings.builtIn
  ) {
    self.escalation = escalation
    var unreadable: [SafeText] = []
    for alert in settings {
      do throws(ExpressionError) {
        let rule = try Facts.Rule(parsing: alert.when)
        var clear: Condition?
        if let text = alert.clear { clear = try Condition(parsing: text) }
        let timer = AlertTimer(duration: rule.duration, hasClear: clear != nil)
        let reads = FactInterest([rule.condition] + (clear.map { [$0] } ?? []))
        rules.append(Rule(settings: alert, rule: rule, clear: clear, reads: reads, timer: timer))
      } catch {
        unreadable.append(SafeText("\(alert.name): \(error.description)"))
      }
    }
    self.unreadable = unreadable
  }

  /// Moves all rules on as the world stands at `now`: where they stand, and what changed.
  ///
  /// Only rules that read something of `news` are evaluated anew; nil evaluates all.
  public mutating func advance(
    _ world: World,
    now: Moment,
    news: Set<FactName>? = nil
  ) -> (snapshot: AlertsSnapshot, events: [Event]) {
    let facts = FactView(world.facts, at: now.monotonic)
    var statuses: [AlertStatus] = []
    var events: [Event] = []
    for index in rules.indices {
      if news.map(rules[index].reads.isTouched(by:)) ?? true {
        rules[index].reading = Self.read(rules[index], facts, world)
      }
      let reading = rules[index].reading
      let transition = rules[index].timer.advance(
        truth: reading.truth,
        sampledAt: reading.sampledAt,
        clear: reading.clear,
        now: now,
        interval: reading.interval
      )
      if let transition {
        let settings = rules[index].settings
        let name = SafeText(settings.name)
        events.append(Event(name: name, severity: settings.severity, transition: transition, at: now))
      }
      statuses.append(status(rules[index], now))
    }
    let sorted = statuses.enumerated().sorted { left, right in
      (Self.rank(left.element), left.offset) < (Self.rank(right.element), right.offset)
    }
    return (AlertsSnapshot(alerts: sorted.map(\.element), unreadable: unreadable), events)
  }

  /// The facts `alert.NAME.firing` of a snapshot.
  public static func facts(of snapshot: AlertsSnapshot) -> [Observation] {
    snapshot.alerts.map { alert in
      Observation(
        FactName("alert", alert.name.string, "firing"),
        alert.state == .unknown ? nil : .flag(alert.state == .firing),
        state: alert.factState,
        word: alert.word.string,
        // The value behind it counts already; the alert must not count it twice.
        kind: .info,
        origin: Origin(source: source, query: alert.rule.string, excerpt: alert.value.string)
      )
    }
  }

  private static func read(_ rule: Rule, _ facts: FactView, _ world: World) -> Reading {
    let condition = rule.rule.condition
    let behind = condition.facts(in: facts)
    var reading = Reading()
    reading.truth = condition.evaluate(facts)
    reading.clear = rule.clear?.evaluate(facts) ?? .unknown
    reading.sampledAt = condition.newestSample(in: facts)
    if let slowest = behind.compactMap({ world.status(of: $0.origin.source)?.interval }).max() {
      reading.interval = slowest
    }
    reading.value = SafeText(condition.explain(facts).first?.value ?? "")
    guard reading.truth == .unknown else { return reading }
    if let unseen = behind.first(where: { !$0.state.isKnown }) {
      reading.unknownReason =
        SafeText("\(unseen.name) \(unseen.word.isEmpty ? unseen.state.word : unseen.word)")
    } else {
      reading.unknownReason = "no such fact: \(SafeText(missing(condition, facts)))"
    }
    return reading
  }

  private func status(_ rule: Rule, _ now: Moment) -> AlertStatus {
    let (state, since) = Self.stateAndTime(rule)
    return AlertStatus(
      name: SafeText(rule.settings.name),
      rule: SafeText(rule.settings.when),
      severity: rule.settings.severity,
      state: state,
      since: since?.wall,
      elapsed: since.map { max(.zero, now.monotonic - $0.monotonic) },
      needed: rule.rule.duration,
      value: rule.reading.value,
      unknownReason: rule.reading.unknownReason,
      notSeenFor: (state == .unknown ? rule.timer.lastSeen : rule.timer.notSeenSince?.monotonic)
        .map { max(.zero, now.monotonic - $0) },
      runbook: rule.settings.runbook,
      escalate: rule.settings.escalate,
      call: escalation.first { $0.level == rule.settings.escalate }.map(Self.call) ?? "",
      facts: rule.rule.condition.names.sorted()
    )
  }

  /// `Platform Team Lead, #platform-oncall, within 15m`.
  static func call(_ settings: EscalationSettings) -> SafeText {
    let within = settings.respond.map { "within \(Format.duration($0))" }
    return SafeText([settings.contact, settings.slack, within].compactMap { $0 }.joined(separator: ", "))
  }

  private static func missing(_ condition: Condition, _ facts: FactView) -> String {
    condition.names.sorted().first { facts.fact($0) == nil }?.description ?? condition.text
  }

  private static func stateAndTime(_ rule: Rule) -> (AlertStatus.State, Moment?) {
    switch rule.timer.state {
    case .inactive: (rule.reading.truth == .unknown ? .unknown : .inactive, nil)
    case .pending(let since): (.pending, since)
    case .firing(_, let firedAt): (.firing, firedAt)
    // What was over is not known to be over still.
    case .resolved(let at): rule.reading.truth == .unknown ? (.unknown, nil) : (.resolved, at)
    }
  }

  private static func rank(_ alert: AlertStatus) -> Int {
    let severity =
      switch alert.severity {
      case .critical: 0
      case .warning: 1
      case .info: 2
      }
    let state =
      switch alert.state {
      case .firing: 0
      case .pending: 1
      case .unknown: 2
      case .resolved: 3
      case .inactive: 4
      }
    return state * 3 + severity
  }
}
