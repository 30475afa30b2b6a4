public import DataSources

/// The one thing that an action acts on, frozen when its key was pressed.
public struct ActionTarget: Sendable, Hashable {
  /// What kind of thing it is.
  public var kind: ActionDescriptor.TargetKind
  /// The name shown: `postgres`, `worker 2`.
  public var name: String
  /// The name in the configuration and in facts; differs from `name` with several containers.
  public var service: String
  /// Which thing exactly, and which of its lives; nil for what has no life of its own.
  public var identity: ServiceIdentity?

  /// Names a target; `service` is `name` unless told.
  public init(
    _ kind: ActionDescriptor.TargetKind,
    name: String,
    service: String? = nil,
    identity: ServiceIdentity? = nil
  ) {
    self.kind = kind
    self.name = name
    self.service = service ?? name
    self.identity = identity
  }

  /// What may only be acted on once at a time.
  var lock: String {
    "\(kind.rawValue) \(identity?.id ?? name)"
  }
}

/// What is to be planned: an action, its target as the operator saw it, and arguments.
public struct ActionRequest: Sendable, Hashable {
  /// The action.
  public var action: ActionID
  /// What it is to act on.
  public var target: ActionTarget
  /// Arguments by name; those not given have the action's own defaults.
  public var arguments: [String: String]

  /// Asks for an action.
  public init(_ action: ActionID, on target: ActionTarget, arguments: [String: String] = [:]) {
    self.action = action
    self.target = target
    self.arguments = arguments
  }

  /// Asks for the restart of a service as it is shown.
  public static func restart(_ status: ServiceStatus) -> ActionRequest {
    ActionRequest(
      .serviceRestart,
      on: ActionTarget(
        .service,
        name: status.name,
        service: status.service,
        identity: status.reading?.identity
      )
    )
  }

  /// Asks for the restart of a service by its name, whichever incarnation runs.
  public static func restart(service: String) -> ActionRequest {
    ActionRequest(.serviceRestart, on: ActionTarget(.service, name: service))
  }

  /// Asks for a quick test in an environment; a nil script means the configured one.
  public static func quickTest(environment: String, script: String? = nil) -> ActionRequest {
    ActionRequest(
      .quickTest,
      on: ActionTarget(.environment, name: environment),
      arguments: script.map { ["script": $0] } ?? [:]
    )
  }
}
