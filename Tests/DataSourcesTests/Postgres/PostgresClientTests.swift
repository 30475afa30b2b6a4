import Facts
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

/// Everything that talks to the shared server, one after the other: some of it freezes the server.
@Suite(.serialized) struct PostgresLiveTests {}

extension PostgresLiveTests {
  @Suite(.serialized) struct Client {
    init() { EventLoop.runOnOwnThread() }

    @Test @LoopActor func decodesEveryType() async throws {
      let client = PostgresClient(try TestPostgres.shared.options())
      defer { client.close() }
      let table = try await client.query(
        PostgresQuery(
          """
          SELECT true, 1::int2, -2::int4, 3000000000::int8, 0.5::float4, -1.25::float8, 48.50::numeric(5,2),
            -12345678.000901::numeric, 0::numeric, 1e-20::numeric, 'NaN'::numeric, 'a'::text, 'b'::varchar,
            '1a3c271c-bfe2-4e83-933b-290d5d5d0f74'::uuid, '2026-11-23 17:23:26.5+00'::timestamptz,
            '{"a":1}'::json, '{"a": 1}'::jsonb, NULL::int4, 'infinity'::timestamptz, '1.2.3.4'::inet, $1::text
          """,
          ["é\u{1B}[31m"]
        )
      )
      let row = try #require(table.rows.first)
      let nan = row[10].number
      #expect(nan?.isNaN == true)
      #expect(
        Array(row[0..<10]) == [
          .flag(true), .integer(1), .integer(-2), .integer(3_000_000_000), .number(0.5), .number(-1.25),
          .number(48.5), .number(-12_345_678.000901), .number(0), .number(1e-20),
        ]
      )
      #expect(
        Array(row[11...]) == [
          .text("a"), .text("b"), .text("1a3c271c-bfe2-4e83-933b-290d5d5d0f74"),
          .time(WallTime(secondsSince1970: 1_795_454_606.5)), .text("{\"a\":1}"), .text("{\"a\": 1}"), .null,
          .time(WallTime(secondsSince1970: .infinity)), .unknown(869), .text("é\u{1B}[31m"),
        ]
      )
    }

    @Test @LoopActor func writesAreRefused() async throws {
      let client = PostgresClient(try TestPostgres.shared.options())
      defer { client.close() }
      let refusal = await failure { () async throws(SourceFailure) in
        try await client.query(PostgresQuery("CREATE TABLE written (id int)"))
      }
      #expect(refusal?.code == .rejected)
      #expect(refusal?.detail.hasPrefix("25006 ") == true)
    }

    @Test @LoopActor func refusedStatementLeavesTheConnectionInUse() async throws {
      let client = PostgresClient(try TestPostgres.shared.options())
      defer { client.close() }
      let refusal = await failure { () async throws(SourceFailure) in
        try await client.query(PostgresQuery("SELECT * FROM nothing_here"))
      }
      #expect(refusal?.detail.hasPrefix("42P01 ") == true)
      #expect(try await client.query(PostgresQuery("SELECT 1")).rows == [[.integer(1)]])
      #expect(client.connections == 1)
    }

    @Test @LoopActor func queriesAskedAtOnceAreAnsweredEach() async throws {
      let client = PostgresClient(try TestPostgres.shared.options())
      defer { client.close() }
      let tasks = (0..<20).map { number in
        Task { @LoopActor in try await client.query(PostgresQuery("SELECT \(number)")).rows[0][0].integer }
      }
      var answers: [Int?] = []
      for task in tasks { answers.append(try await task.value) }
      #expect(answers == Array(0..<20))
      #expect(client.connections == 1)
    }

    @Test @LoopActor func refusedPortIsRefused() async throws {
      let port = TestProcess.freePort()
      let client = PostgresClient(
        try PostgresOptions(address: "postgresql://postgres:geheim@localhost:\(port)/x")
      )
      defer { client.close() }
      let refusal = await failure { () async throws(SourceFailure) in
        try await client.query(PostgresQuery("SELECT 1"))
      }
      #expect(refusal?.code == .refused)
      #expect(refusal.map { "\($0)".contains("geheim") } == false)
    }

    @Test @LoopActor func unknownHostIsUnresolved() async throws {
      let client = PostgresClient(try PostgresOptions(address: "postgresql://nowhere.invalid/x"))
      defer { client.close() }
      let refusal = await failure { () async throws(SourceFailure) in
        try await client.query(PostgresQuery("SELECT 1", deadline: .seconds(10)))
      }
      #expect(refusal?.code == .unresolved)
    }

    @Test @LoopActor func wrongAndMissingPasswordsAreUnauthorized() async throws {
      let server = TestPostgres.shared
      server.sql(
        "DROP ROLE IF EXISTS locked; SET password_encryption = 'scram-sha-256'; CREATE ROLE locked LOGIN PASSWORD 'right horse'"
      )
      for password in [Secret("wrong horse"), nil] {
        let client = PostgresClient(
          try server.options(user: "locked", password: password)
        )
        defer { client.close() }
        let refusal = await failure { () async throws(SourceFailure) in
          try await client.query(PostgresQuery("SELECT 1"))
        }
        #expect(refusal?.code == .unauthorized)
        #expect(refusal.map { "\($0)".contains("horse") } == false)
      }
      let client = PostgresClient(try server.options(user: "locked", password: Secret("right horse")))
      defer { client.close() }
      #expect(try await client.query(PostgresQuery("SELECT 1")).rows == [[.integer(1)]])
    }

    @Test @LoopActor func aRefusedPasswordIsNotRepeatedUntilSomebodyAsks() async throws {
      let server = TestPostgres.shared
      server.sql(
        "DROP ROLE IF EXISTS locked; SET password_encryption = 'scram-sha-256'; CREATE ROLE locked LOGIN PASSWORD 'right horse'"
      )
      let options = try server.options(user: "locked", password: Secret("wrong horse"))
      let (client, probe) = (PostgresClient(options), PostgresProbe(options))
      defer {
        client.close()
        probe.close()
      }
      func ask() async -> SourceFailure? {
        await failure { () async throws(SourceFailure) in try await client.query(PostgresQuery("SELECT 1")) }
      }
      #expect(await ask()?.detail.hasPrefix("28P01 ") == true)
      server.sql("SET password_encryption = 'scram-sha-256'; ALTER ROLE locked PASSWORD 'wrong horse'")
      for _ in 0..<3 {
        let refusal = await ask()
        #expect(refusal?.code == .unauthorized && refusal?.detail.hasPrefix("this login was refused") == true)
        guard case .failure(let other) = await probe.probe() else {
          Issue.record("it was tried again")
          return
        }
        #expect(other.code == .unauthorized)
      }
      #expect(client.connections == 1)
      options.standing.forgetRefusal()
      #expect(await ask() == nil)
      #expect(client.connections == 2)
    }

    @Test @LoopActor func ofSeveralConnectionsAtOnceOneTriesThePassword() async throws {
      let server = TestPostgres.shared
      server.sql(
        "DROP ROLE IF EXISTS locked; SET password_encryption = 'scram-sha-256'; CREATE ROLE locked LOGIN PASSWORD 'right horse'"
      )
      func refusals() -> Int {
        let counted = "\(server.directory)/refusals"
        let grep = TestProcess(
          ["/bin/grep", "-c", "authentication failed for user \"locked\"", server.log],
          log: counted
        )
        _ = grep.wait()
        return Int(text(of: counted).split(separator: "\n").last ?? "") ?? -1
      }
      let before = refusals()
      let options = try server.options(user: "locked", password: Secret("wrong horse"))
      let clients = (0..<3).map { _ in PostgresClient(options) }
      let probe = PostgresProbe(options)
      defer {
        for client in clients { client.close() }
        probe.close()
      }
      let probed = Task { @LoopActor in await probe.probe() }
      let tries = clients.map { client in
        Task { @LoopActor in
          await failure { () async throws(SourceFailure) in
            try await client.query(PostgresQuery("SELECT 1"))
          }?.code
        }
      }
      for one in tries { #expect(await one.value == .unauthorized) }
      guard case .failure(let refusal) = await probed.value else {
        Issue.record("it was let in")
        return
      }
      #expect(refusal.code == .unauthorized)
      #expect(refusals() == before + 1)
    }

    @Test @LoopActor func aRefusalThatIsNotThePasswordsIsTriedAgain() async throws {
      let server = TestPostgres.shared
      server.sql("DROP ROLE IF EXISTS late")
      let client = PostgresClient(try server.options(user: "late"))
      defer { client.close() }
      func ask() async -> SourceFailure? {
        await failure { () async throws(SourceFailure) in try await client.query(PostgresQuery("SELECT 1")) }
      }
      #expect(await ask()?.code == .unauthorized)
      server.sql("CREATE ROLE late LOGIN PASSWORD 'x'")
      _ = await ask()
      #expect(client.connections == 2)
    }

    @Test @LoopActor func unixSocketAndServiceOptionsWork() async throws {
      let server = TestPostgres.shared
      let client = PostgresClient(
        try PostgresOptions(
          address:
            "host=\(server.directory) port=\(server.port) user=postgres dbname=postgres options='-c work_mem=5MB'"
        )
      )
      defer { client.close() }
      let table = try await client.query(
        PostgresQuery("SELECT current_setting('work_mem'), current_setting('application_name')")
      )
      #expect(table.rows == [[.text("5MB"), .text("switchboard")]])
    }

    @Test func brokenAddressDoesNotQuoteThePassword() {
      #expect {
        try PostgresOptions(address: "postgresql://a:geheim@host:port:9/x?pass=geheim")
      } throws: {
        ($0 as? SourceFailure)?.code == .misconfigured && !"\($0)".contains("geheim")
      }
    }

    @Test @LoopActor func anAnswerBelowTheCapIsWhole() async throws {
      let client = PostgresClient(try TestPostgres.shared.options())
      defer { client.close() }
      let wide = "SELECT repeat('x', 1000) FROM generate_series(1, %)"
      for (sql, count, isWhole) in [
        (wide, 2_000, true), (wide, 20_000, false),
        // 3 MB on the wire, though only 0.8 MB of values.
        ("SELECT n FROM generate_series(1, %) n", 200_000, true),
        ("SELECT n FROM generate_series(1, %) n", 1_000_000, false),
      ] {
        let table = try await client.query(
          PostgresQuery(sql.replacing("%", with: "\(count)"), deadline: .seconds(20), rowCap: 2_000_000)
        )
        #expect(table.isCut == !isWhole, "\(count) of \(sql)")
        #expect((table.rows.count == count) == isWhole, "\(table.rows.count) of \(count)")
      }
    }

    @Test(arguments: [
      (20_000, 4_000, 16_000), (20_000, 0, 20_000), (5, 0, 5), (0, 0, 0),
      // More came than was taken.
      (500_000, 700_000, 8_192), (100, 700_000, 100), (0, 10, 0),
    ])
    func whatWasTakenIsNeverNegative(before: Int, after: Int, taken: Int) {
      #expect(PostgresClient.consumed(before: before, after: after) == taken)
    }

    @Test @LoopActor func hugeAnswersAreCut() async throws {
      // A million rows are made before the first is sent: that is slow on a busy machine.
      let patience = Duration.seconds(120)
      let client = PostgresClient(try TestPostgres.shared.options(), statementTimeout: patience)
      defer { client.close() }
      let many = try await client.query(
        PostgresQuery("SELECT n FROM generate_series(1, 10000000) n", deadline: patience, rowCap: 1_000)
      )
      let isManyCut = many.isCut
      #expect(isManyCut)
      #expect(many.rows.count == 1_000)
      let large = try await client.query(
        PostgresQuery(
          "SELECT repeat('x', 1000) FROM generate_series(1, 1000000)",
          deadline: patience,
          byteCap: 1 << 20
        )
      )
      let isLargeCut = large.isCut
      #expect(isLargeCut)
      #expect(large.rows.count < 4_000)
      let wide = try await client.query(
        PostgresQuery("SELECT repeat('x', 100000000)", deadline: patience, byteCap: 1 << 20)
      )
      let isWideCut = wide.isCut
      #expect(isWideCut)
      #expect(wide.rows.count == 0)
      #expect(try await client.query(PostgresQuery("SELECT 1")).rows == [[.integer(1)]])
    }

    @Test @LoopActor func cancelledTaskEndsItsQueryOnTheServer() async throws {
      let client = PostgresClient(try TestPostgres.shared.options(), statementTimeout: .seconds(60))
      let watcher = PostgresClient(try TestPostgres.shared.options())
      defer {
        client.close()
        watcher.close()
      }
      func running() async -> Int? {
        try? await watcher.query(
          PostgresQuery("SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(50)'")
        ).rows.first?.first?.integer
      }
      let task = Task { @LoopActor in
        try await client.query(PostgresQuery("SELECT pg_sleep(50)", deadline: .seconds(60)))
      }
      #expect(await comesTrue { await running() == 1 })
      task.cancel()
      let result = await task.result
      #expect(throws: SourceFailure.self) { try result.get() }
      #expect(await comesTrue { await running() == 0 })
    }

    @Test @LoopActor func backendKilledInTheMiddleIsDisconnected() async throws {
      for signal in [SIGTERM, SIGKILL] {
        let server = TestPostgres()
        let client = PostgresClient(try server.options())
        let watcher = PostgresClient(try server.options())
        defer {
          client.close()
          watcher.close()
        }
        let pid = try await client.query(PostgresQuery("SELECT pg_backend_pid()")).rows[0][0].integer
        let task = Task { @LoopActor in try await client.query(PostgresQuery("SELECT 1, pg_sleep(4)")) }
        #expect(
          await comesTrue {
            let sleeping = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT 1, pg_sleep(4)'"
            return (try? await watcher.query(PostgresQuery(sleeping)))?.rows == [[.integer(1)]]
          }
        )
        kill(pid_t(pid ?? 0), signal)
        let result = await task.result
        #expect(
          {
            guard case .failure(let error as SourceFailure) = result else { return false }
            return error.code == .disconnected
              && (signal == SIGKILL || error.detail.contains("57P01"))
          }(),
          "\(result)"
        )
        #expect(
          await comesTrue { (try? await client.query(PostgresQuery("SELECT 1")))?.rows == [[.integer(1)]] }
        )
        server.server.send(SIGQUIT)
        server.server.wait()
        #expect(
          await comesTrue {
            await failure { () async throws(SourceFailure) in
              try await client.query(PostgresQuery("SELECT 1"))
            }?.code == .refused
          }
        )
      }
    }

    @Test @LoopActor func frozenServerTimesOutAndTheLoopLives() async throws {
      let server = TestPostgres.shared
      let old = PostgresClient(try server.options())
      let new = PostgresProbe(try server.options())
      defer {
        server.thaw()
        old.close()
        new.close()
      }
      _ = try await old.query(PostgresQuery("SELECT 1"))
      server.freeze()
      let pulse = LoopPulse()
      let query = await failure { () async throws(SourceFailure) in
        try await old.query(PostgresQuery("SELECT 1", deadline: .milliseconds(300)))
      }
      let connect = await new.probe(deadline: .milliseconds(300))
      #expect(query?.code == .timedOut)
      #expect(connect == .failure(SourceFailure(.timedOut, at: old.address, detail: "no connection in time")))
      #expect(pulse.stop() < .milliseconds(200))
      server.thaw()
      #expect(
        await comesTrue { (try? await old.query(PostgresQuery("SELECT 1")))?.rows == [[.integer(1)]] }
      )
      #expect(
        await comesTrue {
          if case .success = await new.probe() { true } else { false }
        }
      )
    }
  }
}
