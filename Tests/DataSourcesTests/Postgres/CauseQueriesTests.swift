import Facts
import Testing

@testable import DataSources

/// What is told of failures beside their text: of whom they are, what all tests are of, and what failed the day before.
extension PostgresLiveTests {
  @Suite(.serialized) struct Causes {
    typealias Fixtures = PostgresFixtures

    init() { EventLoop.runOnOwnThread() }

    /// Results: `(count, language, scenario, verdict, reason, hours ago)`.
    private static func results(_ rows: [(Int, String?, Int, String, String, Int)]) -> String {
      rows.map { count, language, scenario, verdict, reason, hours in
        """
        WITH e AS (
          INSERT INTO multi_turn_executions (script_id, status, created_at, updated_at, completed_at)
          SELECT '\(Fixtures.id(scenario))', 'completed', now() - interval '\(hours) h', now() - interval '\(hours) h',
            now() - interval '\(hours) h' FROM generate_series(1, \(count)) RETURNING id)
        INSERT INTO validation_results (multi_turn_execution_id, review_status, language_code, houndify_result, created_at)
        SELECT id, '\(verdict)', \(language.map { "'\($0)'" } ?? "NULL"), '{"errors": ["\(reason)"]}',
          now() - interval '\(hours) h' FROM e;
        """
      }.joined(separator: "\n")
    }

    @LoopActor private func snapshot(
      _ database: String,
      _ rows: String,
      _ schema: String = Fixtures.newSchema
    )
      async throws -> RunsSnapshot
    {
      TestPostgres.shared.database(
        database,
        schema,
        """
        INSERT INTO scenario_scripts (id, name) VALUES ('\(Fixtures.id(1))', 'Weather'), ('\(Fixtures.id(2))', 'Lights');
        """,
        rows
      )
      let source = PostgresSource(try TestPostgres.shared.options(database))
      defer { source.close() }
      return try #require(try await source.poll().snapshot(RunsSnapshot.self))
    }

    private func words(_ labels: [FailureLabel]) -> [String] {
      labels.map { "\($0.name) \($0.value) \($0.count)/\($0.labelled)" }
    }

    @Test @LoopActor func failuresAndTestsAreCountedByLanguageAndScenario() async throws {
      let told = try await snapshot(
        "labels",
        Self.results([
          (4, "fr-FR", 1, "auto_fail", "slow", 1), (1, "en-US", 2, "auto_fail", "slow", 2),
          (1, nil, 2, "auto_fail", "slow", 2), (10, "en-US", 2, "auto_pass", "", 3),
          // Of the day before, and of nobody's.
          (7, "fr-FR", 1, "auto_fail", "slow", 30),
        ])
      )
      let reason = try #require(told.reasons.first)
      #expect(reason.count == 6)
      #expect(
        words(reason.labels) == [
          "language fr-FR 4/5", "language en-US 1/5", "scenario Weather 4/6", "scenario Lights 2/6",
        ]
      )
      #expect(
        words(told.tested).sorted() == [
          "language en-US 11/15", "language fr-FR 4/15", "scenario Lights 12/16", "scenario Weather 4/16",
        ]
      )
    }

    @Test @LoopActor func whatFailedTheDayBeforeIsTold() async throws {
      let told = try await snapshot(
        "former",
        Self.results([
          (1, "en-US", 1, "auto_fail", "today", 1), (1, "en-US", 1, "auto_fail", "yesterday", 30),
          (1, "en-US", 1, "auto_pass", "well", 30), (1, "en-US", 1, "auto_fail", "long ago", 50),
        ])
      )
      #expect(told.former == FormerReasons(texts: ["yesterday"], isWhole: true))
    }

    @Test @LoopActor func moreTextsThanAreReadAreNotAll() async throws {
      let told = try await snapshot(
        "formermany",
        Self.results([(1, "en-US", 1, "auto_fail", "today", 1)])
          + """

          INSERT INTO validation_results (review_status, houndify_result, created_at)
          SELECT 'auto_fail', jsonb_build_object('errors', jsonb_build_array('text ' || n)), now() - interval '30 h'
          FROM generate_series(1, 301) n;
          """
      )
      #expect(told.former?.isWhole == false)
      #expect(told.former?.texts.count == 300)
    }

    @Test @LoopActor func withoutFailuresNothingIsAskedAndTheOldSchemaTellsWhatItHas() async throws {
      let well = try await snapshot("nofailures", Self.results([(3, "en-US", 1, "auto_pass", "", 1)]))
      #expect(well.reasons == [] && well.tested == [] && well.former == nil)
      let old = try await snapshot(
        "oldlabels",
        """
        INSERT INTO multi_turn_executions (script_id, status, error_message)
        VALUES ('\(Fixtures.id(1))', 'failed', 'boom');
        """,
        Fixtures.oldSchema
      )
      #expect(old.reasons.map(\.text) == ["boom"])
      #expect(words(old.reasons[0].labels) == ["scenario Weather 1/1"])
      #expect(old.former == FormerReasons(texts: [], isWhole: false))
    }

    @Test @LoopActor func theLastGoodExecutionOfAScenarioIsFound() async throws {
      func execution(
        _ id: Int,
        _ scenario: Int,
        _ hours: Int,
        _ verdict: String?,
        status: String = "completed"
      ) -> String {
        """
        INSERT INTO multi_turn_executions (id, script_id, status, created_at)
        VALUES ('\(Fixtures.id(id))', '\(Fixtures.id(scenario))', '\(status)', now() - interval '\(hours) h');
        """
          + (verdict.map {
            """
            INSERT INTO validation_results (multi_turn_execution_id, review_status)
            VALUES ('\(Fixtures.id(id))', '\($0)');
            """
          } ?? "")
      }
      TestPostgres.shared.database(
        "lastgood",
        Fixtures.newSchema,
        [
          execution(10, 1, 1, "auto_fail"), execution(11, 1, 2, "auto_fail"),
          execution(12, 2, 3, "auto_pass"),
          // Never judged, failed, and later.
          execution(13, 1, 4, nil), execution(14, 1, 5, "auto_pass", status: "failed"),
          execution(15, 1, 0, "auto_pass"),
          execution(16, 1, 6, "auto_pass"), execution(17, 1, 7, "auto_pass"),
          execution(18, 3, 1, "auto_fail"),
        ].joined()
      )
      let source = PostgresSource(try TestPostgres.shared.options("lastgood"))
      defer { source.close() }
      #expect(try await source.lastGood(before: Fixtures.id(10))?.id == Fixtures.id(16))
      #expect(try await source.lastGood(before: Fixtures.id(18)) == nil)
      TestPostgres.shared.database(
        "unjudged",
        Fixtures.newSchema,
        "ALTER TABLE validation_results DROP COLUMN review_status;",
        execution(10, 1, 1, nil),
        execution(11, 1, 2, nil)
      )
      let unjudged = PostgresSource(try TestPostgres.shared.options("unjudged"))
      defer { unjudged.close() }
      // Where nothing tells that a result was failed, none is known to be well.
      #expect(try await unjudged.lastGood(before: Fixtures.id(10)) == nil)
    }
  }
}
