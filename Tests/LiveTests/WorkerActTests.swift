import DataSources
import Foundation
import ScreenSupport
import Testing

/// The stack's real Celery worker, asked and changed through the broker's management API alone.
@Suite(.serialized) struct LiveWorkerActTests {
  private func healthy() async throws -> LiveStack {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    return stack
  }

  private func newLines(_ stack: LiveStack, since count: Int) -> [String] {
    stack.auditLines.dropFirst(count).map { line in
      ["event", "action", "target", "verdict"].compactMap { line[$0]?.text }.joined(separator: " ")
    }
  }

  /// The queues of answers that are still there.
  private func replyQueues(_ stack: LiveStack) async throws -> Int {
    let outcome = try await LiveStack.run([
      "/usr/bin/curl", "-sS", "-m", "10", "-u", "rabbitmq:\(stack.variables["RABBITMQ_PASS"] ?? "")",
      "\(stack.variables["STACK_RABBIT_URL"] ?? "")/api/queues/voiceai?columns=name",
    ])
    let names = try #require(outcome.json.list).compactMap { $0["name"]?.text }
    return names.count { $0.hasSuffix(".reply.celery.pidbox") }
  }

  /// How many children the worker's own process has.
  private func processes(_ stack: LiveStack) async throws -> Int {
    let pid = try await stack.pid(of: "celery-worker")
    let text = try String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)
    return text.split(separator: " ").count
  }

  @Test func workersAreAskedOnceItIsConfirmedAndLeaveNoQueueBehind() async throws {
    let stack = try await healthy()
    let before = stack.auditLines.count
    let dry = try await stack.switchboard("workers", "ping", "celery", "--dry-run")
    #expect(dry.code == 0 && dry.output.contains("nothing was sent"), "\(dry)")
    #expect(dry.output.contains(#"{"method":"ping","arguments":{},"destination":["celery@demo"]}"#), "\(dry)")
    let readOnly = try await stack.switchboard("workers", "ping", "celery", "--yes", "--read-only")
    #expect(readOnly.code == 6, "\(readOnly)")
    #expect(newLines(stack, since: before) == ["refused workers.ping celery"])
    let ping = try await stack.switchboard("workers", "ping", "celery", "--yes")
    #expect(ping.code == 0 && ping.output.contains("celery@demo · pong"), "\(ping)")
    #expect(ping.output.contains("✓ done: 1 of 1 workers answered"), "\(ping)")
    #expect(newLines(stack, since: before).last == "end workers.ping celery done")
    #expect(try await replyQueues(stack) == 0)
    let unknown = try await stack.switchboard("workers", "ping", "nobody", "--yes")
    #expect(unknown.code == 64, "\(unknown)")
  }

  @Test func whatWorkersDoAndHoldIsShownTaskByTask() async throws {
    let stack = try await healthy()
    try await stack.fault("queue-backlog")
    let active = try await stack.switchboard("workers", "active", "celery", "--yes")
    #expect(active.code == 0, "\(active)")
    #expect(
      active.output.contains(#/celery@demo · tasks\.execution\.\w+ · [0-9a-f-]{36} · for \d/#),
      "\(active)"
    )
    let reserved = try await stack.switchboard("workers", "reserved", "celery", "--yes")
    #expect(reserved.code == 0 && reserved.output.contains("celery@demo · tasks.execution."), "\(reserved)")
    try await stack.heal()
  }

  @Test func aFrozenWorkerIsUnknownAndAQueueWithoutOneIsRefused() async throws {
    let stack = try await healthy()
    try await stack.fault("worker-frozen")
    for verb in ["ping", "active", "reserved"] {
      let outcome = try await stack.switchboard("workers", verb, "celery", "--yes")
      #expect(outcome.code == 75, "\(outcome)")
      #expect(outcome.output.contains("celery@demo · no reply (busy, frozen or gone)"), "\(outcome)")
    }
    let grow = try await stack.switchboard("workers", "grow", "celery", "--yes")
    #expect(grow.code == 5 && grow.output.contains("nothing was sent: celery@demo doesn't tell"), "\(grow)")
    try await stack.heal()
    let queue = try await QueueBench(stack, "acts-nobody")
    let nobody = try await stack.switchboard("workers", "ping", queue.name, "--yes")
    #expect(
      nobody.code == 6 && nobody.errors.contains("no worker of Celery is known to consume"),
      "\(nobody)"
    )
    try await queue.remove()
  }

  @Test func aPoolGrowsAndShrinksByWhatIsCountedBeforeAndAfter() async throws {
    let stack = try await healthy()
    let before = stack.auditLines.count
    #expect(try await processes(stack) == 2)
    let grow = try await stack.switchboard("workers", "grow", "celery", "2", "--yes")
    #expect(grow.code == 0, "\(grow)")
    #expect(grow.output.contains("✓ done: processes before: celery@demo 2; now: celery@demo 4"), "\(grow)")
    #expect(try await processes(stack) == 4)
    let shrink = try await stack.switchboard("workers", "shrink", "celery", "2", "--yes")
    #expect(shrink.code == 0, "\(shrink)")
    #expect(
      shrink.output.contains("✓ done: processes before: celery@demo 4; now: celery@demo 2"),
      "\(shrink)"
    )
    let none = try await stack.switchboard("workers", "shrink", "celery", "2", "--yes")
    #expect(none.code == 5 && none.output.contains("celery@demo has 2, and would have none"), "\(none)")
    for wrong in ["0", "65", "x"] {
      let outcome = try await stack.switchboard("workers", "grow", "celery", wrong, "--yes")
      #expect(outcome.code == 6 && outcome.errors.contains("no number from 1 to 64"), "\(outcome)")
    }
    #expect(
      newLines(stack, since: before).filter { $0.hasPrefix("end") } == [
        "end workers.grow celery done", "end workers.shrink celery done", "end workers.shrink celery failed",
      ]
    )
    #expect(try await replyQueues(stack) == 0)
  }

  @Test func aRevokedTaskIsListedByTheWorkerAndOneThatRunsIsEnded() async throws {
    let stack = try await healthy()
    let id = "00000000-0000-4000-8000-000000000001"
    let revoke = try await stack.switchboard("workers", "revoke", "celery", id, "--yes")
    #expect(
      revoke.code == 0 && revoke.output.contains("✓ done: \(id) is revoked at every worker"),
      "\(revoke)"
    )
    let nameless = try await stack.switchboard("workers", "revoke", "celery", "--yes")
    #expect(nameless.code == 64, "\(nameless)")
    try await stack.fault("queue-backlog")
    let active = try await stack.switchboard("workers", "active", "celery", "--yes")
    let running = try #require(active.output.firstMatch(of: #/ · ([0-9a-f-]{36}) · for/#)?.1)
    let end = try await stack.switchboard(
      "workers",
      "revoke",
      "celery",
      String(running),
      "terminate",
      "--yes"
    )
    #expect(end.code == 0 && end.output.contains("SIGTERM"), "\(end)")
    try await stack.heal()
  }

  @Test func theKeyShowsWhatWorkersDo() async throws {
    let stack = try await healthy()
    let console = try stack.console(width: 160, height: 48)
    console.see(" services ")
    console.press("2", "#")
    console.see("ACTIVE TASKS celery")
    console.confirm()
    console.see("celery@demo · ")
    console.press(Key.escape, Key.escape, "Q")
    #expect(console.exitStatus() == 0)
  }
}
