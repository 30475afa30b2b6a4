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
  /// When it was asked for: whoever acted on a target since then acted first.
  public var askedAt: WallTime
  /// What is done to each target, in order; never empty.
  public var steps: [PlanStep]
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
  /// What a dry run tells beside the preview's lines: what was checked, and that nothing was sent.
  public var dryRun: [SafeText]

  /// Makes a plan.
  public init(
    environment: String,
    request: ActionRequest,
    askedAt: WallTime,
    steps: [PlanStep],
    danger: DangerClass,
    title: SafeText,
    rows: [PlanRow],
    exact: String,
    advice: PlanAdvice? = nil,
    proof: SafeText,
    dryRun: [SafeText] = []
  ) {
    self.environment = environment
    self.request = request
    self.askedAt = askedAt
    self.steps = steps
    self.danger = danger
    self.title = title
    self.rows = rows
    self.exact = exact
    self.advice = advice
    self.proof = proof
    self.dryRun = dryRun
  }

  /// The action.
  public var action: ActionID { request.action }
  /// What it acts on, or the first of several.
  public var target: ActionTarget { steps.first?.target ?? request.target }

  /// What must be typed to confirm a destructive plan: `prod/celery`, or for several `prod 7`.
  public var typedName: String {
    steps.count == 1 ? "\(environment)/\(target.name)" : "\(environment) \(steps.count)"
  }
}

/// What is done to one target of a plan.
public struct PlanStep: Sendable, Hashable {
  /// What it acts on, by immutable identity.
  public var target: ActionTarget
  /// What is looked at again before the act.
  public var counts: [PlanCount]
  /// What the action needs to act and to prove it.
  public var details: PlanDetails

  /// Makes a step.
  public init(target: ActionTarget, counts: [PlanCount] = [], details: PlanDetails) {
    self.target = target
    self.counts = counts
    self.details = details
  }
}

/// An action's own part of a plan, whatever it is: only the action looks inside.
public struct PlanDetails: Sendable, Hashable {
  private let value: any Sendable & Hashable

  /// Boxes details.
  public init(_ value: some Sendable & Hashable) {
    self.value = value
  }

  /// The details as an action's own; nil if they are another's.
  public func `as`<Details>(_ type: Details.Type) -> Details? { value as? Details }

  /// Whether both hold the same.
  public static func == (left: PlanDetails, right: PlanDetails) -> Bool {
    AnyHashable(left.value) == AnyHashable(right.value)
  }

  /// Hashes what it holds.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(AnyHashable(value))
  }
}
