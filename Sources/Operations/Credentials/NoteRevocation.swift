public import DataSources
internal import Facts

/// Notes that the old key of a credential was revoked at its provider: nobody here can do that, and once it is done
/// there is no way back.
///
/// Only a rotation that was proven lets it be noted.
@LoopActor public struct NoteRevocation: Action {
  /// The credential.
  public struct Details: Sendable, Hashable {
    /// Its name.
    public var credential: String
  }

  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "credentials.revoked",
    title: "old key revoked",
    doing: "noting that the old key is revoked",
    key: "",
    targets: [.environment],
    danger: .always(.destructive),
    help: "note that the old key of a rotated credential was revoked at its provider",
    command: "rotate --revoked",
    arguments: [.init("credential", help: "which one; the only one that waits for it unless told")]
  )

  private let services: ActionServices
  private var acts: CredentialActs { CredentialActs(services: services) }

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// Drafts it for a credential whose rotation was proven.
  /// - Throws: none was, or one is still open.
  public func plan(_ request: ActionRequest, renewing old: Details?) async throws(Refusal) -> Draft<Details> {
    let needs = try acts.needs()
    let contents = try await CredentialActs.contents(of: needs.credentials)
    if let open = contents.open {
      throw .notPossible("the old key is still needed: \(open.told)")
    }
    let waiting = contents.records.filter { $0.value.revokedAt == nil }.keys.sorted()
    let name = old?.credential ?? request.arguments["credential"] ?? (waiting.count == 1 ? waiting[0] : "")
    guard let record = contents.records[name], record.revokedAt == nil else {
      let list = waiting.isEmpty ? "none does" : waiting.joined(separator: ", ")
      throw .notPossible(
        "no proven rotation of \(SafeText(name.isEmpty ? "a credential" : name)) waits for it; \(SafeText(list))"
      )
    }
    let proven = "rotated and proven by \(record.person) at \(Format.timestamp(record.provenAt))"
    return Draft(
      target: ActionTarget("credential", name: name),
      danger: .destructive,
      title: "OLD KEY REVOKED \(SafeText(name))",
      rows: [
        PlanRow("first", "revoke the old key at the provider: nobody here can"),
        PlanRow("now", SafeText(proven)), PlanRow("run", "a note in the audit, by whom and when"),
        PlanRow("undo", "none: the old key is gone then"),
      ],
      exact: "note that the old key of \(name) is revoked",
      proof: "nothing: whoever says so answers for it",
      dryRun: [],
      details: Details(credential: name)
    )
  }

  /// Notes it.
  public func act(
    _ details: Details,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActOutcome {
    let begunAt = services.clock.now()
    let verdict: Verdict
    do throws(FileFailure) {
      try await services.credentials?.book.noteRevocation(of: details.credential, at: begunAt.wall)
      verdict = Verdict(
        .done,
        SafeText("noted: the old key of \(details.credential) is revoked, as was said")
      )
    } catch {
      verdict = Verdict(.failed, SafeText("\(error.path) can't be written (\(error.cause))"))
    }
    return ActOutcome(.decided(verdict), begunAt: begunAt, endedAt: services.clock.now())
  }

  /// Nothing proves it.
  public func proof(of details: Details, after outcome: ActOutcome) -> (any ProofMachine)? { nil }
  /// The one journal.
  public func alsoActsOn(_ details: Details) -> [ActionTarget] { [CredentialActs.journal] }
  /// The age.
  public func touches(_ details: Details) -> [String] { [CredentialSource.id] }
}
