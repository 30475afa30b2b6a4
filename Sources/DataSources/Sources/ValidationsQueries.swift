internal import Facts

/// The statements about confidence, put together for one schema and measure, and their reading.
struct ValidationsQueries {
  /// The rows that are told, the lowest: more than anybody reads, and few enough to be asked for with every poll.
  static let rowLimit = 200
  /// The groups that are told of each grouping.
  static let groupLimit = 300
  /// What is compared with what.
  static let week: Duration = .seconds(7 * 86_400)

  private static let result = "validation_results"
  private static let step = "step_executions"
  private static let execution = "multi_turn_executions"

  let schema: PostgresSchema
  let measure: ConfidenceMeasure
  let window: Duration
  let threshold: Double
  /// The group whose validations alone are told; nil: all.
  var group: (grouping: ValidationGrouping, key: String?)?

  // MARK: parts of statements

  /// The hundredth that a usable score lies in, else 127.
  private static let bin = """
    CASE WHEN score BETWEEN 0 AND 1 THEN pg_catalog.width_bucket(score, \
    '{\(ScoreHistogram.bounds.map { "\($0)" }.joined(separator: ","))}'::pg_catalog.float8[]) ELSE \(noBin) END
    """
  /// The bin of what has no usable score; one less than a power of two, so that a bin and a kind fit one number.
  private static let noBin = 127

  private var hasExecution: Bool {
    schema.has(Self.execution, "id") && schema.has(Self.result, "multi_turn_execution_id")
  }

  private var hasScenario: Bool { hasExecution && schema.has(Self.execution, "script_id") }

  private var hasScenarioName: Bool { hasScenario && schema.has("scenario_scripts", "id", "name") }

  private var hasLanguage: Bool { schema.has(Self.result, "language_code") }

  /// What tells whether the provider's own validator, and whether models, judged a result; nil: nothing does.
  private var judges: (own: String?, models: String?) {
    func first(_ columns: String...) -> String? {
      columns.first { schema.has(Self.result, $0) }.map { "v.\($0) IS NOT NULL" }
    }
    return (first("houndify_passed", "houndify_result"), first("llm_passed", "ensemble_result"))
  }

  /// Which validators judged, as the sum of 1 and 2; 0: none is recorded.
  private var validators: String {
    let (own, models) = judges
    return "((\(own ?? "false"))::pg_catalog.int4 + 2 * (\(models ?? "false"))::pg_catalog.int4)"
  }

  private var executionJoin: String {
    hasExecution
      ? "LEFT JOIN \(schema.table(Self.execution)) e ON e.id = v.multi_turn_execution_id" : ""
  }

  private var scenarioJoin: String {
    hasScenarioName ? "LEFT JOIN \(schema.table("scenario_scripts")) s ON s.id = e.script_id" : ""
  }

  /// What the group has in common, with its key as the third parameter; nil: the schema has no such thing.
  private var ofGroup: (join: String, condition: String)? {
    guard let group else { return ("", "") }
    switch group.grouping {
    case .scenario:
      guard hasScenario else { return nil }
      return (executionJoin, "AND e.script_id::pg_catalog.text IS NOT DISTINCT FROM $3::pg_catalog.text")
    case .language:
      guard hasLanguage else { return nil }
      return ("", "AND \(language) IS NOT DISTINCT FROM $3::pg_catalog.text")
    case .validator:
      guard judges.own != nil || judges.models != nil else { return nil }
      return ("", "AND \(validators)::pg_catalog.text IS NOT DISTINCT FROM $3::pg_catalog.text")
    }
  }

  private var language: String { schema.text(Self.result, "v", "language_code", limit: 50) }

  // MARK: counts and rows

  /// Counts, how the scores are spread, and the lowest of them in one statement; nil: there are no such groups.
  var query: PostgresQuery? {
    guard let (join, condition) = ofGroup else { return nil }
    let result = Self.result
    let hasStep = schema.has(Self.step, "id") && schema.has(result, "step_execution_id")
    func ofStep(_ column: String) -> String {
      hasStep ? schema.text(Self.step, "se", column) : SQLNull.text
    }
    let parameters = ["\(window.milliseconds) ms", "\(threshold)"] + (group.map { [$0.key] } ?? [])
    return PostgresQuery(
      """
      WITH scored AS MATERIALIZED (
        SELECT v.id, v.created_at, \(measure.score) AS score FROM \(schema.table(result)) v \(measure.join) \(join)
        WHERE v.created_at >= pg_catalog.now() - $1::interval \(condition)),
      bins AS (
        SELECT \(Self.bin) AS bin, pg_catalog.count(*) AS n,
          pg_catalog.count(*) FILTER (WHERE score BETWEEN 0 AND 1 AND score < $2::pg_catalog.float8) AS low
        FROM scored GROUP BY 1),
      counts AS (
        SELECT COALESCE(pg_catalog.sum(n), 0)::pg_catalog.int8 AS total,
          COALESCE(pg_catalog.sum(low), 0)::pg_catalog.int8 AS low,
          pg_catalog.string_agg(bin || ':' || n, ',') AS scores FROM bins),
      lowest AS (
        SELECT * FROM scored WHERE score BETWEEN 0 AND 1
        ORDER BY score, created_at DESC, id LIMIT \(Self.rowLimit))
      SELECT counts.total, counts.low, counts.scores, l.id::pg_catalog.text, l.score,
        \(schema.number(result, "v", "asr_confidence_score")) AS asr,
        \(hasScenarioName ? schema.text("scenario_scripts", "s", "name") : SQLNull.text) AS scenario,
        \(language) AS language, \(ofStep("user_utterance")) AS expected,
        \(ofStep("transcription")) AS heard, \(schema.firstError("v")) AS reason,
        \(schema.id(result, "v", "multi_turn_execution_id")) AS execution, l.created_at
      FROM counts LEFT JOIN lowest l ON true LEFT JOIN \(schema.table(result)) v ON v.id = l.id
      \(hasStep ? "LEFT JOIN \(schema.table(Self.step)) se ON se.id = v.step_execution_id" : "")
      \(executionJoin) \(scenarioJoin)
      ORDER BY l.score, l.created_at DESC, l.id
      """,
      parameters
    )
  }

  /// Reads the answer to ``query``.
  func reading(_ table: PostgresTable) -> ValidationsSnapshot {
    let first = table.rows.first ?? []
    let (scores, unscored) = Self.scores(first.count > 2 ? first[2].text : nil)
    return ValidationsSnapshot(
      measure: measure.name,
      window: window,
      threshold: threshold,
      total: scores.total + unscored,
      scored: scores.total,
      low: first.count > 1 ? first[1].integer ?? 0 : 0,
      scores: scores,
      lowest: table.rows.compactMap(Self.row)
    )
  }

  private static func row(_ values: [PostgresValue]) -> ValidationRow? {
    guard values.count == 13, let id = values[3].text, let score = values[4].number,
      let created = values[12].time
    else { return nil }
    func safe(_ position: Int) -> SafeText? { values[position].text.map { SafeText(told: $0) } }
    return ValidationRow(
      id: id,
      score: score,
      asrScore: values[5].number,
      scenario: safe(6),
      language: safe(7),
      expected: safe(8),
      heard: safe(9),
      reason: safe(10),
      executionID: values[11].text,
      createdAt: created
    )
  }

  /// Reads `48:12,97:1,127:3`: the counts of hundredths, and of what has no usable score.
  private static func scores(_ text: String?) -> (scores: ScoreHistogram, unscored: Int) {
    var counts: [Int: Int] = [:]
    for part in (text ?? "").split(separator: ",") {
      let numbers = part.split(separator: ":").compactMap { Int($0) }
      if numbers.count == 2 { counts[numbers[0]] = numbers[1] }
    }
    return (ScoreHistogram(counts), counts[noBin] ?? 0)
  }

  // MARK: groups

  /// Every group of the window with its scores; nil where the schema has nothing to group by.
  ///
  /// One pass: what is counted is small, and put together in three ways afterwards. The parts of the innermost
  /// queries stay apart so that the number of groups is estimated low enough to count them in memory.
  var groups: PostgresQuery? {
    guard missing.count < ValidationGrouping.allCases.count else { return nil }
    let script = hasScenario ? "e.script_id::pg_catalog.text" : SQLNull.text
    let join =
      hasScenario ? "LEFT JOIN \(schema.table(Self.execution)) e ON e.id = q.execution" : ""
    let found = ValidationGrouping.allCases.filter { missing[$0] == nil }
    // What nothing is grouped by can't be asked for: it is NULL, and its bit is set.
    let columns = ValidationGrouping.allCases.map { grouping in
      found.contains(grouping) ? grouping.rawValue : "\(SQLNull.text) AS \(grouping.rawValue)"
    }
    let bits = zip(ValidationGrouping.allCases, [4, 2, 1]).map { grouping, weight in
      found.contains(grouping) ? "GROUPING(\(grouping.rawValue)) * \(weight)" : "\(weight)"
    }
    return PostgresQuery(
      """
      WITH cube AS MATERIALIZED (
        SELECT \(script) AS scenario, q.language, q.kind, pg_catalog.count(*) AS n FROM (
          SELECT execution, language, validator * 128 + \(Self.bin) AS kind FROM (
            SELECT \(hasScenario ? "v.multi_turn_execution_id" : SQLNull.id) AS execution,
              \(hasLanguage ? "v.language_code" : SQLNull.text) AS language, \(validators) AS validator,
              \(measure.score) AS score
            FROM \(schema.table(Self.result)) v \(measure.join)
            WHERE v.created_at >= pg_catalog.now() - $1::interval OFFSET 0) r OFFSET 0) q
        \(join) GROUP BY 1, 2, 3),
      parts AS (
        SELECT scenario, pg_catalog.left(language::pg_catalog.text, 50) AS language,
          kind / 128 AS validator, kind % 128 AS bin, n FROM cube),
      sets AS (
        SELECT \(bits.joined(separator: " + ")) AS bits, \(columns.joined(separator: ", ")), bin,
          pg_catalog.sum(n) AS n
        FROM parts GROUP BY GROUPING SETS (\(found.map { "(\($0.rawValue), bin)" }.joined(separator: ", ")))),
      g AS (
        SELECT bits, scenario, language, validator, pg_catalog.sum(n) AS n,
          pg_catalog.string_agg(bin || ':' || n, ',') AS scores FROM sets GROUP BY 1, 2, 3, 4),
      ranked AS (
        SELECT g.*, pg_catalog.row_number() OVER (PARTITION BY bits ORDER BY n DESC, scenario, language, validator)
          AS place, pg_catalog.count(*) OVER (PARTITION BY bits) AS groups FROM g)
      SELECT r.bits, COALESCE(r.scenario, r.language, r.validator::pg_catalog.text), r.scores, r.groups,
        \(hasScenarioName ? schema.text("scenario_scripts", "s", "name") : SQLNull.text)
      FROM ranked r
      \(hasScenarioName ? "LEFT JOIN \(schema.table("scenario_scripts")) s ON s.id::pg_catalog.text = r.scenario" : "")
      WHERE r.place <= \(Self.groupLimit) ORDER BY r.bits, r.place
      """,
      ["\(window.milliseconds) ms"]
    )
  }

  /// What the schema has nothing for to group by, and what that would be.
  var missing: [ValidationGrouping: SafeText] {
    var missing: [ValidationGrouping: SafeText] = [:]
    if !hasScenario {
      missing[.scenario] =
        "validation_results.multi_turn_execution_id and multi_turn_executions.script_id are not both there"
    }
    if !hasLanguage { missing[.language] = "validation_results has no language_code" }
    if judges.own == nil, judges.models == nil {
      missing[.validator] =
        "validation_results has none of houndify_passed, houndify_result, llm_passed, ensemble_result"
    }
    return missing
  }

  /// Reads the answer to ``groups``.
  func groupsReading(_ table: PostgresTable) -> ValidationSpread.Groups {
    var groups = ValidationSpread.Groups([], missing: missing)
    for row in table.rows where row.count == 5 {
      // Of the three the bits of those are set that a row is not grouped by.
      let grouping: ValidationGrouping
      switch row[0].integer {
      case 0b011: grouping = .scenario
      case 0b101: grouping = .language
      case 0b110: grouping = .validator
      default: continue
      }
      let (scores, unscored) = Self.scores(row[2].text)
      let key = row[1].text
      let name =
        switch grouping {
        case .scenario: row[4].text ?? key
        case .language: key.map { $0.isEmpty ? "an empty code" : $0 }
        case .validator: key.flatMap { Self.validatorNames[$0] }
        }
      groups.list.append(
        ValidationGroup(
          grouping,
          key: key,
          name: name.map { SafeText(told: $0) },
          scores: scores,
          unscored: unscored
        )
      )
      groups.leftOut[grouping] = max(0, (row[3].integer ?? 0) - Self.groupLimit)
    }
    return groups
  }

  /// What the sums of the validators mean; of 0 none is recorded.
  private static let validatorNames = ["1": "houndify", "2": "models", "3": "houndify + models"]

  // MARK: a week ago

  /// The scores of the same window a week earlier.
  var before: PostgresQuery {
    PostgresQuery(
      """
      SELECT pg_catalog.string_agg(bin || ':' || n, ',') FROM (
        SELECT \(Self.bin) AS bin, pg_catalog.count(*) AS n FROM (
          SELECT \(measure.score) AS score FROM \(schema.table(Self.result)) v \(measure.join)
          WHERE v.created_at >= pg_catalog.now() - $2::interval - $1::interval
            AND v.created_at < pg_catalog.now() - $2::interval OFFSET 0) r
        GROUP BY 1) b
      """,
      ["\(window.milliseconds) ms", "\(Self.week.milliseconds) ms"]
    )
  }

  /// Reads the answer to ``before``.
  static func beforeReading(_ table: PostgresTable) -> ScoreHistogram {
    scores(table.rows.first?.first?.text).scores
  }
}
