public import DataSources
public import Facts

/// What the steps of a run take and say, found without doing anything.
///
/// Pure: the screen and the commands read the same.
public struct StepReader {
  private let script: RunScript
  private let run: RunbookRun
  private let catalog: ActionCatalog
  private let environment: String
  private let world: World

  /// Reads the steps of a run by what is known now.
  public init(
    _ script: RunScript,
    _ run: RunbookRun,
    catalog: ActionCatalog,
    environment: String,
    world: World
  ) {
    self.script = script
    self.run = run
    self.catalog = catalog
    self.environment = environment
    self.world = world
  }

  /// What a step takes, with what was asked for filled in.
  public func work(of step: Int) -> RunbookRunner.Work {
    switch script.steps[step].kind {
    case .known(.act(let action, let targets, let arguments)):
      return request(action, targets, arguments)
    case .known(.logs(let service, let lines, let filters)):
      var arguments = ["lines": lines ?? "1000"]
      arguments["match"] = RecognisedCommand.LogFilter.pattern(of: filters)
      return request(LastLines.descriptor.id, [service ?? "*"], arguments)
    case .known(.check), .known(.gate), .known(.pause), .known(.view), .decide: return .look
    case .input(let name): return .input(name)
    case .known(.query), .known(.metric), .known(.fetch), .known(.assign), .known(.manual), .known(.tool),
      .manual, .escalate, .copy:
      return .byHand
    }
  }

  /// What stands in a step for a person, with what was asked for, and in a message what the facts say now.
  public func text(
    of step: Int,
    at now: MonotonicTime,
    _ escalation: [EscalationSettings]
  ) -> [SafeText] {
    let definition = script.steps[step]
    guard case .escalate(let severity) = definition.kind else {
      return Self.lines(filled(definition.text))
    }
    return EscalationMessage.text(definition.text, severity, escalation, world, at: now) { run.inputs[$0] }
  }

  /// The names of the places of a text that are filled.
  public static func places(of text: String) -> [String] { InputNames.names(in: text) }

  static func lines(_ text: String) -> [SafeText] {
    text.split(whereSeparator: \.isNewline).map { SafeText(told: String($0), limit: 400) }
  }

  /// A text with what was asked for filled in.
  public func filled(_ text: String) -> String {
    InputNames.filled(text) { run.inputs[$0] }
  }

  /// The text of a condition, each value as the language writes it.
  public func filledExpression(_ text: String) -> String {
    InputNames.filled(text) { name in
      run.inputs[name].map { Double($0) != nil ? $0 : ComposeCommands.quoted($0) }
    }
  }

  // MARK: requests

  private func request(
    _ action: ActionID,
    _ targets: [String],
    _ arguments: [String: String]
  ) -> RunbookRunner.Work {
    guard let descriptor = catalog.descriptor(of: action) else { return .byHand }
    var filled: [String: String] = [:]
    for (name, value) in arguments { filled[name] = self.filled(value) }
    let names = targets.map(self.filled)
    if let open = (names + filled.values).flatMap(InputNames.names).first {
      return .impossible("\(SafeText(open)) was not asked for on the way here")
    }
    if descriptor.isOfEnvironment {
      let target = ActionTarget(.environment, name: environment)
      return .act(ActionRequest(action, on: target, arguments: filled))
    }
    let kind = descriptor.targets.first ?? .service
    let meant = names.isEmpty || names == ["*"] ? defaults(of: kind) : names.map { target(kind, $0) }
    guard let request = ActionRequest(action, on: meant, arguments: filled) else {
      return .impossible("it isn't told, nor known, which \(SafeText(kind.name)) is meant")
    }
    return .act(request)
  }

  /// A service by its name, or by what its runtime calls it: `voiceai-backend`.
  private func target(_ kind: TargetKind, _ name: String) -> ActionTarget {
    guard kind == .service, let statuses = world.snapshot(ServiceStatuses.self)?.value,
      let status = statuses.services.first(where: { $0.name == name })
        ?? statuses.services.first(where: { $0.reading?.instance == name })
    else { return ActionTarget(kind, name: name) }
    return ActionTarget(status)
  }

  /// What a command without a target is about: every service, what others need first; the queue that is watched.
  private func defaults(of kind: TargetKind) -> [ActionTarget] {
    switch kind {
    case .service:
      let statuses = world.snapshot(ServiceStatuses.self)?.value.services ?? []
      return Self.dependencyOrder(statuses.filter { $0.reading != nil }).map { ActionTarget($0) }
    case .queue:
      let queues = world.snapshot(QueuesSnapshot.self)?.value
      return queues.map { [ActionTarget(.queue, name: $0.mainQueue)] } ?? []
    default: return []
    }
  }

  /// What is needed stands before what needs it; circles stay in their order.
  private static func dependencyOrder(_ statuses: [ServiceStatus]) -> [ServiceStatus] {
    var (placed, order): (Set<String>, [ServiceStatus]) = ([], [])
    func place(_ name: String, _ above: Set<String>) {
      guard !placed.contains(name), !above.contains(name) else { return }
      let own = statuses.filter { $0.service == name }
      for need in own.flatMap(\.needs) { place(need, above.union([name])) }
      guard placed.insert(name).inserted else { return }
      order += own
    }
    for status in statuses { place(status.service, []) }
    return order
  }
}
