public import DataSources
internal import Facts

/// Restarts one service and proves that it, and what needs it, is back.
@LoopActor public struct RestartService: ServiceAction {
  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "service.restart",
    title: "restart",
    doing: "restarting",
    key: "r",
    targets: [.service],
    takesSeveral: true,
    use: .whileUp,
    danger: .ofService,
    help: "restart this service and prove that it is back",
    command: "restart"
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
    var draft = try await acts.draft(.restart, request, renewing: old) { acts.proofOfLife($0) }
    guard let compose = services.offer((any ComposeRunner).self) else { return draft }
    let outdated: [String]
    do {
      guard let known = try await compose.outdated(draft.details.reading) else {
        draft.rows.append(Self.unknown(SafeText("what it was given can't be read")))
        return draft
      }
      outdated = known
    } catch {
      draft.rows.append(Self.unknown(SafeText(error.detail.isEmpty ? error.word : error.detail, limit: 200)))
      return draft
    }
    guard !outdated.isEmpty else { return draft }
    draft.details.outdated = outdated
    let names = SafeText(outdated.joined(separator: ", "), limit: 200)
    draft.rows.append(PlanRow("keeps", "the old \(names); the files have changed since it was made"))
    draft.advice =
      draft.advice
      ?? PlanAdvice(
        "a restart keeps the old \(names); recreate it instead",
        instead: ActionRequest(RecreateService.descriptor.id, on: draft.target)
      )
    return draft
  }

  private nonisolated static func unknown(_ why: SafeText) -> PlanRow {
    PlanRow("keeps", "perhaps old values: \(why)")
  }

  /// A new start, and the probes of the service and of what needs it in that new life.
  public func proof(of details: ServiceDetails, after outcome: ActOutcome) -> (any ProofMachine)? {
    RestartProof(details, after: outcome, timing: services.timing)
  }
}

extension ActionRequest {
  /// Asks for the restart of a service as it is shown.
  public static func restart(_ status: ServiceStatus) -> ActionRequest {
    ActionRequest(RestartService.descriptor.id, on: ActionTarget(status))
  }

  /// Asks for the restart of a service by its name, whichever incarnation runs.
  public static func restart(service: String) -> ActionRequest {
    ActionRequest(RestartService.descriptor.id, on: ActionTarget(.service, name: service))
  }
}
