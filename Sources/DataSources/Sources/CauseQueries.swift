internal import Facts

/// The statements about what runs failed for: by their exact texts, by whom of, and of the day before.
extension RunsQueries {
  /// So many values of a label are told of a text, and so many of all tests.
  private static let labelLimit = 12
  private static let testedLimit = 500

  /// Executions in a window of creation that failed, and results in it that were failed automatically.
  private func failures(
    _ time: (_ table: String, _ alias: String) -> String,
    onlyFailed: Bool = true
  ) -> String {
    let result = "validation_results"
    let reason = schema.has(result, "id") ? schema.firstError("v") : SQLNull.text
    let language = schema.text(result, "v", "language_code", limit: 50)
    let further = ", \(reason) AS reason, \(schema.has(result, "id") ? language : SQLNull.text) AS language"
    return """
      e AS MATERIALIZED (\(schema.executions { time($0, "e") })),
      f AS MATERIALIZED (
        SELECT COALESCE(r.run_id, e.run_id, r.execution_id)::pg_catalog.text AS item, r.reason, r.created_at,
          r.language, e.script_id
        FROM (\(results(further, where: time(result, "v"), onlyFailed: onlyFailed))) r LEFT JOIN e ON e.id = r.execution_id
        UNION ALL
        SELECT COALESCE(e.run_id, e.id)::pg_catalog.text, e.error, e.created_at, NULL, e.script_id FROM e
        WHERE e.status = ANY($2::pg_catalog.text[]))
      """
  }

  /// The labels of `f`, each with a value: `label`, `value` and the columns of `f`.
  private var labels: String {
    let scenario =
      schema.has("scenario_scripts", "id", "name")
      ? """
      UNION ALL SELECT 'scenario', \(schema.text("scenario_scripts", "s", "name", limit: 200)), f.reason
      FROM f JOIN \(schema.table("scenario_scripts")) s ON s.id = f.script_id
      """ : ""
    return """
      SELECT 'language'::pg_catalog.text AS label, f.language::pg_catalog.text AS value, f.reason FROM f
      WHERE f.language IS NOT NULL \(scenario)
      """
  }

  /// Every failure of the window by its exact text.
  var reasons: PostgresQuery {
    let counts = (1...Self.parts).map { "pg_catalog.count(*) FILTER (WHERE part = \($0))" }
      .joined(separator: ", ")
    let seconds = max(1, window.seconds)
    return PostgresQuery(
      """
      WITH \(failures(isRecent)),
      g AS (SELECT f.*, pg_catalog.width_bucket(
        EXTRACT(epoch FROM created_at - (pg_catalog.now() - $1::interval))::pg_catalog.float8,
        0, \(seconds), \(Self.parts)) AS part FROM f),
      b AS MATERIALIZED (
        SELECT reason, COALESCE('+' || reason, '') AS key, pg_catalog.count(*) AS n,
          pg_catalog.min(created_at) AS first, pg_catalog.max(created_at) AS last,
          pg_catalog.array_to_string((pg_catalog.array_agg(DISTINCT item))[1:\(FailureReason.mostIDs)], ',') AS items,
          pg_catalog.concat_ws(',', \(counts)) AS parts,
          (pg_catalog.sum(pg_catalog.count(*)) OVER ())::pg_catalog.int8 AS total
        FROM g GROUP BY reason ORDER BY n DESC, reason LIMIT \(Self.reasonLimit)),
      l AS (SELECT key, label, value, pg_catalog.count(*) AS n,
          (pg_catalog.sum(pg_catalog.count(*)) OVER (PARTITION BY key, label))::pg_catalog.int8 AS labelled,
          pg_catalog.row_number() OVER (PARTITION BY key, label ORDER BY pg_catalog.count(*) DESC, value) AS place
        FROM (\(labels)) x JOIN b ON b.key = COALESCE('+' || x.reason, '')
        WHERE value IS NOT NULL GROUP BY key, label, value),
      j AS (SELECT key, pg_catalog.json_agg(
          pg_catalog.json_build_array(label, value, l.n, labelled) ORDER BY label, l.n DESC, value)::pg_catalog.text
          AS labels FROM l WHERE place <= \(Self.labelLimit) GROUP BY key)
      SELECT b.reason, b.n, b.first, b.last, b.items, b.parts, j.labels, b.total
      FROM b LEFT JOIN j ON j.key = b.key ORDER BY b.n DESC, b.reason
      """,
      ["\(window.milliseconds) ms", Self.list(Status.failed)]
    )
  }

  /// How many tests there were of each language and scenario, failed or not: `label`, `value`, `n`, `labelled`.
  var tested: PostgresQuery {
    PostgresQuery(
      """
      WITH \(failures(isRecent, onlyFailed: false))
      SELECT label, value, pg_catalog.count(*) AS n,
        (pg_catalog.sum(pg_catalog.count(*)) OVER (PARTITION BY label))::pg_catalog.int8 AS labelled
      FROM (\(labels)) x WHERE value IS NOT NULL GROUP BY label, value ORDER BY n DESC, label, value
      LIMIT \(Self.testedLimit)
      """,
      ["\(window.milliseconds) ms", Self.list(Status.failed)]
    )
  }

  /// How many executions there were in the window before this one, then its texts, the most frequent first, and one more than are
  /// read.
  var former: PostgresQuery {
    PostgresQuery(
      """
      WITH \(failures { _, alias in
        """
        (\(alias).created_at >= pg_catalog.now() - 2 * $1::interval
          AND \(alias).created_at < pg_catalog.now() - $1::interval)
        """
      })
      SELECT NULL::pg_catalog.text AS reason, (SELECT pg_catalog.count(*) FROM e) AS n
      UNION ALL SELECT * FROM (
        SELECT reason, pg_catalog.count(*) AS n FROM f WHERE reason IS NOT NULL GROUP BY reason ORDER BY n DESC, reason
        LIMIT \(Self.reasonLimit + 1)) x
      """,
      ["\(window.milliseconds) ms", Self.list(Status.failed)]
    )
  }
}
