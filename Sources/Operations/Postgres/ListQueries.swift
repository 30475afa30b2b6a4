public import DataSources
internal import Facts

/// Lists the connections of the database and what they do.
@LoopActor public struct ListQueries: Action {
  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "query.list",
    title: "connections",
    doing: "asking the database",
    key: "",
    targets: [.environment],
    danger: .always(.look),
    help: "list the connections of the database and what they do",
    command: "query ls"
  )

  private let services: ActionServices
  private var acts: BackendActs { BackendActs(services: services) }

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// Reads them.
  /// - Throws: there is no database, or it doesn't answer.
  public func plan(
    _ request: ActionRequest,
    renewing old: BackendDetails?
  ) async throws(Refusal) -> Draft<BackendDetails> {
    let (server, backends) = try await acts.read()
    return Draft(
      target: request.target,
      danger: .look,
      title: "CONNECTIONS",
      rows: [PlanRow("at", SafeText(server.address))],
      exact: "SELECT … FROM pg_stat_activity",
      proof: "nothing to prove: what is answered is shown",
      details: BackendDetails(backends: backends, isQueryAlone: false)
    )
  }

  /// Shows what was read: the longest in their state first.
  public func act(
    _ details: BackendDetails,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActOutcome {
    let now = services.clock.now()
    let backends = details.backends.sorted { ($0.lasted ?? .zero, $1.pid) > ($1.lasted ?? .zero, $0.pid) }
    var verdict = Verdict(.done, "\(SafeText(Format.count(backends.count))) connections")
    verdict.output = backends.map { SafeText(BackendActs.line($0), limit: 300) }
    return ActOutcome(.decided(verdict), begunAt: now, endedAt: now)
  }

  /// Nothing is changed.
  public func proof(of details: BackendDetails, after outcome: ActOutcome) -> (any ProofMachine)? { nil }

  /// Nothing is changed that a source tells of.
  public func touches(_ details: BackendDetails) -> [String] { [] }
}
