import DataSources
import Facts
import Operations
import Panels
import Testing

@testable import Console

/// Since when the lines of a log are asked for, while others are shown.
@Suite struct LogKeyTests {
  /// Answers what a key has asked for: a plan that only looks runs at once.
  private func answer(_ robot: inout Robot, _ effects: [Effect], _ verdict: Verdict) throws {
    guard case .plan(let request)? = effects.first else {
      Issue.record("nothing is asked for: \(effects)")
      return
    }
    let plan = Plan(
      environment: robot.state.environment.name,
      request: request,
      askedAt: WallTime(secondsSince1970: 0),
      steps: [PlanStep(target: request.target, details: PlanDetails(""))],
      danger: .look,
      title: "LAST LINES postgres",
      rows: [],
      exact: "",
      proof: ""
    )
    robot.send(.planned(request, .success(plan)))
    robot.send(.action(plan, .ended(verdict)))
  }

  /// The lines of postgres, as its key shows them.
  func showing(_ verdict: Verdict) throws -> Robot {
    var robot = Robot.selecting("postgres")
    try answer(&robot, robot.press("l"), verdict)
    return robot
  }

  /// Asks since when, in place of what stands there.
  private func ask(_ robot: inout Robot, _ text: String) -> [Effect] {
    robot.press("s")
    robot.press(.control("u"))
    robot.type(text)
    return robot.press(.enter)
  }

  private func verdict(_ sentence: SafeText, _ output: [SafeText], caution: SafeText? = nil) -> Verdict {
    var verdict = Verdict(output.isEmpty && caution != nil ? .unknown : .done, sentence)
    (verdict.output, verdict.caution) = (output, caution)
    return verdict
  }

  private func sheet(_ robot: Robot) -> SheetModel? {
    if case .sheet(let sheet)? = robot.state.overlays.last { sheet } else { nil }
  }

  @Test func badTextIsMarkedWhereItIsWrongAndKeepsWhatIsShown() throws {
    var robot = try showing(verdict("2 lines", ["one", "two"]))
    #expect(robot.row("LAST LINES postgres · 2 lines") != nil)
    #expect(robot.row("s since…") != nil)
    #expect(ask(&robot, "5x").isEmpty)
    #expect(sheet(robot)?.log?.fault != nil && robot.row("one") != nil)
    #expect(robot.row("^") != nil)
    robot.press(.control("u"))
    #expect(sheet(robot)?.log?.fault == nil)
    robot.type("2026-11-28T05:00:00")
    #expect(robot.press(.enter).isEmpty)
    #expect(sheet(robot)?.log?.fault == 19 && robot.row("its zone: Z") != nil)
    robot.press(.escape)
    #expect(sheet(robot)?.log?.prompt == nil && robot.row("two") != nil)
    robot.press("/")
    robot.type("s")
    #expect(sheet(robot)?.query == "s")
  }

  @Test func linesSinceATimeTakeThePlaceOfThoseThatAreShown() throws {
    var robot = try showing(verdict("2 lines", ["one", "two"]))
    let effects = ask(&robot, "5m")
    guard case .plan(let request)? = effects.first else {
      Issue.record("\(effects)")
      return
    }
    #expect(request.action == LastLines.descriptor.id && request.arguments["lines"] == "5m")
    let late: SafeText = "the log begins later"
    try answer(&robot, effects, verdict("1 lines since 2026-11-28T05:00:00Z", ["three"], caution: late))
    #expect(robot.state.overlays.count == 1)
    #expect(robot.row("LAST LINES postgres · 1 lines since 2026-11-28T05:00:00Z") != nil)
    #expect(robot.row("the log begins later") != nil && robot.row("three") != nil)
    #expect(robot.row("two") == nil)
    robot.press("s")
    #expect(sheet(robot)?.log?.prompt?.text == "5m")
    robot.press(.escape)
    // What can't be told leaves what is shown, and says why.
    try answer(&robot, ask(&robot, "2h"), verdict("0 lines since then", [], caution: late))
    #expect(robot.row("three") != nil && robot.lastLine.contains("0 lines since then, the log begins later"))
    try answer(&robot, ask(&robot, "1h"), verdict("0 lines since then", []))
    #expect(robot.row("no line") != nil && robot.row("three") == nil)
  }

  @Test func whatIsPastedIsTyped() throws {
    var robot = try showing(verdict("1 lines", ["one"]))
    robot.press("s")
    robot.send(.pasted("2h\n"))
    #expect(sheet(robot)?.log?.prompt?.text == "2h")
  }
}
