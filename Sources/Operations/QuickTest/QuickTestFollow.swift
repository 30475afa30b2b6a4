internal import DataSources
internal import Facts

/// The rest of a quick test, a state machine: follows an execution to its verdict.
struct QuickTestFollow: Sendable {
  /// A finished execution without results is given this time to get some.
  static let settling: Duration = .seconds(10)

  private let id: String
  private let passed: Condition
  private let within: Duration
  private let begunAt: MonotonicTime
  private var last: ExecutionState?
  private var failure: SourceFailure?
  private var finishedAt: MonotonicTime?

  init(id: String, passed: Condition, within: Duration, begunAt: MonotonicTime) {
    self.id = id
    self.passed = passed
    self.within = within
    self.begunAt = begunAt
  }

  /// Takes one reading; the verdict once it is clear, else nil.
  mutating func take(
    _ result: Result<ExecutionState?, SourceFailure>,
    now: MonotonicTime
  ) -> Verdict? {
    switch result {
    case .failure(let failure): self.failure = failure
    case .success(nil): failure = SourceFailure(.notFound, at: "", detail: "no execution \(id)")
    case .success(let state?):
      failure = nil
      // Finished rows change for a moment: only what was read twice alike is believed.
      let isStable = state == last
      last = state
      if Self.isFinished(state) {
        let since = finishedAt ?? now
        finishedAt = since
        let mayStillGetResults = state.results == 0 && !Self.hasFailed(state)
        if isStable, !mayStillGetResults || now - since >= Self.settling { return judge(state, now) }
      }
    }
    guard now - begunAt >= within else { return nil }
    return outOfTime(now)
  }

  private func judge(_ state: ExecutionState, _ now: MonotonicTime) -> Verdict {
    let took = now - begunAt
    switch passed.evaluate(Self.facts(of: state)) {
    case .yes where state.results == 0:
      return Verdict(.doneUnproven, SafeText("\(state.status), but without any result"), duration: took)
    case .yes:
      var words = "passed in \(RestartProof.shown(took)): "
      words += "\(state.results) result\(state.results == 1 ? "" : "s")"
      if let confidence = state.confidence { words += ", confidence \(Format.score(confidence))" }
      return Verdict(.done, SafeText(words), duration: took)
    case .no:
      let reason = state.reason.isEmpty ? "status \(state.status)" : state.reason
      let count = state.results > 0 ? " (auto_fail \(state.autoFail) of \(state.results))" : ""
      return Verdict(.failed, SafeText(reason, limit: 300) + SafeText(count), duration: took)
    case .unknown:
      return Verdict(.unknown, SafeText("\(state.status), but \(passed.text) can't be told"), duration: took)
    }
  }

  private func outOfTime(_ now: MonotonicTime) -> Verdict {
    let limit = Format.duration(within)
    let words =
      failure.map { "execution \(id) can't be followed: \($0.word)" }
      ?? "execution \(id) is still \(last?.status ?? "unknown") after \(limit)"
    return Verdict(.unknown, SafeText(words), duration: now - begunAt)
  }

  /// Where it stands, for the screen.
  func view(now: MonotonicTime) -> GateView {
    let status = failure?.word ?? last?.status ?? "waiting"
    let state: FactState = failure != nil ? .error : last == nil ? .nodata : .ok
    var probes = [GateView.Probe("execution", value: SafeText(status), state: state)]
    if let last, last.results > 0 {
      let value = SafeText("\(last.autoFail) of \(last.results)")
      probes.append(.init("auto_fail", value: value, state: last.autoFail > 0 ? .crit : .ok))
    }
    return GateView(
      probes: probes,
      held: finishedAt == nil ? 0 : 1,
      needed: 1,
      elapsed: now - begunAt,
      deadline: within
    )
  }

  /// The facts that `passed` is about.
  static func facts(of state: ExecutionState) -> FactTable {
    var table = FactTable()
    table.set("execution.status", .text(state.status.lowercased()))
    table.set("execution.results", .number(Double(state.results)))
    table.set("execution.auto_fail", .number(Double(state.autoFail)))
    table.set("execution.confidence", state.confidence.map { .number($0) })
    table.set("execution.error", .text(state.reason))
    return table
  }

  private static func hasFailed(_ state: ExecutionState) -> Bool {
    ["failed", "error", "cancelled", "canceled"].contains(state.status.lowercased())
  }

  /// Status is free text: an unknown word counts as finished once the row has an end.
  private static func isFinished(_ state: ExecutionState) -> Bool {
    let running = ["pending", "running", "in_progress", "queued"]
    let finished = ["completed", "passed", "partial", "skipped"]
    let status = state.status.lowercased()
    return hasFailed(state) || finished.contains(status) || (state.hasEnded && !running.contains(status))
  }
}

extension SafeText {
  /// Two safe texts in a row.
  fileprivate static func + (left: SafeText, right: SafeText) -> SafeText {
    "\(left)\(right)"
  }
}
