public import DataSources
public import Facts

/// Puts new values of a credential's variables where services are started from, starts each of those services anew, and
/// proves that the new values are in them and are taken.
///
/// Until then the way back is open.
@LoopActor public struct RotateCredentials: Action {
  /// What is written where, and who is started anew.
  public struct Details: Sendable, Hashable {
    /// The change of the file; it holds the values, so it is shown nowhere.
    public var change: CredentialChange
    /// The journal that is written before it.
    public var rotation: OpenRotation
    /// The services, by their first containers.
    public var targets: [ActionTarget]
  }

  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "credentials.rotate",
    title: "rotate credentials",
    doing: "rotating credentials",
    key: "K",
    targets: [.service],
    danger: .always(.disruptive),
    help:
      "put new credentials in the place of the old ones, recreate each service that gets them, and prove it",
    command: "rotate"
  )

  private let services: ActionServices
  private var acts: CredentialActs { CredentialActs(services: services) }

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// Nothing here keeps credentials.
  public var obstacle: SafeText? {
    services.offer((any CredentialKeeper).self) == nil ? CredentialActs.nothing.sentence : nil
  }

  /// The variables that are named, parted by commas; asked for at a service, those for which there is a new value.
  public func targets(of request: ActionRequest) async throws(Refusal) -> [ActionTarget] {
    guard request.target.kind != Self.kind else { return request.targets }
    let given = services.credentials?.givenNames ?? []
    return [ActionTarget(Self.kind, name: given.joined(separator: ","))]
  }

  private nonisolated static let kind: TargetKind = "credential"

  /// Asks for a rotation of those variables.
  public nonisolated static func request(of names: [String]) -> ActionRequest {
    ActionRequest(descriptor.id, on: ActionTarget(kind, name: names.joined(separator: ",")))
  }

  /// Drafts it for the variables that are named and their new values.
  /// - Throws: why it can't be done, and what to do.
  public func plan(_ request: ActionRequest, renewing old: Details?) async throws(Refusal) -> Draft<Details> {
    let needs = try acts.needs()
    if let open = try await CredentialActs.contents(of: needs.credentials).open {
      throw .notPossible(open.told)
    }
    let names = old?.rotation.names ?? request.target.name.split(separator: ",").map(String.init)
    guard !names.isEmpty else {
      throw .notPossible(
        "no new values are given: switchboard rotate NAME asks for them, K on a service as well"
      )
    }
    let settings = try needs.credentials.credential(of: names)
    let place = try await found(names, needs.keeper)
    let (targets, absent) = try await acts.targets(of: place.carriers)
    guard !targets.isEmpty else {
      let list = SafeText(names.joined(separator: ", "))
      throw .notPossible(
        "no service that is there is started with \(list) of \(SafeText(place.path)): is it set in this shell as well?"
      )
    }
    let change = try await change(old, names, place, needs)
    let recreations = try await recreations(of: targets, needs.keeper)
    let ordered = targets.compactMap { target in place.carriers.first { $0.service == target.name } }
    let rotation = OpenRotation(
      credential: settings.name,
      names: names,
      files: place.files.map(\.path),
      carriers: ordered,
      begunAt: services.clock.now().wall,
      person: needs.credentials.book.person
    )
    let writes = place.files.map { file in
      "write \(file.path): " + file.names.map { "\($0)=‹\($0)›" }.joined(separator: ", ")
    }
    let proof = SafeText(
      "the new values in \(ordered.map(\.service).joined(separator: ", ")) by fingerprint, then "
        + RotationProof.words(settings, services),
      limit: 600
    )
    var rows = writes.map { PlanRow("write", SafeText($0, limit: 400)) }
    rows += recreations.map { PlanRow("then", SafeText($0.exact, limit: 400)) }
    rows.append(PlanRow("order", "one after the other, to the first that isn't back"))
    if !absent.isEmpty {
      rows.append(
        PlanRow("absent", SafeText("\(absent.joined(separator: ", ")): not there, started with it later"))
      )
    }
    rows += await needs.keeper.keeping(names)
    rows.append(PlanRow("tried", SafeText(change.tried, limit: 400)))
    if place.isOpenToOthers {
      rows.append(PlanRow("note", "others than its owner can read \(SafeText(place.path)): chmod 600 it"))
    }
    rows += [
      PlanRow("hits", SafeText(hits(recreations).joined(separator: "; "), limit: 400)),
      PlanRow("proof", proof),
      PlanRow("undo", "switchboard rotate --rollback, until it is proven"),
    ]
    return Draft(
      target: ActionTarget("credential", name: settings.name),
      danger: .disruptive,
      title: "ROTATE \(SafeText(settings.name))",
      rows: rows,
      exact: (writes + recreations.map(\.exact)).joined(separator: "\n"),
      proof: proof,
      dryRun: [],
      details: Details(change: change, rotation: rotation, targets: targets)
    )
  }

  private func found(
    _ names: [String],
    _ keeper: any CredentialKeeper
  ) async throws(Refusal) -> CredentialPlace {
    let place = try await CredentialActs.place(of: names, keeper)
    let missing = names.filter { place?.names.contains($0) != true }
    guard let place, missing.isEmpty else {
      throw CredentialActs.unset(missing, keeper)
    }
    return place
  }

  private func change(
    _ old: Details?,
    _ names: [String],
    _ place: CredentialPlace,
    _ needs: CredentialActs.Needs
  ) async throws(Refusal) -> CredentialChange {
    // What was confirmed is written, over what it was drafted from and nothing else.
    if let old { return old.change }
    let values = needs.credentials.values(of: names)
    let missing = names.filter { values[$0] == nil }
    guard missing.isEmpty else {
      throw .notPossible(
        "which new value of \(SafeText(missing.joined(separator: ", ")))? switchboard rotate asks for it"
      )
    }
    do throws(SourceFailure) {
      return try await needs.keeper.draft(values, at: place)
    } catch {
      throw .notPossible(SafeText(error.detail, limit: 400))
    }
  }

  private func recreations(
    of targets: [ActionTarget],
    _ keeper: any CredentialKeeper
  ) async throws(Refusal) -> [Draft<PlanDetails>] {
    guard let action = acts.renewal(keeper) else {
      throw .notPossible("there is no action \(SafeText(keeper.renewal))")
    }
    var drafts: [Draft<PlanDetails>] = []
    for target in targets {
      drafts.append(try await action.draft(ActionRequest(ActionID(keeper.renewal), on: target), nil).get())
    }
    return drafts
  }

  private func hits(_ drafts: [Draft<PlanDetails>]) -> [String] {
    drafts.map { draft in
      let hits = draft.rows.first { $0.label == "hits" }?.text.string ?? ""
      return "\(draft.target.name) → \(hits)"
    }
  }

  /// Writes, starts anew and proves.
  public func act(
    _ details: Details,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActOutcome {
    await acts.run(details.rotation, emit) { await $0.begin(details.rotation, details.change) }
  }

  /// It is proven as it goes on.
  public func proof(of details: Details, after outcome: ActOutcome) -> (any ProofMachine)? { nil }
  /// The services, and the one journal.
  public func alsoActsOn(_ details: Details) -> [ActionTarget] { [CredentialActs.journal] + details.targets }
  /// The runtime and the age.
  public func touches(_ details: Details) -> [String] { acts.touches }
}

extension CredentialActs {
  /// Runs a way of a rotation; the new values are forgotten whatever comes of it.
  func run(
    _ rotation: OpenRotation,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void,
    _ way: (Rotation) async -> Verdict
  ) async -> ActOutcome {
    let begunAt = services.clock.now()
    let verdict: Verdict
    do throws(Refusal) {
      let needs = try needs()
      verdict = await way(Rotation(services, needs, rotation.credential, emit))
      needs.credentials.forget()
    } catch {
      verdict = Verdict(.failed, error.sentence)
    }
    return ActOutcome(.decided(verdict), begunAt: begunAt, endedAt: services.clock.now())
  }
}
