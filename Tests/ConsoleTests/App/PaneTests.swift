import Facts
import Panels
import Testing

@testable import Console

/// The row that is told beside its list is asked for as the cursor comes to it.
@Suite struct PaneTests {
  private func runs(width: Int) -> (Robot, [Effect]) {
    var robot = Robot.heard(width: width, height: 48)
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
    #expect(loads(runs(width: 120).1).isEmpty)
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
