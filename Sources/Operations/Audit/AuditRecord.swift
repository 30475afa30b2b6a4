internal import DataSources
public import Facts

/// What the audit log says of one moment of an act.
public struct AuditRecord: Sendable, Hashable {
  /// Which moment it is.
  public enum Event: String, Sendable, Hashable, CaseIterable {
    /// The intent, before anything is done.
    case begin
    /// The outcome.
    case end
    /// It was asked for and not begun.
    case refused
    /// Somebody noted something; nothing was done.
    case note
  }

  /// Which moment it is.
  public var event: Event
  /// The act's own id, which joins its begin and end.
  public var act: String
  /// When.
  public var time: WallTime
  /// The environment.
  public var environment: String
  /// The action's id.
  public var action: String
  /// What was acted on, in words: `postgres`.
  public var target: String
  /// The target's immutable id; empty if it has none.
  public var identity: String
  /// The life of the target that was meant; empty if it has none.
  public var incarnation: String
  /// The danger class, 0 to 3.
  public var danger: Int
  /// Exactly what runs.
  public var exact: String
  /// The outcome's word at an end; nil else.
  public var verdict: String?
  /// From the act's begin to its end; nil but at an end.
  public var duration: Duration?
  /// The verdict's sentence, the refusal's, or why read-only was lifted; may be empty.
  public var reason: String

  /// Makes a record of a plan.
  public init(
    _ event: Event,
    act: String,
    of plan: Plan,
    on target: ActionTarget,
    time: WallTime,
    verdict: Verdict? = nil,
    reason: String = ""
  ) {
    self.init(
      event,
      act: act,
      time: time,
      environment: plan.environment,
      action: plan.action.name,
      target: target.name
    )
    identity = target.identity?.id ?? ""
    incarnation = target.identity?.incarnation ?? ""
    danger = plan.danger.rawValue
    exact = plan.exact
    self.verdict = verdict?.outcome.word
    duration = verdict?.duration
    self.reason = verdict?.told.string ?? reason
  }

  /// Makes a record without details.
  public init(
    _ event: Event,
    act: String,
    time: WallTime,
    environment: String,
    action: String,
    target: String
  ) {
    self.event = event
    self.act = act
    self.time = time
    self.environment = environment
    self.action = action
    self.target = target
    identity = ""
    incarnation = ""
    danger = 0
    exact = ""
    verdict = nil
    duration = nil
    reason = ""
  }
}

/// One line of the audit log, read back: what happened and who did it.
public struct AuditEntry: Sendable, Hashable {
  /// The number of the line, from 1.
  public var sequence: Int
  /// What happened.
  public var record: AuditRecord
  /// Who.
  public var author: AuditAuthor

  /// Pairs a record with its author.
  public init(sequence: Int, record: AuditRecord, author: AuditAuthor) {
    self.sequence = sequence
    self.record = record
    self.author = author
  }
}

/// Why an act could not be recorded, and so was not begun.
public struct AuditFailure: Error, Sendable, Hashable {
  /// The file or directory.
  public let path: String
  /// The cause in a few words: `disk full`, `permission denied`.
  public let cause: String
  /// The system's error number; 0 if it was none of the system's.
  public let number: Int32

  /// Describes a failure.
  public init(path: String, cause: String, number: Int32 = 0) {
    self.path = path
    self.cause = cause
    self.number = number
  }

  init(_ failure: FileFailure) {
    self.init(path: failure.path, cause: failure.cause, number: failure.number)
  }
}
