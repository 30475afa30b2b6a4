import DataSources
import Facts
import Operations
import Testing

@Suite struct AlertEngineTests {
  private let start = Moment(
    monotonic: MonotonicTime(nanoseconds: 0),
    wall: WallTime(secondsSince1970: 1_700_000_000)
  )

  /// Tells a depth (nil: the source fails) at each time and returns what the alerts did.
  private func run(
    _ engine: inout AlertEngine,
    _ world: inout World,
    from begin: Int = 0,
    _ depths: [Double?]
  ) -> (last: AlertsSnapshot?, events: [String]) {
    var events: [String] = []
    var last: AlertsSnapshot?
    for (step, depth) in depths.enumerated() {
      let second = begin + step * 5
      let now = start + .seconds(second)
      let result: Result<SourceReading, SourceFailure> =
        depth.map { depth in
          let origin = Origin(source: "rabbitmq", query: "")
          return .success(SourceReading([Observation("queue.depth", .number(depth), origin: origin)]))
        } ?? .failure(SourceFailure(.refused, at: "here"))
      if step == 0, begin == 0 {
        world.introduce(source: "rabbitmq", interval: .seconds(5), declares: [])
      }
      world.apply(SourceReport(source: "rabbitmq", startedAt: now, endedAt: now, result: result))
      let advanced = engine.advance(world, now: now)
      last = advanced.snapshot
      for event in advanced.events {
        let word =
          switch event.transition {
          case .pending: "pending"
          case .fired: "fired"
          case .cancelled: "cancelled"
          case .lost: "lost"
          case .notSeen: "not seen"
          case .seenAgain: "seen again"
          case .resolved: "resolved"
          }
        events.append("\(second) \(event.name) \(word)")
      }
    }
    return (last, events)
  }

  @Test func theRunbooksThresholdsFireAfterTheirTimes() {
    var engine = AlertEngine()
    var world = World()
    let depths = [Double?](repeating: 1_243, count: 61)
    let (last, events) = run(&engine, &world, depths)
    #expect(
      events == [
        "0 queue-critical pending", "0 queue-warning pending", "120 queue-critical fired",
        "300 queue-warning fired",
      ]
    )
    #expect(last?.firing.map(\.name) == ["queue-critical", "queue-warning"])
    #expect(last?.worst == .crit)
    #expect(last?.alerts.first?.value == "1,243")
  }

  @Test func aPendingAlertShowsHowFarItIs() {
    var engine = AlertEngine()
    var world = World()
    let (last, _) = run(&engine, &world, [1_243, 1_243, 1_243])
    #expect(last?.alerts.first?.state == .pending)
    #expect(last?.alerts.first?.word == "0:10 of 2:00")
    #expect(last?.worst == .warn)
  }

  @Test func aDepthThatFallsInTimeNeverFires() {
    var engine = AlertEngine()
    var world = World()
    let depths = [Double?](repeating: 1_243, count: 20) + [12]
    let (last, events) = run(&engine, &world, depths)
    #expect(events.suffix(2) == ["100 queue-critical cancelled", "100 queue-warning cancelled"])
    #expect(last?.alerts.map(\.state) == [.inactive, .inactive])
  }

  @Test func unknownNeverResolves() {
    var engine = AlertEngine()
    var world = World()
    _ = run(&engine, &world, [Double?](repeating: 1_243, count: 30))
    let (last, events) = run(&engine, &world, from: 150, [Double?](repeating: nil, count: 8))
    let critical = last?.alerts.first
    #expect(events == ["160 queue-critical not seen", "160 queue-warning lost"])
    #expect(critical?.state == .firing)
    #expect(critical?.unknownReason == "queue.depth refused")
    #expect(critical?.notSeenFor == .seconds(40))
  }

  @Test func firingResolvesBelowItsClearLineOnly() {
    var engine = AlertEngine()
    var world = World()
    _ = run(&engine, &world, [Double?](repeating: 1_243, count: 30))
    let (_, above) = run(&engine, &world, from: 150, [950, 950])
    #expect(above.isEmpty)
    let (last, below) = run(&engine, &world, from: 160, [899])
    #expect(below == ["160 queue-critical resolved"])
    #expect(last?.alerts.first { $0.name == "queue-critical" }?.state == .resolved)
  }

  @Test func aRuleIsEvaluatedWhenThereIsNewsOfWhatItReads() {
    var engine = AlertEngine([AlertSettings(name: "deep", when: "queue.depth > 500")])
    var world = World()
    _ = run(&engine, &world, [10])
    let origin = Origin(source: "rabbitmq", query: "")
    let reading = SourceReading([Observation("queue.depth", .number(900), origin: origin)])
    let now = start + .milliseconds(300)
    let news = world.apply(
      SourceReport(source: "rabbitmq", startedAt: now, endedAt: now, result: .success(reading))
    )
    #expect(engine.advance(world, now: now, news: ["redis.memory"]).events.isEmpty)
    #expect(engine.advance(world, now: now, news: news).snapshot.alerts.map(\.state) == [.firing])
  }

  @Test func whatWasResolvedIsNotKnownToBeOverStill() throws {
    var engine = AlertEngine([AlertSettings(name: "deep", when: "queue.depth > 500")])
    var world = World()
    let (resolved, _) = run(&engine, &world, [900, 10])
    #expect(resolved?.alerts.first?.state == .resolved)
    let (frozen, events) = run(&engine, &world, from: 10, [nil])
    let alert = try #require(frozen?.alerts.first)
    #expect(events.isEmpty)
    #expect(alert.state == .unknown)
    #expect(alert.factState == .nodata)
    #expect(alert.word == "NO DATA queue.depth refused, not seen for 5s")
    let (back, _) = run(&engine, &world, from: 15, [11])
    #expect(back?.alerts.first?.state == .resolved)
  }

  @Test func aRuleThatCanNotBeReadIsTold() {
    var engine = AlertEngine([AlertSettings(name: "bad", when: "queue.depth >> 1")])
    let (snapshot, events) = engine.advance(World(), now: start)
    #expect(events.isEmpty)
    #expect(snapshot.unreadable.count == 1)
    #expect(snapshot.unreadable.first?.string.hasPrefix("bad: ") == true)
  }

  @Test func anAlertOverAMissingFactIsUnknownNotOk() {
    var engine = AlertEngine()
    let (snapshot, _) = engine.advance(World(), now: start)
    #expect(snapshot.alerts.map(\.state) == [.unknown, .unknown])
    #expect(snapshot.alerts.first?.unknownReason == "no such fact: queue.depth")
  }
}
