import Facts
import Operations
import Panels
import TestSupport
import Testing

@testable import Console

/// Users who press anything at any time, while anything happens: what must hold all the same.
@Suite struct RandomWalkSweep {
  @Test(arguments: 1...UInt64(4 * Sweep.factor))
  func nothingActsButWhatWasSeenAndConfirmedAlone(seed: UInt64) {
    var walk = Walk(seed: seed)
    for step in 0..<2_500 {
      walk.step()
      guard walk.faults.isEmpty else {
        Issue.record("seed \(seed), step \(step): \(walk.faults)")
        return
      }
    }
    // Of a hundred walks some act little; that there is something to watch shows in the four that always go.
    if seed <= 4 {
      #expect(
        walk.executed > 2 && walk.planned > 20 && walk.ordered > 0,
        "\(walk.executed) \(walk.planned) \(walk.ordered)"
      )
    }
    #expect(walk.keys > 800 && walk.pastes > 80, "\(walk.keys) \(walk.pastes)")
    guard Sweep.factor > 1 else { return }
    print(
      "walk \(seed): \(walk.keys) keys, \(walk.pastes) pastes, \(walk.planned) plans asked for,",
      "\(walk.previewed) previewed, \(walk.executed) acts confirmed and run, \(walk.ordered) orders of runs"
    )
  }
}

/// What is copied from the frame before looks as if it were drawn anew, whatever a key changes.
@Suite struct TileCopySweep {
  @Test(arguments: 1...UInt64(4 * Sweep.factor))
  func copiedTilesAreAsDrawnAnew(seed: UInt64) {
    var random = SeededGenerator(state: seed)
    var robot = Robot.heard(width: 170, height: 50)
    var tiles = TileCache()
    var copied = 0
    let keys: [KeyPress] =
      "jkgGnN<>I*U f0123469p".map { .character($0) } + [.tab, .backTab, .up, .down, .enter, .escape]
    for _ in 0..<60 {
      robot.stack.depth = random.below(2_000)
      robot.stack.services.shuffle(using: &random)
      robot.live(seconds: random.below(3) + 1)
      // A view of one list has nothing to copy.
      if random.below(3) > 0 { robot.press("0") }
      _ = ScreenRenderer.draw(robot.state.screen, &tiles)
      let world = robot.state.shownMonitor.world.version
      for _ in 0..<8 {
        robot.press(keys[random.below(keys.count)])
        let shown = ScreenRenderer.draw(robot.state.screen, &tiles).buffer
        if robot.state.shownMonitor.world.version == world { copied += 1 }
        guard shown != robot.buffer else { continue }
        Issue.record("seed \(seed): a tile is shown as it was")
        return
      }
    }
    #expect(copied > 300, "the frames must have had something to copy")
  }
}

/// Whatever the list does between a key and its confirmation, what was selected is meant.
@Suite struct FrozenTargetSweep {
  /// A hundred times, with `SWEEP` a thousand.
  @Test func nothingButWhatWasSelectedIsConfirmed() {
    for seed in 1...UInt64(min(1_000, 100 * Sweep.factor)) {
      var random = SeededGenerator(state: seed)
      var robot = Robot.heard()
      robot.press("1")
      let name = robot.stack.services[random.below(robot.stack.services.count)]
      robot.select(name)
      let meant = robot.restart(name)
      guard robot.press("r") == [.plan(meant)] else {
        Issue.record("seed \(seed): \(name) wasn't asked about: \(robot.lastLine)")
        continue
      }
      stir(&robot, &random)
      robot.send(.planned(meant, .success(Robot.plan(meant))))
      stir(&robot, &random)
      robot.pause(.milliseconds(300))
      let early = robot.press("y")
      stir(&robot, &random)
      robot.pause(.milliseconds(300))
      guard early.isEmpty, case .execute(let plan, false)? = robot.press(.enter).first else {
        Issue.record("seed \(seed): it wasn't confirmed: \(robot.lastLine)")
        continue
      }
      #expect(plan.target == meant.target && plan.request == meant, "seed \(seed)")
    }
  }

  /// Refreshes and reorders the list, a few times.
  private func stir(_ robot: inout Robot, _ random: inout SeededGenerator) {
    for _ in 0...random.below(6) {
      robot.stack.services.shuffle(using: &random)
      robot.stack.incarnation = 1 + random.below(3)
      robot.stack.stopped = random.below(3) == 0 ? [robot.stack.services[0]] : []
      robot.stack.postgresFailure = random.below(3) == 0 ? ScriptedStack.postgresRefused : nil
      robot.live(seconds: random.below(3))
    }
  }
}

/// One random user with the world around.
private struct Walk {
  private(set) var faults: [String] = []
  private(set) var planned = 0
  private(set) var executed = 0
  private(set) var ordered = 0
  private(set) var previewed = 0
  private(set) var keys = 0
  private(set) var pastes = 0

  private var robot = Robot.heard(mode: WriteMode(.production))
  private var random: SeededGenerator
  private var asked: [ActionRequest] = []
  /// Where new values of credentials are to be asked for.
  private var lookups: [ActionRequest] = []
  private var desk = Desk()
  private var compared: [AnyHashable] = []
  private var running: Plan?
  private var tiles = TileCache()

  /// What goes through runs of runbooks.
  private struct Desk {
    var orders: [RunOrder] = []
    var script: RunScript?
    var events: [RunEvent.Kind] = []
    var count = 0
    /// The step whose act is under way.
    var step: Int?
  }

  private static let keys: [KeyPress] =
    Keymap.standard.all.flatMap(\.keys) + [.control("c"), .control("k"), .backspace, .delete, .function(5)]

  private static let pastes = [
    "r\ny\n:write 10m x\n", "y", "\r\r\r", "8\r\ry\r", "postgres\t\r", ":restart redis\ry",
    "K\rswordfish\r\ry",
    "\u{1B}[13u\u{1B}[121u", "a\u{0}y\u{7F}\r",
  ]

  init(seed: UInt64) {
    random = SeededGenerator(state: seed)
    let snapshot = RunbooksSnapshot(RunbookLibrary.shipped)
    let report = SourceReport(
      source: RunbookSource.id,
      startedAt: robot.now,
      endedAt: robot.now,
      result: .success(SourceReading([], snapshots: [snapshot]))
    )
    robot.send(.reports([report]))
  }

  mutating func step() {
    switch random.below(20) {
    case 0: robot.send(.resized(width: random.below(200), height: random.below(60)))
    case 1:
      robot.stack.services.shuffle(using: &random)
      robot.stack.incarnation = random.below(3)
      robot.stack.postgresFailure = random.below(2) == 0 ? nil : ScriptedStack.postgresRefused
      robot.stack.depth = random.below(2_000)
    case 2, 3: robot.live(seconds: random.below(4))
    case 4: paste()
    case 9, 10, 11: takeOrder()
    case 5, 6: answer()
    case 7, 8: proceed()
    default: press()
    }
    check()
  }

  private mutating func paste() {
    let text = Self.pastes[random.below(Self.pastes.count)]
    pastes += 1
    let effects = robot.send(.pasted(text))
    for effect in effects {
      switch effect {
      case .load, .watchUsage, .watchLogs, .watchDatastores, .run(.leave): continue
      case .plan, .findCredentials, .giveCredential, .execute, .executeStep, .run, .quit, .suspend, .redraw,
        .refresh, .pace, .copy, .switchEnvironment, .writeMode, .theme, .runStatement, .cancelStatement,
        .export, .saveLogs:
        faults.append("a paste did \(effect)")
      }
    }
  }

  /// What was ordered of a run is done, and new values may be asked for.
  private mutating func takeOrder() {
    if let request = lookups.popLast() {
      let fields = ["API_KEY", "ENDPOINT"].map {
        CredentialAsking.Field(name: $0, isVisible: $0 == "ENDPOINT")
      }
      robot.send(.asksCredentials(request, random.below(4) == 0 ? .failure(.gone("it")) : .success(fields)))
    }
    guard !desk.orders.isEmpty else { return }
    switch desk.orders.removeFirst() {
    case .prepare(let script, _), .resume(let script, _):
      desk.script = script
      desk.events = [.began(RunBeginning(of: script, by: "anna"))]
      desk.count += 1
    case .give(let step, let value): desk.events += [.input("service", value), .stepEnded(step, .shown, "")]
    case .look(let step), .reread(let step), .confirm(let step, _), .skip(let step, _), .refuse(let step, _):
      end(step)
    case .dryRun: return
    case .giveUp(let reason): desk.events.append(.gaveUp(reason, by: "anna"))
    case .giveUpLeft, .leave:
      desk.script = nil
      return
    }
    tellRun()
  }

  private mutating func end(_ step: Int) {
    let outcomes: [StepOutcome] = [.passed, .passed, .shown, .unproven, .failed, .unknown]
    desk.events.append(.stepEnded(step, outcomes[random.below(outcomes.count)], "as it was"))
  }

  private mutating func tellRun() {
    guard let script = desk.script else { return }
    let events = desk.events.map { RunEvent($0, at: robot.now.wall) }
    let run = RunbookRun(id: "r\(desk.count)", events: events)
    robot.send(.run(.stands(RunModel(script, run, environment: "dev"))))
  }

  /// A plan or a refusal comes for what was asked, late and in any order.
  private mutating func answer() {
    guard let request = asked.popLast() else { return }
    // What only looks runs without being asked about: it is no act.
    let danger = DangerClass(nearest: [1, 1, 2, 3][random.below(4)])
    let plan = Robot.plan(request, danger, environment: random.below(8) == 0 ? "prod" : "dev")
    robot.send(.planned(request, random.below(6) == 0 ? .failure(.gone("it")) : .success(plan)))
    if robot.dialog?.plan == plan { previewed += 1 }
  }

  /// The act under way goes on.
  private mutating func proceed() {
    guard let plan = running else { return }
    let event: ActionEvent
    switch random.below(5) {
    case 0: event = .refused(.readOnly(why: "this is production", canLift: true))
    case 1: event = .changed(plan, what: "it was restarted")
    case 2: event = .ended(Verdict(.done, "recovered", next: random.below(2) == 0 ? plan.request : nil))
    case 3: event = .recorded
    default: event = .acting
    }
    robot.send(.action(plan, event))
    guard event.isLast else { return }
    running = nil
    guard let step = desk.step else { return }
    desk.step = nil
    end(step)
    tellRun()
  }

  /// The keys that lead on from what is on the screen.
  private var likely: [KeyPress] {
    switch robot.state.overlays.last {
    case .dialog: [.character("y"), .enter, .enter, .tab, .pageDown, .character("o")]
    case .progress: [.enter, .escape, .character("q"), .character("y")]
    case .menu, .sheet: [.enter, .escape, .character("e")]
    case nil where robot.state.prompt != nil: [.escape, .enter, .character("x")]
    case nil where robot.state.view == .runbooks:
      [.enter, .enter, .character("s"), .character("1"), .character("1")]
    case nil:
      [.character("r"), .character("t"), .character("1"), .character("8"), .character("K"), .enter, .enter]
    }
  }

  private mutating func any() -> KeyPress {
    Self.keys[random.below(Self.keys.count)]
  }

  private mutating func press() {
    let likely = likely
    let key = likely.isEmpty || random.below(3) == 0 ? any() : likely[random.below(likely.count)]
    robot.pause(.milliseconds(random.below(800)))
    let isAlone = random.below(3) > 0
    robot.isPainting = random.below(4) > 0
    let before = robot
    keys += 1
    for effect in robot.press(key, isAlone: isAlone) {
      switch effect {
      case .export:
        if !isAlone { faults.append("\(key.name) among others wrote a file") }
      case .plan(let request):
        planned += 1
        asked.append(request)
        if !isAlone { faults.append("\(key.name) among others asked for a plan") }
      case .execute(let plan, _), .executeStep(_, let plan, _):
        executed += 1
        if !isAlone { faults.append("\(key.name) among others confirmed") }
        if running != nil { faults.append("a second act began") }
        if before.dialog?.plan != plan { faults.append("another plan than the one shown was run") }
        if before.state.dialogPaintedAt == nil { faults.append("a preview that nobody saw was confirmed") }
        if plan.danger == .destructive { faults.append("destructive ran without its name") }
        if plan.environment != "dev" { faults.append("a plan of another environment ran") }
        if plan.danger == .disruptive, key != .enter || before.dialog?.highlighted != .run {
          faults.append("disruptive ran by \(key.name) alone")
        }
        running = plan
        if case .executeStep(let step, _, _) = effect { desk.step = step }
      case .writeMode: if !isAlone { faults.append("\(key.name) among others lifted read-only") }
      case .switchEnvironment: if running != nil { faults.append("an act was dropped with its environment") }
      case .quit:
        if running != nil, before.progress?.asksToLeave != true { faults.append("an act was left unasked") }
      case .findCredentials(let request):
        lookups.append(request)
        if !isAlone { faults.append("\(key.name) among others asked for new values") }
      case .run(let order):
        ordered += 1
        desk.orders.append(order)
        switch order {
        // A page is opened or left: nothing is taken, and nothing written.
        case .prepare, .resume, .dryRun, .leave: break
        case .look, .reread, .give, .confirm, .skip, .refuse, .giveUp, .giveUpLeft:
          if !isAlone { faults.append("\(key.name) among others took a step: \(order)") }
        }
      case .giveCredential(_, let value):
        if !isAlone, value != nil { faults.append("\(key.name) among others gave a value") }
      case .saveLogs: if !isAlone { faults.append("\(key.name) among others wrote a file") }
      case .suspend, .redraw, .load, .refresh, .watchUsage, .watchLogs, .watchDatastores, .runStatement,
        .cancelStatement,
        .pace, .copy, .theme:
        break
      }
    }
  }

  /// The rows are those of the list that is shown, whatever changed it.
  ///
  /// Time alone may change them, too: a row in error comes first. That shows with the next tick or poll.
  private mutating func checkItems() {
    let state = robot.state
    let shown: [AnyHashable] = [
      state.shownMonitor.world.version, state.activeView, state.activeLocal.filter, state.settings,
      state.activeLocal.sortColumn, state.activeLocal.isDescending,
    ]
    guard shown != compared else { return }
    compared = shown
    let items = PanelCatalog.standard.panel(state.activeView).items(state.activeLocal, state.context)
    if state.activeItems.map(\.id) != items.map(\.id) { faults.append("the rows are those of another list") }
  }

  /// The rows in which two frames differ, as each has them.
  private func changes(_ fresh: CellBuffer, _ cached: CellBuffer) -> [String] {
    (0..<fresh.height).compactMap { y in
      let rows = [fresh, cached].map { frame in
        (0..<frame.width).map { frame.text(at: Point(x: $0, y: y)) }.joined()
      }
      return rows[0] == rows[1] ? nil : "\(y): \(rows[0]) / \(rows[1])"
    }
  }

  private mutating func check() {
    let dialogs = robot.state.overlays.count { if case .dialog = $0 { true } else { false } }
    if dialogs > 1 { faults.append("two previews are open") }
    if robot.state.act?.plan != running { faults.append("the act under way is not the one that runs") }
    checkItems()
    guard random.below(4) == 0 else { return }
    // Ages move with polls and ticks, of which there is one every five seconds at the latest; not with keys.
    robot.send(.tick)
    let buffer = robot.buffer
    let cached = ScreenRenderer.draw(robot.state.screen, &tiles).buffer
    if cached != buffer { faults.append("a tile is shown as it was: \(changes(buffer, cached))") }
    if buffer.width != robot.state.width || buffer.height != robot.state.height {
      faults.append("the screen has another size")
    }
  }
}

extension SeededGenerator {
  /// A number from 0 on, below `limit`.
  fileprivate mutating func below(_ limit: Int) -> Int {
    Int(next() % UInt64(limit))
  }
}
