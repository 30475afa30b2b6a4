import Facts
import Testing

@testable import DataSources

/// Several expressions, of which some are refused.
@Suite struct PrometheusSourceTests {
  init() { EventLoop.runOnOwnThread() }

  private static let queries = [
    PrometheusSource.Query("prom.good", "up"), PrometheusSource.Query("prom.bad", "sum(oops"),
  ]

  @LoopActor private func poll(
    _ queries: [PrometheusSource.Query]
  ) async throws(SourceFailure) -> SourceReading {
    let server = ScriptedServer.routing { line in
      line.contains("oops")
        ? Array(#"{"status":"error","errorType":"bad_data","error":"parse error"}"#.utf8)
        : Array(
          #"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"3"]}]}}"#
            .utf8
        )
    }
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    return try await PrometheusSource(id: "p", base: server.url, queries: queries, client: client).poll()
  }

  @Test @LoopActor func oneRefusedExpressionTakesNoOtherAway() async throws {
    let reading = try await poll(Self.queries)
    #expect(reading.value("prom.good") == .number(3))
    let bad = try #require(reading.observations.first { $0.name == "prom.bad" })
    #expect(bad.state == .nodata)
    #expect(bad.word == "rejected")
    #expect(bad.origin.excerpt.contains("parse error"))
  }

  @Test @LoopActor func nothingButRefusalsIsAFailure() async {
    let refusal = await failure { () throws(SourceFailure) in try await poll([Self.queries[1]]) }
    #expect(refusal?.code == .rejected)
  }

  /// So it answers while it reads its log, for minutes, and its own health path says that it is well.
  @Test @LoopActor func oneThatStartsIsSaidNotToBeReady() async throws {
    let server = ScriptedServer { connection in
      while connection.readRequest() != nil {
        connection.write("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 19\r\n\r\nService Unavailable")
      }
    }
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let source = PrometheusSource(id: "p", base: server.url, queries: Self.queries, client: client)
    let refusal = await failure { () throws(SourceFailure) in _ = try await source.poll() }
    #expect(refusal?.code == .status(503))
    #expect(refusal?.word == "not ready: it starts or stops")
  }

  @Test @LoopActor func aPollThatIsGivenUpEndsItsQuestions() async throws {
    let asked = Locked(0)
    let gone = Locked(0)
    let server = ScriptedServer { connection in
      guard connection.readRequest() != nil else { return }
      asked.withLock { $0 += 1 }
      connection.hang()
      gone.withLock { $0 += 1 }
    }
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let source = PrometheusSource(
      id: "p",
      base: server.url,
      queries: Self.queries,
      client: client,
      deadline: .seconds(60)
    )
    let poll = LoopActor.task { await failure { () throws(SourceFailure) in try await source.poll() } }
    await eventually("both were asked") { asked.withLock { $0 } == 2 }
    poll.cancel()
    #expect(await poll.value?.code == .cancelled)
    await eventually("neither is asked any more") { gone.withLock { $0 } == 2 }
  }

  /// What one query tells whose reply holds these samples: seconds from now, and the value as text.
  ///
  /// `beside` stands beside the data in the reply.
  @LoopActor private func told(
    _ samples: [(age: Double, value: String)],
    beside: String = ""
  ) async throws -> Observation {
    let now = LoopActor.now().wall.secondsSince1970
    let list = samples.map { #"{"metric":{},"value":[\#(now - $0.age),"\#($0.value)"]}"# }
    let body =
      #"{"status":"success","data":{"resultType":"vector","result":[\#(list.joined(separator: ","))]}\#(beside)}"#
    let server = ScriptedServer.answering(body)
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let source = PrometheusSource(id: "p", base: server.url, queries: [.init("prom.a", "a")], client: client)
    return try #require(try await source.poll().observations.first)
  }

  @Test @LoopActor func aSampleOfAnotherDayIsStale() async throws {
    let old = try await told([(86_400, "3")])
    #expect(old.state == .stale && old.value == .number(3) && old.word.hasSuffix(" old"), "\(old.word)")
    let ahead = try await told([(-86_400, "3")])
    #expect(ahead.state == .stale && ahead.word.hasSuffix(" ahead"), "\(ahead.word)")
    #expect(try await told([(60, "3")]).state == .ok)
    #expect(try await told([(-60, "3")]).state == .ok)
  }

  /// A store that gave no answer may hold what is absent, or more than nothing.
  @Test(arguments: [
    #","warnings":["receive series from store: unavailable"]"#, #","infos":["ignored histograms"]"#,
    #","warnings":"many""#, #","warnings":[7]"#, #","isPartial":true"#, #","isPartial":"yes""#,
  ])
  @LoopActor func whatMayNotBeAllIsNeitherAbsentNorAValue(_ beside: String) async throws {
    for samples in [[], [(age: 0.0, value: "0")], [(age: 0, value: "3")]] {
      let told = try await told(samples, beside: beside)
      #expect(told.state == .error && told.word.hasPrefix("perhaps not all of it: "), "\(told)")
    }
  }

  @Test(arguments: [
    "", #","warnings":[],"infos":null"#, #","isPartial":false"#, #","isPartial":null"#,
    #","infos":["PromQL info: metric might not be a counter, name does not end in _total"]"#,
  ])
  @LoopActor func aReplyThatSaysNothingAgainstItselfIsWhole(_ beside: String) async throws {
    let told = try await told([(0, "0")], beside: beside)
    #expect(told.state == .ok && told.value == .number(0))
    #expect(try await self.told([], beside: beside).word == "no such series")
  }

  @Test @LoopActor func ofTwoSeriesNoneIsChosen() async throws {
    let two = try await told([(0, "3"), (0, "4")])
    #expect(two.value == nil && two.state == .error && two.word == "2 series, one is meant")
  }

  @Test @LoopActor func whatIsNoFiniteNumberIsNamed() async throws {
    for word in ["+Inf", "-Inf", "NaN"] {
      let told = try await told([(0, word)])
      #expect(told.value == nil && told.state == .nodata && told.word == word)
    }
  }

  private static func vector(_ samples: [String]) -> [UInt8] {
    let list = samples.joined(separator: ",")
    return Array(#"{"status":"success","data":{"resultType":"vector","result":[\#(list)]}}"#.utf8)
  }

  /// `prom.targets_up` and the probe's fact, from the answers to `sum(up)`, `count(up)` and `topk(100, up == 0)`.
  @LoopActor private func targets(
    _ up: String?,
    _ known: String?,
    down: [String] = []
  ) async throws -> (up: Observation, probe: Observation, down: TargetsDown?) {
    let now = LoopActor.now().wall.secondsSince1970
    let server = ScriptedServer.routing { line in
      func one(_ value: String?) -> [UInt8] {
        Self.vector(value.map { [#"{"metric":{},"value":[\#(now),"\#($0)"]}"#] } ?? [])
      }
      if line.contains("topk") {
        return Self.vector(
          down.map { #"{"metric":{"job":"\#($0)","instance":"\#($0)-1:80"},"value":[\#(now),"0"]}"# }
        )
      }
      return line.contains("count%28up") ? one(known) : one(up)
    }
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let queries = PrometheusSource.standardQueries.filter { $0.fact.segments[1].hasPrefix("targets") }
    let source = PrometheusSource(id: "p", base: server.url, queries: queries, client: client)
    let reading = try await source.poll()
    return (
      try #require(reading.observations.first { $0.name == "prom.targets_up" }),
      try #require(reading.observations.first { $0.name == "prom.targets" }),
      reading.snapshot(TargetsDown.self)
    )
  }

  /// Without a number of all that can be, nobody knows whether one is down.
  @Test(
    arguments: [("2", "NaN"), ("2", nil), ("5", "3"), ("-5", "3"), ("3", "1e300")] as [(String, String?)]
  )
  @LoopActor func targetsOfWhichTheNumberIsNotKnownAreNotWell(up: String, known: String?) async throws {
    let told = try await targets(up, known, down: ["nginx"])
    #expect(told.probe.value == nil && !told.probe.state.isKnown, "\(told.probe)")
    #expect(told.down == nil)
  }

  @Test @LoopActor func targetsThatAreDownAreAWarningAndNamed() async throws {
    let all = try await targets("7", "7")
    #expect(all.up.state == .ok && all.probe.state == .ok && all.probe.value == .flag(true))
    let some = try await targets("5", "7", down: ["nginx", "redis"])
    #expect(some.up.state == .warn && some.up.value == .number(5))
    #expect(some.probe.state == .warn && some.probe.word == "2 of 7 down: nginx, redis")
    #expect(some.probe.value == .flag(true), "it scrapes")
    #expect(some.down == TargetsDown(names: [["nginx", "nginx-1"], ["redis", "redis-1"]], areAll: true))
    #expect(try await targets("4", "7", down: ["nginx", "redis"]).down?.areAll == false, "one isn't named")
    #expect(all.down == TargetsDown(names: [], areAll: true))
  }

  @Test @LoopActor func aServerThatScrapesNothingIsAWarning() async throws {
    let none = try await targets(nil, nil)
    #expect(none.up.state == .warn && none.up.value == .number(0))
    #expect(none.probe.state == .warn && none.probe.value == .flag(false))
    #expect(none.probe.word == "none scraped")
    let dead = try await targets("0", "7", down: ["a"])
    #expect(dead.probe.value == .flag(false) && dead.probe.word == "7 of 7 down: a")
  }

  @Test @LoopActor func whatIsNotKnownOfTargetsIsNoGoodNews() async throws {
    for (up, known) in [(nil, "7"), ("NaN", "7")] as [(String?, String?)] {
      let told = try await targets(up, known)
      #expect(told.probe.value == nil && told.probe.state == .nodata, "\(told.probe)")
      #expect(told.down == nil)
    }
  }
}
