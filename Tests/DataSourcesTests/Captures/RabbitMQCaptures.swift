import Facts
import TestSupport
import Testing

@testable import DataSources

extension CaptureTests {
  /// RabbitMQ's management API 3.10.
  @Suite struct RabbitMQ {
    private struct Told: Equatable {
      var name: String
      var ready: Int?
      var unacked: Int?
      var consumers: Int?
      var published: Int?
      var publishRate: Double?
      var ackRate: Double?
    }

    private static let queues: [String: [Told]] = [
      "rabbitmq/rabbit_queues.json": [
        .init(
          name: "celery",
          ready: 60,
          unacked: 0,
          consumers: 0,
          published: 72,
          publishRate: 12.2,
          ackRate: 0
        )
      ],
      "rabbitmq/rabbit_queues_voiceai_celery.json": [
        .init(
          name: "celery",
          ready: 60,
          unacked: 0,
          consumers: 0,
          published: 72,
          publishRate: 12.2,
          ackRate: 0
        )
      ],
      "rabbitmq/rabbit_queue_celery_draining.json": [
        .init(
          name: "celery",
          ready: 36,
          unacked: 8,
          consumers: 1,
          published: 73,
          publishRate: 0,
          ackRate: 3.6
        )
      ],
      "rabbitmq/rabbit_queues_with_orphan_default.json": [
        .init(name: "celery", ready: 0, unacked: 0, consumers: 1, published: 84, publishRate: 0, ackRate: 0),
        .init(
          name: "celery@vm.celery.pidbox",
          ready: 0,
          unacked: 0,
          consumers: 1,
          published: 16,
          publishRate: 0,
          ackRate: 0
        ),
        .init(
          name: "celeryev.feca58a9-95c8-4149-be8a-7e5b9004f4de",
          ready: 0,
          unacked: 0,
          consumers: 1,
          published: 94,
          publishRate: 0.4,
          ackRate: 0.4
        ),
        .init(
          name: "default",
          ready: 1,
          unacked: 0,
          consumers: 0,
          published: 1,
          publishRate: 0,
          ackRate: nil
        ),
      ],
      "celery/http-control/rmq-queue-celery.json": [
        .init(name: "celery", ready: 8, unacked: 2, consumers: 1, published: 12, publishRate: 0, ackRate: 0)
      ],
    ]
    private static let alarms = [
      "rabbitmq/rabbit_health_alarms_memalarm.json", "rabbitmq/rabbit_health_checks_alarms.json",
      "rabbitmq/rabbit_health_checks_local-alarms.json",
    ]

    static let files = queues.keys + alarms

    init() { EventLoop.runOnOwnThread() }

    /// A list of queues; one queue that was asked for alone counts as a list of one.
    private static func list(_ file: String) throws -> JSONValue {
      let json = try CaptureTests.json(file)
      return json.list == nil ? .list([json]) : json
    }

    @Test(arguments: queues.keys.sorted()) func queuesAreRead(_ file: String) throws {
      let queues = try #require(QueueReply(try Self.list(file))?.queues)
      let told = queues.map {
        Told(
          name: $0.name,
          ready: $0.ready,
          unacked: $0.unacked,
          consumers: $0.consumers,
          published: $0.published,
          publishRate: $0.publishRate,
          ackRate: $0.ackRate
        )
      }
      #expect(told == Self.queues[file])
      #expect(queues.allSatisfy { $0.type == "classic" })
    }

    @Test func aDrainingQueueTellsItsTime() throws {
      let queue = QueueReply(try Self.list("rabbitmq/rabbit_queue_celery_draining.json"))?.queues.first
      #expect(queue?.timeToDrain.map { Int($0.seconds) } == 12)
    }

    @LoopActor private func poll(
      _ queues: String,
      _ alarms: String,
      status: String
    ) async throws -> SourceReading {
      let server = ScriptedServer { connection in
        let isAlarms = connection.readRequest()?.hasPrefix("GET /api/health/checks/alarms ") == true
        let body = Captures.body(isAlarms ? alarms : queues)
        let head =
          "HTTP/1.1 \(isAlarms ? status : "200 OK")\r\nContent-Length: \(body.count)\r\nConnection: close"
        connection.write(head + "\r\n\r\n")
        connection.write(body)
      }
      defer { server.stop() }
      let client = HTTPClient()
      defer { client.close() }
      let source = RabbitMQSource(
        id: "rabbitmq",
        base: server.url,
        vhost: "voiceai",
        mainQueue: "celery",
        credentials: nil,
        stalledAfter: .seconds(30),
        client: client
      )
      return try await source.poll()
    }

    @Test @LoopActor func messagesAndNoConsumerAreCriticalAndMailboxesAreHidden() async throws {
      let queues = "rabbitmq/rabbit_queues_with_orphan_default.json"
      let reading = try await poll(queues, Self.alarms[1], status: "200 OK")
      let snapshot = try #require(reading.snapshot(QueuesSnapshot.self))
      #expect(snapshot.queues.map(\.name) == ["celery", "default"])
      #expect(snapshot.hidden == 2)
      #expect(reading.state("queue.default.depth") == .crit)
      #expect(reading.state("queue.depth") == .ok)
      #expect(reading.value("rabbitmq.alarms") == .number(0))
    }

    @Test @LoopActor func theStuckQueueIsCriticalForItsConsumersNotItsDepth() async throws {
      let reading = try await poll("rabbitmq/rabbit_queues.json", Self.alarms[2], status: "200 OK")
      #expect(reading.value("queue.depth") == .number(60))
      #expect(reading.state("queue.depth") == .crit)
      #expect(reading.observations.first { $0.name == "queue.depth" }?.word == "no consumers")
    }

    @Test @LoopActor func anAlarmIsCriticalAndNamed() async throws {
      let queues = "rabbitmq/rabbit_queues.json"
      let reading = try await poll(queues, Self.alarms[0], status: "503 Service Unavailable")
      #expect(reading.state("rabbitmq.alarms") == .crit)
      #expect(reading.observations.first { $0.name == "rabbitmq.alarms" }?.word == "alarm: memory")
    }
  }
}
