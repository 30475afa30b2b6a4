import DataSources
import Facts
import Foundation
import ScreenSupport
import Testing

/// Restarts of real services, by key and by command: previewed, confirmed, proven, recorded.
@Suite(.serialized) struct LiveRestartTests {
  private func healthy() async throws -> LiveStack {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    return stack
  }

  private func console(_ stack: LiveStack, _ words: String...) throws -> PseudoTerminal {
    let console = try PseudoTerminal(
      [LiveStack.binary] + words,
      environment: stack.variables,
      width: 120,
      height: 40
    )
    console.see(" services ")
    return console
  }

  private func newLines(_ stack: LiveStack, since count: Int) -> [String] {
    stack.auditLines.dropFirst(count).map { line in
      "\(line["event"]?.text ?? "") \(line["target"]?.text ?? "") \(line["verdict"]?.text ?? "")"
    }
  }

  @Test func aMildRestartTakesYAndIsProvenOnTheScreen() async throws {
    let stack = try await healthy()
    let before = stack.auditLines.count
    let console = try console(stack)
    console.selectService("backend")
    console.press("r")
    console.see("RESTART backend")
    console.see("mild")
    console.see("supervisor.stopProcess(\"backend\")")
    console.see("hits")
    console.confirm()
    console.see("before")
    console.see("✓ recovered in ")
    #expect(newLines(stack, since: before) == ["begin backend ", "end backend done"])
    console.press(Key.enter, "9")
    console.see("restart backend: done")
    console.press("q", "q")
    #expect(console.exitStatus() == 0)
    #expect(try await stack.switchboard("audit", "verify").code == 0)
  }

  @Test func anInterruptedCommandLeavesAtOnceAndRecordsIt() async throws {
    let stack = try await healthy()
    try await stack.fault("backend-broken")
    let before = stack.auditLines.count
    let command = try stack.console("restart", "backend", "--yes")
    command.see("acting")
    command.signal(SIGINT)
    #expect(command.exitStatus() == 130)
    #expect(command.screen.text.contains("its outcome is unknown"), "\(command.screen.text)")
    #expect(newLines(stack, since: before) == ["begin backend ", "end backend unknown"])
    try await stack.heal()
  }

  @Test func aFrozenWorkerIsNotRecoveredByItsBrokersRestart() async throws {
    let stack = try await healthy()
    try await stack.fault("worker-frozen")
    let outcome = try await stack.switchboard("restart", "rabbitmq", "--yes")
    #expect([5, 75].contains(outcome.code), "\(outcome.output + outcome.errors)")
    #expect(outcome.output.contains("not recovered: celery-worker"), "\(outcome.output)")
    #expect(!outcome.output.contains("done"))
    try await stack.heal()
  }

  /// Redis keeps the results of its tasks: it takes what it can hold, and ends none of it.
  @Test func aWorkerIsNotRecoveredWhileItsRedisIsFrozen() async throws {
    let stack = try await healthy()
    try await stack.fault("redis-frozen")
    // What the stack puts into the queue by itself wants no results: work would go on with that.
    try await stack.stop("workload")
    try await stack.publishTasksWithResults(60)
    let outcome = try await stack.switchboard("restart", "celery-worker", "--yes")
    #expect([5, 75].contains(outcome.code), "\(outcome.output + outcome.errors)")
    #expect(!outcome.output.contains("done"), "\(outcome.output)")
    try await stack.heal()
    try await stack.stop("workload")
    try await stack.publishTasksWithResults(60)
    let healed = try await stack.switchboard("restart", "celery-worker", "--yes")
    #expect(healed.code == 0, "\(healed.output + healed.errors)")
    #expect(healed.output.contains("✓ done: recovered in"), "\(healed.output)")
    try await stack.heal()
  }

  @Test func aDisruptiveRestartTakesYAndEnter() async throws {
    let stack = try await healthy()
    let console = try console(stack)
    console.selectService("postgres")
    console.press("r")
    console.see("disruptive")
    console.press(Key.enter)
    console.settle()
    #expect(!console.screen.text.contains("RESTART postgres"), "Cancel is highlighted first")
    console.press("r")
    console.see("RESTART postgres")
    console.confirm()
    console.see("Enter runs it")
    console.settle(milliseconds: 300)
    console.press(Key.enter)
    console.see("✓ recovered in ")
    console.press(Key.escape, "q", "q")
  }

  @Test func aHungBackendRecovers() async throws {
    let stack = try await healthy()
    try await stack.fault("backend-hung")
    let outcome = try await stack.switchboard("restart", "backend", "--yes")
    #expect(outcome.code == 0, "\(outcome.output + outcome.errors)")
    #expect(outcome.output.contains("✓ done: recovered in"))
    try await stack.heal()
  }

  @Test func aBackendThatNeverAnswersIsFailedAtTheDeadline() async throws {
    let stack = try await healthy()
    try await stack.fault("backend-broken")
    let outcome = try await stack.switchboard("restart", "backend", "--yes")
    #expect(outcome.code == 5, "\(outcome.output + outcome.errors)")
    #expect(outcome.output.contains("✗ failed: starts but never answers: liveness timed out for 15 s"))
    try await stack.heal()
  }

  @Test func aServiceWithoutProbeIsDoneUnproven() async throws {
    let stack = try await healthy()
    let outcome = try await stack.switchboard("restart", "celery-beat", "--yes")
    #expect(outcome.code == 1, "\(outcome.output + outcome.errors)")
    #expect(outcome.output.contains("○ done, unproven: nothing to prove it by"))
  }

  /// Whoever typed it had not seen what would run.
  @Test func whatWasTypedBeforeTheQuestionIsNoAnswer() async throws {
    let stack = try await healthy()
    let before = stack.auditLines.count
    let console = try PseudoTerminal(
      [LiveStack.binary, "restart", "backend"],
      environment: stack.variables,
      width: 120,
      height: 40
    )
    defer { console.end() }
    console.type("yes\r")
    console.see("Run it? Type yes:")
    console.type("no\r")
    console.see("[ended 6]")
    #expect(newLines(stack, since: before).isEmpty)
  }

  @Test func withoutConfirmationOrInADryRunNothingIsDone() async throws {
    let stack = try await healthy()
    let before = stack.auditLines.count
    let dry = try await stack.switchboard("restart", "postgres", "--dry-run")
    #expect(dry.code == 0)
    #expect(dry.output.contains("nothing was sent"))
    let unconfirmed = try await stack.switchboard("restart", "postgres")
    #expect(unconfirmed.code == 6)
    #expect(unconfirmed.output.contains("RESTART postgres"))
    #expect(stack.auditLines.count == before)
  }

  @Test func readOnlyRefusesWithOneLineAndNoWriteReachesAServer() async throws {
    let stack = try await healthy()
    let before = stack.auditLines.count
    let writes = Self.writes(stack)
    let pid = try await stack.pid(of: "backend")
    let console = try console(stack, "--read-only")
    console.see("read-only")
    console.selectService("backend")
    console.press("r")
    console.see("RESTART backend")
    console.see("started with --read-only")
    console.confirm()
    #expect(console.wait { _ in newLines(stack, since: before) == ["refused backend "] })
    console.see("started with --read-only")
    console.press("q", "q")
    let command = try await stack.switchboard("restart", "backend", "--yes", "--read-only")
    #expect(command.code == 6)
    #expect(newLines(stack, since: before) == ["refused backend ", "refused backend "])
    let test = try await stack.switchboard(
      "test",
      "quick",
      "--yes",
      environment: ["SWITCHBOARD_READ_ONLY": "1"]
    )
    #expect(test.code == 6)
    #expect(Self.writes(stack) == writes)
    #expect(try await stack.pid(of: "backend") == pid)
  }

  @Test func anUnwritableAuditRefusesTheAct() async throws {
    let stack = try await healthy()
    let pid = try await stack.pid(of: "backend")
    let outcome = try await stack.switchboard(
      "restart",
      "backend",
      "--yes",
      environment: ["XDG_STATE_HOME": "/proc/nowhere"]
    )
    #expect(outcome.code == 6, "\(outcome.output + outcome.errors)")
    #expect(outcome.errors.contains("refused: the lock /proc/nowhere can't be taken"))
    #expect(try await stack.pid(of: "backend") == pid)
    let status = try await stack.switchboard("status", environment: ["XDG_STATE_HOME": "/proc/nowhere"])
    #expect(status.code == LiveStack.wellCode, "looking still works: \(status.output + status.errors)")
  }

  @Test func leavingDuringAnActRecordsItAsUnknown() async throws {
    let stack = try await healthy()
    try await stack.fault("backend-broken")
    let before = stack.auditLines.count
    let console = try PseudoTerminal(
      [LiveStack.binary],
      environment: stack.variables,
      width: 120,
      height: 40
    )
    console.see("CRIT")
    console.selectService("backend")
    console.press("r")
    console.see("RESTART backend")
    console.confirm()
    // Who leaves before the act is sent leaves nothing behind.
    console.see("answered in")
    console.press("q")
    console.see("Esc stay, y leave")
    console.confirm()
    #expect(console.exitStatus() == 0)
    #expect(newLines(stack, since: before) == ["begin backend ", "end backend unknown"])
    try await stack.heal()
  }

  @Test func waitTellsWhetherAServiceBecameHealthy() async throws {
    let stack = try await healthy()
    let well = try await stack.switchboard("wait", "backend", "--holding", "2", "--within", "20s")
    #expect(well.code == 0, "\(well.errors)")
    let deep = try await stack.switchboard("wait", "queue.depth > 100000", "--within", "2s")
    #expect(deep.code == 5)
  }

  /// The requests other than GET and HEAD in the backend's access log, the login excepted.
  private static func writes(_ stack: LiveStack) -> [Substring] {
    stack.log(of: "backend").split(separator: "\n").filter { line in
      ["\"POST ", "\"PUT ", "\"DELETE ", "\"PATCH "].contains(where: line.contains)
        && !line.contains("/api/v1/auth/")
    }
  }
}

extension LiveStack {
  /// Puts tasks into the worker's queue that want their results kept.
  func publishTasksWithResults(_ count: Int) async throws {
    let url = "\(variables["STACK_RABBIT_URL"] ?? "")/api/exchanges/voiceai/amq.default/publish"
    let user = "rabbitmq:\(variables["RABBITMQ_PASS"] ?? "")"
    for number in 1...count {
      let body = #"""
        {"routing_key":"celery","payload":"[[],{},{}]","payload_encoding":"string","properties":\#
        {"content_type":"application/json","content_encoding":"utf-8","correlation_id":"kept-\#(number)",\#
        "headers":{"lang":"py","task":"tasks.worker_scaling.auto_scale_workers","id":"kept-\#(number)",\#
        "root_id":"kept-\#(number)","retries":0}}}
        """#
      let told = try await Self.run(["/usr/bin/curl", "-sSf", "-u", user, "-d", body, url])
      guard told.code == 0, told.json["routed"]?.flag == true else {
        throw Missing(description: told.output + told.errors)
      }
    }
  }

  /// Stops a program of the stack; healing starts it again.
  func stop(_ program: String) async throws {
    let outcome = try await Self.run(
      ["/usr/bin/supervisorctl", "-s", variables["STACK_SUPERVISOR"] ?? "", "stop", program]
    )
    guard outcome.code == 0 else { throw Missing(description: outcome.output + outcome.errors) }
  }

  /// The process id of a service, as supervisor tells it.
  func pid(of service: String) async throws -> Int {
    let status = try await Self.run(
      ["/usr/bin/supervisorctl", "-s", variables["STACK_SUPERVISOR"] ?? "", "pid", service]
    )
    return Int(status.output.split(separator: "\n").first ?? "") ?? -1
  }
}
