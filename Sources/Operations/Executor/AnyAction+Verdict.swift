internal import DataSources
internal import Facts

extension AnyAction {
  /// Acts on one target and proves it.
  func verdict(
    of details: PlanDetails,
    _ services: ActionServices,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> Verdict {
    guard let outcome = await act(details, emit) else {
      return Verdict(.failed, "the plan is another action's; nothing was sent")
    }
    emit(.acted(outcome.endedAt.monotonic - outcome.begunAt.monotonic))
    var verdict: Verdict
    switch outcome.answer {
    case .decided(let decided): verdict = decided
    case .rejected(let failure):
      let detail = failure.detail.isEmpty ? "" : ": \(failure.detail)"
      verdict = Verdict(.failed, SafeText(failure.word + detail, limit: 300))
    case .accepted, .uncertain:
      if let machine = proof(details, outcome) {
        let prover = Prover(
          machine,
          after: outcome,
          services: services,
          interval: proofInterval,
          read: read
        )
        verdict = await prover.verdict(emit)
      } else if case .uncertain(let failure) = outcome.answer {
        verdict = Verdict(.unknown, SafeText(failure.word))
      } else {
        verdict = Verdict(.doneUnproven, "nothing to prove it by")
      }
    }
    if let note = outcome.note { verdict.note = note }
    if verdict.output.isEmpty { verdict.output = outcome.output }
    verdict.subject = outcome.subject
    // A proof has told its time in words: the record must not tell another.
    if verdict.duration == .zero {
      verdict.duration = services.clock.now().monotonic - outcome.begunAt.monotonic
    }
    return verdict
  }
}
