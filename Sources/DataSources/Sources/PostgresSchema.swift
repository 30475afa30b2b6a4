/// Which of the stack's tables and columns a database has, and what follows for the statements.
///
/// Two generations are in the field: `test_runs` with `validation_results.confidence_score`, and
/// `suite_runs` without it. Every statement is put together from what is really there.
struct PostgresSchema: Sendable, Equatable {
  /// The tables that are looked for, old names first.
  static let tables = [
    "test_runs", "suite_runs", "multi_turn_executions", "step_executions", "validation_results",
    "validation_queue", "scenario_scripts",
  ]

  /// Asks for the columns of the tables that the search path finds.
  static let query = PostgresQuery(
    """
    SELECT t.name, a.attname::text, y.typname::text
    FROM unnest($1::text[]) AS t(name)
    JOIN pg_attribute a ON a.attrelid = to_regclass(t.name)
    JOIN pg_type y ON y.oid = a.atttypid
    WHERE a.attnum > 0 AND NOT a.attisdropped
    """,
    ["{\(tables.joined(separator: ","))}"]
  )

  /// The types of the columns by table and column.
  private(set) var columns: [String: [String: String]] = [:]

  /// Reads the answer to ``query``.
  init(_ rows: [[PostgresValue]]) {
    for row in rows where row.count == 3 {
      guard let table = row[0].text, let column = row[1].text else { continue }
      columns[table, default: [:]][column] = row[2].text ?? ""
    }
  }

  /// Whether the table has all the columns.
  func has(_ table: String, _ names: String...) -> Bool {
    guard let known = columns[table] else { return false }
    return names.allSatisfy { known[$0] != nil }
  }

  /// The table of runs: the old name first, the new one second; of both, the one the others refer to.
  var runsTable: String? {
    let found = ["test_runs", "suite_runs"].filter { has($0, "id", "status", "created_at") }
    guard found.count == 2 else { return found.first }
    let children = ["multi_turn_executions", "validation_results"]
    let isNew = children.contains { has($0, "suite_run_id") }
    let isOld = children.contains { has($0, "test_run_id") }
    return isNew && !isOld ? "suite_runs" : "test_runs"
  }

  /// The column of a child table that names its run; nil if there is none.
  func runColumn(of table: String) -> String? {
    let names =
      runsTable == "suite_runs" ? ["suite_run_id", "test_run_id"] : ["test_run_id", "suite_run_id"]
    return names.first { has(table, $0) }
  }

  /// `alias.column` as text cut to `limit` characters, or a NULL if there is no such column.
  func text(_ table: String, _ alias: String, _ column: String, limit: Int = 500) -> String {
    has(table, column) ? "left(\(alias).\(column)::text, \(limit))" : "NULL::text"
  }

  /// `alias.column` as a number, or a NULL if it is none.
  func number(_ table: String, _ alias: String, _ column: String) -> String {
    let numeric = ["int2", "int4", "int8", "float4", "float8", "numeric"]
    guard let type = columns[table]?[column], numeric.contains(type) else { return "NULL::float8" }
    return "\(alias).\(column)::float8"
  }

  /// `alias.column` as a point of time, or a NULL if it is none.
  func time(_ table: String, _ alias: String, _ column: String) -> String {
    guard let type = columns[table]?[column], type.hasPrefix("timestamp") else {
      return "NULL::timestamptz"
    }
    return "\(alias).\(column)::timestamptz"
  }

  /// `alias.column` as a uuid's text, or a NULL.
  func id(_ table: String, _ alias: String, _ column: String) -> String {
    has(table, column) ? "\(alias).\(column)::text" : "NULL::text"
  }

  /// The first recorded error of a validation result; a list of anything else, or no list, gives NULL.
  func firstError(_ alias: String) -> String {
    hasHoundifyResult ? "left(\(alias).houndify_result->'errors'->>0, 500)" : "NULL::text"
  }

  /// Whether results hold the provider's own report as JSON.
  var hasHoundifyResult: Bool {
    ["json", "jsonb"].contains(columns["validation_results"]?["houndify_result"] ?? "")
  }

  /// The condition that a result was failed automatically; it never holds without the column.
  func isAutoFail(_ alias: String) -> String {
    has("validation_results", "review_status") ? "\(alias).review_status = 'auto_fail'" : "false"
  }

  /// Every measure of confidence that the columns allow, in the order of preference.
  var measures: [ConfidenceMeasure] {
    var found: [ConfidenceMeasure] = []
    let results = "validation_results"
    guard has(results, "id", "created_at") else { return [] }
    if number(results, "v", "confidence_score") != "NULL::float8" {
      found.append(
        ConfidenceMeasure(
          name: "validation_results.confidence_score",
          score: "v.confidence_score::float8",
          join: ""
        )
      )
    }
    if hasHoundifyResult {
      let type = columns[results]?["houndify_result"] ?? "jsonb"
      let value = "v.houndify_result->'validation_score'"
      let text = "v.houndify_result->>'validation_score'"
      // A cast of a text that is no number, or of a number beyond float8, would end the whole query.
      let score = """
        CASE WHEN \(type)_typeof(\(value)) IN ('number', 'string') \
        AND \(text) ~ '^-?[0-9]{1,6}([.][0-9]{1,30})?([eE]-?[0-9]{1,2})?$' \
        THEN (\(text))::float8 END
        """
      found.append(
        ConfidenceMeasure(
          name: "validation_results.houndify_result->>'validation_score'",
          score: score,
          join: ""
        )
      )
    }
    if has("validation_queue", "validation_result_id"),
      number("validation_queue", "q", "confidence_score") != "NULL::float8"
    {
      found.append(
        ConfidenceMeasure(
          name: "validation_queue.confidence_score / 100",
          score: "q.confidence_score::float8 / 100",
          join: """
            LEFT JOIN LATERAL (SELECT confidence_score FROM validation_queue
              WHERE validation_result_id = v.id LIMIT 1) q ON true
            """
        )
      )
    }
    return found
  }
}

/// One way of reading the confidence of a result, as SQL over the aliases `v` and `q`.
struct ConfidenceMeasure: Sendable, Equatable {
  /// What people call it.
  var name: String
  /// The expression: a float8, nominally 0-1.
  var score: String
  /// What must be joined for it; may be empty.
  var join: String
}
