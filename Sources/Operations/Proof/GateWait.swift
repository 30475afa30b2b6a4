internal import DataSources
internal import Facts

/// Waits for a gate by what is sampled after an act; what nobody knows is never a yes.
@LoopActor struct GateWait {
  /// How it ends.
  enum Outcome: Sendable, Hashable {
    /// It holds.
    case passed
    /// It is known not to hold at its deadline.
    case failed
    /// Nobody knows at its deadline.
    case unknown
  }

  private let gate: Gate
  private let text: String
  private let end: MonotonicTime
  private let services: ActionServices

  /// Waits for `gate`, which is written as `text`, after an act that ended then.
  init(_ gate: Gate, _ text: String, after end: MonotonicTime, _ services: ActionServices) {
    self.gate = gate
    self.text = text
    self.end = end
    self.services = services
  }

  /// Returns once it holds or its time is over.
  func outcome(_ emit: @LoopActor (ActionEvent) -> Void) async -> Outcome {
    var progress = GateProgress(gate, actEndedAt: end)
    while true {
      let now = services.clock.now().monotonic
      let facts = FactView(services.world().facts, at: now)
      let outcome = progress.advance(facts, now: now)
      let probe = GateView.Probe(
        SafeText(text),
        value: SafeText("\(progress.truth)"),
        state: progress.truth == .yes ? .ok : progress.truth == .no ? .crit : .nodata
      )
      emit(
        .gate(
          GateView(
            probes: [probe],
            held: progress.held,
            needed: progress.needed,
            elapsed: now - end,
            deadline: gate.within
          )
        )
      )
      switch outcome {
      case .passed: return .passed
      case .failed: return .failed
      case .unknown: return .unknown
      case .waiting: break
      }
      let sources = Set(gate.condition.facts(in: facts).map(\.origin.source))
      if sources.isEmpty { services.prober.pollNow(nil) }
      for source in sources.sorted() { services.prober.pollNow(source) }
      await services.clock.sleep(for: services.timing.interval)
    }
  }
}
