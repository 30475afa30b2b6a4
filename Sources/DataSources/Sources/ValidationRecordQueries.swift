internal import Facts

/// The statements that tell one judged answer in full, put together for one schema, and their reading.
struct ValidationRecordQueries {
  /// The rows of another table that are told.
  static let rowLimit = 20
  /// The longest report that is taken apart.
  private static let reportLimit = 200_000
  private static let result = "validation_results"

  let schema: PostgresSchema

  /// The columns that hold scores, of those whose names need no quotes: they are the table's owner's to choose, and what
  /// stands in a name must not become a part of the statement.
  private var scores: [String] {
    (schema.columns[Self.result] ?? [:]).keys
      .filter { name in
        name.hasSuffix("_score") && Self.isPlain(name)
          && schema.number(Self.result, "v", name) != SQLNull.number
      }
      .sorted()
  }

  /// Whether a name is of small letters, digits and `_` alone, and begins with no digit.
  private static func isPlain(_ name: String) -> Bool {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    guard let first = name.utf8.first, !digits.contains(first) else { return false }
    return name.utf8.allSatisfy { digits.contains($0) || letters.contains($0) || $0 == UInt8(ascii: "_") }
  }

  /// Whether the result is read together with what was expected of it.
  var hasOutcome: Bool {
    schema.has("expected_outcomes", "id") && schema.has(Self.result, "expected_outcome_id")
  }

  /// The result with its step, what was expected of it, and its run; nil without a table of results.
  func result(_ id: String, withOutcome: Bool = true) -> PostgresQuery? {
    guard schema.has(Self.result, "id") else { return nil }
    let outcome = "expected_outcomes"
    let step = "step_executions"
    let hasOutcome = withOutcome && self.hasOutcome
    let hasStep = schema.has(step, "id") && schema.has(Self.result, "step_execution_id")
    let runColumn = schema.runColumn(of: Self.result)
    let runs = schema.runsTable
    func ofOutcome(_ column: String, limit: Int = 2_000) -> String {
      hasOutcome ? schema.text(outcome, "o", column, limit: limit) : SQLNull.text
    }
    func ofStep(_ column: String) -> String {
      hasStep ? schema.text(step, "se", column, limit: 2_000) : SQLNull.text
    }
    func ofRun(_ column: String) -> String {
      runs.flatMap { table in runColumn.map { _ in schema.text(table, "r", column) } } ?? SQLNull.text
    }
    func report(_ column: String) -> String {
      guard schema.has(Self.result, column) else { return SQLNull.text }
      let text = "v.\(column)::pg_catalog.text"
      // What is NULL is not too long.
      return "CASE WHEN pg_catalog.length(\(text)) > \(Self.reportLimit) THEN 'too long' ELSE \(text) END"
    }
    var joins = ""
    if hasOutcome { joins += "LEFT JOIN \(schema.table(outcome)) o ON o.id = v.expected_outcome_id\n" }
    if hasStep { joins += "LEFT JOIN \(schema.table(step)) se ON se.id = v.step_execution_id\n" }
    if let runs, let runColumn { joins += "LEFT JOIN \(schema.table(runs)) r ON r.id = v.\(runColumn)\n" }
    let numbers = scores.map { ", \(schema.number(Self.result, "v", $0)) AS \"\($0)\"" }.joined()
    return PostgresQuery(
      """
      SELECT \(schema.text(Self.result, "v", "houndify_passed")) AS provider_passed,
        \(schema.text(Self.result, "v", "llm_passed")) AS models_passed,
        \(report("houndify_result")) AS report, \(report("ensemble_result")) AS ensemble,
        \(ofOutcome("expected_command_kind")) AS expected_command,
        \(hasOutcome ? schema.number(outcome, "o", "expected_asr_confidence_min") : SQLNull.number) AS expected_asr,
        \(ofOutcome("expected_response_content")) AS expected_content, \(ofOutcome("name")) AS outcome,
        \(ofStep("user_utterance")) AS said, \(ofStep("transcription")) AS heard,
        \(ofStep("ai_response")) AS response, \(ofStep("command_kind")) AS command,
        \(schema.number(Self.result, "v", "asr_confidence_score")) AS asr,
        \(ofRun("id")) AS run, \(ofRun("name")) AS run_name, \(ofRun("status")) AS run_status,
        \(schema.id(Self.result, "v", "multi_turn_execution_id")) AS execution\(numbers)
      FROM \(schema.table(Self.result)) v \(joins) WHERE v.id = $1::pg_catalog.uuid LIMIT 1
      """,
      [id]
    )
  }

  /// What a further table tells of a result, each row as one line; nil: why it can't be asked.
  enum Further {
    case query(PostgresQuery)
    case missing(SafeText)
  }

  /// Its places in the reviewers' queue.
  func queue(_ id: String) -> Further {
    further("validation_queue", "validation_result_id = $1::pg_catalog.uuid", [id], order: "created_at") {
      text in
      [
        text("status", ""), text("priority", "priority "), text("confidence_score", "confidence of 100: "),
        text("language_code", ""),
        flag("validation_queue", "requires_native_speaker", "needs a native speaker"),
        text("claimed_at", "claimed "), text("claimed_by", "by "),
      ]
    }
  }

  /// What people decided.
  func people(_ id: String) -> Further {
    let table = "human_validations"
    return further(table, "validation_result_id = $1::pg_catalog.uuid", [id], order: "created_at") { text in
      [
        text("validation_decision", ""), text("submitted_at", "submitted "), text("claimed_at", "claimed "),
        text("validator_id", "by "), text("time_spent_seconds", "seconds spent: "),
        flag(table, "is_second_opinion", "a second opinion"), text("feedback", ""),
      ]
    }
  }

  /// The defects of its execution, or of the run that it belongs to.
  func defects(execution: String?, run: String?) -> Further {
    let table = "defects"
    let runColumn = ["suite_run_id", "test_execution_id"].first { schema.has(table, $0) }
    let hasExecution = schema.has(table, "execution_id")
    guard schema.columns[table] == nil || hasExecution || runColumn != nil else {
      return .missing("defects has neither execution_id nor suite_run_id")
    }
    let never = "::pg_catalog.text IS NULL AND false"
    let ofExecution = hasExecution ? "t.execution_id::pg_catalog.text = $1::pg_catalog.text" : "$1\(never)"
    let ofRun = runColumn.map { "t.\($0)::pg_catalog.text = $2::pg_catalog.text" } ?? "$2\(never)"
    let condition = "(\(ofExecution) OR \(ofRun))"
    return further(table, condition, [execution ?? "", run ?? ""], order: "detected_at") { text in
      [
        text("title", ""), text("severity", ""), text("category", ""), text("status", ""),
        text("jira_issue_key", ""), text("jira_status", ""), text("detected_at", "detected "),
      ]
    }
  }

  private func flag(_ table: String, _ column: String, _ words: String) -> String {
    schema.columns[table]?[column] == "bool" ? "CASE WHEN t.\(column) THEN '\(words)' END" : SQLNull.text
  }

  private func further(
    _ table: String,
    _ condition: String,
    _ parameters: [String?],
    order: String,
    _ parts: ((String, String) -> String) -> [String]
  ) -> Further {
    if let refused = schema.refused[table] { return .missing("\(SafeText(table)): \(SafeText(refused))") }
    guard let known = schema.columns[table] else { return .missing("there is no table \(SafeText(table))") }
    guard table == "defects" || known["validation_result_id"] != nil else {
      return .missing("\(SafeText(table)) has no validation_result_id")
    }
    func text(_ column: String, _ lead: String) -> String {
      let isTime = schema.time(table, "t", column) != SQLNull.time
      guard schema.has(table, column) else { return SQLNull.text }
      let value =
        isTime
        ? "pg_catalog.to_char(\(schema.time(table, "t", column)) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC'"
        : schema.text(table, "t", column)
      return "'\(lead)' || \(value)"
    }
    let line =
      "pg_catalog.concat_ws(' · ', \(parts(text).map { "NULLIF(\($0), '')" }.joined(separator: ", ")))"
    let isOrdered = schema.has(table, order)
    return .query(
      PostgresQuery(
        """
        SELECT \(line) FROM \(schema.table(table)) t WHERE \(condition)
        \(isOrdered ? "ORDER BY t.\(order)" : "") LIMIT \(Self.rowLimit + 1)
        """,
        parameters
      )
    )
  }

  // MARK: reading

  /// Reads the answer to ``result(_:)``; nil if there is no such result.
  func reading(_ table: PostgresTable) -> (record: ValidationRecord, execution: String?, run: String?)? {
    guard let row = table.records.first else { return nil }
    func safe(_ column: String) -> SafeText? { row[column].text.map { SafeText(told: $0) } }
    func passed(_ column: String) -> Bool? { row[column].text.map { $0 == "true" || $0 == "t" } }
    var record = ValidationRecord()
    (record.providerPassed, record.modelsPassed) = (passed("provider_passed"), passed("models_passed"))
    let (report, ensemble) = (Self.json(row["report"].text), Self.json(row["ensemble"].text))
    let broken = [("houndify_result", row["report"], report), ("ensemble_result", row["ensemble"], ensemble)]
      .filter { $0.1.text != nil && $0.2 == nil }.map(\.0)
    if !broken.isEmpty { record.problem = "\(SafeText(broken.joined(separator: ", "))) can't be taken apart" }
    record.comparisons = comparisons(row, report, safe)
    record.scores = scores.compactMap { name in
      row[name].number.map { ValidationRecord.Score(SafeText(name), $0) }
    }
    if let score = report?["validation_score"]?.number {
      record.scores.append(ValidationRecord.Score("validation_score", score))
    }
    if let score = report?["entity_validation"]?["score"]?.number {
      record.scores.append(ValidationRecord.Score("entity_validation", score))
    }
    record.consensus = ensemble?["consensus_type"]?.text.map { SafeText(told: $0.replacing("_", with: " ")) }
    record.opinions = Self.opinions(ensemble)
    if let run = safe("run") {
      let (name, status) = (safe("run_name") ?? "no name", safe("run_status") ?? "no status")
      record.run = "\(name) · \(status) · \(run)"
    }
    return (record, row["execution"].text, row["run"].text)
  }

  private static func json(_ text: String?) -> JSONValue? {
    text.flatMap { JSONValue(parsing: Array($0.utf8)) }
  }

  /// A value as compact text; nil of none and of null.
  private static func told(_ value: JSONValue?) -> SafeText? {
    guard let value, value.json != "null" else { return nil }
    return SafeText(told: String((value.text ?? value.json).prefix(2_000)))
  }

  private func comparisons(
    _ row: PostgresRecord,
    _ report: JSONValue?,
    _ safe: (String) -> SafeText?
  ) -> [ValidationRecord.Comparison] {
    var found = [ValidationRecord.Comparison("speech", expected: safe("said"), actual: safe("heard"))]
    func add(_ name: SafeText, _ expected: SafeText?, _ actual: SafeText?, _ matches: Bool?) {
      guard expected != nil || actual != nil else { return }
      found.append(ValidationRecord.Comparison(name, expected: expected, actual: actual, matches: matches))
    }
    add(
      "command",
      Self.told(report?["expected_command_kind"]) ?? safe("expected_command"),
      Self.told(report?["actual_command_kind"]) ?? safe("command"),
      report?["command_kind_match"]?.flag
    )
    let entities = report?["entity_validation"]
    add(
      "entities",
      Self.told(report?["expected_entities"] ?? entities?["details"]?["expected"]),
      Self.told(report?["actual_entities"] ?? entities?["details"]?["actual"]),
      entities?["passed"]?.flag
    )
    let least = report?["expected_asr_confidence_min"]?.number ?? row["expected_asr"].number
    let heard = report?["asr_confidence"]?.number ?? row["asr"].number
    add(
      "recogniser",
      least.map { SafeText("at least \(Format.score($0))") },
      heard.map { SafeText(Format.score($0)) },
      least.flatMap { least in heard.map { $0 >= least } }
    )
    let content = report?["response_content_result"] ?? report?["response_content_validation"]
    add(
      "response",
      safe("expected_content") ?? Self.wanted(content),
      safe("response"),
      content?["passed"]?.flag
    )
    return found
  }

  /// What a response should and should not have held, as far as its check tells: `contains "music"`.
  private static func wanted(_ content: JSONValue?) -> SafeText? {
    let checks = [
      ("contains", "contains", ["matched", "missing"]), ("regex", "matches", ["matched", "failed"]),
      ("not_contains", "doesn't contain", ["found"]), ("regex_not_match", "doesn't match", ["found"]),
      ("forbidden_phrases", "never says", ["found"]),
    ]
    let words = checks.flatMap { name, words, lists in
      lists.flatMap { content?["details"]?[name]?[$0]?.list ?? [] }.prefix(20)
        .compactMap { value in value.text.map { "\(words) \"\($0)\"" } }
    }
    return words.isEmpty ? nil : SafeText(told: String(words.joined(separator: ", ").prefix(2_000)))
  }

  private static func opinions(_ ensemble: JSONValue?) -> [ValidationRecord.Opinion] {
    let judges: [(SafeText, String, String)] = [
      ("evaluator a", "evaluator_a_score", "evaluator_a_reasoning"),
      ("evaluator b", "evaluator_b_score", "evaluator_b_reasoning"),
      ("curator", "curator_score", "curator_reasoning"),
    ]
    return judges.compactMap { judge, score, reasoning in
      let said = told(ensemble?[reasoning])
      let score = ensemble?[score]?.number
      guard said != nil || score != nil else { return nil }
      return ValidationRecord.Opinion(judge, score: score, reasoning: said)
    }
  }

  /// Reads the answer about a further table.
  static func rows(_ table: PostgresTable) -> ValidationRecord.Rows {
    let lines = table.rows.map { SafeText(told: $0.first?.text ?? "") }.map {
      $0.isEmpty ? "nothing recorded" : $0
    }
    return .told(Array(lines.prefix(rowLimit)), isCut: table.isCut || lines.count > rowLimit)
  }
}

extension PostgresSource {
  /// Everything that was recorded of one judged answer beside its execution; nil if there is no such result.
  ///
  /// What one of the tables doesn't tell is told as that, and costs the others nothing.
  func validationRecord(
    _ id: String,
    _ schema: PostgresSchema,
    _ until: MonotonicTime
  ) async throws(SourceFailure) -> ValidationRecord? {
    let queries = ValidationRecordQueries(schema: schema)
    var problem: SafeText?
    var answer: PostgresTable?
    do throws(SourceFailure) {
      if let query = queries.result(id) { answer = try await ask(query, until) }
    } catch  where client.isConnected && queries.hasOutcome {
      // Most of what was expected stands in the result itself: a table that may not be read is no reason to tell nothing.
      if let query = queries.result(id, withOutcome: false) { answer = try await ask(query, until) }
      // What fails without that table, too, is thrown: it is not the table's fault.
      problem = "expected_outcomes can't be read: \(SafeText(error.wordWithState))"
    }
    guard let found = answer.flatMap(queries.reading) else { return nil }
    var record = found.record
    record.problem = problem ?? record.problem
    record.queue = try await rows(queries.queue(id), until)
    record.people = try await rows(queries.people(id), until)
    record.defects = try await rows(queries.defects(execution: found.execution, run: found.run), until)
    return record
  }

  private func rows(
    _ further: ValidationRecordQueries.Further,
    _ until: MonotonicTime
  ) async throws(SourceFailure) -> ValidationRecord.Rows {
    switch further {
    case .missing(let why): return .untold(why)
    case .query(let query):
      do throws(SourceFailure) {
        return ValidationRecordQueries.rows(try await ask(query, until))
      } catch  where client.isConnected {
        return .untold(SafeText(error.wordWithState))
      }
    }
  }
}
