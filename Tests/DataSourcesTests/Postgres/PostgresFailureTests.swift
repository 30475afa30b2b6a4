import Facts
import Testing

@testable import DataSources

/// What libpq's texts and SQLSTATEs mean, without a server.
@Suite struct PostgresFailureTests {
  @Test(arguments: [
    ("28P01", "unauthorized"), ("28000", "unauthorized"), ("42501", "forbidden"), ("57014", "timedOut"),
    ("57P01", "disconnected"), ("08006", "disconnected"), ("08P01", "rejected"), ("53300", "rejected"),
    ("57P03", "rejected"), ("42P01", "rejected"),
  ])
  func sqlStateDecides(state: String, code: String) {
    #expect("\(PostgresFailure.code(sqlState: state))" == code)
  }

  @Test func refusedLoginIsReadInAnyLanguage() {
    let failure = PostgresFailure.connection(
      text: """
        connection to server at "::1", port 5433 failed: Connection refused
        connection to server at "127.0.0.1", port 5433 failed: SCHWERWIEGEND:  28P01: falsch
        LOCATION:  auth_failed, auth.c:335
        """,
      needsPassword: false,
      at: "pg"
    )
    #expect(failure.code == .unauthorized)
    #expect(failure.detail.hasPrefix("28P01 "))
    #expect(!failure.detail.contains("LOCATION"))
  }

  @Test func startingServerIsRejectedWithItsWords() {
    let failure = PostgresFailure.connection(
      text: "FATAL:  57P03: the database system is starting up",
      needsPassword: false,
      at: "pg"
    )
    #expect(failure.code == .rejected)
    #expect(failure.detail.contains("starting up"))
  }

  @Test(arguments: [
    ("failed: Connection refused\n\tIs the server running?", "refused"),
    ("failed: No such file or directory", "refused"), ("failed: Connection timed out", "timedOut"),
    ("failed: Permission denied", "forbidden"), ("server closed the connection unexpectedly", "disconnected"),
    ("expected authentication request from server, but received H", "rejected"),
    ("could not receive data from server: Verbindung", "disconnected"),
    ("failed: SSL error: certificate verify failed", "insecure"),
    ("server does not support SSL, but SSL was required", "insecure"), ("", "disconnected"),
  ])
  func textWithoutStateIsReadBySystemWords(text: String, code: String) {
    let failure = PostgresFailure.connection(text: text, needsPassword: false, at: "pg")
    #expect("\(failure.code)" == code)
  }

  @Test(arguments: [
    (
      "connection to server at \"::1\", port 6432 failed: FATAL:  08P01: unsupported startup parameter: options",
      "08P01 unsupported startup parameter: options"
    ),
    ("FATAL:  53300: sorry, too many clients already\nLOCATION:  x", "53300 sorry, too many clients already"),
    ("FATAL:  3D000: database \"x\u{1B}[2J\" does not exist", "3D000 database \"x␛[2J\" does not exist"),
    (
      "expected authentication request from server, but received H",
      "expected authentication request from server, but received H"
    ),
    (
      "ERROR:  XX000: " + String(repeating: "x", count: 80),
      "XX000 " + String(repeating: "x", count: 53) + "…"
    ),
    ("server closed the connection unexpectedly", "disconnected"),
    ("FATAL:  28P01: no", "401 unauthorized"),
  ])
  func whatHasNoWordOfOursIsToldInTheServersOwn(text: String, word: String) {
    let failure = PostgresFailure.connection(text: text, needsPassword: false, at: "pg")
    #expect(failure.word == word)
    #expect(failure.code != .rejected || !failure.advice.contains("The connection broke"))
  }

  @Test func missingPasswordIsUnauthorized() {
    let failure = PostgresFailure.connection(
      text: "fe_sendauth: no password supplied",
      needsPassword: true,
      at: "pg"
    )
    #expect(failure.code == .unauthorized)
  }
}

/// What follows from the tables and columns that are there.
@Suite struct PostgresSchemaTests {
  private func schema(_ columns: [(String, String, String)]) -> PostgresSchema {
    PostgresSchema(columns.map { PostgresSchema.row("public", $0.0, $0.1, $0.2) })
  }

  private func runs(_ table: String) -> [(String, String, String)] {
    [(table, "id", "uuid"), (table, "status", "varchar"), (table, "created_at", "timestamptz")]
  }

  @Test func oldNameGoesFirst() {
    #expect(schema(runs("test_runs")).runsTable == "test_runs")
    #expect(schema(runs("suite_runs")).runsTable == "suite_runs")
    #expect(schema([]).runsTable == nil)
    #expect(schema(runs("test_runs") + runs("suite_runs")).runsTable == "test_runs")
  }

  @Test func ofBothTablesTheReferredOneCounts() {
    let both = runs("test_runs") + runs("suite_runs")
    let new = schema(both + [("validation_results", "suite_run_id", "uuid")])
    #expect(new.runsTable == "suite_runs")
    #expect(new.runColumn(of: "validation_results") == "suite_run_id")
    #expect(schema(both + [("validation_results", "test_run_id", "uuid")]).runsTable == "test_runs")
  }

  @Test func measuresStandInTheirOrder() {
    let results = [("validation_results", "id", "uuid"), ("validation_results", "created_at", "timestamptz")]
    let report = [("validation_results", "houndify_result", "jsonb")]
    let queue = [
      ("validation_queue", "validation_result_id", "uuid"),
      ("validation_queue", "confidence_score", "numeric"),
    ]
    let score = [("validation_results", "confidence_score", "float8")]
    #expect(
      schema(results + queue + report + score).measures.map(\.name) == [
        "validation_results.confidence_score", "validation_results.houndify_result->>'validation_score'",
        "validation_queue.confidence_score / 100",
      ]
    )
    #expect(schema(results).measures == [])
    // A text column of the right name is no measure: its cast could end the query.
    #expect(schema(results + [("validation_results", "confidence_score", "text")]).measures == [])
    #expect(schema(results + [("validation_results", "houndify_result", "text")]).measures == [])
  }

  @Test(arguments: [
    (#""$user", public"#, ["low", "public"]), ("public", ["public"]), ("", []),
    (#"App, "App", "a""b, c""#, ["app", "App", "a\"b, c"]), (#""""#, []), ("a,,b", ["a", "b"]),
  ])
  func theSearchPathIsReadAsTheServerDoes(setting: String, names: [String]) {
    #expect(PostgresSchema.path(setting, user: "low") == names)
  }

  @Test func theFirstSchemaOfThePathThatHasRunsIsRead() {
    func schema(_ path: String, _ tables: (String, String)...) -> PostgresSchema {
      PostgresSchema(
        tables.flatMap { place, table in
          ["id", "status", "created_at"].map { PostgresSchema.row(place, table, $0, "uuid", path: path) }
        }
      )
    }
    let path = #""$user", public"#
    #expect(schema(path, ("public", "suite_runs"), ("other", "suite_runs")).name == "public")
    #expect(schema("other", ("public", "suite_runs"), ("other", "suite_runs")).name == "other")
    #expect(schema(path, ("zoo", "suite_runs"), ("public", "scenario_scripts")).name == "zoo")
    #expect(schema(path, ("b", "suite_runs"), ("a", "suite_runs")).name == "a")
    #expect(schema(path, (#"a"b"#, "suite_runs")).table("suite_runs") == #""a""b"."suite_runs""#)
    #expect(schema(path).name == nil)
  }

  @Test func aTableThatCantBeReadIsNoTableWithoutRows() {
    let whole = [("id", "uuid"), ("status", "varchar"), ("created_at", "timestamptz")]
    func defect(_ columns: [(String, String)], _ table: String = "suite_runs") -> String? {
      schema(columns.map { (table, $0.0, $0.1) }).defect(table)
    }
    #expect(defect(whole) == nil)
    #expect(defect([]) == nil)
    #expect(defect(Array(whole.dropLast())) == "suite_runs has no created_at")
    #expect(defect([whole[0], ("status", "int4"), whole[2]]) == "suite_runs.status is int4")
    #expect(defect([whole[0], ("status", "other"), whole[2]]) == nil)
    #expect(defect([whole[0], whole[1], ("created_at", "text")]) == "suite_runs.created_at is text")
    #expect(
      defect(Array(whole.dropFirst()), "multi_turn_executions") == "multi_turn_executions has no id"
    )
    #expect(schema([("suite_runs", "id", "uuid")]).runsTable == nil)
  }

  @Test func aTableThatWouldRunOthersCodeIsNotRead() {
    let view = ["id", "status", "created_at"].map {
      PostgresSchema.row("public", "test_runs", $0, "uuid", refused: "a view of low")
    }
    #expect(PostgresSchema(view).runsTable == nil)
    #expect(PostgresSchema(view).refused == ["test_runs": "a view of low"])
    let typed = [PostgresSchema.row("public", "suite_runs", "id", nil)]
    #expect(!PostgresSchema(typed).has("suite_runs", "id"))
  }
}

extension PostgresSchema {
  /// A row as the database answers ``PostgresSchema/query``.
  static func row(
    _ schema: String,
    _ table: String,
    _ column: String,
    _ type: String?,
    refused: String? = nil,
    path: String = "public",
    isRestricted: Bool = false
  ) -> [PostgresValue] {
    func value(_ text: String?) -> PostgresValue { text.map { .text($0) } ?? .null }
    return [
      .text(schema), .text(table), .text(column), value(type), value(refused), .text(path), .text("me"),
      .flag(isRestricted),
    ]
  }
}
