internal import DataSources
internal import Facts

/// The proof of a quick test: the execution that it began has ended, and what it validated passed.
struct QuickTestProof: ProofMachine {
  /// A finished execution whose results are not there or not judged is given this time to get them.
  static let settling: Duration = .seconds(10)

  private let id: String
  private let passed: Condition
  private let within: Duration
  private let begunAt: MonotonicTime
  private var last: ExecutionState?
  /// Whether the newest answer told ``last``.
  private var isTold = false
  private var failure: SourceFailure?
  private var finishedAt: MonotonicTime?
  private var execution = ProofPart("execution")
  private var validation = ProofPart("validation")

  init(id: String, passed: Condition, within: Duration, begunAt: MonotonicTime) {
    self.id = id
    self.passed = passed
    self.within = within
    self.begunAt = begunAt
  }

  var questions: [ProofQuestion] { [.own(id)] }

  mutating func take(
    _ answer: ProofAnswer,
    to question: ProofQuestion,
    startedAt start: MonotonicTime,
    now: MonotonicTime
  ) -> [ProofQuestion] {
    switch answer {
    case .services, .report, .consumers: break
    case .facts(.failure(let failure)):
      self.failure = failure
      isTold = false
      execution.take(.unclear(failure.word), at: start)
    case .facts(.success(let observations)):
      guard let state = ExecutionState(observations) else {
        let failure = SourceFailure(.notFound, at: "", detail: "no execution \(id)")
        self.failure = failure
        isTold = false
        execution.take(.unclear("not there"), at: start)
        break
      }
      take(state, at: start, now: now)
    }
    return []
  }

  private mutating func take(_ state: ExecutionState, at start: MonotonicTime, now: MonotonicTime) {
    failure = nil
    // Finished rows change for a moment: only what was read twice alike is believed.
    let isStable = isTold && state == last
    isTold = true
    last = state
    guard state.isFinished else {
      finishedAt = nil
      execution.take(.waiting(state.status), at: start)
      validation.take(.waiting(state.shownResults), at: start)
      return
    }
    let since = finishedAt ?? now
    finishedAt = since
    let mayStillGetResults = (state.results == 0 || state.autoFail == nil) && !state.hasFailed
    guard isStable, !mayStillGetResults || now - since >= Self.settling else {
      execution.take(.waiting("\(state.status), read again"), at: start)
      validation.take(.waiting(state.shownResults), at: start)
      return
    }
    judge(state, at: start)
  }

  private mutating func judge(_ state: ExecutionState, at start: MonotonicTime) {
    let truth = passed.evaluate(state.facts)
    let isWrong = truth == .no && state.hasFailed
    execution.take(isWrong ? .fails(state.status) : .holds(state.status), at: start, isFinal: isWrong)
    switch truth {
    case .yes where state.results == 0: validation.take(.untellable("no result"), at: start)
    case .yes: validation.take(.holds(state.shownResults), at: start)
    case .no: validation.take(.fails(state.shownResults), at: start, isFinal: true)
    case .unknown: validation.take(.unclear("\(passed.text) can't be told"), at: start, isFinal: true)
    }
  }

  mutating func stages(at now: MonotonicTime) -> [ProofStage] {
    [ProofStage(parts: [execution, validation], since: begunAt, within: within)]
  }

  /// Results that wait for a person: a recipe that speaks of them decides by itself.
  var caution: SafeText? {
    if let reason = last?.reason, !reason.isEmpty {
      return "it tells an error: \(SafeText(reason, limit: 200))"
    }
    guard let count = last?.needsReview, count > 0,
      !passed.names.contains(ExecutionState.needsReviewFact)
    else { return nil }
    return "\(count) \(count == 1 ? "needs" : "need") review"
  }

  func sentence(of ending: ProofEnding) -> SafeText {
    guard let last else {
      return SafeText("execution \(id) can't be followed: \(failure?.word ?? "no reply")")
    }
    switch ending {
    case .proven(let took):
      var words = "passed in \(Format.seconds(took)): \(last.results) result\(last.results == 1 ? "" : "s")"
      if let confidence = last.confidence { words += ", confidence \(Format.score(confidence))" }
      return SafeText(words)
    case .unproven: return SafeText("\(last.status), but without any result")
    case .failed:
      let reason = last.reason.isEmpty ? "status \(last.status)" : last.reason
      let failed = last.autoFail.map(String.init) ?? "unknown"
      let count = last.results > 0 ? " (auto_fail \(failed) of \(last.results))" : ""
      return "\(SafeText(reason, limit: 300))\(SafeText(count))"
    case .unknown(let part, _) where part.isFinal:
      return SafeText("\(last.status), but \(part.evidence.word)")
    case .unknown, .notBack:
      if let failure { return SafeText("execution \(id) can't be followed: \(failure.word)") }
      return SafeText("execution \(id) is still \(last.status) after \(Format.duration(within))")
    }
  }
}
