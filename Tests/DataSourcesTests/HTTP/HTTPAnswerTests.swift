import Facts
import Testing

@testable import DataSources

/// One rule of what counts as an answer, asked of every check, probe and source.
@Suite struct HTTPAnswerTests {
  init() { EventLoop.runOnOwnThread() }

  /// A reply that is no answer, and what is said of it.
  struct Reply: Sendable, CustomTestStringConvertible {
    var status: String
    var headers = ""
    var body: String
    /// What is said where a JSON document was asked for.
    var kind: String
    var testDescription: String { "\(status) \(kind)" }
  }

  static let page = "<!DOCTYPE html><html><head><title>Sign in\n</title></head></html>"
  static let notAnswers: [Reply] = [
    .init(
      status: "302 Found",
      headers: "Location: https://sso.example.org/login?next=%2F&token=abc\r\n",
      body: "",
      kind: "redirects to sso.example.org/login"
    ),
    .init(
      status: "307 Temporary Redirect",
      headers: "Location: /login\r\n",
      body: "",
      kind: "redirects to /login"
    ),
    .init(status: "304 Not Modified", body: "", kind: "HTTP 304"),
    .init(status: "204 No Content", body: "", kind: "204, no body"),
    .init(status: "200 OK", body: page, kind: "HTML"),
    .init(status: "200 OK", body: "", kind: "empty"),
    .init(status: "200 OK", body: " \n", kind: "empty"),
    .init(status: "200 OK", body: #"{"status":"ok"} trailing"#, kind: "broken JSON"),
    .init(status: "200 OK", body: #"{"status":"ok"}{"status":"ok"}"#, kind: "broken JSON"),
    .init(status: "200 OK", body: #"{"status":"error"}"#, kind: "status error"),
    .init(
      status: "200 OK",
      body: #"{"status":"ok","status":"failed"}"#,
      kind: #"the key "status" stands twice"#
    ),
    .init(status: "200 OK", body: "true", kind: "other JSON"),
    .init(status: "200 OK", body: "it works", kind: "text"),
    .init(status: "503 Service Unavailable", body: page, kind: "HTTP 503"),
    .init(status: "500 Internal Server Error", body: #"{"status":"ok"}"#, kind: "HTTP 500"),
  ]

  @LoopActor private func with<Result>(
    _ reply: Reply,
    _ body: @LoopActor (ScriptedServer, HTTPClient) async throws -> Result
  ) async throws -> Result {
    let server = ScriptedServer { connection in
      guard let head = connection.readRequest() else { return }
      // The login itself works: what is tried is the answer behind it.
      let isLogin = head.contains("/auth/login")
      let (status, body) = isLogin ? ("200 OK", #"{"access_token":"t"}"#) : (reply.status, reply.body)
      connection.write(
        "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\(reply.headers)\r\n\(body)"
      )
    }
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    return try await body(server, client)
  }

  private func word(_ reply: Reply, of server: String) -> String {
    reply.kind.hasPrefix("redirects") || reply.kind.hasPrefix("HTTP")
      ? reply.kind : "not \(server): \(reply.kind)"
  }

  @Test(arguments: notAnswers) @LoopActor func noProbeOfTheBrokerPasses(_ reply: Reply) async throws {
    try await with(reply) { server, client in
      let probe = ServiceProbe.rabbitMQ(
        base: server.url,
        credentials: nil,
        services: ["rabbitmq"],
        latencyOf: nil,
        client: client
      )
      let reading = try await ProbeSource(probe).poll()
      let told = try #require(reading.observations.first)
      #expect(told.value == .flag(false))
      #expect(told.state == .crit)
      #expect(told.word == word(reply, of: "RabbitMQ"))
      #expect(reading.verdict == SourceVerdict(.crit, told.word))
    }
  }

  @Test(arguments: notAnswers) @LoopActor func noCanaryPasses(_ reply: Reply) async throws {
    try await with(reply) { server, client in
      let session = BackendSession(
        base: server.url,
        login: BackendLogin(email: "a@b.c", password: Secret("pw")),
        memory: nil,
        client: client,
        spacing: .zero
      )
      let reading = try await ProbeSource(.canary(session: session, services: ["backend"])).poll()
      #expect(reading.observations.first?.state == .crit, "\(reading.observations)")
      #expect(reading.verdict?.state == .crit)
    }
  }

  @Test @LoopActor func whatIsAskedSaysWhatItExpects() async throws {
    try await with(Reply(status: "200 OK", body: "{\"status\":\"well\"}", kind: "")) { server, client in
      let condition = try Condition(parsing: #"body.status == "healthy""#)
      let check = LivenessSource(
        service: "backend",
        request: HTTPRequest("GET", server.url),
        expecting: .condition(condition),
        client: client
      )
      let told = try await check.poll().observations.map(\.origin)
      #expect(Set(told.map(\.expected)) == [#"status 2xx, and body.status == "healthy""#])
      #expect(told.first?.excerpt == #"200 {"status":"well"}"#)
    }
    let probe = ServiceProbe(name: "postgres", shown: "SELECT 1", services: ["postgres"]) {
      .success(.milliseconds(3))
    }
    let told = try await ProbeSource(probe, deadline: .seconds(2)).poll().observations.map(\.origin)
    #expect(told.map(\.expected) == ["an answer within 2s"])
  }

  @Test(arguments: notAnswers) @LoopActor func noReadyCheckPasses(_ reply: Reply) async throws {
    try await with(reply) { server, client in
      let check = LivenessSource(
        service: "prometheus",
        request: HTTPRequest("GET", server.url + "-/healthy"),
        expecting: .healthy("Prometheus"),
        client: client
      )
      let reading = try await check.poll()
      #expect(reading.value("service.prometheus.liveness") == .flag(false))
      if reply.body == Self.page, reply.status.hasPrefix("200") {
        #expect(reading.verdict?.word == "not Prometheus: HTML")
      }
    }
  }

  @Test(arguments: [
    "Prometheus Server is Healthy.\n", "Prometheus is Healthy.", "OK", "VictoriaMetrics is Healthy.",
  ])
  @LoopActor func whatTheyReallyAnswerPasses(_ body: String) async throws {
    try await with(Reply(status: "200 OK", body: body, kind: "")) { server, client in
      let request = HTTPRequest("GET", server.url)
      let check = LivenessSource(
        service: "p",
        request: request,
        expecting: .healthy("Prometheus"),
        client: client
      )
      let reading = try await check.poll()
      #expect(reading.value("service.p.liveness") == .flag(true))
    }
  }

  @Test(arguments: ["Unhealthy", "not ready", "Not OK"]) @LoopActor
  func theOppositeDoesNotPass(_ body: String) async throws {
    try await with(Reply(status: "200 OK", body: body, kind: "")) { server, client in
      let request = HTTPRequest("GET", server.url)
      let check = LivenessSource(
        service: "p",
        request: request,
        expecting: .healthy("Prometheus"),
        client: client
      )
      let reading = try await check.poll()
      #expect(reading.value("service.p.liveness") == .flag(false))
    }
  }

  @Test(arguments: notAnswers) @LoopActor func noSourceReadsIt(_ reply: Reply) async throws {
    try await with(reply) { server, client in
      let broker = RabbitMQSource(
        id: "r",
        base: server.url,
        vhost: "/",
        mainQueue: "celery",
        credentials: nil,
        stalledAfter: .seconds(30),
        client: client
      )
      let refused = await failure { () throws(SourceFailure) in _ = try await broker.poll() }
      #expect(refused?.word == word(reply, of: "RabbitMQ"))
      let prometheus = PrometheusSource(id: "p", base: server.url, client: client)
      let other = await failure { () throws(SourceFailure) in _ = try await prometheus.poll() }
      let said = other?.word ?? ""
      #expect(said == word(reply, of: "Prometheus"), "\(String(describing: other))")
    }
  }

  @Test(arguments: notAnswers.filter { !$0.status.hasPrefix("200") }) @LoopActor
  func noConditionHoldsOnAnotherStatus(_ reply: Reply) async throws {
    try await with(reply) { server, client in
      let check = LivenessSource(
        service: "backend",
        request: HTTPRequest("GET", server.url),
        expecting: .condition(try Condition(parsing: "status < 1000")),
        client: client
      )
      let is204 = reply.status.hasPrefix("204")
      let reading = try await check.poll()
      #expect(reading.value("service.backend.liveness") == .flag(is204))
    }
  }

  @Test(arguments: notAnswers) @LoopActor func noConditionOverTheBodyHolds(_ reply: Reply) async throws {
    try await with(reply) { server, client in
      let check = LivenessSource(
        service: "backend",
        request: HTTPRequest("GET", server.url),
        expecting: .condition(try Condition(parsing: #"status == 200 and body.status == "ok""#)),
        client: client
      )
      let reading = try await check.poll()
      #expect(reading.value("service.backend.liveness") == .flag(false))
    }
  }

  @Test func ofAPageOnlyItsTitleIsQuoted() {
    func detail(_ body: String) -> String? {
      HTTPResponse(status: 503, body: Array(body.utf8)).failure(at: "x")?.detail
    }
    #expect(detail(Self.page) == "a page: Sign in")
    #expect(detail("<h1>503 Service\n Unavailable</h1>No server") == "a page: 503 Service Unavailable")
    #expect(detail("<b>") == "a page without a title")
    #expect(detail("plain words") == "plain words")
  }

  @Test func aRedirectTellsWhereItLeadsWithoutWhatItCarries() {
    let response = HTTPResponse(
      status: 302,
      headers: [("location", "https://u:pw@sso/login?token=abc&next=/")]
    )
    let failure = response.failure(at: "x")
    #expect(failure?.code == .status(302))
    #expect(failure?.detail == "302 to https://u:‹password›@sso/login?token=‹token›&next=/")
    #expect(failure?.advice.contains("sign-in") == true)
  }
}
