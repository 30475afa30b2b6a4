import DataSources
import Facts
import Foundation
import ScreenSupport
import Testing

/// Peek, export and purge on the real broker: what they show, what they leave, what they refuse, what they record.
@Suite(.serialized) struct LiveQueueActTests {
  /// A queue of its own for a test; it is taken away afterwards.
  private func withQueue(
    _ name: String,
    type: String = "classic",
    _ test: (LiveStack, QueueBench) async throws -> Void
  ) async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let queue = try await QueueBench(stack, name, type: type)
    do {
      try await test(stack, queue)
    } catch {
      try await queue.remove()
      throw error
    }
    try await queue.remove()
  }

  private func newLines(_ stack: LiveStack, since count: Int) -> [String] {
    stack.auditLines.dropFirst(count).map { line in
      ["event", "action", "target", "verdict"].compactMap { line[$0]?.text }.joined(separator: " ")
    }
  }

  /// The paths of all exports.
  private func exports(_ stack: LiveStack) -> Set<String> {
    let directory = "\(stack.variables["XDG_STATE_HOME"] ?? "")/switchboard/demo/exports"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return Set(names.map { "\(directory)/\($0)" })
  }

  /// What is refused or only shown: nothing of it reaches the queue, and only a refusal is recorded.
  private func expectNothingDone(
    _ stack: LiveStack,
    _ verb: String,
    _ queue: QueueBench,
    consent: [String]
  ) async throws {
    let before = stack.auditLines.count
    let words = ["queue", verb, queue.name]
    let dry = try await stack.switchboard(words + ["--dry-run"])
    #expect(dry.code == 0 && dry.output.contains("nothing was sent"), "\(dry)")
    let unconfirmed = try await stack.switchboard(words)
    #expect(unconfirmed.code == 6 && unconfirmed.errors.contains("not confirmed"), "\(unconfirmed)")
    #expect(stack.auditLines.count == before)
    let readOnly = try await stack.switchboard(words + consent + ["--read-only"])
    #expect(readOnly.code == 6 && readOnly.errors.contains("read-only"), "\(readOnly)")
    #expect(newLines(stack, since: before) == ["refused queue.\(verb) \(queue.name)"])
  }

  @Test func aPeekShowsTheFirstMessagesAndSaysWhatItMarks() async throws {
    try await withQueue("acts-peek") { stack, queue in
      try await queue.become(ready: 0, unacked: 0)
      let empty = try await stack.switchboard("queue", "peek", queue.name, "--yes")
      #expect(empty.code == 6 && empty.errors.contains("nothing is ready in acts-peek"), "\(empty)")
      try await queue.fill(ready: 12)
      try await expectNothingDone(stack, "peek", queue, consent: ["--yes"])
      let before = stack.auditLines.count
      let ten = try await stack.switchboard("queue", "peek", queue.name, "--yes")
      #expect(ten.code == 0, "\(ten)")
      #expect(ten.output.contains("marks 10 messages as redelivered; they stay where they are"))
      #expect(
        ten.output.contains("1 · default exchange · acts-peek · app.tasks.run · task-0\n  {\"number\": 0}\n")
      )
      #expect(ten.output.contains("{\"number\": 9}") && !ten.output.contains("{\"number\": 10}"))
      #expect(!ten.output.contains("redelivered before"), "nobody had looked before")
      #expect(ten.output.contains("✓ done: 10 messages read and put back"))
      #expect(
        newLines(stack, since: before) == ["begin queue.peek acts-peek", "end queue.peek acts-peek done"]
      )
      let three = try await stack.switchboard("queue", "peek", queue.name, "3", "--yes")
      #expect(
        three.output.contains("task-2 · redelivered before") && !three.output.contains("task-3"),
        "\(three)"
      )
      let none = try await stack.switchboard("queue", "peek", queue.name, "0", "--yes")
      #expect(none.code == 6 && none.errors.contains("0 is no number from 1 to 100"), "\(none)")
      try await queue.become(ready: 12, unacked: 0)
    }
  }

  @Test(arguments: [("quorum", "looking at its messages counts as a delivery"), ("stream", "it is a stream")])
  func whatAKindOfQueueDoesNotBearIsRefused(type: String, words: String) async throws {
    try await withQueue("acts-\(type)", type: type) { stack, queue in
      try await queue.fill(ready: 2)
      for verb in ["peek", "export"] {
        let outcome = try await stack.switchboard("queue", verb, queue.name, "--yes")
        #expect(outcome.code == 6 && outcome.errors.contains(words), "\(outcome)")
      }
      if type == "stream" {
        let confirm = "demo/\(queue.name)"
        let purge = try await stack.switchboard("queue", "purge", queue.name, "--confirm", confirm)
        #expect(purge.code == 6 && purge.errors.contains("a stream, which can't be purged"), "\(purge)")
      }
      try await queue.become(ready: 2, unacked: 0)
    }
  }

  @Test func fiveThousandMessagesAreCopiedThenPurgedAndWhatConsumersHoldRemains() async throws {
    try await withQueue("acts-deep") { stack, queue in
      try await queue.fill(ready: 5_000, held: 16)
      try await expectNothingDone(stack, "export", queue, consent: ["--yes"])
      let before = stack.auditLines.count
      let old = exports(stack)
      let export = try await stack.switchboard("queue", "export", queue.name, "--yes")
      let made = exports(stack).subtracting(old)
      let file = try #require(made.first, "\(export)")
      #expect(made.count == 1 && file.hasSuffix(".jsonl"))
      #expect(
        export.code == 0 && export.output.contains("✓ done: 5,000 messages are in \(file)"),
        "\(export)"
      )
      let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
      let payloads = lines.compactMap { JSONValue(parsing: Array($0.utf8))?["payload"]?.text }
      #expect(payloads == (16..<5_016).map { "{\"number\": \($0)}" })
      #expect(
        try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600,
        "for its user alone"
      )
      try await queue.become(ready: 5_000, unacked: 16)
      let recorded = ["begin queue.export acts-deep", "end queue.export acts-deep done"]
      #expect(newLines(stack, since: before) == recorded)

      let consent = ["--confirm", "demo/acts-deep"]
      try await expectNothingDone(stack, "purge", queue, consent: consent)
      for wrong in [["--yes"], ["--confirm", "acts-deep"], ["--confirm", "demo/celery"]] {
        let outcome = try await stack.switchboard(["queue", "purge", queue.name] + wrong)
        #expect(outcome.code == 6, "\(outcome)")
      }
      try await queue.become(ready: 5_000, unacked: 16)
      let later = stack.auditLines.count
      let purge = try await stack.switchboard(["queue", "purge", queue.name] + consent)
      #expect(purge.code == 0, "\(purge)")
      #expect(purge.output.contains("16 unacked: consumers hold them"))
      #expect(purge.output.contains("✓ done: purged: 5,000 ready before, 0 now; 16 unacked before, 16 now"))
      #expect(
        newLines(stack, since: later) == ["begin queue.purge acts-deep", "end queue.purge acts-deep done"]
      )
      try await queue.become(ready: 0, unacked: 16)
      #expect(try await stack.switchboard("audit", "verify").code == 0)
    }
  }

  @Test func aQueueThatFillsMeanwhileIsPurgedOfWhatWasThere() async throws {
    try await withQueue("acts-filling") { stack, queue in
      try await queue.fill(ready: 300)
      queue.keepFilling()
      let purge = try await stack.switchboard("queue", "purge", queue.name, "--confirm", "demo/\(queue.name)")
      #expect(purge.code == 0, "\(purge)")
      #expect(purge.output.contains("published since the preview"), "\(purge)")
      queue.endPrograms()
      let left = try #require(try await queue.counts().ready)
      #expect(left > 100, "what came since is still there")
    }
  }

  /// What was there when it was confirmed is gone, what consumers hold and what has come since are still there.
  @Test func fiveThousandMessagesArePurgedByKeyWhileMoreComeAndOthersAreHeld() async throws {
    try await withQueue("acts-stream") { stack, queue in
      try await queue.fill(ready: 5_000, held: 16)
      let before = stack.auditLines.count
      let console = try stack.console(width: 160, height: 48)
      console.see(" services ")
      console.press("2", "/")
      console.type("acts-stream")
      console.press(Key.enter)
      console.see("5,0")
      queue.keepFilling()
      console.press("P")
      console.see("PURGE acts-stream")
      console.see("16 unacked: consumers hold them")
      for letter in "demo/acts-stream" { console.press(String(letter)) }
      console.settle(milliseconds: 300)
      console.press("\t")
      console.settle(milliseconds: 300)
      console.press(Key.enter)
      #expect(
        // The timeline tells of others that were as large.
        console.wait { $0.text.contains(#/✓ purged: 5,\d+ ready before, [\d,]+ now/#) },
        "\(console.screen.text)"
      )
      console.see("before, 16 now")
      console.press(Key.escape)
      console.settle(milliseconds: 300)
      console.press("Q")
      #expect(console.exitStatus() == 0, "\(console.screen.text)")
      let words = ["begin queue.purge acts-stream", "end queue.purge acts-stream done"]
      #expect(newLines(stack, since: before) == words)
      // All that is left came behind the last of the five thousand.
      let old = exports(stack)
      queue.endStream()
      let export = try await stack.switchboard("queue", "export", queue.name, "--yes")
      #expect(export.code == 0, "\(export)")
      let file = try #require(exports(stack).subtracting(old).first, "\(export)")
      let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
      let payloads = lines.compactMap { JSONValue(parsing: Array($0.utf8))?["payload"]?.text }
      #expect(payloads.count > 31 && payloads.allSatisfy { $0 == "late" }, "\(payloads.prefix(3))")
      try await queue.become(ready: payloads.count, unacked: 16)
    }
  }

  @Test func aPurgeWhoseCountCannotBeReadIsUnknown() async throws {
    try await withQueue("acts-silent") { stack, queue in
      try await queue.fill(ready: 40)
      let isPurged = Locked(false)
      let (relay, environment) = try BrokerRelay.start(stack) { line in
        if line.hasPrefix("DELETE ") { isPurged.withLock { $0 = true } }
        let isCount = line.hasPrefix("GET /api/queues/voiceai/acts-silent")
        return isCount && isPurged.withLock { $0 } ? .answer("503 Service Unavailable") : .pass
      }
      defer { relay.stop() }
      let before = stack.auditLines.count
      let words = ["queue", "purge", queue.name, "--confirm", "demo/\(queue.name)"]
      let purge = try await stack.switchboard(words, environment: environment)
      #expect(purge.code == 75, "\(purge)")
      #expect(
        purge.output.contains("? unknown: whether they are gone isn't known after 15 s: HTTP 503"),
        "\(purge)"
      )
      #expect(!purge.output.contains("done"))
      #expect(newLines(stack, since: before).last == "end queue.purge acts-silent unknown")
      try await queue.become(ready: 0, unacked: 0)
    }
  }

  @Test func aPurgeThatNobodyAnswersIsProvenByTheCountsAlone() async throws {
    try await withQueue("acts-unheard") { stack, queue in
      try await queue.fill(ready: 40)
      // The first never reaches the broker, the second does, and its answer is lost.
      let fates = Locked<[BrokerRelay.Fate]>([.answer("502 Bad Gateway"), .cut("")])
      let (relay, environment) = try BrokerRelay.start(stack) { line in
        line.hasPrefix("DELETE ") ? fates.withLock { $0.removeFirst() } : .pass
      }
      defer { relay.stop() }
      let words = ["queue", "purge", queue.name, "--confirm", "demo/\(queue.name)"]
      let unheard = try await stack.switchboard(words, environment: environment)
      #expect(unheard.code == 75 || unheard.code == 5, "\(unheard)")
      #expect(unheard.output.contains("40 ready") && !unheard.output.contains("done"), "\(unheard)")
      try await queue.become(ready: 40, unacked: 0)
      let heard = try await stack.switchboard(words, environment: environment)
      #expect(heard.code == 0 && heard.output.contains("40 ready before, 0 now"), "\(heard)")
    }
  }

  @Test func anExportThatIsCutLeavesNoFileAndNoMessageIsLost() async throws {
    try await withQueue("acts-cut") { stack, queue in
      try await queue.fill(ready: 500)
      let question = { (count: Int) in
        #"{"count":\#(count),"ackmode":"ack_requeue_true","encoding":"auto"}"#
      }
      let fates = Locked<[BrokerRelay.Fate]>([.cut(question(1_500)), .send(question(200))])
      let (relay, environment) = try BrokerRelay.start(stack) { line in
        line.hasPrefix("POST ") ? fates.withLock { $0.removeFirst() } : .pass
      }
      defer { relay.stop() }
      let (before, old) = (stack.auditLines.count, exports(stack))
      let words = ["queue", "export", queue.name, "--yes"]
      let cut = try await stack.switchboard(words, environment: environment)
      #expect(cut.code == 5 && cut.output.contains("✗ failed: no file was written: "), "\(cut)")
      #expect(exports(stack) == old)
      // A broker that gives less than there is.
      let part = try await stack.switchboard(words, environment: environment)
      #expect(part.code == 5 && part.output.contains("only 200 messages are in "), "\(part)")
      #expect(part.output.contains(".jsonl.partial, 300 are not: export again"), "\(part)")
      let made = exports(stack).subtracting(old)
      #expect(made.count == 1 && made.allSatisfy { $0.hasSuffix(".jsonl.partial") }, "\(made)")
      let ends = newLines(stack, since: before).filter { $0.hasPrefix("end") }
      #expect(ends == ["end queue.export acts-cut failed", "end queue.export acts-cut failed"])
      try await queue.become(ready: 500, unacked: 0)
    }
  }

  @Test func inReadOnlyAndInADryRunTheBrokerIsOnlyAsked() async throws {
    try await withQueue("acts-asked") { stack, queue in
      try await queue.fill(ready: 3)
      let (relay, environment) = try BrokerRelay.start(stack) { _ in .pass }
      defer { relay.stop() }
      let acts: [([String], consent: [String])] =
        ["peek", "export"].map { (["queue", $0, queue.name], ["--yes"]) }
        + [(["queue", "purge", queue.name], ["--confirm", "demo/\(queue.name)"])]
        + ["ping", "active", "reserved", "grow", "shrink"].map { (["workers", $0, "celery"], ["--yes"]) }
        + [(["workers", "revoke", "celery", "7f3a"], ["--yes"])]
      for (words, consent) in acts {
        let dry = try await stack.switchboard(words + ["--dry-run"], environment: environment)
        #expect(dry.code == 0, "\(dry)")
        let refused = try await stack.switchboard(words + consent + ["--read-only"], environment: environment)
        #expect(refused.code == 6 && refused.errors.contains("read-only"), "\(refused)")
      }
      #expect(relay.requests.count > 4 * acts.count)
      #expect(relay.requests.filter { !$0.hasPrefix("GET ") } == [])
    }
  }

  @Test func whileAQueueIsCopiedNobodyElsePurgesIt() async throws {
    try await withQueue("acts-locked") { stack, queue in
      try await queue.fill(ready: 3)
      let isHeld = Locked(true)
      let (relay, environment) = try BrokerRelay.start(stack) { line in
        guard line.hasPrefix("POST ") else { return .pass }
        while isHeld.withLock({ $0 }) { usleep(10_000) }
        return .send(#"{"count":9,"ackmode":"ack_requeue_true","encoding":"auto"}"#)
      }
      defer {
        isHeld.withLock { $0 = false }
        relay.stop()
      }
      let export = try stack.console("queue", "export", queue.name, "--yes", environment: environment)
      export.see("acting")
      let words = ["queue", "purge", queue.name, "--confirm", "demo/\(queue.name)"]
      let purge = try await stack.switchboard(words)
      #expect(purge.code == 6 && purge.errors.contains("EXPORT acts-locked"), "\(purge)")
      isHeld.withLock { $0 = false }
      export.see("3 messages are in")
      #expect(export.exitStatus() == 0)
      try await queue.become(ready: 3, unacked: 0)
    }
  }

  @Test func theKeysPeekAndPurgeOnceTheNameIsTyped() async throws {
    try await withQueue("acts-keys") { stack, queue in
      try await queue.fill(ready: 3)
      let console = try stack.console(width: 160, height: 48)
      console.see(" services ")
      console.press("2", "/")
      console.type("acts-keys")
      console.press(Key.enter, "v")
      console.see("PEEK acts-keys")
      console.see("marks 3 messages as redelivered")
      console.confirm()
      console.see("{\"number\": 2}")
      console.press(Key.escape)
      console.see("3 messages read and put back")
      console.press(Key.escape, "A")
      console.see("{\"number\": 2}")
      console.press(Key.escape, Key.escape)
      // Close behind an Escape it would begin a sequence of the terminal's.
      console.settle(milliseconds: 300)
      console.press("P")
      console.see("PURGE acts-keys")
      console.see("throws away 3 messages for good")
      console.press("y", Key.enter)
      try await queue.become(ready: 3, unacked: 0)
      console.press("\u{7F}")
      for letter in "demo/acts-keys" { console.press(String(letter)) }
      // A dialog takes an Enter only of who can have seen what it confirms.
      console.settle(milliseconds: 300)
      console.press("\t")
      console.settle(milliseconds: 300)
      console.press(Key.enter)
      console.see("3 ready before, 0 now")
      try await queue.become(ready: 0, unacked: 0)
      console.press(Key.escape, "Q")
      #expect(console.exitStatus() == 0)
    }
  }
}
