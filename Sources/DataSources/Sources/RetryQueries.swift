/// What a repetition of a run asks of the database.
extension PostgresSchema {
  /// What the run of an id says of itself: `status`; no row if there is none.
  public func status(of id: String) -> PostgresQuery? {
    guard has("suite_runs", "id") else { return nil }
    return PostgresQuery(
      """
      SELECT \(text("suite_runs", "r", "status", limit: 100)) AS status
      FROM \(table("suite_runs")) r WHERE r.id::pg_catalog.text = $1
      """,
      [id]
    )
  }

  /// The runs that repeat the run of an id, newest first, a hundred at the most: `id`, `status`.
  ///
  /// Nil where nothing tells which run is repeated: an older framework's runs, which have no such route either.
  public func retries(of id: String) -> PostgresQuery? {
    guard has("suite_runs", "id", "created_at", "trigger_metadata") else { return nil }
    return PostgresQuery(
      """
      SELECT r.id::pg_catalog.text AS id, \(text("suite_runs", "r", "status", limit: 100)) AS status
      FROM \(table("suite_runs")) r
      WHERE r.trigger_metadata::pg_catalog.json->>'original_suite_run_id' = $1
      ORDER BY r.created_at DESC LIMIT 100
      """,
      [id]
    )
  }
}
