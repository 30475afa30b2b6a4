import DataSources
import Facts
import Operations
import Panels
import Testing

@testable import Console

/// Every action of the catalogue by every way that leads to it: one that is added is among them by itself.
struct EveryActionTests {
  /// How an action is asked for on the screen.
  private enum Way: CaseIterable {
    case key, palette, menu, step
  }

  init() { EventLoop.runOnOwnThread() }

  private static let catalog: ActionCatalog = {
    var mine = OwnActionSettings(name: "mine")
    mine.run = ["/bin/true"]
    return ActionCatalog.standard.with([mine])
  }()
  private static let mode = WriteMode(.forced(why: "--read-only"))

  /// A console whose selected row is one that the action takes; nil if no view has one.
  private func robot(for action: ActionDescriptor) -> Robot? {
    var robot = Robot(mode: Self.mode, keymap: Keymap(.standard, actions: Self.catalog))
    robot.hear()
    if action.row != nil {
      robot.open(PanelCatalog.standard.panel(.datastores).descriptor)
      robot.send(.datastores(DatastoreKeyTests.told(robot)))
      return robot
    }
    if action.isOfEnvironment { return robot }
    for view in PanelCatalog.standard.views {
      robot.open(view)
      robot.press("g")
      for _ in robot.state.activeItems {
        if let kind = robot.state.activeItem?.kind, action.targets.contains(kind) { return robot }
        robot.press("j")
      }
    }
    return nil
  }

  /// What comes of asking for it so; nil if it isn't to be had so.
  private func effects(_ robot: inout Robot, _ action: ActionDescriptor, _ way: Way) throws -> [Effect]? {
    var effects: [Effect]
    switch way {
    case .key:
      guard let key = action.key.first else { return nil }
      effects = robot.press(key)
    case .palette, .menu:
      robot.press(way == .palette ? ":" : "x")
      robot.type(action.title)
      let chosen = robot.menu?.entries.firstIndex { entry in
        if case .action(let id, _) = entry.choice { id == action.id } else { false }
      }
      guard let chosen else { return nil }
      for _ in 0..<chosen { robot.press(.down) }
      effects = robot.press(.enter)
    case .step:
      // A step names the console's own alone.
      guard isBuiltIn(action) else { return nil }
      let arguments = action.arguments.map { "\($0.name)=1" }.joined(separator: " ")
      let target = action.isOfEnvironment ? "" : "target=\(robot.state.activeItem?.name ?? "")"
      let text = "# Do\n\nIt.\n\n```{action=\(action.id) \(target) \(arguments)}\n```\n"
      let books = RunbookReader(parsing: text, file: "/ops/do.md", name: "do").runbooks
      let script = try RunScript(try #require(books.first), in: books)
      let began = RunEvent(.began(RunBeginning(of: script, by: "anna")), at: WallTime(secondsSince1970: 0))
      robot.press("8")
      robot.order(.prepare(script, given: [:]))
      let run = RunbookRun(id: "r1", events: [began])
      robot.send(.run(.stands(RunModel(script, run, catalog: Self.catalog, environment: "dev"))))
      effects = robot.press(.enter)
    }
    // What it can't be planned without is asked for.
    for _ in 0..<3 where robot.state.prompt != nil && effects.isEmpty {
      robot.type("1")
      effects = robot.press(.enter)
    }
    if case .findCredentials(let request)? = effects.first {
      let fields = [CredentialAsking.Field(name: "API_KEY", isVisible: false)]
      robot.send(.asksCredentials(request, .success(fields)))
      robot.type("x")
      effects = robot.press(.enter).filter { if case .giveCredential = $0 { false } else { true } }
    }
    return effects
  }

  @Test @LoopActor func noActIsDoneInReadOnlyByWhateverWay() async throws {
    var ways: [ActionID: Int] = [:]
    for action in Self.catalog.all where action.danger != .always(.look) {
      for way in Way.allCases {
        guard var robot = robot(for: action), let effects = try effects(&robot, action, way) else { continue }
        guard case .plan(let request)? = effects.first, effects.count == 1, request.action == action.id else {
          Issue.record("\(action.id) by \(way): \(effects), \(robot.lastLine)")
          continue
        }
        ways[action.id, default: 0] += 1
        for danger in DangerClass.allCases where danger != .look {
          try await expectRefusal(robot, request, danger, "\(action.id) by \(way)")
        }
      }
    }
    // Each is there by the palette and by a step at least.
    let alone = Self.catalog.all.filter { action in
      action.danger != .always(.look) && ways[action.id, default: 0] < (isBuiltIn(action) ? 2 : 1)
    }
    #expect(alone.map(\.id.name) == [])
  }

  private func isBuiltIn(_ action: ActionDescriptor) -> Bool {
    ActionCatalog.standard.descriptor(of: action.id) != nil
  }

  /// Confirms the preview as fully as it can be: what comes of it is refused by whoever acts, and reaches nobody.
  @LoopActor private func expectRefusal(
    _ before: Robot,
    _ request: ActionRequest,
    _ danger: DangerClass,
    _ name: String
  ) async throws {
    var robot = before
    let plan = Robot.plan(request, danger)
    #expect(robot.send(.planned(request, .success(plan))) == [], "\(name)")
    #expect(robot.dialog?.refusal != nil, "\(name)")
    robot.pause(.milliseconds(300))
    var confirmed: [Effect]
    switch danger {
    case .look: confirmed = []
    case .mild: confirmed = robot.press("y")
    case .disruptive:
      #expect(robot.press("y") == [], "\(name)")
      robot.pause(.milliseconds(300))
      confirmed = robot.press(.enter)
    case .destructive:
      robot.type(plan.typedName)
      robot.press(.tab)
      robot.pause(.milliseconds(300))
      confirmed = robot.press(.enter)
    }
    let bench = Bench()
    bench.catalog = Self.catalog
    let executor = bench.executor(.forced(why: "--read-only"))
    switch confirmed.first {
    case .execute(let plan, let hasAskedAgain)?, .executeStep(_, let plan, let hasAskedAgain)?:
      #expect(confirmed.count == 1, "\(name)")
      let last = await executor.run(plan, hasAskedAgain: hasAskedAgain) { _ in }
      #expect(last == .refused(.readOnly(why: "--read-only", canLift: false)), "\(name)")
    default: Issue.record("\(name) was not confirmed: \(confirmed), \(robot.lastLine)")
    }
    #expect(bench.audit.lines == ["refused"] && bench.runtime.performed == [], "\(name)")
  }
}
