import DataSources
import Facts
import Operations
import Panels
import Testing

@testable import Console

/// The keys of a preview: nothing runs but what was seen, meant and pressed alone.
struct DialogTests {
  @Test func yRunsClassOne() {
    var (robot, plan) = Robot.previewing(.mild)
    #expect(robot.press("y") == [.execute(plan, hasAskedAgain: false)])
    #expect(robot.dialog == nil)
    #expect(robot.progress?.plan == plan)
    #expect(robot.progress?.before == "healthy, 1/1, up 3d")
  }

  @Test func enterOnCancelCloses() {
    for danger in DangerClass.allCases {
      var (robot, _) = Robot.previewing(danger)
      #expect(robot.press(.enter) == [])
      #expect(robot.state.overlays.isEmpty)
    }
  }

  @Test(arguments: [KeyPress.escape, .character("n"), .character("q"), .control("c")])
  func keyCancels(key: KeyPress) {
    var (robot, _) = Robot.previewing()
    robot.press("y")
    #expect(robot.press(key) == [])
    #expect(robot.state.overlays.isEmpty)
    #expect(robot.state.act == nil)
  }

  @Test func buttonsAreReachedInACircle() {
    var (robot, plan) = Robot.previewing()
    for button in [DialogModel.Button.run, .dryRun, .copy, .cancel] {
      robot.press(.tab)
      #expect(robot.dialog?.highlighted == button)
    }
    robot.press(.left)
    #expect(robot.press(.enter) == [.copy(plan.exact)])
    robot.press(.backTab)
    robot.press(.enter)
    #expect(robot.dialog?.dryRun == "lock free⏎nothing was sent")
  }

  @Test func dryRunComesAndGoesWithoutAnEffect() {
    var (robot, _) = Robot.previewing()
    #expect(robot.press("D") == [])
    #expect(robot.row("dry run", "lock free") != nil)
    #expect(robot.press("D") == [])
    #expect(robot.dialog?.dryRun == nil)
  }

  @Test func cCopiesTheExactCommand() {
    var (robot, plan) = Robot.previewing()
    #expect(robot.press("c") == [.copy("POST /containers/postgres/restart?t=10")])
    #expect(robot.dialog?.plan == plan)
    #expect(robot.row("copied: POST /containers/postgres/restart?t=10") != nil)
  }

  @Test func targetStaysFrozenWhileTheListIsReordered() {
    var (robot, plan) = Robot.previewing(.mild)
    robot.stack.services.reverse()
    robot.stack.incarnation = 2
    robot.live(seconds: 4)
    #expect(robot.press("y") == [.execute(plan, hasAskedAgain: false)])
    #expect(plan.target.identity?.incarnation == "1")
  }

  @Test func keysOfOtherScopesDoNothing() {
    let (robot, _) = Robot.previewing()
    for key: Character in ["r", "t", "Z", "?", ":", "1", "Q", "x", "i", "f", "d", "k"] {
      var other = robot
      #expect(other.press(key) == [], "\(key)")
      #expect(other.dialog?.plan == robot.dialog?.plan, "\(key)")
      #expect(other.state.view == robot.state.view && other.state.frozen == nil, "\(key)")
    }
  }

  private func opened(_ plan: Plan) -> DialogModel {
    var dialog = DialogModel(plan: plan, label: "DEV")
    dialog.isScrolledThrough = true
    return dialog
  }
}
