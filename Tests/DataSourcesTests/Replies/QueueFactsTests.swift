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

  /// Which of numbers that contradict each other is true nobody knows.
  @Test func nothingIsToldOfAQueueWhoseNumbersContradictEachOther() throws {
    var odd = QueuesSnapshot.Queue(vhost: "v", name: "celery", ready: 0, unacked: 0, consumers: 1)
    odd.problem = "50000 messages, of them 0 ready and 0 unacknowledged"
    let facts = QueueFacts(
      source: "rabbitmq",
      query: "GET /api/queues",
      mainQueue: "celery",
      thresholds: RabbitMQSource.Thresholds()
    ).observations(of: QueuesSnapshot(vhost: "v", mainQueue: "celery", queues: [odd]))
    #expect(facts.count > 8)
    for fact in facts {
      #expect(fact.value == nil && fact.state == .error, "\(fact.name): \(fact.word)")
    }
  }

  private func queue(_ name: String, _ ready: Int?, consumers: Int = 1) -> QueuesSnapshot.Queue {
    QueuesSnapshot.Queue(vhost: "v", name: name, ready: ready, unacked: 0, consumers: consumers)
  }

  @Test func ofManyQueuesTheWorstAreTold() {
    let idle = (0..<500).map { queue("idle\($0)", 0) }
    let deep = (0..<150).map { queue("deep\($0)", 10 + $0) }
    let orphaned = (0..<30).map { queue("orphaned\($0)", 1, consumers: 0) }
    let own = [queue("celeryev.x", 5_000), queue("w.pidbox", 0)]
    let all = idle + deep + own + [queue("celery", 0), queue("new", nil)] + orphaned
    let selection = QueueSelection(all, vhost: "v", mainQueue: "celery")
    #expect(selection.queues.count == 201)
    #expect(selection.queues.first?.name == "celery")
    let names = selection.queues.dropFirst().map(\.name)
    #expect(names == names.sorted())
    #expect(Set(deep.map(\.name)).isSubset(of: names))
    #expect(Set(orphaned.map(\.name)).isSubset(of: names))
    #expect(selection.hidden == 2)
    #expect(selection.omitted == all.count - 2 - 201)
    // The same again, whatever the order of the reply.
    #expect(QueueSelection(all.reversed(), vhost: "v", mainQueue: "celery").queues == selection.queues)
    // More without a consumer than are told: the deepest of them.
    let lost = (0..<300).map { queue("lost\($0)", 1 + $0, consumers: 0) }
    let worst = QueueSelection(lost + [queue("deep", 1_000_000)], vhost: "v", mainQueue: "celery")
    #expect(worst.queues.compactMap(\.ready).min() == 101)
    #expect(!worst.queues.contains { $0.name == "deep" })
  }

  @Test func fewQueuesAreAllTold() {
    let all = (0..<200).map { queue("q\($0)", 0) } + [queue("celery", 0)]
    let selection = QueueSelection(all, vhost: "v", mainQueue: "celery")
    #expect(selection.queues.count == 201 && selection.omitted == 0)
  }

  @Test @LoopActor func thousandsOfQueuesHoldNobodyUp() async throws {
    let entries = (0..<5_000).map { number in
      #"{"name":"q\#(number)","vhost":"v","messages_ready":\#(number),"messages_unacknowledged":0,"consumers":1}"#
    }
    let main = #"{"name":"celery","vhost":"v","messages_ready":7,"messages_unacknowledged":0,"consumers":4}"#
    let body = Array("[\((entries + [main]).joined(separator: ","))]".utf8)
    let server = ScriptedServer.routing { line in
      line.hasPrefix("GET /api/queues") ? body : Array(#"{"status":"ok"}"#.utf8)
    }
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let source = RabbitMQSource(
      id: "rabbitmq",
      base: server.url,
      vhost: "v",
      mainQueue: "celery",
      credentials: nil,
      stalledAfter: .seconds(30),
      client: client,
      deadline: .seconds(20)
    )
    let pulse = LoopPulse()
    let reading = try await source.poll()
    #expect(pulse.stop() < .milliseconds(250))
    let snapshot = try #require(reading.snapshot(QueuesSnapshot.self))
    #expect(snapshot.queues.count == 201 && snapshot.omitted == 4_800)
    #expect(reading.observations.count == 201 * 8 + 4)
    let depth = try #require(reading.observations.first { $0.name == "queue.depth" })
    #expect(depth.value == .number(7) && depth.state == .ok)
    #expect(depth.word == "4800 other queues are not shown")
    #expect(reading.value("queue.q4999.depth") == .number(4_999))
    #expect(reading.value("queue.q0.depth") == nil)
  }
}
