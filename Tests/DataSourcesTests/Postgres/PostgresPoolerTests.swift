import Facts
import Testing

@testable import DataSources

/// What reaches the server through PgBouncer and by every way of connecting: read-only and limited, or not at all.
extension PostgresLiveTests {
  @Suite(.serialized) struct Poolers {
    typealias Fixtures = PostgresFixtures

    init() { EventLoop.runOnOwnThread() }

    private static let database: String = {
      TestPostgres.shared.database(
        "pooled",
        Fixtures.newSchema,
        Fixtures.runs("suite_runs"),
        Fixtures.executions("suite_run_id"),
        Fixtures.failedResults
      )
      return "pooled"
    }()

    /// What the server says of the settings in the middle of a query.
    private static let settings = PostgresQuery(
      """
      SELECT pg_catalog.current_setting(name) FROM pg_catalog.unnest(ARRAY['transaction_read_only', 'search_path',
        'statement_timeout', 'lock_timeout', 'row_security']::pg_catalog.text[]) AS name
      """
    )
    private static let pinned: [[PostgresValue]] = [
      [.text("on")], [.text("pg_catalog, pg_temp")], [.text("300ms")], [.text("100ms")], [.text("off")],
    ]

    @LoopActor private static func expectsFirmTransactions(_ address: String) async throws {
      let client = PostgresClient(try PostgresOptions(address: address), statementTimeout: .milliseconds(300))
      defer { client.close() }
      #expect(try await client.query(settings).rows == pinned, "\(address)")
      for (sql, state) in [
        ("CREATE TABLE written (id int)", "25006 "), ("SELECT pg_sleep(5)", "57014 "),
        ("SET TRANSACTION READ WRITE", "25001 "), ("SELECT * FROM nothing_here", "42P01 "),
      ] {
        let refusal = await failure { () async throws(SourceFailure) in
          try await client.query(PostgresQuery(sql))
        }
        #expect(refusal?.detail.hasPrefix(state) == true, "\(sql): \(String(describing: refusal))")
      }
      // A transaction that failed is left behind by nobody: the one server connection is free again.
      #expect(try await client.query(settings).rows == pinned)
      #expect(client.connections == 1)
    }

    @Test(arguments: ["session", "transaction"], ["", "options"])
    @LoopActor func poolersCarryEverything(mode: String, ignored: String) async throws {
      let pooler = TestPgBouncer(mode, ignoring: ignored)
      try await Self.expectsFirmTransactions(pooler.address(Self.database))
      let source = PostgresSource(try PostgresOptions(address: pooler.address(Self.database)))
      defer { source.close() }
      let reading = try await source.poll()
      #expect(reading.value("runs.attention") == .number(7))
      #expect(reading.value("validations.low_24h") == .number(64))
      #expect(try await source.runDetail(id: Fixtures.id(1)).executions.count == 33)
    }

    @Test @LoopActor func consolesShareAServerOfThePooler() async throws {
      let pooler = TestPgBouncer("transaction")
      let options = try PostgresOptions(address: pooler.address(Self.database))
      let clients = (0..<4).map { _ in PostgresClient(options) }
      defer { for client in clients { client.close() } }
      let tasks = (0..<40).map { number in
        Task { @LoopActor in
          let sql = number % 3 == 0 ? "SELECT \(number) / 0" : "SELECT \(number)"
          return try? await clients[number % 4].query(PostgresQuery(sql)).rows[0][0].integer
        }
      }
      for (number, task) in tasks.enumerated() {
        let answer = await task.value
        #expect(answer == (number % 3 == 0 ? nil : number))
      }
      // What was set is gone with its transaction: the next user of that server finds it as it was.
      let log = "\(TestProcess.directory())/log"
      let psql = ["\(TestPostgres.binaries)/psql", "-X", "-At", "-c"]
      runToItsEnd(
        psql + ["SELECT current_setting('search_path'), current_setting('transaction_read_only')"]
          + [pooler.address(Self.database)],
        log: log
      )
      #expect(text(of: log) == "\"$user\", public|off\n")
    }

    /// It forbids transactions, yet looks only at what is left open when a message ends: ours is whole by then.
    @Test @LoopActor func evenAPoolerByStatementCarriesWholeTransactions() async throws {
      let pooler = TestPgBouncer("statement")
      let client = PostgresClient(
        try PostgresOptions(address: pooler.address(Self.database)),
        statementTimeout: .milliseconds(300)
      )
      defer { client.close() }
      #expect(try await client.query(Self.settings).rows == Self.pinned)
      let refusal = await failure { () async throws(SourceFailure) in
        try await client.query(PostgresQuery("CREATE TABLE written (id int)"))
      }
      // One that fails leaves a transaction open: the pooler's own words may be quicker than the server's.
      #expect(refusal != nil)
      #expect(await comesTrue { (try? await client.query(Self.settings))?.rows == Self.pinned })
    }

    @Test @LoopActor func optionsThatAPoolerRefusesAreToldInItsOwnWords() async throws {
      let pooler = TestPgBouncer("transaction")
      let address = pooler.address(Self.database, "options=-c%20work_mem%3D5MB")
      let client = PostgresClient(try PostgresOptions(address: address))
      defer { client.close() }
      let refusal = await failure { () async throws(SourceFailure) in try await client.query(Self.settings) }
      #expect(refusal?.detail.contains("unsupported startup parameter: options") == true)
    }

    @Test(arguments: ["target_session_attrs=read-write", "target_session_attrs=any", ""])
    @LoopActor func everyKindOfSessionIsReadOnlyByItsTransactions(attributes: String) async throws {
      let address = try TestPostgres.shared.options(Self.database).address
      try await Self.expectsFirmTransactions("\(address)?\(attributes)")
    }

    @Test @LoopActor func settingsOfRolesAndDatabasesUndoNothing() async throws {
      let server = TestPostgres.shared
      server.database(
        "undone",
        """
        DROP ROLE IF EXISTS undone;
        CREATE ROLE undone LOGIN;
        ALTER DATABASE undone SET statement_timeout = 0;
        ALTER DATABASE undone SET search_path = public;
        ALTER ROLE undone SET default_transaction_read_only = off;
        ALTER ROLE undone SET lock_timeout = 0;
        ALTER ROLE undone IN DATABASE undone SET row_security = on;
        """
      )
      let address = try server.options("undone", user: "undone").address
      try await Self.expectsFirmTransactions(
        address + "?options=-c%20default_transaction_read_only%3Doff%20-c%20statement_timeout%3D0"
      )
    }
  }
}
