import DataSources
import Facts
import Testing

@testable import Operations

@Suite struct RestartTests {
  init() { EventLoop.runOnOwnThread() }

  @Test @LoopActor func aRestartIsDoneWhenItsProbeHeldThreeTimesInTheNewLife() async throws {
    let bench = Bench()
    let last = try await bench.restart("postgres")
    #expect(bench.verdict(last) == "done, recovered in 3.7 s")
    #expect(bench.audit.lines == ["begin", "end done"])
    #expect(bench.runtime.restarts == [ServiceIdentity(id: "postgres", incarnation: "1")])
    #expect(bench.runtime.refreshed == ["runtime", "pg", "audit"])
    #expect(Array(bench.events.prefix(3)) == [.recorded, .acting, .acted(.milliseconds(500))])
    #expect(bench.events.last == last)
  }

  @Test @LoopActor func theGateShowsEveryProbesLiveValue() async throws {
    let bench = Bench()
    _ = try await bench.restart("postgres")
    let gates = bench.events.compactMap { event -> GateView? in
      guard case .gate(let view) = event else { return nil }
      return view
    }
    #expect(gates.first?.probes.map(\.value.string) == ["waiting", "waiting"])
    #expect(gates.contains { $0.probes.map(\.value.string) == ["not yet", "waiting"] })
    #expect(gates.contains { $0.probes.map(\.value.string) == ["yes", "refused"] && $0.held == 0 })
    #expect(gates.last?.held == 3)
    #expect(gates.last?.needed == 3)
    #expect(gates.last?.deadline == .seconds(90))
  }

  @Test @LoopActor func aRestartThatChangesNothingIsNotCalledDone() async throws {
    let bench = Bench()
    bench.runtime.tells = { _ in .success([.sample("postgres")]) }
    bench.runtime.says["pg"] = { _ in [.probe("probe.postgres.postgres", .ok)] }
    let last = try await bench.restart("postgres")
    #expect(bench.verdict(last) == "failed: start time did not change")
    #expect(bench.clock.seconds >= 90.5)
  }

  @Test @LoopActor func aHungRuntimeIsDecidedByTheProof() async throws {
    let bench = Bench()
    bench.runtime.restartFailure = SourceFailure(.timedOut, at: "here")
    #expect(bench.verdict(try await bench.restart("postgres")) == "done, recovered in 3.7 s")
  }

  @Test @LoopActor func aHungRuntimeThatChangedNothingIsUnknown() async throws {
    let bench = Bench()
    bench.runtime.restartFailure = SourceFailure(.timedOut, at: "here")
    bench.runtime.tells = { _ in .success([.sample("postgres")]) }
    let last = try await bench.restart("postgres")
    #expect(bench.verdict(last) == "unknown: the request timed out and the start time did not change")
    #expect(bench.runtime.restarts.count == 1)
  }

  @Test @LoopActor func aRuntimeThatNeverAnswersAgainIsUnknown() async throws {
    let bench = Bench()
    bench.runtime.tells = { since in
      since == nil ? .success([.sample("postgres")]) : .failure(SourceFailure(.refused, at: "here"))
    }
    let last = try await bench.restart("postgres")
    #expect(bench.verdict(last) == "unknown: the runtime did not answer for 90 s: refused")
  }

  @Test @LoopActor func aServiceThatStartsButNeverAnswersFailsAtTheDeadline() async throws {
    let bench = Bench()
    bench.runtime.says["api"] = { since in
      [.probe("service.backend.liveness", since == nil ? .ok : .crit, "timed out")]
    }
    let last = try await bench.restart("backend")
    #expect(bench.verdict(last) == "failed: starts but never answers: liveness timed out for 90 s")
  }

  @Test @LoopActor func aCrashLoopNeverHolds() async throws {
    let bench = Bench()
    bench.runtime.tells = { since in
      .success([.sample("postgres", life: since.map { "\(2 + Int($0 / 1.5))" } ?? "1")])
    }
    bench.runtime.says["pg"] = { _ in [.probe("probe.postgres.postgres", .ok)] }
    let last = try await bench.restart("postgres")
    guard case .ended(let verdict) = last else {
      Issue.record("\(last)")
      return
    }
    #expect(verdict.outcome == .unknown)
  }

  @Test @LoopActor func aCrashLoopThatWasSeenDownIsFailedWithItsLastWords() async throws {
    let bench = Bench()
    bench.runtime.tells = { since in
      guard let since else { return .success([.sample("grafana")]) }
      // Up for a moment every three seconds, and so at the deadline, too.
      guard Int(since + 1) % 3 == 0 else {
        return .success([.sample("grafana", life: "", state: .exited(code: 7))])
      }
      return .success([.sample("grafana", life: "\(2 + Int((since + 1) / 3))")])
    }
    #expect(bench.verdict(try await bench.restart("grafana")) == "failed: it does not stay up: exited 7")
  }

  @Test @LoopActor func whatAServiceNeedsProvesNothingOfIt() async throws {
    let bench = Bench()
    bench.backendProbes = [
      ServiceProfile.Probe("postgres", "probe.backend.postgres", source: "api", isOwn: false)
    ]
    bench.runtime.says["api"] = { _ in [.probe("probe.backend.postgres", .ok)] }
    bench.runtime.tells = { since in
      .success([.sample("backend", life: since == nil ? "1" : "2", health: .unhealthy)])
    }
    #expect(
      bench.verdict(try await bench.restart("backend")) == "failed: starts but is unhealthy for 90 s"
    )
  }

  @Test @LoopActor func theRuntimesRefusalIsAFailureAtOnce() async throws {
    let bench = Bench()
    bench.runtime.restartFailure = SourceFailure(.rejected, at: "here", detail: "SPAWN_ERROR")
    let last = try await bench.restart("postgres")
    #expect(bench.verdict(last) == "failed: the runtime said rejected: SPAWN_ERROR")
    #expect(bench.clock.seconds < 1)
  }

  @Test @LoopActor func withoutALoginTheBackendIsDoneUnproven() async throws {
    let bench = Bench()
    bench.runtime.says["canary"] = { _ in
      [.probe("probe.backend.canary", .nodata, "no login is configured for this API", .noLogin)]
    }
    #expect(bench.verdict(try await bench.restart("backend")) == "done, unproven: no login")
  }

  @Test @LoopActor func aRateLimitIsWaitedForAndThenUnknown() async throws {
    let bench = Bench()
    bench.runtime.says["canary"] = { _ in
      [.probe("probe.backend.canary", .nodata, "429 rate limited", .rateLimited)]
    }
    #expect(
      bench.verdict(try await bench.restart("backend")) == "unknown: started, but canary 429 rate limited"
    )
  }

  @Test @LoopActor func aServiceWithoutAnyCheckIsDoneUnproven() async throws {
    let bench = Bench()
    bench.runtime.tells = { since in .success([.sample("grafana", life: since == nil ? "1" : "2")]) }
    let last = try await bench.restart("grafana")
    #expect(
      bench.verdict(last) == "done, unproven: nothing to prove it by; same start time 10 s later"
    )
  }

  @Test @LoopActor func aHealthCheckProvesWhatHasNoProbe() async throws {
    let bench = Bench()
    bench.runtime.tells = { since in
      let health: ServiceReading.Health = (since ?? 9) < 6 ? .starting : .healthy
      return .success([.sample("frontend", life: since == nil ? "1" : "2", health: health)])
    }
    #expect(bench.verdict(try await bench.restart("frontend")).hasPrefix("done, recovered in 6."))
  }

  @Test @LoopActor func aDependentServiceThatStaysDownIsNamedAndOffered() async throws {
    let bench = Bench()
    bench.then = ["backend"]
    bench.runtime.says["canary"] = { since in
      [.probe("probe.backend.canary", since == nil ? .ok : .crit, "HTTP 500")]
    }
    let last = try await bench.restart("postgres")
    #expect(bench.verdict(last) == "failed: postgres is back, not recovered: backend: canary HTTP 500")
    guard case .ended(let verdict) = last else { return }
    #expect(verdict.next?.action == RestartService.descriptor.id && verdict.next?.target.name == "backend")
    #expect(bench.events.contains { if case .then = $0 { true } else { false } })
    #expect(bench.clock.seconds < 36)
  }

  @Test @LoopActor func dependentServicesThatRecoverMakeItDone() async throws {
    let bench = Bench()
    bench.then = ["backend"]
    #expect(bench.verdict(try await bench.restart("postgres")).hasPrefix("done, recovered in"))
  }

  @Test @LoopActor func aWorkerIsProvenByItsConsumers() async throws {
    let bench = Bench()
    let consumers: FactName = "queue.celery.consumers"
    func told(_ count: Double) -> Observation {
      Observation(consumers, .number(count), origin: Origin(source: "rabbitmq", query: ""))
    }
    let queues = QueuesSnapshot(vhost: "v", mainQueue: "celery", queues: [])
    let now = bench.clock.now()
    bench.world.apply(
      SourceReport(
        source: "rabbitmq",
        startedAt: now,
        endedAt: now,
        result: .success(SourceReading([told(4)], snapshots: [queues]))
      )
    )
    bench.runtime.tells = { since in
      .success([.sample("celery-worker", life: since == nil ? "1" : "2", health: .healthy)])
    }
    // What the broker counted in the last five seconds may be of the old life: only then three samples count.
    bench.runtime.says["rabbitmq"] = { since in [told((since ?? 9) < 6 ? 0 : 4)] }
    let last = try await bench.restart("celery-worker")
    #expect(bench.verdict(last).hasPrefix("done, recovered in 8."))
    bench.runtime.says["rabbitmq"] = { _ in [told(3)] }
    bench.runtime.tells = { _ in
      .success([.sample("celery-worker", life: "\(bench.runtime.restarts.count)", health: .healthy)])
    }
    #expect(
      bench.verdict(try await bench.restart("celery-worker"))
        == "failed: starts, but after 90 s: consumers ≥ 4 is 3, 4 wanted"
    )
  }

  /// The engine's own check has a word where there are probes, too.
  @Test(arguments: [
    (ServiceReading.Health.healthy, "done, recovered in"), (.none, "done, recovered in"),
    (.unhealthy, "unhealthy"), (.starting, "health check"),
  ])
  @LoopActor func whatTheEngineCallsUnhealthyIsNotRecovered(
    health: ServiceReading.Health,
    words: String
  ) async throws {
    func bench(_ name: String) -> Bench {
      let bench = Bench()
      bench.runtime.tells = { since in
        .success(
          ["postgres", "backend"].map { service in
            let life = service == "postgres" && since != nil ? "2" : "1"
            return .sample(service, life: life, health: service == name && since != nil ? health : .none)
          }
        )
      }
      return bench
    }
    let target = bench("postgres")
    let own = target.verdict(try await target.restart("postgres"))
    #expect(own.contains(words), "\(own)")
    let dependent = bench("backend")
    dependent.then = ["backend"]
    let then = dependent.verdict(try await dependent.restart("postgres"))
    #expect(then.contains(words), "\(then)")
  }

  /// Whoever was up before the act is not what was restarted by it.
  @Test(arguments: [(nil, true), (0, true), (432_000, false)] as [(Int?, Bool)])
  @LoopActor func anAnswerOfAServerThatWasUpBeforeProvesNoRestart(uptime: Int?, isDone: Bool) async throws {
    let bench = Bench()
    bench.runtime.reports["pg"] = { now in
      var reading = SourceReading([.probe("probe.postgres.postgres", .ok)])
      reading.uptime = uptime.map { .seconds($0) }
      return SourceReport(source: "pg", startedAt: now, endedAt: now, result: .success(reading))
    }
    let verdict = bench.verdict(try await bench.restart("postgres"))
    #expect(verdict.hasPrefix(isDone ? "done, recovered" : "failed: "), "\(verdict)")
    #expect(isDone || verdict.contains("up 5d"), "\(verdict)")
  }

  @Test @LoopActor func whatIsBackAndNotWellIsSaid() async throws {
    let bench = Bench()
    bench.runtime.says["pg"] = { _ in
      [
        Observation(
          "probe.postgres.postgres",
          .flag(true),
          state: .warn,
          word: "2 of 5 down: api",
          origin: Origin(source: "pg", query: "")
        )
      ]
    }
    let verdict = bench.verdict(try await bench.restart("postgres"))
    #expect(
      verdict.hasPrefix("done, recovered in") && verdict.hasSuffix(", postgres 2 of 5 down: api"),
      "\(verdict)"
    )
  }

  /// A Redis that answers PING and copies from nobody, or says what is not `up` of itself.
  @Test(arguments: [
    (FactState.crit, "loading its data", "failed: starts and answers, but state loading its data for 90 s"),
    (.warn, "its master's link is down", "unknown: started, but state its master's link is down"),
    (.error, "whether it is loading is not told", "unknown: started, but state whether it is loading"),
    (.ok, "PONG", "done, recovered in"),
  ])
  @LoopActor func whatAnswersAndIsNotReadyIsNotRecovered(
    state: FactState,
    word: String,
    words: String
  ) async throws {
    let bench = Bench()
    bench.backendProbes = [
      .init("redis", "probe.backend.redis", source: "api"), .init("state", "redis.state", source: "canary"),
    ]
    bench.runtime.says["api"] = { _ in [.probe("probe.backend.redis", .ok)] }
    bench.runtime.says["canary"] = { _ in
      [
        Observation(
          "redis.state",
          .text("up"),
          state: state,
          word: word,
          origin: Origin(source: "", query: "")
        )
      ]
    }
    let verdict = bench.verdict(try await bench.restart("backend"))
    #expect(verdict.hasPrefix(words), "\(verdict)")
  }

  @Test @LoopActor func everyContainerOfADependentMustBeBack() async throws {
    let bench = Bench()
    bench.then = ["backend"]
    bench.backendProbes = []
    bench.runtime.tells = { since in
      let all: [ServiceReading] = [
        .sample("postgres", life: since == nil ? "1" : "2"),
        .sample("backend", id: "b1", health: .healthy, checkedAt: 1e6),
        .sample("backend", id: "b2", health: .healthy, checkedAt: 1e6),
      ]
      return .success(since == nil ? all : all.dropLast())
    }
    #expect(
      bench.verdict(try await bench.restart("postgres"))
        == "failed: postgres is back, not recovered: backend: runs 1 of 2 there"
    )
  }

  /// The same start in other words, an older one, one that lies ahead, and another container's that ran already.
  @Test(arguments: [("1", -100.0), ("1", -5_000), ("1", 1e6), ("2", -36_000)])
  @LoopActor func onlyALaterStartIsANewOne(id: String, begunAt: Double) async throws {
    let bench = Bench()
    bench.runtime.tells = { since in
      let old = ServiceReading.sample("redis", id: "1", life: "a", begunAt: -100, health: .healthy)
      let new = ServiceReading.sample("redis", id: id, life: "b", begunAt: begunAt, health: .healthy)
      return .success([since == nil ? old : new])
    }
    let verdict = bench.verdict(try await bench.restart("redis"))
    #expect(verdict.hasPrefix("unknown:"), "\(verdict)")
  }

  @Test @LoopActor func aLaterStartIsANewOneThoughClocksDifferALittle() async throws {
    let bench = Bench()
    bench.runtime.tells = { since in
      let begunAt: Double = since == nil ? -100 : -20
      return .success([
        .sample("redis", life: "\(begunAt)", begunAt: begunAt, health: .healthy, checkedAt: 10)
      ])
    }
    #expect(bench.verdict(try await bench.restart("redis")).hasPrefix("done, recovered"))
  }

  /// One that lies ahead of our clock may have been made before the act as well.
  @Test(arguments: [(-20.0, false), (26, true), (1e9, false)])
  @LoopActor func aHealthCheckFromBeforeTheActProvesNoDependent(checkedAt: Double, isProof: Bool) async throws
  {
    let bench = Bench()
    bench.then = ["web"]
    bench.runtime.tells = { since in
      .success([
        .sample("postgres", life: since == nil ? "1" : "2"),
        .sample("web", health: .healthy, checkedAt: (since ?? 0) > 25 ? checkedAt : -20),
      ])
    }
    let verdict = bench.verdict(try await bench.restart("postgres"))
    #expect(verdict.hasPrefix("done, recovered in 2") == isProof, "\(verdict)")
  }

  @Test @LoopActor func aGatewaysWordsSayNothingOfTheAct() async throws {
    for status in [502, 503, 504] {
      let bench = Bench()
      bench.runtime.restartFailure = SourceFailure(.status(status), at: "engine")
      let verdict = bench.verdict(try await bench.restart("postgres"))
      #expect(!verdict.hasPrefix("failed: the runtime said"), "\(status): \(verdict)")
    }
  }

  @Test @LoopActor func aReplyWithoutTheCountProvesNoWorker() async throws {
    let bench = Bench()
    bench.runtime.tells = { since in
      .success([.sample("celery-worker", life: since == nil ? "1" : "2", health: .healthy)])
    }
    // So a broker answers just after its start: the queue is there, and its numbers aren't.
    bench.runtime.says["rabbitmq"] = { _ in
      [Observation("queue.celery.consumers", nil, origin: Origin(source: "rabbitmq", query: ""))]
    }
    #expect(
      bench.verdict(try await bench.restart("celery-worker"))
        == "unknown: started, but consumers ≥ 1 no value"
    )
  }

  @Test @LoopActor func aFrozenWorkerBehindARestartedBrokerIsNeverCalledRecovered() async throws {
    let bench = Bench()
    bench.then = ["celery-worker"]
    bench.runtime.says["rabbitmq"] = { _ in
      [Observation("queue.celery.consumers", nil, origin: Origin(source: "rabbitmq", query: ""))]
    }
    bench.runtime.tells = { since in
      .success([.sample("postgres", life: since == nil ? "1" : "2"), .sample("celery-worker")])
    }
    #expect(
      bench.verdict(try await bench.restart("postgres"))
        == "unknown: postgres is back, not recovered: celery-worker: consumers ≥ 1 no value"
    )
  }

  @Test @LoopActor func aDependentThatNothingChecksLeavesItUnproven() async throws {
    let bench = Bench()
    bench.then = ["grafana"]
    bench.runtime.tells = { since in
      .success([.sample("postgres", life: since == nil ? "1" : "2"), .sample("grafana")])
    }
    #expect(bench.verdict(try await bench.restart("postgres")) == "done, unproven: nothing to prove it by")
  }

  @Test @LoopActor func aDependentThatWasUnwellBeforeIsToldApart() async throws {
    let bench = Bench()
    bench.then = ["backend"]
    bench.runtime.says["canary"] = { _ in [.probe("probe.backend.canary", .crit, "HTTP 500")] }
    let status = ServiceStatus(
      name: "backend",
      service: "backend",
      reading: .sample("backend"),
      state: .crit,
      word: "canary HTTP 500",
      detail: "",
      kind: .health,
      because: nil,
      probes: [],
      latency: nil
    )
    let now = bench.clock.now()
    bench.world.apply(
      SourceReport(
        source: "services",
        startedAt: now,
        endedAt: now,
        result: .success(
          SourceReading([], snapshots: [ServiceStatuses(runtime: "scripted", services: [status])])
        )
      )
    )
    #expect(
      bench.verdict(try await bench.restart("postgres"))
        == "failed: postgres is back, not recovered: backend: canary HTTP 500 "
        + "(before the restart: canary HTTP 500)"
    )
  }
}
