import DataSources
import Facts
import Testing

@testable import Operations

@Suite struct ExecutorTests {
  init() { EventLoop.runOnOwnThread() }

  @Test @LoopActor func readOnlyCallsNoWriteAndLeavesExactlyOneLine() async throws {
    let bench = Bench()
    let last = try await bench.restart("postgres", .production)
    #expect(last == .refused(.readOnly(why: "this is production", canLift: true)))
    #expect(bench.audit.lines == ["refused"])
    #expect(bench.events == [.refusalRecorded(bench.audit.records[0].act), last])
    #expect(bench.runtime.restarts.isEmpty)
    #expect(bench.runtime.refreshed.isEmpty)
    #expect(bench.audit.records[0].reason.contains("production"))
  }

  @Test @LoopActor func whatCanNotBeRecordedIsNotBegun() async throws {
    let bench = Bench()
    bench.audit.failure = AuditFailure(path: "/state/audit.jsonl", cause: "disk full")
    let last = try await bench.restart("postgres")
    #expect(last == .refused(.auditUnwritable(path: "/state/audit.jsonl", cause: "disk full")))
    #expect(bench.events == [last])
    #expect(bench.runtime.restarts.isEmpty)
  }

  @Test @LoopActor func anOutcomeThatCanNotBeRecordedIsToldInTheVerdict() async throws {
    let bench = Bench()
    bench.audit.failure = AuditFailure(path: "/state/audit.jsonl", cause: "disk full")
    bench.audit.failsFrom = .end
    let last = try await bench.restart("postgres")
    #expect(
      bench.verdict(last)
        == "done, recovered in 3.7 s; the outcome could not be recorded in /state/audit.jsonl: disk full"
    )
    #expect(bench.audit.lines == ["begin"])
    #expect(bench.locks.held.isEmpty)
  }

  @Test @LoopActor func leavingTellsWhatCouldNotBeRecorded() async throws {
    let bench = Bench()
    let failure = AuditFailure(path: "/state/audit.jsonl", cause: "disk full")
    bench.audit.failure = failure
    bench.audit.failsFrom = .end
    let executor = bench.executor()
    let plan = try await executor.plan(.restart(service: "postgres"))
    var told: [AuditFailure] = []
    let run = Task { @LoopActor in
      await executor.run(plan) { event in
        guard event == .acting else { return }
        Task { @LoopActor in told = await executor.leave() }
      }
    }
    _ = await run.value
    #expect(told == [failure])
    #expect(bench.audit.lines == ["begin"])
  }

  @Test @LoopActor func aTargetThatAnotherConsoleActsOnIsLeftAlone() async throws {
    let bench = Bench()
    bench.locks.refusal = .busy("it is being acted on by anna@box (pid 7)")
    let last = try await bench.restart("postgres")
    #expect(last == .refused(.busy("it is being acted on by anna@box (pid 7)")))
    #expect(bench.runtime.restarts.isEmpty)
    #expect(bench.audit.lines == ["refused"])
  }

  @Test @LoopActor func whoLostALockBeforeTheActDoesNothing() async throws {
    let bench = Bench()
    bench.locks.stands = { _ in .lost("anna has taken it") }
    let last = try await bench.restart("postgres")
    #expect(last == .refused(.busy("anna has taken it")))
    #expect(bench.runtime.restarts.isEmpty && bench.locks.held.isEmpty)
    #expect(bench.audit.lines == ["refused"])
  }

  @Test @LoopActor func whoLostALockDuringTheActClaimsNothing() async throws {
    let bench = Bench()
    bench.locks.stands = { $0 == 1 ? .held : .lost("anna did this meanwhile") }
    let last = try await bench.restart("postgres")
    #expect(bench.verdict(last) == "unknown: anna did this meanwhile; before that: done, recovered in 3.7 s")
    #expect(bench.audit.lines == ["begin", "end unknown"])
  }

  @Test @LoopActor func aLockThatCanNotBeAskedForIsToldOfBesideTheProof() async throws {
    let bench = Bench()
    bench.locks.stands = { _ in .unsure("not renewed for 17 s: refused") }
    #expect(
      bench.verdict(try await bench.restart("postgres"))
        == "done, recovered in 3.7 s; not renewed for 17 s: refused"
    )
  }

  @Test @LoopActor func nothingIsBegunAfterALockIsLost() async throws {
    let bench = Bench()
    let targets = ["postgres", "backend"].map { ActionTarget(.service, name: $0) }
    bench.runtime.tells = { since in
      .success(["postgres", "backend"].map { .sample($0, life: since == nil ? "1" : "2") })
    }
    let executor = bench.executor()
    let plan = try await executor.plan(try #require(ActionRequest(RestartService.descriptor.id, on: targets)))
    // Two locks: looked at before the first step, after it, and before the second.
    bench.locks.stands = { $0 <= 4 ? .held : .lost("anna has taken it") }
    let last = await executor.run(plan) { _ in }
    #expect(bench.verdict(last).contains("backend: it was not begun: anna has taken it"))
    #expect(bench.audit.lines == ["begin", "end done"])
  }

  @Test @LoopActor func severalTargetsAreActedOnInTurnToTheFirstThatFails() async throws {
    let bench = Bench()
    let executor = bench.executor()
    let targets = ["postgres", "backend", "celery-worker"].map { ActionTarget(.service, name: $0) }
    bench.runtime.tells = { since in
      let life = since == nil ? "1" : "2"
      return .success(["postgres", "backend", "celery-worker"].map { .sample($0, life: life) })
    }
    bench.runtime.says["api"] = { since in
      [.probe("service.backend.liveness", since == nil ? .ok : .crit, "refused")]
    }
    let request = try #require(ActionRequest(RestartService.descriptor.id, on: targets))
    let plan = try await executor.plan(request)
    #expect(plan.danger == .destructive)
    #expect(plan.title == "RESTART 3 at once")
    #expect(plan.typedName == "dev 3")
    bench.runtime.tells = { _ in
      let count = bench.runtime.restarts.count
      return .success([
        .sample("postgres", life: count > 0 ? "2" : "1"), .sample("backend", life: count > 1 ? "2" : "1"),
        .sample("celery-worker"),
      ])
    }
    let last = await executor.run(plan) { bench.events.append($0) }
    #expect(
      bench.verdict(last)
        == "failed: backend: starts but never answers: liveness refused for 90 s; not begun: celery-worker"
    )
    #expect(bench.audit.lines == ["begin", "end done", "begin", "end failed"])
    #expect(bench.audit.records.map(\.target) == ["postgres", "postgres", "backend", "backend"])
    #expect(bench.locks.taken == ["service postgres", "service backend", "service celery-worker"])
    #expect(bench.locks.held.isEmpty)
    #expect(bench.events.contains(.step(2, of: 3, "backend")))
  }

  @Test @LoopActor func aTargetRecreatedUnderTheDialogIsAskedAboutOnce() async throws {
    let bench = Bench()
    let executor = bench.executor()
    let plan = try await executor.plan(.restart(service: "postgres"))
    bench.runtime.tells = { _ in .success([.sample("postgres", id: "other", life: "7")]) }
    let first = await executor.run(plan) { bench.events.append($0) }
    guard case .changed(let newer, let what) = first else {
      Issue.record("\(first)")
      return
    }
    #expect(what == "postgres was recreated: it is another one now")
    #expect(newer.target.identity == ServiceIdentity(id: "other", incarnation: "7"))
    #expect(bench.runtime.restarts.isEmpty)
    #expect(bench.audit.lines.isEmpty)
    bench.runtime.tells = { _ in .success([.sample("postgres", id: "third", life: "8")]) }
    let second = await executor.run(newer, hasAskedAgain: true) { bench.events.append($0) }
    #expect(second == .refused(.targetChanged(what)))
    #expect(bench.runtime.restarts.isEmpty)
  }

  @Test @LoopActor func aTargetThatIsGoneIsRefused() async throws {
    let bench = Bench()
    let executor = bench.executor()
    let plan = try await executor.plan(.restart(service: "postgres"))
    bench.runtime.tells = { _ in .success([]) }
    #expect(await executor.run(plan) { _ in } == .refused(.gone("postgres")))
    #expect(bench.audit.lines == ["refused"])
  }

  @Test @LoopActor func aPlanOfAnotherEnvironmentIsRefused() async throws {
    let bench = Bench()
    let executor = bench.executor()
    var plan = try await executor.plan(.restart(service: "postgres"))
    plan.environment = "prod"
    #expect(await executor.run(plan) { _ in } == .refused(.wrongEnvironment("prod")))
    #expect(bench.runtime.restarts.isEmpty)
  }

  @Test @LoopActor func oneActATargetAtATime() async throws {
    let bench = Bench()
    let executor = bench.executor()
    let plan = try await executor.plan(.restart(service: "postgres"))
    var hasBegun = false
    let first = Task { @LoopActor in await executor.run(plan) { _ in hasBegun = true } }
    while !hasBegun { await Task.yield() }
    let second = await executor.run(plan) { _ in }
    #expect(second == .refused(.busy("RESTART postgres is still running")))
    #expect(bench.verdict(await first.value).hasPrefix("done"))
    #expect(bench.runtime.restarts.count == 1)
  }

  @Test @LoopActor func leavingRecordsUnknownAndNothingAfterwards() async throws {
    let bench = Bench()
    let executor = bench.executor()
    let plan = try await executor.plan(.restart(service: "postgres"))
    let run = Task { @LoopActor in
      await executor.run(plan) { event in
        bench.events.append(event)
        guard event == .acting else { return }
        Task { @LoopActor in await executor.leave() }
      }
    }
    _ = await run.value
    #expect(bench.audit.lines == ["begin", "end unknown"])
    #expect(bench.audit.records.last?.reason == "left by the operator")
  }

  @Test @LoopActor func leavingBeforeTheBeginningLeavesNothingToEnd() async throws {
    let bench = Bench()
    let executor = bench.executor()
    let plan = try await executor.plan(.restart(service: "postgres"))
    bench.runtime.whileAsked = {
      // It returns once the act has ended, so that it can't be waited for here.
      Task { @LoopActor in await executor.leave() }
      for _ in 0..<10 { await Task.yield() }
    }
    let ending = await executor.run(plan) { _ in }
    #expect(ending == .refused(.notPossible("it was left before it began")))
    #expect(bench.audit.lines == ["refused"])
    #expect(bench.runtime.restarts.isEmpty)
  }

  @Test @LoopActor func thePreviewTellsWhatRunsWhatItHitsAndWhatProvesIt() async throws {
    let bench = Bench()
    bench.then = ["backend"]
    let plan = try await bench.executor().plan(.restart(service: "postgres"))
    #expect(plan.title == "RESTART postgres")
    #expect(plan.danger == .disruptive)
    #expect(plan.exact == "POST /restart/postgres")
    #expect(
      plan.rows == [
        PlanRow("run", "POST /restart/postgres"),
        PlanRow("hits", "backend, celery-worker"),
        PlanRow("now", "running"),
        PlanRow("proof", "new start, postgres ×3, then backend ×3, 90 s"),
        PlanRow("next", "only if backend stays down: Enter restarts it"),
      ]
    )
    #expect(plan.dryRun == ["target postgres is there", "nothing was sent"])
  }

  @Test @LoopActor func whatIsProvenAfterwardsIsHitWhetherOrNotItIsSaidToNeedIt() async throws {
    let bench = Bench()
    bench.then = ["beat", "backend"]
    let plan = try await bench.executor().plan(.restart(service: "postgres"))
    let hits = plan.rows.first { $0.label == "hits" }?.text.string ?? ""
    #expect(Set(hits.split(separator: ", ")) == ["backend", "beat", "celery-worker"])
  }

  @Test @LoopActor func theRecordTellsTheTimeThatTheVerdictTells() async throws {
    let bench = Bench()
    var ended: Verdict?
    if case .ended(let verdict) = try await bench.restart("postgres") { ended = verdict }
    let verdict = try #require(ended)
    let told = try #require(bench.audit.records.last?.duration)
    #expect(verdict.sentence == "recovered in \(SafeText(Format.seconds(told)))")
    #expect(told == verdict.duration)
  }

  @Test @LoopActor func thePreviewTellsWhatIsInterruptedAndThatADeadSourceCanNot() async throws {
    let bench = Bench()
    func tell(_ result: Result<SourceReading, SourceFailure>) {
      let now = bench.clock.now()
      bench.world.apply(SourceReport(source: "pg", startedAt: now, endedAt: now, result: result))
    }
    let origin = Origin(source: "pg", query: "")
    tell(.success(SourceReading([Observation("postgres.connections", .number(12), origin: origin)])))
    let plan = try await bench.executor().plan(.restart(service: "postgres"))
    #expect(plan.rows.first { $0.label == "now" }?.text == "running · 12 connections")
    tell(.failure(SourceFailure(.refused, at: "here")))
    let later = try await bench.executor().plan(.restart(service: "postgres"))
    #expect(later.rows.first { $0.label == "now" }?.text == "running · connections unknown")
  }

  /// Consoles on other machines, or with a state directory of their own, share no lock: the runtime shows it.
  @Test(arguments: [(29.0, true), (0, true), (30, false), (-1, false)])
  @LoopActor func whatHasStartedAMomentAgoIsTold(seconds: Double, isTold: Bool) async throws {
    let bench = Bench()
    var reading = ServiceReading.sample("postgres")
    reading.startedAt = bench.clock.now().wall - .seconds(seconds)
    let told = reading
    bench.runtime.tells = { _ in .success([told]) }
    let plan = try await bench.executor().plan(.restart(service: "postgres"))
    let asks = plan.rows.contains { $0.text.string.contains("was it restarted by somebody else?") }
    #expect(asks == isTold, "\(plan.rows)")
  }

  @Test @LoopActor func aServiceDownWithItsCauseAdvisesTheCause() async throws {
    let bench = Bench()
    func status(_ name: String, _ state: FactState) -> ServiceStatus {
      ServiceStatus(
        name: name,
        service: name,
        reading: .sample(name),
        state: state,
        word: "refused",
        detail: "",
        kind: .health,
        because: nil,
        probes: [],
        latency: nil
      )
    }
    let statuses = ServiceStatuses(
      runtime: "scripted",
      services: [status("postgres", .crit), status("backend", .crit)]
    )
    let now = bench.clock.now()
    bench.world.apply(
      SourceReport(
        source: "services",
        startedAt: now,
        endedAt: now,
        result: .success(SourceReading([], snapshots: [statuses]))
      )
    )
    let plan = try await bench.executor().plan(.restart(service: "backend"))
    #expect(plan.advice?.text == "postgres is CRIT: restart that first")
    #expect(plan.advice?.instead.target.identity == ServiceIdentity(id: "postgres", incarnation: "1"))
  }
}
