internal import DataSources
internal import Facts

/// The proof of a scaling by a runtime that keeps several of a service itself: as many are wanted as were asked for, as
/// many are ready, and it does nothing else meanwhile.
struct ReplicaProof: ProofMachine {
  private let service: ServiceReading
  private let wanted: Int
  private let end: MonotonicTime
  private let within: Duration
  private var ready: ProofPart

  init(_ details: ScaleService.Details, after outcome: ActOutcome, timing: ProofTiming) {
    service = details.service.reading
    wanted = details.wanted
    end = outcome.endedAt.monotonic
    within = timing.within
    ready = ProofPart("\(wanted) ready", needed: timing.holding, spacing: timing.spacing, isCount: true)
  }

  var questions: [ProofQuestion] { [.services] }

  mutating func take(
    _ answer: ProofAnswer,
    to question: ProofQuestion,
    startedAt start: MonotonicTime,
    now: MonotonicTime
  ) -> [ProofQuestion] {
    switch answer {
    case .services(.failure(let failure)): ready.take(.unclear(failure.word), at: start)
    case .services(.success(let readings)):
      ready.take(evidence(readings.first { $0.identity.id == service.identity.id }), at: start)
    case .report, .consumers, .facts: break
    }
    return []
  }

  private func evidence(_ reading: ServiceReading?) -> Evidence {
    guard let reading else { return .unclear("not known to the runtime") }
    let word = ServiceAssessor.runtimeWord(reading)
    guard !reading.state.isUntold, let replicas = reading.replicas else { return .unclear(word) }
    guard replicas.wanted == wanted else { return .fails("\(replicas.wanted) wanted by somebody else") }
    switch reading.state {
    case .running where replicas.ready == wanted: return .holds("\(replicas.ready)")
    case .failing: return .fails(word)
    case .running, .starting, .restarting, .degraded, .paused, .stopping, .exited, .stopped, .other,
      .unreadable:
      return .waiting(word)
    }
  }

  mutating func stages(at now: MonotonicTime) -> [ProofStage] {
    [ProofStage(parts: [ready], since: end, within: within)]
  }

  func sentence(of ending: ProofEnding) -> SafeText {
    switch ending {
    case .proven, .unproven, .notBack:
      "before: \(Self.pods(service.replicas?.wanted ?? 0)); now: \(Self.pods(wanted)) ready"
    case .failed(let part, let within):
      SafeText("\(part.name): \(part.evidence.word) after \(Format.seconds(within))", limit: 300)
    case .unknown(let part, let within):
      SafeText("\(part.name) is not known after \(Format.seconds(within)): \(part.evidence.word)", limit: 300)
    }
  }

  /// `1 pod`, `3 pods`.
  static func pods(_ count: Int) -> SafeText { "\(SafeText("\(count)")) pod\(count == 1 ? "" : "s")" }
}
