public import DataSources
public import Facts

/// Ends a connection of the database, and proves that it is gone.
@LoopActor public struct TerminateBackend: Action {
  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "query.terminate",
    title: "terminate connection",
    doing: "terminating the connection",
    key: "",
    targets: [.environment],
    danger: .always(.disruptive),
    help: "end a connection of the database, and prove that it is gone",
    command: "query terminate",
    arguments: [.init("pid", help: "the connection's process, as `query ls` lists it", isRequired: true)]
  )

  private let services: ActionServices
  private var acts: BackendActs { BackendActs(services: services) }

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// Drafts it for the connection of that pid.
  /// - Throws: it is gone, or can't be told from another.
  public func plan(
    _ request: ActionRequest,
    renewing old: BackendDetails?
  ) async throws(Refusal) -> Draft<BackendDetails> {
    let command = Self.descriptor.command
    let (server, backend) = try await acts.find(request, renewing: old?.backends.first, command: command)
    let pid = SafeText("\(backend.pid)")
    return acts.draft(
      request,
      BackendDetails(backends: [backend], isQueryAlone: false),
      of: server,
      danger: .disruptive,
      name: "connection \(backend.pid)",
      title: "TERMINATE connection \(pid)",
      hits: "its client loses the connection; an open transaction is rolled back"
    )
  }

  /// Asks the server for it.
  public func act(
    _ details: BackendDetails,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActOutcome {
    await acts.end(details)
  }

  /// The server lists it no more.
  public func proof(of details: BackendDetails, after outcome: ActOutcome) -> (any ProofMachine)? {
    BackendProof(details, after: outcome, timing: services.timing)
  }

  /// How many are left, for the proof.
  public func read(_ key: String) async -> Result<[Observation], SourceFailure> { await acts.left(key) }

  /// No fact tells of one connection.
  public func touches(_ details: BackendDetails) -> [String] { [] }
}
