import DataSources
import Facts
import Operations
import Panels

@testable import Console

/// A user at a console without a terminal: events go through the reducer on a manual clock, the screen
/// comes from the renderer, and every event is followed by a paint, as on a terminal.
struct Robot {
  private(set) var state: AppState
  private(set) var now = ScriptedStack.start
  /// What the sources tell.
  var stack = ScriptedStack()
  /// Whether frames reach the terminal.
  var isPainting = true
  private var second = 0

  /// Opens a console that has heard nothing yet.
  init(
    width: Int = 120,
    height: Int = 40,
    mode: WriteMode = WriteMode(),
    label: String = "DEV",
    project: String = "voiceai",
    keymap: Keymap = .standard
  ) {
    state = AppState(
      width: width,
      height: height,
      now: now,
      environment: EnvironmentInfo(
        name: "dev",
        label: label,
        color: "blue",
        project: project,
        runtime: "compose",
        databases: ["postgres"],
        others: ["dev", "prod"]
      ),
      monitor: ScriptedStack.monitor(),
      settings: PanelSettings(),
      writeMode: mode,
      keymap: keymap,
      clock: .utc
    )
  }

  /// A console that has heard every source once.
  static func heard(
    _ stack: ScriptedStack = ScriptedStack(),
    width: Int = 120,
    height: Int = 40,
    mode: WriteMode = WriteMode()
  ) -> Robot {
    var robot = Robot(width: width, height: height, mode: mode)
    robot.stack = stack
    robot.hear()
    return robot
  }

  /// The services' view with `name` selected.
  static func selecting(
    _ name: String,
    in stack: ScriptedStack = ScriptedStack(),
    mode: WriteMode = WriteMode()
  ) -> Robot {
    var robot = heard(stack, mode: mode)
    robot.press("1")
    robot.select(name)
    return robot
  }

  // MARK: events

  /// Gives one event to the reducer, then paints.
  @discardableResult
  mutating func send(_ event: AppEvent) -> [Effect] {
    let effects = Reducer.reduce(&state, event, at: now)
    if isPainting { _ = Reducer.reduce(&state, .painted, at: now) }
    return effects
  }

  /// Presses a key.
  @discardableResult
  mutating func press(_ key: KeyPress, isAlone: Bool = true) -> [Effect] {
    send(.key(key, isAlone: isAlone))
  }

  /// Presses the key of a character.
  @discardableResult
  mutating func press(_ character: Character, isAlone: Bool = true) -> [Effect] {
    press(.character(character), isAlone: isAlone)
  }

  /// Opens a view by its key, or by its command in the palette.
  @discardableResult
  mutating func open(_ view: ViewDescriptor) -> [Effect] {
    if let key = view.key { return press(key) }
    type(view.opener)
    return press(.enter)
  }

  /// Types a text by hand.
  mutating func type(_ text: String) {
    for character in text { press(character) }
  }

  /// Moves down the list until `name` is selected.
  mutating func select(_ name: String) {
    press("g")
    for _ in state.activeItems where selected != name { press("j") }
  }

  /// Lets all polls end that are due now.
  mutating func hear() {
    send(.reports(stack.reports(second: second, at: now)))
  }

  /// Lets time pass and nothing happen.
  mutating func pause(_ duration: Duration) {
    now = now + duration
  }

  /// Lets whole seconds pass with their polls and ticks.
  mutating func live(seconds: Int) {
    for _ in 0..<seconds {
      now = now + .seconds(1)
      second += 1
      hear()
      send(.tick)
    }
  }

  /// Opens an environment that has nothing to do something with.
  mutating func lack(_ action: ActionID, because why: SafeText) {
    state.obstacles[action] = why
  }

  /// Asks for a run, as a key on its row does.
  mutating func order(_ order: RunOrder) {
    _ = RunKeys.order(&state, order)
  }

  // MARK: acts

  /// The request that the restart of a service stands for, as its row shows it.
  func restart(_ name: String) -> ActionRequest {
    ActionRequest(
      RestartService.descriptor.id,
      on: ActionTarget(
        .service,
        name: name,
        subject: String(name.prefix { $0 != " " }),
        identity: stack.identity(of: name)
      )
    )
  }

  /// The plan that the executor would make of a request.
  static func plan(
    _ request: ActionRequest,
    _ danger: DangerClass = .disruptive,
    environment: String = "dev",
    rows: Int = 3,
    advice: PlanAdvice? = nil
  ) -> Plan {
    Plan(
      environment: environment,
      request: request,
      askedAt: ScriptedStack.start.wall,
      steps: request.targets.map { PlanStep(target: $0, details: PlanDetails(0)) },
      danger: danger,
      title: "RESTART \(SafeText(request.target.name))",
      rows: (1...rows).map { PlanRow("hits", "service \($0)") },
      exact: "POST /containers/\(request.target.name)/restart?t=10",
      advice: advice,
      proof: "new start",
      dryRun: ["lock free", "nothing was sent"]
    )
  }

  /// Opens the preview of a plan, as if its key had just been pressed.
  mutating func preview(_ plan: Plan) {
    state.awaitedPlan = plan.request
    send(.planned(plan.request, .success(plan)))
    pause(.milliseconds(250))
  }

  /// Opens the preview of the restart of postgres.
  static func previewing(
    _ danger: DangerClass = .disruptive,
    mode: WriteMode = WriteMode()
  ) -> (robot: Robot, plan: Plan) {
    var robot = selecting("postgres", mode: mode)
    let plan = plan(robot.restart("postgres"), danger)
    robot.preview(plan)
    return (robot, plan)
  }

  /// Confirms the restart of postgres and lets it begin.
  static func acting() -> (robot: Robot, plan: Plan) {
    var (robot, plan) = previewing(.mild)
    robot.press("y")
    robot.send(.action(plan, .recorded))
    robot.send(.action(plan, .acting))
    return (robot, plan)
  }

  // MARK: what is seen

  /// The cells of the screen.
  var buffer: CellBuffer { ScreenRenderer.render(state.screen) }

  /// The rows of the screen without trailing spaces.
  var lines: [String] {
    let buffer = buffer
    return (0..<buffer.height).map { y in
      var line = (0..<buffer.width).map { buffer.text(at: Point(x: $0, y: y)) }.joined()
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  /// The first line.
  var header: String { lines.first ?? "" }

  /// The last line: message, prompt or hints.
  var lastLine: String { lines.last ?? "" }

  /// The first row that holds all of the words.
  func row(_ words: String...) -> String? {
    lines.first { line in words.allSatisfy { line.contains($0) } }
  }

  /// The title of the selected row.
  var selected: String? { state.activeItem?.title.string }

  /// The open dialog; nil if the topmost overlay is none.
  var dialog: DialogModel? {
    guard case .dialog(let dialog)? = state.overlays.last else { return nil }
    return dialog
  }

  /// The act on the screen; nil if the topmost overlay is none.
  var progress: ProgressModel? {
    guard case .progress(let progress)? = state.overlays.last else { return nil }
    return progress
  }

  /// The open menu; nil if the topmost overlay is none.
  var menu: MenuModel? {
    guard case .menu(let menu)? = state.overlays.last else { return nil }
    return menu
  }

  /// The open sheet; nil if the topmost overlay is none.
  var sheet: SheetModel? {
    guard case .sheet(let sheet)? = state.overlays.last else { return nil }
    return sheet
  }
}
