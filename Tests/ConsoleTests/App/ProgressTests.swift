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
    let backend = robot.restart("backend").target
    robot.send(.action(plan, .ended(Verdict(.done, "backend not recovered", next: backend))))
    #expect(robot.press(.enter, isAlone: false) == [])
    #expect(robot.lastLine.contains("Enter ignored: it came with other keys, press it again"))
    #expect(robot.press(.enter) == [.plan(ActionRequest(RestartService.descriptor.id, on: backend))])
    #expect(robot.state.overlays.isEmpty)
  }

  @Test func escapeSendsTheActToTheBackgroundAndTheVerdictToTheLastLine() {
    var (robot, plan) = Robot.acting()
    #expect(robot.press(.escape) == [])
    #expect(robot.state.overlays.isEmpty)
    #expect(robot.state.act?.plan == plan)
    #expect(robot.lastLine.contains("RESTART postgres goes on in the background"))
    robot.send(.action(plan, .gate(Self.gate)))
    #expect(robot.state.overlays.isEmpty)
    robot.send(.action(plan, .ended(Verdict(.failed, "nothing answered within 90 s"))))
    #expect(robot.lastLine.contains("RESTART postgres: failed, nothing answered within 90 s"))
    #expect(robot.state.act == nil)
  }

  @Test func timelineOpensFromTheVerdict() {
    var (robot, plan) = Robot.acting()
    robot.send(.action(plan, .ended(Verdict(.failed, "nothing answered"))))
    #expect(robot.row("T timeline") != nil)
    #expect(robot.press("T") == [])
    #expect(robot.state.overlays.isEmpty)
    #expect(robot.state.view == .timeline)
    #expect(robot.state.activeLocal.filter == "postgres")
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
