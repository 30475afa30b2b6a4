import Facts
import Testing

/// What two sources of one kind tell, side by side.
@Suite struct SeveralSourcesTests {
  @Test func aFurtherSourcesNameKeepsItsKind() throws {
    let plain: FactName = "queue.celery.ready"
    let further = plain.qualified(by: "orders")
    #expect(further == "orders.queue.celery.ready")
    #expect(further.plain == plain)
    #expect(further.qualifier == "orders")
    #expect(further.subject == "orders:celery")
    #expect(plain.qualified(by: nil) == plain)
    #expect(plain.qualifier == nil && plain.plain == plain && plain.subject == "celery")
    // What people write is the same name, though nobody there knows what stands before it.
    #expect(try FactName(parsing: "orders.queue.celery.ready") == further)
    #expect(try FactName(parsing: "mq-2.queue.depth") == ("queue.depth" as FactName).qualified(by: "mq-2"))
    #expect(("queue.depth" as FactName).qualified(by: "a b").description == "\"a b\".queue.depth")
  }

  private func run(_ id: String, at seconds: Double) -> RunRow {
    RunRow(
      id: id,
      kind: .run,
      name: nil,
      status: "failed",
      reason: nil,
      createdAt: WallTime(secondsSince1970: seconds),
      updatedAt: WallTime(secondsSince1970: seconds),
      executions: 1,
      failedExecutions: 1,
      failedValidations: 0,
      attention: .status
    )
  }

  @Test func runsOfTwoDatabasesStandNewestFirstEachWithItsSource() {
    let one = RunsSnapshot(
      table: "suite_runs",
      window: .seconds(60),
      total: 9,
      rows: [run("b", at: 3), run("a", at: 1)]
    )
    let other = RunsSnapshot(table: "test_runs", window: .seconds(60), total: 1, rows: [run("a", at: 2)])
    let merged = RunsSnapshot.merged([("postgres", one), ("orders", other)])
    #expect(merged.rows.map { "\($0.source ?? "") \($0.id)" } == ["postgres b", "orders a", "postgres a"])
    #expect(merged.total == 10)
    #expect(merged.table == "suite_runs + test_runs")
    let without = RunsSnapshot(table: nil, window: .seconds(60), total: 0, rows: [])
    #expect(RunsSnapshot.merged([("postgres", without), ("orders", without)]).table == nil)
  }

  private func validations(_ scores: [Double], measure: String?) -> ValidationsSnapshot {
    ValidationsSnapshot(
      measure: measure,
      window: .seconds(60),
      threshold: 0.5,
      total: scores.count + 1,
      scored: scores.count,
      low: scores.count,
      scores: measure == nil ? ScoreHistogram() : ScoreHistogram([5: 1, 99: 1, 100: 1]),
      lowest: scores.map { score in
        ValidationRow(
          id: "v",
          score: score,
          asrScore: nil,
          scenario: nil,
          language: nil,
          expected: nil,
          heard: nil,
          reason: nil,
          executionID: nil,
          createdAt: WallTime(secondsSince1970: 1)
        )
      }
    )
  }

  @Test func scoresOfTwoDatabasesStandLowestFirst() {
    let merged = ValidationsSnapshot.merged([
      ("postgres", validations([0.1, 0.4], measure: "score")),
      ("orders", validations([0.2], measure: "score")),
    ])
    #expect(merged.lowest.map(\.source) == ["postgres", "orders", "postgres"])
    #expect(merged.measure == "score")
    #expect([merged.total, merged.scored, merged.low] == [5, 3, 3])
    #expect(merged.scores == ScoreHistogram([5: 2, 99: 2, 100: 2]))
    let half = ValidationsSnapshot.merged([
      ("postgres", validations([0.1], measure: "score")), ("orders", validations([], measure: nil)),
    ])
    #expect(half.scores == ScoreHistogram([5: 1, 99: 1, 100: 1]))
  }
}
