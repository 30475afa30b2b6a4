import DataSources
import Facts
import Operations
import Testing

/// What a service is said to be, by whom it is known and what answers for it.
@Suite struct ServiceAssessorTests {
  private let now = Moment(
    monotonic: MonotonicTime(nanoseconds: 1_000_000_000),
    wall: WallTime(secondsSince1970: 1_700_000_000)
  )

  private func judged(
    _ readings: [ServiceReading]?,
    _ profile: ServiceProfile,
    _ observations: [Observation] = [],
    usage: [String: ServiceUsage] = [:]
  ) -> String? {
    var world = World()
    if let readings {
      let snapshot = ServicesSnapshot(runtime: "compose shop", services: readings, usage: usage)
      world.apply(report("runtime", SourceReading([], snapshots: [snapshot])))
    }
    world.apply(report("probe", SourceReading(observations)))
    let statuses = ServiceAssessor(profiles: [profile]).assess(world, at: now)
    return statuses?.service(profile.name).map { "\($0.state.rawValue) \($0.word) \($0.kind.rawValue)" }
  }

  private func report(_ source: String, _ reading: SourceReading) -> SourceReport {
    SourceReport(source: source, startedAt: now, endedAt: now, result: .success(reading))
  }

  private let needy = ServiceProfile(
    name: "web",
    needs: ["redis"],
    probes: [.init("redis", "probe.web.redis", source: "s", isOwn: false)],
    isExpected: true
  )

  @Test func whatItNeedsMakesNothingHealthy() {
    let passes = [Observation.probe("probe.web.redis", .ok)]
    #expect(judged([.sample("web")], needy, passes) == "nodata no check info")
    #expect(judged([.sample("web", health: .healthy)], needy, passes) == "ok healthy health")
    #expect(judged([.sample("other")], needy, passes) == "nodata not there health")
  }

  @Test func noOtherProbeSpeaksForTheFirst() {
    let web = ServiceProfile(
      name: "web",
      probes: [
        .init("liveness", "service.web.liveness", source: "l"),
        .init("canary", "probe.web.canary", source: "c"),
      ]
    )
    let told = [
      Observation.probe("service.web.liveness", .nodata, "429 rate limited", .rateLimited),
      Observation.probe("probe.web.canary", .ok),
    ]
    for health in [ServiceReading.Health.healthy, .none] {
      #expect(judged([.sample("web", health: health)], web, told) == "nodata 429 rate limited health")
    }
    // Nor does the first for another.
    let partly = [
      Observation.probe("service.web.liveness", .ok),
      Observation.probe("probe.web.canary", .error, "perhaps not all of it"),
    ]
    for health in [ServiceReading.Health.healthy, .none] {
      let judged = judged([.sample("web", health: health)], web, partly)
      #expect(judged == "error canary perhaps not all of it health")
    }
    // To have no login is meant; who has one speaks.
    let plain = [
      Observation.probe("service.web.liveness", .ok),
      Observation.probe("probe.web.canary", .nodata, "no login", .noLogin),
    ]
    #expect(judged([.sample("web")], web, plain) == "ok healthy health")
  }

  @Test func aSourceThatFailsBeforeItsFirstAnswerIsNotStarting() {
    let worker = ServiceProfile(
      name: "worker",
      probes: [.init("consumers", "queue.celery.consumers", source: "rabbitmq")],
      isExpected: true
    )
    func judged(_ failure: SourceFailure?) -> String? {
      var world = World()
      world.introduce(
        source: "rabbitmq",
        interval: .seconds(5),
        declares: [("queue.celery.consumers", .info, .one)]
      )
      if let failure {
        world.apply(SourceReport(source: "rabbitmq", startedAt: now, endedAt: now, result: .failure(failure)))
      }
      let snapshot = ServicesSnapshot(runtime: "compose shop", services: [.sample("worker")])
      world.apply(report("runtime", SourceReading([], snapshots: [snapshot])))
      let statuses = ServiceAssessor(profiles: [worker]).assess(world, at: now)
      return statuses?.service("worker").map { "\($0.state.rawValue) \($0.word) \($0.kind.rawValue)" }
    }
    #expect(judged(nil) == "nodata starting info")
    #expect(judged(SourceFailure(.refused, at: "localhost")) == "error refused health")
  }

  @Test func whatItNeedsStillMakesItCritical() {
    let fails = [Observation.probe("probe.web.redis", .crit, "refused")]
    #expect(judged([.sample("web")], needy, fails) == "crit refused health")
  }

  @Test func aWarningOfAProbeOfItsOwnIsItsWarning() {
    let web = ServiceProfile(
      name: "web",
      probes: [
        .init("liveness", "service.web.liveness", source: "l"),
        .init("canary", "probe.web.canary", source: "c"),
      ]
    )
    let refused = [
      Observation.probe("service.web.liveness", .ok),
      Observation.probe("probe.web.canary", .warn, "login refused"),
    ]
    for health in [ServiceReading.Health.healthy, .none] {
      #expect(judged([.sample("web", health: health)], web, refused) == "warn canary login refused health")
    }
    #expect(judged(nil, web, refused) == "warn canary login refused health")
    let needed = [Observation.probe("probe.web.redis", .warn, "login refused")]
    #expect(judged([.sample("web", health: .healthy)], needy, needed) == "ok healthy health")
  }

  @Test func whatTheRuntimeShouldKnowAndDoesNotIsToldOnceItAnswered() {
    let plain = ServiceProfile(name: "web", isExpected: true)
    #expect(judged([.sample("other")], plain) == "nodata not there health")
    #expect(judged(nil, plain) == nil)
    #expect(judged([.sample("other")], ServiceProfile(name: "web")) == nil)
  }

  @Test func aRuntimeThatNeverAnsweredHidesNoService() throws {
    var world = World()
    world.introduce(source: "runtime", interval: .seconds(2), declares: [])
    let assessor = ServiceAssessor(
      profiles: [ServiceProfile(name: "web", isExpected: true), ServiceProfile(name: "found")],
      runtime: "runtime"
    )
    #expect(assessor.assess(world, at: now) == nil)
    let failure = SourceFailure(.refused, at: "unix:/run/docker.sock")
    world.apply(SourceReport(source: "runtime", startedAt: now, endedAt: now, result: .failure(failure)))
    let statuses = try #require(assessor.assess(world, at: now))
    #expect(statuses.services.map(\.service) == ["web"])
    #expect(statuses.services.first?.state == .error)
    #expect(statuses.services.first?.word == "runtime refused")
    #expect(statuses.services.first?.kind == .health)
  }

  @Test func aStartInTheFutureIsNotStillStarting() {
    var reading = ServiceReading.sample("web", state: .starting)
    reading.startedAt = now.wall + .seconds(3_600)
    #expect(judged([reading], ServiceProfile(name: "web")) == "warn starting, clock changed health")
    reading.startedAt = now.wall - .seconds(5)
    #expect(judged([reading], ServiceProfile(name: "web")) == "nodata starting info")
  }

  /// Whoever stopped it: a service that handles its end exits with 0, too.
  @Test func whatExitedWellAndIsNotKnownToEndIsNotDone() {
    var ended = ServiceReading.sample("web", state: .exited(code: 0))
    #expect(judged([ended], ServiceProfile(name: "web")) == "warn exited 0 health")
    #expect(judged([ended], ServiceProfile(name: "web", isOneShot: false)) == "crit exited 0 health")
    #expect(judged([ended], ServiceProfile(name: "web", isOneShot: true)) == "ok done health")
    ended.isOneShot = false
    #expect(judged([ended], ServiceProfile(name: "web")) == "crit exited 0 health")
    ended.state = .exited(code: 1)
    ended.isOneShot = true
    #expect(judged([ended], ServiceProfile(name: "web")) == "crit exited 1 health")
  }

  @Test func whatLooksDoneIsNeitherWellNorAWarning() {
    var ended = ServiceReading.sample("web", state: .exited(code: 0))
    ended.looksDone = true
    #expect(judged([ended], ServiceProfile(name: "web")) == "nodata exited 0 info")
  }

  /// A worker is well if its work goes on: that it is there says nothing.
  @Test func aWorkerWhoseWorkIsNotKnownIsNotWell() {
    let profile = ServiceProfile(
      name: "worker",
      probes: [
        .init("consumers", "probe.consumers", source: "s"),
        .init("queue", "probe.queue", source: "s", progress: .init(done: "acked", left: "queue.depth")),
      ]
    )
    var reading = ServiceReading.sample("worker")
    let origin = Origin(source: "s", query: "q")
    func judged(_ queue: Observation, left: Double?) -> String? {
      var observations = [Observation.probe("probe.consumers", .ok, "1"), queue]
      if let left { observations.append(Observation("queue.depth", .number(left), origin: origin)) }
      return self.judged([reading], profile, observations)
    }
    let starting = Observation("probe.queue", nil, state: .nodata, absence: .starting, origin: origin)
    reading.startedAt = now.wall - .seconds(3_600)
    #expect(judged(starting, left: 50) == "nodata not seen to work yet health")
    #expect(judged(starting, left: 0) == "nodata starting info")
    #expect(judged(starting, left: nil) == "nodata starting info")
    reading.startedAt = now.wall - .seconds(5)
    #expect(judged(starting, left: 50) == "nodata starting info")
    let held = Observation("probe.queue", nil, state: .nodata, word: "40 unacked", origin: origin)
    #expect(judged(held, left: 40) == "nodata queue 40 unacked info")
    let contradiction = Observation("probe.queue", nil, state: .error, word: "unreadable", origin: origin)
    #expect(judged(contradiction, left: 0) == "error queue unreadable health")
    #expect(judged(.probe("probe.queue", .ok, "works"), left: 50) == "ok healthy health")
  }

  @Test func whatIsCheckedIsNeverDone() {
    var ended = ServiceReading.sample("web", state: .exited(code: 0))
    ended.isOneShot = true
    #expect(judged([ended], ServiceProfile(name: "web")) == "ok done health")
    let own = ServiceProfile(name: "web", probes: [.init("liveness", "probe.web.liveness", source: "s")])
    #expect(
      judged([ended], own, [.probe("probe.web.liveness", .crit, "refused")]) == "crit refused health"
    )
    #expect(judged([ended], own) == "crit exited 0 health")
  }

  @Test func whatHasNotAnsweredYetMakesNothingHealthy() {
    let profile = ServiceProfile(
      name: "web",
      probes: [
        .init("liveness", "probe.web.liveness", source: "s"),
        .init("canary", "probe.web.canary", source: "s"),
      ]
    )
    let live = Observation.probe("probe.web.liveness", .ok)
    #expect(judged([.sample("web")], profile, [live]) == "nodata starting info")
    #expect(
      judged([.sample("web")], profile, [live, .probe("probe.web.canary", .ok)]) == "ok healthy health"
    )
    #expect(
      judged([.sample("web")], profile, [live, .probe("probe.web.canary", .crit, "timed out")])
        == "crit canary timed out health"
    )
  }

  @Test func aCircleOfNeedsExplainsNothingAway() {
    let profiles = [("a", ["b"]), ("b", ["c"]), ("c", ["a"]), ("d", ["c"])].map {
      ServiceProfile(name: $0.0, needs: $0.1)
    }
    var world = World()
    let readings = ["a", "b", "c", "d"].map { ServiceReading.sample($0, state: .exited(code: 1)) }
    world.apply(
      report("runtime", SourceReading([], snapshots: [ServicesSnapshot(runtime: "r", services: readings)]))
    )
    let statuses = ServiceAssessor(profiles: profiles).assess(world, at: now)?.services ?? []
    #expect(statuses.map(\.because) == [nil, nil, nil, "c"])
    #expect(statuses.map(\.kind) == [.health, .health, .health, .info])
  }

  @Test func itsOwnProbeSpeaksWhereTheRuntimeIsSilent() {
    let own = ServiceProfile(name: "redis", probes: [.init("redis", "probe.redis.redis", source: "s")])
    #expect(judged(nil, own, [.probe("probe.redis.redis", .ok)]) == "ok answers health")
  }

  @Test func whatTheRuntimeTellsAndCantBeReadIsNotKnown() throws {
    let plain = ServiceProfile(name: "web")
    let unreadable = ServiceReading.sample("web", state: .unreadable("unreadable: Id is missing"))
    #expect(judged([unreadable], plain) == "error unreadable: Id is missing health")
    // What answers may be another one.
    let own = ServiceProfile(name: "web", probes: [.init("liveness", "probe.web.liveness", source: "s")])
    let answers = [Observation.probe("probe.web.liveness", .ok)]
    #expect(judged([unreadable], own, answers) == "error unreadable: Id is missing health")
    #expect(judged([.sample("web", state: .other("floating"))], plain) == "warn floating health")
  }

  @Test func aSignalIsSaidByItsName() {
    let plain = ServiceProfile(name: "web")
    for (code, word) in [
      (137, "killed by SIGKILL"), (143, "killed by SIGTERM"), (139, "killed by SIGSEGV"),
      (-1, "killed by a signal"),
      (128, "exited 128"), (145, "exited 145"), (255, "exited 255"), (1, "exited 1"),
      (Int.min, "exited \(Int.min)"),
    ] {
      #expect(judged([.sample("web", state: .exited(code: code))], plain) == "crit \(word) health")
    }
  }

  @Test(arguments: [
    (TargetsDown(names: [["web", "10.0.0.7"]], areAll: true), "ok healthy"),
    (TargetsDown(names: [["job", "web"]], areAll: true), "ok healthy"),
    (TargetsDown(names: [["web"], ["db"]], areAll: true), "warn targets 1 of 2 down"),
    (TargetsDown(names: [["web"]], areAll: false), "warn targets 1 of 2 down"),
    (TargetsDown(names: [], areAll: true), "warn targets 1 of 2 down"),
    (nil, "warn targets 1 of 2 down"),
  ])
  func targetsThatAreDownWithTheirServiceAreNoSecondProblem(down: TargetsDown?, told: String) {
    var world = World()
    let runs = [ServiceReading.sample("prometheus"), .sample("web", state: .stopped), .sample("db")]
    let snapshot = ServicesSnapshot(runtime: "compose shop", services: runs)
    world.apply(report("runtime", SourceReading([], snapshots: [snapshot])))
    var targets = Observation.probe("prom.targets", .ok)
    (targets.state, targets.word) = (.warn, "1 of 2 down")
    let probes = [Observation.probe("service.prometheus.liveness", .ok), targets]
    world.apply(report("prometheus", SourceReading(probes, snapshots: down.map { [$0] } ?? [])))
    let prometheus = ServiceProfile(
      name: "prometheus",
      probes: [
        .init("liveness", "service.prometheus.liveness", source: "prometheus"),
        .init("targets", "prom.targets", source: "prometheus"),
      ]
    )
    let status = ServiceAssessor(profiles: [prometheus]).assess(world, at: now)?.service("prometheus")
    #expect(status.map { "\($0.state.rawValue) \($0.word)" } == told)
    #expect(status?.passed == 1, "the probe tells what it sees all the same")
  }
}
