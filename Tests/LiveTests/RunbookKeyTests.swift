import DataSources
import Foundation
import ScreenSupport
import Testing

/// Runbooks by keys against real servers: gone through, left and gone on with, and found from a verdict.
@Suite(.serialized) struct LiveRunbookKeyTests {
  private func broken(by fault: String, _ service: String) async throws -> LiveStack {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    try await stack.fault(fault)
    _ = try await stack.switchboard("wait", "service.\(service).state is crit", "--within", "20s")
    return stack
  }

  /// Selects a row of the runbooks' view by filtering for it.
  private func select(_ title: String, _ console: PseudoTerminal) {
    console.press("8")
    console.see("┌─ Runbooks")
    console.press("/")
    console.type(title)
    console.press(Key.enter)
    console.see("▸")
  }

  /// Restarts by the dialog that is open, and closes its verdict.
  private func confirm(_ console: PseudoTerminal, _ title: String) {
    console.see(title)
    console.confirm()
    console.press(Key.enter)
    console.see("recovered in ")
    console.press(Key.enter)
  }

  @Test func aDeadWorkerIsHealedByKeysAlone() async throws {
    let stack = try await broken(by: "worker-down", "celery-worker")
    let before = stack.auditLines.count
    let console = try stack.console()
    console.see("┌─ Services")
    select("Worker down", console)
    console.press(Key.enter)
    console.see("What did the worker say last?")
    // The lines are shown, the newest last; then the decision with each branch's live test.
    console.press(Key.enter)
    console.see("LAST LINES celery-worker")
    console.press(Key.escape)
    console.see("service.rabbitmq.state is crit")
    console.press(Key.enter)
    console.see("switchboard restart celery-worker")
    console.press(Key.enter)
    confirm(console, "RESTART celery-worker")
    console.see("passed: 1 ✓ of 3 steps")
    console.press(Key.escape)
    console.see("✓ passed")
    let lines = stack.auditLines.dropFirst(before).map {
      "\($0["event"]?.text ?? "") \($0["action"]?.text ?? "")"
    }
    #expect(lines == ["begin service.restart", "end service.restart"])
    console.press("Q")
    #expect(console.exitStatus() == 0)
    #expect(try await stack.switchboard("check", "celery-worker").code == 0)
  }

  @Test func aRunThatWasLeftIsGoneOnWithHereAndByTheCommand() async throws {
    let stack = try await broken(by: "redis-down", "redis")
    let console = try stack.console()
    console.see("┌─ Services")
    select("Redis down", console)
    console.press(Key.enter)
    console.see("Redis refuses or hangs")
    console.press("s")
    console.see("skip, because:")
    console.type("read before")
    console.press(Key.enter)
    console.see("switchboard restart redis")
    // Whoever goes through it holds it.
    let busy = try await stack.switchboard("runbook", "resume", "--yes")
    #expect(busy.code == 6 && busy.errors.contains("is being acted on"), "\(busy)")
    console.press(Key.escape)
    console.see("is left open at step 2")
    console.see("open at step 2")
    console.press("Q")
    #expect(console.exitStatus() == 0)
    let on = try await stack.switchboard("runbook", "resume", "--yes", "--json")
    #expect(on.code == 0, "\(on)")
    #expect((on.json["steps"]?.list ?? []).map { $0["outcome"]?.text } == ["skipped", "passed", "passed"])
    // The other way round: begun by the command, gone on with here.
    let begun = try await stack.switchboard("runbook", "run", "redis-down")
    #expect(begun.code == 6, "\(begun)")
    let other = try stack.console()
    other.see("┌─ Services")
    other.press("8")
    other.see("open at step 2")
    other.press("g", Key.enter)
    other.see("switchboard restart redis")
    other.press("X")
    other.type("it is well again")
    other.press(Key.enter)
    other.see("given up by")
    other.press("Q")
    #expect(other.exitStatus() == 0)
    #expect(try await stack.switchboard("runbook", "resume").code == 64)
  }

  @Test func aRestartThatFailedLeadsToTheRunbookTheLinesAndTheText() async throws {
    let stack = try await broken(by: "backend-broken", "backend")
    let console = try stack.console()
    console.selectService("backend")
    console.press("r")
    console.see("RESTART backend")
    console.confirm()
    // The last line offers the runbook, too, as long as the row is not well.
    #expect(console.wait(for: "e escalate", seconds: 120), "\(console.screen.text)")
    console.press("l")
    console.see("LAST LINES backend")
    console.press(Key.escape)
    console.see("e escalate")
    console.press("e")
    console.see("P1: Platform Team Lead")
    console.see("service.restart backend")
    console.press(Key.escape)
    console.press("b")
    console.see("Backend not responding")
    console.see("What did it say last?")
    console.press("Q")
    #expect(console.exitStatus() == 0)
  }
}
