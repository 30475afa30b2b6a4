import Facts
import Testing

@testable import DataSources

@Suite struct QueueFactsTests {
  init() { EventLoop.runOnOwnThread() }

  @Test func aNamesakeInAnotherVhostIsNotTheMainQueue() throws {
    func queue(_ vhost: String, consumers: Int) -> QueuesSnapshot.Queue {
      QueuesSnapshot.Queue(vhost: vhost, name: "celery", ready: 0, unacked: 0, consumers: consumers)
    }
    let snapshot = QueuesSnapshot(
      vhost: "voiceai",
      mainQueue: "celery",
      queues: [queue("voiceai", consumers: 4), queue("/", consumers: 0)]
    )
    let facts = QueueFacts(
      source: "rabbitmq",
      query: "GET /api/queues",
      mainQueue: "celery",
      thresholds: RabbitMQSource.Thresholds()
    ).observations(of: snapshot)
    let other = try #require(facts.first { $0.name == FactName("queue", "//celery", "depth") })
    #expect(other.state == .ok)
    #expect(other.word.isEmpty)
  }

  @Test @LoopActor func aSlashAtTheEndOfTheAddressFailsNoProbe() async {
    let server = ScriptedServer.routing { line in
      line == "GET /api/health/checks/alarms" ? Array(#"{"status":"ok"}"#.utf8) : nil
    }
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let probe = ServiceProbe.rabbitMQ(
      base: server.url,
      credentials: nil,
      services: ["rabbitmq"],
      latencyOf: nil,
      client: client
    )
    guard case .success = await probe.ask() else {
      Issue.record("it asked another address")
      return
    }
  }
}
