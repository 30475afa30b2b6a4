import Facts
import Testing

@testable import DataSources

@Suite struct RunsDetailTests {
  @Test func eachRowTellsItselfWhetherItsReasonWasLookedFor() {
    func row(_ id: PostgresValue, isSearched: PostgresValue) -> [PostgresValue] {
      let created = PostgresValue.time(WallTime(secondsSince1970: 1_800_000_000))
      let counts = [PostgresValue](repeating: .integer(1), count: 6)
      let item: [PostgresValue] = [id, .null, .text("failed"), created, created]
      let rest: [PostgresValue] = [
        .integer(0), .integer(0), .integer(0), .flag(true), .flag(false), .null, isSearched,
        .null, .null, .null,
      ]
      return counts + item + rest
    }
    // The first can't be read, and what isn't told was not looked for.
    let rows = [
      row(.null, isSearched: .flag(true)), row(.text("a"), isSearched: .flag(true)),
      row(.text("b"), isSearched: .flag(false)), row(.text("c"), isSearched: .null),
    ]
    let reading = RunsReading(PostgresTable(columns: [], rows: rows))
    #expect(reading.rows.map(\.id) == ["a", "b", "c"])
    #expect(reading.rows.map(\.isSearched) == [true, false, false])
  }

  @Test(arguments: [PostgresValue.number(.nan), .number(.infinity), .number(1e300), .number(-1e300)])
  func aNumberThatIsNoTimeIsLeftOut(_ number: PostgresValue) throws {
    let columns = ["execution", "seconds", "step", "step_order", "response_ms"]
    let table = PostgresTable(columns: columns, rows: [[.text("e"), number, .text("s"), number, number]])
    let execution = try #require(RunsDetail.reading(table, id: "e").executions.first)
    #expect(execution.duration == nil)
    #expect(execution.steps.first?.responseTime == nil)
    #expect(execution.steps.first?.order == 0)
  }

  @Test func whatWasRecordedIsToldWithoutPasswords() throws {
    let columns = ["execution", "scenario", "error", "step", "transcription", "step_error"]
    let words = PostgresValue.text("password=LEAK x")
    let table = PostgresTable(columns: columns, rows: [[.text("e"), words, words, .text("s"), words, words]])
    let execution = try #require(RunsDetail.reading(table, id: "e").executions.first)
    let step = try #require(execution.steps.first)
    let told = [execution.scenario, execution.error, step.transcription, step.error]
    #expect(told == Array(repeating: "password=‹password› x", count: 4))
  }

  @Test func rowsOfRunsAndTheirReasonsAreToldWithoutPasswords() throws {
    let words = PostgresValue.text("postgres://u:LEAK@h")
    let time = PostgresValue.time(WallTime(secondsSince1970: 0))
    var row = [PostgresValue](repeating: .number(0), count: 21)
    (row[6], row[7], row[9], row[16]) = (.text("id"), words, time, words)
    let run = try #require(RunsReading(PostgresTable(columns: [], rows: [row])).rows.first)
    #expect(run.name == "postgres://u:‹password›@h" && run.reason == run.name)
    let reasons = PostgresTable(
      columns: [],
      rows: [[words, .number(1), time, time, .null, .null, .null, .null]]
    )
    #expect(RunsReading.reasons(reasons).map(\.text) == [run.name])
  }
}
