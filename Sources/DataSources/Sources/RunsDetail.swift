internal import Facts

/// The statement that tells everything of one run, execution or validation, and its reading.
struct RunsDetail {
  static let rowLimit = 2_000

  let schema: PostgresSchema
  /// The measure of confidence in use.
  let measure: ConfidenceMeasure?

  /// What is asked for.
  enum Subject {
    /// A run, or an execution without one, by its UUID.
    case run
    /// A validation result by its UUID.
    case validation
  }

  /// The execution that a result belongs to, or nothing of a run: a row as long as there is one of that id.
  ///
  /// Nil if there is no table of it.
  func owner(_ subject: Subject, id: String) -> PostgresQuery? {
    let result = "validation_results"
    let (table, execution): (String?, String) =
      switch subject {
      case .run: (schema.runsTable, SQLNull.text)
      case .validation:
        (
          schema.has(result, "id") ? result : nil,
          schema.id(result, "r", "multi_turn_execution_id")
        )
      }
    return table.map {
      PostgresQuery("SELECT \(execution) FROM \(schema.table($0)) r WHERE r.id = $1::pg_catalog.uuid", [id])
    }
  }

  /// The statement about executions; nil of a validation where results don't belong to steps.
  func query(_ subject: Subject, id: String) -> PostgresQuery? {
    let step = "step_executions"
    let result = "validation_results"
    let hasSteps = schema.has(step, "id", "multi_turn_execution_id")
    let hasResults = hasSteps && schema.has(result, "id", "step_execution_id", "created_at")
    let condition: String
    switch subject {
    case .run:
      condition = "e.run_id = $1::pg_catalog.uuid OR e.id = $1::pg_catalog.uuid"
    case .validation:
      guard hasResults else { return nil }
      condition = "v.id = $1::pg_catalog.uuid"
    }
    let scenario = schema.has("scenario_scripts", "id", "name")
    let none = SQLNull.text
    let errors =
      hasResults && schema.hasHoundifyResult
      ? """
      pg_catalog.to_json(ARRAY(SELECT pg_catalog.left(t.x, 500) FROM pg_catalog.jsonb_array_elements_text(
        CASE WHEN pg_catalog.jsonb_typeof(v.houndify_result::pg_catalog.jsonb->'errors') = 'array'
        THEN v.houndify_result::pg_catalog.jsonb->'errors' ELSE '[]' END) AS t(x) LIMIT 20))::pg_catalog.text
      """ : none
    func ofStep(_ column: String) -> String {
      hasSteps ? schema.text(step, "se", column, limit: 2_000) : none
    }
    func ofResult(_ column: String) -> String { hasResults ? schema.text(result, "v", column) : none }
    return PostgresQuery(
      """
      SELECT e.id::pg_catalog.text AS execution,
        \(scenario ? schema.text("scenario_scripts", "s", "name") : none) AS scenario,
        e.raw_status AS status, e.error, e.created_at AS created,
        EXTRACT(epoch FROM e.completed_at - e.started_at)::pg_catalog.float8 AS seconds,
        \(hasSteps ? "se.id::pg_catalog.text" : none) AS step,
        \(hasSteps ? schema.number(step, "se", "step_order") : SQLNull.number) AS step_order,
        \(ofStep("user_utterance")) AS utterance, \(ofStep("transcription")) AS transcription,
        \(ofStep("ai_response")) AS response, \(ofStep("command_kind")) AS command,
        \(hasSteps ? schema.number(step, "se", "response_time_ms") : SQLNull.number) AS response_ms,
        \(ofStep("error_message")) AS step_error, \(hasResults ? "v.id::pg_catalog.text" : none) AS result,
        \(hasResults ? measure?.score ?? SQLNull.number : SQLNull.number) AS score,
        \(hasResults ? schema.number(result, "v", "asr_confidence_score") : SQLNull.number) AS asr,
        \(ofResult("review_status")) AS review, \(ofResult("final_decision")) AS decision,
        \(ofResult("language_code")) AS language, \(errors) AS errors,
        \(hasResults ? "v.created_at" : SQLNull.time) AS judged
      FROM (\(schema.executions(errorLimit: 2_000) { _ in "true" })) e
      \(scenario ? "LEFT JOIN \(schema.table("scenario_scripts")) s ON s.id = e.script_id" : "")
      \(hasSteps ? "LEFT JOIN \(schema.table(step)) se ON se.multi_turn_execution_id = e.id" : "")
      \(hasResults ? "LEFT JOIN \(schema.table(result)) v ON v.step_execution_id = se.id" : "")
      \(hasResults ? measure?.join ?? "" : "")
      WHERE \(condition)
      ORDER BY e.created_at, e.id\(hasSteps ? ", step_order, se.id" : "")\(hasResults ? ", v.created_at, v.id" : "")
      LIMIT \(Self.rowLimit + 1)
      """,
      [id]
    )
  }

  /// Puts the flat rows together, which come ordered by execution, step and result.
  static func reading(_ table: PostgresTable, id: String) -> RunDetail {
    var detail = RunDetail(
      id: id,
      executions: [],
      isCut: table.isCut || table.rows.count > rowLimit
    )
    for record in table.records.prefix(rowLimit) {
      guard let execution = record["execution"].text else { continue }
      if detail.executions.last?.id != execution {
        detail.executions.append(self.execution(record, execution))
      }
      let last = detail.executions.count - 1
      guard let step = record["step"].text else { continue }
      if detail.executions[last].steps.last?.id != step {
        detail.executions[last].steps.append(self.step(record, step))
      }
      guard let result = record["result"].text else { continue }
      let lastStep = detail.executions[last].steps.count - 1
      detail.executions[last].steps[lastStep].validations.append(validation(record, result))
    }
    return detail
  }

  private static func execution(_ record: PostgresRecord, _ id: String) -> ExecutionDetail {
    ExecutionDetail(
      id: id,
      scenario: record.safe("scenario"),
      status: record.safe("status") ?? "",
      error: record.safe("error"),
      createdAt: record["created"].time ?? WallTime(secondsSince1970: 0),
      duration: record["seconds"].number.flatMap { time(milliseconds: $0 * 1_000) },
      steps: []
    )
  }

  private static func step(_ record: PostgresRecord, _ id: String) -> StepDetail {
    StepDetail(
      id: id,
      order: record["step_order"].number.flatMap { Int(exactly: $0) } ?? 0,
      utterance: record.safe("utterance"),
      transcription: record.safe("transcription"),
      response: record.safe("response"),
      commandKind: record.safe("command"),
      responseTime: record["response_ms"].number.flatMap { time(milliseconds: $0) },
      error: record.safe("step_error"),
      validations: []
    )
  }

  /// A time that took that long; nil for NaN, and beyond the 285,000 years that whole milliseconds tell exactly.
  private static func time(milliseconds: Double) -> Duration? {
    milliseconds.magnitude < 0x1p53 ? .milliseconds(Int64(milliseconds.rounded())) : nil
  }

  private static func validation(_ record: PostgresRecord, _ id: String) -> ValidationDetail {
    let errors = record["errors"].text.flatMap { JSONValue(parsing: Array($0.utf8)) }?.list ?? []
    return ValidationDetail(
      id: id,
      score: record["score"].number,
      asrScore: record["asr"].number,
      reviewStatus: record.safe("review"),
      decision: record.safe("decision"),
      language: record.safe("language"),
      errors: errors.compactMap { $0.text.map { SafeText($0) } },
      createdAt: record["judged"].time ?? WallTime(secondsSince1970: 0)
    )
  }
}

extension PostgresRecord {
  /// The text of the column without passwords and made harmless; nil if it has none.
  fileprivate func safe(_ column: String) -> SafeText? {
    self[column].text.map { SafeText(told: $0) }
  }
}
