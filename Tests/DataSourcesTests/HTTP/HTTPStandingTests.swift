import Facts
import Testing

@testable import DataSources

/// Servers that ask for a pause, or refuse a login: they are left alone for as long as they said.
@Suite struct HTTPStandingTests {
  init() { EventLoop.runOnOwnThread() }

  private func at(_ seconds: Int) -> MonotonicTime {
    MonotonicTime(nanoseconds: Int64(seconds) * 1_000_000_000)
  }

  @LoopActor private func refusal(_ standing: HTTPStanding, _ seconds: Int) -> SourceFailure.Code? {
    do throws(SourceFailure) {
      try standing.check(at: "x", now: at(seconds))
      return nil
    } catch {
      return error.code
    }
  }

  private func response(_ status: Int, _ retryAfter: String? = nil) -> HTTPResponse {
    HTTPResponse(status: status, headers: retryAfter.map { [("retry-after", $0)] } ?? [])
  }

  @Test(
    arguments: [
      (429, "7", 7), (429, nil, 60), (429, "999999999", 900), (429, "-5", 1), (429, "soon", 60),
      (503, "30", 30),
      (503, nil, 0), (200, "30", 0),
    ] as [(Int, String?, Int)]
  )
  @LoopActor func retryAfterIsObeyed(_ status: Int, _ told: String?, _ seconds: Int) {
    let standing = HTTPStanding()
    standing.note(response(status, told), now: at(0))
    if seconds > 0 { #expect(refusal(standing, seconds - 1) == .rateLimited(retryAfter: 1)) }
    #expect(refusal(standing, seconds) == nil)
  }

  @Test @LoopActor func aLoginThatNeverWasAcceptedIsTriedOnce() {
    let standing = HTTPStanding()
    standing.note(response(401), now: at(0))
    // What is open to all, or fails, says nothing of the login.
    for status in [500, 302] { standing.note(response(status), now: at(1)) }
    #expect(refusal(standing, 1_000_000) == .unauthorized)
    standing.forgetRefusal()
    #expect(refusal(standing, 1_000_000) == nil)
    standing.note(response(401), now: at(1_000_000))
    #expect(refusal(standing, 2_000_000) == .unauthorized)
  }

  @Test @LoopActor func aLoginThatWasAcceptedIsTriedThreeTimes() {
    let standing = HTTPStanding()
    standing.note(response(200), now: at(0))
    standing.note(response(401), now: at(10))
    // Those that were on their way with it don't count.
    standing.note(response(401), now: at(11))
    #expect(refusal(standing, 19) == .unauthorized && refusal(standing, 20) == nil)
    // An open path beside it answers, which is no end of it.
    standing.note(response(200), now: at(20))
    standing.note(response(401), now: at(20))
    #expect(refusal(standing, 79) == .unauthorized && refusal(standing, 80) == nil)
    standing.note(response(401), now: at(80))
    #expect(refusal(standing, 1_000_000) == .unauthorized)
    standing.forgetRefusal()
    standing.note(response(200), now: at(1_000_000))
    standing.note(response(401), now: at(1_000_001))
    #expect(refusal(standing, 1_000_011) == nil)
  }

  @Test @LoopActor func ofManyQuestionsAtOnceOneTriesTheLogin() async throws {
    let server = ScriptedServer.answering("no", status: "401 Unauthorized")
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let origin = try #require(WebOrigin(of: server.url))
    let prometheus = PrometheusSource(
      id: "p",
      base: server.url,
      credentials: HTTPCredentials(.basic(user: "u", password: Secret("wrong")), for: origin),
      queries: (0..<7).map { .init(FactName("prom", "q\($0)"), "q\($0)") },
      client: client
    )
    for _ in 0..<3 {
      let failure = await failure { () throws(SourceFailure) in _ = try await prometheus.poll() }
      #expect(failure?.code == .unauthorized)
    }
    #expect(server.connections == 1)
  }

  @Test @LoopActor func whoSaidNothingIsNotRefused() {
    let standing = HTTPStanding()
    standing.note(response(401), isLogin: false, now: at(0))
    #expect(refusal(standing, 0) == nil)
  }

  @Test(arguments: [("429 Too Many Requests", "Retry-After: 600\r\n"), ("401 Unauthorized", "")])
  @LoopActor func nobodyWhoSharesItAsksAgain(_ status: String, _ headers: String) async throws {
    let server = ScriptedServer.answering("{}", status: status, headers: headers)
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let origin = try #require(WebOrigin(of: server.url))
    let credentials = HTTPCredentials(.basic(user: "u", password: Secret("wrong")), for: origin)
    let broker = RabbitMQSource(
      id: "r",
      base: server.url,
      vhost: "/",
      mainQueue: "celery",
      credentials: credentials,
      stalledAfter: .seconds(30),
      client: client
    )
    let probe = ProbeSource(
      .rabbitMQ(base: server.url, credentials: credentials, services: ["r"], latencyOf: nil, client: client)
    )
    _ = await failure { () throws(SourceFailure) in _ = try await broker.poll() }
    var asked = server.connections
    #expect((1...2).contains(asked))
    for _ in 0..<5 {
      _ = await failure { () throws(SourceFailure) in _ = try await broker.poll() }
      let reading = try await probe.poll()
      #expect(reading.observations.first?.value != .flag(true))
    }
    #expect(server.connections == asked)
    // Somebody asks: once more, and no more than that. No key ends a pause that the server asked for.
    client.forgetRefusals()
    let again = status.hasPrefix("401") ? 1 : 0
    for _ in 0..<3 { _ = try await probe.poll() }
    #expect(server.connections == asked + again)
    asked += again
    let prometheus = PrometheusSource(
      id: "p",
      base: server.url,
      queries: [.init("prom.a", "a")],
      client: client
    )
    _ = await failure { () throws(SourceFailure) in _ = try await prometheus.poll() }
    _ = await failure { () throws(SourceFailure) in _ = try await prometheus.poll() }
    // Who said nothing of himself has no login to be refused, and keeps to a pause all the same.
    asked += status.hasPrefix("401") ? 2 : 1
    #expect(server.connections == asked)
    // Another user has another standing.
    let other = HTTPCredentials(.basic(user: "u", password: Secret("right")), for: origin)
    _ = try await client.send(HTTPRequest("GET", server.url, credentials: other))
    #expect(server.connections == asked + 1)
  }

  @Test @LoopActor func withoutAVerdictTheNextOneTriesAlone() async throws {
    let standing = HTTPStanding()
    var entered = 0
    var turn = try await standing.enter(at: "x", isLogin: true)
    let others = (0..<3).map { _ in
      Task { @LoopActor in
        turn = try await standing.enter(at: "x", isLogin: true)
        entered += 1
      }
    }
    for _ in 0..<20 { await Task.yield() }
    #expect(entered == 0)
    // It timed out.
    let first = turn
    standing.leave(first)
    #expect(await comesTrue { entered == 1 })
    for _ in 0..<20 { await Task.yield() }
    #expect(entered == 1)
    // Who had its turn has no other's to end.
    standing.leave(first)
    for _ in 0..<20 { await Task.yield() }
    #expect(entered == 1)
    // A server that fails has no verdict either.
    standing.note(response(500), now: at(1))
    standing.leave(turn)
    #expect(await comesTrue { entered == 2 })
    for _ in 0..<20 { await Task.yield() }
    #expect(entered == 2)
    standing.note(response(200), now: at(2))
    #expect(await comesTrue { entered == 3 })
    for other in others { try await other.value }
    // Whose login is good waits for nobody.
    #expect(try await standing.enter(at: "x", isLogin: true) == nil)
  }

  @Test @LoopActor func whoKeepsAConnectionTriesAloneThoughTheLoginWasGood() async throws {
    let standing = LoginStanding()
    standing.accept(isLogin: true, now: at(0))
    let turn = try await standing.enter(at: "x", isLogin: true)
    var refusal: SourceFailure?
    let other = Task { @LoopActor in
      refusal = await failure { () throws(SourceFailure) in
        _ = try await standing.enter(at: "x", isLogin: true)
      }
    }
    for _ in 0..<20 { await Task.yield() }
    #expect(refusal == nil)
    // A login that says nothing of who asks waits for nobody.
    #expect(try await standing.enter(at: "x", isLogin: false) == nil)
    standing.refuse(now: LoopActor.now().monotonic)
    standing.leave(turn)
    await other.value
    #expect(refusal?.code == .unauthorized)
  }

  @Test @LoopActor func aServerThatIsSilentGetsOneLoginInAll() async throws {
    let server = ScriptedServer { $0.hang() }
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let origin = try #require(WebOrigin(of: server.url))
    let credentials = HTTPCredentials(.basic(user: "u", password: Secret("p")), for: origin)
    // Those who wait for the first have no time left when it ends, however late a busy machine lets them begin.
    let tries = ([2_000] + Array(repeating: 100, count: 4)).map { milliseconds in
      Task { @LoopActor in
        await failure { () throws(SourceFailure) in
          let deadline = Duration.milliseconds(milliseconds)
          return try await client.send(
            HTTPRequest("GET", server.url, credentials: credentials, deadline: deadline)
          )
        }
      }
    }
    for one in tries { #expect(await one.value?.code == .timedOut) }
    #expect(server.connections == 1)
  }
}
