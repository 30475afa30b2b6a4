import DataSources
import Facts
import Operations
import Panels
import Testing

@testable import Console

/// One key leads from what is wrong to where that comes from, and the screen says so.
@Suite struct CausesTests {
  private func down() -> Robot {
    var stack = ScriptedStack()
    stack.postgresFailure = ScriptedStack.postgresRefused
    return Robot.heard(stack, width: 160)
  }

  @Test(arguments: [KeyPress.enter, .character("O")])
  func aViewWhoseDatabaseIsDownLeadsToItsService(key: KeyPress) {
    var robot = down()
    robot.press("3")
    #expect(robot.state.activeItems.isEmpty)
    #expect(robot.row("the service postgres: refused", "O leads there") != nil, "\(robot.lines)")
    #expect(robot.lastLine.contains("O to postgres"))
    robot.press(key)
    #expect(robot.state.view == .services && robot.state.activeLocal.detail == "postgres")
  }

  @Test func whatIsDownBecauseOfAnotherLeadsToThat() {
    var robot = down()
    robot.press("1")
    robot.select("backend")
    #expect(robot.lastLine.contains("O to postgres"))
    robot.press("O")
    #expect(robot.state.activeLocal.detail == "postgres")
    robot.press(.escape)
    #expect(!robot.lastLine.contains("O to"), "it is the cause itself")
  }

  @Test func aSourceWithoutAServiceThatIsDownLeadsToTheSources() {
    var robot = Robot.heard(width: 160)
    let failure = SourceFailure(.refused, at: "http://localhost:15672")
    robot.send(
      .reports([
        SourceReport(source: "rabbitmq", startedAt: robot.now, endedAt: robot.now, result: .failure(failure))
      ])
    )
    #expect(robot.header.contains(":sources 4/5"))
    robot.press("2")
    #expect(robot.lastLine.contains("O sources"))
    robot.press("O")
    #expect(robot.sheet?.title == "Sources")
    #expect(robot.sheet?.lines.first?.plain.string.contains("rabbitmq") == true, "what fails stands first")
  }

  @Test func whatTheHeaderSaysOpensTheSources() {
    var robot = down()
    robot.press(":")
    robot.type("sources")
    robot.press(.enter)
    #expect(robot.sheet?.title == "Sources")
  }

  @Test func anAlertLeadsToWhatItReads() {
    var robot = Robot.heard(width: 160)
    robot.press("6")
    #expect(!robot.lastLine.contains("O to"), "nothing is wrong")
    robot.stack.depth = 1_500
    robot.live(seconds: 130)
    #expect(robot.lastLine.contains("O to celery"))
    robot.press("O")
    #expect(robot.state.view == .queues && robot.selected == "celery")
  }

  @Test func aSlowProviderLeadsToWhereThatIsMeasured() throws {
    var robot = Robot.heard(width: 160)
    let runs = RunsSnapshot(table: "suite_runs", window: .seconds(86_400), total: 0, rows: [])
    let origin = Origin(source: "postgres", query: "SELECT percentile_cont", excerpt: "6100")
    let slow = Observation(
      "provider.latency",
      .number(6_100),
      unit: .milliseconds,
      state: .warn,
      kind: .health,
      origin: origin
    )
    let reading = SourceReading([slow], snapshots: [runs])
    robot.send(
      .reports([
        SourceReport(source: "postgres", startedAt: robot.now, endedAt: robot.now, result: .success(reading))
      ])
    )
    robot.press("3")
    #expect(robot.state.activeItems.isEmpty && robot.lastLine.contains("O why"))
    for key in [KeyPress.character("O"), .enter, .character("i")] {
      robot.press(key)
      let sheet = try #require(robot.sheet)
      #expect(sheet.title == "Where from: provider.latency")
      #expect(sheet.lines.contains { $0.plain.string.contains("SELECT percentile_cont") })
      robot.press(.escape)
    }
  }

  @Test func withoutACauseTheKeySaysSo() {
    var robot = Robot.selecting("redis")
    robot.press("O")
    #expect(robot.lastLine.contains("nothing else is known to be behind this"))
  }

  @Test func aServiceThatIsDownByItselfIsWhereItBegins() {
    var stack = ScriptedStack()
    stack.stopped = ["redis"]
    var robot = Robot.heard(stack, width: 160)
    robot.press("1")
    robot.select("redis")
    robot.press("O")
    #expect(robot.lastLine.contains("it begins here, stopped"), "\(robot.lastLine)")
  }

  @Test func theKeyThatPanelsNameIsBound() {
    #expect(Keymap.standard.key(of: .cause) == .character(CauseKey.character))
  }

  @Test func aServiceThatIsDownIsOfferedItsStartFirst() {
    var stack = ScriptedStack()
    stack.stopped = ["redis"]
    var robot = Robot.heard(stack, width: 160)
    robot.press("1")
    robot.select("redis")
    #expect(robot.lastLine.hasPrefix(" S start"), "\(robot.lastLine)")
    #expect(!robot.lastLine.contains("restart") && !robot.lastLine.contains("stop"))
    #expect(robot.row("it does not run", "S starts it") != nil)
    robot.select("backend")
    #expect(robot.lastLine.contains("r restart   s stop") && !robot.lastLine.contains("S start"))
    // What isn't offered can be asked for all the same: the preview says why not.
    #expect(robot.press("S").contains { if case .plan = $0 { true } else { false } })
  }
}
