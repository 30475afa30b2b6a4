import DataSources
import Facts
import TestSupport
import Testing

@testable import Operations

@Suite struct TimelineTests {
  private let start = Moment(
    monotonic: MonotonicTime(nanoseconds: 0),
    wall: WallTime(secondsSince1970: 1_700_000_000)
  )
  private let anna = AuditAuthor(user: "anna", host: "box", process: 1)

  private func tell(_ world: inout World, _ source: String, _ snapshot: any Snapshot, at now: Moment) {
    let reading = SourceReading([], snapshots: [snapshot])
    world.apply(SourceReport(source: source, startedAt: now, endedAt: now, result: .success(reading)))
  }

  private func services(_ state: FactState, _ word: String) -> ServiceStatuses {
    let status = ServiceStatus(
      name: "postgres",
      service: "postgres",
      reading: nil,
      state: state,
      word: word,
      detail: "",
      kind: .health,
      because: nil,
      probes: [],
      latency: nil
    )
    return ServiceStatuses(runtime: "", services: [status])
  }

  @Test func actsOfAllConsolesAndWhatWasSeenAreMerged() {
    var timeline = Timeline(author: anna)
    var world = World()
    tell(&world, "services", services(.ok, "healthy"), at: start)
    #expect(timeline.advance(world, now: start).entries.isEmpty)
    tell(&world, "services", services(.crit, "refused"), at: start + .seconds(5))
    _ = timeline.advance(world, now: start + .seconds(5))
    var record = AuditRecord.sample(.end)
    record.time = start.wall + .seconds(9)
    record.reason = "recovered in 4 s"
    let other = AuditAuthor(user: "root", sudoUser: "ben", host: "desk", process: 2)
    let trail = AuditTrail(entries: [
      AuditEntry(sequence: 1, record: record, author: anna),
      AuditEntry(sequence: 2, record: record, author: other),
    ])
    tell(&world, "audit", trail, at: start + .seconds(9))
    let lines = timeline.advance(world, now: start + .seconds(9)).entries
    #expect(lines.map(\.who) == ["ben@desk", "you", ""])
    #expect(lines.first?.text == "restart postgres: done, recovered in 4 s")
    #expect(lines.last?.text == "postgres CRIT: refused")
    #expect(lines.last?.state == .crit)
  }

  @Test func whatOthersDidIsToldOnceAtItsTimeAsSeen() {
    var timeline = Timeline(author: anna)
    var world = World()
    func change(_ id: String, _ seconds: Double) -> RuntimeChange {
      let time = WallTime(secondsSince1970: 1_700_000_000 + seconds)
      return RuntimeChange(id: id, service: "backend", time: time, text: "backend was changed: \(id)")
    }
    tell(&world, "runtime", RuntimeChanges([change("a", -60), change("b", 1)]), at: start + .seconds(2))
    _ = timeline.advance(world, now: start + .seconds(2))
    tell(&world, "runtime", RuntimeChanges([change("b", 1), change("c", 3)]), at: start + .seconds(4))
    let entries = timeline.advance(world, now: start + .seconds(4)).entries
    #expect(entries.map(\.text.string) == ["c", "b", "a"].map { "seen: backend was changed: \($0)" })
    #expect(entries.allSatisfy { $0.kind == .change && $0.who.isEmpty && $0.subject == "backend" })
    #expect(entries.last?.time == WallTime(secondsSince1970: 1_700_000_000 - 60))
  }

  @Test func whatAServiceIsFoundToBeAfterTheStartIsNoEvent() {
    var timeline = Timeline(author: anna)
    var world = World()
    tell(&world, "services", services(.nodata, "starting"), at: start)
    _ = timeline.advance(world, now: start)
    tell(&world, "services", services(.ok, "healthy"), at: start + .seconds(1))
    #expect(timeline.advance(world, now: start + .seconds(1)).entries.isEmpty)
    tell(&world, "services", services(.nodata, "starting"), at: start + .seconds(2))
    let lines = timeline.advance(world, now: start + .seconds(2)).entries
    #expect(lines.map(\.text) == ["postgres NO DATA: starting"])
  }

  @Test func whatIsBadWhenItIsFirstSeenIsToldAsSuch() {
    var timeline = Timeline(author: anna)
    var world = World()
    tell(&world, "services", services(.crit, "refused"), at: start)
    _ = timeline.advance(world, now: start)
    tell(&world, "services", services(.ok, "healthy"), at: start + .seconds(1))
    let lines = timeline.advance(world, now: start + .seconds(1)).entries
    #expect(lines.map(\.text) == ["postgres OK: healthy", "postgres CRIT: refused, as found"])
  }

  @Test func aSourcesFailureAndItsEndAreToldOnce() {
    var timeline = Timeline(author: anna)
    var world = World()
    let failure = SourceFailure(.refused, at: "here")
    for second in [0, 5, 10] {
      let now = start + .seconds(second)
      world.apply(SourceReport(source: "redis", startedAt: now, endedAt: now, result: .failure(failure)))
      _ = timeline.advance(world, now: now)
    }
    let now = start + .seconds(15)
    world.apply(
      SourceReport(source: "redis", startedAt: now, endedAt: now, result: .success(SourceReading([])))
    )
    let lines = timeline.advance(world, now: now).entries
    #expect(lines.map(\.text) == ["source redis answers again", "source redis can't be read: refused"])
    #expect(lines.last?.time == start.wall)
  }

  private func told(
    _ source: String,
    _ second: Int,
    _ result: Result<[Observation], SourceFailure>
  ) -> SourceReport {
    let now = start + .seconds(second)
    return SourceReport(
      source: source,
      startedAt: now,
      endedAt: now,
      result: result.map { SourceReading($0) }
    )
  }

  @Test func aProbeThatAnswersNoIsNotWell() {
    var timeline = Timeline(author: anna)
    var world = World()
    let (no, yes) = (SourceVerdict(.crit, "timed out"), SourceVerdict(.ok, "passes"))
    for (second, verdict) in [nil, no, no, yes, yes].enumerated() {
      var report = told("probe.canary", second, .failure(SourceFailure(.timedOut, at: "here")))
      if let verdict { report.result = .success(SourceReading([], verdict: verdict)) }
      world.apply(report)
      _ = timeline.advance(world, now: start + .seconds(second))
    }
    let lines = timeline.advance(world, now: start + .seconds(9)).entries
    #expect(
      lines.map(\.text) == [
        "probe canary OK: passes", "probe canary CRIT: timed out", "probe canary can't be read: timed out",
      ]
    )
    #expect(lines.map(\.state) == [.ok, .crit, .error])
  }

  @Test func everyChangeOfAFactThatCountsIsTold() {
    var timeline = Timeline(author: anna)
    var world = World()
    func depth(_ name: FactName, _ depth: Double, _ state: FactState, _ word: String) -> Observation {
      let origin = Origin(source: "rabbitmq", query: "")
      return Observation(name, .number(depth), state: state, word: word, kind: .health, origin: origin)
    }
    let calm = depth("queue.depth", 12, .ok, "")
    let results: [Result<[Observation], SourceFailure>] = [
      .success([calm, depth("queue.default.depth", 3, .crit, "no consumers")]),
      .success([depth("queue.depth", 1_243, .crit, "> 1000"), depth("queue.default.depth", 0, .ok, "")]),
      .failure(SourceFailure(.refused, at: "here")),
      .success([calm, depth("queue.default.depth", 600, .warn, "> 500")]), .success([calm]),
    ]
    for (second, result) in results.enumerated() {
      let news = world.apply(told("rabbitmq", second, result))
      _ = timeline.advance(world, now: start + .seconds(second), news: news)
    }
    let lines = timeline.advance(world, now: start + .seconds(9)).entries
    #expect(
      lines.map(\.text) == [
        "queue default is gone", "main queue OK: 12 messages", "queue default WARN: 600 messages (> 500)",
        "source rabbitmq answers again", "source rabbitmq can't be read: refused",
        "main queue CRIT: 1,243 messages (> 1000)", "queue default OK: 0 messages",
        "queue default CRIT: 3 messages (no consumers), as found",
      ]
    )
    #expect(lines.first?.subject == "default")
    #expect(lines.map(\.kind).count { $0 == .fact } == 6)
  }

  private func observed(
    _ name: FactName,
    _ value: FactValue?,
    _ unit: FactUnit = .one,
    _ state: FactState,
    _ word: String = "",
    _ kind: FactKind = .health
  ) -> Observation {
    let origin = Origin(source: "source", query: "")
    return Observation(name, value, unit: unit, state: state, word: word, kind: kind, origin: origin)
  }

  /// What is told of the observations, poll by poll, the newest first.
  private func lines(_ polls: [[Observation]], _ snapshots: [any Snapshot] = []) -> [TimelineEntry] {
    var timeline = Timeline(author: anna)
    var world = World()
    var lines: [TimelineEntry] = []
    for (second, observations) in polls.enumerated() {
      var report = told("source", second, .success([]))
      report.result = .success(SourceReading(observations, snapshots: snapshots))
      world.apply(report)
      lines = timeline.advance(world, now: start + .seconds(second)).entries
    }
    return lines
  }

  @Test func factsAreToldInWordsAndNotByTheirNames() {
    let lines = lines([
      [
        observed("provider.latency", .number(6_100), .milliseconds, .warn, "p95 of 15 min"),
        observed("runs.success_rate_5m", .number(0.347), .one, .crit),
        observed("runs.attention", .number(37), .one, .warn),
        observed("validations.low_24h", .number(64), .one, .warn, "validation_results.confidence_score"),
        observed("rabbitmq.alarms", .number(1), .one, .crit, "memory alarm"),
        observed("postgres.connections", .number(95), .one, .warn, "95 of 100"),
        observed("queue.unreadable", .number(1), .one, .error, "an entry can't be read: messages_ready -5"),
        observed(FactName("queue", "a/b", "depth"), .number(1), .one, .crit, "no consumers"),
      ]
    ])
    #expect(
      Set(lines.map { $0.text.string.replacing(", as found", with: "") }) == [
        "provider WARN: 6.1 s (p95 of 15 min)", "pass rate CRIT: 34 %",
        "failed runs WARN: 37 need attention", "low scores WARN: 64",
        "rabbitmq alarms CRIT: 1 (memory alarm)", "postgres connections WARN: 95 of 100",
        "list of queues ERROR: an entry can't be read: messages_ready -5",
        "queue a/b CRIT: 1 message (no consumers)",
      ]
    )
    #expect(lines.allSatisfy { $0.isFirstSight })
  }

  @Test func queueThatIsOrphanedWhileItIsDeepIsTold() {
    let queues = QueuesSnapshot(vhost: "/", mainQueue: "celery", queues: [])
    func depth(_ depth: Double, _ state: FactState, _ word: String) -> [Observation] {
      [observed("queue.depth", .number(depth), .one, state, word)]
    }
    let polls = [
      depth(3, .ok, ""), depth(1_200, .crit, "> 1000, 12 other queues are not shown"),
      depth(1_400, .crit, "> 1000, 13 other queues are not shown"), depth(1_500, .crit, "no consumers"),
      depth(1_400, .crit, "no consumers"), depth(2, .ok, ""),
    ]
    let told = lines(polls, [queues])
    #expect(
      told.map(\.text) == [
        "queue celery OK: 2 messages", "queue celery CRIT: 1,500 messages (no consumers)",
        "queue celery CRIT: 1,200 messages (> 1000, 12 other queues are not shown)",
      ]
    )
    #expect(Set(told.map(\.subject)) == ["celery"])
  }

  @Test func factThatCanNotBeReadWhileItsSourceAnswersIsTold() {
    let polls = [
      [observed("runs.attention", .number(0), .one, .ok)],
      [observed("runs.attention", nil, .one, .error, "42501 permission denied")],
      [observed("runs.attention", .number(0), .one, .ok)],
    ]
    #expect(
      lines(polls).map(\.text) == [
        "failed runs OK: none needs attention", "failed runs ERROR: 42501 permission denied",
      ]
    )
  }

  @Test func slowProviderThatIsNoLongerAskedIsNotMended() {
    let polls = [
      [observed("provider.latency", .number(6_100), .milliseconds, .warn, "p95 of 15 min")],
      [observed("provider.latency", nil, .milliseconds, .nodata, "no steps in 15 min", .info)],
    ]
    #expect(lines(polls).first?.text == "provider counts no more: no steps in 15 min")
    #expect(lines(polls).first?.state == .nodata)
  }

  @Test func agesOfActsDoNotFollowAClockThatIsSetBack() {
    var timeline = Timeline(author: anna)
    var world = World()
    var record = AuditRecord.sample(.end)
    record.time = start.wall - .seconds(3)
    let first = AuditEntry(sequence: 1, record: record, author: anna)
    tell(&world, "audit", AuditTrail(entries: [first]), at: start)
    #expect(
      timeline.advance(world, now: start).entries.first?.at == start.monotonic - .seconds(7),
      "by its begin"
    )
    // Two minutes later the clock has been set back by an hour, and a console that didn't see it has acted.
    let later = Moment(
      monotonic: start.monotonic + .seconds(120),
      wall: start.wall - .seconds(3_600) + .seconds(120)
    )
    let second = AuditEntry(sequence: 2, record: record, author: anna)
    tell(&world, "audit", AuditTrail(entries: [first, second]), at: later)
    let entries = timeline.advance(world, now: later).entries
    #expect(entries.map(\.at) == [nil, start.monotonic - .seconds(7)])
    #expect(timeline.advance(world, now: later).ownActs["postgres"]?.id == "act 2")
  }

  @Test func theTimelineIsBounded() {
    var timeline = Timeline(author: anna, limit: 10)
    var world = World()
    for step in 0..<50 {
      let now = start + .seconds(step)
      tell(&world, "services", services(step % 2 == 0 ? .crit : .ok, "word \(step)"), at: now)
      _ = timeline.advance(world, now: now)
    }
    let lines = timeline.advance(world, now: start + .seconds(50)).entries
    #expect(lines.count == 10)
    #expect(lines.first?.text == "postgres OK: word 49")
  }

  /// Entries of many consoles, whose clocks differ, and changes seen in between.
  @Test func linesAreMergedAsIfAllWereSorted() {
    var generator = SeededGenerator(state: 9)
    var timeline = Timeline(author: anna, limit: 60)
    var world = World()
    var entries: [AuditEntry] = []
    for step in 0..<80 {
      let now = start + .seconds(step)
      if Bool.random(using: &generator) {
        var record = AuditRecord.sample(.begin)
        record.time = now.wall + .seconds(Int.random(in: -20...2, using: &generator))
        entries.append(AuditEntry(sequence: entries.count + 1, record: record, author: anna))
        tell(&world, "audit", AuditTrail(entries: Array(entries.suffix(40))), at: now)
      } else {
        let state = FactState.allCases.randomElement(using: &generator) ?? .ok
        tell(&world, "services", services(state, "word \(step)"), at: now)
      }
      let lines = timeline.advance(world, now: now).entries
      #expect(lines.map(\.time) == lines.map(\.time).sorted(by: >))
      #expect(Set(lines.map(\.id)).count == lines.count)
      let shown = lines.count { $0.kind == .act }
      #expect(lines.count == 60 || shown == min(40, entries.count))
    }
    let seen = timeline.advance(world, now: start + .seconds(80)).entries
    #expect(timeline.advance(world, now: start + .seconds(81)).entries == seen)
  }
}
