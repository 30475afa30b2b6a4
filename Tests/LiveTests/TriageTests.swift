import DataSources
import Facts
import Foundation
import ScreenSupport
import Testing

/// What failed, of the database and of Celery's results together, on the real stack: its tasks fail after their runs have
/// been written down as completed, as the real framework's do.
@Suite(.serialized) struct LiveTriageTests {
  init() { EventLoop.runOnOwnThread() }

  /// What a command prints as JSON once `holds` of it, within two minutes.
  private func rows(
    _ stack: LiveStack,
    _ words: [String],
    _ holds: ([JSONValue]) -> Bool
  ) async throws -> [JSONValue] {
    var told: [JSONValue] = []
    for _ in 0..<60 {
      told = try await stack.switchboard(words).json.list ?? []
      if holds(told) { return told }
      try await Task.sleep(for: .seconds(2))
    }
    return told
  }

  /// Runs a listed run anew: the smallest of them, or the largest.
  private func rerun(_ stack: LiveStack, isLarge: Bool) async throws {
    let listed = try await stack.switchboard("runs", "failed", "--json", "--limit", "500").json.list ?? []
    let runs = listed.filter { $0["kind"]?.text == "run" && $0["status"]?.text == "completed" }
      .sorted { ($0["executions"]?.number ?? 0) < ($1["executions"]?.number ?? 0) }
    let run = try #require(isLarge ? runs.last : runs.first)
    let told = try await stack.switchboard("runs", "rerun", run["id"]?.text ?? "", "--yes")
    #expect(told.code <= 1, "\(told)")
  }

  @Test func aCompletedRunWhoseTaskFailedIsToldWithItsTraceback() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    try await rerun(stack, isLarge: false)
    func isOne(_ row: JSONValue) -> Bool {
      row["kind"]?.text == "run" && row["failed_tasks"]?.list?.isEmpty == false
    }
    let rows = try await rows(stack, ["runs", "failed", "--json", "--limit", "500"]) {
      $0.contains(where: isOne)
    }
    let run = try #require(rows.first(where: isOne), "\(rows.prefix(3).map { $0["reason"]?.text ?? "" })")
    let task = try #require(run["failed_tasks"]?.list?.first)
    #expect(task["exception"]?.text?.hasPrefix("AttributeError: 'MultiTurnExecution'") == true, "\(task)")
    #expect(task["by"]?.text == "time")
    // On the screen its page has the traceback; its id is no part of any other run's.
    let id = try #require(run["id"]?.text)
    let console = try stack.console(width: 160, height: 48)
    console.see(" live ")
    console.press("3", "/")
    for character in id { console.press(String(character)) }
    console.press(Key.enter)
    console.press(Key.enter)
    console.see("Traceback (most recent call last):")
    console.see("no other run had")
    console.press("Q")
    #expect(console.exitStatus() == 0)
  }

  @Test func whatFailsWhileTheDatabaseIsDownStandsFirstAmongTheCauses() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    // A run of many executions, in the middle of which the database goes: no row tells what its task failed with.
    try await rerun(stack, isLarge: true)
    try await stack.fault("db-down")
    try await Task.sleep(for: .seconds(8))
    try await stack.heal()
    func isOfDatabase(_ row: JSONValue?) -> Bool {
      row?["template"]?.text?.contains(#/^(OperationalError|AdminShutdown|InterfaceError)/#) == true
    }
    let causes = try await rows(stack, ["causes", "--json"]) { isOfDatabase($0.first) }
    #expect(isOfDatabase(causes.first), "\(causes.prefix(3).map { $0["template"]?.text ?? "" })")
    #expect(causes.contains { $0["template"]?.text?.hasPrefix("Missing entity") == true })
  }

  @Test func whatFailedIsComparedWithTheLastTimeItWasWell() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let rows = try await stack.switchboard("runs", "failed", "--json", "--limit", "40").json.list ?? []
    let ids = rows.filter { ($0["failed_validations"]?.number ?? 0) > 0 }.compactMap { $0["id"]?.text }
    var compared: JSONValue?
    for id in ids.prefix(20) {
      let told = try await stack.switchboard("runs", "compare", id, "--json")
      #expect(told.code == 0, "\(told)")
      if told.output.contains("against") {
        compared = told.json
        break
      }
    }
    let lines = compared?["output"]?.list?.compactMap(\.text) ?? []
    #expect(
      lines.contains { $0.contains("now  auto_fail") } && lines.contains { $0.contains("was  auto_pass") },
      "\(lines)"
    )
    let console = try stack.console(width: 120, height: 40)
    console.see(" live ")
    console.press("3", "/")
    for character in ids[0] { console.press(String(character)) }
    console.press(Key.enter)
    console.press("=")
    console.see("COMPARE")
    console.press(Key.escape, "Q")
    #expect(console.exitStatus() == 0)
  }
}
