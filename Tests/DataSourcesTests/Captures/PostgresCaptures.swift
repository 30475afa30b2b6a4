import Facts
import TestSupport
import Testing

@testable import DataSources

extension CaptureTests {
  /// The captured rows in the captured schema, in a real server, asked by the real source.
  @Suite(.serialized) struct PostgresRows {
    private static let rows = [
      "test_suites", "scenario_scripts", "suite_runs", "multi_turn_executions", "step_executions",
      "validation_results", "validation_queue",
    ]
    static let files =
      rows.map { "csv/\($0).csv" } + [
        "postgres/schema.txt", "postgres/schema_runbook_era.txt", "postgres/sql_runbook.txt",
        "postgres/triage_join_output.txt",
      ]

    /// The run whose one validation awaits a person: the only completed one without a failed result.
    private static let goodRun = "fda08f14-3d81-4754-af0c-08f938abda49"

    private static let database: String = {
      let tables = PsqlDescription.tables(in: Captures.text("postgres/schema.txt"))
      let copies = rows.map {
        #"\copy \#($0) from '\#(Captures.path("csv/\($0).csv"))' with (format csv, header match)"#
      }
      TestPostgres.shared.database(
        "captured",
        tables.map(\.statement).joined(separator: "\n"),
        copies.joined(separator: "\n"),
        "ANALYZE"
      )
      return "captured"
    }()

    init() { EventLoop.runOnOwnThread() }

    @LoopActor private func withSource<Value: Sendable>(
      _ database: String = Self.database,
      _ body: @LoopActor (PostgresSource) async throws -> Value
    ) async throws -> Value {
      var thresholds = PostgresSource.Thresholds()
      // The rows are as old as the captures.
      thresholds.window = .seconds(3_000_000_000)
      let source = PostgresSource(try TestPostgres.shared.options(database), thresholds: thresholds)
      defer { source.close() }
      return try await body(source)
    }

    @Test func theSchemasAreWhole() {
      let today = PsqlDescription.tables(in: Captures.text("postgres/schema.txt"))
      #expect(today.count == 24)
      #expect(today.first { $0.name == "suite_runs" }?.columns.count == 18)
      #expect(today.allSatisfy { !$0.columns.isEmpty })
    }

    @Test @LoopActor func sevenOfEightCompletedRunsNeedAttention() async throws {
      let reading = try await withSource { try await $0.poll() }
      let runs = try #require(reading.snapshot(RunsSnapshot.self))
      #expect(runs.table == "suite_runs")
      // Seven completed with failed results, one that crashed, and two executions without a run.
      #expect(runs.total == 10)
      let completed = runs.rows.filter { $0.kind == .run && $0.status == "completed" }
      #expect(completed.count == 7)
      #expect(completed.allSatisfy { $0.attention == [.validations] && $0.failedValidations >= 1 })
      #expect(completed.map(\.failedValidations).max() == 33)
      #expect(!runs.rows.contains { $0.id == Self.goodRun })
      #expect(
        runs.rows.filter { $0.status == "failed" && $0.kind == .run }.map(\.attention) == [
          [.status, .executions]
        ]
      )
      let loose = runs.rows.filter { $0.kind == .execution }
      #expect(
        loose.map(\.status) == ["completed", "failed"] || loose.map(\.status) == ["failed", "completed"]
      )
      #expect(reading.value("runs.attention") == .number(10))
      #expect(reading.value("runs.stuck") == .number(0))
    }

    @Test @LoopActor func everyRunCountsAsItDidByHand() async throws {
      let byHand = PsqlTable.rows(
        below: "== runs needing attention",
        in: Captures.text("postgres/triage_join_output.txt")
      )
      #expect(byHand.count == 9)
      let runs = try #require(try await withSource { try await $0.poll() }.snapshot(RunsSnapshot.self))
      for row in byHand {
        let found = runs.rows.first { $0.id == row[0] }
        guard row[0] != Self.goodRun else { continue }
        #expect(found?.status.string == row[2])
        let counts = [found?.executions, found?.failedExecutions, found?.failedValidations]
        #expect(counts == [Int(row[7]), Int(row[8]), Int(row[9])], "\(row[0])")
      }
    }

    @Test @LoopActor func failuresAreTheTwelveTextsThatWereCountedByHand() async throws {
      let text = Captures.text("postgres/triage_join_output.txt")
      var byHand: [String: Int] = [:]
      for row in PsqlTable.rows(below: "== error clusters", in: text) { byHand[row[0]] = Int(row[1]) }
      let runs = try #require(try await withSource { try await $0.poll() }.snapshot(RunsSnapshot.self))
      var found: [String: Int] = [:]
      for reason in runs.reasons { found[reason.text?.string ?? "none"] = reason.count }
      #expect(found == byHand)
      #expect(found.count == 12)
      #expect(runs.failures == 68)
    }

    @Test @LoopActor func confidenceComesFromTheReportNotFromTheRecogniser() async throws {
      let reading = try await withSource { try await $0.poll() }
      let found = try #require(reading.snapshot(ValidationsSnapshot.self))
      #expect(found.measure == "validation_results.houndify_result->>'validation_score'")
      #expect([found.total, found.scored, found.low] == [89, 89, 64])
      #expect(found.histogram.reduce(0, +) == 89)
      #expect(found.lowest.first?.score == 0.285)
      #expect(found.lowest.allSatisfy { ($0.asrScore ?? 0) >= 0.5 })
    }

    @Test @LoopActor func everyThresholdAndGroupingCountsTheSameResults() async throws {
      let reading = try await withSource { try await $0.poll() }
      let found = try #require(reading.snapshot(ValidationsSnapshot.self))
      #expect(
        [0.28, 0.29, 0.48, 0.49, 0.98, 0.99].map { found.low(below: $0).count } == [0, 7, 7, 64, 64, 89]
      )
      let groups = try #require(reading.snapshot(ValidationSpread.self)?.groups.value)
      for grouping in ValidationGrouping.allCases {
        let scores = groups.list.filter { $0.grouping == grouping }.reduce(ScoreHistogram()) {
          $0 + $1.scores
        }
        #expect(scores == found.scores, "\(grouping)")
      }
      #expect(groups.list.filter { $0.grouping == .validator }.map(\.name) == ["houndify + models"])
    }

    @Test @LoopActor func aResultIsToldWithWhatWasExpectedAndWhoJudgedIt() async throws {
      let id = "8188c3ae-c92f-4689-b73c-5177f90dd55e"
      let record = try #require(try await withSource { try await $0.validationDetail(id: id) }.validation)
      let command = try #require(record.comparisons.first { $0.name == "command" })
      #expect(
        command.expected == "WeatherCommand" && command.actual == "WeatherCommand" && command.matches == true
      )
      let entities = try #require(record.comparisons.first { $0.name == "entities" })
      #expect(entities.expected?.string == #"{"time":"today"}"# && entities.matches == false)
      #expect(record.opinions.map(\.judge.string) == ["evaluator a", "evaluator b"])
      #expect(record.opinions.allSatisfy { $0.reasoning?.string.hasPrefix("Evaluation failed") == true })
      #expect(record.providerPassed == false && record.modelsPassed == false)
      guard case .told(let queue, isCut: false) = record.queue else {
        Issue.record("\(record.queue)")
        return
      }
      #expect(
        queue.count == 1 && queue[0].string.hasPrefix("pending · priority 1 · confidence of 100: 48.50")
      )
    }

    @Test @LoopActor func theQueueIsTheSameMeasureOnAnotherScale() async throws {
      let count = try await withSource { source in
        try await source.ask(
          PostgresQuery("SELECT count(*) FROM public.validation_queue WHERE confidence_score < 50"),
          LoopActor.now().monotonic + .seconds(5)
        ).rows.first?.first?.integer
      }
      #expect(count == 64)
    }

    @Test @LoopActor func aRunIsToldStepByStep() async throws {
      let detail = try await withSource { try await $0.runDetail(id: "bbcb2e1a-191d-4034-b198-55c634a977df") }
      #expect(detail.executions.count == 17)
      let byHand = PsqlTable.rows(below: "== one run", in: Captures.text("postgres/triage_join_output.txt"))
      #expect(byHand.count == 4)
      for row in byHand {
        let execution = try #require(detail.executions.first { $0.id == row[0] })
        #expect(execution.scenario?.string == row[1])
        let step = try #require(execution.steps.first { $0.order == Int(row[4]) })
        #expect(step.utterance?.string == row[5])
        #expect(step.commandKind?.string == row[6])
        #expect(step.responseTime == Int(row[7]).map { .milliseconds($0) })
        #expect(!step.validations.isEmpty)
      }
    }

    @Test @LoopActor func theRunbooksStatementsFailHereInTheWordsThatWereCaptured() async throws {
      let captured = Captures.text("postgres/sql_runbook.txt")
      for sql in [
        "SELECT id FROM test_runs", "SELECT * FROM public.validation_results WHERE confidence_score < 0.5",
      ] {
        let failure: SourceFailure? = try await withSource { source in
          do throws(SourceFailure) {
            _ = try await source.ask(PostgresQuery(sql), LoopActor.now().monotonic + .seconds(5))
            return nil
          } catch {
            return error
          }
        }
        let detail = try #require(failure?.detail)
        #expect(detail.hasPrefix("42P01") || detail.hasPrefix("42703"))
        let words = detail.dropFirst(6).prefix { $0 != "\n" }
        #expect(captured.contains(words), "\(detail)")
      }
    }

    @Test @LoopActor func theRunbooksSchemaIsReadByItsOwnNames() async throws {
      let tables = PsqlDescription.tables(in: Captures.text("postgres/schema_runbook_era.txt"))
      #expect(tables.map(\.name) == ["test_runs", "validation_results"])
      TestPostgres.shared.database("captured_runbook", tables.map(\.statement).joined(separator: "\n"))
      let reading = try await withSource("captured_runbook") { try await $0.poll() }
      #expect(reading.snapshot(RunsSnapshot.self)?.table == "test_runs")
      #expect(reading.snapshot(ValidationsSnapshot.self)?.measure == "validation_results.confidence_score")
      #expect(reading.value("runs.attention") == .number(0))
    }
  }
}
