internal import Facts

/// The statements about runs, put together for one schema, and the reading of their answers.
struct RunsQueries {
  /// Words for a status, in lower case.
  ///
  /// Anything else is unfinished as long as it has no end.
  enum Status {
    static let failed = ["failed", "partial", "error"]
    static let unfinished = ["pending", "running", "in_progress"]
    static let finished = [
      "completed", "passed", "failed", "partial", "error", "cancelled", "canceled", "skipped",
    ]
  }

  /// The rows that are told: all of a bad day, so that all of them can be acknowledged.
  static let rowLimit = 2_000
  /// Of these the newest whose results are searched for a first error where no execution recorded one: each is a
  /// statement of its own.
  static let searchedRows = 200
  static let reasonLimit = 300
  static let parts = 24

  let schema: PostgresSchema
  /// The table of runs.
  let table: String
  let window: Duration
  let stuckAfter: Duration
  /// The tasks that are known to have failed.
  var tasks: [TaskFailure] = []

  /// The statement's parameters: window, stuck-after, failed, unfinished and finished statuses, failed tasks.
  private var parameters: [String?] {
    [
      "\(window.milliseconds) ms", "\(stuckAfter.milliseconds) ms",
      Self.list(Status.failed), Self.list(Status.unfinished), Self.list(Status.finished),
    ] + (tasks.isEmpty ? [] : [FailedTasks.parameter(tasks)])
  }

  static func list(_ words: [String]) -> String { "{\(words.joined(separator: ","))}" }

  /// Whether a row changed within the window.
  func isRecent(_ table: String, _ alias: String) -> String {
    "\(schema.changed(table, alias)) >= pg_catalog.now() - $1::interval"
  }

  /// Whether a row of that status and end has not come to one; by the parameters of ``attention``.
  private func isUnfinished(_ status: String, _ completedAt: String) -> String {
    """
    (\(status) = ANY($4::pg_catalog.text[])
      OR \(status) <> ALL($5::pg_catalog.text[]) AND \(completedAt) IS NULL)
    """
  }

  /// Executions that changed within the window or haven't ended, whatever run they belong to.
  private var executions: String {
    schema.executions { name in
      let status = "pg_catalog.lower(e.status::pg_catalog.text)"
      let isOpen = isUnfinished(status, schema.time(name, "e", "completed_at"))
      return "(\(isRecent(name, "e")) OR \(isOpen))"
    }
  }

  /// Automatically failed results within the window, with what they belong to; or all that a condition over `v` holds of.
  func results(_ further: String, where condition: String? = nil, onlyFailed: Bool = true) -> String {
    let name = "validation_results"
    guard schema.has(name, "id", "created_at") else {
      let columns = further.isEmpty ? "" : ", \(SQLNull.text) AS reason, \(SQLNull.text) AS language"
      return
        """
        SELECT \(SQLNull.id) AS run_id, \(SQLNull.id) AS execution_id, \(SQLNull.time) AS created_at\(columns)
        WHERE false
        """
    }
    let executions = ["multi_turn_execution_id", "voice_test_execution_id"].filter { schema.has(name, $0) }
    let execution =
      executions.isEmpty
      ? SQLNull.id : "COALESCE(\(executions.map { "v.\($0)" }.joined(separator: ", ")))"
    return """
      SELECT \(schema.runColumn(of: name).map { "v.\($0)" } ?? SQLNull.id) AS run_id,
        \(execution) AS execution_id, v.created_at\(further)
      FROM \(schema.table(name)) v
      WHERE \(condition ?? isRecent(name, "v")) AND \(onlyFailed ? schema.isAutoFail("v") : "true")
      """
  }

  /// Counts, and the newest rows that need attention with their first errors.
  var attention: PostgresQuery {
    let status = "pg_catalog.lower(r.status::pg_catalog.text)"
    let isOpen = isUnfinished(status, schema.time(table, "r", "completed_at"))
    return PostgresQuery(
      """
      WITH e AS MATERIALIZED (\(executions)),
      v AS MATERIALIZED (
        SELECT COALESCE(r.run_id, e.run_id) AS run_id, r.execution_id, pg_catalog.count(*) AS n
        FROM (\(results(""))) r LEFT JOIN e ON e.id = r.execution_id GROUP BY 1, 2),
      x AS (
        SELECT e.*, e.status = ANY($3::pg_catalog.text[]) AS is_failed, COALESCE(f.n, 0)::pg_catalog.int8 AS auto_fail
        FROM e LEFT JOIN (SELECT execution_id, pg_catalog.sum(n) AS n FROM v GROUP BY 1) f ON f.execution_id = e.id),
      items AS (
        SELECT 0 AS kind, r.id, \(schema.text(table, "r", "name")) AS name,
          \(schema.text(table, "r", "status", limit: 100)) AS status,
          r.created_at, COALESCE(\(schema.time(table, "r", "updated_at")), r.created_at) AS updated_at,
          \(schema.time(table, "r", "completed_at")) AS completed_at,
          COALESCE(p.executions, 0)::pg_catalog.int8 AS executions,
          COALESCE(p.failed, 0)::pg_catalog.int8 AS failed, COALESCE(f.n, 0)::pg_catalog.int8 AS auto_fail,
          \(status) = ANY($3::pg_catalog.text[]) AS is_failed,
          \(isOpen) AND GREATEST(\(schema.changed(table, "r")), p.moved_at)
            < pg_catalog.now() - $2::interval AS is_stuck
        FROM \(schema.table(table)) r
        LEFT JOIN (SELECT run_id, pg_catalog.count(*) AS executions,
          pg_catalog.count(*) FILTER (WHERE is_failed) AS failed, pg_catalog.max(updated_at) AS moved_at FROM x GROUP BY 1) p ON p.run_id = r.id
        LEFT JOIN (SELECT run_id, pg_catalog.sum(n) AS n FROM v GROUP BY 1) f ON f.run_id = r.id
        WHERE \(isRecent(table, "r")) OR \(isOpen)
        UNION ALL
        SELECT 1, x.id, \(scenarioName), x.raw_status, x.created_at, x.updated_at, x.completed_at, 1,
          x.is_failed::int, x.auto_fail, x.is_failed,
          \(isUnfinished("x.status", "x.completed_at")) AND x.updated_at < pg_catalog.now() - $2::interval
        FROM x \(scenarioJoin) WHERE x.run_id IS NULL),
      \(tasks.isEmpty ? FailedTasks.none : FailedTasks.belonging),
      a AS MATERIALIZED (
        SELECT items.*, k.tasks, k.is_named FROM items LEFT JOIN k ON k.item = items.id::pg_catalog.text
        WHERE is_failed OR failed > 0 OR auto_fail > 0 OR is_stuck OR k.tasks IS NOT NULL),
      counts AS (
        SELECT pg_catalog.count(*) AS total, pg_catalog.count(*) FILTER (WHERE is_stuck) AS stuck,
          pg_catalog.count(*) FILTER (WHERE (is_failed OR failed > 0 OR auto_fail > 0 OR tasks IS NOT NULL)
            AND COALESCE(completed_at, updated_at) >= pg_catalog.now() - interval '1 hour') AS failed_1h,
          pg_catalog.string_agg(tasks, ',') AS placed FROM a),
      ended AS (
        SELECT pg_catalog.count(*) AS n,
          pg_catalog.count(*) FILTER (WHERE status IN ('completed', 'passed') AND auto_fail = 0) AS good
        FROM x WHERE completed_at >= pg_catalog.now() - interval '5 min'),
      er AS (
        SELECT DISTINCT ON (item) COALESCE(run_id, id) AS item, error FROM e WHERE error IS NOT NULL
        ORDER BY item, created_at),
      top AS (
        SELECT a.*, pg_catalog.row_number() OVER (ORDER BY created_at DESC, id) AS place
        FROM a ORDER BY created_at DESC, id LIMIT \(Self.rowLimit))
      SELECT counts.total, counts.stuck, counts.failed_1h, ended.n, ended.good,
        top.kind, top.id::pg_catalog.text, top.name, top.status, top.created_at, top.updated_at, top.executions,
        top.failed, top.auto_fail, top.is_failed, top.is_stuck, \(reason) AS reason, \(isSearched) AS is_searched,
        top.tasks, top.is_named, CASE WHEN COALESCE(top.place, 1) = 1 THEN counts.placed END AS placed
      FROM counts CROSS JOIN ended LEFT JOIN top ON true LEFT JOIN er ON er.item = top.id
      ORDER BY top.created_at DESC, top.id
      """,
      parameters
    )
  }

  private var scenarioJoin: String {
    schema.has("scenario_scripts", "id", "name")
      ? "LEFT JOIN \(schema.table("scenario_scripts")) s ON s.id = x.script_id" : ""
  }

  private var scenarioName: String {
    schema.has("scenario_scripts", "id", "name") ? schema.text("scenario_scripts", "s", "name") : SQLNull.text
  }

  /// The first error of an item: its executions' own, else its results', which are searched for the newest alone.
  private var reason: String {
    guard let searched = resultError else { return "er.error" }
    return "COALESCE(er.error, CASE WHEN top.place <= \(Self.searchedRows) THEN \(searched) END)"
  }

  /// Whether an item without a first error has none.
  private var isSearched: String {
    resultError == nil ? "true" : "(er.error IS NOT NULL OR top.place <= \(Self.searchedRows))"
  }

  /// The first error of an item's results; nil where the schema has none to tell.
  private var resultError: String? {
    let execution = "multi_turn_executions"
    let result = "validation_results"
    var choices: [String] = []
    if schema.hasHoundifyResult, schema.has(result, "review_status") {
      let pick = { (condition: String) in
        """
        (SELECT \(schema.firstError("v")) FROM \(schema.table(result)) v WHERE \(condition)
          AND \(schema.isAutoFail("v")) AND v.houndify_result->'errors'->>0 IS NOT NULL
          ORDER BY v.created_at LIMIT 1)
        """
      }
      if let run = schema.runColumn(of: result) { choices.append(pick("v.\(run) = top.id")) }
      if schema.has(result, "multi_turn_execution_id") {
        choices.append(pick("v.multi_turn_execution_id = top.id"))
        if let run = schema.runColumn(of: execution) {
          choices.append(
            pick(
              "v.multi_turn_execution_id IN (SELECT id FROM \(schema.table(execution)) c WHERE c.\(run) = top.id)"
            )
          )
        }
      }
    }
    return choices.isEmpty ? nil : "COALESCE(\(choices.joined(separator: ", ")))"
  }
}
