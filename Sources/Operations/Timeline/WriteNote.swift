public import DataSources
public import Facts

/// Writes down what the operator has to say: it stands in the audit and in the timeline, here and on the consoles of
/// other hosts.
///
/// It touches the console's own records alone, so it works in read-only, too; then other hosts aren't told.
@LoopActor public struct WriteNote: Action {
  /// What is noted.
  public struct Details: Sendable, Hashable {
    /// The text.
    public var text: SafeText
  }

  /// What the tables tell of it.
  public nonisolated static let descriptor: ActionDescriptor = {
    var descriptor = ActionDescriptor(
      id: "note",
      title: "note",
      doing: "noting",
      key: "m",
      targets: [.environment],
      danger: .always(.look),
      help: "note something in the timeline and the audit, for whoever reads them",
      command: "note",
      arguments: [.init("text", help: "what is to be remembered, in a line", isRequired: true)]
    )
    descriptor.isNoted = true
    descriptor.takesRest = true
    return descriptor
  }()

  /// The most characters of a note.
  static let longest = 500

  private let services: ActionServices

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// Drafts it.
  /// - Throws: there is nothing to note, or too much.
  public func plan(_ request: ActionRequest, renewing old: Details?) async throws(Refusal) -> Draft<Details> {
    let text = SafeText(told: request.arguments["text"] ?? "", limit: Self.longest + 1)
    guard !text.string.allSatisfy(\.isWhitespace) else { throw .notPossible("there is nothing to note") }
    guard text.string.count <= Self.longest else {
      throw .notPossible("a note has at most \(SafeText("\(Self.longest)")) characters")
    }
    return Draft(
      target: ActionTarget(ActionTarget.note, name: "note"),
      danger: .look,
      title: "NOTE",
      rows: [PlanRow("run", "the console's own records")],
      exact: "switchboard note",
      proof: "nothing to prove: only the console's own records change",
      details: Details(text: text)
    )
  }

  /// Tells what is noted: the executor writes it down.
  public func act(
    _ details: Details,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActOutcome {
    let now = services.clock.now()
    return ActOutcome(.decided(Verdict(.done, details.text)), begunAt: now, endedAt: now)
  }

  /// Nothing proves it.
  public func proof(of details: Details, after outcome: ActOutcome) -> (any ProofMachine)? { nil }

  /// The audit is read again.
  public func touches(_ details: Details) -> [String] { [AuditSource.id] }
}

extension ActionTarget {
  /// The kind of what a note is about: nothing that could be acted on.
  static let note: TargetKind = "note"
}
