/// What a quick test asks of its execution.
extension PostgresSchema {
  /// The words by which a result is judged; any other is no verdict.
  public static let verdicts = ["auto_pass", "auto_fail", "needs_review"]

  /// The active script of a name, or without one a `Demo` one before others: `id`, `name`.
  public func script(named name: String?) -> PostgresQuery {
    PostgresQuery(
      """
      SELECT id::pg_catalog.text AS id, name::pg_catalog.text AS name FROM \(table("scenario_scripts"))
      WHERE is_active AND ($1::pg_catalog.text IS NULL
        OR pg_catalog.lower(name::pg_catalog.text) = pg_catalog.lower($1::pg_catalog.text))
      ORDER BY name::pg_catalog.text NOT LIKE 'Demo%', created_at LIMIT 1
      """,
      [name]
    )
  }

  /// The moment after which every new execution is created, by the clock that stamps them: `mark`.
  ///
  /// The newest that there is, which no difference between two clocks moves; one from the future is none.
  public func newestExecution() -> PostgresQuery {
    PostgresQuery(
      """
      SELECT LEAST(pg_catalog.now(), COALESCE(pg_catalog.max(created_at::pg_catalog.timestamptz), '-infinity'))
        ::pg_catalog.text AS mark FROM \(table("multi_turn_executions"))
      """
    )
  }

  /// Whether the execution of an id was created after a moment of the database, or in its future, and of which script
  /// it is: `is_new`, `is_ahead`, `script`.
  public func age(of id: String, since moment: String) -> PostgresQuery {
    PostgresQuery(
      """
      SELECT created_at::pg_catalog.timestamptz > $2::pg_catalog.timestamptz AS is_new,
        created_at::pg_catalog.timestamptz > pg_catalog.now() + '30 s'::pg_catalog.interval AS is_ahead,
        script_id::pg_catalog.text AS script
      FROM \(table("multi_turn_executions")) WHERE id = $1::pg_catalog.uuid
      """,
      [id, moment]
    )
  }

  /// The executions of a script created after a moment of the database, newest first, ten at the most: `id`.
  public func executions(of script: String, since moment: String) -> PostgresQuery {
    PostgresQuery(
      """
      SELECT id::pg_catalog.text AS id FROM \(table("multi_turn_executions"))
      WHERE script_id = $1::pg_catalog.uuid AND created_at > $2::pg_catalog.timestamptz
      ORDER BY created_at DESC LIMIT 10
      """,
      [script, moment]
    )
  }

  /// How the execution of that id stands: `status`, `ended`, `results`, `judged`, `auto_fail`, `needs_review`, `confidence`, `reason`.
  public func executionState(_ id: String) -> PostgresQuery {
    let execution = "multi_turn_executions"
    let result = "validation_results"
    let hasResults = has(result, "id", "multi_turn_execution_id")
    let isAutoFail = isAutoFail("v")
    let review = text(result, "v", "review_status")
    let decision = text(result, "v", "final_decision")
    let isJudged = "\(review) IN (\(Self.verdicts.map { "'\($0)'" }.joined(separator: ", ")))"
    let score = measures.first { $0.join.isEmpty }?.score ?? SQLNull.number
    let results =
      hasResults
      ? """
      SELECT pg_catalog.count(*) AS results, pg_catalog.count(*) FILTER (WHERE \(isJudged)) AS judged,
        pg_catalog.count(*) FILTER (WHERE \(isAutoFail)) AS auto_fail,
        pg_catalog.count(*) FILTER (WHERE \(review) = 'needs_review' OR \(decision) = 'uncertain')
          AS needs_review,
        pg_catalog.min(\(score)) AS confidence,
        (pg_catalog.array_agg(\(firstError("v"))) FILTER (WHERE \(isAutoFail)))[1] AS reason
      FROM \(table(result)) v WHERE v.multi_turn_execution_id = e.id
      """
      : """
      SELECT 0 AS results, NULL::pg_catalog.int8 AS judged, 0 AS auto_fail, 0 AS needs_review,
        \(SQLNull.number) AS confidence, \(SQLNull.text) AS reason
      """
    return PostgresQuery(
      """
      SELECT \(text(execution, "e", "status", limit: 100)) AS status,
        \(time(execution, "e", "completed_at")) IS NOT NULL AS ended, r.results, r.judged, r.auto_fail,
        r.needs_review, r.confidence, COALESCE(\(text(execution, "e", "error_message")), r.reason) AS reason
      FROM \(table(execution)) e CROSS JOIN LATERAL (\(results)) r WHERE e.id = $1::pg_catalog.uuid
      """,
      [id]
    )
  }
}
