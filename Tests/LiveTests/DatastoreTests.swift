import DataSources
import Foundation
import ScreenSupport
import Testing

/// The datastores of the real stack from inside, and what is asked of its database by hand.
@Suite(.serialized) struct LiveDatastoreTests {
  init() { EventLoop.runOnOwnThread() }

  private func open(_ stack: LiveStack, width: Int = 160) throws -> PseudoTerminal {
    let console = try stack.console(width: width)
    console.see(" live ")
    for character in ":db" { console.press(String(character)) }
    console.see("db: open Datastores")
    console.press(Key.enter)
    console.see("┌─ Datastores")
    return console
  }

  @Test func everySectionIsReadFromItsServer() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let console = try open(stack)
    console.see("idle in tx")
    let expected = [
      ("Postgres locks", "wait for a lock"), ("Postgres connections", "kept for superusers"),
      ("Postgres transactions", " live "), ("Postgres tables", "multi_turn_executions"),
      ("Postgres replication", "a primary without"), ("Redis redis", "hit rate"),
      ("Redis slow log", " live "),
      ("Redis keys", "names read"), ("Redis task failures", "results kept"),
      ("RabbitMQ rabbitmq", "file descriptors"),
    ]
    for (title, text) in expected {
      console.press("]")
      console.see(title)
      console.see(text)
    }
    // A dead one says so, and the others go on.
    try await stack.fault("db-down")
    console.press("]", "]")
    #expect(console.wait(seconds: 30) { $0.text.contains("ERROR") }, "\(console.screen.text)")
    console.press("[", "[")
    console.see("file descriptors")
    try await stack.heal()
    console.press("q", "q")
    #expect(console.exitStatus() == 0)
  }

  @Test func aQueryIsCancelledByKeyFromItsRow() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let url = try #require(stack.variables["STACK_PG_URL"]).replacing("postgres@", with: "switchboard@")
    let name = "looked\(getpid())"
    let client = TestProcess(
      [
        "/usr/bin/env", "PGAPPNAME=\(name)", "/usr/lib/postgresql/15/bin/psql", "-X", "-d", url, "-c",
        "SELECT pg_sleep(603)",
      ],
      log: "\(stack.directory)/\(name).log"
    )
    defer { client.send(SIGKILL) }
    let console = try open(stack)
    console.see(name)
    console.press("/")
    for character in name { console.press(String(character)) }
    console.press(Key.enter)
    console.settle(milliseconds: 200)
    console.press("C")
    console.see("CANCEL the query of")
    console.see("SELECT pg_sleep(603)")
    console.press("y")
    console.settle(milliseconds: 400)
    console.press(Key.enter)
    console.see("its query has ended")
    console.press(Key.escape)
    console.press("Q")
    #expect(console.exitStatus() == 0)
  }

  @Test func aStatementIsAskedByHandAndLeavesNoTrace() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let before = stack.auditLines.count
    let console = try stack.console()
    console.see(" live ")
    func ask(_ sql: String) {
      console.press(";")
      console.see("sql> ")
      for character in sql { console.press(String(character)) }
      console.press(Key.enter)
    }
    ask("SELECT 40 + 2 AS answer_of_marvin")
    console.see("1 row in ")
    console.see("42")
    ask("SELECT marvin FROM suite_runs")
    console.see("ERROR 42703: column \"marvin\" does not exist")
    console.press(";")
    console.see("sql> SELECT marvin")
    console.press(Key.escape)
    // Everything that would write is refused, by the console or by the server.
    ask("\u{5}\u{15}DELETE FROM suite_runs -- marvin")
    console.see("not sent: DELETE")
    ask("\u{5}\u{15}SELECT 1; DELETE FROM suite_runs -- marvin")
    console.see("cannot insert multiple commands into a prepared statement")
    ask("\u{5}\u{15}WITH gone AS (DELETE FROM suite_runs RETURNING id) SELECT * FROM gone -- marvin")
    console.see("in a read-only transaction")
    ask("\u{5}\u{15}SELECT pg_sleep(601), 'marvin'")
    console.see("Esc cancels it")
    console.press(Key.escape)
    console.see("cancelled")
    console.press("q", "q")
    #expect(console.exitStatus() == 0)
    #expect(stack.auditLines.count == before)
    let state = "\(stack.variables["XDG_STATE_HOME"] ?? "")/switchboard"
    let files = FileManager.default.enumerator(atPath: state)?.compactMap { $0 as? String } ?? []
    #expect(!files.isEmpty)
    for file in files {
      let bytes = FileManager.default.contents(atPath: "\(state)/\(file)") ?? Data()
      #expect(!String(decoding: bytes, as: UTF8.self).contains("marvin"), "\(file)")
    }
  }
}
