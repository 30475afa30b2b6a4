import Facts
import Operations
import Panels
import Testing

@testable import Console

/// An act under way: what is shown, who may leave it, and how it ends.
struct ProgressTests {
  private static let gate = GateView(
    probes: [GateView.Probe("new start", value: "22:23:01", state: .ok)],
    held: 1,
    needed: 3,
    elapsed: .seconds(2),
    deadline: .seconds(90)
  )

  @Test func eventsAreKeptInOrderAndOnlyTheNewestGate() {
    var (robot, plan) = Robot.acting()
    robot.send(.action(plan, .acted(.seconds(1))))
    for _ in 0..<5 { robot.send(.action(plan, .gate(Self.gate))) }
    #expect(robot.progress?.events == [.recorded, .acting, .acted(.seconds(1)), .gate(Self.gate)])
    #expect(robot.row("held 1/3", "0:02 of 1:30") != nil)
  }

  @Test func eventOfAnotherActIsDropped() {
    var (robot, plan) = Robot.acting()
    let other = Robot.plan(robot.restart("redis"))
    robot.send(.action(other, .ended(Verdict(.done, "recovered"))))
    #expect(robot.state.act?.plan == plan)
    #expect(robot.progress?.verdict == nil)
  }

  @Test(arguments: Verdict.Outcome.allCases) func verdictIsShownAndTheActIsOver(outcome: Verdict.Outcome) {
    var (robot, plan) = Robot.acting()
    robot.send(.action(plan, .ended(Verdict(outcome, "as the gate said"))))
    #expect(robot.state.act == nil)
    #expect(robot.progress?.verdict == Verdict(outcome, "as the gate said"))
    #expect(robot.row(outcome.glyph, "as the gate said") != nil)
    #expect(robot.press(.enter) == [])
    #expect(robot.state.overlays.isEmpty)
    #expect(robot.press("r") == [.plan(robot.restart("postgres"))])
  }

  @Test func enterRestartsTheServiceThatDidNotRecover() {
    var (robot, plan) = Robot.acting()
    let backend = robot.restart("backend")
    robot.send(.action(plan, .ended(Verdict(.done, "backend not recovered", next: backend))))
    #expect(robot.press(.enter, isAlone: false) == [])
    #expect(robot.lastLine.contains("Enter ignored: it came with other keys, press it again"))
    #expect(robot.press(.enter) == [.plan(backend)])
    #expect(robot.state.overlays.isEmpty)
  }

  @Test func enterOpensTheWayBackOfARotationAndAgainTheWayOn() {
    var robot = Robot.heard()
    let rotate = RotateCredentials.request(of: ["API_KEY"])
    let plan = Robot.plan(rotate, .mild)
    robot.preview(plan)
    robot.press("y")
    let environment = ActionTarget(.environment, name: "dev")
    var verdict = Verdict(.doneUnproven, "unproven: the old key is still needed")
    verdict.next = ActionRequest(RollBackRotation.descriptor.id, on: environment)
    verdict.again = ActionRequest(ResumeRotation.descriptor.id, on: environment)
    robot.send(.action(plan, .ended(verdict)))
    #expect(robot.row("Enter roll back the rotation…", "Esc closes") != nil)
    #expect(robot.row("r go on with the rotation…") != nil)
    var other = robot
    #expect(other.press("r", isAlone: false) == [])
    #expect(other.press("r") == [.plan(ActionRequest("credentials.resume", on: environment))])
    #expect(robot.press(.enter, isAlone: false) == [])
    #expect(robot.press(.enter) == [.plan(ActionRequest("credentials.rollback", on: environment))])
    #expect(robot.state.overlays.isEmpty)
  }

  @Test func escapeSendsTheActToTheBackgroundAndTheVerdictToTheLastLine() {
    var (robot, plan) = Robot.acting()
    #expect(robot.press(.escape) == [])
    #expect(robot.state.overlays.isEmpty)
    #expect(robot.state.act?.plan == plan)
    #expect(robot.lastLine.contains("RESTART postgres goes on in the background: A shows it again"))
    robot.send(.action(plan, .gate(Self.gate)))
    #expect(robot.state.overlays.isEmpty)
    robot.send(.action(plan, .ended(Verdict(.failed, "nothing answered within 90 s"))))
    #expect(robot.lastLine.contains("RESTART postgres: failed (A shows it), nothing answered within 90 s"))
    #expect(robot.state.act == nil)
    robot.live(seconds: 120)
    #expect(robot.lastLine.contains("RESTART postgres: failed"))
    robot.press("A")
    #expect(robot.progress?.verdict?.outcome == .failed)
    robot.press(.escape)
    #expect(!robot.lastLine.contains("RESTART postgres: failed"))
  }

  @Test(arguments: [(160, 48), (120, 40), (80, 24)])
  func actInTheBackgroundStandsInTheHeaderUntilItsVerdict(width: Int, height: Int) {
    var (robot, plan) = Robot.acting()
    robot.send(.resized(width: width, height: height))
    #expect(!robot.header.contains("restarting"))
    robot.press(.escape)
    robot.live(seconds: 12)
    #expect(robot.header.contains("restarting postgres 0:12"))
    #expect(robot.lastLine.contains("A shows the act"))
    robot.press("2")
    robot.live(seconds: 50)
    #expect(robot.header.contains("restarting postgres 1:02"))
    robot.press("A")
    #expect(robot.progress?.plan == plan && robot.progress?.verdict == nil)
    #expect(!robot.header.contains("restarting"))
    robot.press(.escape)
    robot.send(.action(plan, .ended(Verdict(.done, "recovered in 4 s"))))
    #expect(!robot.header.contains("restarting"))
  }

  @Test func keyOfTheActSaysSoWhereThereIsNone() {
    var robot = Robot.heard()
    #expect(robot.press("A") == [])
    #expect(robot.lastLine.contains("no act is under way"))
    #expect(robot.state.overlays.isEmpty)
  }

  @Test func timelineOpensFromTheVerdict() {
    var (robot, plan) = Robot.acting()
    robot.send(.action(plan, .ended(Verdict(.failed, "nothing answered"))))
    #expect(robot.row("T timeline") != nil)
    #expect(robot.press("T") == [.watchUsage(false)])
    #expect(robot.state.overlays.isEmpty)
    #expect(robot.state.view == .timeline)
    #expect(robot.state.activeLocal.filter == "postgres")
  }

  @Test(arguments: [Verdict.Outcome.failed, .unknown, .doneUnproven])
  func verdictOffersWhatToDoNext(outcome: Verdict.Outcome) {
    var (robot, plan) = Robot.acting()
    let backend = robot.restart("backend")
    robot.send(.action(plan, .ended(Verdict(outcome, "nothing answered", next: backend))))
    #expect(robot.row("next") != nil && robot.row("o open postgres   i where from   T timeline") != nil)
    #expect(robot.row("Enter restart backend…") != nil)
    #expect((robot.row("look before you try again") != nil) == (outcome == .unknown))
    robot.press("i")
    #expect(robot.sheet?.title == "Where from: postgres")
    robot.press(.escape)
    #expect(robot.progress?.verdict?.outcome == outcome)
    robot.press("o")
    #expect(robot.state.overlays.isEmpty)
    #expect(robot.state.view == .services && robot.state.activeLocal.detail == "postgres")
  }

  @Test func verdictOffersARowOnlyWhereTheKeyFindsOne() {
    var (robot, plan) = Robot.acting()
    var verdict = Verdict(.failed, "nothing answered")
    verdict.subject = ActionTarget(.service, name: "gone")
    robot.send(.action(plan, .ended(verdict)))
    #expect(robot.row("T timeline") != nil && robot.row("o open") == nil)
    robot.press("o")
    #expect(robot.lastLine.contains("gone has no row"))
  }

  @Test func verdictOfAQuickTestOffersNoRow() {
    var robot = Robot.heard()
    let plan = Robot.plan(.quickTest(environment: "dev"), .mild)
    robot.preview(plan)
    robot.press("y")
    robot.send(.action(plan, .ended(Verdict(.failed, "the run failed"))))
    #expect(robot.row("T timeline") != nil && robot.row("o open") == nil)
    robot.press("o")
    #expect(robot.lastLine.contains("dev has no row"))
    #expect(robot.progress != nil)
  }

  @Test func aFailedQuickTestLeadsToItsExecutionAndToOneMore() throws {
    var robot = Robot.heard()
    let row = "0d1b5c10-6d6d-4ef5-9c3a-2f4c1a0b9e70"
    let request = ActionRequest.quickTest(environment: "dev")
    let plan = Robot.plan(request, .mild)
    robot.preview(plan)
    robot.press("y")
    var verdict = Verdict(.failed, "execution failed")
    verdict.subject = ActionTarget(.run, name: row)
    robot.send(.action(plan, .ended(verdict)))
    #expect(robot.row("o open the run", "i where from", "T timeline", "r again") != nil)
    var opened = robot
    opened.press("o")
    #expect(opened.state.view == .runs && opened.state.activeLocal.detail == row)
    var explained = robot
    explained.press("i")
    #expect(explained.sheet != nil)
    #expect(robot.press("r", isAlone: false) == [])
    #expect(robot.press("r") == [.plan(request)])
    #expect(robot.state.overlays.isEmpty)
  }

  @Test func whatHasNoRowOrDidNotFailIsNotOffered() {
    var robot = Robot.heard()
    let plan = Robot.plan(ActionRequest.quickTest(environment: "dev"), .mild)
    robot.preview(plan)
    robot.press("y")
    var verdict = Verdict(.done, "passed")
    verdict.subject = ActionTarget(.execution, name: "00000000-0000-0000-0000-000000000000")
    robot.send(.action(plan, .ended(verdict)))
    #expect(robot.row("o open") == nil && robot.row("r again") == nil)
    #expect(robot.row("T timeline") != nil)
    #expect(robot.press("r") == [])
    #expect(robot.progress != nil)
  }

  @Test func oneTimeIsToldOfARecovery() {
    var (robot, plan) = Robot.acting()
    robot.send(.action(plan, .gate(Self.gate)))
    #expect(robot.row("held 1/3", "0:02 of 1:30") != nil)
    robot.send(.action(plan, .ended(Verdict(.done, "recovered in 4 s", duration: .seconds(4)))))
    #expect(robot.row("held 1/3") != nil && robot.row("0:02 of 1:30") == nil)
  }

  @Test func verdictOfSeveralLeadsToTheOneAtWhichItEnded() throws {
    var robot = Robot.selecting("postgres")
    let targets = ["postgres", "redis"].map { robot.restart($0).target }
    let plan = Robot.plan(try #require(ActionRequest(RestartService.descriptor.id, on: targets)), .mild)
    robot.preview(plan)
    robot.press("y")
    robot.send(.action(plan, .step(1, of: 2, "postgres")))
    robot.send(.action(plan, .step(2, of: 2, "redis")))
    robot.send(.action(plan, .ended(Verdict(.failed, "redis: nothing answered"))))
    #expect(robot.row("o open redis") != nil)
    robot.press("o")
    #expect(robot.state.activeLocal.detail == "redis")
  }

  @Test(arguments: [KeyPress.character("q"), .control("c"), .character("Q")])
  func leavingAsksFirst(key: KeyPress) {
    var (robot, _) = Robot.acting()
    #expect(robot.press(key) == [])
    #expect(robot.row("RESTART postgres is running: Esc stay, y leave") != nil)
    #expect(robot.press("y", isAlone: false) == [])
    #expect(robot.lastLine.contains("y ignored: it came with other keys, press it again"))
    #expect(robot.press("y") == [.quit(signal: nil)])
  }

  @Test(arguments: [KeyPress.character("q"), .control("c"), .character("Q")])
  func leavingFromTheBackgroundAsksToo(key: KeyPress) {
    var (robot, _) = Robot.acting()
    robot.press(.escape)
    robot.press("0")
    #expect(robot.press(key) == [])
    #expect(robot.progress?.asksToLeave == true)
    #expect(robot.press("y") == [.quit(signal: nil)])
  }

  @Test func escapeStays() {
    var (robot, plan) = Robot.acting()
    robot.press("q")
    #expect(robot.press(.escape) == [])
    #expect(robot.progress?.asksToLeave == false)
    #expect(robot.press("y") == [])
    robot.send(.action(plan, .ended(Verdict(.done, "recovered in 4 s"))))
    #expect(robot.progress?.verdict?.outcome == .done)
  }

  @Test func verdictTakesTheQuestionAway() {
    var (robot, plan) = Robot.acting()
    robot.press("q")
    robot.send(.action(plan, .ended(Verdict(.done, "recovered in 4 s"))))
    #expect(robot.progress?.asksToLeave == false)
    #expect(robot.press("y") == [])
  }

  @Test(arguments: [Int32(15), 1, 2]) func signalLeavesTheActAndTheProgram(signal: Int32) {
    var (robot, _) = Robot.acting()
    #expect(robot.send(.terminate(signal: signal)) == [.quit(signal: signal)])
    var idle = Robot.heard()
    #expect(idle.send(.terminate(signal: signal)) == [.quit(signal: signal)])
  }

  @Test func lostTerminalLeavesToo() {
    var (robot, _) = Robot.acting()
    #expect(robot.send(.hungUp) == [.quit(signal: nil)])
    var idle = Robot.heard()
    #expect(idle.send(.hungUp) == [.quit(signal: nil)])
  }

  @Test func changedTargetIsAskedAboutExactlyOnce() {
    var (robot, plan) = Robot.previewing(.mild)
    #expect(robot.press("y") == [.execute(plan, hasAskedAgain: false)])
    robot.stack.incarnation = 2
    let newer = Robot.plan(robot.restart("postgres"), .mild)
    robot.isPainting = false
    robot.send(.action(plan, .changed(newer, what: "postgres was restarted by someone else")))
    #expect(robot.state.act == nil)
    #expect(robot.state.overlays.count == 1)
    #expect(robot.dialog?.plan == newer)
    #expect(robot.dialog?.highlighted == .cancel)
    let notice: SafeText = "changed meanwhile: postgres was restarted by someone else; confirm again"
    #expect(robot.dialog?.notice == notice)
    #expect(robot.press("y") == [])
    robot.isPainting = true
    robot.send(.tick)
    robot.pause(.milliseconds(250))
    #expect(robot.press("y") == [.execute(newer, hasAskedAgain: true)])
    robot.send(.action(newer, .refused(.targetChanged("postgres changed again"))))
    #expect(robot.state.overlays.isEmpty)
    #expect(robot.lastLine.contains("refused: postgres changed again"))
  }

  @Test func freshPreviewAfterACancelledSecondQuestionAsksAnew() {
    var (robot, plan) = Robot.previewing(.mild)
    robot.press("y")
    robot.send(.action(plan, .changed(plan, what: "its class is 2 now")))
    robot.press(.escape)
    robot.preview(plan)
    #expect(robot.press("y") == [.execute(plan, hasAskedAgain: false)])
  }

  @Test(
    arguments: [
      Refusal.auditUnwritable(path: "/state/audit.jsonl", cause: "disk full"),
      .busy("RESTART postgres is still running"), .gone("postgres"), .wrongEnvironment("prod"),
      .readOnly(why: "--read-only", canLift: false),
    ]
  )
  func refusalIsToldAndNothingIsUnderWay(refusal: Refusal) {
    var (robot, plan) = Robot.previewing(.mild)
    robot.press("y")
    robot.send(.action(plan, .refused(refusal)))
    #expect(robot.state.overlays.isEmpty)
    #expect(robot.state.act == nil)
    #expect(robot.lastLine.contains(refusal.sentence.string))
    robot.press(.enter)
    #expect(robot.menu == nil)
  }
}
