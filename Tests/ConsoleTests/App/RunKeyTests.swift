import DataSources
import Facts
import Operations
import Panels
import Testing

@testable import Console

/// A runbook gone through by keys: what each key asks for, and what is told of it.
struct RunKeyTests {
  private static let text = """
    # Mend it
    Nobody answers.

    Which one?

    ```{input=service}
    ```

    Does it run?

    ```{check="service.{service}.state is ok"}
    ```

    Restart it.

    ```{action=service.restart target={service} gate="service.{service}.state is ok within 2m holding 2"}
    ```

    Look at it.

    ```{manual}
    Open the page.
    ```

    ```{escalate=P1}
    backend is {service.backend.state}
    ```
    """

  private static func script(_ text: String = text) throws -> RunScript {
    let books = RunbookReader(parsing: text, file: "/ops/mend.md", name: "mend").runbooks
    return try RunScript(try #require(books.first), in: books)
  }

  private static let start = WallTime(secondsSince1970: 1_700_000_000)

  private static func run(
    _ script: RunScript,
    _ events: [RunEvent.Kind] = [],
    begun: Bool = true
  ) -> RunbookRun {
    let beginning: [RunEvent.Kind] = begun ? [.began(RunBeginning(of: script, by: "anna"))] : []
    return RunbookRun(id: "r1", events: (beginning + events).map { RunEvent($0, at: start) })
  }

  private static func model(
    _ script: RunScript,
    _ events: [RunEvent.Kind] = [],
    begun: Bool = true
  ) -> RunModel {
    RunModel(script, run(script, events, begun: begun), environment: "dev")
  }

  /// A console that has read the shipped runbooks and some runs.
  private func robot(
    _ runs: [RunbookRun] = [],
    _ stack: ScriptedStack = ScriptedStack(),
    width: Int = 120
  ) -> Robot {
    var robot = Robot.heard(stack, width: width)
    let now = robot.now
    var snapshot = RunbooksSnapshot(RunbookLibrary.shipped)
    snapshot.runs = runs
    robot.send(
      .reports([
        SourceReport(
          source: RunbookSource.id,
          startedAt: now,
          endedAt: now,
          result: .success(SourceReading([], snapshots: [snapshot]))
        )
      ])
    )
    return robot
  }

  /// A console in the middle of a run.
  private func going(_ events: [RunEvent.Kind] = [], begun: Bool = true) throws -> Robot {
    var robot = robot()
    let script = try Self.script()
    robot.press("8")
    robot.order(.prepare(script, given: [:]))
    robot.send(.run(.stands(Self.model(script, events, begun: begun))))
    return robot
  }

  @Test func enterOnARunbookPreparesARunAndWritesNothingDown() throws {
    var robot = robot()
    robot.press("8")
    robot.select("Worker down")
    let effects = robot.press(.enter)
    let script = try #require(
      RunbookRows.snapshot(robot.state)?.entries.first { $0.runbook.id == "worker-down" }?.script
    )
    #expect(effects == [.run(.prepare(script, given: [:]))])
    robot.send(.run(.stands(RunModel(script, RunbookRun(id: "r9"), environment: "dev"))))
    #expect(RunKeys.isOpen(robot.state))
    #expect(robot.row("What did the worker say last?") != nil)
    #expect(robot.lastLine.contains("Enter last lines"))
    // It was only looked at: nothing is left open by going away.
    #expect(robot.press(.escape) == [.run(.leave)])
    #expect(robot.state.run == nil)
  }

  @Test func aDryRunTellsEveryStepAndDoesNothing() throws {
    var robot = robot()
    robot.press("8")
    robot.select("Worker down")
    #expect(robot.lastLine.contains("D dry run"))
    let script = try #require(
      RunbookRows.snapshot(robot.state)?.entries.first { $0.runbook.id == "worker-down" }?.script
    )
    #expect(robot.press("D") == [.run(.dryRun(script, RunbookRun(id: "")))])
    #expect(robot.state.run == nil)
    let plan = Robot.plan(robot.restart("celery-worker"), .mild)
    let plans: [Int: Result<Plan, Refusal>] = [
      0: .failure(.notPossible("it says nothing")), 2: .success(plan),
    ]
    robot.send(.run(.previewed(script, RunbookRun(id: ""), plans)))
    #expect(robot.row("DRY RUN Worker down") != nil)
    #expect(robot.row("it says nothing") != nil)
    #expect(robot.row(plan.title.string) != nil)
    // The decision with its live tests.
    #expect(robot.row("service.rabbitmq.state is crit") != nil)
    robot.press(.escape)
    // Over something that is open it is not shown.
    robot.press("/")
    robot.send(.run(.previewed(script, RunbookRun(id: ""), plans)))
    #expect(robot.row("DRY RUN Worker down") == nil)
  }

  @Test func aDryRunOfARunTakesWhatIsOffered() throws {
    var robot = try going(begun: false)
    let script = try Self.script()
    var model = Self.model(script, begun: false)
    model.given = ["service": "redis"]
    robot.send(.run(.stands(model)))
    guard case .run(.dryRun(_, let run))? = robot.press("D").first else {
      Issue.record("no dry run")
      return
    }
    #expect(run.inputs == ["service": "redis"])
  }

  @Test func whatAnActShowedStandsInItsRun() throws {
    var robot = try going([
      .input("service", "redis"), .stepEnded(0, .shown, ""), .stepEnded(1, .passed, ""),
    ])
    var model = try #require(robot.state.run)
    model.output = (step: 1, lines: (1...100).map { "line \(SafeText("\($0)"))" })
    robot.send(.run(.stands(model)))
    #expect(robot.row("step 2 showed, the last") != nil)
    #expect(robot.row("line 100") != nil && robot.row("line 1 ") == nil)
  }

  @Test func theRunbookIsOfferedFirstForWhatIsNotWell() throws {
    var robot = robot()
    robot.stack.stopped = ["redis"]
    robot.live(seconds: 12)
    robot.press("1")
    robot.select("redis")
    #expect(robot.lastLine.contains("b runbook"), "\(robot.lastLine)")
    robot.select("backend")
    #expect(!robot.lastLine.contains("b runbook"), "\(robot.lastLine)")
  }

  @Test func anActOfAStepOpensThePreviewOfItsOwnKeyAndRunsAsTheStep() throws {
    var robot = try going([
      .input("service", "redis"), .stepEnded(0, .shown, "service is redis"), .stepEnded(1, .passed, "ok"),
    ])
    #expect(robot.press(.enter, isAlone: false) == [])
    #expect(robot.lastLine.contains("Enter ignored"))
    let request = robot.restart("redis")
    #expect(robot.press(.enter) == [.plan(request)])
    let plan = Robot.plan(request, .mild)
    robot.send(.planned(request, .success(plan)))
    #expect(robot.dialog?.plan == plan)
    robot.pause(.milliseconds(300))
    #expect(robot.press("y") == [.executeStep(2, plan, hasAskedAgain: false)])
    robot.send(.action(plan, .ended(Verdict(.done, "recovered"))))
    robot.press(.enter)
    // While its gate is waited for no other key takes it again.
    #expect(robot.press(.enter) == [])
    #expect(robot.lastLine.contains("step 3 is under way"))
  }

  @Test func aPreviewThatWasCancelledIsNoStepAnyMore() throws {
    var robot = try going([
      .input("service", "redis"), .stepEnded(0, .shown, ""), .stepEnded(1, .passed, ""),
    ])
    let request = robot.restart("redis")
    robot.press(.enter)
    robot.send(.planned(request, .success(Robot.plan(request, .mild))))
    robot.press(.escape)
    #expect(robot.state.runStep == nil)
    // The same act by its own key is no step of the run.
    robot.press("1")
    robot.select("redis")
    robot.press("r")
    robot.send(.planned(request, .success(Robot.plan(request, .mild))))
    robot.pause(.milliseconds(300))
    #expect(robot.press("y") == [.execute(Robot.plan(request, .mild), hasAskedAgain: false)])
  }

  @Test func whatCanNotBePlannedIsNotedAsNotBegun() throws {
    var robot = try going([
      .input("service", "redis"), .stepEnded(0, .shown, ""), .stepEnded(1, .passed, ""),
    ])
    let request = robot.restart("redis")
    robot.press(.enter)
    let effects = robot.send(.planned(request, .failure(.gone("redis"))))
    #expect(effects == [.run(.refuse(2, "refused: redis is gone"))])
  }

  @Test func aValueIsAskedForAndCheckedInPlace() throws {
    var robot = try going()
    robot.press(.enter)
    #expect(robot.lastLine.contains("service: "))
    robot.type("redsi")
    #expect(robot.press(.enter) == [])
    #expect(robot.lastLine.contains("there is no service redsi"))
    for _ in 0..<5 { robot.press(.backspace) }
    robot.type("redis")
    #expect(robot.press(.enter) == [.run(.give(0, "redis"))])
    #expect(robot.state.prompt == nil)
  }

  @Test func aSkipNeedsAReasonAndAManualStepWords() throws {
    var robot = try going()
    robot.press("s")
    #expect(robot.press(.enter) == [])
    #expect(robot.lastLine.contains("a reason is needed"))
    robot.type("no need")
    #expect(robot.press(.enter) == [.run(.skip(0, "no need"))])
    var other = try going([
      .input("service", "redis"), .stepEnded(0, .shown, ""), .stepEnded(1, .passed, ""),
      .stepEnded(2, .passed, ""),
    ])
    #expect(other.row("Open the page.") != nil)
    other.press(.enter)
    #expect(other.press(.enter) == [.run(.confirm(3, "said so"))])
  }

  @Test func aStepOfWhichNothingIsKnownIsNotTakenAgainByEnter() throws {
    var robot = try going([
      .input("service", "redis"), .stepEnded(0, .shown, ""), .stepEnded(1, .passed, ""),
      .stepEnded(2, .unknown, "?"),
    ])
    #expect(robot.press(.enter) == [])
    #expect(robot.lastLine.contains("what it did is not known"))
    #expect(robot.press("a") == [.plan(robot.restart("redis"))])
    // One in which a console was killed is read, not done.
    var killed = try going([
      .input("service", "redis"), .stepEnded(0, .shown, ""), .stepEnded(1, .passed, ""), .stepBegan(2),
    ])
    #expect(killed.press(.enter) == [.run(.reread(2))])
  }

  @Test func aCheckThatFailedIsTakenAgain() throws {
    var robot = try going([
      .input("service", "redis"), .stepEnded(0, .shown, ""), .stepEnded(1, .failed, "crit"),
    ])
    #expect(robot.row("✗ failed", "crit") != nil)
    #expect(robot.press("a") == [.run(.look(1))])
    #expect(robot.press("a") == [])
    #expect(robot.lastLine.contains("under way"))
  }

  @Test func leavingSaysWhereItIsLeftAndEnterGoesOn() throws {
    let script = try Self.script()
    var robot = try going([.input("service", "redis"), .stepEnded(0, .shown, "")])
    #expect(robot.press(.escape) == [.run(.leave)])
    #expect(robot.lastLine.contains("Mend it is left open at step 2"))
    let left = Self.run(script, [.stepEnded(0, .shown, "")])
    var other = self.robot([left])
    other.press("8")
    // Another text is another runbook: it can't be gone on with, and can be given up.
    #expect(other.press(.enter) == [])
    #expect(other.lastLine.contains("its runbook has changed since it began: X gives it up"))
    other.press("X")
    other.type("healed")
    #expect(other.press(.enter) == [.run(.giveUpLeft(left, "healed"))])
  }

  @Test func aRunThatWasLeftIsGoneOnWithByEnter() throws {
    let script = try #require(
      RunbooksSnapshot(RunbookLibrary.shipped).entries.first { $0.runbook.id == "worker-down" }?.script
    )
    let left = Self.run(script, [.stepEnded(0, .shown, "")])
    var robot = self.robot([left])
    robot.press("8")
    #expect(robot.row("Worker down", "open at step 2, by anna") != nil)
    #expect(robot.press(.enter) == [.run(.resume(script, left))])
  }

  @Test func givingUpIsWrittenDownForTheRunThatIsOpen() throws {
    var robot = try going([.input("service", "redis"), .stepEnded(0, .shown, "")])
    robot.press("X")
    robot.type("wrong alarm")
    #expect(robot.press(.enter) == [.run(.giveUp("wrong alarm"))])
  }

  @Test func theMessageOfAStepIsCopied() throws {
    var robot = try going([
      .input("service", "redis"), .stepEnded(0, .shown, ""), .stepEnded(1, .passed, ""),
      .stepEnded(2, .passed, ""),
      .stepEnded(3, .byHand, ""),
    ])
    guard case .copy(let text)? = robot.press("c").first else {
      return #expect(Bool(false), "nothing is copied")
    }
    #expect(text.hasPrefix("P1: Platform Team Lead"))
    #expect(text.contains("backend is "))
    #expect(!text.contains("{"))
  }

  @Test func theRunbookComesBeforeWhatLeadsToTheReason() {
    var stack = ScriptedStack()
    stack.postgresFailure = ScriptedStack.postgresRefused
    var robot = robot([], stack)
    robot.press("1")
    robot.select("backend")
    let hints = robot.state.screen.hints.map { "\($0.key) \($0.word)" }
    #expect(hints.prefix(2) == ["b runbook", "O to postgres"], "\(hints)")
  }

  @Test func bOpensTheRunbookThatFitsWithItsNameFilledIn() throws {
    var robot = robot()
    robot.press("1")
    robot.select("redis")
    guard case .run(.prepare(let script, let given))? = robot.press("b").first else {
      return #expect(Bool(false), "no runbook")
    }
    #expect(script.runbook.id == "redis-down")
    #expect(given == ["service": "redis"])
    robot.press("6")
    guard case .run(.prepare(let other, _))? = robot.press("b").first else {
      return #expect(Bool(false), "no runbook for the alert")
    }
    #expect(other.runbook.id == "high-queue-depth")
    var none = Robot.heard()
    none.press("1")
    #expect(none.press("b") == [])
    #expect(none.lastLine.contains("no runbook is for"))
  }

  @Test(arguments: [Verdict.Outcome.failed, .unknown, .doneUnproven])
  func aVerdictThatIsNotDoneLeadsOn(outcome: Verdict.Outcome) throws {
    func ended() -> Robot {
      var robot = robot()
      let plan = Robot.plan(robot.restart("postgres"), .mild)
      robot.preview(plan)
      robot.press("y")
      robot.send(.action(plan, .ended(Verdict(outcome, "no new start"))))
      return robot
    }
    for offer in ["b runbook", "l last lines", "e escalate"] {
      #expect(ended().row(offer) != nil, "\(offer)")
    }
    var book = ended()
    guard case .run(.prepare(let script, _))? = book.press("b").first else {
      return #expect(Bool(false), "no runbook")
    }
    #expect(script.runbook.id == "database-connection-issues")
    #expect(book.state.overlays.isEmpty)
    // The lines lie over the verdict, which is there again behind them.
    var lines = ended()
    let look = ActionRequest("service.logs", on: lines.restart("postgres").target)
    #expect(lines.press("l") == [.plan(look)])
    let plan = Robot.plan(look, .look)
    lines.send(.planned(look, .success(plan)))
    var told = Verdict(.done, "200 lines")
    told.output = (1...200).map { "line \($0)" }
    lines.send(.action(plan, .ended(told)))
    // The newest is what one looks for.
    #expect(lines.row("line 200") != nil && lines.row(" line 1 ") == nil)
    lines.press(.escape)
    #expect(lines.progress?.verdict?.outcome == outcome)
    // The text for somebody else tells what, since when and what was tried.
    var text = ended()
    text.press("e")
    #expect(text.row("P1: Platform Team Lead") != nil)
    #expect(text.row("RESTART postgres: \(outcome.word)") != nil)
    guard case .copy(let copied)? = text.press("c").first else {
      return #expect(Bool(false), "nothing copied")
    }
    #expect(copied.contains("no new start"))
    text.press(.escape)
    #expect(text.progress != nil)
  }

  @Test func aVerdictThatIsDoneLeadsNowhere() {
    var (robot, plan) = Robot.acting()
    robot.send(.action(plan, .ended(Verdict(.done, "recovered"))))
    #expect(robot.row("e escalate") == nil)
    #expect(robot.press("e") == [])
    #expect(robot.sheet == nil)
  }

  @Test func anArgumentIsAskedForAndTheActionSaysWhetherItFits() {
    var robot = Robot.selecting("redis")
    #expect(robot.press("#") == [])
    #expect(robot.lastLine.contains("scale redis, count: "))
    #expect(robot.press(.enter) == [])
    robot.type("0")
    var request = ActionRequest("service.scale", on: robot.restart("redis").target)
    request.arguments["count"] = "0"
    #expect(robot.press(.enter) == [.plan(request)])
    robot.send(.planned(request, .failure(.notPossible("0 is no number from 1 to 64"))))
    #expect(robot.lastLine.contains("0 is no number from 1 to 64"))
    // An answer to what was typed before says nothing of what is typed now.
    robot.press(.backspace)
    robot.type("2")
    robot.send(.planned(request, .success(Robot.plan(request))))
    #expect(robot.dialog == nil)
    request.arguments["count"] = "2"
    #expect(robot.press(.enter) == [.plan(request)])
    robot.send(.planned(request, .success(Robot.plan(request))))
    #expect(robot.dialog?.plan.request == request)
    #expect(robot.state.prompt == nil)
  }
}
