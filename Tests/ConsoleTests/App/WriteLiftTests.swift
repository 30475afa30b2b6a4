import Facts
import Operations
import Panels
import Testing

@testable import Console

/// Read-only, and how it is lifted for a while.
struct WriteLiftTests {
  /// A console in production whose restart of postgres was just refused.
  private static func refused() -> (robot: Robot, request: ActionRequest) {
    var (robot, plan) = Robot.previewing(.mild, mode: WriteMode(.production))
    robot.press("y")
    robot.send(.action(plan, .refused(.readOnly(why: "this is production", canLift: true))))
    return (robot, plan.request)
  }

  @Test func previewTellsBeforehandThatItWillBeRefused() {
    let production = Robot.previewing(.mild, mode: WriteMode(.production)).0
    #expect(production.row("read-only: this is production. :write 10m") != nil)
    let forced = Robot.previewing(.mild, mode: WriteMode(.forced(why: "started with --read-only"))).0
    #expect(forced.row("read-only: started with --read-only") != nil)
    #expect(forced.row(":write") == nil)
    #expect(Robot.previewing(.mild).0.row("read-only:") == nil)
  }

  @Test func refusalLeadsToTheLiftAndBackToTheSameTarget() {
    var (robot, request) = Self.refused()
    #expect(
      robot.lastLine.contains("read-only: this is production. :write 10m REASON opens it (Enter types it)")
    )
    #expect(robot.header.contains("read-only"))
    #expect(robot.press(.enter) == [])
    #expect(robot.menu?.query == "write 10m ")
    robot.stack.services.reverse()
    robot.live(seconds: 25)
    robot.type("INC-7 postgres hangs")
    var lifted = WriteMode(.production)
    try? lifted.lift(for: .seconds(600), reason: "INC-7 postgres hangs", now: robot.now.monotonic)
    #expect(robot.press(.enter) == [.writeMode(lifted), .plan(request)])
    #expect(robot.state.writeMode == lifted)
    #expect(robot.header.contains("write 10:00"))
    robot.live(seconds: 600)
    #expect(robot.header.contains("read-only"))
  }

  @Test func liftWithoutAReasonIsRefusedAndCanBeTriedAgain() {
    var (robot, request) = Self.refused()
    robot.press(.enter)
    #expect(robot.press(.enter) == [])
    #expect(robot.lastLine.contains("a reason is needed: :write 10m REASON"))
    robot.press(.enter)
    robot.type("INC-7")
    #expect(robot.press(.enter).last == .plan(request))
  }

  @Test func liftAmongOtherKeysIsIgnored() {
    var (robot, _) = Self.refused()
    robot.press(.enter)
    robot.type("INC-7")
    #expect(robot.press(.enter, isAlone: false) == [])
    #expect(robot.lastLine.contains("Enter ignored: it came with other keys, press it again"))
    #expect(robot.menu?.query == "write 10m INC-7")
    #expect(robot.state.writeMode == WriteMode(.production))
  }

  @Test func reasonMayBePastedAndIsConfirmedByHand() {
    var (robot, request) = Self.refused()
    robot.press(.enter)
    #expect(robot.send(.pasted("INC-7\n")) == [])
    #expect(robot.menu?.query == "write 10m INC-7")
    #expect(robot.press(.enter).last == .plan(request))
  }

  @Test func escapeForgetsTheRefusedAct() {
    var (robot, _) = Self.refused()
    robot.press(.escape)
    #expect(robot.state.awaitingLift == nil)
    robot.press(.enter)
    #expect(robot.menu == nil)
    #expect(robot.state.activeLocal.detail == "postgres")
  }

  @Test func enterOpensTheRowOnceTheRefusalIsNoLongerShown() {
    var (robot, _) = Self.refused()
    robot.press("c")
    robot.send(.copied("sent: postgres", isWell: true))
    #expect(robot.lastLine.contains("sent: postgres"))
    robot.press(.enter)
    #expect(robot.menu == nil)
    #expect(robot.state.activeLocal.detail == "postgres")
  }

  @Test func laterLiftOpensNoPreviewOfLongAgo() {
    var (robot, _) = Self.refused()
    robot.live(seconds: 30)
    robot.press(":")
    robot.type("write 5m INC-8")
    let effects = robot.press(.enter)
    #expect(effects == [.writeMode(robot.state.writeMode)])
    #expect(robot.header.contains("write 5:00"))
  }

  @Test func forcedReadOnlyIsNotLifted() {
    var robot = Robot.selecting("postgres", mode: WriteMode(.forced(why: "--read-only")))
    robot.press(":")
    robot.type("write 10m please")
    #expect(robot.press(.enter) == [])
    #expect(robot.lastLine.contains("read-only can't be lifted: --read-only"))
  }

  @Test(arguments: ["0s", "61m", "2h"]) func liftHasItsBounds(duration: String) {
    var (robot, _) = Self.refused()
    robot.press(":")
    robot.type("write \(duration) INC-7")
    #expect(robot.press(.enter) == [])
    #expect(robot.state.writeMode == WriteMode(.production))
  }
}
