import DataSources
import Facts
import Operations
import Testing

/// An API whose answers stand in a list, by request line.
@LoopActor private final class ScriptedAPI: QuickTestAPI {
  let base = "http://localhost:8000"
  var account: String? = "ops@example.org"
  var answers: [String: Result<HTTPResponse, SourceFailure>] = [:]
  private(set) var calls: [String] = []

  func send(
    _ method: String,
    _ path: String,
    body: String,
    deadline: Duration
  ) async throws(SourceFailure) -> HTTPResponse {
    let line = "\(method) \(path)"
    calls.append(body.isEmpty ? line : "\(line) \(body)")
    return try (answers[line] ?? .success(.text(404, #"{"detail":"Not Found"}"#))).get()
  }
}

/// Executions that appear and move on with the time.
@LoopActor private final class ScriptedReader: ExecutionReader {
  let title = "by SQL"
  let interval: Duration = .milliseconds(500)
  var found: [String] = []
  var states: [ExecutionState] = []
  var failure: SourceFailure?
  /// What it says of whether an execution is new, the last one for good.
  var news: [Result<ExecutionAge, SourceFailure>] = [.success(.new)]
  private(set) var marks: [ExecutionMark] = []

  func script(named name: String?) async throws(SourceFailure) -> QuickTestScript? { nil }
  func mark() async throws(SourceFailure) -> ExecutionMark {
    if let failure { throw failure }
    return .created("12:00")
  }

  func executions(
    of script: String,
    since mark: ExecutionMark
  ) async throws(SourceFailure) -> [String]? {
    marks.append(mark)
    if let failure { throw failure }
    return found
  }

  func age(
    of id: String,
    of script: String,
    since mark: ExecutionMark
  ) async throws(SourceFailure) -> ExecutionAge {
    if let failure { throw failure }
    return try (news.count > 1 ? news.removeFirst() : news[0]).get()
  }

  func execution(_ id: String) async throws(SourceFailure) -> ExecutionState? {
    if let failure { throw failure }
    return states.count > 1 ? states.removeFirst() : states.first
  }
}

extension HTTPResponse {
  fileprivate static func text(
    _ status: Int,
    _ body: String,
    _ headers: [(name: String, value: String)] = []
  ) -> HTTPResponse {
    HTTPResponse(status: status, headers: headers, body: Array(body.utf8))
  }
}

@Suite struct QuickTestTests {
  private let demo = "d609ba62-fd85-437f-8787-d3f0fbc0bba0"
  private let old = "POST /api/v1/test-runs/quick-test"
  private var nearest: String { "POST /api/v1/multi-turn/execute/\(demo)" }
  private let done = ExecutionState(status: "completed", hasEnded: true, results: 1, confidence: 0.98)

  init() { EventLoop.runOnOwnThread() }

  @LoopActor private final class Room {
    let bench = Bench()
    let api = ScriptedAPI()
    let reader = ScriptedReader()
    var recipe = QuickTestSettings()

    init(_ scenario: String) {
      api.answers["GET /api/v1/scenarios/"] = .success(
        .text(
          200,
          #"[{"id":"11111111-1111-1111-1111-111111111111","name":"Other","is_active":true},"#
            + #"{"id":"\#(scenario)","name":"Demo: Weather Query","is_active":true}]"#
        )
      )
    }

    func executor() -> Executor {
      let services = ActionServices(
        environment: "dev",
        profiles: [],
        runtime: nil,
        prober: bench.runtime,
        world: { World() },
        clock: bench.clock,
        quickTest: QuickTestServices(recipe: recipe, api: api, reader: reader)
      )
      return Executor(services: services, audit: bench.audit, locks: bench.locks, mode: WriteMode())
    }

    func run() async throws -> String {
      let executor = executor()
      let plan = try await executor.plan(.quickTest(environment: "dev"))
      return bench.verdict(await executor.run(plan) { self.bench.events.append($0) })
    }

    var writes: [String] { api.calls.filter { !$0.hasPrefix("GET") } }
  }

  @LoopActor private func accepted(_ room: Room) {
    let body = #"{"success":true,"data":{"script_id":"\#(demo)","execution_id":"e1","status":"completed"}}"#
    room.api.answers[nearest] = .success(.text(202, body))
  }

  @Test @LoopActor func theNextRouteIsTriedOn404AndNamedInTheVerdict() async throws {
    let room = Room(demo)
    accepted(room)
    room.reader.states = [ExecutionState(status: "running", hasEnded: false), done]
    let verdict = try await room.run()
    #expect(
      verdict
        == "done, passed in 1.1 s: 1 result, confidence 0.98; execution e1; 404 for \(old), used "
        + "POST /api/v1/multi-turn/execute/d609ba62-fd85-437f-8787-d3f0fbc0bba0"
    )
    #expect(room.writes == [old, #"\#(nearest) {"language_codes":["en-US"]}"#])
    #expect(room.bench.audit.lines == ["begin", "end done"])
    #expect(room.bench.events.contains { if case .note = $0 { true } else { false } })
  }

  @Test @LoopActor func theNextRouteIsTriedOn405() async throws {
    let room = Room(demo)
    accepted(room)
    room.api.answers[old] = .success(.text(405, #"{"detail":"Method Not Allowed"}"#))
    room.reader.states = [done]
    #expect(try await room.run().contains("405 for \(old)"))
  }

  @Test @LoopActor func theRunbooksOwnRouteIsEnoughWhereItExists() async throws {
    let room = Room(demo)
    room.api.answers[old] = .success(.text(200, #"{"id":"e7"}"#))
    room.reader.states = [done]
    #expect(try await room.run() == "done, passed in 0.6 s: 1 result, confidence 0.98; execution e7")
    #expect(room.writes == [old])
  }

  @Test @LoopActor func a500WhoseExecutionExistsIsFollowed() async throws {
    let room = Room(demo)
    room.api.answers[nearest] = .success(.text(500, #"{"detail":"Execution failed: TTS failed"}"#))
    room.reader.found = ["e9"]
    room.reader.states = [ExecutionState(status: "failed", hasEnded: true, reason: "TTS failed")]
    let verdict = try await room.run()
    #expect(verdict.hasPrefix("failed: TTS failed; "))
    #expect(
      verdict.contains("the server answered 500: Execution failed: TTS failed, but the execution exists")
    )
    #expect(room.reader.marks == [.created("12:00")])
  }

  /// A colleague's of the same script, while this one's was not stored or can't be seen.
  @Test(arguments: ["", "Missing entity: 'time'"])
  @LoopActor func anExecutionThatTellsAnotherErrorIsNotThisTests(_ reason: String) async throws {
    let room = Room(demo)
    room.api.answers[nearest] = .success(.text(500, #"{"detail":"Execution failed: TTS failed"}"#))
    room.reader.found = ["e9"]
    room.reader.states = [
      ExecutionState(status: "completed", hasEnded: true, results: 1, confidence: 0.98, reason: reason)
    ]
    let verdict = try await room.run()
    #expect(
      verdict.hasPrefix(
        "unknown: execution e9 was created since and tells another error: it may be another's"
      ),
      "\(verdict)"
    )
  }

  @Test @LoopActor func a500WithoutAnExecutionIsUnknownAndNotRepeated() async throws {
    let room = Room(demo)
    room.api.answers[nearest] = .success(.text(500, #"{"detail":"boom"}"#))
    let verdict = try await room.run()
    #expect(
      verdict
        == "unknown: the server answered 500: boom; and no execution of the script was created; "
        + "not repeated; 404 for \(old), used \(nearest)"
    )
    #expect(room.writes.count == 2)
    #expect(room.reader.marks.count == 3)
    #expect(room.bench.audit.lines == ["begin", "end unknown"])
  }

  @Test @LoopActor func aTimeoutIsReadAgainAndNeverSentAgain() async throws {
    let room = Room(demo)
    room.api.answers[nearest] = .failure(SourceFailure(.timedOut, at: "here"))
    room.reader.found = ["e9"]
    room.reader.states = [done]
    let verdict = try await room.run()
    // It may be a colleague's: nobody can tell whether this request stored one.
    #expect(
      verdict == "unknown: timed out; and which execution is this one's can't be told; created since: e9; "
        + "404 for \(old), used \(nearest)"
    )
    #expect(room.writes.count == 2)
  }

  @Test @LoopActor func ofTwoExecutionsWithoutAnIdNoneIsFollowed() async throws {
    let room = Room(demo)
    room.api.answers[nearest] = .success(.text(202, #"{"success":true,"data":{"status":"completed"}}"#))
    room.reader.found = ["e9", "e8"]
    room.reader.states = [ExecutionState(status: "failed", hasEnded: true, reason: "a colleague's")]
    #expect(
      try await room.run()
        == "unknown: the server answered 202 without an execution's id; and which execution is this one's "
        + "can't be told; created since: e9, e8; 404 for \(old), used \(nearest)"
    )
  }

  /// It may be a colleague's: the reply tells nothing by which the two could be told apart.
  @Test @LoopActor func theOnlyExecutionOfATestThatNamesNoneIsNotTakenForIt() async throws {
    let room = Room(demo)
    room.api.answers[nearest] = .success(.text(202, #"{"success":true}"#))
    room.reader.found = ["e9"]
    room.reader.states = [done]
    #expect(
      try await room.run()
        == "unknown: the server answered 202 without an execution's id; and which execution is this one's "
        + "can't be told; created since: e9; 404 for \(old), used \(nearest)"
    )
  }

  @Test @LoopActor func theRouteThatReallyAnsweredIsTold() async throws {
    let room = Room(demo)
    accepted(room)
    room.reader.states = [done]
    _ = try await room.run()
    let sent = room.bench.events.compactMap { event -> SafeText? in
      if case .sent(let line) = event { return line }
      return nil
    }
    #expect(sent == [SafeText(old), SafeText(nearest)])
  }

  @Test @LoopActor func whatWaitsForAPersonIsDoneAndDeservesALook() async throws {
    let room = Room(demo)
    accepted(room)
    room.recipe.attempts.removeFirst()
    var state = done
    state.needsReview = 1
    room.reader.states = [state]
    #expect(
      try await room.run()
        == "done, passed in 0.6 s: 1 result, confidence 0.98, 1 needs review; execution e1"
    )
    guard case .ended(let verdict)? = room.bench.events.last else {
      Issue.record("it has not ended")
      return
    }
    #expect(verdict.caution == "1 needs review")
    room.recipe.passed += " and execution.needs_review == 0"
    #expect(try await room.run().hasPrefix("failed: "))
  }

  @Test @LoopActor func aResultThatNobodyHasJudgedIsNoSuccess() async throws {
    let room = Room(demo)
    accepted(room)
    room.recipe.attempts.removeFirst()
    var state = done
    state.autoFail = nil
    room.reader.states = [state]
    #expect(try await room.run().hasPrefix("unknown: completed, but execution.status"))
  }

  @Test @LoopActor func aFailedExecutionIsNeverDrawnAsOneThatHolds() async throws {
    let room = Room(demo)
    accepted(room)
    room.recipe.attempts.removeFirst()
    room.reader.states = [ExecutionState(status: "failed", hasEnded: true, reason: "TTS")]
    _ = try await room.run()
    let gates = room.bench.events.compactMap { event -> GateView? in
      if case .gate(let view) = event { return view }
      return nil
    }
    let last = try #require(gates.last)
    #expect(last.probes.map(\.state) == [.crit, .crit])
    #expect(last.held == 0)
  }

  @Test @LoopActor func aRefusedLoginFailsAtOnce() async throws {
    let room = Room(demo)
    room.api.answers[old] = .success(.text(401, "{}"))
    #expect(try await room.run() == "failed: \(old) 401: the login was refused")
    #expect(room.writes == [old])
  }

  @Test @LoopActor func aLoginThatTheServerFailsSendsNothing() async throws {
    let room = Room(demo)
    room.api.answers[old] = .failure(SourceFailure(.status(503), at: "here", detail: "starting"))
    #expect(try await room.run() == "failed: \(old) HTTP 503: starting")
    #expect(room.writes == [old])
    #expect(room.reader.marks.isEmpty)
  }

  @Test @LoopActor func aRateLimitTellsHowLongToWait() async throws {
    let room = Room(demo)
    room.api.answers[old] = .success(.text(429, "{}", [("retry-after", "41")]))
    #expect(try await room.run() == "failed: \(old) 429 rate limited: wait 41 s")
  }

  @Test @LoopActor func completedWithAutoFailIsAFailure() async throws {
    let room = Room(demo)
    accepted(room)
    room.recipe.attempts.removeFirst()
    room.reader.states = [
      ExecutionState(
        status: "completed",
        hasEnded: true,
        results: 1,
        autoFail: 1,
        reason: "Missing entity: 'time'"
      )
    ]
    #expect(try await room.run() == "failed: Missing entity: 'time' (auto_fail 1 of 1); execution e1")
  }

  @Test @LoopActor func completedWithoutAnyResultIsUnproven() async throws {
    let room = Room(demo)
    accepted(room)
    room.recipe.attempts.removeFirst()
    room.reader.states = [ExecutionState(status: "completed", hasEnded: true)]
    #expect(try await room.run() == "done, unproven: completed, but without any result; execution e1")
    #expect(room.bench.clock.seconds >= 10)
  }

  @Test @LoopActor func anExecutionThatNeverEndsIsUnknownAtTheDeadline() async throws {
    let room = Room(demo)
    accepted(room)
    room.recipe.attempts.removeFirst()
    room.reader.states = [ExecutionState(status: "running", hasEnded: false)]
    let verdict = try await room.run()
    #expect(verdict.hasPrefix("unknown: execution e1 is still running after 5"))
    #expect(room.bench.clock.seconds >= 300)
  }

  @Test @LoopActor func thePreviewShowsRequestBodyAccountAndProofButNoPassword() async throws {
    let room = Room(demo)
    let plan = try await room.executor().plan(.quickTest(environment: "dev"))
    #expect(plan.title == "QUICK TEST Demo: Weather Query")
    #expect(plan.danger == .mild)
    #expect(plan.exact == "\(old)\n\(nearest)\n" + #"{"language_codes":["en-US"]}"#)
    let rows = Dictionary(uniqueKeysWithValues: plan.rows.map { ($0.label, $0.text.string) })
    #expect(rows["as"] == "ops@example.org at http://localhost:8000")
    #expect(rows["else"]?.contains(demo) == true)
    #expect(rows["proof"]?.contains("execution.auto_fail == 0") == true)
    #expect(room.writes.isEmpty)
  }

  @Test @LoopActor func withoutALoginThereIsNoPlan() async {
    let room = Room(demo)
    room.api.account = nil
    await #expect(throws: Refusal.notPossible("no login is configured for http://localhost:8000")) {
      try await room.executor().plan(.quickTest(environment: "dev"))
    }
  }

  @Test @LoopActor func aNamedScenarioIsLookedUp() async throws {
    let room = Room(demo)
    let plan = try await room.executor().plan(.quickTest(environment: "dev", script: "other"))
    #expect(plan.steps.first?.details.as(QuickTestDetails.self)?.scriptName == "Other")
    await #expect(throws: Refusal.self) {
      try await room.executor().plan(.quickTest(environment: "dev", script: "nobody"))
    }
  }

  @Test @LoopActor func oneQuickTestAtATime() async throws {
    let room = Room(demo)
    accepted(room)
    room.reader.states = [done]
    let executor = room.executor()
    let plan = try await executor.plan(.quickTest(environment: "dev"))
    var hasBegun = false
    let first = Task { @LoopActor in await executor.run(plan) { _ in hasBegun = true } }
    while !hasBegun { await Task.yield() }
    guard case .refused(.busy) = await executor.run(plan, { _ in }) else {
      Issue.record("it was not refused")
      return
    }
    _ = await first.value
    #expect(room.writes.count == 2)
  }

  @Test @LoopActor func anExecutionThatWasThereBeforeIsNotOurs() async throws {
    let room = Room(demo)
    accepted(room)
    room.recipe.attempts.removeFirst()
    room.reader.states = [done]
    room.reader.news = [.success(.old)]
    #expect(
      try await room.run()
        == "unknown: the reply names execution e1, which was there before: it is not this test's"
    )
    #expect(room.bench.audit.lines == ["begin", "end unknown"])
  }

  @Test @LoopActor func anExecutionOfWhichNobodyCanTellIsNoSuccess() async throws {
    for (news, why) in [
      (Result<ExecutionAge, SourceFailure>.success(.untold("no time is told")), "no time is told"),
      (.success(.absent), "it is not there"),
      (.failure(SourceFailure(.timedOut, at: "here")), "timed out"),
    ] {
      let room = Room(demo)
      accepted(room)
      room.recipe.attempts.removeFirst()
      room.reader.states = [done]
      room.reader.news = [news]
      #expect(
        try await room.run()
          == "unknown: execution e1 is named, and whether it is this test's can't be told: \(why)"
      )
    }
    // One silence is none for good.
    let room = Room(demo)
    accepted(room)
    room.recipe.attempts.removeFirst()
    room.reader.states = [done]
    room.reader.news = [.failure(SourceFailure(.timedOut, at: "here")), .success(.new)]
    #expect(try await room.run().hasPrefix("done, passed"))
  }

  /// First it isn't there, and then an old one answers by its id.
  @Test @LoopActor func anOldExecutionThatAppearsLateIsNotOurs() async throws {
    let room = Room(demo)
    accepted(room)
    room.recipe.attempts.removeFirst()
    room.reader.states = [done]
    room.reader.news = [.success(.absent), .success(.old)]
    #expect(try await room.run().hasPrefix("unknown: the reply names execution e1, which was there before"))
    room.reader.news = [.success(.absent), .success(.new)]
    #expect(try await room.run().hasPrefix("done, passed"))
  }

  @Test(arguments: [
    (#""success":false,"data":{"execution_id":"e1"}"#, "success: false"),
    (#""success":"yes","data":{"execution_id":"e1"}"#, "success: what is not true"),
    (#""success":true,"data":{"execution_id":"e1","all_passed":false}"#, "all_passed: false"),
    (#""data":{"success":false,"execution_id":"e1"}"#, "success: false"),
    (#""data":{"execution_id":"e1","status":"failed"}"#, "status: failed"),
    (#""passed":false,"data":{"execution_id":"e1"}"#, "passed: false"),
    (#""result":{"success":false},"data":{"execution_id":"e1"}"#, "success: false"),
  ])
  @LoopActor func whatTheReplyDeniesNoExecutionProves(_ members: String, _ denial: String) async throws {
    let room = Room(demo)
    room.recipe.attempts.removeFirst()
    room.api.answers[nearest] = .success(.text(202, "{\(members)}"))
    room.reader.found = ["e1"]
    room.reader.states = [done]
    let verdict = try await room.run()
    #expect(verdict.hasPrefix("unknown: passed in"), "\(verdict)")
    #expect(verdict.contains("confidence 0.98, but the reply says \(denial)"), "\(verdict)")
    #expect(room.bench.audit.lines == ["begin", "end unknown"])
    room.reader.states = [ExecutionState(status: "completed", hasEnded: true)]
    #expect(try await room.run().hasPrefix("unknown: completed, but without any result"))
    // What failed says why by itself.
    room.reader.states = [ExecutionState(status: "failed", hasEnded: true, reason: "TTS")]
    #expect(try await room.run().hasPrefix("failed: TTS"))
  }

  @Test @LoopActor func aReplyAboutAnotherScriptIsUnknown() async throws {
    let room = Room(demo)
    room.recipe.attempts.removeFirst()
    let other = "11111111-1111-1111-1111-111111111111"
    for members in [
      #""data":{"script_id":"\#(other)","execution_id":"e1"}"#, #""script_id":"\#(other)","id":"e1""#,
    ] {
      room.api.answers[nearest] = .success(.text(202, "{\(members)}"))
      room.reader.states = [done]
      #expect(try await room.run() == "unknown: the server answered about another script: \(other)")
    }
  }

  @Test @LoopActor func anEmptyIdIsNone() async throws {
    let room = Room(demo)
    room.api.answers[old] = .success(.text(200, #"{"execution_id":"","id":"e7"}"#))
    room.reader.states = [done]
    #expect(try await room.run().hasSuffix("; execution e7"))
    room.api.answers[old] = .success(.text(200, #"{"id":""}"#))
    #expect(try await room.run().hasPrefix("unknown: the server answered 200 without an execution's id"))
  }
}
