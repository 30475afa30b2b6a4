public import DataSources
public import Facts

/// The one thing that an action acts on, frozen when its key was pressed.
public struct ActionTarget: Sendable, Hashable {
  /// What kind of thing it is.
  public var kind: TargetKind
  /// The name shown: `postgres`, `worker 2`.
  public var name: String
  /// The name in the configuration and in facts; differs from `name` with several containers.
  public var subject: String
  /// Which thing exactly, and which of its lives; nil for what has no life of its own.
  public var identity: ServiceIdentity?

  /// Names a target; `subject` is `name` unless told.
  public init(
    _ kind: TargetKind,
    name: String,
    subject: String? = nil,
    identity: ServiceIdentity? = nil
  ) {
    self.kind = kind
    self.name = name
    self.subject = subject ?? name
    self.identity = identity
  }

  /// The target that a row stands for, by the row's id and name; nil if the world doesn't know it.
  ///
  /// Services are found by the row's id, which tells several containers of one apart.
  public init?(_ kind: TargetKind, row id: String, name: String, title: SafeText, in world: World) {
    guard kind == .service else {
      self.init(kind, name: title.string, subject: name)
      return
    }
    let services = world.snapshot(ServiceStatuses.self)?.value.services
    guard let status = services?.first(where: { $0.name == id }) else { return nil }
    self.init(status)
  }

  /// A service as it is shown.
  public init(_ status: ServiceStatus) {
    self.init(
      .service,
      name: status.name,
      subject: status.service,
      identity: status.reading?.identity
    )
  }

  /// What may only be acted on once at a time, by whichever console.
  func lock(for action: ActionID) -> String {
    let name = "\(kind) \(identity?.id ?? subject)"
    return kind == .environment ? "\(action) \(name)" : name
  }
}

/// What is to be planned: an action, its targets as the operator saw them, and arguments.
public struct ActionRequest: Sendable, Hashable {
  /// The action.
  public var action: ActionID
  /// What it is to act on, in order; never empty.
  public var targets: [ActionTarget]
  /// Arguments by name; those not given have the action's own defaults.
  public var arguments: [String: String]

  /// Asks for an action on one target.
  public init(_ action: ActionID, on target: ActionTarget, arguments: [String: String] = [:]) {
    self.action = action
    targets = [target]
    self.arguments = arguments
  }

  /// Asks for an action on several targets, one after the other; nil without any.
  public init?(_ action: ActionID, on targets: [ActionTarget], arguments: [String: String] = [:]) {
    guard !targets.isEmpty else { return nil }
    self.action = action
    self.targets = targets
    self.arguments = arguments
  }

  /// The target, or the first of several.
  public var target: ActionTarget { targets[0] }
}
