import DataSources
import Facts
import Panels
import Testing

@testable import Console

/// The logs' view asks for what it shows, and for nothing while nobody looks.
@Suite struct LogSearchTests {
  private func queries(_ effects: [Effect]) -> [LogQuery?] {
    effects.compactMap { effect -> LogQuery?? in if case .watchLogs(let query) = effect { query } else { nil }
    }
  }

  @Test func logsAreReadWhileTheirViewIsOpenAlone() throws {
    var robot = Robot.heard()
    #expect(queries(robot.press("5")) == [LogQuery()])
    #expect(queries(robot.press("j")).isEmpty)
    #expect(queries(robot.press("q")) == [nil])
  }

  @Test func whatIsTypedIsLookedForAndWhatIsWrongChangesNothing() throws {
    var robot = Robot.heard()
    robot.press("5")
    robot.press("/")
    var asked: [LogQuery?] = []
    for character in "ab /(" { asked += queries(robot.press(.character(character))) }
    let last = try LogQuery(parsing: "ab /(")
    #expect(asked.last == last, "a slash alone begins a path")
    #expect(queries(robot.press("/")).isEmpty)
    #expect(robot.state.prompt?.fault == 5 && robot.lastLine.contains("missing closing parenthesis"))
    // It stays open until it is right, or the former filter is given back.
    robot.press(.enter)
    #expect(robot.state.prompt != nil)
    #expect(queries(robot.press(.escape)) == [LogQuery()])
    #expect(robot.state.prompt == nil)
  }

  private func runs() -> Robot {
    var robot = Robot.heard(width: 160, height: 48)
    let row = RunRow(
      id: "run-1",
      kind: .run,
      name: "a run",
      status: "failed",
      reason: nil,
      createdAt: robot.now.wall - .seconds(60),
      updatedAt: robot.now.wall - .seconds(60),
      executions: 1,
      failedExecutions: 1,
      failedValidations: 0,
      attention: [.status]
    )
    let snapshot = RunsSnapshot(table: "suite_runs", window: .seconds(86_400), total: 1, rows: [row])
    let reading = SourceReading([], snapshots: [snapshot])
    robot.send(
      .reports([
        SourceReport(source: "postgres", startedAt: robot.now, endedAt: robot.now, result: .success(reading))
      ])
    )
    robot.press("3")
    return robot
  }

  @Test func aRunLeadsToTheLinesThatNameItAndEscBack() throws {
    var robot = runs()
    #expect(queries(robot.press("l")) == [try LogQuery(parsing: "run-1")])
    #expect(robot.state.view == .logs && robot.lastLine.contains("Esc back"))
    robot.press(.escape)
    #expect(robot.state.view == .runs && robot.state.locals[.logs] == nil)
    // With its executions known, their names are looked for, too.
    let execution = ExecutionDetail(
      id: "execution-1",
      scenario: nil,
      status: "failed",
      error: nil,
      createdAt: robot.now.wall,
      duration: nil,
      steps: []
    )
    robot.send(.detail("run-1", .success(RunDetail(id: "run-1", executions: [execution]))))
    #expect(queries(robot.press("l")) == [try LogQuery(parsing: "/run-1|execution-1/")])
    // A view that is opened by its key is no way back.
    robot.press("1")
    robot.press("5")
    #expect(robot.state.locals[.logs]?.filter ?? "" == "")
    robot.press(.escape)
    #expect(robot.state.view == .logs)
  }

  @Test func presetsTellWhatWasNeverSeenAndKeepTheServices() throws {
    var robot = Robot.heard(width: 120, height: 40)
    robot.press("5")
    let counts = [
      LogPreset.Count(preset: .timeouts, records: 12, lastAt: robot.now.wall),
      LogPreset.Count(preset: .poolExhaustion, records: 0, lastAt: nil),
    ]
    robot.send(
      .logs(
        LogsSnapshot(
          archive: LogArchive(),
          version: 1,
          selection: LogSelection(),
          presets: counts,
          standings: []
        )
      )
    )
    robot.press("/")
    robot.type("service:backend words")
    robot.press(.enter)
    robot.press("P")
    #expect(robot.row("timeouts", "12, last") != nil && robot.row("pool exhaustion", "never seen") != nil)
    robot.press(.down)
    let effects = robot.press(.enter)
    #expect(queries(effects) == [try LogQuery(parsing: "service:backend /pool.*exhausted/")])
  }

  /// Where nothing runs the services no log will ever come: nobody waits for one.
  @Test func withoutARuntimeNoLogIsKnown() throws {
    var robot = Robot.heard()
    robot.press("5")
    #expect(robot.row("Reading the logs") != nil)
    var info = robot.state.environment
    info.hasRuntime = false
    var model = robot.state
    model.environment = info
    #expect(model.context.hasLogs == false)
  }
}
