import DataSources
import Foundation
import Testing

/// Connections of the stack's real database, listed, and ended one by one and together.
@Suite(.serialized) struct LiveQueryActTests {
  @Test func aQueryIsCancelledAndAConnectionIsEnded() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    // The console's own role, which may see and end what is its own.
    let url = try #require(stack.variables["STACK_PG_URL"]).replacing("postgres@", with: "switchboard@")
    let name = "sweeper\(getpid())"
    let log = "\(stack.directory)/\(name).log"
    // The first statement is cancelled, the second ended with its connection.
    let client = TestProcess(
      [
        "/usr/bin/env", "PGAPPNAME=\(name)", "/usr/lib/postgresql/15/bin/psql", "-X", "-d", url, "-c",
        "SELECT pg_sleep(601)", "-c", "SELECT pg_sleep(602)",
      ],
      log: log
    )
    let pid = try await pid(of: name, running: "601", stack)
    let dry = try await stack.switchboard("query", "cancel", pid, "--dry-run")
    #expect(dry.code == 0 && dry.output.contains("SELECT pg_sleep(601)"), "\(dry)")
    let readOnly = try await stack.switchboard("query", "cancel", pid, "--yes", "--read-only")
    #expect(readOnly.code == 6, "\(readOnly)")
    let cancel = try await stack.switchboard("query", "cancel", pid, "--yes")
    #expect(cancel.code == 0, "\(cancel)")
    #expect(cancel.output.contains("✓ done: its query has ended; the connection is still there"), "\(cancel)")
    #expect(try await self.pid(of: name, running: "602", stack) == pid)
    let terminate = try await stack.switchboard("query", "terminate", pid, "--yes")
    #expect(terminate.code == 0 && terminate.output.contains("✓ done: gone"), "\(terminate)")
    client.wait()
    let told = try String(contentsOfFile: log, encoding: .utf8)
    #expect(told.contains("canceling statement due to user request"), "\(told)")
    #expect(told.contains("terminating connection due to administrator command"), "\(told)")
    let again = try await stack.switchboard("query", "terminate", pid, "--yes")
    #expect(again.code == 6 && again.errors.contains("is gone"), "\(again)")
  }

  /// The pid of the connection that calls itself so, once it runs that.
  private func pid(of name: String, running text: String, _ stack: LiveStack) async throws -> String {
    for _ in 0..<40 {
      let list = try await stack.switchboard("query", "ls")
      let line = list.output.split(separator: "\n").first { $0.contains(name) && $0.contains(text) }
      if let pid = line?.prefix(while: \.isNumber), !pid.isEmpty { return String(pid) }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw LiveStack.Missing(description: "no connection \(name) that runs \(text)")
  }
}
