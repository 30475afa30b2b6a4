import DataSources
import Facts
import TestSupport
import Testing

@testable import Operations

@Suite struct MonitorTests {
  private let start = Moment(
    monotonic: MonotonicTime(nanoseconds: 0),
    wall: WallTime(secondsSince1970: 1_700_000_000)
  )

  private func monitor(_ profiles: [ServiceProfile] = []) -> Monitor {
    var monitor = Monitor(
      assessor: ServiceAssessor(profiles: profiles),
      alerts: [],
      author: AuditAuthor(user: "anna", host: "box", process: 1)
    )
    monitor.introduce([
      SourceDescriptor(
        id: "runtime",
        kind: "runtime",
        address: "unix:/run/docker.sock",
        interval: .seconds(2),
        deadline: .seconds(2)
      )
    ])
    return monitor
  }

  private func report(_ source: String, after seconds: Int, _ reading: SourceReading) -> SourceReport {
    let now = start + .seconds(seconds)
    return SourceReport(source: source, startedAt: now, endedAt: now, result: .success(reading))
  }

  private func services(_ count: Int = 1) -> SourceReading {
    let services = (0..<count).map { number in
      ServiceReading(
        name: count == 1 ? "postgres" : "a-service-with-a-long-name-\(number)",
        instance: "p",
        identity: ServiceIdentity(id: "p\(number)", incarnation: "1"),
        state: .running,
        health: .healthy
      )
    }
    return SourceReading([], snapshots: [ServicesSnapshot(runtime: "compose x", services: services)])
  }

  private func depth(_ names: String...) -> SourceReading {
    SourceReading(
      names.map {
        Observation(
          FactName("queue", $0, "depth"),
          .number(1),
          origin: Origin(source: "rabbitmq", query: ""),
          isDrawn: true
        )
      }
    )
  }

  @Test func whatIsUsedIsKeptOverTimeAndIsUnknownOnceNobodyMeasuresIt() throws {
    var monitor = monitor()
    let cpu: FactName = "service.worker.cpu"
    let origin = Origin(source: "runtime", query: "")
    let readings = ["a", "b"].map { id in
      ServiceReading(
        name: "worker",
        instance: id,
        identity: ServiceIdentity(id: id, incarnation: "1"),
        state: .running
      )
    }
    let usage = ["a": ServiceUsage(cpu: 5, memory: 100), "b": ServiceUsage(memory: 7, gap: "first sample")]
    for (second, share) in [(0, nil), (2, 5.0)] as [(Int, Double?)] {
      let told = Observation(cpu, share.map(FactValue.number), unit: .percent, origin: origin, isDrawn: true)
      let snapshot = ServicesSnapshot(runtime: "compose x", services: readings, usage: usage)
      monitor.apply(report("runtime", after: second, SourceReading([told], snapshots: [snapshot])))
    }
    #expect(monitor.history[cpu]?.samples.map(\.value) == [nil, 5])
    let statuses = try #require(monitor.services?.services)
    #expect(statuses.map(\.name) == ["worker 1", "worker 2"])
    #expect(statuses.map(\.cpu) == [5, nil], "each container has its own")
    #expect(statuses.map(\.memory) == [100, 7])
    #expect(monitor.worst(at: (start + .seconds(2)).monotonic) == .nodata, "it counts for nothing")
    let unwatched = ServicesSnapshot(runtime: "compose x", services: readings)
    monitor.apply(report("runtime", after: 4, SourceReading([], snapshots: [unwatched])))
    #expect(monitor.world.facts.fact(cpu, at: (start + .seconds(4)).monotonic) == nil)
    #expect(monitor.services?.services.allSatisfy { $0.usage == nil } == true)
  }

  @Test func queuesThatComeAndGoLeaveNoHistoryForEver() {
    var monitor = monitor()
    for minute in 0..<600 {
      monitor.apply(report("rabbitmq", after: minute * 60, depth("celery", "reply-\(minute)")))
    }
    #expect(monitor.history.count < 40)
    #expect(monitor.history[FactName("queue", "celery", "depth")]?.count == 600)
    #expect(monitor.history[FactName("queue", "reply-595", "depth")] != nil)
  }

  @Test func onlyWhatIsDrawnOverTimeHasAHistory() {
    var monitor = monitor()
    let told: [FactName] = ["queue.depth", "queue.celery.consumers", "lag.topic"]
    let observations = told.map {
      Observation(
        $0,
        .number(1),
        origin: Origin(source: "x", query: ""),
        isDrawn: $0 != "queue.celery.consumers"
      )
    }
    monitor.apply(report("x", after: 0, SourceReading(observations)))
    #expect(monitor.history.keys.sorted() == ["lag.topic", "queue.depth"])
  }

  @Test func aRuntimeThatFailsLeavesNoServiceWell() throws {
    var monitor = monitor()
    monitor.apply(report("runtime", after: 0, services()))
    #expect(monitor.worst(at: start.monotonic) == .ok)
    let later = start + .seconds(2)
    let failure = SourceFailure(.refused, at: "unix:/run/docker.sock")
    monitor.apply(
      SourceReport(source: "runtime", startedAt: later, endedAt: later, result: .failure(failure))
    )
    let fact = try #require(monitor.world.facts.fact("service.postgres.state", at: later.monotonic))
    #expect(fact.state == .error)
    #expect(fact.word == "refused")
    #expect(monitor.worst(at: later.monotonic) == .error)
  }

  @Test func whatFollowsIsKeptUntilSomethingElseChanges() throws {
    var monitor = monitor()
    #expect(monitor.derived == nil)
    monitor.apply(report("runtime", after: 0, services()))
    let kept = try #require(monitor.derived)
    #expect(kept.health == Health(monitor.world, at: start.monotonic) && kept.health.worst == .ok)
    #expect(kept.services.entries.map(\.status.name) == ["postgres"])
    // What was so then is not so for ever.
    #expect(monitor.worst(at: (start + .seconds(60)).monotonic) == .stale)
    monitor.setPace(2)
    #expect(monitor.derived == nil)
    monitor.tick(at: start + .seconds(60))
    #expect(monitor.derived?.services.entries.map(\.state) == [.stale])
    monitor.introduce([])
    #expect(monitor.derived == nil)
  }

  @Test func aRuntimeThatIsSilentLeavesItsServicesStale() throws {
    var monitor = monitor()
    monitor.apply(report("runtime", after: 0, services()))
    for second in 1...60 { monitor.tick(at: start + .seconds(second)) }
    let now = (start + .seconds(60)).monotonic
    let fact = try #require(monitor.world.facts.fact("service.postgres.state", at: now))
    #expect(fact.state == .stale)
    #expect(fact.age(at: now) == .seconds(60))
  }

  @Test func oneReadingOfAServiceCountsOnceForAGate() throws {
    var monitor = monitor()
    monitor.apply(report("runtime", after: 1, services()))
    let gate = try Gate(parsing: "service.postgres.state is ok within 90s holding 3")
    var progress = GateProgress(gate, actEndedAt: start.monotonic)
    for second in 1...8 {
      let now = start + .seconds(second)
      monitor.tick(at: now)
      _ = progress.advance(FactView(monitor.world.facts, at: now.monotonic), now: now.monotonic)
    }
    #expect(progress.held == 1)
    for second in 10...12 {
      monitor.apply(report("runtime", after: second, services()))
      let now = (start + .seconds(second)).monotonic
      _ = progress.advance(FactView(monitor.world.facts, at: now), now: now)
    }
    #expect(progress.outcome == .passed)
  }

  @Test func conclusionsAreDrawnOnceATurnAndAreNoSources() {
    var monitor = monitor()
    monitor.apply(report("runtime", after: 0, services()))
    let before = monitor.world.version
    monitor.apply((1...5).map { report("rabbitmq", after: $0, depth("celery-\($0)")) })
    // Five reports, and once each services, alerts and timeline.
    #expect(monitor.world.version == before + 5 + 3)
    #expect(monitor.world.facts.sources.keys.sorted() == ["rabbitmq", "runtime"])
  }

  private func failure(
    _ source: String,
    from begin: Int,
    to end: Int,
    _ code: SourceFailure.Code = .timedOut
  ) -> SourceReport {
    SourceReport(
      source: source,
      startedAt: start + .seconds(begin),
      endedAt: start + .seconds(end),
      result: .failure(SourceFailure(code, at: source))
    )
  }

  @Test func aDeadServiceAndItsSourceCountOnce() {
    let redis = ServiceProfile(
      name: "redis",
      probes: [.init("redis", "probe.redis.redis", source: "probe.redis")],
      readers: ["redis"]
    )
    var monitor = monitor([redis])
    let origin = Origin(source: "redis", query: "INFO")
    let memory = ["redis.memory", "redis.slow"].map { (name: FactName) in
      Observation(name, .number(1), kind: .health, origin: origin)
    }
    monitor.apply(report("redis", after: 0, SourceReading(memory)))
    monitor.apply(report("probe.redis", after: 0, SourceReading([.probe("probe.redis.redis", .ok)])))
    #expect(monitor.health(at: start.monotonic).counts == [.ok: 3])
    monitor.apply([
      failure("redis", from: 2, to: 3, .refused),
      report("probe.redis", after: 3, SourceReading([.probe("probe.redis.redis", .crit, "refused")])),
    ])
    #expect(monitor.health(at: (start + .seconds(3)).monotonic).counts == [.crit: 1])
    monitor.apply(failure("prometheus", from: 3, to: 4, .unreadable))
    #expect(monitor.health(at: (start + .seconds(4)).monotonic).counts == [.crit: 1, .error: 1])
  }

  @Test func aSourceOfNothingThatCountsStillCountsWhenItFails() {
    var monitor = monitor()
    monitor.apply(report("runtime", after: 0, services()))
    monitor.apply(failure("prometheus", from: 0, to: 1, .unreadable))
    #expect(monitor.worst(at: (start + .seconds(1)).monotonic) == .error)
  }

  @Test func aRuntimeThatFailsFirstIsJudgedAtOnceHoweverSoonAfterAnother() throws {
    var monitor = Monitor(
      assessor: ServiceAssessor(
        profiles: [ServiceProfile(name: "web", isExpected: true)],
        runtime: "runtime"
      ),
      alerts: [],
      author: AuditAuthor(user: "anna", host: "box", process: 1)
    )
    let descriptor = SourceDescriptor(
      id: "runtime",
      kind: "runtime",
      address: "unix:/none",
      interval: .seconds(2),
      deadline: .seconds(2)
    )
    monitor.introduce([descriptor])
    monitor.apply(report("audit", after: 0, SourceReading([])))
    monitor.apply(failure("runtime", from: 0, to: 0, .refused))
    #expect(monitor.services?.service("web")?.word == "runtime refused")
    #expect(monitor.worst(at: start.monotonic) == .error)
  }

  @Test func aConsoleThatWasStoppedTellsOfItselfAlone() throws {
    let redis = ServiceProfile(
      name: "redis",
      probes: [.init("redis", "probe.redis.redis", source: "probe.redis")]
    )
    var monitor = monitor([redis])
    let passes = SourceReading([.probe("probe.redis.redis", .ok)])
    for second in 0...10 {
      monitor.apply([
        report("runtime", after: second, services()), report("probe.redis", after: second, passes),
        report("rabbitmq", after: second, depth("celery")),
      ])
      monitor.tick(at: start + .seconds(second))
    }
    // Stopped for a minute: what was under way ran into its deadlines meanwhile.
    monitor.takeStop(of: .seconds(60), at: start + .seconds(70))
    monitor.apply([failure("runtime", from: 10, to: 70), failure("rabbitmq", from: 10, to: 70)])
    monitor.tick(at: start + .seconds(70))
    let hung = SourceReading([.probe("probe.redis.redis", .crit, "timed out")])
    var lost = report("probe.redis", after: 70, hung)
    lost.startedAt = start + .seconds(10)
    monitor.apply(lost)
    for second in 71...90 {
      monitor.apply([
        report("runtime", after: second, services()), report("probe.redis", after: second, passes),
        report("rabbitmq", after: second, depth("celery")),
      ])
      monitor.tick(at: start + .seconds(second))
    }
    let lines = try #require(monitor.world.snapshot(TimelineSnapshot.self)).value.entries
    #expect(lines.map(\.text) == ["the console was stopped for 1m"])
  }

  @Test func whatIsStillSilentAfterAStopIsToldThen() throws {
    var monitor = monitor()
    let origin = Origin(source: "rabbitmq", query: "")
    let depth = SourceReading([Observation("queue.depth", .number(7), kind: .health, origin: origin)])
    for second in 0...10 {
      monitor.apply(report("rabbitmq", after: second, depth))
      monitor.tick(at: start + .seconds(second))
    }
    monitor.takeStop(of: .seconds(60), at: start + .seconds(70))
    for second in 70...90 { monitor.tick(at: start + .seconds(second)) }
    let lines = try #require(monitor.world.snapshot(TimelineSnapshot.self)).value.entries
    #expect(lines.map(\.text) == ["main queue STALE: 7 messages", "the console was stopped for 1m"])
    #expect(lines.first?.time == start.wall + .seconds(85))
  }

  @Test func threeThousandServicesAreJudgedInTime() {
    var monitor = monitor()
    let reading = report("runtime", after: 0, services(3_000))
    let took = processorTime { monitor.apply(reading) }
    #expect(took < .seconds(1))
  }
}
