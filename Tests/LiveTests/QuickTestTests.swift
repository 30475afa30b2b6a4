import DataSources
import ScreenSupport
import Testing

/// Quick tests on the real backend: the runbook's route is missing, the fallback runs, the verdict comes
/// from the validations.
@Suite(.serialized) struct LiveQuickTestTests {
  private func healthy() async throws -> LiveStack {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    return stack
  }

  @Test func theKeyNamesTheMissingRouteAndShowsTheVerdict() async throws {
    let stack = try await healthy()
    let before = stack.auditLines.count
    let console = try stack.console(width: 120, height: 40)
    console.see(" services ")
    console.press("t")
    console.see("QUICK TEST Demo: Weather Query")
    console.see("POST /api/v1/test-runs/quick-test")
    console.see("on 404 or 405")
    console.confirm()
    console.see("✓ passed in ")
    console.see("404 for")
    console.press(Key.enter, "q")
    #expect(console.exitStatus() == 0)
    let lines = stack.auditLines.dropFirst(before)
    #expect(lines.map { $0["event"]?.text } == ["begin", "end"])
    #expect(lines.last?["verdict"]?.text == "done")
  }

  @Test func aTestWhoseValidationFailsIsFailedAndListed() async throws {
    let stack = try await healthy()
    try await stack.fault("quick-test-fails")
    let outcome = try await stack.switchboard("test", "quick", "--yes")
    #expect(outcome.code == 5, "\(outcome.output + outcome.errors)")
    #expect(outcome.output.contains("404 for POST /api/v1/test-runs/quick-test"))
    try await stack.heal()
    let listed = try await newestExecution(stack)
    #expect(listed["status"]?.text == "completed")
    #expect((listed["failed_validations"]?.number ?? 0) > 0)
  }

  @Test func anErrorThatCreatedTheExecutionIsFoundAndNotRepeated() async throws {
    let stack = try await healthy()
    // The stack's own runs draw the same script now and then: which one is ours could then not be told.
    for program in ["workload", "celery-worker"] { try await stack.stop(program) }
    let before = try await executions(stack)
    try await stack.fault("quick-test-errors")
    let outcome = try await stack.switchboard("test", "quick", "--yes")
    #expect(outcome.code == 5, "\(outcome.output + outcome.errors)")
    #expect(outcome.output.contains("answered 500"))
    #expect(outcome.output.contains("the execution exists"))
    try await stack.heal()
    #expect(try await executions(stack) == before + 1)
    #expect(try await newestExecution(stack)["status"]?.text == "failed")
  }

  @Test func aColleaguesFailureOfTheSameScriptIsNotThisOnes() async throws {
    let stack = try await healthy()
    try await stack.fault("quick-test-slow")
    let outcome = try await stack.switchboard("test", "quick", "--yes")
    #expect(outcome.code == 0, "\(outcome.output + outcome.errors)")
    #expect(outcome.output.contains("passed in "))
    try await stack.heal()
    // The colleague's is the newest of the script, and failed.
    #expect(try await newestExecution(stack)["status"]?.text == "failed")
    let told = try #require(stack.auditLines.last?["reason"]?.text)
    #expect(told.contains("execution "), "\(told)")
  }

  /// The newest row of `runs failed` that is an execution without a run.
  private func newestExecution(_ stack: LiveStack) async throws -> JSONValue {
    let rows = try await stack.switchboard("runs", "failed", "--json", "--limit", "200").json.list ?? []
    return try #require(rows.first { $0["kind"]?.text == "execution" })
  }

  /// How many executions without a run the database has.
  private func executions(_ stack: LiveStack) async throws -> Int {
    let query = "SELECT count(*) FROM multi_turn_executions WHERE suite_run_id IS NULL"
    let words = ["/usr/bin/psql", stack.variables["STACK_PG_URL"] ?? "", "-Atc", query]
    let outcome = try await LiveStack.run(words)
    return try #require(Int(outcome.output.prefix { $0.isNumber }))
  }
}
