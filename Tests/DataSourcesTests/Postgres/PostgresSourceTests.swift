import Facts
import Testing

@testable import DataSources

extension PostgresLiveTests {
  /// The source against both generations of the schema, an empty database, and odd rows.
  @Suite(.serialized) struct Source {
    typealias Fixtures = PostgresFixtures

    init() { EventLoop.runOnOwnThread() }

    @LoopActor private func read(_ database: String) async throws -> SourceReading {
      let source = PostgresSource(try TestPostgres.shared.options(database))
      defer { source.close() }
      return try await source.poll()
    }

    private static let newDatabase: String = {
      TestPostgres.shared.database(
        "today",
        Fixtures.newSchema,
        Fixtures.runs("suite_runs"),
        Fixtures.executions("suite_run_id"),
        Fixtures.failedResults,
        "ANALYZE"
      )
      return "today"
    }()

    @Test @LoopActor func todaysSchemaTellsWhatNeedsAttention() async throws {
      let reading = try await read(Self.newDatabase)
      let runs = try #require(reading.snapshot(RunsSnapshot.self))
      #expect(runs.table == "suite_runs")
      #expect(runs.total == 7)
      let found = runs.rows.map { row in (row.id, row.kind, row.attention) }
      let expected: [(Int, RunRow.Kind, RunRow.Attention)] = [
        (1_202, .execution, [.validations]), (1_201, .execution, [.status, .executions]),
        (1, .run, [.validations]), (2, .run, [.status, .executions]), (5, .run, [.stuck]),
        (6, .run, [.status]), (7, .run, [.stuck]),
      ]
      #expect(found.map(\.0) == expected.map { Fixtures.id($0.0) })
      #expect(found.map(\.1) == expected.map(\.1))
      #expect(found.map(\.2) == expected.map(\.2))
      let first = try #require(runs.rows.first { $0.id == Fixtures.id(1) })
      #expect(first.executions == 33)
      #expect(first.failedValidations == 63)
      #expect(first.reason?.string.hasPrefix("Missing entity: 'time'") == true)
      let crashed = try #require(runs.rows.first { $0.id == Fixtures.id(2) })
      #expect(crashed.failedExecutions == 3)
      #expect(
        crashed.reason == "Text-to-speech generation failed: Failed to connect. Probable cause: Unknown"
      )
      #expect(runs.rows.first { $0.id == Fixtures.id(6) }?.name == nil)
      #expect(reading.value("runs.attention") == .number(7))
      #expect(reading.value("runs.failed_1h") == .number(3))
      #expect(reading.value("runs.stuck") == .number(2))
      #expect(reading.state("runs.stuck") == .warn)
      // Three quick tests ended within five minutes; one of them was good.
      let rate = try #require(reading.observations.first { $0.name == "runs.success_rate_5m" })
      #expect(rate.value == nil && rate.state == .nodata)
      #expect(rate.word == "too few: 1 of 3, suite_runs")
    }

    @Test @LoopActor func anAnswerThatWasCutSaysSo() async throws {
      let source = PostgresSource(try TestPostgres.shared.options(Self.newDatabase))
      defer { source.close() }
      func word(_ reading: SourceReading, _ name: FactName) -> String? {
        reading.observations.first { $0.name == name }?.word
      }
      #expect(word(try await source.poll(), "runs.attention") == "suite_runs")
      source.lastReasons = nil
      source.byteCap = 700
      let reading = try await source.poll()
      let runs = try #require(reading.snapshot(RunsSnapshot.self))
      #expect((1..<7).contains(runs.rows.count) && runs.total == 7)
      #expect((1..<12).contains(runs.reasons.count) && runs.failures == 68)
      #expect(
        word(reading, "runs.attention")
          == "suite_runs, first \(runs.rows.count) rows, the answer was cut, "
          + "failures: first \(runs.reasons.count) rows, the answer was cut"
      )
      #expect(word(reading, "runs.stuck") == "suite_runs")
      let lowest = try #require(reading.snapshot(ValidationsSnapshot.self)?.lowest)
      #expect(word(reading, "validations.low_24h")?.hasSuffix("the answer was cut") == !lowest.isEmpty)
      // Not one row: nothing is known, least of all that nothing needs attention.
      source.byteCap = 60
      let none = try await source.poll()
      #expect(none.state("runs.attention") == .error)
      #expect(word(none, "runs.attention") == "too large")
      #expect(none.value("postgres.connections") != nil)
    }

    @Test @LoopActor func hostileTextIsHarmless() async throws {
      let runs = try #require(try await read(Self.newDatabase).snapshot(RunsSnapshot.self))
      let row = try #require(runs.rows.first { $0.id == Fixtures.id(7) })
      #expect(row.status == "warp ☃␛[2J")
      #expect(row.name?.string == "\u{FFFD}evil⏎name")
    }

    @Test @LoopActor func failuresAreCountedByTheirText() async throws {
      let runs = try #require(try await read(Self.newDatabase).snapshot(RunsSnapshot.self))
      #expect(runs.failures == 68)
      #expect(runs.reasons.count == 12)
      #expect(runs.reasons.map(\.count).reduce(0, +) == 68)
      #expect(runs.reasons.first?.text == "Missing entity: 'time'")
      #expect(runs.reasons.first?.count == 34)
      #expect(runs.reasons.first?.ids == [Fixtures.id(1)])
      #expect(runs.reasons.first?.counts == Array(repeating: 0, count: 23) + [34])
      let crash = try #require(runs.reasons.first { $0.text?.string.hasPrefix("Text-to-speech") == true })
      #expect(crash.count == 4)
      #expect(crash.ids == [Fixtures.id(2), Fixtures.id(1_201)])
      #expect(crash.counts.suffix(3) == [0, 3, 1] || crash.counts.suffix(3) == [3, 0, 1])
    }

    @Test @LoopActor func todaysConfidenceComesFromTheReport() async throws {
      let reading = try await read(Self.newDatabase)
      let found = try #require(reading.snapshot(ValidationsSnapshot.self))
      #expect(found.measure == "validation_results.houndify_result->>'validation_score'")
      #expect(found.total == 89)
      #expect(found.scored == 89)
      #expect(found.low == 64)
      #expect(found.histogram == [0, 0, 11, 0, 53, 0, 0, 0, 0, 25])
      #expect(found.lowest.count == 89)
      #expect(found.lowest.first?.score == 0.285)
      let row = try #require(found.lowest.first { $0.executionID == Fixtures.id(1_202) })
      #expect(row.scenario == "Demo: Weather Query")
      #expect(row.expected == "What is the weather?")
      #expect(row.heard == "What is the whether?")
      #expect(row.reason == "Missing entity: 'action'")
      #expect(row.asrScore == 0.95)
      #expect(reading.value("validations.low_24h") == .number(64))
    }

    @Test @LoopActor func slowProviderWarnsAndConnectionsAreCounted() async throws {
      let reading = try await read(Self.newDatabase)
      #expect(reading.value("provider.latency") == .number(7_000))
      #expect(reading.state("provider.latency") == .warn)
      let connections = reading.observations.first { $0.name == "postgres.connections" }
      #expect(connections?.word.hasSuffix(" of 27") == true)
      #expect(connections?.state == .ok)
    }

    @Test @LoopActor func providerThatNothingWasAskedOfCountsForNothing() async throws {
      TestPostgres.shared.database("idle_night", Fixtures.newSchema)
      let reading = try await read("idle_night")
      let latency = try #require(reading.observations.first { $0.name == "provider.latency" })
      #expect(latency.state == .nodata)
      #expect(latency.word == "no steps in 15 min")
      #expect(latency.kind == .info)
      // The tests' own role is a superuser, which is told.
      let others = reading.observations.filter { $0.kind == .health && $0.name != "postgres.role" }
      #expect(others.allSatisfy { $0.state == .ok })
    }

    @Test @LoopActor func detailTellsStepsAndResults() async throws {
      let source = PostgresSource(try TestPostgres.shared.options(Self.newDatabase))
      defer { source.close() }
      let quick = try await source.runDetail(id: Fixtures.id(1_202))
      #expect(quick.executions.map(\.scenario) == ["Demo: Weather Query"])
      #expect(quick.executions[0].steps.map(\.order) == [1, 2])
      #expect(quick.executions[0].steps[0].responseTime == .seconds(7))
      #expect(quick.executions[0].steps[1].transcription == nil)
      let result = try #require(quick.executions[0].steps[0].validations.first)
      #expect(result.errors == ["Missing entity: 'action'", "a second error"])
      #expect(result.score == 0.285)
      #expect(result.reviewStatus == "auto_fail")
      #expect(try await source.runDetail(id: Fixtures.id(1)).executions.count == 33)
      let one = try await source.validationDetail(id: result.id)
      #expect(one.executions.first?.steps.map(\.id) == [Fixtures.id(1_302)])
      let missing = await failure { () async throws(SourceFailure) in
        try await source.runDetail(id: Fixtures.id(77))
      }
      #expect(missing?.code == .notFound)
      let nonsense = await failure { () async throws(SourceFailure) in
        try await source.runDetail(id: "x'; DROP TABLE suite_runs")
      }
      #expect(nonsense?.code == .rejected)
    }

    @Test @LoopActor func oldSchemaIsReadByItsOwnNames() async throws {
      TestPostgres.shared.database(
        "runbook_era",
        Fixtures.oldSchema,
        Fixtures.runs("test_runs"),
        Fixtures.executions("test_run_id"),
        """
        INSERT INTO validation_results (test_run_id, multi_turn_execution_id, review_status, confidence_score,
          created_at)
        SELECT '\(Fixtures.id(1))', NULL, 'auto_fail', n / 100.0, now() - interval '42 min'
        FROM generate_series(1, 80) n;
        INSERT INTO validation_results (test_run_id, confidence_score)
        VALUES ('\(Fixtures.id(3))', NULL), ('\(Fixtures.id(3))', 'NaN'), ('\(Fixtures.id(3))', 1);
        """
      )
      let reading = try await read("runbook_era")
      let runs = try #require(reading.snapshot(RunsSnapshot.self))
      #expect(runs.table == "test_runs")
      #expect(runs.rows.map(\.id) == [1_201, 1, 2, 5, 6, 7].map { Fixtures.id($0) })
      #expect(runs.rows.first { $0.id == Fixtures.id(1) }?.failedValidations == 80)
      #expect(runs.failures == 84)
      #expect(runs.reasons.first?.text == nil)
      #expect(runs.reasons.first?.count == 80)
      let found = try #require(reading.snapshot(ValidationsSnapshot.self))
      #expect(found.measure == "validation_results.confidence_score")
      #expect(found.total == 83)
      #expect(found.scored == 81)
      #expect(found.low == 49)
      #expect(found.histogram == [9, 10, 10, 10, 10, 10, 10, 10, 1, 1])
    }

    @Test @LoopActor func emptyDatabaseHasNoDataAndNoZero() async throws {
      TestPostgres.shared.database("nothing")
      let reading = try await read("nothing")
      for name: FactName in [
        "runs.attention", "runs.failed_1h", "runs.stuck", "runs.success_rate_5m", "validations.low_24h",
        "provider.latency", "runs.failures",
      ] {
        #expect(reading.value(name) == nil, "\(name)")
        #expect(reading.state(name) == .nodata, "\(name)")
      }
      #expect(reading.observations.first { $0.name == "runs.attention" }?.word == "no such table")
      #expect(reading.snapshot(RunsSnapshot.self)?.table == nil)
      #expect(reading.snapshot(ValidationsSnapshot.self)?.measure == nil)
    }

    @Test @LoopActor func emptyTablesAreZeroAndFollowARename() async throws {
      let server = TestPostgres.shared
      server.database("renamed", Fixtures.oldSchema)
      let source = PostgresSource(try server.options("renamed"))
      defer { source.close() }
      var reading = try await source.poll()
      #expect(reading.value("runs.attention") == .number(0))
      #expect(reading.value("runs.success_rate_5m") == nil)
      #expect(reading.value("validations.low_24h") == .number(0))
      server.sql(
        """
        ALTER TABLE test_runs RENAME TO suite_runs;
        ALTER TABLE multi_turn_executions RENAME test_run_id TO suite_run_id;
        ALTER TABLE validation_results RENAME test_run_id TO suite_run_id;
        """,
        database: "renamed"
      )
      reading = try await source.poll()
      #expect(reading.snapshot(RunsSnapshot.self)?.table == "suite_runs")
      server.sql("CREATE TABLE test_runs (id uuid, status text, created_at timestamptz)", database: "renamed")
      let again = try await read("renamed")
      #expect(again.snapshot(RunsSnapshot.self)?.table == "suite_runs")
    }

    @Test @LoopActor func oddScoresEndNoQueryAndCountAsNone() async throws {
      let server = TestPostgres.shared
      server.database("odd", Fixtures.newSchema, Fixtures.oddResults)
      var found = try #require(try await read("odd").snapshot(ValidationsSnapshot.self))
      #expect(found.total == 12)
      #expect(found.scored == 1)
      #expect(found.lowest.map(\.score) == [0.125])
      // Without any usable score in the report, the queue's 0-100 is the measure.
      server.sql(
        """
        DELETE FROM validation_results WHERE houndify_result->>'validation_score' = '0.125';
        INSERT INTO validation_queue (validation_result_id, confidence_score)
        SELECT id, 48.5 FROM validation_results;
        """,
        database: "odd"
      )
      found = try #require(try await read("odd").snapshot(ValidationsSnapshot.self))
      #expect(found.measure == "validation_queue.confidence_score / 100")
      #expect(found.low == 11)
      #expect(found.lowest.first?.score == 0.485)
    }

    @Test @LoopActor func missingRightSilencesOnlyItsPart() async throws {
      let server = TestPostgres.shared
      server.database("shy", Fixtures.newSchema)
      server.sql(
        "DROP ROLE IF EXISTS shy; CREATE ROLE shy LOGIN; GRANT SELECT ON suite_runs, multi_turn_executions, step_executions, scenario_scripts TO shy",
        database: "shy"
      )
      let source = PostgresSource(try server.options("shy", user: "shy"))
      defer { source.close() }
      let reading = try await source.poll()
      #expect(reading.value("validations.low_24h") == nil)
      #expect(reading.observations.first { $0.name == "validations.low_24h" }?.word.contains("42501") == true)
      #expect(reading.value("postgres.connections") != nil)
    }

    @Test @LoopActor func thresholdMovesTheCount() async throws {
      let source = PostgresSource(try TestPostgres.shared.options(Self.newDatabase))
      defer { source.close() }
      source.threshold = 0.3
      let reading = try await source.poll()
      #expect(reading.value("validations.low_24h") == .number(11))
    }
  }
}

extension SourceReading {
  func snapshot<Value: Snapshot>(_ type: Value.Type) -> Value? {
    snapshots.lazy.compactMap { $0 as? Value }.first
  }

  func value(_ name: FactName) -> FactValue? {
    observations.first { $0.name == name }?.value
  }

  func state(_ name: FactName) -> FactState? {
    observations.first { $0.name == name }?.state
  }
}
