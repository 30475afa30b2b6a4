import Facts
import Operations
import Panels
import Testing

@testable import Console

/// What is offered: nothing that the environment can't do, and what is asked for with its usual value.
@Suite struct OfferTests {
  private static let recreate = RecreateService.descriptor

  @Test func whatTheEnvironmentCannotDoIsNotOfferedAndToldWhy() throws {
    var robot = Robot.selecting("redis")
    #expect(robot.lastLine.contains("R recreate"), "\(robot.lastLine)")
    robot.lack(Self.recreate.id, because: "no compose project")
    robot.press("j")
    robot.press("k")
    #expect(!robot.lastLine.contains("R recreate"), "\(robot.lastLine)")
    let entry = try #require(
      PaletteEntries.actionsOfTheRow(robot.state).first { $0.title.string.hasPrefix("recreate") }
    )
    #expect(!entry.isEnabled && entry.note == "no compose project")
    // Its key is answered by the reason all the same, when the plan is asked for.
    #expect(robot.press("R").contains { if case .plan = $0 { true } else { false } })
  }

  @Test func aNumberIsAskedForWithItsUsualValue() throws {
    var robot = Robot.heard()
    robot.press("2")
    #expect(robot.press("]") == [])
    #expect(robot.state.prompt?.text == "1")
    #expect(robot.lastLine.contains("grow pool celery, count: 1"), "\(robot.lastLine)")
    guard case .plan(let request)? = robot.press(.enter).first else {
      Issue.record("nothing is planned")
      return
    }
    #expect(request.arguments == ["count": "1"])
  }

  @Test func whatAPersonDidByHandLeadsToNobodyElse() {
    var verdict = Verdict(.doneUnproven, "it was left with status 0")
    let plan = Robot.plan(Robot.selecting("redis").restart("redis"), .disruptive)
    var progress = ProgressModel(
      plan: plan,
      label: "DEV",
      before: "",
      startedAt: ScriptedStack.start
    )
    progress.verdict = verdict
    #expect(progress.isOpenEnded)
    verdict.isByHand = true
    progress.verdict = verdict
    #expect(!progress.isOpenEnded)
  }
}
