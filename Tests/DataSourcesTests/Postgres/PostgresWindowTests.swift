import Facts
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

/// What is looked at: by the last change, and what never ended however old it is; of every table of executions.
extension PostgresLiveTests {
  @Suite(.serialized) struct Windows {
    typealias Fixtures = PostgresFixtures

    init() { EventLoop.runOnOwnThread() }

    private static func voiceTable(_ run: String) -> String {
      """
      CREATE TABLE voice_test_executions (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(), \(run) uuid, status varchar(50) NOT NULL,
        error_message text, started_at timestamptz, completed_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
      """
    }

    @Test @LoopActor func allRunsOfABadDayAreTold() async throws {
      TestPostgres.shared.database(
        "badday",
        Fixtures.newSchema,
        """
        INSERT INTO suite_runs (id, status, name, created_at, updated_at, completed_at)
        SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 'completed', 'run ' || n,
          now() - n * interval '1 min', now() - n * interval '1 min', now() - n * interval '1 min'
        FROM generate_series(1, 431) n;
        INSERT INTO validation_results (suite_run_id, review_status, houndify_result)
        SELECT id, 'auto_fail', '{"errors": ["wrong command"]}' FROM suite_runs;
        """
      )
      let source = PostgresSource(try TestPostgres.shared.options("badday"))
      defer { source.close() }
      let snapshot = try #require(try await source.poll().snapshot(RunsSnapshot.self))
      #expect(snapshot.total == 431)
      #expect(Set(snapshot.rows.map(\.id)).count == 431)
      // Reasons that stand in results alone are looked up for the newest.
      #expect(snapshot.rows.prefix(200).allSatisfy { $0.reason == "wrong command" })
      #expect(snapshot.rows.prefix(200).allSatisfy { $0.isSearched })
      #expect(snapshot.rows.dropFirst(200).allSatisfy { $0.reason == nil && !$0.isSearched })
      #expect(snapshot.rows.allSatisfy { $0.attention == [.validations] })
    }

    @Test @LoopActor func whereResultsTellNoErrorNothingIsLeftUnsearched() async throws {
      TestPostgres.shared.database(
        "plainday",
        Fixtures.newSchema,
        """
        ALTER TABLE validation_results DROP COLUMN houndify_result;
        INSERT INTO suite_runs (status, name, created_at, updated_at)
        SELECT 'failed', 'run ' || n, now() - n * interval '1 min', now() - n * interval '1 min'
        FROM generate_series(1, 203) n;
        """
      )
      let source = PostgresSource(try TestPostgres.shared.options("plainday"))
      defer { source.close() }
      let snapshot = try #require(try await source.poll().snapshot(RunsSnapshot.self))
      #expect(snapshot.rows.count == 203)
      #expect(snapshot.rows.allSatisfy { $0.reason == nil && $0.isSearched })
    }

    @Test @LoopActor func theWindowIsOnTheLastChangeAndStuckRunsHaveNone() async throws {
      func row(_ id: Int, _ status: String, created: String, changed: String, ended: String?) -> String {
        """
        ('\(Fixtures.id(id))', '\(status)', now() - interval '\(created)', now() - interval '\(changed)',
          \(ended.map { "now() - interval '\($0)'" } ?? "NULL"))
        """
      }
      let columns = "(id, status, created_at, updated_at, completed_at)"
      TestPostgres.shared.database(
        "moments",
        Fixtures.newSchema,
        """
        INSERT INTO suite_runs \(columns) VALUES
          \(row(1, "in_progress", created: "30 h", changed: "30 h", ended: nil)),
          \(row(2, "failed", created: "25 h", changed: "5 min", ended: "5 min")),
          \(row(3, "failed", created: "72 h", changed: "71 h", ended: "71 h")),
          \(row(4, "completed", created: "72 h", changed: "71 h", ended: "71 h")),
          \(row(5, "warp", created: "900 h", changed: "900 h", ended: nil)),
          \(row(6, "in_progress", created: "30 h", changed: "1 min", ended: nil)),
          \(row(7, "failed", created: "72 h", changed: "72 h", ended: "2 h"));
        INSERT INTO multi_turn_executions \(columns) VALUES
          \(row(11, "in_progress", created: "30 h", changed: "30 h", ended: nil)),
          \(row(12, "failed", created: "30 h", changed: "5 min", ended: "5 min")),
          \(row(13, "failed", created: "30 h", changed: "30 h", ended: "30 h")),
          \(row(14, "running", created: "30 h", changed: "1 min", ended: nil));
        INSERT INTO validation_results (suite_run_id, review_status, created_at)
        VALUES ('\(Fixtures.id(4))', 'auto_fail', now() - interval '1 h');
        """
      )
      let source = PostgresSource(try TestPostgres.shared.options("moments"))
      defer { source.close() }
      let reading = try await source.poll()
      let rows = try #require(reading.snapshot(RunsSnapshot.self)).rows
      var found: [String: RunRow.Attention] = [:]
      for row in rows { found[row.id] = row.attention }
      #expect(
        found == [
          Fixtures.id(1): [.stuck], Fixtures.id(2): [.status], Fixtures.id(5): [.stuck],
          Fixtures.id(7): [.status], Fixtures.id(11): [.stuck], Fixtures.id(12): [.status, .executions],
        ]
      )
      #expect(reading.value("runs.stuck") == .number(3))
      #expect(reading.value("runs.failed_1h") == .number(2))
    }

    @Test(arguments: [("test_run_id", "test_runs"), ("suite_run_id", "suite_runs")])
    @LoopActor func theOlderFrameworksOwnResultsCount(column: String, table: String) async throws {
      let server = TestPostgres.shared
      server.database(
        "voices_\(table)",
        table == "test_runs" ? Fixtures.oldSchema : Fixtures.newSchema,
        Self.voiceTable(column),
        """
        INSERT INTO \(table) (id, status, name) VALUES ('\(Fixtures.id(1))', 'completed', 'Quiet'),
          ('\(Fixtures.id(2))', 'completed', 'Good');
        INSERT INTO voice_test_executions (id, \(column), status, error_message) VALUES
          ('\(Fixtures.id(11))', '\(Fixtures.id(1))', 'failed', 'no speech was heard'),
          ('\(Fixtures.id(12))', '\(Fixtures.id(2))', 'completed', NULL);
        """
      )
      let source = PostgresSource(try server.options("voices_\(table)"))
      defer { source.close() }
      let reading = try await source.poll()
      let runs = try #require(reading.snapshot(RunsSnapshot.self))
      #expect(runs.rows.map(\.id) == [Fixtures.id(1)])
      #expect(runs.rows.first?.attention == [.executions])
      #expect(runs.rows.first?.reason == "no speech was heard")
      #expect(runs.reasons.map(\.text) == ["no speech was heard"])
      let detail = try await source.runDetail(id: Fixtures.id(1))
      #expect(detail.executions.map(\.id) == [Fixtures.id(11)])
      #expect(detail.executions.first?.error == "no speech was heard")
    }

    @Test @LoopActor func whatHasNoExecutionsIsThereAllTheSame() async throws {
      let server = TestPostgres.shared
      server.database(
        "bare",
        Fixtures.newSchema,
        """
        INSERT INTO suite_runs (id, status) VALUES ('\(Fixtures.id(1))', 'failed');
        INSERT INTO multi_turn_executions (id, status) VALUES ('\(Fixtures.id(11))', 'completed');
        INSERT INTO validation_results (id, multi_turn_execution_id, houndify_result) VALUES
          ('\(Fixtures.id(21))', NULL, '{"validation_score": 0.1}'),
          ('\(Fixtures.id(22))', '\(Fixtures.id(11))', '{"validation_score": 0.2}');
        """
      )
      let source = PostgresSource(try server.options("bare"))
      defer { source.close() }
      #expect(try await source.runDetail(id: Fixtures.id(1)) == RunDetail(id: Fixtures.id(1), executions: []))
      #expect(
        try await source.validationDetail(id: Fixtures.id(21)).executions == []
      )
      // A result whose step wasn't recorded still has its execution.
      let found = try await source.validationDetail(id: Fixtures.id(22))
      #expect(found.executions.map(\.id) == [Fixtures.id(11)])
      for read in [source.runDetail, source.validationDetail] {
        let missing = await failure { () async throws(SourceFailure) in try await read(Fixtures.id(99)) }
        #expect(missing?.code == .notFound)
      }
    }

    @Test @LoopActor func aServerWithoutRoomIsNotWellForWhoHasAConnection() async throws {
      let server = TestPostgres()
      server.sql("CREATE ROLE guest LOGIN")
      let options = try server.options(user: "guest")
      let probe = PostgresProbe(options, renewal: .zero)
      let steady = PostgresProbe(options, renewal: .seconds(3_600))
      let source = PostgresSource(options)
      var others: [PostgresClient] = []
      defer {
        for client in others { client.close() }
        probe.close()
        steady.close()
        source.close()
        server.server.send(SIGQUIT)
        server.server.wait()
      }
      func isWell(_ probe: PostgresProbe) async -> Bool {
        if case .success = await probe.probe() { true } else { false }
      }
      #expect(await isWell(probe))
      #expect(await isWell(steady))
      // Asked twice: the second time there is a connection that could answer.
      #expect(await isWell(probe))
      var reading = try await source.poll()
      #expect(reading.state("postgres.connections") == .ok)
      // 30 connections, three of them a superuser's alone.
      while others.count < 40 {
        let client = PostgresClient(options)
        others.append(client)
        guard (try? await client.query(PostgresQuery("SELECT 1"))) != nil else { break }
        guard others.count == 19 else { continue }
        let nearly = try await source.poll().observations.first { $0.name == "postgres.connections" }
        #expect(nearly?.state == .warn && nearly?.word == "22 of 27")
      }
      #expect(others.count == 25)
      #expect(await isWell(steady))
      guard case .failure(let failure) = await probe.probe() else {
        Issue.record("the old connection answers for a new one")
        return
      }
      #expect(failure.detail.hasPrefix("53300 "))
      #expect(failure.word.hasPrefix("53300 remaining connection slots are reserved"))
      reading = try await source.poll()
      let connections = try #require(reading.observations.first { $0.name == "postgres.connections" })
      #expect(connections.state == .crit)
      #expect(connections.word == "27 of 27")
      #expect(connections.kind == .health)
      for client in others { client.close() }
      #expect(await comesTrue { await isWell(probe) })
    }
  }
}
