internal import DataSources
internal import Facts

/// The parts of a proof that one service's own probes give.
struct ServiceProbes: Sendable, Hashable {
  private let probes: [ServiceProfile.Probe]
  /// The numbers that must be reached, by the probe's fact.
  private let wanted: [FactName: Int]
  /// What is known of the work of those probes that are about some, by the probe's fact.
  private var works: [FactName: WorkEvidence] = [:]
  /// The parts, in the order of the probes.
  private(set) var parts: [ProofPart]
  /// What the newest sample of a part warns of though it holds, by the part's place.
  private var warnings: [Int: String] = [:]

  /// The own probes of a service; `counts` holds what its counting probes told before the act.
  init(_ profile: ServiceProfile, counts: [FactName: Int] = [:], timing: ProofTiming) {
    let own = profile.probes.filter(\.isOwn)
    probes = own
    var wanted: [FactName: Int] = [:]
    // What was down before must be up again; what was up, as much as before.
    for probe in own where probe.isCount { wanted[probe.fact] = max(1, counts[probe.fact] ?? 1) }
    self.wanted = wanted
    parts = own.map { probe in
      let name = wanted[probe.fact].map { "\(probe.name) ≥ \($0)" } ?? probe.name
      return ProofPart(
        name,
        needed: timing.holding,
        spacing: timing.spacing,
        isCount: wanted[probe.fact] != nil
      )
    }
  }

  /// Whose work is looked at.
  var work = Work.ofAll

  /// Whose work proves that it goes on.
  enum Work: Sendable, Hashable {
    /// Everybody's, where nobody can tell them apart.
    case ofAll
    /// That of those who came after the act, which is so much; nil while that isn't told.
    case ofNew(Double?)
  }

  /// The sources that feed them.
  var sources: [String] { probes.map(\.source) }

  /// So much may a server round its uptime up by, and take for its answer.
  private static let uptimeTolerance = Duration.seconds(2)

  /// Takes the report of one of the sources; a sample that may be older than `earliest` proves nothing, and one of a
  /// server that was up before `begunAt` that another one answers than the one that was begun then.
  mutating func take(_ report: SourceReport, earliest: MonotonicTime, begunAt: MonotonicTime? = nil) {
    let start = report.startedAt.monotonic
    if let begunAt, case .success(let reading) = report.result, let uptime = reading.uptime,
      uptime > report.endedAt.monotonic - begunAt + Self.uptimeTolerance
    {
      let word = "is answered by a server that is up \(Format.uptime(uptime))"
      for (index, probe) in probes.enumerated() where probe.source == report.source {
        parts[index].take(.fails(word), at: start)
      }
      return
    }
    for (index, probe) in probes.enumerated() where probe.source == report.source {
      guard start - probe.lag >= earliest else { continue }
      warnings[index] = warning(probe, report)
      parts[index].take(evidence(probe, report, at: start), at: start)
    }
  }

  private func warning(_ probe: ServiceProfile.Probe, _ report: SourceReport) -> String? {
    guard case .success(let reading) = report.result,
      let told = reading.observations.first(where: { $0.name == probe.fact }), told.state == .warn
    else { return nil }
    return "\(probe.name) \(told.word)"
  }

  /// What isn't well though everything holds: `targets 2 of 5 down`; empty if all is.
  var cautions: [String] { parts.indices.compactMap { parts[$0].isHeld ? warnings[$0] : nil } }

  private mutating func evidence(
    _ probe: ServiceProfile.Probe,
    _ report: SourceReport,
    at start: MonotonicTime
  ) -> Evidence {
    switch report.result {
    case .failure(let failure): return .unclear(failure.word)
    case .success(let reading):
      guard let observation = reading.observations.first(where: { $0.name == probe.fact }) else {
        return .unclear("no value")
      }
      let evidence = wanted[probe.fact].map { Evidence(observation, atLeast: $0) } ?? Evidence(observation)
      guard let progress = probe.progress else { return evidence }
      func number(_ name: FactName) -> Double? {
        let told = reading.observations.first { $0.name == name }
        return told.flatMap { $0.state.isKnown ? $0.value?.number : nil }
      }
      return works[probe.fact, default: WorkEvidence(lag: probe.lag)]
        .judged(evidence, done: done(number(progress.done)), left: number(progress.left), at: start)
    }
  }

  /// The source of the queue that it works on; nil if it works on none.
  var queueSource: String? { probes.first { $0.progress != nil }?.source }

  private func done(_ byAll: Double?) -> Double? {
    switch work {
    case .ofAll: byAll
    case .ofNew(let done): done
    }
  }

  /// Begins anew: what was seen before belongs to another life of the service.
  mutating func forget() {
    works = [:]
    warnings = [:]
    for index in parts.indices { parts[index].forget() }
  }

  /// Whether there is a probe that somebody can tell.
  var isTellable: Bool { parts.contains { $0.untellable == nil } }
}
