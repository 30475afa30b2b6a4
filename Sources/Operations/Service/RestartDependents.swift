public import DataSources
internal import Facts

/// Restarts a service and what needs it, in the order of their needs, to the first that is not proven back.
@LoopActor public struct RestartDependents: ServiceAction {
  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "service.restart_dependents",
    title: "restart with dependents",
    doing: "restarting with dependents",
    key: "",
    targets: [.service],
    use: .whileUp,
    danger: .ofService,
    help: "restart this service and, one by one, what needs it, each proven before the next",
    command: "restart with-dependents"
  )

  /// What it needs of its environment.
  public let services: ActionServices

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// The service, and behind it those that need it and run.
  public func targets(of request: ActionRequest) async throws(Refusal) -> [ActionTarget] {
    let (_, readings) = try await acts.readings()
    let own = request.target
    let dependents = DependencyOrder.dependents(of: [own.subject], services.profiles)
    let others = ServiceTargets(readings: readings).all { dependents.contains($0.name) && $0.state.isUp }
    return DependencyOrder.sorted([own] + others, services.profiles, needsFirst: true)
  }

  /// Drafts it as a restart.
  /// - Throws: why it can't be done.
  public func plan(
    _ request: ActionRequest,
    renewing old: ServiceDetails?
  ) async throws(Refusal) -> Draft<ServiceDetails> {
    try await RestartService(services).plan(request, renewing: old)
  }

  /// As after a restart.
  public func proof(of details: ServiceDetails, after outcome: ActOutcome) -> (any ProofMachine)? {
    RestartProof(details, after: outcome, timing: services.timing)
  }
}
