public import DataSources
internal import Facts

/// What goes on with an open rotation: forwards or back.
@LoopActor public protocol OpenRotationAction: Action where Details == OpenRotationDetails {
  /// What it needs of its environment.
  var services: ActionServices { get }
}

/// The rotation that was found open, and the services that it is about.
public struct OpenRotationDetails: Sendable, Hashable {
  /// The rotation.
  public var rotation: OpenRotation
  /// Its services that are there.
  public var targets: [ActionTarget]
}

extension OpenRotationAction {
  fileprivate var acts: CredentialActs { CredentialActs(services: services) }

  /// Drafts it from the journal and from what stands in the file.
  fileprivate func draft(
    _ verb: String,
    _ does: (_ open: OpenRotation, _ isWritten: Bool) -> [PlanRow],
    proof: (OpenRotation, CredentialActs.Needs) -> String
  ) async throws(Refusal) -> Draft<OpenRotationDetails> {
    let needs = try acts.needs()
    let open = try await acts.open(needs)
    let (targets, _) = try await acts.targets(of: open.carriers)
    let changed = try await changed(open, needs)
    let file =
      changed.isEmpty
      ? "\(open.path) has the old values"
      : "\(open.path) has the new \(changed.joined(separator: ", "))"
    let begun = "by \(open.person) at \(Format.timestamp(open.begunAt)); \(open.phase.rawValue)"
    let proof = SafeText(proof(open, needs), limit: 600)
    let rows =
      [PlanRow("begun", SafeText(begun)), PlanRow("now", SafeText(file, limit: 400))]
      + does(open, !changed.isEmpty) + [PlanRow("proof", proof)]
    return Draft(
      target: ActionTarget("credential", name: open.credential),
      danger: .disruptive,
      title: "\(SafeText(verb)) \(SafeText(open.credential))",
      rows: rows,
      exact: rows.map(\.text.string).joined(separator: "\n"),
      proof: proof,
      dryRun: [],
      details: OpenRotationDetails(rotation: open, targets: targets)
    )
  }

  private func changed(
    _ open: OpenRotation,
    _ needs: CredentialActs.Needs
  ) async throws(Refusal) -> [String] {
    let old: [KeptFile]?
    do throws(FileFailure) {
      old = try await needs.credentials.book.backup()
    } catch {
      throw .notPossible("\(SafeText(error.path)) can't be read (\(SafeText(error.cause)))")
    }
    guard let old else { return [] }
    do throws(SourceFailure) {
      return try await needs.keeper.standing(of: open.names, since: old).changed
    } catch {
      throw .notPossible(SafeText(error.detail, limit: 400))
    }
  }

  /// It is proven as it goes on.
  public func proof(of details: OpenRotationDetails, after outcome: ActOutcome) -> (any ProofMachine)? { nil }
  /// The services, and the one journal.
  public func alsoActsOn(_ details: OpenRotationDetails) -> [ActionTarget] {
    [CredentialActs.journal] + details.targets
  }
  /// The runtime and the age.
  public func touches(_ details: OpenRotationDetails) -> [String] { acts.touches }
}

/// Goes on with a rotation that was left, stopped or killed, from where the file and the containers stand.
@LoopActor public struct ResumeRotation: OpenRotationAction {
  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "credentials.resume",
    title: "go on with the rotation",
    doing: "rotating credentials",
    key: "",
    targets: [.environment],
    danger: .always(.disruptive),
    help: "go on with a rotation of credentials that was left, from where file and containers stand",
    command: "rotate --resume"
  )

  /// What it needs of its environment.
  public let services: ActionServices

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// Drafts it.
  /// - Throws: no rotation is open, or nobody can tell how it stands.
  public func plan(
    _ request: ActionRequest,
    renewing old: OpenRotationDetails?
  ) async throws(Refusal) -> Draft<OpenRotationDetails> {
    try await draft("RESUME ROTATION") { open, isWritten in
      let services = open.carriers.map(\.service).joined(separator: ", ")
      let words =
        isWritten || open.phase == .rollingBack
        ? "recreates those of \(services) that were not started with it" : "ends it: nothing was written"
      return [PlanRow("then", SafeText(words, limit: 400))]
    } proof: { open, needs in
      let settings = needs.credentials.settings.first { $0.name == open.credential }
      let tail = settings.map { RotationProof.words($0, services) } ?? "a quick test"
      return "the file's values in each of them by fingerprint, then \(tail)"
    }
  }

  /// Goes on.
  public func act(
    _ details: OpenRotationDetails,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActOutcome {
    await acts.run(details.rotation, emit) { await $0.resume(details.rotation) }
  }
}

/// Puts the old values back and starts the same services anew with them, while the old key is still valid.
@LoopActor public struct RollBackRotation: OpenRotationAction {
  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "credentials.rollback",
    title: "roll back the rotation",
    doing: "rolling back credentials",
    key: "",
    targets: [.environment],
    danger: .always(.disruptive),
    help: "put the old credentials back, and recreate the services that had the new ones",
    command: "rotate --rollback"
  )

  /// What it needs of its environment.
  public let services: ActionServices

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// Drafts it.
  /// - Throws: no rotation is open, or nobody can tell how it stands.
  public func plan(
    _ request: ActionRequest,
    renewing old: OpenRotationDetails?
  ) async throws(Refusal) -> Draft<OpenRotationDetails> {
    try await draft("ROLL BACK ROTATION") { open, isWritten in
      let services = open.carriers.map(\.service).joined(separator: ", ")
      let names = open.names.joined(separator: ", ")
      var rows = [
        PlanRow(
          "then",
          SafeText("recreates those of \(services) that were not started with them", limit: 400)
        )
      ]
      if isWritten {
        rows.insert(PlanRow("write", SafeText("the old \(names) to \(open.path)", limit: 400)), at: 0)
      }
      return rows
    } proof: { _, _ in
      "the old values in each of them by fingerprint"
    }
  }

  /// Goes back.
  public func act(
    _ details: OpenRotationDetails,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActOutcome {
    await acts.run(details.rotation, emit) { await $0.rollBack(details.rotation) }
  }
}
