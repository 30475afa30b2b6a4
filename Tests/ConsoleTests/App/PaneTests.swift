import Facts
import Panels
import Testing

@testable import Console

/// The row that is told beside or below its list is asked for as the cursor comes to it.
@Suite struct PaneTests {
  private func runs(width: Int, height: Int = 48) -> (Robot, [Effect]) {
    var robot = Robot.heard(width: width, height: height)
    let rows = ["a", "b", "c"].map { id in
      RunRow(
        id: id,
        kind: .run,
        name: SafeText("run \(id)"),
        status: "failed",
        reason: nil,
        createdAt: robot.now.wall - .seconds(60),
        updatedAt: robot.now.wall - .seconds(60),
        executions: 1,
        failedExecutions: 1,
        failedValidations: 0,
        attention: [.status]
      )
    }
    let snapshot = RunsSnapshot(table: "suite_runs", window: .seconds(86_400), total: 3, rows: rows)
    let report = SourceReport(
      source: "postgres",
      startedAt: robot.now,
      endedAt: robot.now,
      result: .success(SourceReading([], snapshots: [snapshot]))
    )
    robot.send(.reports([report]))
    let effects = robot.press("3")
    return (robot, effects)
  }

  private func loads(_ effects: [Effect]) -> [String] {
    effects.compactMap { if case .load(_, let item) = $0 { item.id } else { nil } }
  }

  @Test func wideScreenAsksForTheSelectedRow() throws {
    let (robot, effects) = runs(width: 160)
    let first = try #require(robot.state.activeItems.first)
    #expect(loads(effects) == [first.id])
    #expect(robot.row("asking for its executions") != nil)
    #expect(loads(runs(width: 120).1) == [first.id], "it is told below the list")
    #expect(loads(runs(width: 80, height: 14).1).isEmpty)
  }

  @Test func oneRowIsAskedForAtATimeAndTheLastOneCounts() throws {
    var (robot, _) = runs(width: 160)
    let items = robot.state.activeItems
    try #require(items.map(\.id) == ["a", "b", "c"])
    #expect(loads(robot.press("j")).isEmpty)
    #expect(loads(robot.press("j")).isEmpty)
    let answer = robot.send(.detail(items[0].id, .success(RunDetail(id: "", executions: []))))
    #expect(loads(answer) == [items[2].id], "the row passed by is not asked for")
    let last = robot.send(.detail(items[2].id, .success(RunDetail(id: "", executions: []))))
    #expect(loads(last).isEmpty)
    #expect(robot.row("No execution was recorded") != nil)
  }

  @Test func rowThatCanNotBeReadIsNotAskedForAgainAndAgain() throws {
    var (robot, _) = runs(width: 160)
    let first = try #require(robot.state.activeItems.first)
    let failure = SourceFailure(.refused, at: "postgresql://localhost:5433", detail: "no")
    #expect(loads(robot.send(.detail(first.id, .failure(failure)))).isEmpty)
    #expect(loads(robot.send(.tick)).isEmpty)
    #expect(robot.row("ERROR refused") != nil)
  }

  // MARK: services

  private func services(width: Int, height: Int = 48, down: Bool) -> (robot: Robot, effects: [Effect]) {
    var stack = ScriptedStack()
    if down { stack.postgresFailure = ScriptedStack.postgresRefused }
    var robot = Robot.heard(stack, width: width, height: height)
    let effects = robot.press("1")
    return (robot, effects)
  }

  @Test func linesOfABrokenServiceAreAskedForAtSightAndOfAGoodOneWhenItIsOpened() {
    var (robot, effects) = services(width: 160, down: true)
    #expect(loads(effects) == ["postgres"])
    robot.send(.detail("postgres", .success(LogTail(lines: ["FATAL: no space"]))))
    #expect(robot.row("FATAL: no space") != nil)
    robot.select("redis")
    #expect(loads(robot.press("g")).isEmpty)
    #expect(loads(services(width: 80, height: 14, down: true).effects).isEmpty, "nothing shows them")

    (robot, effects) = services(width: 160, down: false)
    #expect(loads(effects).isEmpty)
    let opened = robot.press(.enter)
    #expect(loads(opened) == [robot.state.activeItem?.id])
  }

  @Test func linesAreAskedForAnewAsSomethingHappensAndTheOldOnesStayMeanwhile() {
    var (robot, _) = services(width: 160, down: true)
    robot.send(.detail("postgres", .success(LogTail(lines: ["first life"]))))
    #expect(loads(robot.send(.tick)).isEmpty)
    robot.stack.incarnation = 2
    robot.hear()
    #expect(robot.state.asking == ["postgres"])
    #expect(robot.row("first life") != nil)
    #expect(loads(robot.send(.tick)).isEmpty, "one at a time")
    robot.send(.detail("postgres", .success(LogTail(lines: ["second life"]))))
    #expect(robot.row("second life") != nil)
    robot.live(seconds: 11)
    #expect(robot.state.asking == ["postgres"], "what goes on without events grows old")
  }

  @Test func linesThatCanNotBeReadAreNotAskedForAgainAndAgain() {
    var (robot, _) = services(width: 160, down: true)
    let failure = SourceFailure(.status(501), at: "unix:/run/docker.sock", detail: "no driver")
    #expect(loads(robot.send(.detail("postgres", .failure(failure)))).isEmpty)
    #expect(loads(robot.send(.tick)).isEmpty)
    #expect(robot.row("HTTP 501") != nil)
    #expect(loads(robot.press(.control("r"))) == ["postgres"])
  }

  @Test func usageIsMeasuredWhileItsViewIsOpen() {
    var robot = Robot.heard(width: 120, height: 40)
    func watched(_ effects: [Effect]) -> [Bool] {
      effects.compactMap { if case .watchUsage(let isWatched) = $0 { isWatched } else { nil } }
    }
    #expect(!robot.state.isUsageWatched)
    #expect(watched(robot.press("1")) == [true])
    #expect(watched(robot.send(.tick)).isEmpty)
    #expect(watched(robot.press(.enter)).isEmpty, "its page shows it, too")
    #expect(watched(robot.press("2")) == [false])
    #expect(watched(robot.press("0")).isEmpty)
  }

  @Test func validationWithoutExecutionIsToldAndNotAnError() throws {
    var (robot, _) = runs(width: 160)
    let low = ValidationRow(
      id: "v1",
      score: 0.3,
      asrScore: nil,
      scenario: "Weather",
      language: nil,
      expected: nil,
      heard: nil,
      reason: nil,
      executionID: nil,
      createdAt: robot.now.wall - .seconds(60)
    )
    let snapshot = ValidationsSnapshot(
      measure: "m",
      window: .seconds(86_400),
      threshold: 0.5,
      total: 1,
      scored: 1,
      low: 1,
      scores: ScoreHistogram([30: 1]),
      lowest: [low]
    )
    let report = SourceReport(
      source: "postgres",
      startedAt: robot.now,
      endedAt: robot.now,
      result: .success(SourceReading([], snapshots: [snapshot]))
    )
    robot.send(.reports([report]))
    robot.press("4")
    let first = try #require(robot.state.activeItems.first)
    let failure = SourceFailure(.notFound, at: "postgresql://localhost:5433", detail: first.id)
    robot.send(.detail(first.id, .failure(failure)))
    #expect(robot.row("No execution was recorded") != nil)
    #expect(robot.row("ERROR") == nil && robot.row("404") == nil)
    #expect(robot.row("scenario", "Weather") != nil, "the row itself is told")
  }

  @Test func runWithoutExecutionsIsToldAndNotAnError() throws {
    var (robot, _) = runs(width: 160)
    let first = try #require(robot.state.activeItems.first)
    let failure = SourceFailure(.notFound, at: "postgresql://localhost:5433", detail: first.id)
    robot.send(.detail(first.id, .failure(failure)))
    #expect(robot.row("No execution was recorded") != nil)
    #expect(robot.row("ERROR") == nil)
    #expect(robot.row("failed", "created") != nil, "the run itself is told")
  }
}
