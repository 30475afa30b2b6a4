import Facts
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

/// What a part that the database refuses costs the others: nothing; and what is told of it: an error, never 0.
extension PostgresLiveTests {
  @Suite(.serialized) struct Parts {
    typealias Fixtures = PostgresFixtures

    init() { EventLoop.runOnOwnThread() }

    private static let all: Set<FactName> = [
      "postgres.connections", "postgres.role", "runs.attention", "runs.failed_1h", "runs.stuck",
      "runs.success_rate_5m", "runs.failures", "validations.low_24h", "provider.latency",
    ]
    private static let runs: Set<FactName> = [
      "runs.attention", "runs.failed_1h", "runs.stuck", "runs.success_rate_5m", "runs.failures",
    ]

    /// A database with today's schema and rows, which a role `outsider` may read.
    private func fill(_ name: String, encoding: String = "UTF8") {
      let server = TestPostgres.shared
      server.sql("CREATE DATABASE \(name) ENCODING '\(encoding)' TEMPLATE template0")
      for text in [
        Fixtures.newSchema, Fixtures.runs("suite_runs"), Fixtures.executions("suite_run_id"),
        Fixtures.failedResults,
        """
        DO $x$ BEGIN CREATE ROLE outsider LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $x$;
        GRANT SELECT ON ALL TABLES IN SCHEMA public TO outsider;
        """,
      ] {
        // Characters by number need an encoding.
        server.sql(encoding == "UTF8" ? text : text.replacing(/\\u[0-9A-Fa-f]{4}/, with: "x"), database: name)
      }
    }

    private func failed(_ reading: SourceReading) -> [FactName: Observation] {
      #expect(Set(reading.observations.map(\.name)) == Self.all)
      let failed = reading.observations.filter { $0.state == .error }
      // What can't be told counts: no green header over it.
      #expect(failed.allSatisfy { $0.kind == .health && !$0.word.isEmpty && !$0.origin.excerpt.isEmpty })
      return Dictionary(uniqueKeysWithValues: failed.map { ($0.name, $0) })
    }

    @Test @LoopActor func rowsThatAPolicyHidesAreNoRowsThatAreNotThere() async throws {
      let server = TestPostgres.shared
      fill("hidden")
      let source = PostgresSource(try server.options("hidden", user: "outsider"))
      defer { source.close() }
      #expect(try await source.poll().value("runs.attention") == .number(7))
      server.sql("ALTER TABLE suite_runs ENABLE ROW LEVEL SECURITY", database: "hidden")
      for _ in 1...2 {
        let failed = failed(try await source.poll())
        #expect(Set(failed.keys) == Self.runs)
        #expect(failed["runs.attention"]?.word == "restricted by row security")
        // What was known before is kept, and isn't new.
        #expect(failed["runs.attention"]?.value == .number(7))
        #expect(failed["runs.attention"]?.sampledAt != nil)
      }
      server.sql("ALTER TABLE suite_runs DISABLE ROW LEVEL SECURITY", database: "hidden")
      #expect(try await source.poll().value("runs.attention") == .number(7))
      server.sql("ALTER TABLE validation_results ENABLE ROW LEVEL SECURITY", database: "hidden")
      // One that never saw a row has none to show: not 0 either.
      let new = PostgresSource(try server.options("hidden", user: "outsider"))
      defer { new.close() }
      let unseen = failed(try await new.poll())
      #expect(unseen["validations.low_24h"]?.value == nil)
      #expect(unseen["runs.attention"]?.value == nil)
      #expect(unseen["provider.latency"] == nil)
      let opened = await failure { () async throws(SourceFailure) in
        try await new.runDetail(id: Fixtures.id(1))
      }
      #expect(opened?.word == "restricted by row security")
    }

    @Test(arguments: [
      (
        """
        ALTER TABLE suite_runs DROP COLUMN id CASCADE;
        ALTER TABLE suite_runs ADD id int;
        """, "42883 operator does not exist"
      ),
      ("ALTER TABLE suite_runs ALTER status TYPE int USING 3", "suite_runs.status is int4"),
      ("ALTER TABLE suite_runs DROP COLUMN created_at", "suite_runs has no created_at"),
      ("ALTER TABLE multi_turn_executions DROP COLUMN status", "multi_turn_executions has no status"),
      ("REVOKE SELECT ON suite_runs FROM outsider", "42501 permission denied for table suite_runs"),
    ])
    @LoopActor func aTableThatIsNotAsExpectedIsAnErrorOfWhatIsReadOfIt(
      change: String,
      word: String
    ) async throws {
      let server = TestPostgres.shared
      fill("odd_tables")
      defer { server.sql("DROP DATABASE odd_tables WITH (FORCE)") }
      let source = PostgresSource(try server.options("odd_tables", user: "outsider"))
      defer { source.close() }
      #expect(try await source.poll().value("runs.attention") == .number(7))
      source.lastReasons = nil
      server.sql(change, database: "odd_tables")
      for _ in 1...2 {
        let reading = try await source.poll()
        let failed = failed(reading)
        #expect(Set(failed.keys) == Self.runs)
        #expect(failed["runs.attention"]?.word.hasPrefix(word) == true, "\(failed)")
        #expect(reading.value("validations.low_24h") == .number(64))
      }
      #expect(source.client.connections == 1)
    }

    @Test @LoopActor func aStatusOfATypeOfItsOwnIsRead() async throws {
      let server = TestPostgres.shared
      fill("worded")
      server.sql(
        """
        DELETE FROM suite_runs WHERE status LIKE 'warp%';
        CREATE TYPE word AS ENUM ('completed', 'failed', 'running', 'Partial', 'cancelled', 'in_progress');
        ALTER TABLE suite_runs ALTER status TYPE word USING status::word;
        """,
        database: "worded"
      )
      let source = PostgresSource(try server.options("worded"))
      defer { source.close() }
      #expect(try await source.poll().value("runs.attention") == .number(6))
    }

    @Test @LoopActor func aBadByteDropsNoRows() async throws {
      let server = TestPostgres.shared
      fill("bytes", encoding: "SQL_ASCII")
      server.sql(
        #"""
        SET client_encoding = 'SQL_ASCII';
        UPDATE suite_runs SET name = E'caf\xe9 \xff' WHERE name = 'Category Run: Other';
        UPDATE multi_turn_executions SET error_message = E'\xfe\xff' WHERE status = 'failed';
        """#,
        database: "bytes"
      )
      let source = PostgresSource(try server.options("bytes"))
      defer { source.close() }
      let reading = try await source.poll()
      #expect(failed(reading).isEmpty)
      let runs = try #require(reading.snapshot(RunsSnapshot.self))
      #expect(runs.total == 7)
      let row = try #require(runs.rows.first { $0.id == Fixtures.id(2) })
      #expect(row.name?.string == "caf\u{FFFD} \u{FFFD}")
      #expect(row.reason?.string == "\u{FFFD}\u{FFFD}")
      #expect(runs.reasons.count == 12)
    }

    @Test @LoopActor func aLockedTableFailsOnlyWhatIsReadOfIt() async throws {
      let server = TestPostgres.shared
      fill("locked_up")
      let source = PostgresSource(try server.options("locked_up"), deadline: .seconds(3))
      let watcher = PostgresClient(try server.options("locked_up"))
      defer {
        source.close()
        watcher.close()
      }
      #expect(failed(try await source.poll()).isEmpty)
      let holder = TestProcess(
        [
          "\(TestPostgres.binaries)/psql", "-X", "-q", "-c",
          "BEGIN; LOCK TABLE step_executions; SELECT pg_sleep(60)",
          try server.options("locked_up").address,
        ],
        log: "/dev/null"
      )
      defer {
        holder.send(SIGKILL)
        holder.wait()
      }
      let held = PostgresQuery(
        "SELECT pg_catalog.count(*) FROM pg_catalog.pg_locks WHERE mode = 'AccessExclusiveLock' AND granted"
      )
      #expect(await comesTrue { (try? await watcher.query(held))?.rows == [[.integer(1)]] })
      let reading = try await source.poll()
      let failed = failed(reading)
      #expect(Set(failed.keys) == ["validations.low_24h", "provider.latency"])
      #expect(failed["provider.latency"]?.word == "55P03 canceling statement due to lock timeout")
      #expect(reading.value("runs.attention") == .number(7))
      #expect(source.client.connections == 1)
    }

    @Test @LoopActor func aStatementThatTakesTooLongLeavesTimeForTheOthers() async throws {
      let server = TestPostgres.shared
      fill("slow_table")
      server.sql(
        """
        ALTER TABLE validation_results RENAME TO results;
        CREATE VIEW validation_results AS SELECT * FROM results WHERE pg_sleep(0.2) IS NOT NULL;
        """,
        database: "slow_table"
      )
      let source = PostgresSource(try server.options("slow_table"), deadline: .seconds(2))
      defer { source.close() }
      let reading = try await source.poll()
      let failed = failed(reading)
      #expect(failed["runs.attention"]?.word == "timed out 57014")
      #expect(failed["validations.low_24h"]?.word.hasPrefix("timed out") == true)
      #expect(reading.value("postgres.connections") != nil)
      #expect(source.client.connections == 1)
    }

    @Test @LoopActor func anUnknownDatabaseIsToldInTheServersOwnWords() async throws {
      let source = PostgresSource(try TestPostgres.shared.options("never_made"))
      defer { source.close() }
      let refusal = await failure { () async throws(SourceFailure) in try await source.poll() }
      #expect(refusal?.word == "3D000 database \"never_made\" does not exist")
      #expect(refusal?.advice == "The server refused the request: read its own words.")
    }
  }
}
