internal import Facts

extension PostgresStore {
  nonisolated static let activity = DatastoreSection(
    "activity",
    of: PostgresSettings.type,
    "Postgres",
    title: "activity",
    columns: [
      .init("pid", isFigure: true, priority: 0), .init("user", least: 6, priority: 5),
      .init("client", least: 8, priority: 6), .init("state", least: 8, priority: 1),
      .init("tx", isFigure: true, priority: 2), .init("query", isFigure: true, priority: 3),
      .init("wait", least: 6, priority: 4), .init("statement", least: 16, priority: 1, isFlexible: true),
    ]
  )

  nonisolated static let transactions = DatastoreSection(
    "transactions",
    of: PostgresSettings.type,
    "Postgres",
    title: "transactions",
    columns: [
      .init("pid", isFigure: true, priority: 0), .init("tx", isFigure: true, priority: 0),
      .init("state", least: 8, priority: 1), .init("user", least: 6, priority: 4),
      .init("client", least: 8, priority: 5), .init("holds xmin", isFigure: true, priority: 3),
      .init("statement", least: 16, priority: 1, isFlexible: true),
    ]
  )

  nonisolated static let connections = DatastoreSection(
    "connections",
    of: PostgresSettings.type,
    "Postgres",
    title: "connections",
    columns: [
      .init("client", least: 10, priority: 0, isFlexible: true), .init("user", least: 6, priority: 2),
      .init("database", least: 8, priority: 4), .init("connections", isFigure: true, priority: 0),
      .init("active", isFigure: true, priority: 1), .init("idle", isFigure: true, priority: 3),
      .init("in tx", isFigure: true, priority: 1), .init("unseen", isFigure: true, priority: 5),
    ]
  )

  func readActivity() async throws(SourceFailure) -> DatastoreTable {
    let answer = try await ask(
      """
      SELECT \(Self.backendColumns) FROM pg_catalog.pg_stat_activity a \(Self.waiters)
      WHERE \(Self.isOfClient) AND a.pid <> pg_catalog.pg_backend_pid()
      ORDER BY a.state = 'active' DESC NULLS LAST, a.xact_start NULLS LAST, a.state_change DESC
      """
    )
    let backends = answer.records.compactMap { PostgresBackendRow($0) }
    var table = DatastoreTable(
      backends.map { backend in
        backend.row([
          .process(backend.pid), backend.user, backend.clientWord, backend.stateWord, backend.transaction,
          backend.queryAge, backend.wait, backend.query,
        ])
      }
    )
    let blocked = backends.count { !$0.blockers.isEmpty }
    let unseen = backends.count { !$0.isSeen }
    /// Those that can't be seen may be so, too.
    func seen(_ count: Int) -> DatastoreValue { unseen > 0 ? .text("≥ \(count)") : .count(count) }
    table.figures = [
      DatastoreFigure("connections", .count(backends.count)),
      DatastoreFigure("wait for a lock", .count(blocked), state: blocked > 0 ? .warn : .ok),
      DatastoreFigure("active", seen(backends.count { $0.state == "active" })),
      DatastoreFigure("idle in tx", seen(backends.count { $0.isIdleInTransaction })),
    ]
    table.notes = Self.notes(answer)
    if unseen > 0 {
      table.notes.append("\(unseen) are not for this role to see: GRANT pg_read_all_stats lets it")
    }
    table.empty = "no other connection"
    return table
  }

  func readTransactions() async throws(SourceFailure) -> DatastoreTable {
    let answer = try await ask(
      """
      SELECT \(Self.backendColumns), pg_catalog.age(a.backend_xmin) AS xmin_age
      FROM pg_catalog.pg_stat_activity a \(Self.waiters)
      WHERE a.xact_start IS NOT NULL AND a.pid <> pg_catalog.pg_backend_pid()
      ORDER BY a.xact_start
      """,
      rows: 100
    )
    let backends = answer.records.compactMap { PostgresBackendRow($0) }
    var table = DatastoreTable(
      backends.map { backend in
        let xmin = backend.record["xmin_age"].integer
        return backend.row([
          .process(backend.pid), backend.transaction, backend.stateWord, backend.user, backend.clientWord,
          xmin.map { .count($0) } ?? .none, backend.query,
        ])
      }
    )
    let prepared = try await ask(
      """
      SELECT p.gid, p.owner::text AS owner, p.database::text AS database, \(Self.seconds("p.prepared")) AS age,
        pg_catalog.age(p.transaction) AS xmin_age
      FROM pg_catalog.pg_prepared_xacts p ORDER BY p.prepared
      """,
      rows: 100
    )
    table.rows += prepared.records.map { record in
      var row = DatastoreRow(
        id: "prepared \(record["gid"].text ?? "")",
        [
          .none, .seconds(record["age"].number), .text("prepared"), .text(told: record["owner"].text),
          .text(told: record["database"].text), .count(record["xmin_age"].integer),
          .text(told: record["gid"].text),
        ]
      )
      // Nobody's connection ends it: it stays until somebody commits it or rolls it back.
      (row.state, row.word) = (.warn, "prepared: only COMMIT or ROLLBACK PREPARED ends it")
      return row
    }
    let hidden = try await ask(
      """
      SELECT pg_catalog.count(*)::int8 AS hidden FROM pg_catalog.pg_stat_activity a
      WHERE a.backend_type IS NULL AND a.datid IS NOT NULL
      """
    )
    .records.first?["hidden"].integer
    table.notes = Self.notes(answer) + Self.notes(prepared)
    // Of those that can't be seen nobody knows whether a transaction is open.
    if hidden != 0 {
      table.notes.append(
        "of \(SafeText(hidden.map(String.init) ?? "some")) connections the role may not see any"
      )
    }
    table.empty = hidden == 0 ? "no transaction is open" : "no transaction that this role may see"
    return table
  }

  func readConnections() async throws(SourceFailure) -> DatastoreTable {
    let answer = try await ask(
      """
      SELECT a.application_name AS application,
        CASE WHEN a.client_addr IS NOT NULL THEN pg_catalog.host(a.client_addr)
          WHEN a.client_port = -1 THEN 'local' END AS client,
        a.usename::text AS "user", a.datname::text AS database, pg_catalog.count(*)::int8 AS connections,
        pg_catalog.count(*) FILTER (WHERE a.state = 'active')::int8 AS active,
        pg_catalog.count(*) FILTER (WHERE a.state = 'idle')::int8 AS idle,
        pg_catalog.count(*) FILTER (WHERE a.state LIKE 'idle in transaction%')::int8 AS in_transaction,
        pg_catalog.count(*) FILTER (WHERE a.backend_type IS NULL)::int8 AS unseen,
        pg_catalog.sum(pg_catalog.count(*)) OVER ()::int8 AS total,
        pg_catalog.current_setting('max_connections')::int8 AS most,
        pg_catalog.current_setting('superuser_reserved_connections')::int8 AS reserved
      FROM pg_catalog.pg_stat_activity a WHERE \(Self.isOfClient)
      GROUP BY 1, 2, 3, 4 ORDER BY connections DESC, 1, 2, 3, 4
      """
    )
    var table = DatastoreTable(
      answer.records.enumerated().map { index, record in
        let parts = [record["application"].text ?? "", record["client"].text ?? ""].filter { !$0.isEmpty }
        let unseen = record["unseen"].integer ?? 0
        let all = record["connections"].integer
        let client: DatastoreValue =
          parts.isEmpty
          ? (unseen > 0 ? .unknown(PostgresBackendRow.hidden) : .text("unnamed"))
          : .text(SafeText(parts.joined(separator: " ")))
        func seen(_ column: String) -> DatastoreValue {
          unseen == all ? .unknown(PostgresBackendRow.hidden) : .count(record[column].integer)
        }
        let id = ["application", "client", "user", "database"].map { record[$0].text ?? "" }
        return DatastoreRow(
          id: id.joined(separator: "\u{1F}"),
          [
            client, .text(told: record["user"].text), .text(told: record["database"].text), .count(all),
            seen("active"), seen("idle"), seen("in_transaction"), .count(unseen),
          ]
        )
      }
    )
    table.notes = Self.notes(answer)
    let first = answer.records.first
    let (total, most) = (first?["total"].integer, first?["most"].integer)
    let share = total.flatMap { total in most.map { Double(total) / Double(max(1, $0)) } }
    table.figures = [
      DatastoreFigure(
        "connections",
        .count(total),
        of: .count(most),
        state: share.map { $0 >= 0.95 ? .crit : $0 >= 0.8 ? .warn : .ok } ?? .nodata
      ),
      DatastoreFigure("used", share.map { .percent($0 * 100) } ?? .unknown("not told")),
      DatastoreFigure("kept for superusers", .count(first?["reserved"].integer)),
    ]
    return table
  }
}
