internal import Facts

/// Which item of ``RunsQueries`` a failed task belongs to, as parts of its statement.
///
/// A task whose arguments name a run or an execution is of that; one that names several is nobody's. One that names none, since Celery keeps no arguments unless
/// told to, is of what ended just before it: the task goes on for a moment after it has written its rows. Where several
/// runs did, it is nobody's.
enum FailedTasks {
  /// So many of the newest are looked for.
  static let most = 500
  /// So long a task may go on after it has written that its execution has ended, and so far its clock may be behind.
  private static let before = "5 s"
  private static let after = "1 s"

  /// The tasks as JSON: `[{"id": …, "at": …, "named": […]}]`, each by its place, since an id may be any text.
  static func parameter(_ tasks: [TaskFailure]) -> String {
    JSONBody.array(
      tasks.prefix(most).enumerated().map { place, task in
        .object([
          .init("id", .integer(place)),
          .init("at", task.endedAt.map { .string(Format.timestampWithMilliseconds($0)) } ?? .null),
          .init("named", .array(task.named.map { .string($0) })),
        ])
      }
    ).text
  }

  /// `k`, which tells of each item its tasks, parted by commas, and whether all of them name it.
  ///
  /// It reads `e` and `items`.
  static let belonging = """
    t AS MATERIALIZED (
      SELECT t.id, t.at, t.named FROM pg_catalog.json_to_recordset($6::pg_catalog.json)
        AS t(id pg_catalog.int4, at pg_catalog.timestamptz, named pg_catalog.text[])),
    i AS MATERIALIZED (
      SELECT id::pg_catalog.text AS item, id::pg_catalog.text AS name FROM items
      UNION SELECT run_id::pg_catalog.text, id::pg_catalog.text FROM e WHERE run_id IS NOT NULL),
    n AS MATERIALIZED (
      SELECT u.id, CASE WHEN pg_catalog.count(DISTINCT i.item) = 1 THEN pg_catalog.min(i.item) END AS item
      FROM (SELECT t.id, pg_catalog.unnest(t.named) AS name FROM t) u JOIN i ON i.name = u.name GROUP BY u.id),
    w AS MATERIALIZED (
      SELECT e.id, e.run_id, e.script_id, e.completed_at FROM e
      WHERE e.completed_at >= (SELECT pg_catalog.min(at) FROM t) - interval '\(before)'
        AND e.completed_at <= (SELECT pg_catalog.max(at) FROM t) + interval '\(after)'),
    m AS MATERIALIZED (
      SELECT t.id, t.at, n.item AS named,
        CASE WHEN n.item IS NULL THEN (
          SELECT CASE WHEN pg_catalog.count(DISTINCT COALESCE(w.run_id, w.id)) = 1
            THEN pg_catalog.min(COALESCE(w.run_id, w.id)::pg_catalog.text) END FROM w
          WHERE w.completed_at BETWEEN t.at - interval '\(before)' AND t.at + interval '\(after)'
            AND (pg_catalog.cardinality(t.named) = 0 OR w.script_id::pg_catalog.text = ANY(t.named))) END AS near
      FROM t LEFT JOIN n ON n.id = t.id),
    k AS MATERIALIZED (
      SELECT COALESCE(named, near) AS item, pg_catalog.string_agg(id::pg_catalog.text, ',' ORDER BY at DESC) AS tasks,
        pg_catalog.bool_and(named IS NOT NULL) AS is_named
      FROM m WHERE COALESCE(named, near) IS NOT NULL GROUP BY 1)
    """

  /// `k` where no task failed.
  static let none = """
    k AS (SELECT \(SQLNull.text) AS item, \(SQLNull.text) AS tasks, NULL::pg_catalog.bool AS is_named WHERE false)
    """
}
