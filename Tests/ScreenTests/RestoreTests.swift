internal import Glibc
internal import ScreenSupport
internal import Testing

/// However the program ends, the terminal is as it was.
@Suite(.serialized)
struct RestoreTests {
  @Test func quittingRestores() throws {
    let terminal = try probe()
    #expect(terminal.wait(for: "Services"))
    #expect(terminal.screen.isAlternate)
    #expect(!terminal.screen.isCursorVisible)
    #expect(!terminal.areModesRestored)
    terminal.type("q")
    #expect(terminal.exitStatus() == 0)
    expectRestored(terminal)
  }

  @Test(arguments: [SIGTERM, SIGHUP, SIGINT, SIGQUIT])
  func endingSignalsRestore(number: Int32) throws {
    let terminal = try probe()
    #expect(terminal.wait(for: "Services"))
    terminal.signal(number)
    #expect(terminal.exitStatus() == 128 + Int(number))
    expectRestored(terminal)
  }

  @Test(arguments: [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT])
  func crashSignalsRestore(number: Int32) throws {
    let terminal = try probe()
    #expect(terminal.wait(for: "Services"))
    terminal.signal(number)
    #expect(terminal.exitStatus() == 128 + Int(number))
    #expect(terminal.screen.text.contains("ScreenProbe: crashed (SIG"))
    expectRestored(terminal)
  }

  @Test(arguments: [("T", "SIGILL"), ("P", "SIGSEGV"), ("A", "SIGABRT")])
  func crashesRestoreAndSayWhere(key: String, name: String) throws {
    let log = "/tmp/screen-probe-\(getpid())-\(key).log"
    defer { unlink(log) }
    let terminal = try probe(environment: ["PROBE_LOG": log], width: 160)
    #expect(terminal.wait(for: "Services"))
    terminal.type(key)
    #expect(terminal.exitStatus() != nil)
    let line = "ScreenProbe: crashed (\(name)); the terminal was restored; the reason is in \(log)"
    #expect(terminal.screen.text.contains(line))
    expectRestored(terminal)
    var status = stat()
    #expect(stat(log, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    if key == "T" { #expect(PseudoTerminal.contents(log).contains("Index out of range")) }
  }

  @Test func secondSignalEndsAStuckLoop() throws {
    let terminal = try probe()
    #expect(terminal.wait(for: "Services"))
    terminal.type("H")
    terminal.settle()
    terminal.signal(SIGTERM)
    #expect(terminal.exitStatus(seconds: 0.7) == nil)
    terminal.signal(SIGTERM)
    #expect(terminal.exitStatus() == 128 + Int(SIGTERM))
    expectRestored(terminal)
  }

  @Test func closedWindowEndsTheProgram() throws {
    let terminal = try probe()
    #expect(terminal.wait(for: "Services"))
    let program = try #require(terminal.program)
    terminal.hangUp()
    let deadline = ContinuousClock.now + .seconds(PseudoTerminal.patience)
    while isRunning(program), ContinuousClock.now < deadline { usleep(10_000) }
    #expect(!isRunning(program))
  }

  @Test func suspendingGivesTheTerminalBackForAWhile() throws {
    let terminal = try probe()
    #expect(terminal.wait(for: "Services"))
    terminal.type([0x1A])
    #expect(terminal.wait { !$0.isAlternate })
    terminal.settle()
    expectRestored(terminal)
    terminal.signal(SIGCONT)
    #expect(terminal.wait { $0.isAlternate && $0.text.contains("Services") })
    #expect(!terminal.areModesRestored)
    terminal.type("A")
    #expect(terminal.exitStatus() == 128 + Int(SIGABRT))
    expectRestored(terminal)
  }

  /// Whether a process lives: there, and no zombie.
  private func isRunning(_ process: pid_t) -> Bool {
    let state = PseudoTerminal.contents("/proc/\(process)/stat")
    return !state.isEmpty && !state.contains(") Z ")
  }
}
