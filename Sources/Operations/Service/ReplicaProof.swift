internal import DataSources
internal import Facts

/// The proof of a scaling by a runtime that keeps several of a service itself: as many are wanted as were asked for, as
/// many are ready, and it does nothing else meanwhile.
struct ReplicaProof: ServicesProof {
  private let service: ServiceReading
  private let wanted: Int
  let end: MonotonicTime
  let within: Duration
  var parts: [ProofPart]

  init(_ details: ScaleService.Details, after outcome: ActOutcome, timing: ProofTiming) {
    service = details.service.reading
    wanted = details.wanted
    end = outcome.endedAt.monotonic
    within = timing.within
    parts = [
      ProofPart("\(wanted) ready", needed: timing.holding, spacing: timing.spacing, isCount: true)
    ]
  }

  func evidence(_ readings: [ServiceReading]) -> [Evidence] {
    [evidence(readings.first { $0.identity.id == service.identity.id })]
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
