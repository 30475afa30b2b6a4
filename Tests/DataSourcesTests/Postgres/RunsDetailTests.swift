import Facts
import Testing

@testable import DataSources

@Suite struct RunsDetailTests {
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
    var row = [PostgresValue](repeating: .number(0), count: 17)
    (row[6], row[7], row[9], row[16]) = (.text("id"), words, time, words)
    let run = try #require(RunsReading(PostgresTable(columns: [], rows: [row])).rows.first)
    #expect(run.name == "postgres://u:‹password›@h" && run.reason == run.name)
    let reasons = PostgresTable(columns: [], rows: [[words, .number(1), time, time, .null, .null, .null]])
    #expect(RunsReading.reasons(reasons).map(\.text) == [run.name])
  }
}
