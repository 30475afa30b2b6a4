internal import Facts

/// The statement about confidence, put together for one schema and measure, and its reading.
struct ValidationsQueries {
  static let rowLimit = 50

  let schema: PostgresSchema
  let measure: ConfidenceMeasure
  let window: Duration
  let threshold: Double

  /// Counts, the histogram and the lowest scores in one statement.
  var query: PostgresQuery {
    let result = "validation_results"
    let step = "step_executions"
    let execution = "multi_turn_executions"
    let hasStep = schema.has(step, "id") && schema.has(result, "step_execution_id")
    let hasExecution = schema.has(execution, "id") && schema.has(result, "multi_turn_execution_id")
    let hasScenario =
      hasExecution && schema.has(execution, "script_id") && schema.has("scenario_scripts", "id", "name")
    let parts = (0..<10).map { part in
      part == 9
        ? "pg_catalog.count(*) FILTER (WHERE score >= 0.9)"
        : "pg_catalog.count(*) FILTER (WHERE score >= 0.\(part) AND score < 0.\(part + 1))"
    }
    return PostgresQuery(
      """
      WITH scored AS MATERIALIZED (
        SELECT v.id, v.created_at, \(measure.score) AS score FROM \(schema.table(result)) v \(measure.join)
        WHERE v.created_at >= pg_catalog.now() - $1::interval),
      usable AS (SELECT * FROM scored WHERE score BETWEEN 0 AND 1),
      counts AS (
        SELECT (SELECT pg_catalog.count(*) FROM scored) AS total, pg_catalog.count(*) AS scored,
          pg_catalog.count(*) FILTER (WHERE score < $2::pg_catalog.float8) AS low,
          pg_catalog.concat_ws(',', \(parts.joined(separator: ", "))) AS histogram FROM usable),
      lowest AS (SELECT * FROM usable ORDER BY score, created_at DESC, id LIMIT \(Self.rowLimit))
      SELECT counts.total, counts.scored, counts.low, counts.histogram, l.id::pg_catalog.text, l.score,
        \(schema.number(result, "v", "asr_confidence_score")) AS asr,
        \(hasScenario ? schema.text("scenario_scripts", "s", "name") : SQLNull.text) AS scenario,
        \(schema.text(result, "v", "language_code", limit: 50)) AS language,
        \(hasStep ? schema.text(step, "se", "user_utterance") : SQLNull.text) AS expected,
        \(hasStep ? schema.text(step, "se", "transcription") : SQLNull.text) AS heard,
        \(schema.firstError("v")) AS reason,
        \(schema.id(result, "v", "multi_turn_execution_id")) AS execution, l.created_at
      FROM counts LEFT JOIN lowest l ON true LEFT JOIN \(schema.table(result)) v ON v.id = l.id
      \(hasStep ? "LEFT JOIN \(schema.table(step)) se ON se.id = v.step_execution_id" : "")
      \(hasExecution ? "LEFT JOIN \(schema.table(execution)) e ON e.id = v.multi_turn_execution_id" : "")
      \(hasScenario ? "LEFT JOIN \(schema.table("scenario_scripts")) s ON s.id = e.script_id" : "")
      ORDER BY l.score, l.created_at DESC, l.id
      """,
      ["\(window.milliseconds) ms", "\(threshold)"]
    )
  }

  /// Reads the answer to ``query``.
  func reading(_ table: PostgresTable) -> ValidationsSnapshot {
    let first = table.records.first
    return ValidationsSnapshot(
      measure: measure.name,
      window: window,
      threshold: threshold,
      total: first?["total"].integer ?? 0,
      scored: first?["scored"].integer ?? 0,
      low: first?["low"].integer ?? 0,
      histogram: (first?["histogram"].text ?? "").split(separator: ",").map { Int($0) ?? 0 },
      lowest: table.rows.compactMap(Self.row)
    )
  }

  private static func row(_ values: [PostgresValue]) -> ValidationRow? {
    guard values.count == 14, let id = values[4].text, let score = values[5].number,
      let created = values[13].time
    else { return nil }
    func safe(_ position: Int) -> SafeText? { values[position].text.map { SafeText(told: $0) } }
    return ValidationRow(
      id: id,
      score: score,
      asrScore: values[6].number,
      scenario: safe(7),
      language: safe(8),
      expected: safe(9),
      heard: safe(10),
      reason: safe(11),
      executionID: values[12].text,
      createdAt: created
    )
  }
}
