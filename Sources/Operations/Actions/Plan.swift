public import Facts

/// One line of a preview: `hits   backend, celery-worker`.
public struct PlanRow: Sendable, Hashable {
  /// What the line tells: `run`, `hits`, `now`, `proof`, `next`.
  public var label: String
  /// The line.
  public var text: SafeText

  /// Makes a line.
  public init(_ label: String, _ text: SafeText) {
    self.label = label
    self.text = text
  }
}

/// A better idea than the plan it stands in: another target to act on first.
public struct PlanAdvice: Sendable, Hashable {
  /// The advice: `postgres is CRIT: restart that first`.
  public var text: SafeText
  /// The preview that the button beside it opens.
  public var instead: ActionRequest

  /// Gives advice.
  public init(_ text: SafeText, instead: ActionRequest) {
    self.text = text
    self.instead = instead
  }
}

/// What an action would do, frozen when its key was pressed: what runs, what it hits, what proves it.
public struct Plan: Sendable, Hashable {
  /// The environment it was made in; the executor refuses it in any other.
  public var environment: String
  /// What was asked for; the same request makes the plan afresh.
  public var request: ActionRequest
  /// What it acts on, by immutable identity.
  public var target: ActionTarget
  /// The confirmation it takes.
  public var danger: DangerClass
  /// The dialog's title: `RESTART postgres`.
  public var title: SafeText
  /// The lines of the preview.
  public var rows: [PlanRow]
  /// Exactly what runs, byte for byte, as `c` copies it; secrets appear as ‹name›.
  public var exact: String
  /// A better target, shown first; nil if there is none.
  public var advice: PlanAdvice?
  /// What will be proven, in one line.
  public var proof: SafeText
  /// What a dry run tells, line by line: all checks, nothing sent.
  public var dryRun: [SafeText]
  /// What the executor needs to act and to prove it.
  public var details: PlanDetails

  /// Makes a plan.
  public init(
    environment: String,
    request: ActionRequest,
    target: ActionTarget,
    danger: DangerClass,
    title: SafeText,
    rows: [PlanRow],
    exact: String,
    advice: PlanAdvice? = nil,
    proof: SafeText,
    dryRun: [SafeText] = [],
    details: PlanDetails
  ) {
    self.environment = environment
    self.request = request
    self.target = target
    self.danger = danger
    self.title = title
    self.rows = rows
    self.exact = exact
    self.advice = advice
    self.proof = proof
    self.dryRun = dryRun
    self.details = details
  }

  /// The action.
  public var action: ActionID { request.action }
}

/// What an action's own plan holds beyond what is shown.
public enum PlanDetails: Sendable, Hashable {
  /// Nothing more; for tests and previews.
  case none
  /// The restart of a service.
  case restart(RestartDetails)
  /// A quick test.
  case quickTest(QuickTestDetails)
}

/// Whether a plan still holds when it is about to run.
public enum Revalidation: Sendable, Hashable {
  /// Nothing that matters has changed.
  case unchanged
  /// The identity, class or consumers changed: the new plan is to be shown, once, with what changed.
  case changed(Plan, what: SafeText)
  /// It can't be done any more.
  case refused(Refusal)
}
