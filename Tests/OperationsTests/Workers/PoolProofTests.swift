import DataSources
import Facts
import Testing

@testable import Operations

/// What Celery's workers say, and what their silence is: never a yes, never a zero.
@Suite struct PoolProofTests {
  private static let asked = WorkerDetails(
    place: QueuePlace(source: "rabbitmq", vhost: "v", name: "celery"),
    workers: ["celery@a", "celery@b"],
    command: WorkerCommand("pool_grow", arguments: #"{"n":2}"#)
  )

  private func json(_ text: String) -> JSONValue { JSONValue(parsing: Array(text.utf8)) ?? .null }

  /// The verdict where the workers always answer so.
  private func verdict(
    _ outcome: ActOutcome,
    _ machine: any ProofMachine,
    _ answer: Result<[FactName: FactValue?], SourceFailure>
  ) throws -> Verdict {
    var run = ProofRun(machine, after: outcome, interval: .seconds(1))
    for second in 0...120 {
      let now = outcome.endedAt.monotonic + .seconds(second)
      switch run.next(now: now) {
      case .ended(let verdict): return verdict
      case .wait: continue
      case .ask(let questions):
        let told = answer.map { facts in
          facts.map { Observation($0.key, $0.value, origin: Origin(source: "rabbitmq", query: "")) }
        }
        for question in questions { run.take(.facts(told), to: question, startedAt: now, now: now) }
      }
    }
    throw Endless()
  }

  private struct Endless: Error {}

  private var outcome: ActOutcome {
    let start = Moment(
      monotonic: MonotonicTime(nanoseconds: 0),
      wall: WallTime(secondsSince1970: 1_700_000_000)
    )
    return ActOutcome(.accepted(id: nil), begunAt: start, endedAt: start)
  }

  private func pool(_ change: Int, before: [String: Int], _ now: [String: Double?]) throws -> Verdict {
    var outcome = outcome
    outcome.counted = before
    let proof = PoolProof(
      PoolDetails(asked: Self.asked, change: change),
      after: outcome,
      timing: ProofTiming()
    )
    let facts = now.map { (PoolSize.fact($0.key), $0.value.map { FactValue.number($0) }) }
    return try verdict(outcome, proof, .success(Dictionary(uniqueKeysWithValues: facts)))
  }

  @Test func aPoolHasGrownWhenEachWorkerHasSoManyMore() throws {
    let before = ["celery@a": 2, "celery@b": 4]
    let grown = try pool(2, before: before, ["celery@a": 4, "celery@b": 6])
    #expect(grown.outcome == .done)
    #expect(
      grown.sentence == "processes before: celery@a 2, celery@b 4; now: celery@a 4, celery@b 6"
    )
    let half = try pool(2, before: before, ["celery@a": 4, "celery@b": 5])
    #expect(half.headline == "failed: celery@b has 5 processes, 6 wanted after 90 s")
    #expect(try pool(-1, before: before, ["celery@a": 1, "celery@b": 3]).outcome == .done)
    #expect(try pool(-1, before: before, ["celery@a": 1, "celery@b": 4]).outcome == .failed)
    // None left is not one fewer.
    #expect(try pool(-1, before: before, ["celery@a": 0, "celery@b": 3]).outcome == .failed)
  }

  @Test func aWorkerThatIsSilentMakesItUnknown() throws {
    let before = ["celery@a": 2, "celery@b": 4]
    #expect(try pool(2, before: before, ["celery@a": 4]).outcome == .unknown)
    #expect(try pool(-1, before: before, ["celery@a": 1, "celery@b": nil]).outcome == .unknown)
    // Without a count before there is nothing to compare with.
    #expect(try pool(2, before: ["celery@a": 2], ["celery@a": 4, "celery@b": 6]).outcome == .unknown)
  }

  @Test func aTaskIsRevokedWhenEveryWorkerSaysSo() throws {
    let yes = FactValue.flag(true)
    let no = FactValue.flag(false)
    func revoked(ends: Bool, _ facts: [FactName: FactValue?]) throws -> Verdict.Outcome {
      let details = RevokeTask.Details(asked: Self.asked, task: "7f", ends: ends)
      let proof = RevokeProof(details, after: outcome, timing: ProofTiming())
      return try verdict(outcome, proof, .success(facts)).outcome
    }
    let (a, b) = (RevokeProof.revoked("celery@a"), RevokeProof.revoked("celery@b"))
    let (runsA, runsB) = (RevokeProof.active("celery@a"), RevokeProof.active("celery@b"))
    #expect(try revoked(ends: false, [a: yes, b: yes]) == .done)
    #expect(try revoked(ends: false, [a: yes, b: no]) == .failed)
    #expect(try revoked(ends: false, [a: yes]) == .unknown)
    #expect(try revoked(ends: false, [a: yes, b: nil]) == .unknown)
    #expect(try revoked(ends: true, [a: yes, b: yes, runsA: no, runsB: no]) == .done)
    #expect(try revoked(ends: true, [a: yes, b: yes, runsA: yes, runsB: no]) == .failed)
    #expect(try revoked(ends: true, [a: yes, b: yes, runsA: no]) == .unknown)
    let silence = SourceFailure(.timedOut, at: "here")
    let details = RevokeTask.Details(asked: Self.asked, task: "7f", ends: true)
    let proof = RevokeProof(details, after: outcome, timing: ProofTiming())
    #expect(try verdict(outcome, proof, .failure(silence)).outcome == .unknown)
  }

  private func replies(_ answers: [String: String]) -> WorkerReplies {
    var replies = WorkerReplies(silent: [])
    replies.answers = answers.mapValues(json)
    return replies
  }

  @Test func whoSaysNothingIsNotNothing() {
    let now = WallTime(secondsSince1970: 1_700_000_012)
    let workers = Self.asked.workers
    let all = ActiveTasks.verdict(
      replies([
        "celery@a": #"[{"id":"7f","name":"app.run","time_start":1700000000.5,"worker_pid":25204}]"#,
        "celery@b": "[]",
      ]),
      workers,
      at: now
    )
    #expect(all.headline == "done, 2 of 2 workers answered")
    #expect(
      all.output == ["celery@a · app.run · 7f · for 12 s · process 25204", "celery@b · nothing"]
    )
    let silent = ActiveTasks.verdict(replies(["celery@a": "[]"]), workers, at: now)
    #expect(silent.headline == "unknown: 1 of 2 workers answered: nothing is known of celery@b")
    #expect(silent.output.last == "celery@b · no reply (busy, frozen or gone)")
    for odd in [#"{"error":"no"}"#, "{}", "null", #"[{"id":7}]"#, #""x""#] {
      #expect(
        ActiveTasks.verdict(replies(["celery@a": "[]", "celery@b": odd]), workers, at: now).outcome
          == .unknown
      )
      #expect(
        PingWorkers.verdict(replies(["celery@a": #"{"ok":"pong"}"#, "celery@b": odd]), workers, at: now)
          .outcome
          == .unknown
      )
    }
    #expect(
      PingWorkers.verdict(replies(["celery@a": #"{"ok":"pong"}"#]), ["celery@a"], at: now).outcome == .done
    )
  }

  @Test func aQuestionIsReadAsItWasAsked() {
    let question = WorkerQuestion(Self.asked, task: "a\nb / c")
    #expect(WorkerQuestion(key: question.key) == question)
    #expect(WorkerQuestion(key: "x\0y\0z\0") == nil)
  }
}
