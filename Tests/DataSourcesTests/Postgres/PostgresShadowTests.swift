import Facts
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

/// What a role that may create things in a schema of the search path can do to whoever reads it: nothing.
extension PostgresLiveTests {
  @Suite(.serialized) struct Shadows {
    typealias Fixtures = PostgresFixtures

    init() { EventLoop.runOnOwnThread() }

    /// Exists once any code of the low role's has run as the server's own user.
    private static var marker: String { "\(TestPostgres.shared.directory)/ran" }
    private static var hasRun: Bool { access(marker, F_OK) == 0 }

    /// Everything that the console asks of a database with today's schema.
    @LoopActor private static func statements(_ source: PostgresSource) async throws -> [PostgresQuery] {
      let schema = try await PostgresTables(source.client).schema()
      let table = try #require(schema.runsTable)
      let runs = RunsQueries(
        schema: schema,
        table: table,
        window: .seconds(86_400),
        stuckAfter: .seconds(1_800)
      )
      var withTasks = runs
      withTasks.tasks = [TaskFailure(id: "t", exception: "X")]
      let details = schema.measures.flatMap { measure in
        [RunsDetail.Subject.run, .validation].compactMap {
          RunsDetail(schema: schema, measure: measure).query($0, id: Fixtures.id(1))
        }
      }
      let validations = schema.measures.flatMap { measure in
        var queries = ValidationsQueries(
          schema: schema,
          measure: measure,
          window: .seconds(86_400),
          threshold: 0.5
        )
        let all = [queries.query, queries.groups, queries.before]
        return
          (all
          + ValidationGrouping.allCases.map { grouping in
            queries.group = (grouping, nil)
            return queries.query
          }).compactMap { $0 }
      }
      let records = ValidationRecordQueries(schema: schema)
      let further = [
        records.queue(Fixtures.id(1)), records.people(Fixtures.id(1)),
        records.defects(execution: Fixtures.id(1), run: Fixtures.id(1)),
      ].compactMap { if case .query(let query) = $0 { query } else { nil } }
      return [
        PostgresSchema.query, PostgresSource.sessionQuery, try #require(source.latencyQuery(schema)),
        runs.attention, runs.reasons, runs.tested, runs.former, withTasks.attention,
        try #require(PostgresSource.lastGood(schema, before: Fixtures.id(1))),
      ]
        + details + validations + further + [
          try #require(records.result(Fixtures.id(1))),
          schema.script(named: nil), schema.executionState(Fixtures.id(1)),
          schema.executions(of: Fixtures.id(900), since: "2026-01-01"), schema.newestExecution(),
          schema.age(of: Fixtures.id(1), since: "2026-01-01"),
        ]
    }

    /// A database like any other, and what was read of it before anybody interfered.
    private static let database: String = {
      TestPostgres.shared.database(
        "shadowed",
        Fixtures.newSchema,
        Fixtures.runs("suite_runs"),
        Fixtures.executions("suite_run_id"),
        Fixtures.failedResults,
        """
        ALTER TABLE scenario_scripts ADD is_active bool DEFAULT true, ADD created_at timestamptz DEFAULT now();
        DROP ROLE IF EXISTS low;
        CREATE ROLE low LOGIN;
        GRANT CREATE ON SCHEMA public TO low;
        -- The worst that settings can do: the low role's schema goes before the system's.
        ALTER DATABASE shadowed SET search_path = public, pg_catalog;
        ALTER ROLE postgres IN DATABASE shadowed SET search_path = public, pg_catalog;
        """
      )
      return "shadowed"
    }()

    /// As the low role: everything of a name in the list that can be created is, and runs a command.
    private static func shadow(_ functions: [String], _ relations: [String]) -> String {
      """
      SET ROLE low;
      SET search_path = pg_catalog;
      CREATE FUNCTION public.trap() RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog AS $f$ BEGIN
        IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
          COPY (SELECT 1) TO PROGRAM 'cat >\(marker)';
        END IF;
        RETURN NULL; END $f$;
      CREATE FUNCTION public.attempt(command text) RETURNS bool LANGUAGE plpgsql AS $f$ BEGIN
        EXECUTE command; RETURN true;
        EXCEPTION WHEN OTHERS THEN RETURN false; END $f$;
      CREATE TEMP TABLE wanted AS SELECT unnest('{\(functions.joined(separator: ","))}'::text[]) AS name;
      -- Functions, with their own arguments and with those that columns of varchar fit better.
      SELECT count(public.attempt(format(
          'CREATE FUNCTION public.%I(%s) RETURNS %s LANGUAGE plpgsql AS $x$ BEGIN PERFORM public.trap(); RETURN %s; END $x$',
          p.proname, replace(replace(replace(pg_get_function_arguments(p.oid), 'VARIADIC "any"', 'VARIADIC text[]'),
            '"any"', 'text'), 'text', kind),
          pg_get_function_result(p.oid), CASE WHEN p.proretset THEN '' ELSE 'NULL' END)))
        FROM pg_proc p JOIN wanted ON wanted.name = p.proname, unnest('{text,character varying,uuid}'::text[]) kind
        WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind IN ('f', 'w');
      -- Aggregates of everything that is aggregated.
      SELECT count(public.attempt(format(
          'CREATE FUNCTION public.trap_step(bigint, %1$s) RETURNS bigint LANGUAGE plpgsql AS $x$ BEGIN RETURN public.trap(); END $x$', kind)))
        FROM unnest('{text,character varying,uuid,timestamptz,float8,int8,int4,numeric,bool}'::text[]) kind;
      CREATE FUNCTION public.trap_step(bigint) RETURNS bigint LANGUAGE plpgsql AS $x$ BEGIN RETURN public.trap(); END $x$;
      SELECT count(public.attempt(format(
          'CREATE AGGREGATE public.%I(%s) (SFUNC = public.trap_step, STYPE = bigint)', name, kind)))
        FROM wanted, unnest('{*,text,character varying,uuid,timestamptz,float8,int8,int4,numeric,bool}'::text[]) kind
        WHERE EXISTS (SELECT FROM pg_proc p WHERE p.proname = name AND p.prokind = 'a');
      SELECT public.attempt('CREATE AGGREGATE public.percentile_cont(float8 ORDER BY float8) (SFUNC = public.trap_step, STYPE = bigint)');
      -- Every operator of the types in use, with their own operands and with those of varchar.
      SELECT count(public.attempt(format(
          'CREATE FUNCTION public.trap_operator(%s, %s) RETURNS %s LANGUAGE plpgsql AS $x$ BEGIN PERFORM public.trap(); RETURN NULL; END $x$',
          l, r, result))), count(public.attempt(format(
          'CREATE OPERATOR public.%s (FUNCTION = public.trap_operator, LEFTARG = %s, RIGHTARG = %s)', oprname, l, r)))
        FROM (SELECT o.oprname, replace(format_type(o.oprleft, NULL), 'text', kind) l,
            replace(format_type(o.oprright, NULL), 'text', kind) r, format_type(o.oprresult, NULL) result
          FROM pg_operator o, unnest('{text,character varying}'::text[]) kind
          WHERE o.oprleft = ANY('{text,name,uuid,timestamptz,interval,float8,int8,int4,numeric,jsonb,json,bool,oid,"char"}'::regtype[])
            AND o.oprright = ANY('{text,name,uuid,timestamptz,interval,float8,int8,int4,numeric,jsonb,json,bool,oid,"char",text[]}'::regtype[])) x;
      -- Types that every cast to them runs code for.
      SELECT count(public.attempt(format('CREATE DOMAIN public.%I AS pg_catalog.%I CHECK (public.trap() IS NULL)', name, name)))
        FROM unnest('{text,float8,int8,int4,uuid,timestamptz,jsonb,json,interval,regnamespace}'::text[]) name;
      -- Relations in place of the system's, and the runs of the older generation as a view.
      SELECT count(public.attempt(format('CREATE VIEW public.%I AS SELECT *, public.trap() FROM pg_catalog.%I', name, name)))
        FROM unnest('{\(relations.joined(separator: ","))}'::text[]) name;
      CREATE VIEW public.test_runs AS SELECT gen_random_uuid() AS id, 'failed'::text AS status,
        now() AS created_at, public.trap() AS name;
      """
    }

    /// An index over an expression, which whoever plans a query of its table calculates.
    private static let indexed = """
      SET ROLE low;
      CREATE FUNCTION public.constant(int) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT public.trap()';
      CREATE TABLE public.voice_test_executions (id uuid, suite_run_id uuid, created_at timestamptz, status varchar);
      CREATE INDEX ON public.voice_test_executions ((public.constant(1)));
      """

    /// The names that are called in a statement: `pg_catalog.lower(` gives `lower`.
    private static func called(_ sql: String) -> [String] {
      sql.matches(of: /pg_catalog\.([a-z_]+)\(/).map { String($0.output.1) }
    }

    @Test @LoopActor func nothingOfALowRoleRunsAndNoCountMoves() async throws {
      let server = TestPostgres.shared
      // With startup options that would undo what isn't set in each transaction.
      let address =
        try server.options(Self.database).address + "?options=-c%20search_path%3Dpublic,pg_catalog"
      let source = PostgresSource(try PostgresOptions(address: address))
      defer { source.close() }
      let before = try await source.poll()
      let statements = try await Self.statements(source)
      let functions = Set(statements.flatMap { Self.called($0.sql) } + ["set_config"])
      let relations = Set(
        statements.flatMap {
          $0.sql.matches(of: /pg_catalog\.(pg_[a-z_]+)(?![a-z_(])/).map { String($0.output.1) }
        }
      )
      #expect(functions.isSuperset(of: ["lower", "count", "now", "left", "percentile_cont", "bool_or"]))
      #expect(relations.isSuperset(of: ["pg_class", "pg_stat_activity", "pg_settings"]))
      server.sql(Self.shadow(functions.sorted(), relations.sorted()), database: Self.database)

      let names = try await source.client.query(
        PostgresQuery(
          """
          SELECT DISTINCT proname::pg_catalog.text FROM pg_catalog.pg_proc
          WHERE pronamespace = 'public'::pg_catalog.regnamespace AND proname = ANY($1::pg_catalog.text[])
          """,
          ["{\(functions.sorted().joined(separator: ","))}"]
        )
      ).rows.compactMap { $0.first?.text }
      #expect(Set(names) == functions, "not shadowed: \(functions.subtracting(names))")
      // The traps are real: whoever calls them by their bare names runs the command.
      for bare in [
        "SELECT lower('x'::varchar)", "SELECT 1 WHERE 'x'::varchar = 'y'::varchar", "SELECT count(*)",
      ] {
        server.sql(bare, database: Self.database)
        #expect(Self.hasRun, "\(bare) springs no trap")
        unlink(Self.marker)
      }

      for options in [try PostgresOptions(address: address), try server.options(Self.database)] {
        let source = PostgresSource(options)
        let probe = PostgresProbe(options)
        defer {
          source.close()
          probe.close()
        }
        let after = try await source.poll()
        #expect(!Self.hasRun)
        let refused = try await PostgresTables(source.client).schema().refused
        #expect(refused["test_runs"] == "a view of low")
        #expect(after.snapshot(RunsSnapshot.self) == before.snapshot(RunsSnapshot.self))
        #expect(after.snapshot(ValidationsSnapshot.self) == before.snapshot(ValidationsSnapshot.self))
        for observation in before.observations where observation.name != "postgres.connections" {
          #expect(after.value(observation.name) == observation.value, "\(observation.name)")
        }
        for statement in try await Self.statements(source) { _ = try await source.client.query(statement) }
        #expect(try await source.runDetail(id: Fixtures.id(1)).executions.count == 33)
        guard case .success = await probe.probe() else {
          Issue.record("the probe fails")
          return
        }
        #expect(!Self.hasRun)
      }

      server.sql(Self.indexed, database: Self.database)
      unlink(Self.marker)
      server.sql("SELECT FROM public.voice_test_executions", database: Self.database)
      #expect(Self.hasRun, "the index springs no trap")
      unlink(Self.marker)
      let reading = try await source.poll()
      #expect(!Self.hasRun)
      let runs = reading.observations.first { $0.name == "runs.attention" }
      #expect(runs?.state == .error)
      #expect(runs?.word == "voice_test_executions: owned by low, not read as a superuser")
      server.sql("DROP TABLE public.voice_test_executions", database: Self.database)
    }

    @Test @LoopActor func everyStatementNamesWhereItsFunctionsTypesAndTablesAre() async throws {
      let source = PostgresSource(try TestPostgres.shared.options(Self.database))
      defer { source.close() }
      let words: Set<String> = [
        "as", "in", "any", "all", "coalesce", "greatest", "least", "extract", "filter", "over", "array",
        "exists",
        "group", "select", "from", "where", "and", "or", "lateral", "join", "when", "then", "not", "by",
        "materialized", "check", "on", "t", "grouping", "sets", "nullif",
      ]
      for statement in try await Self.statements(source) {
        let sql = statement.sql.replacing(/'[^']*'/, with: "''").lowercased()
          .replacing("extract(epoch from", with: "extract(")
        for call in sql.matches(of: /([a-z_."]+)\s*\(/) where !words.contains(String(call.output.1)) {
          #expect(call.output.1.hasPrefix("pg_catalog."), "\(call.output.1) in \(sql)")
        }
        for cast in sql.matches(of: /::\s*([a-z_0-9."]+)/) where !["int", "interval"].contains(cast.output.1)
        {
          #expect(cast.output.1.hasPrefix("pg_catalog."), "\(cast.output.1) in \(sql)")
        }
        let queries = sql.matches(of: /(?:with|,)\s+([a-z]+) as (?:materialized )?\(/).map {
          String($0.output.1)
        }
        for table in sql.matches(of: /(?:from|join)\s+([a-z_."]+)/) where table.output.1 != "lateral" {
          let name = String(table.output.1)
          #expect(
            name.hasPrefix("pg_catalog.") || name.hasPrefix("\"public\".") || queries.contains(name),
            "\(name) in \(sql)"
          )
        }
      }
    }

    @Test @LoopActor func aSuperuserIsTold() async throws {
      let server = TestPostgres.shared
      server.database("roles", Fixtures.newSchema)
      server.sql(
        """
        DROP ROLE IF EXISTS reader;
        CREATE ROLE reader LOGIN;
        DROP ROLE IF EXISTS runner;
        CREATE ROLE runner LOGIN IN ROLE pg_execute_server_program;
        GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader, runner;
        """,
        database: "roles"
      )
      for (user, state, word) in [
        ("postgres", FactState.warn, "a superuser: connect as a role that may only read"),
        ("runner", .warn, "may run programs there: connect as a role that may only read"),
        ("reader", .ok, "no superuser"),
      ] {
        let source = PostgresSource(try server.options("roles", user: user))
        defer { source.close() }
        let reading = try await source.poll()
        let role = try #require(reading.observations.first { $0.name == "postgres.role" })
        #expect(role.value == .text(user))
        #expect(role.state == state)
        #expect(role.word == word)
        #expect(role.kind == .health)
        #expect(reading.value("runs.attention") == .number(0))
      }
    }

    @Test @LoopActor func theTablesAreFoundWhereTheyAre() async throws {
      let server = TestPostgres.shared
      server.database(
        "elsewhere",
        "CREATE SCHEMA \"My App\"; SET search_path = \"My App\";\n" + Fixtures.newSchema
          + Fixtures.runs("suite_runs")
      )
      let source = PostgresSource(try server.options("elsewhere"))
      defer { source.close() }
      #expect(try await source.poll().value("runs.attention") == .number(5))
    }
  }
}
