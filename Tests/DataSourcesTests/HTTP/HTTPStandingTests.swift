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

  @Test @LoopActor func aRefusedLoginRestsLongerEachTime() {
    let standing = HTTPStanding()
    var now = 0
    for wait in [10, 20, 40, 80, 160, 320, 640, 900, 900] {
      standing.note(response(401), now: at(now))
      // Those that were on their way with it don't count.
      standing.note(response(401), now: at(now + 1))
      #expect(refusal(standing, now + wait - 1) == .unauthorized)
      #expect(refusal(standing, now + wait) == nil)
      now += wait
    }
    standing.note(response(200), now: at(now))
    standing.note(response(401), now: at(now))
    #expect(refusal(standing, now + 10) == nil)
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
      client: client
    )
    let probe = ProbeSource(
      .rabbitMQ(base: server.url, credentials: credentials, services: ["r"], latencyOf: nil, client: client)
    )
    _ = await failure { () throws(SourceFailure) in _ = try await broker.poll() }
    let asked = server.connections
    #expect((1...2).contains(asked))
    for _ in 0..<5 {
      _ = await failure { () throws(SourceFailure) in _ = try await broker.poll() }
      let reading = try await probe.poll()
      #expect(reading.observations.first?.value != .flag(true))
    }
    #expect(server.connections == asked)
    let prometheus = PrometheusSource(
      id: "p",
      base: server.url,
      queries: [.init("prom.a", "a")],
      client: client
    )
    _ = await failure { () throws(SourceFailure) in _ = try await prometheus.poll() }
    _ = await failure { () throws(SourceFailure) in _ = try await prometheus.poll() }
    #expect(server.connections == asked + 1)
    // Another user has another standing.
    let other = HTTPCredentials(.basic(user: "u", password: Secret("right")), for: origin)
    _ = try await client.send(HTTPRequest("GET", server.url, credentials: other))
    #expect(server.connections == asked + 2)
  }
}
