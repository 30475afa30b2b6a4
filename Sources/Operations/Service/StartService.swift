public import DataSources
internal import Facts

/// Starts one service that is down, and proves that it, and what needs it, is up.
@LoopActor public struct StartService: ServiceAction {
  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "service.start",
    title: "start",
    doing: "starting",
    key: "S",
    targets: [.service],
    takesSeveral: true,
    use: .whileDown,
    danger: .ofService,
    help: "start this service and prove that it is up",
    command: "start"
  )

  /// What it needs of its environment.
  public let services: ActionServices

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// Drafts it for the service that is meant.
  /// - Throws: why it can't be done.
  public func plan(
    _ request: ActionRequest,
    renewing old: ServiceDetails?
  ) async throws(Refusal) -> Draft<ServiceDetails> {
    let draft = try await acts.draft(.start, request, renewing: old) { acts.proofOfLife($0) }
    switch draft.details.reading.state {
    case .running, .starting, .restarting, .degraded, .failing, .paused:
      let word = ServiceAssessor.runtimeWord(draft.details.reading)
      throw .notPossible("\(SafeText(request.target.name)) is \(SafeText(word)): restart it instead")
    case .stopped, .stopping, .exited, .other, .unreadable: return draft
    }
  }

  /// A new start, and the probes of the service and of what needs it in that new life.
  public func proof(of details: ServiceDetails, after outcome: ActOutcome) -> (any ProofMachine)? {
    RestartProof(details, after: outcome, timing: services.timing)
  }
}
