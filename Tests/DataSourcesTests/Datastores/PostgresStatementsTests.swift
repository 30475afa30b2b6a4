import Facts
import Testing

@testable import DataSources

extension PostgresLiveTests {
  /// Statements that somebody writes: what they may ask, and that none of them changes anything.
  @Suite(.serialized) struct Statements {
    init() { EventLoop.runOnOwnThread() }

    private static let prepared = Task {
      TestPostgres.shared.database(
        "statements",
        """
        CREATE TABLE kept (id int PRIMARY KEY, name text);
        INSERT INTO kept VALUES (1, 'one'), (2, NULL), (3, 'three');
        CREATE SEQUENCE counted;
        CREATE FUNCTION writes() RETURNS int LANGUAGE sql AS 'DELETE FROM kept; SELECT 1';
        CREATE FUNCTION sneaks() RETURNS int LANGUAGE plpgsql AS
          'BEGIN PERFORM set_config(''transaction_read_only'', ''off'', false); DELETE FROM kept; RETURN 1; END';
        """
      )
    }

    @LoopActor private func statements(
      limit: Duration = PostgresStatements.usualLimit
    ) async throws
      -> PostgresStatements
    {
      await Self.prepared.value
      return PostgresStatements(try TestPostgres.shared.options("statements"), limit: limit)
    }

    /// All that there is, as another connection sees it.
    @LoopActor private func contents() async throws -> [[PostgresValue]] {
      let client = PostgresClient(try TestPostgres.shared.options("statements"))
      defer { client.close() }
      let text = """
        SELECT (SELECT pg_catalog.string_agg(k.id || ':' || coalesce(k.name, '-'), ',' ORDER BY k.id) FROM public.kept k),
          (SELECT pg_catalog.count(*) FROM pg_catalog.pg_class c WHERE c.relnamespace = 'public'::regnamespace),
          (SELECT s.is_called FROM public.counted s),
          (SELECT pg_catalog.count(*) FROM pg_catalog.pg_prepared_xacts)
        """
      return try await client.query(PostgresQuery(text)).rows
    }

    @LoopActor private func answer(_ outcome: StatementOutcome) throws -> StatementAnswer {
      guard case .answered(let answer) = outcome else {
        Issue.record("\(outcome)")
        throw SourceFailure(.rejected, at: "", detail: "\(outcome)")
      }
      return answer
    }

    @LoopActor private func report(_ outcome: StatementOutcome) -> PostgresReport? {
      guard case .failed(_, let report) = outcome else { return nil }
      return report
    }

    @Test @LoopActor func valuesComeAsTheServerWritesThemAndNullIsNone() async throws {
      let statements = try await statements()
      let rows = try answer(
        await statements.run("SELECT id, name, now() > '2020-01-01', '{1,2}'::int[] FROM kept ORDER BY 1")
      )
      #expect(rows.columns.map(\.string) == ["id", "name", "?column?", "int4"])
      #expect(
        rows.rows == [["1", "one", "t", "{1,2}"], ["2", nil, "t", "{1,2}"], ["3", "three", "t", "{1,2}"]]
      )
      #expect(rows.cut == nil)
      let none = try answer(await statements.run("SELECT id, name FROM kept WHERE false"))
      #expect(none.columns.map(\.string) == ["id", "name"] && none.rows.isEmpty)
      for text in [
        "TABLE kept", "VALUES (1)", "SHOW server_version", "explain SELECT 1",
        "/* a /* b */ c */ -- d\n(SELECT 1)", "WITH x AS (SELECT 1) TABLE x", "SELECT 1;",
      ] {
        #expect(!(try answer(await statements.run(text))).columns.isEmpty, "\(text)")
      }
    }

    /// Each of them changes something, or would if it could: past the check of the first word and through it.
    @Test @LoopActor func nothingCanBeChangedByAStatementHoweverItIsWritten() async throws {
      let statements = try await statements()
      let before = try await contents()
      let texts = [
        "DELETE FROM kept", "COMMIT; DELETE FROM kept", "COMMIT; DELETE FROM kept; BEGIN",
        "SELECT 1; DELETE FROM kept",
        "SELECT 1; COMMIT; DELETE FROM kept", "COMMIT", "ROLLBACK", "COMMIT AND CHAIN", "BEGIN READ WRITE",
        "END",
        "SET TRANSACTION READ WRITE", "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
        "SET default_transaction_read_only = off", "SET transaction_read_only = off", "RESET ALL",
        "DISCARD ALL",
        "ROLLBACK; BEGIN READ WRITE; DELETE FROM kept; COMMIT", "INSERT INTO kept VALUES (4)",
        "UPDATE kept SET name = ''",
        "TRUNCATE kept", "DROP TABLE kept", "CREATE TABLE other (id int)", "CREATE TABLE other AS SELECT 1",
        "SELECT 1 AS id INTO other", "WITH gone AS (DELETE FROM kept RETURNING *) SELECT * FROM gone",
        "EXPLAIN ANALYZE DELETE FROM kept",
        "EXPLAIN (ANALYZE) WITH g AS (DELETE FROM kept RETURNING 1) TABLE g",
        "SELECT nextval('counted')", "SELECT setval('counted', 7)", "SELECT writes()", "SELECT sneaks()",
        "SELECT set_config('transaction_read_only', 'off', false), writes()",
        "SELECT set_config('transaction_read_only', 'off', false) UNION ALL SELECT writes()::text",
        "SELECT lo_create(4711)", "SELECT * FROM kept FOR UPDATE", "DO $$ BEGIN DELETE FROM kept; END $$",
        "DO $$ BEGIN COMMIT; DELETE FROM kept; END $$", "CALL writes()", "COPY kept FROM STDIN",
        "VACUUM kept",
        "CLUSTER kept USING kept_pkey", "PREPARE TRANSACTION 'left'", "COMMIT PREPARED 'left'",
        "GRANT ALL ON kept TO PUBLIC",
        "ALTER SYSTEM SET work_mem = '1MB'", "COMMENT ON TABLE kept IS 'x'", "REINDEX TABLE kept",
        "REFRESH MATERIALIZED VIEW kept", "LOCK TABLE kept", "CREATE TEMP TABLE t (id int)", "NOTIFY kept",
      ]
      for text in texts {
        _ = await statements.run(text)
        #expect(try await contents() == before, "by the prompt: \(text)")
        // The check of the first word is not what keeps the data: the transaction is.
        _ = await statements.send(text)
        #expect(try await contents() == before, "past the check: \(text)")
      }
      #expect(report(await statements.send("DELETE FROM kept"))?.state == "25006")
      #expect(report(await statements.run("SELECT 1; DELETE FROM kept"))?.state == "42601")
      #expect(report(await statements.send("SET TRANSACTION READ WRITE"))?.state == "25001")
      #expect(report(await statements.run("SELECT sneaks()"))?.state == "25001")
    }

    @Test @LoopActor func whatActsBesideItsTransactionIsNotSent() async throws {
      let statements = try await statements()
      let file = "\(TestPostgres.shared.directory)/written"
      for text in [
        "COPY (SELECT 1) TO '\(file)'", "COPY (SELECT 1) TO PROGRAM 'cat > \(file)'",
        "/* SELECT */ COPY kept TO '\(file)'",
        "-- SELECT\nCOPY kept TO '\(file)'", "CHECKPOINT", "LISTEN x", "PREPARE TRANSACTION 'x'", "",
        "  -- nothing", "/* SELECT 1",
        "SELECT\0 1", ";SELECT 1",
      ] {
        guard case .notSent = await statements.run(text) else {
          Issue.record("sent: \(text)")
          continue
        }
      }
      #expect(DataSourcesTests.text(of: file).isEmpty)
    }

    @Test(arguments: [
      ("SELECT pg_terminate_backend(7)", "pg_terminate_backend"),
      ("select 1, Pg_Catalog.PG_CANCEL_BACKEND (7)", "pg_cancel_backend"),
      ("SELECT pg_catalog . /* a */ pg_reload_conf -- b\n()", "pg_reload_conf"),
      ("SELECT \"pg_terminate_backend\"(7)", "pg_terminate_backend"),
      ("SELECT 'it''s', pg_rotate_logfile()", "pg_rotate_logfile"),
      ("SELECT '\\', pg_promote(), '", "pg_promote"),
      ("SELECT E'\\'', pg_switch_wal()", "pg_switch_wal"),
      ("SELECT e'a'\n'\\' ', pg_create_restore_point('x'), ''", "pg_create_restore_point"),
      ("SELECT $$a$$, $b$ $$ $b$, pg_backup_start('x')", "pg_backup_start"),
      ("SELECT $1, pg_backup_stop(), $1", "pg_backup_stop"),
      ("SELECT /* /* */ */ pg_wal_replay_pause()", "pg_wal_replay_pause"),
      ("SELECT -1-pg_wal_replay_resume()", "pg_wal_replay_resume"),
      ("SELECT * FROM dblink('x', 'DELETE FROM kept') AS t (a int)", "dblink"),
      ("SELECT dblink_exec('x')", "dblink_exec"), ("SELECT lo_export(1, '/tmp/x')", "lo_export"),
      ("SELECT lo_import('/tmp/x')", "lo_import"), ("SELECT lo_unlink(1)", "lo_unlink"),
      ("SELECT pg_file_write('x', 'y', true)", "pg_file_write"),
      ("WITH a AS (SELECT pg_logical_emit_message(false, 'a', 'b')) TABLE a", "pg_logical_emit_message"),
      ("VALUES (set_config('a', 'b', false))", "set_config"), ("SELECT pg_notify('a', 'b')", "pg_notify"),
      ("EXPLAIN ANALYZE SELECT pg_advisory_lock(1)", "pg_advisory_lock"),
      ("SELECT pg_try_advisory_lock(1)", "pg_try_advisory_lock"),
    ])
    func whatNamesAFunctionThatActsOnTheServerIsNotSent(_ text: String, _ name: String) {
      let reason = StatementCheck.reason(against: text)?.string
      let keys = ": on a connection of :db K terminates it, C cancels its query"
      let hasKeys = ["pg_terminate_backend", "pg_cancel_backend"].contains(name)
      #expect(
        reason == "\(name) is not sent, it acts beside its transaction\(hasKeys ? keys : "")",
        "\(text)"
      )
    }

    @Test func aNameThatNobodyCanReadIsNotSent() {
      let reason = StatementCheck.reason(against: "SELECT u&\"pg\\005freload_conf\"()")?.string
      #expect(reason?.hasPrefix("names written as U&") == true)
    }

    @Test(arguments: [
      "SELECT query FROM pg_stat_activity WHERE query LIKE '%pg_terminate_backend(%'",
      "SELECT 1 -- pg_terminate_backend(7)", "SELECT /* /* a */ pg_reload_conf() */ 1",
      "SELECT 'it''s pg_promote()'", "SELECT E'\\' pg_promote()'", "SELECT e'a'\n'\\' pg_promote()'",
      "SELECT $$ pg_promote() $$, $a$ pg_promote() $b$ $a$",
      "SELECT my_pg_promote(), pg_promote_all, pg_promote$()",
      "SELECT \"PG_PROMOTE\", \"a\"\"pg_promote\", U&'pg_promote'", "SELECT 'pg_promote",
      "SELECT $$ pg_promote",
      "SELECT \"", "SELECT $", "SELECT E'\\", "SELECT pg_backend_pid(), pg_is_in_recovery()",
    ])
    func whatOnlySpeaksOfSuchAFunctionIsSent(_ text: String) {
      #expect(StatementCheck.reason(against: text) == nil, "\(text)")
    }

    @Test @LoopActor func anErrorIsToldInTheServersWordsWithItsPlace() async throws {
      let statements = try await statements()
      let missing = report(await statements.run("SELECT id FROM keptt"))
      #expect(missing?.state == "42P01" && missing?.message == "relation \"keptt\" does not exist")
      #expect(missing?.position == 16)
      let column = report(await statements.run("SELECT nam FROM kept"))
      #expect(
        column?.position == 8 && column?.hint == "Perhaps you meant to reference the column \"kept.name\"."
      )
      // Counted in characters, not in bytes.
      #expect(report(await statements.run("SELECT 'äöü', x FROM kept"))?.position == 15)
      #expect(report(await statements.run("SELECT"))?.position == nil)
    }

    @Test @LoopActor func aLongAnswerIsCutAndSaysSo() async throws {
      let statements = try await statements()
      let many = try answer(await statements.run("SELECT g FROM generate_series(1, 100000) g"))
      #expect(
        many.rows.count == PostgresStatements.mostRows && many.cut?.string.contains("1,000 rows") == true
      )
      let exact = try answer(await statements.run("SELECT g FROM generate_series(1, 1000) g"))
      #expect(exact.rows.count == 1_000 && exact.cut == nil)
      let wide = try answer(await statements.run("SELECT repeat('x', 300000) FROM generate_series(1, 10)"))
      #expect(
        wide.rows.count == 3 && wide.cut?.string.contains("1 MiB") == true,
        "\(wide.rows.count) \(wide.cut ?? "")"
      )
    }

    @LoopActor private func sleeping(_ mark: String) async throws -> Bool {
      let client = PostgresClient(try TestPostgres.shared.options("statements"))
      defer { client.close() }
      let text =
        "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE $1 AND pid <> pg_backend_pid()"
      return try await !client.query(PostgresQuery(text, ["%\(mark)%"])).rows.isEmpty
    }

    @Test @LoopActor func whatIsCancelledEndsOnTheServerToo() async throws {
      let statements = try await statements()
      let task = Task { @LoopActor in await statements.run("SELECT pg_sleep(600), 'cancelled here'") }
      #expect(await comesTrue { (try? await sleeping("cancelled here")) == true })
      task.cancel()
      guard case .failed(let failure, _) = await task.value else {
        Issue.record("answered")
        return
      }
      #expect(failure.code == .cancelled)
      #expect(await comesTrue { (try? await sleeping("cancelled here")) == false })
    }

    @Test @LoopActor func aStatementThatTakesTooLongIsGivenUpByTheServer() async throws {
      let statements = try await statements(limit: .seconds(2))
      let report = report(await statements.run("SELECT pg_sleep(600)"))
      #expect(report?.state == "57014", "\(String(describing: report))")
    }

    @Test @LoopActor func throughAPoolerItIsReadOnlyAllTheSame() async throws {
      await Self.prepared.value
      let bouncer = TestPgBouncer("transaction")
      let before = try await contents()
      let statements = PostgresStatements(try PostgresOptions(address: bouncer.address("statements")))
      #expect(try answer(await statements.run("SELECT count(*) FROM kept")).rows == [["3"]])
      #expect(report(await statements.send("DELETE FROM kept"))?.state == "25006")
      #expect(try await contents() == before)
      // What it set for itself is no other client's.
      let other = PostgresClient(try PostgresOptions(address: bouncer.address("statements")))
      defer { other.close() }
      let setting =
        "SELECT reset_val FROM pg_catalog.pg_settings WHERE name = 'default_transaction_read_only'"
      #expect(try await other.query(PostgresQuery(setting)).rows == [[.text("off")]])
    }
  }
}
