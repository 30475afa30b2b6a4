/// Everything that can be configured, with the defaults for what was not.
public struct Settings: Sendable, Equatable {
  /// The version of the configuration's format.
  public var version: Int
  /// The environment used unless `--env` says another; nil: the only one.
  public var defaultEnvironment: String?
  /// The environments, names unique.
  public var environments: [EnvironmentSettings]
  /// The alert rules, names unique.
  public var alerts: [AlertSettings]
  /// The quick test.
  public var quickTest: QuickTestSettings
  /// Whom to call, by level.
  public var escalation: [EscalationSettings]
  /// Limits that colour values.
  public var thresholds: ThresholdSettings
  /// The timing of proofs.
  public var gate: GateSettings
  /// The name of the theme.
  public var theme: String
  /// The name of the layout of the overview.
  public var layout: String
  /// The interval of every poll; nil: each source's own.
  public var refreshInterval: Duration?
  /// Actions of somebody's own, names unique.
  public var actions: [OwnActionSettings] = []
  /// Further runbooks: files that end in `.md`, and directories of such.
  public var runbooks: [String] = []
  /// The credentials that are rotated, names unique.
  public var credentials = CredentialSettings.builtIn

  /// Makes settings; the runbook's rules and recipe unless told, and no environment.
  public init(
    defaultEnvironment: String? = nil,
    environments: [EnvironmentSettings] = [],
    alerts: [AlertSettings] = AlertSettings.builtIn,
    quickTest: QuickTestSettings = QuickTestSettings(),
    escalation: [EscalationSettings] = EscalationSettings.builtIn,
    thresholds: ThresholdSettings = ThresholdSettings(),
    gate: GateSettings = GateSettings(),
    theme: String = "default",
    layout: String = "default",
    refreshInterval: Duration? = nil
  ) {
    version = 1
    self.defaultEnvironment = defaultEnvironment
    self.environments = environments
    self.alerts = alerts
    self.quickTest = quickTest
    self.escalation = escalation
    self.thresholds = thresholds
    self.gate = gate
    self.theme = theme
    self.layout = layout
    self.refreshInterval = refreshInterval
  }

  /// The environment of that name; nil when there is none.
  public func environment(_ name: String) -> EnvironmentSettings? {
    environments.first { $0.name == name }
  }
}

/// Limits that colour values at once, apart from the alert rules.
public struct ThresholdSettings: Sendable, Equatable {
  /// A provider slower than this is WARN: `provider.slow`.
  public var providerSlow: Duration
  /// Messages that wait so long at consumers that acknowledge none are stalled: `queues.stalled_after`.
  public var queuesStalledAfter: Duration
  /// A run unfinished and not updated for so long is stuck: `runs.stuck_after`.
  public var runsStuckAfter: Duration
  /// A validation below this, on a scale of 0 to 1, is of low confidence: `validations.threshold`.
  public var validationThreshold: Double

  /// When results of tests are a reason to look.
  public var tests = TestLimits()

  /// Makes limits; 5 s, 30 s, 30 min and 0.5 unless told.
  public init(
    providerSlow: Duration = .seconds(5),
    queuesStalledAfter: Duration = .seconds(30),
    runsStuckAfter: Duration = .seconds(30 * 60),
    validationThreshold: Double = 0.5
  ) {
    self.providerSlow = providerSlow
    self.queuesStalledAfter = queuesStalledAfter
    self.runsStuckAfter = runsStuckAfter
    self.validationThreshold = validationThreshold
  }
}

/// The timing of proofs after an act.
public struct GateSettings: Sendable, Equatable {
  /// The time between two samples.
  public var interval: Duration
  /// The time between two samples of the API, whose budget is shared with people.
  public var apiInterval: Duration
  /// The time within which the gate must pass.
  public var within: Duration
  /// How many true samples in a row pass it.
  public var holding: Int
  /// The least time between two samples that count.
  public var spacing: Duration
  /// The time that each service of `then` is waited for.
  public var then: Duration
  /// The time after which the same start time counts as done, unproven.
  public var settling: Duration

  /// Makes a timing; 500 ms, 2 s, 90 s, 3, 1 s, 30 s and 10 s unless told.
  public init(
    interval: Duration = .milliseconds(500),
    apiInterval: Duration = .seconds(2),
    within: Duration = .seconds(90),
    holding: Int = 3,
    spacing: Duration = .seconds(1),
    then: Duration = .seconds(30),
    settling: Duration = .seconds(10)
  ) {
    self.interval = interval
    self.apiInterval = apiInterval
    self.within = within
    self.holding = holding
    self.spacing = spacing
    self.then = then
    self.settling = settling
  }
}
