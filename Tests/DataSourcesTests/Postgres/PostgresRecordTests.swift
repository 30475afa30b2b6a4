import Facts
import Testing

@testable import DataSources

extension PostgresLiveTests {
  /// One judged answer in full: expected against actual, scores, judges, queue, people, defects, run.
  @Suite(.serialized) struct Records {
    typealias Fixtures = PostgresFixtures

    init() { EventLoop.runOnOwnThread() }

    @LoopActor private func record(
      _ database: String,
      _ id: Int,
      user: String? = nil
    ) async throws -> ValidationRecord {
      let options =
        try user.map { try TestPostgres.shared.options(database, user: $0) }
        ?? TestPostgres.shared.options(database)
      let source = PostgresSource(options)
      defer { source.close() }
      return try #require(try await source.validationDetail(id: Fixtures.id(id)).validation)
    }

    /// What today's framework has beside what the fixtures have.
    private static let further = """
      ALTER TABLE validation_results ADD llm_passed boolean, ADD ensemble_result jsonb,
        ADD entity_match_score float8, ADD expected_outcome_id uuid;
      CREATE TABLE expected_outcomes (id uuid, name text, expected_command_kind text,
        expected_asr_confidence_min float8, expected_response_content jsonb);
      ALTER TABLE validation_queue ADD status text, ADD priority int, ADD claimed_at timestamptz,
        ADD requires_native_speaker boolean;
      CREATE TABLE human_validations (validation_result_id uuid, validation_decision text, feedback text,
        time_spent_seconds int, is_second_opinion boolean, created_at timestamptz DEFAULT now());
      CREATE TABLE defects (title text, severity text, status text, execution_id uuid, suite_run_id uuid,
        detected_at timestamptz DEFAULT now());
      INSERT INTO suite_runs (id, status, name) VALUES ('\(Fixtures.id(1))', 'completed', 'Nightly');
      INSERT INTO multi_turn_executions (id, suite_run_id, status)
        VALUES ('\(Fixtures.id(11))', '\(Fixtures.id(1))', 'completed');
      INSERT INTO step_executions (id, multi_turn_execution_id, step_order, user_utterance, transcription,
        ai_response, command_kind)
        VALUES ('\(Fixtures.id(12))', '\(Fixtures.id(11))', 1, 'Play music', 'play muesli', 'No.', 'OtherCommand');
      """

    private static let database: String = {
      TestPostgres.shared.database(
        "record",
        Fixtures.newSchema,
        further,
        """
        INSERT INTO validation_results (id, suite_run_id, multi_turn_execution_id, step_execution_id, review_status,
          houndify_passed, llm_passed, asr_confidence_score, entity_match_score, houndify_result, ensemble_result)
        VALUES ('\(Fixtures.id(21))', '\(Fixtures.id(1))', '\(Fixtures.id(11))', '\(Fixtures.id(12))', 'auto_fail',
          false, false, 0.6, 0.25,
          '{"errors": ["Missing required phrase"], "validation_score": 0.285, "command_kind_match": false,
            "expected_command_kind": "MusicCommand", "actual_command_kind": "NoResultCommand",
            "expected_entities": {"genre": "jazz"}, "actual_entities": {}, "entity_validation": {"passed": false, "score": 0},
            "expected_asr_confidence_min": 0.7, "asr_confidence": 0.6,
            "response_content_result": {"passed": false, "details": {"contains": {"matched": ["play"], "missing": ["music"]},
              "forbidden_phrases": {"found": ["No."]}}}}',
          E'{"consensus_type": "high_consensus", "evaluator_a_score": 0.1,
            "evaluator_a_reasoning": "It \\\\u001b[31mrefused\\\\u202e.", "evaluator_b_score": null, "curator_reasoning": null}');
        INSERT INTO validation_results (id) VALUES ('\(Fixtures.id(22))');
        INSERT INTO validation_queue (validation_result_id, status, priority, confidence_score, claimed_at, requires_native_speaker)
        VALUES ('\(Fixtures.id(21))', 'claimed', 1, 28.5, '2026-11-23 17:21:44Z', true);
        INSERT INTO human_validations (validation_result_id, validation_decision, feedback, is_second_opinion)
        VALUES ('\(Fixtures.id(21))', 'fail', 'wrong song', true), ('\(Fixtures.id(21))', NULL, NULL, NULL);
        INSERT INTO defects (title, severity, status, execution_id) VALUES
          ('Plays nothing', 'high', 'open', '\(Fixtures.id(11))'), ('Another', 'low', 'open', '\(Fixtures.id(99))');
        INSERT INTO defects (title, suite_run_id) SELECT 'Of the run ' || n, '\(Fixtures.id(1))' FROM generate_series(1, 30) n;
        """
      )
      return "record"
    }()

    @Test @LoopActor func whatWasExpectedStandsBesideWhatWasThere() async throws {
      let record = try await record(Self.database, 21)
      let told = record.comparisons.map {
        [$0.name.string, $0.expected?.string ?? "-", $0.actual?.string ?? "-"]
      }
      #expect(
        told == [
          ["speech", "Play music", "play muesli"], ["command", "MusicCommand", "NoResultCommand"],
          ["entities", "{\"genre\":\"jazz\"}", "{}"], ["recogniser", "at least 0.70", "0.60"],
          ["response", "contains \"play\", contains \"music\", never says \"No.\"", "No."],
        ]
      )
      #expect(record.comparisons.map(\.matches) == [nil, false, false, false, false])
      #expect(
        record.scores.map { "\($0.name) \($0.value)" } == [
          "asr_confidence_score 0.6", "entity_match_score 0.25", "validation_score 0.285",
          "entity_validation 0.0",
        ]
      )
      #expect(record.run?.string == "Nightly · completed · \(Fixtures.id(1))")
      #expect(record.problem == nil)
    }

    @Test @LoopActor func whoJudgedItAndWhatBecameOfItIsTold() async throws {
      let record = try await record(Self.database, 21)
      #expect(record.providerPassed == false && record.modelsPassed == false)
      #expect(record.consensus == "high consensus")
      #expect(record.opinions.count == 1)
      #expect(record.opinions.first?.score == 0.1)
      #expect(record.opinions.first?.reasoning?.string == "It ␛[31mrefused\u{FFFD}.")
      #expect(
        record.queue
          == .told(
            [
              "claimed · priority 1 · confidence of 100: 28.50 · needs a native speaker · claimed 2026-11-23 17:21:44 UTC"
            ],
            isCut: false
          )
      )
      guard case .told(let people, isCut: false) = record.people,
        case .told(let defects, isCut: true) = record.defects
      else {
        Issue.record("\(record.people) \(record.defects)")
        return
      }
      #expect(Set(people.map(\.string)) == ["fail · a second opinion · wrong song", "nothing recorded"])
      #expect(defects.count == 20)
      #expect(!defects.contains { $0.string.contains("Another") })
    }

    @Test @LoopActor func aResultOfNothingButNullsHasARecordThatClaimsNothing() async throws {
      let record = try await record(Self.database, 22)
      #expect(record.providerPassed == nil && record.modelsPassed == nil && record.problem == nil)
      #expect(record.scores.isEmpty && record.opinions.isEmpty && record.run == nil)
      #expect(record.comparisons == [ValidationRecord.Comparison("speech", expected: nil, actual: nil)])
      #expect(record.queue == .told([], isCut: false))
      #expect(record.people == .told([], isCut: false))
      #expect(record.defects == .told([], isCut: false))
    }

    @Test @LoopActor func tablesThatAreNotThereAreNotTablesWithoutRows() async throws {
      TestPostgres.shared.database(
        "record_old",
        Fixtures.oldSchema,
        "INSERT INTO validation_results (id, confidence_score) VALUES ('\(Fixtures.id(21))', 0.2);"
      )
      let record = try await record("record_old", 21)
      #expect(record.queue == .untold("there is no table validation_queue"))
      #expect(record.people == .untold("there is no table human_validations"))
      #expect(record.defects == .untold("there is no table defects"))
      #expect(record.scores.map(\.name.string) == ["confidence_score"])
    }

    /// The owner of a table names its columns: what stands in a name is no part of a statement.
    @Test @LoopActor func columnsNamedLikeStatementsAreNotRead() async throws {
      TestPostgres.shared.database(
        "record_hostile",
        Fixtures.newSchema,
        """
        CREATE FUNCTION ran() RETURNS float8 LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''it ran''; END';
        ALTER TABLE validation_results ADD a float8, ADD b_score float8, ADD "Asr_score" float8,
          ADD "1st_score" float8, ADD "é_score" float8, ADD "a,public.ran()+b_score" float8,
          ADD "x""_score" float8;
        INSERT INTO validation_results (id, a, b_score, "Asr_score", "1st_score")
          VALUES ('\(Fixtures.id(21))', 1, 0.5, 0.25, 0.75);
        """
      )
      let record = try await record("record_hostile", 21)
      #expect(record.scores.map(\.name.string) == ["b_score"])
      #expect(record.problem == nil)
    }

    @Test @LoopActor func whatMayNotBeReadIsToldAndTheRestToo() async throws {
      TestPostgres.shared.database(
        "record_shy",
        Fixtures.newSchema,
        Self.further,
        """
        INSERT INTO validation_results (id, houndify_result) VALUES ('\(Fixtures.id(21))', '{"validation_score": 0.2}');
        DROP ROLE IF EXISTS record_reader;
        CREATE ROLE record_reader LOGIN;
        GRANT SELECT ON suite_runs, multi_turn_executions, step_executions, scenario_scripts, validation_results,
          validation_queue TO record_reader;
        """
      )
      let record = try await record("record_shy", 21, user: "record_reader")
      #expect(record.queue == .told([], isCut: false))
      #expect(record.problem?.string.contains("expected_outcomes can't be read: ") == true)
      #expect(record.scores.map(\.name.string) == ["validation_score"])
      guard case .untold(let why) = record.people, case .untold = record.defects else {
        Issue.record("\(record)")
        return
      }
      #expect(why.string.contains("42501"), "\(why)")
    }
  }
}
