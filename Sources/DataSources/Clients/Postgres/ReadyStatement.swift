public import Facts

/// A statement that is ready to be picked: the runbook's, for both generations of the schema, and what is asked beside
/// them most.
public struct ReadyStatement: Sendable, Hashable {
  /// What it asks, in words.
  public var title: SafeText
  /// The statement.
  public var sql: String
  /// The table of runs that it is for; nil: any schema.
  public var table: String?

  /// All, in the order in which they are offered.
  public static let all = [
    ReadyStatement(
      title: "failed runs, as in the runbook",
      sql:
        "SELECT id, name, status, created_at FROM test_runs WHERE status = 'failed' ORDER BY created_at DESC LIMIT 10",
      table: "test_runs"
    ),
    ReadyStatement(
      title: "low confidence, as in the runbook",
      sql: "SELECT * FROM validation_results WHERE confidence_score < 0.5 ORDER BY created_at DESC LIMIT 20",
      table: "test_runs"
    ),
    ReadyStatement(
      title: "failed runs, in today's tables",
      sql:
        "SELECT id, name, status, created_at FROM suite_runs WHERE status = 'failed' ORDER BY created_at DESC LIMIT 10",
      table: "suite_runs"
    ),
    ReadyStatement(
      title: "low confidence, in today's tables",
      sql: """
        SELECT id, (houndify_result->>'validation_score')::float AS score, created_at FROM validation_results \
        WHERE (houndify_result->>'validation_score')::float < 0.5 ORDER BY created_at DESC LIMIT 20
        """,
      table: "suite_runs"
    ),
    ReadyStatement(
      title: "executions by status",
      sql:
        "SELECT status, count(*), max(created_at) AS newest FROM multi_turn_executions GROUP BY 1 ORDER BY 2 DESC",
      table: "suite_runs"
    ),
    ReadyStatement(
      title: "tables and columns",
      sql: """
        SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns \
        WHERE table_schema = 'public' ORDER BY table_name, ordinal_position
        """
    ),
  ]
}
