import DataSources
import Facts
import ScreenSupport
import Testing

/// What the services of the stack write, in one view.
@Suite(.serialized) struct LiveLogTests {
  init() { EventLoop.runOnOwnThread() }

  @Test func theLinesOfAllServicesAreReadSearchedAndFollowed() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let console = try stack.console()
    console.see(" live ")
    console.press("5")
    console.see("┌─ Logs")
    console.see("following")
    console.see("celery-worker")
    // A service alone.
    console.press("/")
    for character in "service:postgres ready" { console.press(String(character)) }
    console.press(Key.enter)
    #expect(console.wait { !$0.text.contains("celery-worker") }, "\(console.screen.text)")
    console.see("database system is ready to accept connections")
    // What is no expression changes nothing and says where it is wrong.
    console.press("/")
    for character in " /(/" { console.press(String(character)) }
    console.see("missing closing parenthesis")
    #expect(console.screen.text.contains("service:postgres"))
    console.press(Key.escape)
    console.press(Key.escape)
    console.see("celery-worker")
    // An error that happens now is told, and a key leads to it.
    try await stack.fault("db-down")
    console.see("database system is shut down")
    console.press("g", "e")
    #expect(console.wait { $0.text.contains("G follows") }, "\(console.screen.text)")
    console.press(Key.enter)
    console.see("written")
    console.press(Key.escape)
    try await stack.heal()
    console.press("q", "q")
    #expect(console.exitStatus() == 0)
  }

  @Test func aRunLeadsToTheLinesThatNameIt() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    // The seeded runs are older than any log: one that fails now.
    try await stack.fault("quick-test-fails")
    #expect(try await stack.switchboard("test", "quick", "--yes").code == 5)
    let told = try await stack.switchboard("runs", "failed", "--json", "--limit", "1")
    let id = try #require(told.json[0]?["id"]?.text, "\(told)")
    let console = try stack.console()
    console.see(" live ")
    console.press("3")
    console.see("┌─ Failed runs")
    console.press(Key.enter)
    console.press("l")
    console.see("┌─ Logs")
    console.see("Created execution record: \(id)")
    #expect(!console.screen.text.contains("GET /health"))
    // However often it is read on, each line is told once.
    console.settle(milliseconds: 4_000)
    #expect(
      console.screen.text.split(separator: "execution record: \(id)").count == 2,
      "\(console.screen.text)"
    )
    // Back to the page of the run, and to the list.
    console.press(Key.escape)
    #expect(console.wait { !$0.text.contains("┌─ Logs") }, "\(console.screen.text)")
    console.press(Key.escape)
    console.see("┌─ Failed runs")
    console.press("q", "q")
    #expect(console.exitStatus() == 0)
    // The same by command, and what is not read whole is no success.
    let lines = try await stack.switchboard("logs", "backend", "--grep", id)
    #expect(lines.code == 0 && lines.output.contains("Created execution record: \(id)"), "\(lines)")
    let objects = try await stack.switchboard("logs", "--grep", id, "--json").output.split(separator: "\n")
    #expect(objects.allSatisfy { JSONValue(parsing: Array($0.utf8))?["text"]?.text?.contains(id) == true })
    #expect(!objects.isEmpty)
    try await stack.heal()
  }
}
