/// A kind of thing that can be looked at and acted upon: a service, a queue, a run.
///
/// Rows of panels and targets of actions share it: an action is offered for the rows of the kinds it takes.
public struct TargetKind: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The kind's name: `service`.
  public let name: String

  /// Names a kind.
  public init(_ name: String) { self.name = name }

  /// Names a kind in the source.
  public init(stringLiteral value: String) { name = value }

  /// The kind's name.
  public var description: String { name }

  /// The environment as a whole.
  public static let environment: TargetKind = "environment"
  /// A service of the project.
  public static let service: TargetKind = "service"
  /// A queue of the broker.
  public static let queue: TargetKind = "queue"
  /// A run of a suite.
  public static let run: TargetKind = "run"
  /// An execution without a run.
  public static let execution: TargetKind = "execution"
  /// A Celery task that failed, of which nobody knows the run.
  public static let task: TargetKind = "task"
  /// What runs failed for.
  public static let cause: TargetKind = "cause"
  /// A judged answer.
  public static let validation: TargetKind = "validation"
  /// The judged answers that have something in common.
  public static let validationGroup: TargetKind = "validation group"
  /// An alert rule.
  public static let alert: TargetKind = "alert"
  /// A line of the timeline.
  public static let event: TargetKind = "event"
  /// A procedure, or a run of one.
  public static let runbook: TargetKind = "runbook"
  /// A fact by itself.
  public static let fact: TargetKind = "fact"
}
