internal import DataSources
internal import Facts

extension RestartProof {
  /// What is said when the time is up: known to be false is failed, anything else unknown.
  func verdict(atDeadline now: MonotonicTime) -> Verdict {
    let took = now - outcome.begunAt.monotonic
    let limit = Self.shown(timing.within)
    func failed(_ sentence: String) -> Verdict { Verdict(.failed, SafeText(sentence), duration: took) }
    func unknown(_ sentence: String) -> Verdict { Verdict(.unknown, SafeText(sentence), duration: took) }
    guard hasSeenRuntime else {
      return unknown("the runtime did not answer for \(limit): \(runtimeFailure?.word ?? "no reply")")
    }
    guard let reading else { return failed("it is gone: the runtime does not know it any more") }
    guard let life else {
      if reading.identity == before, reading.state == .running {
        if case .uncertain(let failure) = outcome.answer {
          return unknown("the request \(failure.word) and the start time did not change")
        }
        return failed("start time did not change")
      }
      return failed("it does not run: \(Self.ended(reading))")
    }
    if let probe = own.failing {
      return failed("starts but never answers: \(probe.name) \(probe.word) for \(limit)")
    }
    if let probe = own.unclear { return unknown("started, but \(probe.name) \(probe.word)") }
    if reading.health == .unhealthy { return failed("starts but is unhealthy for \(limit)") }
    if reading.health == .starting { return unknown("its health check is still starting") }
    guard let wanted = details.consumers, !hasConsumers else {
      if let lastDown, now - life.since < timing.settling {
        return failed("it does not stay up: \(Self.ended(lastDown))")
      }
      return unknown("it restarted again or answered too rarely for \(limit)")
    }
    guard let consumers else { return unknown("its consumers could not be counted for \(limit)") }
    return failed("\(Int(consumers)) consumers after \(limit), \(wanted.count) before")
  }

  private static func ended(_ reading: ServiceReading) -> String {
    ServiceAssessor.runtimeWord(reading) + (reading.detail.isEmpty ? "" : ": \(reading.detail)")
  }

  /// Where the proof stands, for the screen: its own, and once that holds, each dependent service's.
  func views(now: MonotonicTime) -> [ActionEvent] {
    let own = GateView(
      probes: [startProbe] + own.view + consumersProbe,
      held: own.held,
      needed: own.profile.probes.isEmpty ? 1 : timing.holding,
      elapsed: (ownSettledAt ?? now) - end,
      deadline: timing.within
    )
    guard let thenSince else { return [.gate(own)] }
    return [.gate(own)]
      + then.map { row in
        .then(
          ThenView(
            service: SafeText(row.profile.name),
            gate: GateView(
              probes: row.view,
              held: row.held,
              needed: timing.holding,
              elapsed: now - thenSince,
              deadline: timing.thenWithin
            )
          )
        )
      }
  }

  private var startProbe: GateView.Probe {
    if life != nil { return .init("new start", value: "yes", state: .ok) }
    if let runtimeFailure { return .init("new start", value: SafeText(runtimeFailure.word), state: .error) }
    guard hasSeenRuntime else { return .init("new start", value: "waiting", state: .nodata) }
    guard let reading else { return .init("new start", value: "gone", state: .crit) }
    let word = reading.identity == before ? "not yet" : ServiceAssessor.runtimeWord(reading)
    return .init("new start", value: SafeText(word), state: .crit)
  }

  private var consumersProbe: [GateView.Probe] {
    guard let wanted = details.consumers else { return [] }
    let value = consumers.map { String(Int($0)) } ?? "waiting"
    let name = SafeText("consumers ≥ \(max(1, wanted.count))")
    return [.init(name, value: SafeText(value), state: hasConsumers ? .ok : .nodata)]
  }

  /// Whole seconds, or tenths below ten: `4 s`, `3.2 s`.
  static func shown(_ duration: Duration) -> String {
    let tenths = Int((duration.seconds * 10).rounded())
    guard tenths < 100, tenths % 10 != 0 else { return "\((tenths + 5) / 10) s" }
    return "\(tenths / 10).\(tenths % 10) s"
  }
}
