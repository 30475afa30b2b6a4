import DataSources
import Facts
import Operations
import Panels
import Testing

@testable import Console

/// The datastores' view and its prompt by their keys.
@Suite struct DatastoreKeyTests {
  private func open() -> Robot {
    var robot = Robot.heard(width: 160, height: 48)
    robot.type(":db")
    robot.press(.enter)
    return robot
  }

  private func sections(_ effects: [Effect]) -> [String?] {
    effects.compactMap { effect -> String?? in
      if case .watchDatastores(let section) = effect { section } else { nil }
    }
  }

  /// A database with one connection that runs a query.
  static func told(_ robot: Robot) -> DatastoresSnapshot {
    var row = DatastoreRow(
      id: "4711",
      [.process(4_711), .text("app"), .text("web"), .text("active"), .none, .none, .none, .text("SELECT 1")]
    )
    row.kind = .connection
    row.arguments = ["pid": "4711", "begun": "1", "query_begun": "5"]
    var reading = DatastoresSnapshot.Reading(source: "postgres", section: "activity", address: "there")
    (reading.table, reading.sampledAt) = (DatastoreTable([row]), robot.now.monotonic)
    return DatastoresSnapshot(
      version: 1,
      sources: [.init(id: "postgres", store: "postgres", address: "there")],
      readings: [reading]
    )
  }

  @Test func itsCommandOpensItAndOnlyTheSectionThatIsLookedAtIsAskedFor() {
    var robot = Robot.heard(width: 160, height: 48)
    #expect(!robot.lines[1].contains("Datastores"))
    robot.type(":db")
    #expect(sections(robot.press(.enter)) == ["activity"])
    #expect(robot.state.view == .datastores && robot.lines[1].contains(":db Datastores"))
    #expect(sections(robot.press("]")) == ["locks"])
    #expect(sections(robot.press("j")).isEmpty)
    #expect(sections(robot.press("[")) == ["activity"])
    #expect(sections(robot.press("[")) == [nil], "what was asked by hand is told by nobody else")
    #expect(sections(robot.press("]")) == ["activity"])
    #expect(sections(robot.press("q")) == [nil])
  }

  @Test func keysActOnTheConnectionThatWasLookedAt() throws {
    var robot = open()
    robot.send(.datastores(Self.told(robot)))
    #expect(
      robot.lastLine.contains("C cancel query") && robot.lastLine.contains("K terminate"),
      "\(robot.lastLine)"
    )
    for (key, id) in [("C", "query.cancel"), ("K", "query.terminate")] as [(Character, ActionID)] {
      let plans = robot.press(key).compactMap { effect in
        if case .plan(let request) = effect { request } else { nil }
      }
      #expect(plans.map(\.action) == [id])
      #expect(
        plans.first?.arguments == ["pid": "4711", "begun": "1", "query_begun": "5", "source": "postgres"]
      )
    }
    // A key that comes with others acts on nothing.
    #expect(!robot.press("K", isAlone: false).contains { if case .plan = $0 { true } else { false } })
    // Elsewhere it says what it needs.
    robot.press("9")
    robot.press("C")
    #expect(robot.lastLine.contains("needs a connection: open Datastores, :db"), "\(robot.lastLine)")
  }

  private func statements(_ effects: [Effect]) -> [String] {
    effects.compactMap { effect in if case .runStatement(_, let sql, _) = effect { sql } else { nil } }
  }

  private func answered(_ robot: inout Robot, _ rows: [[String?]] = [["1"]]) {
    let answer = StatementAnswer(columns: ["a"], rows: rows, duration: .milliseconds(3))
    robot.send(.statement(number: robot.state.statement?.number ?? 0, .answered(answer)))
  }

  @Test func aStatementIsSentFromAnywhereAndItsAnswerShown() {
    var robot = Robot.heard(width: 160, height: 48)
    robot.press("2")
    robot.type(";SELECT 1 AS a")
    #expect(robot.lastLine.contains("sql> SELECT 1 AS a"))
    #expect(statements(robot.press(.enter)) == ["SELECT 1 AS a"])
    #expect(robot.state.view == .datastores && robot.lines.contains { $0.contains("running ") })
    answered(&robot)
    #expect(
      robot.lines.contains { $0.contains("1 row in 3.0 ms") || $0.contains("1 row in 3 ms") },
      "\(robot.lines)"
    )
    // What comes for another one is nobody's.
    robot.send(.statement(number: 99, .notSent("no")))
    #expect(!robot.lines.contains { $0.contains("not sent") })
  }

  @Test func escCancelsWhatRunsAndThenLeavesThePlaceAlone() {
    var robot = Robot.heard(width: 160, height: 48)
    robot.type(";SELECT pg_sleep(9)")
    robot.press(.enter)
    #expect(robot.press(.escape).contains(.cancelStatement))
    robot.send(.statement(number: 1, .failed(SourceFailure(.cancelled, at: "db"), nil)))
    #expect(robot.lines.contains { $0.contains("cancelled") })
    #expect(!robot.press(.escape).contains(.cancelStatement))
  }

  @Test func formerStatementsAndReadyOnesComeByKey() {
    var robot = Robot.heard(width: 160, height: 48)
    for sql in ["SELECT 1", "SELECT 2"] {
      robot.type(";\(sql)")
      robot.press(.enter)
      answered(&robot)
    }
    robot.type(";dra")
    robot.press(.up)
    #expect(robot.state.prompt?.text == "SELECT 2")
    robot.press(.up)
    robot.press(.up)
    #expect(robot.state.prompt?.text == "SELECT 1")
    robot.press(.down)
    robot.press(.down)
    #expect(robot.state.prompt?.text == "dra")
    robot.press(.tab)
    #expect(robot.menu?.entries.contains { $0.title == "failed runs, as in the runbook" } == true)
    robot.type("low confidence, as")
    robot.press(.enter)
    #expect(
      robot.state.prompt?.text.hasPrefix("SELECT * FROM validation_results WHERE confidence_score < 0.5")
        == true
    )
    // It is only put there: Enter sends it.
    #expect(statements(robot.press(.enter)).count == 1)
  }

  @Test func afterAFaultTheStatementIsThereAgainWithTheCursorAtIt() {
    var robot = Robot.heard(width: 160, height: 48)
    robot.type(";SELECT nam FROM kept")
    robot.press(.enter)
    let report = PostgresReport(state: "42703", message: "column \"nam\" does not exist", position: 8)
    robot.send(.statement(number: 1, .failed(SourceFailure(.rejected, at: "db"), report)))
    #expect(robot.lines.contains { $0.contains("ERROR 42703: column \"nam\" does not exist") })
    robot.press(";")
    #expect(robot.state.prompt?.text == "SELECT nam FROM kept" && robot.state.prompt?.cursor == 7)
    robot.press("x")
    #expect(robot.state.prompt?.fault == nil)
  }

  @Test func aPasteIsTypedWithItsLinesAndSendsNothing() {
    var robot = Robot.heard(width: 160, height: 48)
    robot.press(";")
    #expect(statements(robot.send(.pasted("SELECT 1 -- one\nFROM kept"))).isEmpty)
    #expect(robot.state.prompt?.text == "SELECT 1 -- one\nFROM kept")
    #expect(statements(robot.press(.enter)) == ["SELECT 1 -- one\nFROM kept"])
  }

  @Test func aStatementIsNoActAndReadOnlyKeepsNobodyFromIt() {
    var robot = Robot.heard(width: 160, height: 48, mode: WriteMode(.production))
    robot.type(";SELECT 1")
    let effects = robot.press(.enter)
    #expect(statements(effects) == ["SELECT 1"])
    #expect(
      !effects.contains { effect in
        if case .plan = effect { true } else if case .execute = effect { true } else { false }
      }
    )
  }
}
