internal import Facts

extension PostgresStore {
  nonisolated static let locks = DatastoreSection(
    "locks",
    of: PostgresSettings.type,
    "Postgres",
    title: "locks",
    columns: [
      .init("pid", least: 6, priority: 0), .init("user", least: 6, priority: 4),
      .init("state", least: 8, priority: 2), .init("holds up", isFigure: true, priority: 3),
      .init("waits", isFigure: true, priority: 1), .init("for", least: 10, priority: 1),
      .init("statement", least: 16, priority: 1, isFlexible: true),
    ]
  )

  func readLocks() async throws(SourceFailure) -> DatastoreTable {
    // `waitstart` is there from PostgreSQL 14 on: read so, an older server says nothing of it.
    let answer = try await ask(
      """
      WITH waiting AS MATERIALIZED (
        SELECT l.pid, pg_catalog.pg_blocking_pids(l.pid) AS blockers
        FROM (SELECT DISTINCT k.pid FROM pg_catalog.pg_locks k WHERE NOT k.granted) l
      ), concerned AS (
        SELECT g.pid FROM waiting g UNION SELECT pg_catalog.unnest(g.blockers) FROM waiting g
      )
      SELECT \(Self.backendColumns), c.pid AS concerned, l.locktype, l.mode, l.relation, l.waited
      FROM concerned c LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = c.pid
      LEFT JOIN waiting w ON w.pid = c.pid
      LEFT JOIN LATERAL (
        SELECT k.locktype, k.mode,
          CASE WHEN k.database IN (
            0, (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
          ) THEN k.relation::pg_catalog.regclass::text END AS relation,
          \(Self.seconds("(pg_catalog.to_jsonb(k) ->> 'waitstart')::pg_catalog.timestamptz")) AS waited
        FROM pg_catalog.pg_locks k WHERE k.pid = c.pid AND NOT k.granted LIMIT 1
      ) l ON true
      """
    )
    var table = Self.locks(answer)
    table.notes = Self.notes(answer)
    return table
  }

  /// The tree of who waits for whom.
  nonisolated static func locks(_ answer: PostgresTable) -> DatastoreTable {
    var blockers: [Int: [Int]] = [:]
    var known: [Int: PostgresBackendRow] = [:]
    for record in answer.records {
      guard let pid = record["concerned"].integer else { continue }
      known[pid] = PostgresBackendRow(record)
      blockers[pid] = (record["blockers"].text ?? "").split(separator: ",").compactMap { Int($0) }
    }
    let places = BlockingTree(blockers).places
    let rows = places.map { place -> DatastoreRow in
      let branch = place.depth == 0 ? "" : String(repeating: "  ", count: place.depth - 1) + "└ "
      let pid = DatastoreValue.text(SafeText(branch + (place.pid == 0 ? "prepared" : String(place.pid))))
      let holdsUp: DatastoreValue = place.waiting == 0 ? .none : .count(place.waiting)
      guard let backend = known[place.pid] else {
        // A prepared transaction has no connection; another may have ended meanwhile.
        let words: SafeText = place.pid == 0 ? "a prepared transaction: see transactions" : "gone by now"
        var row = DatastoreRow(
          id: "lock \(place.pid)",
          [pid, .none, .unknown(words), holdsUp, .none, .none, .none]
        )
        row.state = .warn
        return row
      }
      let record = backend.record
      let isWaiting = !backend.blockers.isEmpty
      let object = [record["locktype"].text ?? "", record["relation"].text ?? ""].filter { !$0.isEmpty }
      let mode = (record["mode"].text ?? "").replacing("Lock", with: "")
      let wanted = (object + [mode]).filter { !$0.isEmpty }.joined(separator: " ")
      var row = backend.row(
        [
          pid, backend.user, backend.stateWord, holdsUp,
          isWaiting ? .seconds(record["waited"].number, else: backend.queryAge) : .none,
          isWaiting ? .text(told: wanted.isEmpty ? nil : wanted) : .none, backend.query,
        ],
        id: "lock \(place.pid) \(record["begun"].integer ?? 0)"
      )
      if place.waiting > 0, !isWaiting {
        (row.state, row.word) = (.warn, "holds up \(place.waiting)")
      }
      if isWaiting { row.details.append(("wants", .text(told: wanted.isEmpty ? nil : wanted))) }
      return row
    }
    var table = DatastoreTable(rows)
    table.figures = [
      DatastoreFigure(
        "wait for a lock",
        .count(blockers.values.count { !$0.isEmpty }),
        state: rows.isEmpty ? .ok : .warn
      ),
      DatastoreFigure("hold them up", .count(places.count { $0.depth == 0 && $0.waiting > 0 })),
    ]
    table.empty = "nothing waits for a lock"
    return table
  }
}
