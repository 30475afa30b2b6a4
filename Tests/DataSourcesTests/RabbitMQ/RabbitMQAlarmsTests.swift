import Facts
import Testing

@testable import DataSources

/// The broker's alarms where something else answers, or an older broker.
@Suite struct RabbitMQAlarmsTests {
  init() { EventLoop.runOnOwnThread() }

  private static let noQueues = #"[]"#

  @LoopActor private func alarms(
    _ alarms: (status: String, body: String),
    nodes: String? = nil
  ) async throws -> (fact: Observation, probe: Observation) {
    let server = ScriptedServer { connection in
      guard let head = connection.readRequest() else { return }
      var (status, body) = ("200 OK", Self.noQueues)
      if head.contains("/api/health/checks/alarms") { (status, body) = alarms }
      if head.contains("/api/nodes") {
        (status, body) = nodes.map { ("200 OK", $0) } ?? ("404 Not Found", "")
      }
      connection.write(
        "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
      )
    }
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let source = RabbitMQSource(
      id: "rabbitmq",
      base: server.url,
      vhost: "/",
      mainQueue: "celery",
      credentials: nil,
      stalledAfter: .seconds(30),
      client: client
    )
    let probe = ServiceProbe.rabbitMQ(
      base: server.url,
      credentials: nil,
      services: ["rabbitmq"],
      latencyOf: nil,
      client: client
    )
    let reading = try await source.poll()
    return (
      try #require(reading.observations.first { $0.name == "rabbitmq.alarms" }),
      try #require(try await ProbeSource(probe).poll().observations.first)
    )
  }

  @Test @LoopActor func aProxysPageIsAnErrorWithItsCauseAndNoAlarm() async throws {
    let page =
      "<html><head><title>503 Service Temporarily Unavailable</title></head><body><h1>x</h1></body></html>"
    let told = try await alarms(("503 Service Unavailable", page))
    #expect(told.fact.state == .error && told.fact.value == nil)
    #expect(told.fact.word == "HTTP 503")
    #expect(told.fact.origin.excerpt == "a page: 503 Service Temporarily Unavailable")
    #expect(told.probe.state == .crit && told.probe.word == "HTTP 503")
  }

  @Test @LoopActor func alarmsInEffectAreNamedAndCounted() async throws {
    let body =
      #"{"alarms":[{"node":"a","resource":"memory"},{"node":"b","resource":"disk"}],"status":"failed"}"#
    let told = try await alarms(("503 Service Unavailable", body))
    #expect(told.fact.state == .crit && told.fact.value == .number(2))
    #expect(told.fact.word == "alarm: memory, disk")
    #expect(told.probe.word == "alarm: memory, disk")
  }

  @Test @LoopActor func anOlderBrokerIsAskedForItsNodesAndThatIsSaid() async throws {
    let missing = ("404 Not Found", #"{"error":"Object Not Found","reason":"Not Found"}"#)
    let well = #"[{"name":"a","mem_alarm":false,"disk_free_alarm":false}]"#
    let told = try await alarms(missing, nodes: well)
    #expect(told.fact.state == .ok && told.fact.value == .number(0))
    #expect(told.fact.word == "none, by /api/nodes")
    #expect(told.probe.value == .flag(true))
    let full = try await alarms(missing, nodes: #"[{"name":"a","mem_alarm":false,"disk_free_alarm":true}]"#)
    #expect(full.fact.state == .crit && full.fact.word == "alarm: disk")
    #expect(full.probe.state == .crit)
  }

  @Test(arguments: [
    "[]", #"[{"name":"a","running":true}]"#, #"[{"mem_alarm":false,"disk_free_alarm":false},{"name":"b"}]"#,
    #"[{"mem_alarm":null,"disk_free_alarm":0}]"#, "{}", nil,
  ])
  @LoopActor func nodesThatTellNoAlarmsAreNoGoodNews(_ nodes: String?) async throws {
    let told = try await alarms(("404 Not Found", "{}"), nodes: nodes)
    #expect(told.fact.state == .error && told.fact.value == nil)
    #expect(told.probe.value == .flag(false))
  }

  @Test @LoopActor func aRefusedLoginIsAWarningOnTheProbe() async throws {
    let told = try await alarms(("401 Unauthorized", #"{"error":"not_authorized"}"#))
    #expect(told.fact.state == .error && told.fact.word == "401 unauthorized")
    #expect(told.probe.state == .warn && told.probe.word == "login refused")
    // Nothing is known of the server: it neither passes nor fails.
    #expect(told.probe.value == .flag(false) && told.probe.absence == .loginRefused)
  }

  @Test(arguments: [
    (#"[{"node":"a","resource":"memory"}]"#, false), (#""none""#, false), ("7", false), ("{}", false),
    ("[]", true), ("null", true),
  ])
  @LoopActor func aReplyThatSaysOKAndTellsOfAlarmsSaysNothing(_ alarms: String, _ isClear: Bool) async throws
  {
    let told = try await self.alarms(("200 OK", #"{"status":"ok","alarms":\#(alarms)}"#))
    #expect(told.fact.state == (isClear ? .ok : .error))
    #expect(told.fact.value == (isClear ? .number(0) : nil))
    #expect(told.probe.value == .flag(isClear))
    if !isClear { #expect(told.fact.word == "unreadable") }
  }
}
