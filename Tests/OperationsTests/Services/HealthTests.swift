import Facts
import Testing

@testable import Operations

/// What counts, and how it is said: one verdict for header, tabs, `status` and exit codes.
@Suite struct HealthTests {
  private static let now = MonotonicTime(nanoseconds: 1_000_000_000_000)

  private func fact(
    _ name: FactName,
    _ state: FactState,
    _ value: FactValue? = .number(1),
    source: String = "x",
    kind: FactKind = .health
  ) -> Observation {
    let origin = Origin(source: source, query: "")
    return Observation(name, value, state: state, word: state.word, kind: kind, origin: origin)
  }

  private func health(_ told: Observation..., failing: [String] = []) -> Health {
    var world = World()
    let moment = Moment(monotonic: Self.now, wall: WallTime(secondsSince1970: 1_700_000_000))
    for (source, observations) in Dictionary(grouping: told, by: \.origin.source) {
      let reading = SourceReading(observations)
      world.apply(
        SourceReport(source: source, startedAt: moment, endedAt: moment, result: .success(reading))
      )
      guard failing.contains(source) else { continue }
      let failure = SourceFailure(.refused, at: source)
      world.apply(
        SourceReport(source: source, startedAt: moment, endedAt: moment, result: .failure(failure))
      )
    }
    let judged = told.compactMap { observation -> ServiceStatus? in
      guard observation.name.segments.first == "service" else { return nil }
      var status = ServiceStatus(
        measure: Fact(
          name: observation.name,
          value: observation.value,
          state: observation.state,
          sampledAt: Self.now,
          origin: observation.origin
        )
      )
      status.service = observation.name.segments[1]
      return status
    }
    world.conclude(ServiceStatuses(runtime: "", services: judged), by: "services", at: Self.now)
    return Health(world, at: Self.now)
  }

  private func said(_ health: Health) -> [String] {
    health.phrases.map { "\($0.state.word) \($0.text)" }
  }

  @Test func resultsOfTestsAreHealth() {
    let health = health(
      fact("service.backend.state", .ok),
      fact("runs.attention", .warn, .number(41), source: "postgres"),
      fact("runs.success_rate_5m", .crit, .number(0.349), source: "postgres"),
      fact("validations.low_24h", .warn, .number(100), source: "postgres")
    )
    #expect(health.worst == .crit)
    #expect(said(health) == ["CRIT 34 % pass", "WARN 41 runs, 100 low scores", "OK 1 service"])
    #expect(health.state(.runs) == .crit)
    #expect(health.state(.validations) == .warn)
    #expect(health.state(.services) == .ok)
  }

  @Test func whatASecondSourceTellsCountsInItsPlaceAndNamesIt() {
    func second(_ name: FactName, _ state: FactState, _ value: FactValue, _ source: String) -> Observation {
      fact(name.qualified(by: source), state, value, source: source)
    }
    let health = health(
      fact("service.prometheus.state", .crit),
      fact("runs.attention", .warn, .number(41), source: "postgres"),
      second("runs.attention", .warn, .number(3), "orders"),
      second("validations.low_24h", .warn, .number(7), "orders"),
      second("queue.depth", .crit, .number(2_000), "mq2"),
      second("prom.targets_up", .warn, .number(1), "prom2")
    )
    #expect(
      said(health) == [
        "CRIT 1 of 1 service, 1 queue",
        "WARN prom2 prom targets_up, 41 runs, orders 3 runs, orders 7 low scores",
      ]
    )
    #expect(health.state(.runs) == .warn && health.state(.validations) == .warn)
    #expect(health.state(.queues) == .crit)
  }

  @Test func headerNamesWhatItCounts() {
    let health = health(
      fact("service.backend.state", .crit),
      fact("service.postgres.state", .ok),
      fact("service.redis.state", .nodata, nil),
      fact("queue.depth", .crit),
      fact("queue.default.depth", .ok),
      fact("postgres.connections", .warn, source: "postgres"),
      fact("provider.latency", .warn, .number(1), source: "postgres")
    )
    #expect(
      said(health)
        == [
          "CRIT 1 of 3 services, 1 of 2 queues", "NODATA 1 of 3 services",
          "WARN postgres connections, provider 1",
          "OK 1 service",
        ].map { $0.replacing("NODATA", with: FactState.nodata.word) }
    )
  }

  @Test func silentFactsOfADeadServiceCountWithIt() {
    let health = health(
      fact("service.redis.state", .crit),
      fact("redis.state", .ok, source: "redis"),
      fact("redis.memory", .ok, source: "redis"),
      failing: ["redis"]
    )
    #expect(health.counts == [.crit: 1])
    #expect(said(health) == ["CRIT 1 of 1 service"])
  }

  @Test func sourceThatFailsBesideAServiceThatSeemsWellCountsOnceAndIsFound() {
    let health = health(
      fact("service.redis.state", .ok),
      fact("redis.state", .ok, source: "redis"),
      fact("redis.memory", .ok, source: "redis"),
      failing: ["redis"]
    )
    #expect(health.counts == [.ok: 1, .error: 1])
    #expect(said(health) == ["ERROR source redis", "OK 1 service"])
    #expect(health.state(.services) == .error)
    #expect(health.measures.filter { $0.because == nil }.map(\.fact.name) == ["source.redis.state"])
  }

  @Test func valueBeyondItsLimitCountsBesideItsDeadService() {
    let health = health(
      fact("service.rabbitmq.state", .crit),
      fact("rabbitmq.alarms", .crit, source: "rabbitmq")
    )
    #expect(health.counts == [.crit: 2])
  }

  @Test func nothingKnownIsNotWell() {
    #expect(health().worst == .nodata)
    #expect(health().phrases.isEmpty)
    let unknown = health(fact("runs.attention", .ok, nil, source: "postgres"))
    #expect(unknown.worst == .nodata)
    #expect(said(unknown) == ["\(FactState.nodata.word) runs"])
  }

  @Test func informationNeverCounts() {
    let health = health(fact("service.a.state", .ok), fact("runs.stuck", .warn, kind: .info))
    #expect(health.worst == .ok)
  }
}
