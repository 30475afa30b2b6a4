import DataSources
import Facts
import Testing

@testable import Operations

/// Facts that are functions of the time, and a journal in memory.
@LoopActor private final class FactBench: RunKeeping {
  let clock = ManualClock()
  let runtime: ScriptedRuntime
  /// What each fact is at a second; nil: its source can't tell.
  var values: [FactName: (Double) -> FactValue?] = [:]
  /// Whether every look finds a new sample; else all are from the beginning.
  var isFresh = true
  var failure: FileFailure?
  private(set) var events: [RunEvent.Kind] = []

  init() {
    let clock = clock
    runtime = ScriptedRuntime(clock) { _ in .success([.sample("web")]) }
  }

  func append(_ event: RunEvent, to id: String) async throws(FileFailure) {
    if let failure { throw failure }
    events.append(event.kind)
  }

  private func world() -> World {
    var world = World()
    world.introduce(source: "s", interval: .seconds(2), declares: [])
    let now = isFresh ? clock.now() : Moment(monotonic: MonotonicTime(nanoseconds: 0), wall: clock.now().wall)
    let observations = values.map { name, value in
      let told = value(clock.seconds)
      return Observation(
        name,
        told,
        state: told == nil ? .error : .ok,
        origin: Origin(source: "s", query: "")
      )
    }
    world.apply(
      SourceReport(
        source: "s",
        startedAt: now,
        endedAt: now,
        result: .success(SourceReading(observations))
      )
    )
    return world
  }

  var services: ActionServices {
    ActionServices(
      environment: "dev",
      profiles: [],
      runtime: runtime,
      prober: runtime,
      world: { self.world() },
      clock: clock
    )
  }

  /// A run of the first procedure of a text.
  func runner(_ text: String, going events: [RunEvent.Kind] = []) throws -> RunbookRunner {
    let books = RunbookReader(parsing: text, file: "ops.md", name: "ops").runbooks
    let script = try RunScript(try #require(books.first), in: books)
    let beginning = RunEvent.Kind.began(RunBeginning(of: script, by: "anna"))
    let run = RunbookRun(id: "r", events: ([beginning] + events).map { RunEvent($0, at: clock.now().wall) })
    return RunbookRunner(script, run, services: services, journal: self)
  }

  /// What came of the looking step of a text.
  func look(_ text: String) async throws -> StepOutcome? {
    let runner = try runner(text)
    try await runner.look(0) { _ in }
    return runner.run.records[0]?.outcome
  }
}

/// Every ✓ is earned by a value that was sampled afresh; whatever else there is, is not passed.
@Suite struct RunbookRunnerTests {
  init() { EventLoop.runOnOwnThread() }

  private let check = "# A\n```{check=\"a.b > 1\"}\n```\n"
  private let gate = "# A\n```{gate=\"a.b > 1 within 10s holding 2\"}\n```\n"

  private func ended(_ outcome: Verdict.Outcome, _ output: [SafeText] = []) -> ActionEvent {
    var verdict = Verdict(outcome, "so it ended")
    verdict.output = output
    return .ended(verdict)
  }

  @Test @LoopActor func aCheckPassesOnAFreshValueAlone() async throws {
    let bench = FactBench()
    bench.values["a.b"] = { _ in .number(2) }
    #expect(try await bench.look(check) == .passed)
    bench.values["a.b"] = { _ in .number(1) }
    #expect(try await bench.look(check) == .failed)
    bench.values["a.b"] = { _ in nil }
    #expect(try await bench.look(check) == .unknown)
    bench.values["a.b"] = nil
    #expect(try await bench.look(check) == .unknown)
    bench.values["a.b"] = { _ in .number(2) }
    bench.isFresh = false
    #expect(try await bench.look(check) == .unknown)
  }

  @Test @LoopActor func whatDeservesALookIsToldBesideTheGate() async throws {
    let bench = FactBench()
    bench.values["a.b"] = { _ in .number(2) }
    let text = "# A\n```{action=service.restart target=web gate=\"a.b > 1 within 10s holding 2\"}\n```\n"
    let runner = try bench.runner(text)
    try await runner.beginAct(0)
    var verdict = Verdict(.done, "recovered in 4 s")
    verdict.caution = "it started once more meanwhile"
    try await runner.endAct(0, .ended(verdict), isProven: true) { _ in }
    let record = try #require(runner.run.records[0])
    #expect(record.outcome == .passed)
    #expect(record.words == "a.b > 1 (2): held 2 of 2; it started once more meanwhile")
  }

  /// A command that waits is a gate by itself.
  @Test @LoopActor func theGateOfItsAuthorHoldsBesideTheOneOfACommand() async throws {
    let bench = FactBench()
    let text = "# A\n```sh {gate=\"c.d > 1 within 5s\"}\nkubectl rollout status deployment/backend\n```\n"
    bench.values["service.backend.state"] = { _ in .text("running") }
    #expect(try await bench.look(text) == .unknown)
    bench.values["c.d"] = { _ in .number(0) }
    #expect(try await bench.look(text) == .failed)
    bench.values["c.d"] = { _ in .number(2) }
    #expect(try await bench.look(text) == .passed)
    bench.values["service.backend.state"] = nil
    #expect(try await bench.look(text) == .unknown)
  }

  @Test @LoopActor func aGateWaitsAndAsksForTheWholeRow() async throws {
    let bench = FactBench()
    bench.values["a.b"] = { .number($0 > 3 ? 2 : 0) }
    #expect(try await bench.look(gate) == .passed)
    #expect(bench.clock.seconds > 4)
    bench.values["a.b"] = { _ in .number(0) }
    #expect(try await bench.look(gate) == .failed)
    bench.values["a.b"] = { _ in nil }
    #expect(try await bench.look(gate) == .unknown)
    #expect(bench.runtime.refreshed.contains("s"))
  }

  @Test @LoopActor func aDecisionTakesTheFirstBranchThatHoldsAndNoneBehindAnUnknownOne() async throws {
    let bench = FactBench()
    let manual = "```{manual}\n```\n"
    let text = "# A\n```{decide=\"a.b > 1 -> 3; c.d > 1 -> 2; else -> end\"}\n```\n" + manual + manual
    bench.values = ["a.b": { _ in .number(2) }, "c.d": { _ in .number(2) }]
    let first = try bench.runner(text)
    try await first.look(0) { _ in }
    #expect(first.run.standing == .ready(2))
    bench.values["a.b"] = { _ in .number(0) }
    let second = try bench.runner(text)
    try await second.look(0) { _ in }
    #expect(second.run.standing == .ready(1))
    bench.values["c.d"] = { _ in .number(0) }
    let none = try bench.runner(text)
    try await none.look(0) { _ in }
    #expect(none.run.standing == .over)
    #expect(none.run.records[0]?.outcome == .shown)
    bench.values["a.b"] = { _ in nil }
    let unknown = try bench.runner(text)
    try await unknown.look(0) { _ in }
    #expect(unknown.run.standing == .stopped(0))
    #expect(unknown.run.records[0]?.outcome == .unknown)
  }

  @Test @LoopActor func anActIsPassedByItsProofOrItsGateAndByNothingElse() async throws {
    let bench = FactBench()
    let plain = "# A\n```{action=service.restart target=web}\n```\n"
    let gated = "# A\n```{action=service.restart target=web gate=\"a.b > 1 within 5s\"}\n```\n"
    let look = "# A\n```{action=service.logs target=web}\n```\n"
    bench.values["a.b"] = { _ in .number(2) }
    func outcome(_ text: String, _ event: ActionEvent, isProven: Bool = false) async throws -> StepOutcome? {
      let runner = try bench.runner(text)
      try await runner.beginAct(0)
      try await runner.endAct(0, event, isProven: isProven) { _ in }
      return runner.run.records[0]?.outcome
    }
    #expect(try await outcome(plain, ended(.done), isProven: true) == .passed)
    #expect(try await outcome(plain, ended(.done)) == .unproven)
    #expect(try await outcome(plain, ended(.doneUnproven), isProven: true) == .unproven)
    #expect(try await outcome(plain, ended(.failed), isProven: true) == .failed)
    #expect(try await outcome(plain, ended(.unknown), isProven: true) == .unknown)
    #expect(try await outcome(plain, .refused(.busy("anna"))) == .failed)
    #expect(try await outcome(plain, .acting) == .unknown)
    #expect(try await outcome(look, ended(.done)) == .shown)
    #expect(try await outcome(gated, ended(.doneUnproven)) == .passed)
    // A gate heals no act that failed or of which nobody knows.
    #expect(try await outcome(gated, ended(.failed)) == .failed)
    #expect(try await outcome(gated, ended(.unknown)) == .unknown)
    bench.values["a.b"] = { _ in .number(0) }
    #expect(try await outcome(gated, ended(.done), isProven: true) == .failed)
    bench.values["a.b"] = { _ in nil }
    #expect(try await outcome(gated, ended(.done), isProven: true) == .unknown)
  }

  @Test @LoopActor func aStepInWhichTheConsoleWasKilledIsReadAndNotRepeated() async throws {
    let bench = FactBench()
    let plain = try bench.runner("# A\n```{action=service.restart target=web}\n```\n", going: [.stepBegan(0)])
    try await plain.reread(0) { _ in }
    #expect(plain.run.records[0]?.outcome == .unknown)
    #expect(plain.run.standing == .stopped(0))
    #expect(bench.runtime.performed.isEmpty)
    let gated = "# A\n```{action=service.restart target=web gate=\"a.b > 1 within 5s\"}\n```\n"
    for (value, outcome) in [(FactValue.number(2), StepOutcome.passed), (.number(0), .failed)] {
      bench.values["a.b"] = { _ in value }
      let runner = try bench.runner(gated, going: [.stepBegan(0)])
      try await runner.reread(0) { _ in }
      #expect(runner.run.records[0]?.outcome == outcome)
    }
    bench.isFresh = false
    let stale = try bench.runner(gated, going: [.stepBegan(0)])
    try await stale.reread(0) { _ in }
    #expect(stale.run.records[0]?.outcome == .unknown)
  }

  @Test @LoopActor func nothingIsBegunThatCanNotBeWrittenDown() async throws {
    let bench = FactBench()
    bench.failure = FileFailure(28, at: "/state")
    bench.values["a.b"] = { _ in .number(2) }
    let runner = try bench.runner(check)
    await #expect(throws: FileFailure.self) { try await runner.look(0) { _ in } }
    await #expect(throws: FileFailure.self) { try await runner.beginAct(0) }
    #expect(runner.run.standing == .ready(0))
  }

  @Test @LoopActor func valuesAreFilledInAndWhatIsMissingOrUnfitIsNotGuessed() async throws {
    let bench = FactBench()
    let text = """
      # A
      ```{input=service}
      ```
      ```{action=service.restart target={service}}
      ```
      ```{check="queue.{service}.depth > 1"}
      ```
      """
    let runner = try bench.runner(text)
    #expect(runner.work(of: 0) == .input("service"))
    #expect(runner.work(of: 1) == .impossible("service was not asked for on the way here"))
    try await runner.give(0, "orders/web")
    let web = ActionTarget(.service, name: "orders/web")
    #expect(runner.work(of: 1) == .act(ActionRequest("service.restart", on: web)))
    bench.values[FactName("queue", "orders/web", "depth")] = { _ in .number(2) }
    try await runner.look(2) { _ in }
    #expect(runner.run.records[2]?.outcome == .passed)
    for value in ["", "a\"b", "a\nb", "{x}", "password=hunter2", String(repeating: "a", count: 201)] {
      #expect(!RunbookRunner.isFit(value), "\(value)")
    }
    #expect(RunbookRunner.isFit("celery-worker 2"))
  }

  @Test @LoopActor func aMessageIsFilledWithWhatIsKnownNow() throws {
    let bench = FactBench()
    bench.values["queue.depth"] = { _ in .number(1_243) }
    let text = "# A\n```{escalate=P1}\nThe queue holds {queue.depth}, {queue.nowhere} wait.\n```\n"
    let lines = try bench.runner(text).text(of: 0).map(\.string)
    #expect(lines.first?.hasPrefix("P1: Platform Team Lead") == true)
    #expect(lines.last == "The queue holds 1,243, unknown wait.")
  }

  @Test @LoopActor func whatOnlyAPersonCanDoIsNeverDoneByItself() throws {
    let bench = FactBench()
    for block in ["```{manual}\nCall.\n```", "```sh\nfrobnicate --all\n```", "```sh\ncurl http://x/y\n```"] {
      #expect(try bench.runner("# A\n\(block)\n").work(of: 0) == .byHand)
    }
  }

  @Test @LoopActor func logFiltersAreOneExpression() throws {
    let bench = FactBench()
    let line = "docker compose logs --tail=50 web | grep -i 'a\\|b' | grep -v c"
    let runner = try bench.runner("# A\n```sh\n\(line)\n```\n")
    guard case .act(let request) = runner.work(of: 0) else {
      Issue.record("no act")
      return
    }
    #expect(request.action == "service.logs")
    #expect(request.arguments["lines"] == "50")
    let match = try #require(request.arguments["match"])
    let found = try LinePattern(match).matches(["x A", "b", "a c", "d"])
    #expect(found == [true, true, false, false])
  }
}
