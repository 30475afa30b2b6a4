public import DataSources
internal import Facts

/// Compares what failed in a run with the last time that the same scenario was well: what differs.
@LoopActor public struct CompareRun: Action {
  /// What is compared.
  public struct Details: Sendable, Hashable {
    /// The run's, or the execution's, UUID.
    public var id: String
    /// The database that tells of it; nil: the only one.
    public var source: String?
  }

  /// What the tables tell of it.
  public nonisolated static let descriptor: ActionDescriptor = {
    var descriptor = ActionDescriptor(
      id: "run.compare",
      title: "compare",
      doing: "asking the database",
      key: "=",
      targets: [.run, .execution],
      danger: .always(.look),
      help: "compare what failed in this run with the last time that its scenarios were well",
      command: "runs compare"
    )
    descriptor.takesUnlisted = true
    return descriptor
  }()

  /// So many executions of a run that failed are compared.
  private static let most = 5

  private let services: ActionServices

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// Drafts it for the run that is meant.
  /// - Throws: there is no database.
  public func plan(_ request: ActionRequest, renewing old: Details?) async throws(Refusal) -> Draft<Details> {
    let id = request.target.subject
    let rows = services.world().snapshots(RunsSnapshot.self).filter { runs in
      runs.value.rows.contains { $0.id == id }
    }
    guard services.offer(PostgresSource.self, rows.first?.source) != nil else {
      throw .notPossible("no postgres source is configured")
    }
    return Draft(
      target: request.target,
      danger: .look,
      title: "COMPARE \(SafeText(request.target.name))",
      rows: [PlanRow("with", "the last good execution of the same scenario")],
      exact: "SELECT … FROM multi_turn_executions, step_executions, validation_results",
      proof: "nothing to prove: what is answered is shown",
      details: Details(id: id, source: rows.first?.source)
    )
  }

  /// Reads both and shows what differs.
  public func act(
    _ details: Details,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActOutcome {
    let begunAt = services.clock.now()
    let verdict = await verdict(of: details)
    return ActOutcome(.decided(verdict), begunAt: begunAt, endedAt: services.clock.now())
  }

  private func verdict(of details: Details) async -> Verdict {
    guard let database = services.offer(PostgresSource.self, details.source) else {
      return Verdict(.unknown, "no postgres source is configured")
    }
    do throws(SourceFailure) {
      let run = try await database.runDetail(id: details.id)
      let failed = run.executions.filter(RunComparison.hasFailed)
      guard !failed.isEmpty else {
        let words: SafeText =
          run.executions.isEmpty ? "no execution of it was recorded" : "no execution of it failed"
        return Verdict(.done, words)
      }
      var lines: [SafeText] = []
      var compared = 0
      for execution in failed.prefix(Self.most) {
        if !lines.isEmpty { lines.append("") }
        guard let good = try await database.lastGood(before: execution.id) else {
          lines += RunComparison.withoutGood(execution)
          continue
        }
        compared += 1
        lines += RunComparison(failed: execution, good: good).lines
      }
      if failed.count > Self.most {
        lines += ["", "\(SafeText(Format.count(failed.count - Self.most))) more failed and are not compared"]
      }
      let count = SafeText(Format.count(compared))
      let words: SafeText =
        compared == 0
        ? "never seen well: there is nothing to compare with"
        : "\(count) of \(SafeText(Format.count(failed.count))) failed executions compared"
      var verdict = Verdict(.done, words)
      verdict.output = lines
      return verdict
    } catch {
      return Verdict(.unknown, SafeText("\(error.word): \(error.detail)", limit: 300))
    }
  }

  /// It only looks.
  public func proof(of details: Details, after outcome: ActOutcome) -> (any ProofMachine)? { nil }

  /// Nothing is changed.
  public func touches(_ details: Details) -> [String] { [] }
}

/// What differs between an execution that failed and one of the same scenario that was well.
struct RunComparison {
  let failed: ExecutionDetail
  let good: ExecutionDetail

  /// Whether an execution crashed or a result of it was failed automatically: "completed" is no verdict.
  static func hasFailed(_ execution: ExecutionDetail) -> Bool {
    execution.error != nil || ["failed", "error"].contains(execution.status.string.lowercased())
      || execution.steps.contains { step in
        step.error != nil || step.validations.contains { $0.reviewStatus == "auto_fail" }
      }
  }

  /// What is said of one whose scenario was never seen well.
  static func withoutGood(_ execution: ExecutionDetail) -> [SafeText] {
    [head(execution), "  no execution of this scenario before it was well"]
  }

  private static func head(_ execution: ExecutionDetail) -> SafeText {
    let time = SafeText(Format.timestamp(execution.createdAt))
    return "\(execution.scenario ?? "no scenario")  \(execution.status) \(time)  \(SafeText(execution.id))"
  }

  /// Which execution, against which, and what differs: of each step what was said, heard, answered and judged.
  var lines: [SafeText] {
    let age = failed.createdAt.secondsSince1970 - good.createdAt.secondsSince1970
    var lines = [
      Self.head(failed),
      "  against \(SafeText(good.id)), well \(SafeText(Format.duration(.seconds(max(0, age))))) before",
    ]
    lines += Self.difference("error", failed.error, good.error, indent: 2)
    lines += Self.times("took", failed.duration, good.duration, indent: 2)
    let orders = Set((failed.steps + good.steps).map(\.order)).sorted()
    for order in orders { lines += step(order) }
    if lines.count == 2 { lines.append("  nothing that is recorded differs") }
    return lines
  }

  private func step(_ order: Int) -> [SafeText] {
    let (now, was) = (failed.steps.first { $0.order == order }, good.steps.first { $0.order == order })
    guard let now else { return ["  step \(SafeText("\(order)"))  was not reached"] }
    guard let was else { return ["  step \(SafeText("\(order)"))  is new"] }
    var found = Self.difference("said", now.utterance, was.utterance)
    found += Self.difference("heard", now.transcription, was.transcription)
    found += Self.difference("answer", now.response, was.response)
    found += Self.difference("kind", now.commandKind, was.commandKind)
    found += Self.times("took", now.responseTime, was.responseTime)
    found += Self.difference("error", now.error, was.error)
    found += judged(now, was)
    guard !found.isEmpty else { return ["  step \(SafeText("\(order)"))  the same"] }
    return ["  step \(SafeText("\(order)"))"] + found
  }

  private func judged(_ now: StepDetail, _ was: StepDetail) -> [SafeText] {
    var found: [SafeText] = []
    let languages = Set((now.validations + was.validations).map { $0.language?.string ?? "" }).sorted()
    for language in languages {
      let mine = now.validations.last { $0.language?.string ?? "" == language }
      let its = was.validations.last { $0.language?.string ?? "" == language }
      let suffix = languages.count > 1 && !language.isEmpty ? " \(language)" : ""
      func score(_ result: ValidationDetail?) -> SafeText? {
        result?.score.map { SafeText(Format.score($0)) }
      }
      found += Self.difference("verdict\(suffix)", mine?.reviewStatus, its?.reviewStatus)
      found += Self.difference("score\(suffix)", score(mine), score(its))
      found += Self.difference("reason\(suffix)", mine?.errors.first, its?.errors.first)
    }
    return found
  }

  /// Two lines where two texts differ, none where they are the same.
  private static func difference(
    _ label: String,
    _ now: SafeText?,
    _ was: SafeText?,
    indent: Int = 4
  ) -> [SafeText] {
    guard now != was else { return [] }
    let padding = String(repeating: " ", count: max(1, 9 - label.count))
    let margin = String(repeating: " ", count: indent)
    let rest = String(repeating: " ", count: label.count)
    return [
      "\(SafeText("\(margin)\(label)\(padding)"))now  \(now ?? "–")",
      "\(SafeText("\(margin)\(rest)\(padding)"))was  \(was ?? "–")",
    ]
  }

  /// A time is another where it is half as long again and half a second more: no two are the same.
  private static func times(
    _ label: String,
    _ now: Duration?,
    _ was: Duration?,
    indent: Int = 4
  ) -> [SafeText] {
    if let now, let was {
      let (long, short) = (max(now, was), min(now, was))
      guard long >= short * 3 / 2, long - short >= .milliseconds(500) else { return [] }
    }
    return difference(
      label,
      now.map { SafeText(Format.latency($0)) },
      was.map { SafeText(Format.latency($0)) },
      indent: indent
    )
  }
}
