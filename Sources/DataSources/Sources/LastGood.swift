public import Facts

extension PostgresSource {
  /// The newest execution of the same scenario, created before one, that was well: completed, no step of it with an error,
  /// and with results that were all passed.
  ///
  /// Nil if there is none, or the schema tells of no scenarios.
  /// - Throws: as ``PostgresClient/query(_:)``; `timedOut` where the table is too large to look through.
  public func lastGood(before id: String) async throws(SourceFailure) -> ExecutionDetail? {
    let until = LoopActor.now().monotonic + descriptor.deadline
    guard let query = Self.lastGood(try await tables.schema(until), before: id),
      let good = try await ask(query, until).rows.first?.first?.text
    else { return nil }
    return try await runDetail(id: good).executions.first { $0.id == good }
  }

  /// The statement that finds it; nil where the schema can't tell.
  static func lastGood(_ schema: PostgresSchema, before id: String) -> PostgresQuery? {
    let result = "validation_results"
    let column = "multi_turn_execution_id"
    // Where nothing tells that a result was failed, nothing tells that one was not.
    guard schema.has(result, "id", column, "review_status") else { return nil }
    let results = "SELECT FROM \(schema.table(result)) v WHERE v.\(column) = g.id"
    let step = "step_executions"
    let failedStep =
      schema.has(step, column, "error_message")
      ? "AND NOT EXISTS (SELECT FROM \(schema.table(step)) s WHERE s.\(column) = g.id AND s.error_message IS NOT NULL)"
      : ""
    return PostgresQuery(
      """
      SELECT g.id::pg_catalog.text FROM (\(schema.executions { _ in "true" })) f
      JOIN (\(schema.executions { _ in "pg_catalog.lower(e.status::pg_catalog.text) IN ('completed', 'passed')" })) g
        ON g.script_id = f.script_id
      WHERE f.id = $1::pg_catalog.uuid AND g.created_at < f.created_at AND g.error IS NULL
        AND EXISTS (\(results)) \(failedStep)
        AND NOT EXISTS (\(results) AND COALESCE(v.review_status::pg_catalog.text, '') <> 'auto_pass')
      ORDER BY g.created_at DESC LIMIT 1
      """,
      [id]
    )
  }
}
