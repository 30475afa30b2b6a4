internal import DataSources
internal import Facts

/// Waits for what facts say, by samples taken from now on: checks, gates and decisions of runbooks.
@LoopActor struct FactWatch {
  /// How long a check or a decision waits for fresh samples of all that it reads.
  static let patience = Duration.seconds(15)
  /// The least time between two questions to a source: one that struggles is left room to recover.
  private static let spacing = Duration.milliseconds(500)

  let services: ActionServices

  /// Waits until each condition is known, by samples taken from now on, or the time is over.
  ///
  /// - Returns: their truths in order, and what each test of them was decided by.
  func truths(of conditions: [Condition]) async -> [(truth: Truth, words: String)] {
    let start = services.clock.now().monotonic
    var askedAt: MonotonicTime?
    while true {
      let now = services.clock.now().monotonic
      let facts = FactView(services.world().facts, at: now)
      let truths = conditions.map { $0.evaluate(facts, sampledAfter: start) }
      // A decision is made as soon as no branch before it is open.
      let isDecided = truths.first { $0 != .no }.map { $0 == .yes } ?? true
      if isDecided || now - start >= Self.patience {
        return zip(conditions, truths).map { ($1, Self.words($0, facts, after: start)) }
      }
      ask(about: conditions, facts, at: now, &askedAt)
      await services.clock.sleep(for: services.timing.tick)
    }
  }

  /// Waits for a gate, by samples taken after `end`.
  func outcome(
    of gate: Gate,
    after end: MonotonicTime,
    _ emit: @LoopActor (GateView) -> Void
  ) async -> (outcome: GateProgress.Outcome, words: String) {
    var progress = GateProgress(gate, actEndedAt: end)
    var askedAt: MonotonicTime?
    var shownAt: MonotonicTime?
    while true {
      let now = services.clock.now().monotonic
      let facts = FactView(services.world().facts, at: now)
      let outcome = progress.advance(facts, now: now)
      if outcome != .waiting || shownAt.map({ now - $0 >= Self.spacing }) ?? true {
        emit(view(progress, facts, now))
        shownAt = now
      }
      guard outcome == .waiting else {
        let held = "held \(progress.held) of \(progress.needed)"
        return (outcome, "\(Self.words(gate.condition, facts, after: end)): \(held)")
      }
      ask(about: [gate.condition], facts, at: now, &askedAt)
      await services.clock.sleep(for: services.timing.tick)
    }
  }

  private func view(_ progress: GateProgress, _ facts: FactView, _ now: MonotonicTime) -> GateView {
    let tests = progress.gate.condition.explain(facts, sampledAfter: progress.actEndedAt)
    return GateView(
      probes: tests.map { test in
        GateView.Probe(
          SafeText(test.text),
          value: SafeText(test.value, limit: 200),
          state: test.truth == .yes ? .ok : test.truth == .no ? .crit : .nodata
        )
      },
      held: progress.held,
      needed: progress.needed,
      elapsed: now - progress.actEndedAt,
      deadline: progress.gate.within
    )
  }

  private static func words(_ condition: Condition, _ facts: FactView, after time: MonotonicTime) -> String {
    condition.explain(facts, sampledAfter: time).map { "\($0.text) (\($0.value))" }.joined(separator: ", ")
  }

  /// Asks who feeds what the conditions read; a judgement goes by the runtime and the service's probes.
  private func ask(
    about conditions: [Condition],
    _ facts: FactView,
    at now: MonotonicTime,
    _ askedAt: inout MonotonicTime?
  ) {
    guard askedAt.map({ now - $0 >= Self.spacing }) ?? true else { return }
    askedAt = now
    var sources: Set<String> = []
    for fact in conditions.flatMap({ $0.facts(in: facts) }) {
      guard fact.origin.source == ServiceAssessor.source else {
        sources.insert(fact.origin.source)
        continue
      }
      if let runtime = services.runtime { sources.insert(runtime.descriptor.id) }
      let profile = services.profiles.first { FactName("service", $0.name, "state") == fact.name }
      sources.formUnion(profile?.probeSources ?? [])
    }
    for source in sources { services.prober.pollNow(source) }
  }
}
