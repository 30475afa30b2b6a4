public import DataSources
public import Facts

/// One thing that the console can do: everything about it stands in its own file.
///
/// To add one: its type, and one line in ``ActionCatalog/standard``. Key, hint, help, palette, the row menu,
/// docs/KEYS.md, the command line, preview, locks, record and proof follow from it.
@LoopActor public protocol Action: SendableMetatype {
  /// What is frozen when its key is pressed, beyond what the preview shows.
  associatedtype Details: Sendable & Hashable

  /// What the tables tell of it.
  nonisolated static var descriptor: ActionDescriptor { get }

  /// Makes it for one environment.
  init(_ services: ActionServices)

  /// What it really acts on, in order, when the request is planned first; one step each.
  /// - Throws: that can't be told.
  func targets(of request: ActionRequest) async throws(Refusal) -> [ActionTarget]

  /// Drafts it for the request's target from what is known now; asks, never changes anything.
  ///
  /// A request has one target, except of an action that takes several in one step.
  ///
  /// `old` is the draft that was confirmed, when its target is read again right before the act: what has
  /// taken the target's place is drafted then, to be asked about anew. It is nil for a first preview.
  /// - Throws: why it can't be done.
  func plan(_ request: ActionRequest, renewing old: Details?) async throws(Refusal) -> Draft<Details>

  /// Does it. Whatever happens is a value: an act is never repeated.
  ///
  /// Only the executor calls it, after the intent is on the disk.
  func act(_ details: Details, _ emit: @escaping @LoopActor (ActionEvent) -> Void) async -> ActOutcome

  /// What proves it, once it was accepted or nobody knows; nil where nothing can.
  func proof(of details: Details, after outcome: ActOutcome) -> (any ProofMachine)?

  /// Reads what its proof asks of it alone.
  func read(_ key: String) async -> Result<[Observation], SourceFailure>

  /// The least time between two questions of its proof; nil: as every proof.
  var proofInterval: Duration? { get }

  /// The ids of the sources to ask afterwards.
  func touches(_ details: Details) -> [String]

  /// What it acts on beside its target: nobody else may at the same time.
  func alsoActsOn(_ details: Details) -> [ActionTarget]

  /// Why nothing here can ever be done so: the environment has nothing that does it. It is not offered then; nil: it
  /// may be.
  var obstacle: SafeText? { get }

  /// Whether a draft made now for the same target can differ from the one that was shown.
  var canChange: Bool { get }
}

extension Action {
  /// What is named, as it is named.
  public func targets(of request: ActionRequest) async throws(Refusal) -> [ActionTarget] { request.targets }
  /// Nothing is read by itself.
  public func read(_ key: String) async -> Result<[Observation], SourceFailure> { .success([]) }
  /// As every proof.
  public var proofInterval: Duration? { nil }
  /// Nothing else.
  public func alsoActsOn(_ details: Details) -> [ActionTarget] { [] }
  /// None.
  public var obstacle: SafeText? { nil }
  /// The target is read again before the act.
  public var canChange: Bool { true }
}

/// What an action would do to one target, frozen.
public struct Draft<Details: Sendable & Hashable>: Sendable {
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
  /// What a dry run tells beside the preview's lines.
  public var dryRun: [SafeText]
  /// What is looked at again before the act; what matters of it asks anew.
  public var counts: [PlanCount]
  /// What the action needs to act and to prove it.
  public var details: Details

  /// Makes a draft; a dry run adds to its lines whether its target is there, unless told otherwise.
  public init(
    target: ActionTarget,
    danger: DangerClass,
    title: SafeText,
    rows: [PlanRow],
    exact: String,
    advice: PlanAdvice? = nil,
    proof: SafeText,
    dryRun: [SafeText]? = nil,
    counts: [PlanCount] = [],
    details: Details
  ) {
    self.target = target
    self.danger = danger
    self.title = title
    self.rows = rows
    self.exact = exact
    self.advice = advice
    self.proof = proof
    let there = target.identity.map { [SafeText("target \($0.id) is there")] } ?? []
    self.dryRun = dryRun ?? there
    self.counts = counts
    self.details = details
  }
}

extension Draft {
  /// The same draft with other details.
  func carrying<Other>(_ details: Other) -> Draft<Other> {
    Draft<Other>(
      target: target,
      danger: danger,
      title: title,
      rows: rows,
      exact: exact,
      advice: advice,
      proof: proof,
      dryRun: dryRun,
      counts: counts,
      details: details
    )
  }
}

/// A number of a preview whose change can make it another decision.
public struct PlanCount: Sendable, Hashable {
  /// Which change asks anew.
  public enum Rule: Sendable, Hashable {
    /// From none to some, or from some to none.
    case presence
    /// Beyond twice what was shown, and a thousand more: what would be lost.
    case growth
  }

  /// What is counted: `consumers`.
  public var name: String
  /// The number when the plan was made.
  public var value: Int
  /// Which change asks anew.
  public var rule: Rule

  /// Counts something.
  public init(_ name: String, _ value: Int, rule: Rule) {
    self.name = name
    self.value = value
    self.rule = rule
  }

  /// What changed so that it must be asked about anew; nil if nothing did.
  func change(to newer: PlanCount) -> String? {
    switch rule {
    case .presence:
      guard (value == 0) != (newer.value == 0) else { return nil }
      return newer.value == 0 ? "it has no \(name) any more" : "it has \(newer.value) \(name) now"
    case .growth:
      let (limit, isHuge) = value.multipliedReportingOverflow(by: 2)
      guard !isHuge, newer.value > limit + 1_000 else { return nil }
      return "\(newer.value) \(name) now, \(value) before"
    }
  }
}
