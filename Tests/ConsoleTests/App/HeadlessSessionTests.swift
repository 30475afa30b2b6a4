import Facts
import Operations
import Panels
import Testing

@testable import Console

/// A user's sessions before scripted sources: what is on the screen after what happened.
struct HeadlessSessionTests {
  /// A console whose charts have their half hour full: until then they grow.
  private static let seasoned = {
    var robot = Robot.heard()
    robot.live(seconds: 1_800)
    return robot
  }()

  @Test func firstFrameComesBeforeAnyAnswer() {
    let robot = Robot()
    #expect(robot.header.contains("DEV"))
    #expect(robot.row("NO DATA", "starting") != nil)
    #expect(robot.lastLine.contains("? help"))
  }

  @Test func stoppedPostgresIsNamedWithWhatItTakesAlong() {
    var robot = Robot.heard()
    robot.live(seconds: 10)
    #expect(!robot.header.contains("✗"))
    robot.stack.postgresFailure = ScriptedStack.postgresRefused
    robot.live(seconds: 20)
    #expect(robot.header.contains("✗ 2 of 4 services (1 cause)"))
    #expect(robot.state.focus == .services)
    #expect(robot.selected == "postgres")
    robot.press("1")
    let rows = robot.lines.filter { $0.contains("postgres") }
    #expect(robot.row("✗ postgres", "refused", "0/1") != nil)
    #expect(robot.row("✗ └ backend", "because postgres", "1/2") != nil)
    #expect(rows.firstIndex { $0.contains("✗ postgres") } ?? 9 < rows.firstIndex { $0.contains("└") } ?? 0)
    robot.press("3")
    let address = ScriptedStack.postgresRefused.address
    #expect(robot.row("ERROR refused", "since 22:23:20", address) != nil)
    #expect(robot.row("last values, 20s old:") != nil)
    #expect(robot.row("Nightly regression") != nil)
    robot.press("9")
    #expect(robot.row("postgres CRIT: refused") != nil)
    #expect(robot.row("backend CRIT: postgres refused, because postgres") != nil)
  }

  @Test func headerTileAndStatusCountTheSameServicesWhateverIsDown() {
    var robot = Robot.heard()
    func told(_ robot: Robot) -> (tile: String, header: [String], status: String) {
      let context = robot.state.context
      let report = StatusReport(
        environment: robot.state.environment,
        monitor: robot.state.monitor,
        measures: [],
        now: robot.now
      )
      let status = report.plain().split(separator: "\n").first.map(String.init) ?? ""
      let tile = PanelCatalog.standard.panel(.services).summary(context).string
      return (tile, context.health.phrases.map(\.text.string), status)
    }
    robot.live(seconds: 10)
    #expect(told(robot).tile == "4" && told(robot).header.last == "4 services")
    robot.stack.postgresFailure = ScriptedStack.postgresRefused
    robot.live(seconds: 20)
    let (tile, header, status) = told(robot)
    // Postgres is down, the backend because of it.
    #expect(tile == "2/4")
    #expect(header.first?.hasPrefix("2 of 4 services (1 cause)") == true && header.last == "2 services")
    #expect(status.contains("CRIT 2 of 4 services (1 cause)") && status.contains("OK 2 services"))
  }

  @Test func healClearsEverythingButTheTimeline() {
    // A higher screen tells what happened below the list.
    var robot = Robot.heard(height: 15)
    robot.stack.postgresFailure = ScriptedStack.postgresRefused
    robot.live(seconds: 20)
    robot.stack.postgresFailure = nil
    robot.live(seconds: 10)
    #expect(!robot.header.contains("CRIT"))
    #expect(!robot.header.contains("ERROR"))
    robot.press("1")
    #expect(robot.row("● postgres", "healthy", "1/1") != nil)
    #expect(robot.row("● backend", "healthy", "2/2") != nil)
    #expect(robot.row("because") == nil)
    robot.press("3")
    #expect(robot.row("refused") == nil)
    robot.press("9")
    #expect(robot.row("postgres CRIT: refused") != nil)
    #expect(robot.row("postgres OK: healthy") != nil)
    #expect(robot.row("source postgres answers again") != nil)
  }

  @Test func silentSourceIsStaleAfterFifteenSecondsOrThreeIntervals() {
    var robot = Robot.heard(height: 15)
    robot.press("2")
    robot.stack.mute = ["rabbitmq", "postgres"]
    robot.live(seconds: 15)
    #expect(robot.row("STALE") == nil)
    robot.live(seconds: 1)
    #expect(robot.row("! STALE", "rabbitmq has told nothing new; these are its last values") != nil)
    #expect(robot.header.contains("! STALE 1 queue"))
    robot.press("3")
    #expect(robot.row("STALE", "postgres has told nothing new") == nil)
    robot.live(seconds: 15)
    #expect(robot.row("STALE", "postgres has told nothing new") != nil)
    #expect(robot.row("Nightly regression") != nil)
    robot.stack.mute = []
    robot.live(seconds: 10)
    #expect(robot.row("STALE") == nil)
  }

  @Test func alertWaitsFiresAndResolves() {
    var robot = Robot.heard()
    robot.press("6")
    #expect(robot.row("queue-critical", "inactive", "queue.depth > 1000 for 2m") != nil)
    robot.stack.depth = 1_243
    robot.live(seconds: 5)
    #expect(robot.row("queue-critical", "PENDING 0:00 of 2:00", "1,243") != nil)
    robot.live(seconds: 14)
    #expect(robot.row("queue-critical", "PENDING 0:14 of 2:00") != nil)
    robot.live(seconds: 105)
    #expect(robot.row("queue-critical", "PENDING 1:59 of 2:00") != nil)
    robot.live(seconds: 1)
    #expect(robot.row("✗ queue-critical", "FIRING") != nil)
    robot.stack.depth = 950
    robot.live(seconds: 30)
    #expect(robot.row("✗ queue-critical", "FIRING") != nil)
    robot.stack.depth = 12
    robot.live(seconds: 5)
    #expect(robot.row("● queue-critical", "resolved") != nil)
    robot.press("9")
    #expect(robot.row("alert queue-critical firing") != nil)
    #expect(robot.row("alert queue-critical resolved") != nil)
  }

  @Test func alertNeverResolvesBecauseItsSourceIsSilent() {
    var robot = Robot.heard()
    robot.press("6")
    robot.stack.depth = 1_243
    robot.live(seconds: 130)
    robot.stack.mute = ["rabbitmq"]
    robot.live(seconds: 60)
    #expect(robot.row("queue-critical", "FIRING, not seen for") != nil)
  }

  @Test(arguments: [.overview] + PanelCatalog.standard.panels.map(\.id)) func idleScreenDoesNotChange(
    view: ViewID
  ) {
    for (width, height) in [(160, 48), (120, 40), (80, 24), (40, 12)] {
      var robot = Self.seasoned
      robot.send(.resized(width: width, height: height))
      robot.open(PanelCatalog.standard.panel(view).descriptor)
      let before = (buffer: robot.buffer, lines: robot.lines)
      for second in 1..<60 {
        robot.live(seconds: 1)
        guard robot.buffer != before.buffer else { continue }
        let changes = zip(before.lines, robot.lines).filter { $0 != $1 }
        Issue.record("\(width)x\(height), after \(second) s: \(changes)")
        break
      }
    }
  }

  @Test func actThatAnotherConsoleLeftOpenIsTold() {
    var robot = Robot.heard()
    let plan = Robot.plan(robot.restart("postgres"))
    let record = AuditRecord(.begin, act: "7", of: plan, on: plan.target, time: ScriptedStack.start.wall)
    let author = AuditAuthor(user: "bert", host: "ops2", process: 2)
    robot.send(.leftOpen([AuditEntry(sequence: 1, record: record, author: author)]))
    robot.live(seconds: 1)
    robot.press("9")
    #expect(robot.row("bert@ops2", "restart postgres") != nil)
    #expect(robot.lines.contains { $0.contains("Time▲") || $0.contains("Timeline▲") })
  }

  @Test func restartFromKeyToVerdict() throws {
    var robot = Robot.heard()
    robot.stack.postgresFailure = ScriptedStack.postgresRefused
    robot.live(seconds: 4)
    let request = robot.restart("postgres")
    #expect(robot.press("r") == [.plan(request)])
    let plan = Robot.plan(request)
    robot.preview(plan)
    #expect(robot.row("RESTART postgres") != nil)
    robot.press("y")
    robot.live(seconds: 1)
    #expect(robot.press(.enter) == [.execute(plan, hasAskedAgain: false)])
    for event in [ActionEvent.recorded, .acting, .acted(.seconds(1))] { robot.send(.action(plan, event)) }
    #expect(robot.header.contains("22:23:05"))
    robot.stack.postgresFailure = nil
    robot.live(seconds: 4)
    robot.send(.action(plan, .ended(Verdict(.done, "recovered in 4 s"))))
    #expect(robot.row("✓ recovered in 4 s") != nil)
    #expect(robot.row("before", "refused") != nil)
    robot.press(.enter)
    #expect(robot.selected == "postgres")
    #expect(robot.row("● postgres", "healthy") != nil)
    #expect(!robot.header.contains("CRIT"))
  }
}
