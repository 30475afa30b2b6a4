public import DataSources
public import Facts
public import Operations

/// The run of a runbook that this console goes through.
public struct RunModel: Sendable {
  /// What it goes through.
  public var script: RunScript
  /// What happened so far.
  public var run: RunbookRun
  /// Whether a step is being taken now.
  public var isBusy = false
  /// Where the gate of the step stands that is being taken; nil while none is waited for.
  public var gate: GateView?
  /// What the act of a step printed or showed last; nil before one did.
  public var output: (step: Int, lines: [SafeText])?
  /// Values that are offered where they are asked for.
  public var given: [String: String] = [:]
  /// What its steps may do.
  public let catalog: ActionCatalog
  /// The environment that its acts are in.
  public let environment: String
  /// Whom messages are for.
  public let escalation: [EscalationSettings]

  /// Makes the model of a run.
  public init(
    _ script: RunScript,
    _ run: RunbookRun,
    catalog: ActionCatalog = .standard,
    environment: String,
    escalation: [EscalationSettings] = EscalationSettings.builtIn
  ) {
    self.script = script
    self.run = run
    self.catalog = catalog
    self.environment = environment
    self.escalation = escalation
  }

  /// The id of its row.
  public var rowID: String { RunbookRow.id(ofRun: run.id) }

  /// The id of the row of a run.
  public static func rowID(ofRun id: String) -> String { RunbookRow.id(ofRun: id) }

  /// The id of the row of a procedure.
  public static func rowID(of runbook: Runbook) -> String { RunbookRow.id(of: runbook) }

  /// The step that it stands at; nil once it is over.
  ///
  /// What is prepared and has not begun stands at the first.
  public var step: Int? { run.beginning == nil ? 0 : run.standing.step }

  /// Reads its steps by what is known.
  public func reader(_ world: World) -> StepReader {
    StepReader(script, run, catalog: catalog, environment: environment, world: world)
  }

  /// The text of a step for a person: what is copied of it.
  public func text(of step: Int, _ world: World, at now: MonotonicTime) -> [SafeText] {
    reader(world).text(of: step, at: now, escalation)
  }
}
