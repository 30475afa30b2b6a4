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
}
