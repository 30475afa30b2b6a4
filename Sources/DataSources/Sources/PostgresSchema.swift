/// Which of the stack's tables and columns a database has, and what follows for the statements.
///
/// Two generations are in the field: `test_runs` with `validation_results.confidence_score`, and
/// `suite_runs` without it. Every statement is put together from what is really there, with the schema
/// written before each table.
///
/// A table is only read where that runs nobody's code: a view calls its author's functions with the rights
/// of who reads it, and so do an index over an expression and a cast of a type of one's own. A superuser
/// therefore reads what superusers and the owner of the database made, and anybody reads views of those alone.
public struct PostgresSchema: Sendable, Equatable {
  /// The tables that are looked for, old names first.
  static let tables = [
    "test_runs", "suite_runs", "multi_turn_executions", "step_executions", "validation_results",
    "validation_queue", "scenario_scripts", "voice_test_executions", "human_validations",
    "expected_outcomes", "defects",
  ]

  /// Asks for the columns of the tables in every schema; the search path that the session would have is told too.
  static let query = PostgresQuery(
    """
    WITH me AS (
      SELECT pg_catalog.bool_or(rolsuper) AS is_super FROM pg_catalog.pg_roles
      WHERE rolname IN (current_user, session_user)),
    trusted AS (
      SELECT oid FROM pg_catalog.pg_roles WHERE rolsuper OR rolname = current_user
      UNION SELECT datdba FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    SELECT n.nspname::pg_catalog.text, c.relname::pg_catalog.text, a.attname::pg_catalog.text,
      CASE WHEN m.nspname = 'pg_catalog' THEN y.typname::pg_catalog.text
        WHEN NOT me.is_super OR y.typowner IN (SELECT oid FROM trusted) THEN 'other' END,
      CASE WHEN c.relowner IN (SELECT oid FROM trusted) THEN NULL
        WHEN c.relkind NOT IN ('r', 'p') THEN 'a view of ' || pg_catalog.pg_get_userbyid(c.relowner)
        WHEN me.is_super THEN 'owned by ' || pg_catalog.pg_get_userbyid(c.relowner)
          || ', not read as a superuser' END,
      (SELECT reset_val FROM pg_catalog.pg_settings WHERE name = 'search_path'), current_user::pg_catalog.text,
      pg_catalog.row_security_active(c.oid)
    FROM me CROSS JOIN pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
    JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
    JOIN pg_catalog.pg_namespace m ON m.oid = y.typnamespace
    WHERE c.relname = ANY($1::pg_catalog.text[]) AND c.relkind IN ('r', 'p', 'v', 'm')
      AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
      AND a.attnum > 0 AND NOT a.attisdropped
    """,
    ["{\(tables.joined(separator: ","))}"]
  )

  /// The schema that the tables are in; nil if there is none of them.
  private(set) var name: String?
  /// The types of the columns by table and column.
  private(set) var columns: [String: [String: String]] = [:]
  /// Why a table that is there is not read.
  private(set) var refused: [String: String] = [:]

  /// The tables of which a policy may hide rows from us.
  private(set) var restricted: [String] = []

  /// Reads the answer to ``query``.
  ///
  /// All tables are of one schema: the first of the search path that has executions or runs, else the first
  /// such one outside it.
  init(_ rows: [[PostgresValue]]) {
    let rows = rows.filter { $0.count == 8 }
    let path = Self.path(rows.first?[5].text ?? "", user: rows.first?[6].text ?? "") + ["public"]
    func rank(_ schema: String) -> Int { path.firstIndex(of: schema) ?? path.count }
    let anchors = Set(Self.tables.prefix(3))
    func isAnchored(_ schema: String) -> Bool {
      rows.contains { $0[0].text == schema && anchors.contains($0[1].text ?? "") && $0[4].text == nil }
    }
    name = Set(rows.compactMap(\.[0].text)).min { left, right in
      let (isLeft, isRight) = (isAnchored(left), isAnchored(right))
      if isLeft != isRight { return isLeft }
      return (rank(left), left) < (rank(right), right)
    }
    for row in rows where row[0].text == name {
      guard let table = row[1].text, let column = row[2].text else { continue }
      if let reason = row[4].text {
        refused[table] = reason
        continue
      }
      if row[7].flag != false, !restricted.contains(table) { restricted.append(table) }
      if let type = row[3].text {
        columns[table, default: [:]][column] = type
      }
    }
  }

  /// The schemas of a search path as it is set: `"$user", public`.
  static func path(_ setting: String, user: String) -> [String] {
    var names: [String] = []
    var name = ""
    var isQuoted = false
    var wasQuoted = false
    func end() {
      if name == "$user" { name = user }
      if !name.isEmpty { names.append(name) }
      name = ""
      wasQuoted = false
    }
    var characters = setting.makeIterator()
    var next = characters.next()
    while let character = next {
      next = characters.next()
      switch character {
      case "\"" where isQuoted && next == "\"":
        name.append(character)
        next = characters.next()
      case "\"":
        isQuoted.toggle()
        wasQuoted = true
      case "," where !isQuoted: end()
      case " " where !isQuoted: break
      default: name += isQuoted || wasQuoted ? String(character) : character.lowercased()
      }
    }
    end()
    return names
  }

  /// The table with its schema, quoted; for a table that ``has(_:_:)`` columns.
  public func table(_ table: String) -> String {
    func quoted(_ name: String) -> String { "\"\(name.replacing("\"", with: "\"\""))\"" }
    return "\(quoted(name ?? "public")).\(quoted(table))"
  }

  /// Whether the table has all the columns.
  func has(_ table: String, _ names: String...) -> Bool {
    guard let known = columns[table] else { return false }
    return names.allSatisfy { known[$0] != nil }
  }

  /// The columns without which a table can't be read, and the types that they may have; nil for any.
  ///
  /// `other` are types of the stack's own, such as a list of the words that a status may be.
  private static let needs: [String: [(column: String, types: [String]?)]] = {
    let words = ["text", "varchar", "bpchar", "name", "other"]
    let times = ["timestamptz", "timestamp"]
    let runs: [(String, [String]?)] = [("id", nil), ("status", words), ("created_at", times)]
    return [
      "suite_runs": runs, "test_runs": runs, "multi_turn_executions": runs,
      "voice_test_executions": runs,
      "validation_results": [("id", nil), ("created_at", times)],
    ]
  }()

  /// What keeps a table that is there from being read: `suite_runs has no created_at`; nil if nothing does, or
  /// if there is no such table.
  ///
  /// Without it such a table would count as one without rows.
  func defect(_ table: String) -> String? {
    if let reason = refused[table] { return "\(table): \(reason)" }
    guard let known = columns[table] else { return nil }
    for (column, types) in Self.needs[table] ?? [] {
      guard let type = known[column] else { return "\(table) has no \(column)" }
      if let types, !types.contains(type) { return "\(table).\(column) is \(type)" }
    }
    return nil
  }

  /// The table of runs: the old name first, the new one second; of both, the one the others refer to.
  var runsTable: String? {
    let found = ["test_runs", "suite_runs"].filter { columns[$0] != nil && defect($0) == nil }
    guard found.count == 2 else { return found.first }
    let children = Self.executionTables + ["validation_results"]
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
    has(table, column) ? "pg_catalog.left(\(alias).\(column)::pg_catalog.text, \(limit))" : SQLNull.text
  }

  /// `alias.column` as a number, or a NULL if it is none.
  func number(_ table: String, _ alias: String, _ column: String) -> String {
    let numeric = ["int2", "int4", "int8", "float4", "float8", "numeric"]
    guard let type = columns[table]?[column], numeric.contains(type) else { return SQLNull.number }
    return "\(alias).\(column)::pg_catalog.float8"
  }

  /// `alias.column` as a point of time, or a NULL if it is none.
  func time(_ table: String, _ alias: String, _ column: String) -> String {
    guard let type = columns[table]?[column], type.hasPrefix("timestamp") else {
      return SQLNull.time
    }
    return "\(alias).\(column)::pg_catalog.timestamptz"
  }

  /// `alias.column` as a uuid's text, or a NULL.
  func id(_ table: String, _ alias: String, _ column: String) -> String {
    has(table, column) ? "\(alias).\(column)::pg_catalog.text" : SQLNull.text
  }

  /// The first recorded error of a validation result; a list of anything else, or no list, gives NULL.
  func firstError(_ alias: String) -> String {
    hasHoundifyResult ? "pg_catalog.left(\(alias).houndify_result->'errors'->>0, 500)" : SQLNull.text
  }

  /// Whether results hold the provider's own report as JSON.
  var hasHoundifyResult: Bool {
    ["json", "jsonb"].contains(columns["validation_results"]?["houndify_result"] ?? "")
  }

  /// The condition that a result was failed automatically; it never holds without the column.
  func isAutoFail(_ alias: String) -> String {
    has("validation_results", "review_status")
      ? "\(alias).review_status::pg_catalog.text = 'auto_fail'" : "false"
  }

  /// Every measure of confidence that the columns allow, in the order of preference.
  var measures: [ConfidenceMeasure] {
    var found: [ConfidenceMeasure] = []
    let results = "validation_results"
    guard has(results, "id", "created_at") else { return [] }
    if number(results, "v", "confidence_score") != SQLNull.number {
      found.append(
        ConfidenceMeasure(
          name: "validation_results.confidence_score",
          score: "v.confidence_score::pg_catalog.float8",
          join: ""
        )
      )
    }
    if hasHoundifyResult {
      let type = columns[results]?["houndify_result"] ?? "jsonb"
      let value = "v.houndify_result->'validation_score'"
      // A cast of a text that is no number, or of a number beyond float8, would end the whole query.
      // The report is taken apart once: it may be long, and each look at it unpacks all of it.
      let score = """
        (SELECT CASE WHEN pg_catalog.\(type)_typeof(t.x) IN ('number', 'string') \
        AND t.x #>> '{}' ~ '^-?[0-9]{1,6}([.][0-9]{1,30})?([eE]-?[0-9]{1,2})?$' \
        THEN (t.x #>> '{}')::pg_catalog.float8 END FROM (SELECT \(value) OFFSET 0) AS t(x))
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
      number("validation_queue", "q", "confidence_score") != SQLNull.number
    {
      found.append(
        ConfidenceMeasure(
          name: "validation_queue.confidence_score / 100",
          score: "q.confidence_score::pg_catalog.float8 / 100",
          join: """
            LEFT JOIN LATERAL (SELECT confidence_score FROM \(self.table("validation_queue"))
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

/// An absent value of each type that columns are read as.
enum SQLNull {
  static let text = "NULL::pg_catalog.text"
  static let number = "NULL::pg_catalog.float8"
  static let time = "NULL::pg_catalog.timestamptz"
  static let id = "NULL::pg_catalog.uuid"
}
