import DataSources
import Foundation
import Testing

/// Repetitions of runs: the framework answers 400 after it has created and queued the new one.
@Suite(.serialized) struct RerunTests {
  @Test func aRunIsRepeatedOnceAndFoundAlthoughTheServerSaysNo() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let before = try await retries(stack)
    let run = try await failedRun(stack)
    let outcome = try await stack.switchboard("runs", "rerun", run, "--yes")
    #expect(outcome.code == 0, "\(outcome)")
    #expect(
      outcome.output.contains(#/✓ done: run [0-9a-f-]{36} is \w+ \(the server answered 400\)/#),
      "\(outcome)"
    )
    #expect(try await retries(stack) == before + 1)
    let refused = try await stack.switchboard("runs", "rerun", run, "--yes", "--read-only")
    #expect(refused.code == 6, "\(refused)")
    let dry = try await stack.switchboard("runs", "rerun", run, "--dry-run")
    #expect(dry.code == 0 && dry.output.contains("POST /api/v1/suite-runs/\(run)/retry"), "\(dry)")
    let none = try await stack.switchboard("runs", "rerun", "nothing", "--yes")
    #expect(none.code == 64 && none.errors.contains("no run is called nothing"), "\(none)")
    let unknown = "00000000-0000-4000-8000-000000000000"
    let gone = try await stack.switchboard("runs", "rerun", unknown, "--yes")
    #expect(gone.code == 6 && gone.errors.contains("the database has no run \(unknown)"), "\(gone)")
    #expect(try await retries(stack) == before + 1)
  }

  @Test func aRunThatNeedsNobodyIsRepeatedByItsID() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let query = "SELECT id FROM suite_runs WHERE status = 'completed'"
    let words = ["/usr/bin/psql", stack.variables["STACK_PG_URL"] ?? "", "-Atc", query]
    let runs = try await LiveStack.run(words).output.split(separator: "\n").map(String.init)
    let listed = try await stack.switchboard("runs", "failed", "--json", "--limit", "1000").output
    let run = try #require(runs.first { !listed.contains($0) })
    let dry = try await stack.switchboard("runs", "rerun", run, "--dry-run")
    #expect(dry.code == 0 && dry.output.contains("is      completed"), "\(dry)")
    let before = try await retries(stack)
    let outcome = try await stack.switchboard("runs", "rerun", run, "--yes")
    #expect(outcome.code == 0, "\(outcome)")
    #expect(try await retries(stack) == before + 1)
  }

  @Test func anOlderFrameworkCanNotRepeatRuns() async throws {
    let stack = try await LiveStack.older.value
    let run = try await failedRun(stack)
    let outcome = try await stack.switchboard("runs", "rerun", run, "--yes")
    #expect(outcome.code == 6 && outcome.errors.contains("don't tell which run they repeat"), "\(outcome)")
  }

  private func failedRun(_ stack: LiveStack) async throws -> String {
    let rows = try await stack.switchboard("runs", "failed", "--json", "--limit", "200").json.list ?? []
    return try #require(rows.first { $0["kind"]?.text == "run" }?["id"]?.text)
  }

  private func retries(_ stack: LiveStack) async throws -> Int {
    let query = "SELECT count(*) FROM suite_runs WHERE trigger_metadata ? 'original_suite_run_id'"
    let words = ["/usr/bin/psql", stack.variables["STACK_PG_URL"] ?? "", "-Atc", query]
    let outcome = try await LiveStack.run(words)
    return try #require(Int(outcome.output.prefix { $0.isNumber }))
  }
}
