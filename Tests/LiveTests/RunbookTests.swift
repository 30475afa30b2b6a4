import DataSources
import Foundation
import Testing

/// Runbooks against real servers: each heals the fault that it is for, each ✓ earned; a killed one is gone on with.
@Suite(.serialized) struct LiveRunbookTests {
  private func broken(by fault: String?) async throws -> LiveStack {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    if let fault { try await stack.fault(fault) }
    return stack
  }

  /// The steps of a run by their outcomes: `passed`; of one that was not taken `nil`.
  private func outcomes(_ outcome: LiveStack.Outcome) -> [String?] {
    (outcome.json["steps"]?.list ?? []).map { $0["outcome"]?.text }
  }

  private func begins(_ stack: LiveStack, since count: Int) -> [String] {
    stack.auditLines.dropFirst(count).filter { $0["event"]?.text == "begin" }.map {
      "\($0["action"]?.text ?? "") \($0["target"]?.text ?? "")"
    }
  }

  @Test func allServicesAreRestartedInTheOrderOfTheirNeeds() async throws {
    let stack = try await broken(by: nil)
    let before = stack.auditLines.count
    let asked = try await stack.switchboard("runbook", "run", "restart-all-services", "--yes")
    #expect(asked.code == 6, "\(asked)")
    let name = try #require(asked.errors.firstMatch(of: #/--confirm '(demo \d+)'/#)).1
    let run = try await stack.switchboard("runbook", "resume", "--confirm", String(name), "--json")
    // Of what has no check nobody knows that it is back: that is told, and is no ✓.
    #expect(run.code == 1 && outcomes(run) == ["unproven", "passed"], "\(run)")
    let begun = begins(stack, since: before)
    #expect("demo \(begun.count)" == name, "\(begun)")
    let places = ["postgres", "redis", "rabbitmq", "backend"].map {
      begun.firstIndex(of: "service.restart \($0)") ?? -1
    }
    #expect(places.dropLast().allSatisfy { 0 <= $0 && $0 < places[3] }, "\(begun)")
  }

  @Test func aRotationIsNotOfferedWhereNothingKeepsCredentials() async throws {
    let stack = try await broken(by: nil)
    let dry = try await stack.switchboard("runbook", "run", "rotate-credentials", "--dry-run")
    #expect(dry.code == 1 && dry.output.contains("neither a compose project of this machine"), "\(dry)")
  }

  /// What a colleague does in the middle of a step is told and not done again.
  @Test func aRestartByAColleagueInTheMiddleOfAStepIsToldAndNotFought() async throws {
    let stack = try await broken(by: "redis-down")
    _ = try await stack.switchboard("wait", "service.redis.state is crit", "--within", "20s")
    let before = stack.auditLines.count
    let file = "\(stack.directory)/colleague.out"
    let supervisor = "/usr/bin/supervisorctl -s \(stack.variables["STACK_SUPERVISOR"] ?? "")"
    let script = """
      rm -f \(file)
      \(LiveStack.binary) runbook run redis-down --yes >\(file) & run=$!
      for _ in $(seq 600); do grep -q 'held 1 of' \(file) && break; sleep 0.05; done
      \(supervisor) restart redis >&2
      wait $run; echo "ended $?"; cat \(file)
      """
    let run = try await LiveStack.run(["/bin/bash", "-c", script], stack.variables)
    #expect(run.output.contains("ended 0"), "\(run)")
    #expect(run.output.contains("it started once more meanwhile, not by this console"), "\(run)")
    #expect(begins(stack, since: before) == ["service.restart redis"], "\(run)")
    #expect(try await stack.switchboard("check", "redis").code == 0)
  }

  @Test func whatNoRestartHealsEndsAtTheStepThatFailedAndLeadsToTheMessage() async throws {
    let stack = try await broken(by: "backend-broken")
    _ = try await stack.switchboard("wait", "service.backend.state is crit", "--within", "20s")
    let run = try await stack.switchboard("runbook", "run", "backend-not-responding", "--yes", "--json")
    #expect(run.code == 5 || run.code == 75, "\(run)")
    #expect(run.json["step"]?.text == "3")
    #expect(!outcomes(run).contains("passed"))
    let on = try await stack.switchboard("runbook", "resume", "--skip=it does not help", "--done=sent")
    #expect(on.output.contains("– skipped: it does not help"), "\(on)")
    #expect(on.output.contains("P1: Platform Team Lead"), "\(on)")
    #expect(on.output.contains("postgres OK") || on.output.contains("postgres healthy"), "\(on)")
    #expect(try await stack.switchboard("runbook", "resume").code == 64)
  }

  @Test func aRunThatWasKilledGoesOnAtTheRightStepAndRepeatsNothing() async throws {
    let stack = try await broken(by: nil)
    let file = "\(stack.directory)/killed.md"
    let gate = #"gate="service.backend.state is ok within 30s""#
    for (mark, code, outcome) in [(gate, 0, "passed"), ("", 75, "unknown")] {
      let text = """
        # Killed
        ```{check="probe.postgres.postgres is ok"}
        ```
        ```{action=service.restart target=backend \(mark)}
        ```
        ```{check="probe.redis.redis is ok"}
        ```
        """
      try text.write(toFile: file, atomically: true, encoding: .utf8)
      let before = stack.auditLines.count
      let script = """
        rm -f \(file).out
        \(LiveStack.binary) runbook run \(file) --yes >\(file).out & run=$!
        for _ in $(seq 600); do grep -q '^answered in' \(file).out && break; sleep 0.05; done
        kill -9 $run; wait $run; echo "ended $?"; cat \(file).out
        """
      let killed = try await LiveStack.run(["/bin/bash", "-c", script], stack.variables)
      #expect(killed.output.contains("ended 137"), "\(killed)")
      #expect(killed.output.contains("✓ passed: probe.postgres.postgres is ok"), "\(killed)")
      let resumed = try await stack.switchboard("runbook", "resume", "--yes", "--json")
      #expect(resumed.code == code, "\(resumed)")
      #expect(outcomes(resumed).prefix(2) == ["passed", outcome], "\(resumed)")
      #expect(begins(stack, since: before) == ["service.restart backend"])
      guard code != 0 else { continue }
      // Asked again it is told again, and not done again; somebody has to say what is to become of it.
      #expect(try await stack.switchboard("runbook", "resume", "--yes").code == 75)
      #expect(begins(stack, since: before) == ["service.restart backend"])
      let on = try await stack.switchboard("runbook", "resume", "--skip=anna looked", "--json")
      #expect(outcomes(on) == ["passed", "skipped", "passed"], "\(on)")
      #expect(on.code == 75, "what nobody knows stays unknown, whoever looked")
    }
  }

  @Test func readOnlyRefusesEveryActOfARunbook() async throws {
    let stack = try await broken(by: nil)
    let before = begins(stack, since: 0)
    let run = try await stack.switchboard("runbook", "run", "worker-down", "--yes", "--read-only", "--json")
    #expect(run.code == 6, "\(run)")
    #expect(run.output.contains("read-only"), "\(run)")
    #expect(begins(stack, since: 0) == before)
  }

  @Test func whatNeedsSomebodyIsNotDoneWithoutHim() async throws {
    let stack = try await broken(by: nil)
    let before = begins(stack, since: 0)
    let unconfirmed = try await stack.switchboard("runbook", "run", "worker-down")
    #expect(unconfirmed.code == 6, "\(unconfirmed)")
    #expect(unconfirmed.errors.contains("--yes confirms what is mild"), "\(unconfirmed)")
    let unasked = try await stack.switchboard("runbook", "run", "restart-services")
    #expect(unasked.code == 6 && unasked.errors.contains("service=…"), "\(unasked)")
    let dry = try await stack.switchboard("runbook", "run", "worker-down", "--dry-run")
    #expect(dry.code == 0 && dry.output.contains("RESTART celery-worker"), "\(dry)")
    #expect(begins(stack, since: 0) == before)
    let given = try await stack.switchboard("runbook", "run", "restart-services", "service=backend", "--yes")
    #expect(given.code == 0 && given.output.contains("✓ passed: service.backend.state is ok"), "\(given)")
  }

  @Test func theLastLinesOfAServiceAreShownAndFiltered() async throws {
    let stack = try await broken(by: nil)
    let all = try await stack.switchboard("logs", "celery-worker", "50")
    #expect(all.code == 0 && all.output.contains("succeeded in"), "\(all)")
    let some = try await stack.switchboard("logs", "celery-worker", "200", "(?i)RECEIVED$")
    #expect(some.output.contains("received") && !some.output.contains("succeeded in"), "\(some)")
    #expect(some.output.contains(" of the last "))
    let wrong = try await stack.switchboard("logs", "celery-worker", "200", "a(b")
    #expect(wrong.code == 6 && wrong.errors.contains("match: missing closing parenthesis"), "\(wrong)")
    #expect(try await stack.switchboard("logs", "celery-worker", "0").code == 6)
  }
}
