internal import Facts

extension PostgresStore {
  nonisolated static let tables = DatastoreSection(
    "tables",
    of: PostgresSettings.type,
    "Postgres",
    title: "tables",
    every: .seconds(30),
    columns: [
      .init("table", least: 12, priority: 0, isFlexible: true), .init("total", isFigure: true, priority: 0),
      .init("table itself", isFigure: true, priority: 4), .init("indexes", isFigure: true, priority: 3),
      .init("rows ≈", isFigure: true, priority: 1), .init("dead ≈", isFigure: true, priority: 2),
      .init("vacuumed", isFigure: true, priority: 5),
    ]
  )

  nonisolated static let replication = DatastoreSection(
    "replication",
    of: PostgresSettings.type,
    "Postgres",
    title: "replication",
    columns: [
      .init("what", least: 8, priority: 0), .init("name", least: 8, priority: 0, isFlexible: true),
      .init("state", least: 6, priority: 1), .init("sync", least: 4, priority: 3),
      .init("behind", isFigure: true, priority: 1), .init("lag", isFigure: true, priority: 2),
    ]
  )

  func readTables() async throws(SourceFailure) -> DatastoreTable {
    // `reltuples` is -1 before the first ANALYZE (0 before PostgreSQL 14): that is unknown, not empty. Counters of rows
    // that are 0 where there are rows were reset, as after a crash.
    let answer = try await ask(
      """
      SELECT n.nspname::text AS schema, c.relname::text AS name, s.total, s.own, s.indexes,
        CASE WHEN c.reltuples < 0 OR c.reltuples = 0 AND t.last_analyze IS NULL AND t.last_autoanalyze IS NULL
          AND t.last_vacuum IS NULL AND t.last_autovacuum IS NULL THEN NULL ELSE c.reltuples::int8 END AS live,
        CASE WHEN t.n_live_tup > 0 OR t.n_dead_tup > 0 OR c.reltuples = 0 THEN t.n_dead_tup END AS dead,
        \(Self.seconds("GREATEST(t.last_vacuum, t.last_autovacuum)")) AS vacuumed,
        pg_catalog.pg_database_size(pg_catalog.current_database())::float8 AS database
      FROM (
        SELECT c.oid, pg_catalog.pg_total_relation_size(c.oid)::float8 AS total,
          pg_catalog.pg_table_size(c.oid)::float8 AS own, pg_catalog.pg_indexes_size(c.oid)::float8 AS indexes
        FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
      ) s
      JOIN pg_catalog.pg_class c ON c.oid = s.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_catalog.pg_stat_all_tables t ON t.relid = c.oid
      ORDER BY s.total DESC NULLS LAST, 1, 2 LIMIT 101
      """
    )
    let records = answer.records
    var table = DatastoreTable(
      records.prefix(100).map { record in
        let name = [record["schema"].text, record["name"].text].compactMap { $0 }
        return DatastoreRow(
          id: name.joined(separator: "."),
          [
            .text(SafeText((name.first == "public" ? Array(name.dropFirst()) : name).joined(separator: "."))),
            .bytes(told: record["total"].number), .bytes(told: record["own"].number),
            .bytes(told: record["indexes"].number), .count(record["live"].integer, else: "never analyzed"),
            .count(record["dead"].integer),
            .seconds(record["vacuumed"].number, else: .text("never")),
          ]
        )
      }
    )
    table.figures = [DatastoreFigure("database", .bytes(told: records.first?["database"].number))]
    table.notes = Self.notes(answer)
    if records.count > 100 { table.notes.append("the 100 largest of more") }
    table.empty = "no table"
    return table
  }

  func readReplication() async throws(SourceFailure) -> DatastoreTable {
    let server = try await ask(
      """
      SELECT pg_catalog.pg_is_in_recovery() AS standby,
        CASE WHEN pg_catalog.pg_is_in_recovery()
          THEN \(Self.seconds("pg_catalog.pg_last_xact_replay_timestamp()")) END AS replayed,
        CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_wal_lsn_diff(
          pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())::float8 END AS unplayed,
        r.status AS receiver, r.sender_host AS sender
      FROM (SELECT 1) one LEFT JOIN pg_catalog.pg_stat_wal_receiver r ON true
      """
    )
    let senders = try await ask(
      """
      SELECT a.pid, a.application_name AS application, pg_catalog.host(a.client_addr) AS client, a.state, a.sync_state,
        pg_catalog.pg_wal_lsn_diff(\(Self.position), a.replay_lsn)::float8 AS behind,
        extract(epoch FROM a.replay_lag)::float8 AS lag
      FROM pg_catalog.pg_stat_replication a ORDER BY 2, 1
      """
    )
    let slots = try await ask(
      """
      SELECT s.slot_name::text AS name, s.slot_type AS type, s.active,
        pg_catalog.to_jsonb(s) ->> 'wal_status' AS wal,
        pg_catalog.pg_wal_lsn_diff(\(Self.position), s.restart_lsn)::float8 AS kept
      FROM pg_catalog.pg_replication_slots s ORDER BY 1
      """
    )
    return Self.replication(server, senders, slots)
  }

  private nonisolated static let position = """
    CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_receive_lsn()
      ELSE pg_catalog.pg_current_wal_lsn() END
    """

  /// What the three answers come to.
  nonisolated static func replication(
    _ server: PostgresTable,
    _ senders: PostgresTable,
    _ slots: PostgresTable
  ) -> DatastoreTable {
    var table = DatastoreTable()
    table.notes = notes(senders) + notes(slots)
    let record = server.records.first
    let isStandby = record?["standby"].flag
    table.figures = [
      DatastoreFigure(
        "role",
        isStandby.map { .text($0 ? "standby" : "primary") } ?? .unknown("not told"),
        state: isStandby == nil ? .nodata : .ok
      )
    ]
    if isStandby == true, let record {
      let state = record["receiver"].text
      var row = DatastoreRow(
        id: "receiver",
        [
          .text("from"), .text(told: record["sender"].text, else: "nobody, or not for this role"),
          .text(told: state, else: "no receiver, or not for this role"), .none,
          .bytes(told: record["unplayed"].number), .seconds(record["replayed"].number),
        ]
      )
      if state != "streaming" { (row.state, row.word) = (.warn, "nothing streams from its primary") }
      table.rows.append(row)
    }
    table.rows += senders.records.map { record in
      let state = record["state"].text
      let name = [record["application"].text ?? "", record["client"].text ?? ""].filter { !$0.isEmpty }
      var row = DatastoreRow(
        id: "sender \(record["pid"].integer ?? 0)",
        [
          .text("standby"), .text(SafeText(name.joined(separator: " "))),
          .text(told: state, else: PostgresBackendRow.hidden),
          .text(told: record["sync_state"].text, else: PostgresBackendRow.hidden),
          .bytes(told: record["behind"].number, else: PostgresBackendRow.hidden),
          // A standby that has caught up tells no lag any more.
          .seconds(record["lag"].number, else: state == nil ? .unknown(PostgresBackendRow.hidden) : .none),
        ]
      )
      if let state, state != "streaming" { (row.state, row.word) = (.warn, SafeText(state)) }
      return row
    }
    table.rows += slots.records.map { record in
      let isActive = record["active"].flag
      var row = DatastoreRow(
        id: "slot \(record["name"].text ?? "")",
        [
          .text(SafeText("slot \(record["type"].text ?? "")")), .text(told: record["name"].text),
          isActive.map { .text($0 ? "in use" : "not in use") } ?? .unknown("not told"),
          record["wal"].text.map { .text(SafeText("wal \($0)")) } ?? .none,
          .bytes(told: record["kept"].number, else: "keeps nothing yet"), .none,
        ]
      )
      if isActive == false {
        (row.state, row.word) = (.warn, "nobody reads it: it keeps WAL until the disk is full")
      }
      if record["wal"].text == "lost" { (row.state, row.word) = (.crit, "what it needs is lost") }
      return row
    }
    table.empty =
      isStandby == nil
      ? "its role is not told" : isStandby == true ? "no receiver" : "a primary without a standby or a slot"
    return table
  }
}
