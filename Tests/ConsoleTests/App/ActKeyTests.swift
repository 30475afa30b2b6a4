import DataSources
import Facts
import Operations
import Panels
import Testing

@testable import Console

/// From the key that acts to the preview that it opens.
struct ActKeyTests {
  @Test(arguments: [false, true]) func whatWasLookedAtOpensUnlessSomethingElseIs(isBusy: Bool) throws {
    var robot = Robot.selecting("backend")
    robot.press("l")
    let asked = try #require(robot.state.awaitedPlan)
    #expect(asked.action == "service.logs")
    let plan = Robot.plan(asked, .look)
    robot.send(.planned(asked, .success(plan)))
    if isBusy { robot.press("?") }
    var verdict = Verdict(.done, "2 lines")
    verdict.output = ["pool opened", "pool exhausted"]
    robot.send(.action(plan, .ended(verdict)))
    #expect((robot.row("pool exhausted") != nil) == !isBusy)
    robot.press(.escape)
    #expect(robot.row("pool exhausted") == nil)
  }

  @Test func keyFreezesTheRowsIdentity() {
    var robot = Robot.selecting("postgres")
    let request = robot.restart("postgres")
    #expect(robot.press("r") == [.plan(request)])
    #expect(request.target.identity == robot.stack.identity(of: "postgres"))
    #expect(robot.state.overlays.isEmpty)
  }

  @Test func oneOfSeveralContainersIsActedOn() {
    var stack = ScriptedStack()
    stack.services = ["backend", "celery-worker 1", "celery-worker 2"]
    var robot = Robot.selecting("celery-worker 2", in: stack)
    #expect(robot.selected == "celery-worker 2")
    #expect(robot.press("r") == [.plan(robot.restart("celery-worker 2"))])
  }

  @Test func keyHoldsOnTheOverviewsFocusedTile() {
    var robot = Robot.heard()
    for _ in PanelCatalog.standard.tiles where robot.state.focus != .services { robot.press(.tab) }
    #expect(robot.state.view == .overview && robot.state.focus == .services)
    robot.select("redis")
    #expect(robot.press("r") == [.plan(robot.restart("redis"))])
  }

  @Test func keyWithoutATargetSaysSo() {
    var robot = Robot.heard()
    robot.press("2")
    #expect(robot.press("r") == [])
    #expect(robot.lastLine.contains("r (restart) needs a service: open Services, 1"))
    robot.press("1")
    robot.press("/")
    robot.type("nothing of that name")
    robot.press(.enter)
    #expect(robot.press("r") == [])
    #expect(robot.lastLine.contains("nothing is selected that this could act on"))
  }

  @Test func quickTestActsOnTheEnvironmentFromEveryView() {
    for view in PanelCatalog.standard.views {
      var robot = Robot.heard()
      robot.open(view)
      #expect(robot.press("t") == [.plan(.quickTest(environment: "dev"))])
    }
  }

  @Test func allMarkedRunsAreAcknowledgedAtOnceWithoutAQuestion() {
    var robot = Robot.heard()
    robot.press("3")
    let id = "0d1b5c10-6d6d-4ef5-9c3a-2f4c1a0b9e70"
    let target = ActionTarget(.run, name: "Nightly regression", subject: id)
    let request = ActionRequest(AcknowledgeRuns.descriptor.id, on: target)
    #expect(robot.press("a") == [.plan(request)])
    robot.press("*")
    #expect(robot.press("a", isAlone: false) == [])
    #expect(robot.press("a") == [.plan(request)])
    let plan = Robot.plan(request, .look)
    let effects = robot.send(.planned(request, .success(plan)))
    #expect(effects == [.execute(plan, hasAskedAgain: false)])
    #expect(robot.state.overlays.isEmpty)
    robot.send(.action(plan, .ended(Verdict(.done, "1 acknowledged, once more takes it back"))))
    #expect(robot.lastLine.contains("1 acknowledged, once more takes it back"))
    // Where no run stands it is nobody's key.
    robot.press("1")
    #expect(robot.press("a") == [])
  }

  @Test func previewNeverOpensUnderWhatIsBeingTyped() {
    for key in ["/", ":", "?"] as [Character] {
      var robot = Robot.selecting("postgres")
      let request = robot.restart("postgres")
      robot.press("r")
      robot.press(key)
      robot.send(.planned(request, .success(Robot.plan(request, .mild))))
      #expect(robot.dialog == nil)
      robot.type("by way of my key")
      #expect(robot.state.act == nil)
    }
  }

  @Test func previewThatWasAskedForLastIsTheOneThatOpens() {
    var robot = Robot.selecting("postgres")
    let (first, second) = (robot.restart("postgres"), robot.restart("redis"))
    robot.press("r")
    robot.select("redis")
    #expect(robot.press("r") == [.plan(second)])
    robot.send(.planned(first, .success(Robot.plan(first))))
    #expect(robot.dialog == nil)
    robot.send(.planned(second, .success(Robot.plan(second))))
    #expect(robot.dialog?.plan.request == second)
    robot.send(.planned(second, .success(Robot.plan(second))))
    #expect(robot.state.overlays.count == 1)
  }

  @Test func yRunsNothingInTheFirstQuarterOfASecond() {
    var robot = Robot.selecting("postgres")
    let request = robot.restart("postgres")
    robot.press("r")
    robot.send(.planned(request, .success(Robot.plan(request, .mild))))
    robot.pause(.milliseconds(249))
    #expect(robot.press("y") == [])
    #expect(robot.lastLine.contains("y ignored"))
    robot.pause(.milliseconds(1))
    #expect(robot.press("y").count == 1)
  }

  @Test func keyAmongOthersNeverActsAndSaysSo() {
    var robot = Robot.selecting("postgres")
    #expect(robot.press("r", isAlone: false) == [])
    #expect(robot.lastLine.contains("r ignored: it came with other keys, press it again"))
    #expect(robot.press("r") == [.plan(robot.restart("postgres"))])
  }

  @Test func tenThousandStormingKeysNeverAct() {
    var robot = Robot.selecting("postgres", mode: WriteMode(.production))
    let storm = Array("rty:restart\r:write 10m because\ryyDo\tt\rx\r1jkr")
    robot.isPainting = false
    for index in 0..<10_000 {
      let character = storm[index % storm.count]
      let key: KeyPress = character == "\r" ? .enter : character == "\t" ? .tab : .character(character)
      for effect in robot.press(key, isAlone: false) {
        switch effect {
        case .plan, .execute, .executeStep, .writeMode, .findCredentials, .giveCredential, .saveLogs, .export:
          Issue.record("\(index): \(key.name) did \(effect)")
        case .quit, .suspend, .redraw, .load, .refresh, .watchUsage, .pace, .copy, .switchEnvironment, .theme,
          .run, .watchLogs, .watchDatastores, .runStatement, .cancelStatement:
          break
        }
      }
    }
    #expect(robot.state.act == nil)
  }

  @Test func pasteNeverActs() {
    var robot = Robot.selecting("postgres")
    #expect(robot.send(.pasted(String(repeating: "r\ny\n", count: 2_500))) == [])
    #expect(robot.lastLine.contains("a paste does nothing here"))
    #expect(robot.state.overlays.isEmpty)
  }

  @Test func pasteIntoADialogConfirmsNothing() {
    for danger in DangerClass.allCases {
      var (robot, _) = Robot.previewing(danger)
      let before = robot.state.overlays
      #expect(robot.send(.pasted("y\ny\n\n")) == [])
      #expect(robot.state.overlays == before)
    }
  }

  @Test func refusedPreviewIsTold() {
    var robot = Robot.selecting("postgres")
    let request = robot.restart("postgres")
    robot.press("r")
    robot.send(.planned(request, .failure(.notPossible("the runtime does not answer"))))
    #expect(robot.state.overlays.isEmpty)
    #expect(robot.lastLine.contains("not possible: the runtime does not answer"))
  }

  @Test func planOfAnotherEnvironmentIsDropped() {
    var robot = Robot.selecting("postgres")
    robot.preview(Robot.plan(robot.restart("postgres"), environment: "prod"))
    #expect(robot.state.overlays.isEmpty)
  }

  @Test func keyPressedTwiceOpensOnePreview() {
    var robot = Robot.selecting("postgres")
    let request = robot.restart("postgres")
    robot.press("r")
    robot.press("r")
    robot.preview(Robot.plan(request))
    robot.press(.tab)
    robot.preview(Robot.plan(request))
    #expect(robot.state.overlays.count == 1)
    #expect(robot.dialog?.highlighted == .run)
  }

  @Test func planThatComesDuringAnActIsDropped() {
    var (robot, _) = Robot.acting()
    robot.preview(Robot.plan(robot.restart("redis")))
    #expect(robot.state.overlays.count == 1)
    #expect(robot.progress != nil)
  }

  @Test func oneActAtATime() {
    var (robot, plan) = Robot.acting()
    robot.press(.escape)
    #expect(robot.state.overlays.isEmpty)
    #expect(robot.press("t") == [])
    #expect(robot.progress?.plan == plan)
    #expect(robot.lastLine.contains("RESTART postgres is still running: one act at a time"))
  }

  @Test func frozenKeyThawsFirstAndPreviewsTheLiveTarget() {
    var robot = Robot.selecting("postgres")
    robot.press("Z")
    robot.stack.incarnation = 2
    robot.live(seconds: 4)
    #expect(robot.header.contains("FROZEN 22:23:00"))
    #expect(robot.press("r") == [.plan(robot.restart("postgres"))])
    #expect(robot.restart("postgres").target.identity?.incarnation == "2")
    #expect(robot.state.frozen == nil)
  }

  @Test func frozenKeyOnARowThatIsGoneSaysSoAndTakesNoOther() {
    var robot = Robot.selecting("postgres")
    robot.press("Z")
    robot.stack.services.removeAll { $0 == "postgres" }
    robot.stack.mute = ["probe.postgres"]
    robot.live(seconds: 4)
    #expect(robot.selected == "postgres")
    // Its probe still speaks of it; without a life of its own the executor refuses it.
    robot = Robot.selecting("redis")
    robot.press("Z")
    robot.stack.services.removeAll { $0 == "redis" }
    robot.live(seconds: 4)
    #expect(robot.press("r") == [])
    #expect(robot.state.frozen == nil)
    #expect(robot.lastLine.contains("redis is gone"))
  }

  @Test func actionChosenFromTheRowsMenuTakesNoOtherRow() {
    var robot = Robot.selecting("redis")
    robot.press("x")
    #expect(robot.menu?.entries.first?.title == "restart redis…")
    robot.stack.services.removeAll { $0 == "redis" }
    robot.live(seconds: 2)
    #expect(robot.press(.enter) == [])
    #expect(robot.lastLine.contains("restart redis…: the row is gone"))
  }

  @Test func actionIsFoundInThePalette() {
    var robot = Robot.selecting("postgres")
    robot.press(":")
    robot.type("restart")
    #expect(robot.menu?.entries.first?.choice == .action(RestartService.descriptor.id))
    #expect(robot.menu?.entries.first?.note == "disruptive")
    #expect(robot.press(.enter, isAlone: false) == [])
    #expect(robot.lastLine.contains("Enter ignored: it came with other keys, press it again"))
    #expect(robot.press(.enter) == [.plan(robot.restart("postgres"))])
  }
}
