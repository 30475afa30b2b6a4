import Foundation
import ScreenSupport
import Testing

/// Many consoles that want the same at the same time, each a process of its own.
@Suite(.serialized) struct RaceTests {
  @Test func ofTwentyConsolesOneActsAndTheOthersAreToldWho() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let state = "/tmp/switchboard-race-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: state) }
    let before = stack.log(of: "redis").components(separatedBy: "Ready to accept connections").count
    let outcomes = try await withThrowingTaskGroup(of: LiveStack.Outcome.self) { group in
      for _ in 0..<20 {
        group.addTask {
          try await stack.switchboard("restart", "redis", "--yes", environment: ["XDG_STATE_HOME": state])
        }
      }
      var outcomes: [LiveStack.Outcome] = []
      for try await outcome in group { outcomes.append(outcome) }
      return outcomes
    }
    let acted = outcomes.filter { $0.code == 0 }
    let told = outcomes.filter { $0.code == 6 }
    #expect(acted.count == 1 && told.count == 19, "\(outcomes.map(\.code))")
    for outcome in told {
      #expect(outcome.errors.contains(#/refused: .*( by |did this meanwhile)/#), "\(outcome)")
    }
    let audit = try String(contentsOfFile: "\(state)/switchboard/demo/audit.jsonl", encoding: .utf8)
    let events = audit.split(separator: "\n").filter { $0.contains(#""event":"begin""#) }
    #expect(events.count == 1)
    let after = stack.log(of: "redis").components(separatedBy: "Ready to accept connections").count
    #expect(after == before + 1, "it was started once")
  }

  /// Consoles of several hosts have no directory in common: what they have is Redis.
  @Test func consolesOfSeveralHostsLockTargetsThroughRedis() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let state = "/tmp/switchboard-hosts-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: state) }
    let outcomes = try await withThrowingTaskGroup(of: LiveStack.Outcome.self) { group in
      for host in 1...5 {
        group.addTask {
          try await stack.switchboard(
            "restart",
            "celery-beat",
            "--yes",
            environment: ["XDG_STATE_HOME": "\(state)/\(host)"]
          )
        }
      }
      var outcomes: [LiveStack.Outcome] = []
      for try await outcome in group { outcomes.append(outcome) }
      return outcomes
    }
    let told = outcomes.filter { $0.code == 6 }
    #expect(told.count == 4, "\(outcomes)")
    for outcome in told {
      #expect(outcome.errors.contains(#/refused: .*(being acted on by|did this)/#), "\(outcome)")
    }
    // Who looks now is told who did it, whatever the host.
    let plan = try await stack.switchboard(
      "restart",
      "celery-beat",
      "--dry-run",
      environment: ["XDG_STATE_HOME": "\(state)/other"]
    )
    #expect(plan.output.contains(#/last +restart by .* ago: /#), "\(plan)")
  }

  /// A console that is stopped, or whose machine sleeps, doesn't renew its lock; another may have acted meanwhile.
  @Test func whoStoodStillWhileAnotherActedClaimsNothing() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let state = "/tmp/switchboard-still-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: state) }
    let variables = stack.variables.merging(["XDG_STATE_HOME": "\(state)/one"]) { $1 }
    let words = ["restart", "celery-beat", "--yes"]
    let output = "\(state).out"
    defer { try? FileManager.default.removeItem(atPath: output) }
    let console = try RunningConsole(words, variables, in: stack.directory, output: output)
    let audit = "\(state)/one/switchboard/demo/audit.jsonl"
    while (try? String(contentsOfFile: audit, encoding: .utf8))?.contains(#""event":"begin""#) != true {
      try #require(console.isRunning)
      try await Task.sleep(for: .milliseconds(5))
    }
    console.signal(SIGSTOP)
    // What fifteen seconds do, at once.
    try await stack.evaluate(
      "for _, key in ipairs(redis.call('KEYS', 'switchboard:*:lock:*')) do redis.call('DEL', key) end"
    )
    let other = try await stack.switchboard(words, environment: ["XDG_STATE_HOME": "\(state)/other"])
    // There is nothing to prove it by: done, unproven.
    #expect(other.code == 1, "\(other)")
    console.signal(SIGCONT)
    _ = try await console.wait()
    let told = try String(contentsOfFile: output, encoding: .utf8)
    #expect(
      told.contains(#/unknown: the lock ended while this console stood still, and .* acted meanwhile: /#),
      "\(told)"
    )
    let record = try String(contentsOfFile: audit, encoding: .utf8)
    #expect(record.contains(#""verdict":"unknown""#), "\(record)")
  }

  /// A note reaches the consoles of other hosts; in read-only it stays here.
  @Test func aNoteIsToldToOtherHosts() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let other = ["XDG_STATE_HOME": "/tmp/switchboard-notes-\(getpid())"]
    defer { try? FileManager.default.removeItem(atPath: other["XDG_STATE_HOME"] ?? "") }
    let note = try await stack.switchboard("note", "the provider", "is told", environment: other)
    #expect(note.code == 0 && note.output.contains("the provider is told"), "\(note)")
    let own = try await stack.switchboard("note", "kept here", "--read-only", environment: other)
    #expect(own.code == 0, "\(own)")
    #expect(try await stack.switchboard("audit", "verify", environment: other).code == 0)
    let console = try stack.console()
    console.press("9")
    console.see("the provider is told")
    #expect(!console.screen.text.contains("kept here"))
    // By its key it stands here, too.
    console.press("m")
    console.see("note, text:")
    console.type("written by hand")
    console.press(Key.enter)
    console.see("you  written by hand")
    console.press("Q")
    #expect(console.exitStatus() == 0)
  }

  @Test func withoutRedisALockHoldsOnThisHostAndSaysSo() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    try await stack.fault("redis-down")
    let outcome = try await stack.switchboard("restart", "celery-beat", "--yes")
    try await stack.heal()
    #expect(outcome.output.contains("locked on this host alone, Redis: "), "\(outcome)")
  }
}
