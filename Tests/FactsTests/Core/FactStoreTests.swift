import Facts
import TestSupport
import Testing

/// A store with one source `s` polled every 2 s, and the reports that move it.
private struct Fixture {
  var store = FactStore()
  static let start = Moment(
    monotonic: MonotonicTime(nanoseconds: 1_000_000_000_000),
    wall: WallTime(secondsSince1970: 1_800_000_000)
  )

  init() {
    store.introduce(
      source: "s",
      interval: .seconds(2),
      declares: [("queue.depth", .health, .one)]
    )
  }

  static func at(_ seconds: Double) -> Moment { start + .seconds(seconds) }

  mutating func answer(_ seconds: Double, _ facts: [FactName: FactValue?]) {
    let observations = facts.map {
      Observation($0.key, $0.value, origin: Origin(source: "s", query: "q"))
    }
    store.apply(
      SourceReport(
        source: "s",
        startedAt: Self.at(seconds),
        endedAt: Self.at(seconds + 0.1),
        result: .success(SourceReading(observations))
      )
    )
  }

  mutating func fail(_ seconds: Double, _ code: SourceFailure.Code) {
    store.apply(
      SourceReport(
        source: "s",
        startedAt: Self.at(seconds),
        endedAt: Self.at(seconds + 0.1),
        result: .failure(SourceFailure(code, at: "http://x"))
      )
    )
  }

  func depth(_ seconds: Double) -> Fact? {
    store.fact("queue.depth", at: Self.at(seconds).monotonic)
  }
}

@Suite struct FactStoreTests {
  @Test func declaredFactIsNoDataUntilItsSourceAnswers() {
    let fixture = Fixture()
    #expect(fixture.depth(0)?.state == .nodata)
    #expect(fixture.depth(0)?.word == "starting")
    #expect(fixture.depth(0)?.value == nil)
  }

  @Test func failureKeepsTheLastValueWithItsAge() throws {
    var fixture = Fixture()
    fixture.answer(0, ["queue.depth": .number(7)])
    fixture.fail(4, .refused)
    let fact = try #require(fixture.depth(5))
    #expect(fact.state == .error)
    #expect(fact.word == "refused")
    #expect(fact.value == .number(7))
    #expect(fact.knownValue == nil)
    #expect(fact.age(at: Fixture.at(5).monotonic) == .seconds(5))
  }

  @Test func firstFailureOfADeclaredFactIsAnErrorAndNotZero() throws {
    var fixture = Fixture()
    fixture.fail(0, .timedOut)
    let fact = try #require(fixture.depth(1))
    #expect(fact.state == .error)
    #expect(fact.value == nil)
  }

  @Test func sampleTurnsStaleAfterFifteenSecondsOrThreeIntervals() {
    var fixture = Fixture()
    fixture.answer(0, ["queue.depth": .number(7)])
    #expect(fixture.depth(15)?.state == .ok)
    #expect(fixture.depth(15.2)?.state == .stale)
    #expect(FactStore.staleAfter(.seconds(10)) == .seconds(30))
  }

  @Test func whatIsAskedForLessOftenIsStaleLater() {
    var fixture = Fixture()
    fixture.answer(0, ["queue.depth": .number(7)])
    let interval = fixture.store.sources["s"]?.interval ?? .zero
    fixture.store.setPace(16)
    #expect(fixture.store.sources["s"]?.interval == interval * 16)
    #expect(fixture.depth(47 * interval.seconds)?.state == .ok)
    #expect(fixture.depth(49 * interval.seconds)?.state == .stale)
    fixture.store.setPace(0.5)
    #expect(fixture.store.sources["s"]?.interval == interval)
  }

  @Test func nameThatTheSourceNoLongerTellsIsGone() {
    var fixture = Fixture()
    fixture.answer(0, ["queue.depth": .number(1), "queue.old.depth": .number(5)])
    fixture.answer(2, ["queue.depth": .number(1)])
    #expect(fixture.store.fact("queue.old.depth", at: Fixture.at(2).monotonic) == nil)
  }

  @Test func recoveryClearsTheFailureAndItsBeginning() {
    var fixture = Fixture()
    fixture.fail(0, .refused)
    fixture.fail(2, .refused)
    #expect(fixture.store.sources["s"]?.failingSince == Fixture.at(0))
    fixture.answer(4, ["queue.depth": .number(0)])
    #expect(fixture.store.sources["s"]?.failure == nil)
    #expect(fixture.store.sources["s"]?.failingSince == nil)
    #expect(fixture.depth(4)?.state == .ok)
  }

  private static func report(_ source: String, _ seconds: Double, _ names: [FactName]) -> SourceReport {
    let observations = names.map {
      Observation($0, .text(source), kind: .health, origin: Origin(source: source, query: ""))
    }
    let now = Fixture.at(seconds)
    return SourceReport(
      source: source,
      startedAt: now,
      endedAt: now,
      result: .success(SourceReading(observations))
    )
  }

  @Test func aNameStaysWithTheFirstOfTwoSourcesThatTellIt() {
    var store = FactStore()
    for source in ["first", "second"] { store.introduce(source: source, interval: .seconds(2), declares: []) }
    func owner() -> FactValue? { store.fact("queue.depth", at: Fixture.at(9).monotonic)?.value }
    store.apply(Self.report("second", 0, ["queue.depth"]))
    #expect(owner() == .text("second"))
    for second in 1...3 {
      store.apply(Self.report("first", Double(second), ["queue.depth"]))
      store.apply(Self.report("second", Double(second), ["queue.depth"]))
      #expect(owner() == .text("first"))
    }
    store.apply(Self.report("first", 4, []))
    #expect(owner() == nil)
    store.apply(Self.report("second", 5, ["queue.depth"]))
    #expect(owner() == .text("second"))
  }

  @Test func anIndexedSearchFindsWhatALookAtAllFinds() throws {
    var generator = SeededGenerator(state: 20)
    let words = ["queue", "service", "prom", "a", "b", "depth"]
    var store = FactStore()
    for second in 0..<40 {
      let names = (0..<Int.random(in: 0...30, using: &generator)).map { _ in
        FactName(
          segments: (0..<Int.random(in: 1...3, using: &generator)).compactMap { _ in
            words.randomElement(using: &generator)
          }
        )
      }
      let source = ["x", "y"].randomElement(using: &generator) ?? "x"
      store.apply(Self.report(source, Double(second), Array(Set(names))))
      let now = Fixture.at(Double(second)).monotonic
      let all = store.facts(at: now)
      #expect(all.map(\.name) == all.map(\.name).sorted())
      #expect(Set(store.health(at: now).map(\.name)) == Set(all.filter { $0.kind == .health }.map(\.name)))
      for text in ["queue.*", "*.a", "*.*.depth", "queue.a", "*", "service.b.*"] {
        let pattern = FactPattern(
          segments: text.split(separator: ".").map { $0 == "*" ? .anything : .exactly(String($0)) }
        )
        #expect(store.facts(matching: pattern, at: now) == all.filter { pattern.matches($0.name) })
      }
    }
  }

  @Test func aJudgementIsStaleWhenWhatItStandsOnIs() {
    var store = FactStore()
    store.introduce(source: "slow", interval: .seconds(10), declares: [])
    let origin = Origin(source: "judge", query: "")
    let judged = Observation(
      "service.x.state",
      .text("healthy"),
      kind: .health,
      origin: origin,
      sampledAt: Fixture.start.monotonic
    )
    store.conclude([judged], by: "judge", at: Fixture.at(29).monotonic)
    #expect(store.fact("service.x.state", at: Fixture.at(29).monotonic)?.state == .ok)
    #expect(store.fact("service.x.state", at: Fixture.at(31).monotonic)?.state == .stale)
    #expect(store.sources.keys.sorted() == ["slow"])
  }

  @Test func patternsSeeTheStateAndAgeOfSourcesToo() throws {
    var fixture = Fixture()
    fixture.fail(0, .refused)
    fixture.store.introduce(source: "fine", interval: .seconds(2), declares: [])
    fixture.store.apply(Self.report("fine", 0, []))
    let facts = FactView(fixture.store, at: Fixture.at(4).monotonic)
    func truth(_ condition: String) throws -> Truth { try Condition(parsing: condition).evaluate(facts) }
    for name in ["source.s.state", "source.fine.state", "source.fine.age"] {
      #expect(facts.fact(try FactName(parsing: name)) != nil)
    }
    #expect(try truth("any source.*.state is error") == .yes)
    #expect(try truth("all source.*.state is ok") == .no)
    #expect(try truth("count(source.*.state) == 2") == .yes)
    #expect(try truth("any *.fine.age > 3s") == .yes)
    #expect(try truth("max(source.*.age) > 3s") == .unknown)
    #expect(try truth("count(source.fine.*) == 2") == .yes)
  }

  @Test func aProbeThatAnswersNoIsASourceThatIsNotWell() throws {
    var store = FactStore()
    store.introduce(source: "probe", interval: .seconds(2), declares: [])
    #expect(store.sources["probe"]?.standing(at: Fixture.at(0).monotonic).state == .nodata)
    func say(_ verdict: SourceVerdict?, _ second: Double) throws -> (Fact, Bool) {
      let now = Fixture.at(second)
      let reading = SourceReading([], verdict: verdict)
      store.apply(SourceReport(source: "probe", startedAt: now, endedAt: now, result: .success(reading)))
      let view = FactView(store, at: now.monotonic)
      #expect(view.fact("source.probe.age")?.state == .ok)
      return (try #require(view.fact("source.probe.state")), try #require(store.sources["probe"]).isWell)
    }
    for (second, verdict) in [
      SourceVerdict(.crit, "timed out"), SourceVerdict(.warn, "login refused"), SourceVerdict(.ok, "passes"),
      SourceVerdict(.nodata, "no login"),
    ].enumerated() {
      let (fact, isWell) = try say(verdict, Double(second))
      #expect(fact.state == verdict.state)
      #expect(fact.word == verdict.word)
      // What it probes counts by itself.
      #expect(fact.kind == .info)
      #expect(isWell == [.ok, .nodata].contains(verdict.state))
    }
    let (fact, isWell) = try say(nil, 9)
    #expect(fact.word == "answers" && isWell)
    let later = FactView(store, at: Fixture.at(60).monotonic)
    #expect(later.fact("source.probe.state")?.state == .stale)
    #expect(later.fact("source.probe.age")?.state == .stale)
  }

  @Test func notANumberIsNoValue() {
    let observation = Observation(
      "prom.x",
      .number(.nan),
      state: .ok,
      origin: Origin(source: "s", query: "q")
    )
    #expect(observation.value == nil)
    #expect(observation.state == .nodata)
  }

  @Test func aSmallReportDoesNotWalkThroughAllThatOthersTold() {
    func reading(_ source: String, _ count: Int) -> SourceReport {
      let observations = (0..<count).map {
        Observation(FactName(source, "n\($0)"), .number(1), origin: Origin(source: source, query: ""))
      }
      let now = Moment(monotonic: MonotonicTime(nanoseconds: 0), wall: WallTime(secondsSince1970: 0))
      return SourceReport(
        source: source,
        startedAt: now,
        endedAt: now,
        result: .success(SourceReading(observations))
      )
    }
    var store = FactStore()
    store.apply(reading("rabbitmq", 35_000))
    let small = reading("redis", 1)
    let took = processorTime { for _ in 0..<500 { store.apply(small) } }
    #expect(took < .seconds(1))
  }
}

@Suite struct SafeTextTests {
  @Test(arguments: [
    ("plain", "plain"), ("a\u{1B}[2Jb", "a␛[2Jb"), ("a\u{9B}31mb", "a\u{FFFD}31mb"),
    ("a\u{202E}b", "a\u{FFFD}b"), ("a\nb", "a⏎b"), ("a\tb", "a b"), ("a\u{7F}", "a␡"),
    ("日本", "日本"), ("\u{200B}x", "\u{FFFD}x"), ("👩‍🔬", "👩‍🔬"),
  ])
  func controlAndInvisibleCharactersBecomeVisible(_ raw: String, _ safe: String) {
    #expect(SafeText(raw).string == safe)
  }

  @Test func invalidUTF8IsVisible() {
    #expect(SafeText(utf8: [0x61, 0xFF, 0x62]).string == "a\u{FFFD}b")
  }

  @Test func cutShows() {
    #expect(SafeText(String(repeating: "x", count: 70_000), limit: 10).string == "xxxxxxxxxx…")
  }
}

@Suite struct FactNameTests {
  @Test func segmentsThatNeedItAreQuoted() {
    #expect(FactName("queue", "vhost/name", "ready").description == "queue.\"vhost/name\".ready")
    #expect(FactName("service", "celery-worker", "state").description == "service.celery-worker.state")
    #expect(FactName("a", "q\"\\").description == #"a."q\"\\""#)
  }
}
