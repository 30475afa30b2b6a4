import Facts
import Testing

@testable import DataSources

extension PostgresLiveTests {
  /// How scores are spread: exact at every threshold, by scenario, language and validators, and a week ago.
  @Suite(.serialized) struct Spread {
    typealias Fixtures = PostgresFixtures

    init() { EventLoop.runOnOwnThread() }

    @LoopActor private func withSource<Value: Sendable>(
      _ database: String,
      _ body: @LoopActor (PostgresSource) async throws -> Value
    ) async throws -> Value {
      let source = PostgresSource(try TestPostgres.shared.options(database))
      defer { source.close() }
      return try await body(source)
    }

    @LoopActor private func read(_ database: String) async throws -> SourceReading {
      try await withSource(database) { try await $0.poll() }
    }

    /// 101 hundredths and what lies beside them, of two scenarios, two languages and all kinds of validators; the
    /// same a week ago but for the lower half; and rows of which nothing is known.
    private static let database: String = {
      TestPostgres.shared.database(
        "spread",
        Fixtures.newSchema,
        """
        ALTER TABLE validation_results ADD llm_passed boolean;
        INSERT INTO scenario_scripts VALUES ('\(Fixtures.id(1))', 'Weather'), ('\(Fixtures.id(2))', 'Music');
        INSERT INTO multi_turn_executions (id, script_id, status) VALUES
          ('\(Fixtures.id(11))', '\(Fixtures.id(1))', 'completed'),
          ('\(Fixtures.id(12))', '\(Fixtures.id(2))', 'completed'), ('\(Fixtures.id(13))', NULL, 'completed');
        INSERT INTO validation_results (multi_turn_execution_id, language_code, houndify_passed, llm_passed,
          houndify_result, created_at)
        SELECT CASE n % 2 WHEN 0 THEN '\(Fixtures.id(11))'::uuid ELSE '\(Fixtures.id(12))' END,
          CASE WHEN n % 3 > 0 THEN 'fr-FR' ELSE 'de-DE' END,
          CASE WHEN n % 4 IN (1, 3) THEN true END, CASE WHEN n % 4 IN (2, 3) THEN false END,
          jsonb_build_object('validation_score', n / 100.0 + d), now() - interval '1 h'
        FROM generate_series(0, 100) n, (VALUES (0), (0.0000001), (-0.0000001)) AS t(d)
        WHERE n / 100.0 + d BETWEEN 0 AND 1;
        INSERT INTO validation_results (houndify_result, created_at)
        SELECT jsonb_build_object('validation_score', n / 100.0), now() - interval '7 days 1 h'
        FROM generate_series(50, 100) n;
        INSERT INTO validation_results (houndify_result, created_at)
        SELECT '{"validation_score": 0.5}', now() - ago * interval '1 h'
        FROM (VALUES (6 * 24 + 20), (8 * 24 + 1)) AS t(ago);
        INSERT INTO validation_results (multi_turn_execution_id, created_at)
        VALUES ('\(Fixtures.id(13))', now()), (NULL, now());
        """
      )
      return "spread"
    }()

    @Test @LoopActor func everyThresholdOfHundredthsIsCountedAsTheDatabaseWould() async throws {
      let counts = try await withSource(Self.database) { source in
        let reading = try await source.poll()
        let snapshot = try #require(reading.snapshot(ValidationsSnapshot.self))
        #expect(snapshot.total == 303 && snapshot.scored == 301)
        #expect(snapshot.lowest.count == 200)
        let answer = try await source.ask(
          PostgresQuery(
            """
            SELECT (SELECT pg_catalog.count(*) FROM public.validation_results v
              WHERE (houndify_result->>'validation_score')::float8 < (k / 100.0)::float8
                AND created_at > pg_catalog.now() - interval '1 day')
            FROM pg_catalog.generate_series(0, 100) k ORDER BY k
            """
          ),
          LoopActor.now().monotonic + .seconds(5)
        )
        return (snapshot, answer.rows.map { $0[0].integer })
      }
      #expect(counts.1.count == 101)
      for (hundredths, count) in counts.1.enumerated() {
        let low = counts.0.low(below: Double(hundredths) / 100)
        #expect(low.count == count && low.isExact, "\(hundredths)")
      }
    }

    @Test @LoopActor func groupsTellWhatIsLowInEach() async throws {
      let reading = try await read(Self.database)
      let groups = try #require(reading.snapshot(ValidationSpread.self)?.groups.value)
      #expect(groups.missing.isEmpty)
      func told(_ grouping: ValidationGrouping) -> [String: [Int?]] {
        Dictionary(
          uniqueKeysWithValues: groups.list.filter { $0.grouping == grouping }.map {
            ($0.name?.string ?? "-", [$0.scores.total, $0.low(below: 0.5), $0.unscored])
          }
        )
      }
      // What no scenario, language or validator was recorded of is a group, too.
      #expect(told(.scenario) == ["Weather": [151, 75, 0], "Music": [150, 75, 0], "-": [0, 0, 2]])
      #expect(told(.language).keys.sorted() == ["-", "de-DE", "fr-FR"])
      #expect(told(.language).values.reduce(0) { $0 + ($1[0] ?? 0) } == 301)
      #expect(told(.validator).keys.sorted() == ["-", "houndify", "houndify + models", "models"])
      #expect(told(.validator).values.reduce(0) { $0 + ($1[0] ?? 0) } == 301)
      #expect(groups.leftOut.values.allSatisfy { $0 == 0 })
    }

    @Test @LoopActor func theSameWindowAWeekAgoIsToldAndComparedWith() async throws {
      let reading = try await read(Self.database)
      let spread = try #require(reading.snapshot(ValidationSpread.self))
      let before = try #require(spread.before.value)
      // Neither what came after that window nor what came before it.
      #expect(before.total == 51)
      #expect(before.median == 0.75)
      let now = try #require(reading.snapshot(ValidationsSnapshot.self)).scores
      #expect(ScoreDrift(now, before)?.isShown == true)
    }

    @Test @LoopActor func theRowsOfAGroupAreItsOwnAndTheLowest() async throws {
      try await withSource(Self.database) { source in
        let groups = try #require(try await source.poll().snapshot(ValidationSpread.self)?.groups.value)
        for group in groups.list {
          let rows = try await source.validations(ofGroup: group.subject)
          #expect(rows.scores == group.scores, "\(group.id)")
          #expect(rows.total == group.scores.total + group.unscored, "\(group.id)")
          #expect(rows.lowest.count == min(200, group.scores.total))
          switch group.grouping {
          case .scenario: #expect(rows.lowest.allSatisfy { $0.scenario == group.name })
          case .language: #expect(rows.lowest.allSatisfy { $0.language == group.name })
          case .validator: break
          }
        }
        let none = await failure { () async throws(SourceFailure) in
          try await source.validations(ofGroup: "colour red")
        }
        #expect(none?.code == .notFound)
      }
    }

    @Test @LoopActor func whatTheSchemaLacksIsNamedAndTheRestIsTold() async throws {
      TestPostgres.shared.database(
        "spread_old",
        Fixtures.oldSchema,
        """
        INSERT INTO validation_results (confidence_score) VALUES (0.2), (0.9), (NULL);
        """
      )
      let spread = try #require(try await read("spread_old").snapshot(ValidationSpread.self))
      let groups = try #require(spread.groups.value)
      #expect(groups.missing[.language] == "validation_results has no language_code")
      #expect(groups.missing[.validator]?.string.contains("llm_passed") == true)
      #expect(groups.list.map(\.grouping) == [.scenario])
      #expect(groups.list.first?.scores.total == 2 && groups.list.first?.unscored == 1)
      #expect(spread.before.value?.total == 0)
      // Without anything to group by there are no groups, and still an answer about a week ago.
      TestPostgres.shared.sql(
        "ALTER TABLE validation_results DROP COLUMN multi_turn_execution_id",
        database: "spread_old"
      )
      let bare = try #require(try await read("spread_old").snapshot(ValidationSpread.self))
      #expect(bare.groups.value?.list == [])
      #expect(bare.groups.value?.missing.count == 3)
      #expect(bare.before.value != nil)
    }

    @Test @LoopActor func neitherTableIsToldAsWhatWasLookedFor() async throws {
      TestPostgres.shared.database("spread_nothing", "CREATE TABLE suite_runs (id uuid)")
      let reading = try await read("spread_nothing")
      let snapshot = try #require(reading.snapshot(ValidationsSnapshot.self))
      #expect(snapshot.missing == "there is no table validation_results in the schema public")
      #expect(reading.observations.first { $0.name == "validations.low_24h" }?.word == "no such table")
      #expect(reading.snapshot(ValidationSpread.self)?.groups.word == "no measure")
      TestPostgres.shared.sql(
        "CREATE TABLE validation_results (id uuid, created_at timestamptz)",
        database: "spread_nothing"
      )
      let columns = try #require(try await read("spread_nothing").snapshot(ValidationsSnapshot.self))
      #expect(columns.measure == nil)
      #expect(
        columns.missing
          == "validation_results has no confidence_score and no JSON houndify_result, and there is no table validation_queue"
      )
    }

    @Test @LoopActor func groupsThatCannotBeToldSayWhyAndCostNothingElse() async throws {
      TestPostgres.shared.database(
        "spread_odd",
        Fixtures.newSchema,
        """
        ALTER TABLE validation_results ALTER language_code TYPE json USING NULL;
        INSERT INTO validation_results (houndify_result) VALUES ('{"validation_score": 0.3}');
        """
      )
      try await withSource("spread_odd") { source in
        let reading = try await source.poll()
        #expect(reading.value("validations.low_24h") == .number(1))
        let spread = try #require(reading.snapshot(ValidationSpread.self))
        #expect(spread.groups.value == nil)
        #expect(
          spread.groups.word?.string.contains("42883") == true,
          "\(String(describing: spread.groups.word))"
        )
        #expect(spread.before.value?.total == 0)
        // What is refused isn't asked for with every poll, and what is known of a week ago for minutes.
        let next = try #require(source.spreadMemory.before.next)
        #expect(next - LoopActor.now().monotonic > .seconds(500))
        #expect(source.spreadMemory.groups.next != nil)
      }
    }
  }
}
