public import DataSources
public import Facts

/// Evaluates the console's own alert rules over the facts: a pure value, advanced after every report.
public struct AlertEngine: Sendable {
  /// The id of the source under which alerts are told.
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
    var timer: AlertTimer
    var truth = Truth.unknown
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
        rules.append(Rule(settings: alert, rule: rule, clear: clear, timer: timer))
      } catch {
        unreadable.append(SafeText("\(alert.name): \(error.description)"))
      }
    }
    self.unreadable = unreadable
  }

  /// Evaluates all rules as the world stands at `now`: where they stand, and what changed.
  public mutating func advance(
    _ world: World,
    now: Moment
  ) -> (snapshot: AlertsSnapshot, events: [Event]) {
    let facts = FactView(world.facts, at: now.monotonic)
    var statuses: [AlertStatus] = []
    var events: [Event] = []
    for index in rules.indices {
      let condition = rules[index].rule.condition
      rules[index].truth = condition.evaluate(facts)
      let transition = rules[index].timer.advance(
        truth: rules[index].truth,
        sampledAt: condition.newestSample(in: facts),
        clear: rules[index].clear?.evaluate(facts) ?? .unknown,
        now: now,
        interval: Self.interval(of: condition, facts, world)
      )
      if let transition {
        let settings = rules[index].settings
        let name = SafeText(settings.name)
        events.append(Event(name: name, severity: settings.severity, transition: transition, at: now))
      }
      statuses.append(status(rules[index], facts, now))
    }
    let sorted = statuses.enumerated().sorted { left, right in
      (Self.rank(left.element), left.offset) < (Self.rank(right.element), right.offset)
    }
    return (AlertsSnapshot(alerts: sorted.map(\.element), unreadable: unreadable), events)
  }

  /// The report that carries the snapshot and the facts `alert.NAME.firing`.
  public static func report(_ snapshot: AlertsSnapshot, at now: Moment) -> SourceReport {
    let observations = snapshot.alerts.map { alert in
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
    return SourceReport(
      source: source,
      startedAt: now,
      endedAt: now,
      result: .success(SourceReading(observations, snapshots: [snapshot]))
    )
  }

  /// The slowest of the sources behind a condition decides how long a gap may be.
  private static func interval(of condition: Condition, _ facts: FactView, _ world: World) -> Duration {
    let sources = condition.facts(in: facts).map(\.origin.source)
    return sources.compactMap { world.status(of: $0)?.interval }.max() ?? .seconds(5)
  }

  private func status(_ rule: Rule, _ facts: FactView, _ now: Moment) -> AlertStatus {
    let (state, since) = Self.stateAndTime(rule)
    let tests = rule.rule.condition.explain(facts)
    let unseen = rule.rule.condition.facts(in: facts).first { !$0.state.isKnown }
    var reason: SafeText?
    if rule.truth == .unknown {
      if let unseen {
        reason = SafeText("\(unseen.name) \(unseen.word.isEmpty ? unseen.state.word : unseen.word)")
      } else {
        reason = "no such fact: \(SafeText(Self.missing(rule.rule.condition, facts)))"
      }
    }
    return AlertStatus(
      name: SafeText(rule.settings.name),
      rule: SafeText(rule.settings.when),
      severity: rule.settings.severity,
      state: state,
      since: since?.wall,
      elapsed: since.map { max(.zero, now.monotonic - $0.monotonic) },
      needed: rule.rule.duration,
      value: SafeText(tests.first?.value ?? ""),
      unknownReason: reason,
      notSeenFor: rule.timer.notSeenSince.map { max(.zero, now.monotonic - $0.monotonic) },
      runbook: rule.settings.runbook,
      escalate: rule.settings.escalate,
      call: escalation.first { $0.level == rule.settings.escalate }.map(Self.call) ?? "",
      facts: rule.rule.condition.names.sorted()
    )
  }

  /// `Platform Team Lead, #platform-oncall, within 15m`.
  private static func call(_ settings: EscalationSettings) -> SafeText {
    let within = settings.respond.map { "within \(Format.duration($0))" }
    return SafeText([settings.contact, settings.slack, within].compactMap { $0 }.joined(separator: ", "))
  }

  private static func missing(_ condition: Condition, _ facts: FactView) -> String {
    condition.names.sorted().first { facts.fact($0) == nil }?.description ?? condition.text
  }

  private static func stateAndTime(_ rule: Rule) -> (AlertStatus.State, Moment?) {
    switch rule.timer.state {
    case .inactive: (rule.truth == .unknown ? .unknown : .inactive, nil)
    case .pending(let since): (.pending, since)
    case .firing(_, let firedAt): (.firing, firedAt)
    case .resolved(let at): (.resolved, at)
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
