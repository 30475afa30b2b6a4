public import DataSources
internal import Facts

/// Stops one service and proves that it is down and stays so.
@LoopActor public struct StopService: ServiceAction {
  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "service.stop",
    title: "stop",
    doing: "stopping",
    key: "s",
    targets: [.service],
    takesSeveral: true,
    use: .whileUp,
    danger: .always(.disruptive),
    help: "stop this service and prove that it stays down",
    command: "stop"
  )

  /// What others need is stopped last.
  public nonisolated static let needsFirst = false

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
    var draft = try await acts.draft(.stop, request, renewing: old, provesThen: false) { _ in
      "down ×\(services.timing.holding), \(SafeText(Format.seconds(services.timing.within)))"
    }
    // A class in the configuration says what a restart may interrupt; what stays down is another thing.
    draft.danger = .disruptive
    switch draft.details.reading.state {
    case .stopped, .exited: throw .notPossible("\(SafeText(request.target.name)) is down already")
    case .running, .starting, .restarting, .degraded, .failing, .paused, .stopping, .other, .unreadable:
      return draft
    }
  }

  /// The runtime says so, several times in a row.
  public func proof(of details: ServiceDetails, after outcome: ActOutcome) -> (any ProofMachine)? {
    StoppedProof(details, after: outcome, timing: services.timing)
  }
}

/// The proof of a stop: the runtime knows the service, and that it does not run.
struct StoppedProof: ServicesProof {
  private let service: ServiceReading
  let end: MonotonicTime
  let within: Duration
  var parts: [ProofPart]

  init(_ details: ServiceDetails, after outcome: ActOutcome, timing: ProofTiming) {
    service = details.reading
    end = outcome.endedAt.monotonic
    within = timing.within
    parts = [ProofPart("down", needed: timing.holding, spacing: timing.spacing)]
  }

  /// A service that the runtime doesn't know any more may run elsewhere: that is not known to be down.
  func evidence(_ readings: [ServiceReading]) -> [Evidence] {
    [evidence(readings.first { $0.identity.id == service.identity.id })]
  }

  private func evidence(_ reading: ServiceReading?) -> Evidence {
    guard let reading else { return .unclear("not known to the runtime") }
    let word = ServiceAssessor.runtimeWord(reading)
    return switch reading.state {
    case .stopped, .exited: .holds(word)
    case .stopping: .waiting(word)
    case .running, .starting, .restarting, .degraded, .failing, .paused: .fails(word)
    case .other, .unreadable: .unclear(word)
    }
  }

  func sentence(of ending: ProofEnding) -> SafeText {
    switch ending {
    case .proven(let took):
      "down after \(SafeText(Format.seconds(took))): \(SafeText(parts[0].evidence.word))"
    case .failed(let part, let within):
      "it is \(SafeText(part.evidence.word)) after \(SafeText(Format.seconds(within)))"
    case .unknown(let part, let within):
      "whether it is down is not known after \(SafeText(Format.seconds(within))): \(SafeText(part.evidence.word))"
    case .unproven, .notBack: SafeText(parts[0].evidence.word)
    }
  }
}
