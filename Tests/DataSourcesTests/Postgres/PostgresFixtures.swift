/// The two generations of the stack's schema as far as the console reads it, and rows for them.
enum PostgresFixtures {
  /// Today's generation: `suite_runs`, no `confidence_score` in the results.
  static let newSchema =
    schema(
      runs: "suite_runs",
      run: "suite_run_id",
      result: """
        language_code varchar(16), houndify_passed boolean, houndify_result jsonb, final_decision varchar(32)
        """
    ) + """

      CREATE TABLE validation_queue (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(), validation_result_id uuid NOT NULL,
        confidence_score numeric(5,2), created_at timestamptz NOT NULL DEFAULT now());
      CREATE INDEX ON validation_queue (validation_result_id);
      """

  /// The runbook's generation: `test_runs` and `validation_results.confidence_score`.
  static let oldSchema = schema(
    runs: "test_runs",
    run: "test_run_id",
    result: "accuracy_score float8, confidence_score float8"
  )

  private static func schema(runs: String, run: String, result: String) -> String {
    """
    CREATE TABLE \(runs) (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(), status varchar(50) NOT NULL, name varchar(255),
      started_at timestamptz, completed_at timestamptz, total_tests int, passed_tests int, failed_tests int,
      created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
    CREATE INDEX ON \(runs) (status);
    CREATE TABLE scenario_scripts (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name varchar(255) NOT NULL);
    CREATE TABLE multi_turn_executions (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(), \(run) uuid REFERENCES \(runs)(id), script_id uuid,
      status varchar(50) NOT NULL, error_message text, started_at timestamptz, completed_at timestamptz,
      created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
    CREATE INDEX ON multi_turn_executions (\(run));
    CREATE TABLE step_executions (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      multi_turn_execution_id uuid NOT NULL REFERENCES multi_turn_executions(id), step_order int NOT NULL,
      user_utterance text NOT NULL, transcription text, ai_response text, command_kind varchar(100),
      response_time_ms int, error_message text, executed_at timestamptz NOT NULL DEFAULT now(),
      created_at timestamptz NOT NULL DEFAULT now());
    CREATE INDEX ON step_executions (multi_turn_execution_id);
    CREATE TABLE validation_results (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(), \(run) uuid REFERENCES \(runs)(id),
      multi_turn_execution_id uuid, step_execution_id uuid, review_status varchar(32),
      asr_confidence_score float8, created_at timestamptz NOT NULL DEFAULT now(), \(result));
    CREATE INDEX ON validation_results (\(run));
    CREATE INDEX ON validation_results (multi_turn_execution_id);
    CREATE INDEX ON validation_results (step_execution_id);
    CREATE INDEX ON validation_results (review_status);

    """
  }

  /// A UUID that a person can tell: `id(7)` ends in 7.
  static func id(_ number: Int) -> String {
    let digits = String(number)
    return "00000000-0000-4000-8000-\(String(repeating: "0", count: 12 - digits.count))\(digits)"
  }

  /// Runs of every kind: see the comment at the end of each row.
  ///
  /// 3, 4, 8, 9 and 11 need no attention.
  static func runs(_ table: String) -> String {
    """
    INSERT INTO \(table) (id, status, name, created_at, updated_at, completed_at) VALUES
      ('\(id(1))', 'completed', 'Suite Run: Smoke', now() - interval '50 min', now() - interval '40 min',
        now() - interval '40 min'), -- its validations failed
      ('\(id(2))', 'failed', 'Category Run: Other', now() - interval '2 h', now() - interval '2 h',
        now() - interval '2 h'), -- crashed
      ('\(id(3))', 'completed', 'Good', now() - interval '3 h', now() - interval '3 h', now() - interval '3 h'),
      ('\(id(4))', 'running', 'Fresh', now() - interval '5 min', now() - interval '1 min', NULL),
      ('\(id(5))', 'running', 'Stuck', now() - interval '4 h', now() - interval '2 h', NULL),
      ('\(id(6))', 'Partial', NULL, now() - interval '5 h', now() - interval '5 h', now() - interval '5 h'),
      ('\(id(7))', E'warp \\u2603\\u001b[2J', E'\\u202Eevil\\nname', now() - interval '6 h', now() - interval '6 h',
        NULL), -- a status nobody knows, never ended
      ('\(id(8))', 'cancelled', 'Cancelled', now() - interval '7 h', now() - interval '7 h', NULL),
      ('\(id(9))', 'in_progress', 'Moving', now() - interval '8 h', now() - interval '8 h', NULL),
      ('\(id(11))', 'failed', 'Long ago', now() - interval '3 days', now() - interval '3 days', NULL);
    """
  }

  /// Executions: 33 + 1 of run 1, 3 crashed of run 2, a moving one of run 9, three without a run.
  static func executions(_ run: String) -> String {
    """
    INSERT INTO scenario_scripts (id, name) VALUES ('\(id(900))', 'Demo: Weather Query');
    INSERT INTO multi_turn_executions
      (id, \(run), script_id, status, created_at, updated_at, started_at, completed_at, error_message)
    SELECT ('00000000-0000-4000-8000-' || lpad((1000 + n)::text, 12, '0'))::uuid, '\(id(1))', '\(id(900))',
      'completed', now() - interval '45 min', now() - interval '41 min', now() - interval '45 min',
      now() - interval '44 min', NULL FROM generate_series(1, 33) n;
    INSERT INTO multi_turn_executions
      (id, \(run), script_id, status, created_at, updated_at, completed_at, error_message)
    SELECT ('00000000-0000-4000-8000-' || lpad((1100 + n)::text, 12, '0'))::uuid, '\(id(2))', '\(id(900))',
      'failed', now() - interval '2 h', now() - interval '2 h', now() - interval '2 h',
      'Text-to-speech generation failed: Failed to connect. Probable cause: Unknown'
      FROM generate_series(1, 3) n;
    INSERT INTO multi_turn_executions (id, \(run), script_id, status, created_at, updated_at, completed_at, error_message)
    VALUES
      ('\(id(1201))', NULL, '\(id(900))', 'failed', now() - interval '3 min', now() - interval '3 min',
        now() - interval '3 min', 'Text-to-speech generation failed: Failed to connect. Probable cause: Unknown'),
      ('\(id(1202))', NULL, '\(id(900))', 'completed', now() - interval '2 min', now() - interval '2 min',
        now() - interval '2 min', NULL),
      ('\(id(1203))', NULL, '\(id(900))', 'completed', now() - interval '1 min', now() - interval '1 min',
        now() - interval '1 min', NULL),
      ('\(id(1204))', '\(id(9))', NULL, 'running', now() - interval '8 h', now() - interval '1 min', NULL, NULL);
    INSERT INTO step_executions (id, multi_turn_execution_id, step_order, user_utterance, transcription,
      ai_response, command_kind, response_time_ms, executed_at)
    VALUES
      ('\(id(1302))', '\(id(1202))', 1, 'What is the weather?', 'What is the whether?', 'Sunny', 'WeatherCommand',
        7000, now() - interval '2 min'),
      ('\(id(1303))', '\(id(1202))', 2, 'And tomorrow?', NULL, NULL, NULL, NULL, now() - interval '2 min');
    """
  }

  /// 64 failed results: 11 texts of 5 causes; with the crashes above 12 texts of 6 causes.
  static let failedResults = """
    INSERT INTO validation_results (id, suite_run_id, multi_turn_execution_id, step_execution_id, review_status,
      asr_confidence_score, created_at, language_code, houndify_result)
    SELECT ('00000000-0000-4000-8000-' || lpad((2000 + row_number() OVER ())::text, 12, '0'))::uuid,
      CASE WHEN t.text <> 'Missing entity: ''action''' THEN '\(id(1))'::uuid END,
      CASE WHEN t.text = 'Missing entity: ''action''' THEN '\(id(1202))'::uuid
        ELSE ('00000000-0000-4000-8000-' || lpad((1001 + (row_number() OVER ()) % 33)::text, 12, '0'))::uuid END,
      CASE WHEN t.text = 'Missing entity: ''action''' THEN '\(id(1302))'::uuid END,
      'auto_fail', 0.95, now() - interval '42 min', 'en-US',
      jsonb_build_object('errors', jsonb_build_array(t.text, 'a second error'), 'validation_score',
        CASE WHEN n = 1 THEN 0.285 ELSE 0.485 END)
    FROM (VALUES ('Missing entity: ''time''', 34), ('Missing entity: ''action''', 1),
      ('Missing required phrase: ''music''', 4), ('Missing required phrase: ''clima''', 3),
      ('Missing required phrase: ''météo''', 3), ('Missing required phrase: ''reservation''', 3),
      ('Missing required phrase: ''coffee''', 3),
      ('CommandKind mismatch: expected WeatherCommand, got NoResultCommand', 4),
      ('CommandKind mismatch: expected WeatherCommand, got MusicCommand', 3),
      ('Confidence too low: 0.95 < 0.99', 3), ('Regex pattern not matched: ''\\d{3}-\\d{3}-\\d{4}''', 3))
      AS t(text, times), generate_series(1, times) n;
    INSERT INTO validation_results (suite_run_id, review_status, houndify_result)
    SELECT '\(id(3))', 'needs_review', '{"errors": [], "validation_score": 0.985}' FROM generate_series(1, 25);
    """

  /// Results whose JSON is nothing like the expected: none may end a query or count as a score.
  static let oddResults = """
    INSERT INTO validation_results (review_status, houndify_result) VALUES
      ('needs_review', NULL), ('needs_review', '{}'), ('needs_review', '[]'), ('needs_review', '"text"'),
      ('needs_review', '{"validation_score": "high", "errors": "none"}'),
      ('needs_review', '{"validation_score": null, "errors": {"a": 1}}'),
      ('needs_review', '{"validation_score": 1e300}'), ('needs_review', '{"validation_score": "NaN"}'),
      ('needs_review', '{"validation_score": 48.5}'), ('needs_review', '{"validation_score": -0.5}'),
      (NULL, '{"validation_score": {"value": 0.1}}'), ('needs_review', '{"validation_score": "0.125"}');
    """
}
