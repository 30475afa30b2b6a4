import DataSources
import Facts
import Operations
import Panels
import Testing

@testable import Console

/// The keys of a preview: nothing runs but what was seen, meant and pressed alone.
struct DialogTests {
  @Test func previewOpensWithCancelHighlighted() {
    let (robot, plan) = Robot.previewing()
    #expect(robot.dialog == opened(plan))
    #expect(robot.dialog?.highlighted == .cancel)
    #expect(robot.row("RESTART postgres", "DEV · disruptive") != nil)
  }

  @Test func keyBeforeTheFirstPaintIsIgnoredAndSaysSo() {
    for danger in [DangerClass.mild, .disruptive] {
      var robot = Robot.selecting("postgres")
      robot.isPainting = false
      robot.preview(Robot.plan(robot.restart("postgres"), danger))
      #expect(robot.press("y") == [])
      #expect(robot.dialog?.highlighted == .cancel)
      #expect(robot.lastLine.contains("y ignored"))
      #expect(robot.state.act == nil)
    }
  }

  @Test func yRunsClassOne() {
    var (robot, plan) = Robot.previewing(.mild)
    #expect(robot.press("y") == [.execute(plan, hasAskedAgain: false)])
    #expect(robot.dialog == nil)
    #expect(robot.progress?.plan == plan)
    #expect(robot.progress?.before == "healthy, 1/1, up 3d")
  }

  @Test func yOnlyArmsClassTwoAndEnterRunsItAfterAQuarterOfASecond() {
    var (robot, plan) = Robot.previewing()
    #expect(robot.row("y then Enter runs it") != nil)
    #expect(robot.press("y") == [])
    #expect(robot.dialog?.highlighted == .run)
    #expect(robot.row("y then Enter runs it") == nil && robot.row("Enter runs it") != nil)
    robot.pause(.milliseconds(249))
    #expect(robot.press(.enter) == [])
    #expect(robot.lastLine.contains("Enter ignored"))
    #expect(robot.state.act == nil)
    robot.pause(.milliseconds(1))
    #expect(robot.press(.enter) == [.execute(plan, hasAskedAgain: false)])
    #expect(robot.state.act?.plan == plan)
  }

  @Test func ignoredKeyIsToldBrightlyEvenWhereTheDialogFillsTheScreen() {
    for (width, height) in [(80, 24), (30, 6)] {
      var (robot, _) = Robot.previewing()
      robot.send(.resized(width: width, height: height))
      robot.press("y", isAlone: false)
      #expect(robot.lastLine.contains("y ignored"))
      let style = robot.buffer.cell(at: Point(x: 4, y: height - 1))?.style
      #expect(style == .state(.warn))
    }
  }

  @Test func enterAmongOtherKeysNeverConfirms() {
    var (robot, _) = Robot.previewing()
    robot.press("y")
    robot.pause(.seconds(1))
    #expect(robot.press(.enter, isAlone: false) == [])
    #expect(robot.lastLine.contains("Enter ignored: it came with other keys or too soon, press it again"))
    var (other, _) = Robot.previewing(.mild)
    #expect(other.press("y", isAlone: false) == [])
    #expect(other.lastLine.contains("y ignored: it came with other keys or too soon, press it again"))
    #expect(robot.state.act == nil && other.state.act == nil)
  }

  @Test func onlyTheExactNameTypedConfirmsADestructivePlan() {
    var (robot, plan) = Robot.previewing(.destructive)
    #expect(plan.typedName == "dev/postgres")
    #expect(robot.row("type dev/postgres:") != nil)
    robot.pause(.seconds(1))
    robot.type("dev/postgre")
    #expect(robot.press(.enter) == [])
    #expect(robot.row("Run needs the exact name") != nil)
    robot.press(.tab)
    #expect(robot.dialog?.highlighted == .cancel)
    robot.press(.backTab)
    robot.type("s")
    robot.press(.tab)
    #expect(robot.dialog?.highlighted == .run)
    robot.pause(.seconds(1))
    #expect(robot.press(.enter) == [.execute(plan, hasAskedAgain: false)])
  }

  @Test func aNameThatIsPastedConfirmsNothing() {
    var (robot, _) = Robot.previewing(.destructive)
    robot.pause(.seconds(1))
    for character in "dev/postgres" { robot.press(.character(character), isAlone: false) }
    #expect(robot.dialog?.typed?.text == "")
    #expect(robot.row("what comes pasted is not taken") != nil)
    robot.send(.pasted("dev/postgres"))
    #expect(robot.dialog?.typed?.text == "")
    #expect(robot.press(.enter) == [] && robot.state.act == nil)
  }

  @Test func everyLetterBelongsToTheNameThatIsTyped() {
    var (robot, _) = Robot.previewing(.destructive)
    robot.pause(.seconds(1))
    let letters = (33...126).map { Character(Unicode.Scalar(UInt8($0))) }
    for letter in letters { #expect(robot.press(.character(letter)) == [], "\(letter)") }
    #expect(robot.dialog?.typed?.text == String(letters))
    #expect(robot.press(.control("u")) == [] && robot.dialog?.typed?.text == "")
    robot.press(.escape)
    #expect(robot.state.overlays.isEmpty)
  }

  @Test func severalTargetsAreConfirmedByTheirCount() {
    var plan = Robot.previewing(.destructive).plan
    plan.steps = Array(repeating: plan.steps[0], count: 7)
    #expect(plan.typedName == "dev 7")
  }

  @Test func enterOnCancelCloses() {
    for danger in [DangerClass.mild, .disruptive] {
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
    #expect(robot.press(.enter) == [.copy("switchboard restart postgres")])
    #expect(!plan.exact.contains("switchboard"))
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

  @Test func cCopiesTheCommandThatAPersonWouldType() throws {
    var (robot, plan) = Robot.previewing()
    #expect(robot.press("c") == [.copy("switchboard restart postgres")])
    #expect(robot.dialog?.plan == plan)
    #expect(robot.row("to be copied: switchboard restart postgres") != nil)
  }

  @Test(arguments: ActionCatalog.standard.all) func whatIsCopiedIsACommandLine(
    action: ActionDescriptor
  ) throws {
    let robot = Robot.heard()
    let kind = action.targets.first ?? .service
    let several = action.takesSeveral ? ["celery-worker 2", "it's"] : ["celery-worker 2"]
    let targets = several.map { ActionTarget(kind, name: $0) }
    let given = Dictionary(uniqueKeysWithValues: action.arguments.map { ($0.name, "the \($0.name)") })
    let plan = Robot.plan(try #require(ActionRequest(action.id, on: targets, arguments: given)))
    let line = robot.state.commandLine(of: plan)
    let words = try #require(try Shell.words(of: line))
    #expect(words.first == "switchboard")
    let arguments = try Arguments(parsing: Array(words.dropFirst()))
    // An option may be part of what it is called.
    #expect(action.command.split(separator: " --").first.map(String.init) == arguments.command.rawValue)
    let named = action.arguments.map { "the \($0.name)" }
    #expect(arguments.words == (action.isOfEnvironment ? [] : several) + named)
  }

  @Test func anArgumentWithoutTheOneBeforeItHasNoPlaceInACommandLine() throws {
    let request = ActionRequest(
      RevokeTask.descriptor.id,
      on: ActionTarget(.queue, name: "celery"),
      arguments: ["terminate": "terminate"]
    )
    let plan = Robot.plan(request)
    #expect(Robot.heard().state.commandLine(of: plan) == plan.exact)
  }

  @Test func commandNamesTheEnvironmentWhereThereAreSeveral() {
    var state = Robot.heard().state
    state.environment.options = ["--config", "/my files/stack.yaml", "--env", "dev"]
    let plan = Robot.plan(.restart(service: "redis"))
    let line = state.commandLine(of: plan)
    #expect(line == "switchboard --config '/my files/stack.yaml' --env dev restart redis")
  }

  @Test(arguments: [DangerClass.mild, .disruptive, .destructive])
  func readOnlyPreviewNeverSaysThatAKeyRunsIt(danger: DangerClass) {
    for mode in [WriteMode(.production), WriteMode(.forced(why: "it was started with --read-only"))] {
      var (robot, _) = Robot.previewing(danger, mode: mode)
      #expect(robot.row("refused", "read-only: ") != nil)
      #expect(robot.row("runs it") == nil && robot.row("enable Run") == nil)
      robot.press("y")
      robot.press(.tab)
      #expect(robot.row("runs it") == nil && robot.row("enable Run") == nil)
      let leads = mode.restriction == .production && danger == .disruptive
      #expect((robot.row("leads to :write") != nil) == leads)
    }
    #expect(Robot.previewing(.mild, mode: WriteMode(.production)).robot.row("y leads to :write") != nil)
  }

  @Test func previewKeepsUpWithAReadOnlyThatEnds() throws {
    var mode = WriteMode(.production)
    try mode.lift(for: .seconds(60), reason: "INC-7", now: ScriptedStack.start.monotonic)
    var (robot, _) = Robot.previewing(.mild, mode: mode)
    #expect(robot.row("y runs it") != nil && robot.row("read-only:") == nil)
    robot.live(seconds: 61)
    #expect(robot.row("y runs it") == nil && robot.row("read-only: this is production") != nil)
  }

  @Test func adviceOpensThePreviewOfTheCause() {
    var robot = Robot.selecting("backend")
    let cause = robot.restart("postgres")
    let advice = PlanAdvice("postgres is CRIT: restart that first", instead: cause)
    robot.preview(Robot.plan(robot.restart("backend"), .mild, advice: advice))
    #expect(robot.row("postgres is CRIT: restart that first") != nil)
    #expect(robot.press("o", isAlone: false) == [])
    #expect(robot.dialog?.plan.target.name == "backend")
    #expect(robot.press("o") == [.plan(cause)])
    #expect(robot.state.overlays.isEmpty)
    robot.preview(Robot.plan(cause))
    #expect(robot.dialog?.plan.target == cause.target)
  }

  @Test func targetStaysFrozenWhileTheListIsReordered() {
    var (robot, plan) = Robot.previewing(.mild)
    robot.stack.services.reverse()
    robot.stack.incarnation = 2
    robot.live(seconds: 4)
    #expect(robot.press("y") == [.execute(plan, hasAskedAgain: false)])
    #expect(plan.target.identity?.incarnation == "1")
  }

  @Test func cutPreviewMustBeReadBeforeItRuns() {
    var robot = Robot.selecting("postgres")
    let plan = Robot.plan(robot.restart("postgres"), .mild, rows: 30)
    robot.preview(plan)
    #expect(robot.press("y") == [])
    #expect(robot.lastLine.contains("y ignored: read on first"))
    robot.press(.tab)
    robot.pause(.seconds(1))
    #expect(robot.press(.enter) == [])
    #expect(robot.state.act == nil)
    for _ in 0..<5 { robot.press(.pageDown) }
    #expect(robot.row("service 30") != nil)
    robot.press(.pageUp)
    #expect(robot.row("service 30") == nil)
    #expect(robot.press("y") == [.execute(plan, hasAskedAgain: false)])
  }

  @Test func scrollingStopsAtTheLastRow() {
    var robot = Robot.selecting("postgres")
    robot.preview(Robot.plan(robot.restart("postgres"), rows: 30))
    for _ in 0..<100 { robot.press("j") }
    let end = robot.dialog?.offset ?? 0
    robot.press("k")
    #expect(robot.dialog?.offset == end - 1)
  }

  @Test func everyKeyThatADialogHearsIsInTheTable() {
    var robot = Robot.selecting("backend")
    let advice = PlanAdvice("postgres is CRIT", instead: robot.restart("postgres"))
    robot.preview(Robot.plan(robot.restart("backend"), rows: 30, advice: advice))
    robot.press(.pageDown)
    robot.press(.tab)
    let told = Set(Keymap.standard.all.filter { $0.scope == .dialog }.flatMap(\.keys))
    let special: [KeyPress] = [
      .up, .down, .left, .right, .home, .end, .pageUp, .pageDown, .tab, .backTab, .enter, .escape, .backspace,
      .delete, .insert, .function(1),
    ]
    let printable = (32...126).map { KeyPress.character(Character(Unicode.Scalar(UInt8($0)))) }
    let control = "abcdefghkmnopqrstuvwxy".map(KeyPress.control)
    for key in special + printable + control {
      var other = robot
      let effects = other.press(key)
      let isTold = other.lastLine.contains("\(key.name) is not bound here")
      let isHeard =
        !effects.isEmpty || other.state.overlays != robot.state.overlays
        || (!isTold && other.lastLine != robot.lastLine)
      #expect(isHeard != isTold, "\(key.name)")
      #expect(isHeard == told.contains(key), "\(key.name)")
    }
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
