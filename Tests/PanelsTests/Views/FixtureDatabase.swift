import Facts

extension Fixture {
  static let noRuns = RunsSnapshot(table: "suite_runs", window: .seconds(86_400), total: 0, rows: [])

  /// So many scores in the middle of each tenth.
  static func scores(_ tenths: [Int]) -> ScoreHistogram {
    ScoreHistogram(
      Dictionary(uniqueKeysWithValues: tenths.enumerated().map { ($0.offset * 10 + 5, $0.element) })
    )
  }

  static let noValidations = ValidationsSnapshot(
    measure: "validation_results.houndify_result->>'validation_score'",
    window: .seconds(86_400),
    threshold: 0.5,
    total: 42,
    scored: 42,
    low: 0,
    scores: scores([0, 0, 0, 0, 0, 0, 2, 6, 14, 20]),
    lowest: []
  )

  static let runs = RunsSnapshot(
    table: "suite_runs",
    window: .seconds(86_400),
    total: 37,
    rows: [
      run(0, "Nightly regression", "failed", "Text-to-speech generation failed: voice not found", 12, 4, 9),
      run(1, nil, "completed", "Missing required phrase: 'tomorrow'", 5, 0, 11),
      run(2, "Smoke", "running", nil, 3, 0, 0, isStuck: true),
      run(
        3,
        "Weather query",
        "failed",
        "CommandKind mismatch: expected WeatherCommand, got NoResultCommand",
        1,
        1,
        0,
        kind: .execution
      ),
      run(4, "Reservations fr-FR", "partial", "Missing entity: 'time'", 8, 2, 3),
      run(5, "Smart home", "completed", "Regex pattern not matched: ^turn(ed)? on", 6, 0, 2),
      run(6, "Reservations es-ES", "completed", "Confidence too low: 0.31 < 0.50", 8, 0, 33),
    ],
    reasons: reasons,
    failures: 68
  )

  /// The reasons of the failures above and of older ones: twelve texts of six causes, and some without any.
  private static let reasons: [FailureReason] = [
    reason("Missing entity: 'time'", 19, [4, 7, 8], 200, 60_000),
    reason("Missing entity: 'location'", 14, [4, 9], 900, 70_000),
    reason("Missing required phrase: 'tomorrow'", 6, [1], 400, 9_000),
    reason("Missing required phrase: 'reservation'", 4, [6, 10], 500, 52_000),
    reason("Missing required phrase: 'clima'", 3, [5], 6_000, 8_000),
    reason("Missing required phrase: 'coffee'", 2, [11], 31_000, 32_000),
    reason("Missing required phrase: 'météo'", 1, [12], 33_000, 33_000),
    reason("CommandKind mismatch: expected WeatherCommand, got NoResultCommand", 4, [3], 240, 44_000),
    reason("CommandKind mismatch: expected MusicCommand, got NoResultCommand", 3, [6], 2_400, 44_000),
    reason("Text-to-speech generation failed: voice not found", 4, [0], 240, 300),
    reason("Confidence too low: 0.31 < 0.50", 3, [6], 3_000, 3_600),
    reason("Regex pattern not matched: ^turn(ed)? on", 3, [5], 4_000, 4_100),
    reason(nil, 2, [13], 5_000, 5_000),
  ]

  private static func reason(
    _ text: SafeText?,
    _ count: Int,
    _ runs: [Int],
    _ last: Double,
    _ first: Double
  ) -> FailureReason {
    let hours = 0..<24
    let (from, to) = (hours.upperBound - 1 - Int(first / 3_600), hours.upperBound - 1 - Int(last / 3_600))
    return FailureReason(
      text: text,
      count: count,
      ids: runs.map { "0d1b5c1\($0)-6d6d-4ef5-9c3a-2f4c1a0b9e7\($0)" },
      firstAt: now.wall - .seconds(first),
      lastAt: now.wall - .seconds(last),
      counts: hours.map { $0 == to ? count : $0 == from ? 1 : 0 }
    )
  }

  private static func run(
    _ index: Int,
    _ name: SafeText?,
    _ status: SafeText,
    _ reason: SafeText?,
    _ executions: Int,
    _ failed: Int,
    _ auto: Int,
    kind: RunRow.Kind = .run,
    isStuck: Bool = false
  ) -> RunRow {
    var attention: RunRow.Attention = auto > 0 ? [.validations] : []
    if status == "failed" || status == "partial" { attention.insert(.status) }
    if isStuck { attention.insert(.stuck) }
    return RunRow(
      id: "0d1b5c1\(index)-6d6d-4ef5-9c3a-2f4c1a0b9e7\(index)",
      kind: kind,
      name: name,
      status: status,
      reason: reason,
      createdAt: now.wall - .seconds(240 + Double(index) * 1_900),
      updatedAt: now.wall - .seconds(200),
      executions: executions,
      failedExecutions: failed,
      failedValidations: auto,
      attention: attention
    )
  }

  static let validations = ValidationsSnapshot(
    measure: "validation_results.houndify_result->>'validation_score'",
    window: .seconds(86_400),
    threshold: 0.5,
    total: 97,
    scored: 89,
    low: 64,
    scores: scores([0, 3, 9, 21, 31, 2, 4, 6, 8, 5]),
    lowest: [
      (0.29, "Weather query", "fr-FR", "Missing entity: 'time'"),
      (0.31, "Reservation", "en-US", "Missing required phrase: 'reservation'"),
      (0.34, "Smart home", "es-ES", "Missing required phrase: 'clima'"),
      (0.41, "Play music", "en-US", "expected MusicCommand, got NoResult"),
      (0.44, "Coffee order", "de-DE", "Missing required phrase: 'coffee'"),
    ].enumerated().map { index, row in
      ValidationRow(
        id: "7a6f\(index)b22-0000-4000-8000-00000000000\(index)",
        score: row.0,
        asrScore: 0.97,
        scenario: row.1 as SafeText,
        language: row.2 as SafeText,
        expected: "what is the weather in Berlin tomorrow",
        heard: "what is the feather in Berlin",
        reason: row.3 as SafeText,
        executionID: "0d1b5c1a-6d6d-4ef5-9c3a-2f4c1a0b9e70",
        createdAt: now.wall - .seconds(Double(index) * 600)
      )
    }
  )

  /// Two scenarios and languages, all judged by both; and what was a week ago.
  static let spread = ValidationSpread(
    measure: "validation_results.houndify_result->>'validation_score'",
    groups: ValidationSpread.Part(
      ValidationSpread.Groups([
        group(.scenario, "s1", "Weather query", [0, 0, 0, 30, 0, 0, 0, 0, 5, 5]),
        group(.scenario, "s2", "Reservation", [0, 3, 9, 0, 2, 0, 0, 0, 0, 0]),
        group(.scenario, nil, nil, [0, 0, 0, 0, 0, 2, 4, 6, 3, 0], unscored: 8),
        group(.language, "fr-FR", "fr-FR", [0, 0, 0, 30, 2, 0, 0, 0, 5, 5]),
        group(.language, "en-US", "en-US", [0, 3, 9, 0, 0, 2, 4, 6, 3, 0], unscored: 8),
        group(.validator, "3", "houndify + models", [0, 3, 9, 21, 31, 2, 4, 6, 8, 5], unscored: 8),
      ]),
      askedAt: now
    ),
    before: ValidationSpread.Part(scores([0, 1, 2, 4, 6, 8, 20, 40, 60, 59]), askedAt: now)
  )

  private static func group(
    _ grouping: ValidationGrouping,
    _ key: String?,
    _ name: SafeText?,
    _ tenths: [Int],
    unscored: Int = 0
  ) -> ValidationGroup {
    ValidationGroup(grouping, key: key, name: name, scores: scores(tenths), unscored: unscored)
  }

  static let detail = RunDetail(
    id: "0d1b5c10-6d6d-4ef5-9c3a-2f4c1a0b9e70",
    executions: [
      ExecutionDetail(
        id: "11111111-2222-4333-8444-555555555555",
        scenario: "Weather query",
        status: "completed",
        error: nil,
        createdAt: now.wall - .seconds(300),
        duration: .seconds(14),
        steps: [
          StepDetail(
            id: "s1",
            order: 1,
            utterance: "What is the weather tomorrow?",
            transcription: "what is the feather tomorrow",
            response: "I could not find that.",
            commandKind: "NoResultCommand",
            responseTime: .milliseconds(6_100),
            error: nil,
            validations: [
              ValidationDetail(
                id: "v1",
                score: 0.29,
                asrScore: 0.97,
                reviewStatus: "auto_fail",
                decision: "fail",
                language: "en-US",
                errors: [
                  "Missing entity: 'time'",
                  "CommandKind mismatch: expected WeatherCommand, got NoResultCommand",
                ],
                createdAt: now.wall - .seconds(280)
              )
            ]
          )
        ]
      ),
      ExecutionDetail(
        id: "22222222-2222-4333-8444-555555555555",
        scenario: "Reservation",
        status: "failed",
        error: "Text-to-speech generation failed: voice not found",
        createdAt: now.wall - .seconds(260),
        duration: nil,
        steps: []
      ),
    ]
  )
}
