internal import Facts

/// How bad an alert is.
public enum AlertSeverity: String, Sendable, Hashable, CaseIterable {
  /// To know.
  case info
  /// Soon.
  case warning
  /// Now.
  case critical
}

/// One alert rule of the console's own.
public struct AlertSettings: Sendable, Equatable {
  /// The name, unique.
  public var name: String
  /// The rule: a condition and `for` a duration.
  public var when: String
  /// How bad it is.
  public var severity: AlertSeverity
  /// The condition that resolves it; nil: `when` being false.
  public var clear: String?
  /// The name of the runbook to open; nil: none.
  public var runbook: String?
  /// The escalation level; nil: none.
  public var escalate: String?
  /// Where `when` is written; nil when it is the console's own.
  public var location: Location?

  /// Makes a rule; a warning unless told.
  public init(
    name: String,
    when: String,
    severity: AlertSeverity = .warning,
    clear: String? = nil,
    runbook: String? = nil,
    escalate: String? = nil,
    location: Location? = nil
  ) {
    self.name = name
    self.when = when
    self.severity = severity
    self.clear = clear
    self.runbook = runbook
    self.escalate = escalate
    self.location = location
  }

  /// The rules of the runbook's table "Alert Thresholds", which hold unless configured otherwise.
  public static let builtIn = [
    AlertSettings(
      name: "queue-critical",
      when: "queue.depth > 1000 for 2m",
      severity: .critical,
      clear: "queue.depth < 900",
      runbook: "high-queue-depth",
      escalate: "P1"
    ),
    AlertSettings(
      name: "queue-warning",
      when: "queue.depth > 500 for 5m",
      severity: .warning,
      runbook: "high-queue-depth",
      escalate: "P3"
    ),
  ]
}

extension EnvironmentSettings {
  /// The rules as they hold here: those of the console's own that watch a broker watch each further one, too.
  public func alerts(_ rules: [AlertSettings]) -> [AlertSettings] {
    let further = sources.filter { $0.settings.type == RabbitMQSettings.type }.compactMap(qualifier)
    let names = Set(rules.map(\.name))
    return rules
      + further.flatMap { source in
        rules.filter(\.isOwn).map { $0.watching(source) }.filter { !names.contains($0.name) }
      }
  }
}

extension AlertSettings {
  private static let depth: FactName = "queue.depth"

  /// Whether it watches what the console watches by itself; a rule that somebody has written is left as it is.
  fileprivate var isOwn: Bool {
    Self.builtIn.contains { $0.name == name && $0.when == when }
  }

  /// The same of a further broker: `queue-critical-orders`, `orders.queue.depth > 1000 for 2m`.
  fileprivate func watching(_ source: String) -> AlertSettings {
    func own(_ text: String) -> String {
      text.replacing(Self.depth.description, with: Self.depth.qualified(by: source).description)
    }
    var rule = self
    rule.name = "\(name)-\(source)"
    rule.when = own(when)
    rule.clear = clear.map(own)
    return rule
  }
}

/// Whom to call at one level, and how soon.
public struct EscalationSettings: Sendable, Equatable {
  /// The level: `P1`.
  public var level: String
  /// The time within which somebody must respond; nil: unsaid.
  public var respond: Duration?
  /// Who: a person or a role; nil: unsaid.
  public var contact: String?
  /// The channel; nil: none.
  public var slack: String?

  /// Makes a level.
  public init(
    level: String,
    respond: Duration? = nil,
    contact: String? = nil,
    slack: String? = nil
  ) {
    self.level = level
    self.respond = respond
    self.contact = contact
    self.slack = slack
  }

  /// The runbook's section "Escalation".
  public static let builtIn = [
    EscalationSettings(
      level: "P1",
      respond: .seconds(15 * 60),
      contact: "Platform Team Lead",
      slack: "#platform-oncall"
    ),
    EscalationSettings(
      level: "P2",
      respond: .seconds(3_600),
      contact: "Platform Engineer",
      slack: "#platform-oncall"
    ),
    EscalationSettings(
      level: "P3",
      respond: .seconds(4 * 3_600),
      contact: "Platform Engineer",
      slack: "#platform-oncall"
    ),
  ]
}
