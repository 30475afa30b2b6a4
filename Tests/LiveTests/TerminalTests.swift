import DataSources
import Foundation
import ScreenSupport
import Testing

/// The built console on terminals that are small, poor, stormy or gone, against the real stack.
@Suite(.serialized) struct LiveTerminalTests {
  private func healthy() async throws -> LiveStack {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    return stack
  }

  private func expectRestored(
    _ console: PseudoTerminal,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(console.areModesRestored, "modes", sourceLocation: sourceLocation)
    #expect(!console.screen.isAlternate, "alternate screen", sourceLocation: sourceLocation)
    #expect(console.screen.isCursorVisible, "cursor", sourceLocation: sourceLocation)
  }

  private func isStopped(_ console: PseudoTerminal) -> Bool {
    console.program.map { PseudoTerminal.contents("/proc/\($0)/stat").contains(") T ") } ?? false
  }

  @Test(arguments: [SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT])
  func everySignalLeavesTheTerminalWhole(number: Int32) async throws {
    let stack = try await healthy()
    let console = try stack.console()
    console.see("┌─ Services")
    console.signal(number)
    #expect(console.exitStatus() == 128 + Int(number))
    expectRestored(console)
  }

  @Test func ctrlZWithoutAShellToReturnToComesBack() async throws {
    let stack = try await healthy()
    let console = try stack.console()
    console.see("┌─ Services")
    console.press("\u{1A}", "9")
    console.see("┌─ Timeline")
    #expect(console.screen.isAlternate)
    console.press("Q")
    #expect(console.exitStatus() == 0)
    expectRestored(console)
  }

  @Test func aStopFromOutsideIsSurvived() async throws {
    let stack = try await healthy()
    let console = try stack.console()
    console.see("┌─ Services")
    console.signal(SIGSTOP)
    #expect(console.wait { _ in isStopped(console) })
    console.signal(SIGCONT)
    console.press("9")
    console.see("┌─ Timeline")
    console.press("Q")
    #expect(console.exitStatus() == 0)
    expectRestored(console)
  }

  @Test func aStopByAnotherGivesTheTerminalBackFirst() async throws {
    let stack = try await healthy()
    let console = try stack.console()
    console.see("┌─ Services")
    let pid = try #require(console.program)
    // Below a shell without job control nobody waits for the stop: the console comes back by itself.
    kill(pid, SIGTSTP)
    #expect(console.wait { !$0.isAlternate }, "the terminal was not given back")
    #expect(console.wait { $0.isAlternate && $0.text.contains("┌─ Services") })
    // And a second time.
    kill(pid, SIGTSTP)
    #expect(console.wait { !$0.isAlternate })
    #expect(console.wait { $0.isAlternate })
    console.press("9")
    console.see("┌─ Timeline")
    console.press("Q")
    #expect(console.exitStatus() == 0)
    expectRestored(console)
  }

  /// Its sources have failed nobody: what they were asked before is not told as a time-out, nor their silence.
  @Test func aLongStopIsToldOnTheLastLineAndInOneOfTheTimeline() async throws {
    let stack = try await healthy()
    let console = try stack.console()
    #expect(console.wait { $0.liveTiles == 6 })
    console.press("9")
    console.see("┌─ Timeline")
    console.signal(SIGSTOP)
    for _ in 0..<18 { console.pump(milliseconds: 1_000) }
    console.signal(SIGCONT)
    // On a busy machine the seconds above are longer than eighteen.
    let told = #/the console was stopped for (1[5-9]|[2-9]\d)s|the console was stopped for \d+m/#
    #expect(console.wait { $0.row($0.size.height - 1).firstMatch(of: told) != nil }, "\(console.screen.text)")
    for _ in 0..<60 { console.pump(milliseconds: 100) }
    let rows = console.screen.text.split(separator: "\n").drop { !$0.contains("┌─ Timeline") }.dropFirst()
    // Acts that other consoles left open stand above all else.
    let newer = rows.prefix { !$0.contains("the console was stopped for") }
      .filter { !$0.contains("left open") }
    #expect(newer.isEmpty, "\(console.screen.text)")
    console.press("Q")
    #expect(console.exitStatus() == 0)
  }

  @Test func aCopyGoesToTheTerminalOrToACommand() async throws {
    let stack = try await healthy()
    let console = try stack.console()
    console.selectService("redis")
    _ = console.takeOutput()
    console.press("c")
    console.see("sent to the terminal's clipboard: redis")
    #expect(String(decoding: console.takeOutput(), as: UTF8.self).contains("\u{1B}]52;c;cmVkaXM="))
    console.press("c")
    console.see("to select")
    console.press(Key.escape, "Q")
    #expect(console.exitStatus() == 0)
    let path = "/tmp/switchboard-copy-\(getpid())"
    defer { unlink(path) }
    let other = try stack.console(environment: ["SWITCHBOARD_COPY": "tee \(path)"])
    other.selectService("redis")
    other.press("c")
    other.see("given to tee: redis")
    #expect(PseudoTerminal.contents(path) == "redis")
    other.press("Q")
    let failing = try stack.console(environment: ["SWITCHBOARD_COPY": "/nonexistent -x"])
    failing.selectService("redis")
    failing.press("c")
    failing.see("nothing was copied")
    failing.press("Q")
  }

  @Test func aClosedTerminalEndsTheConsole() async throws {
    let stack = try await healthy()
    let console = try stack.console()
    console.see("┌─ Services")
    let pid = try #require(console.program)
    console.hangUp()
    let isGone = { kill(pid, 0) != 0 || PseudoTerminal.contents("/proc/\(pid)/stat").contains(") Z ") }
    let deadline = ContinuousClock.now + .seconds(PseudoTerminal.patience)
    while !isGone(), ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(20)) }
    #expect(isGone())
  }

  @Test func aStormOfSizesEndsWithARightScreen() async throws {
    let stack = try await healthy()
    let console = try stack.console()
    console.see("runs need attention")
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<60 {
      console.resize(
        width: Int.random(in: 1...220, using: &generator),
        height: Int.random(in: 1...70, using: &generator)
      )
      console.pump(milliseconds: 5)
    }
    for (width, height) in [(1, 1), (2, 1), (80, 24), (160, 48)] {
      console.resize(width: width, height: height)
      console.settle()
    }
    console.see("┌─ Services")
    console.see("? help")
    #expect(console.screen.row(0).contains("DEMO"))
    #expect(console.screen.row(47).contains("quick test"))
    console.press("q")
    #expect(console.exitStatus() == 0)
    expectRestored(console)
  }

  @Test(arguments: [
    ["TERM": "linux"], ["TERM": "vt100"], ["LC_ALL": "C", "LANG": "C"], ["NO_COLOR": "1"],
    ["TERM": "xterm", "LANG": ""],
  ])
  func poorTerminalsShowTheSameWords(environment: [String: String]) async throws {
    let stack = try await healthy()
    let console = try stack.console(environment: environment)
    console.see("Services")
    console.see("healthy")
    console.press("q")
    #expect(console.exitStatus() == 0)
    expectRestored(console)
  }

  @Test func anUnknownTypeLikeXtermIsToldOnTheLastLine() async throws {
    let stack = try await healthy()
    let console = try stack.console(environment: ["TERM": "xterm-ghostty"])
    console.see("terminal type xterm-ghostty is unknown here: taken for xterm-256color")
    console.press("Q")
    #expect(console.exitStatus() == 0)
  }

  @Test(arguments: ["dumb", "no-such-terminal", ""])
  func terminalsThatCanShowNoScreenAreToldWhatToDo(term: String) async throws {
    let stack = try await healthy()
    let console = try stack.console(environment: ["TERM": term])
    #expect(console.exitStatus() == 69)
    #expect(console.screen.text.contains("switchboard status"), "\(console.screen.text)")
    expectRestored(console)
  }

  @Test func withoutATerminalTheScreenIsRefusedInOneLine() async throws {
    let stack = try await healthy()
    let outcome = try await stack.switchboard()
    #expect(outcome.code == 69)
    #expect(outcome.errors.contains("switchboard status"))
    #expect(outcome.errors.split(separator: "\n").count == 1)
  }

  @Test func tenThousandPastedKeysActOnNothing() async throws {
    let stack = try await healthy()
    let before = stack.auditLines.count
    let console = try stack.console()
    console.see("runs need attention")
    console.press("1")
    for _ in 0..<100 { console.type(String(repeating: "ryty\r0jk1", count: 12).prefix(100).description) }
    console.type("\u{1B}[200~" + String(repeating: "rytyq\r", count: 200) + "\u{1B}[201~")
    console.settle(milliseconds: 500)
    #expect(stack.auditLines.count == before)
    #expect(console.program != nil)
    console.press(Key.escape, Key.escape, "0")
    console.see("┌─ Services")
    console.press("Q")
    #expect(console.exitStatus() == 0)
    #expect(stack.auditLines.count == before)
  }

  @Test func aMistakeInTheConfigurationIsToldBeforeTheScreenOpens() async throws {
    let stack = try await healthy()
    let path = "\(stack.variables["XDG_STATE_HOME"] ?? "")/mistake.yaml"
    try "version: 1\nenvironments:\n  dev:\n    lable: X\n".write(
      toFile: path,
      atomically: true,
      encoding: .utf8
    )
    let console = try stack.console("--config", path)
    #expect(console.exitStatus() == 65)
    #expect(console.screen.text.contains("mistake.yaml:4:5"), "\(console.screen.text)")
    #expect(console.screen.text.contains("label"))
  }
}
