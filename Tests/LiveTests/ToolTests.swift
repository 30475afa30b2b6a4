import DataSources
import Foundation
import ScreenSupport
import Testing

/// Tools that have the operator's terminal to themselves for a while.
@Suite(.serialized) struct ToolTests {
  @Test func psqlIsOpenedOnTheTerminalAndLeftToTheScreen() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let before = stack.auditLines.count
    let console = try stack.console()
    console.see(" services ")
    console.press(":")
    console.type("psql")
    console.press(Key.enter)
    console.see("OPEN psql")
    console.see("whatever you type there")
    console.confirm()
    console.see("Enter runs it")
    console.settle(milliseconds: 300)
    console.press(Key.enter)
    console.see("voiceai_testing=")
    // What the console's own keys would be is only text there.
    console.type("select 41 + 1 as q;\r")
    console.see("42")
    // An interrupt is the program's: neither of the two ends.
    console.type("select pg_sleep(601);\r")
    try await runs("pg_sleep(601)", stack)
    console.type("\u{03}")
    console.see("canceling statement due to user request")
    console.type("\\q\r")
    console.see("it was left with status 0")
    console.press(Key.enter, "1")
    console.see("┌─ Services")
    // The shell that would tell how the console ends had the interrupt, too.
    console.press("Q")
    #expect(console.wait { !$0.text.contains("┌─ Services") })
    let lines = stack.auditLines.dropFirst(before).filter { $0["action"]?.text == "tool.psql" }
    #expect(lines.map { $0["event"]?.text } == ["begin", "end"])
    #expect(lines.last?["verdict"]?.text == "done, unproven")
  }

  /// Waits until the database runs a statement.
  private func runs(_ text: String, _ stack: LiveStack) async throws {
    for _ in 0..<100 {
      if try await stack.switchboard("query", "ls").output.contains(text) { return }
      try await Task.sleep(for: .milliseconds(100))
    }
    Issue.record("nothing runs \(text)")
  }

  @Test func aToolIsRefusedInReadOnlyAndNeedsATerminal() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let refused = try await stack.switchboard("redis-cli", "--yes", "--read-only")
    #expect(refused.code == 6 && refused.errors.contains("read-only"), "\(refused)")
    let dry = try await stack.switchboard("redis-cli", "--dry-run")
    #expect(dry.code == 0 && dry.output.contains(#/run +redis-cli -h 127.0.0.1 -p \d+/#), "\(dry)")
    let deaf = try await stack.switchboard("psql", "--yes")
    #expect(deaf.code == 5 && deaf.output.contains("there is no terminal"), "\(deaf)")
    let shell = try await stack.switchboard("shell", "backend", "--dry-run")
    #expect(shell.code == 6 && shell.errors.contains("have no shell of their own"), "\(shell)")
  }
}
