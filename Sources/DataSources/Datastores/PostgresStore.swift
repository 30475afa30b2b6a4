public import Facts

/// A database as the datastores' view tells it, on a connection of its own.
@LoopActor public final class PostgresStore: DatastoreReader {
  /// The type of its source.
  public let store = PostgresSettings.type
  /// Where it is, as it may be shown.
  public let address: String
  let client: PostgresClient

  /// Makes a reader without a connection.
  public init(_ options: PostgresOptions) {
    client = PostgresClient(options)
    address = options.address
  }

  /// The sections that it tells.
  nonisolated static let sections = [activity, locks, connections, transactions, tables, replication]

  /// Reads a section within 5 s.
  public func read(_ section: DatastoreSection) async throws(SourceFailure) -> DatastoreTable {
    switch section {
    case Self.activity: try await readActivity()
    case Self.locks: try await readLocks()
    case Self.connections: try await readConnections()
    case Self.transactions: try await readTransactions()
    case Self.tables: try await readTables()
    case Self.replication: try await readReplication()
    default:
      throw SourceFailure(.misconfigured, at: address, detail: "no section \(section.id)")
    }
  }

  /// Closes the connection.
  public func close() { client.close() }

  /// The most rows of a section.
  nonisolated static let most = 500
  /// A transaction that does nothing for so long holds up others, and vacuum.
  nonisolated static let idleTooLong = Duration.seconds(60)

  /// Asks; the server gives it up before the client does, which costs no connection.
  func ask(_ sql: String, rows: Int = most) async throws(SourceFailure) -> PostgresTable {
    var query = PostgresQuery(sql, rowCap: rows)
    query.statementTimeout = .seconds(3)
    return try await client.query(query)
  }

  /// What is said of an answer that was cut.
  nonisolated static func notes(_ table: PostgresTable) -> [SafeText] {
    table.cutWord.map { [SafeText($0)] } ?? []
  }

  nonisolated static func seconds(_ expression: String) -> String {
    "extract(epoch FROM pg_catalog.clock_timestamp() - \(expression))::float8"
  }

  nonisolated static func microseconds(_ column: String) -> String {
    "(extract(epoch FROM \(column)) * 1000000)::bigint"
  }

  /// Whose a connection is the server hides from a role that may not see it: such a one of a database is a client's,
  /// as far as anybody knows.
  nonisolated static let isOfClient = """
    (a.backend_type = 'client backend' OR a.backend_type IS NULL AND a.datid IS NOT NULL)
    """

  /// Who waits for a lock, beside the connections `a`: of others a role sees no wait there, but in `pg_locks`.
  nonisolated static let waiters = """
    LEFT JOIN (SELECT DISTINCT k.pid FROM pg_catalog.pg_locks k WHERE NOT k.granted) w ON w.pid = a.pid
    """

  /// What names a connection, and what it does, in every section.
  nonisolated static let backendColumns = """
    a.pid, a.usename::text AS "user", a.datname::text AS database, a.application_name AS application,
    CASE WHEN a.client_addr IS NOT NULL THEN pg_catalog.host(a.client_addr)
      WHEN a.client_port = -1 THEN 'local' END AS client,
    a.backend_type, a.state, a.wait_event_type, a.wait_event,
    \(seconds("a.xact_start")) AS xact_age, \(seconds("a.query_start")) AS query_age,
    \(seconds("a.state_change")) AS state_age,
    \(microseconds("a.backend_start")) AS begun, \(microseconds("a.query_start")) AS query_begun,
    pg_catalog."left"(a.query, 4000) AS query,
    CASE WHEN w.pid IS NOT NULL
      THEN pg_catalog.array_to_string(pg_catalog.pg_blocking_pids(a.pid), ',') END AS blockers
    """
}
