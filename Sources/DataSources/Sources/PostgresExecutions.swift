/// The executions of both generations under the same names.
extension PostgresSchema {
  /// The tables of executions: the multi-turn ones, and those of single utterances, which alone tell of an older
  /// framework's runs.
  static let executionTables = ["multi_turn_executions", "voice_test_executions"]

  /// A query of all executions that meet a condition over the alias `e`: `id`, `run_id`, `script_id`, `status` in
  /// lower case, `raw_status`, `created_at`, `updated_at`, `started_at`, `completed_at`, `error`.
  func executions(errorLimit: Int = 500, where condition: (_ table: String) -> String) -> String {
    let found = Self.executionTables.filter { columns[$0] != nil && defect($0) == nil }
    guard !found.isEmpty else {
      return """
        SELECT \(SQLNull.id) AS id, \(SQLNull.id) AS run_id, \(SQLNull.id) AS script_id, \(SQLNull.text) AS status,
          \(SQLNull.text) AS raw_status, \(SQLNull.time) AS created_at, \(SQLNull.time) AS updated_at,
          \(SQLNull.time) AS started_at, \(SQLNull.time) AS completed_at, \(SQLNull.text) AS error WHERE false
        """
    }
    return found.map { name in
      """
      SELECT e.id, \(runColumn(of: name).map { "e.\($0)" } ?? SQLNull.id) AS run_id,
        \(has(name, "script_id") ? "e.script_id" : SQLNull.id) AS script_id,
        pg_catalog.lower(e.status::pg_catalog.text) AS status,
        \(text(name, "e", "status", limit: 100)) AS raw_status, e.created_at::pg_catalog.timestamptz AS created_at,
        COALESCE(\(time(name, "e", "updated_at")), e.created_at) AS updated_at,
        \(time(name, "e", "started_at")) AS started_at, \(time(name, "e", "completed_at")) AS completed_at,
        \(text(name, "e", "error_message", limit: errorLimit)) AS error
      FROM \(table(name)) e WHERE \(condition(name))
      """
    }.joined(separator: "\nUNION ALL\n")
  }

  /// When a row of a table changed last; what doesn't tell of a change is as old as its creation.
  func changed(_ table: String, _ alias: String) -> String {
    """
    GREATEST(\(alias).created_at, \(time(table, alias, "updated_at")), \(time(table, alias, "completed_at")))
    """
  }
}
