import Facts
import FoundationEssentials
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

/// A real RabbitMQ with its management API and without statistics, of the tests' own, on loopback.
final class TestRabbitMQ: Sendable {
  let port = TestProcess.freePort()
  private let directory = TestProcess.directory()
  private let server: TestProcess
  private let names: [String: String]

  var url: String { "http://127.0.0.1:\(port)" }

  init() throws {
    let amqp = TestProcess.freePort()
    for name in ["home", "mnesia", "log"] { runToItsEnd(["/bin/mkdir", "\(directory)/\(name)"]) }
    let settings = """
      [{rabbit, [{tcp_listeners, [{"127.0.0.1", \(amqp)}]}]},
       {rabbitmq_management_agent, [{disable_metrics_collector, true}]},
       {rabbitmq_management, [{tcp_config, [{port, \(port)}, {ip, "127.0.0.1"}]}]}].
      """
    try Data(settings.utf8).write(to: URL(filePath: "\(directory)/rabbitmq.config"))
    try Data("[rabbitmq_management].\n".utf8).write(to: URL(filePath: "\(directory)/plugins"))
    names = [
      "HOME": "\(directory)/home", "RABBITMQ_NODENAME": "test\(amqp)@localhost",
      "RABBITMQ_MNESIA_BASE": "\(directory)/mnesia", "RABBITMQ_LOG_BASE": "\(directory)/log",
      "RABBITMQ_LOGS": "-", "RABBITMQ_ENABLED_PLUGINS_FILE": "\(directory)/plugins",
      "RABBITMQ_CONFIG_FILE": "\(directory)/rabbitmq.config", "RABBITMQ_CONF_ENV_FILE": "/dev/null",
      "RABBITMQ_DIST_PORT": "\(TestProcess.freePort())", "ERL_EPMD_PORT": "\(TestProcess.freePort())",
      "ERL_EPMD_ADDRESS": "127.0.0.1",
      // The distribution port listens on every address unless told not to.
      "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
      "RABBITMQ_SERVER_ERL_ARGS": "+S 2:2 +P 65536 +sbwt none",
      // The script then becomes the Erlang machine instead of waiting for it.
      "RUNNING_UNDER_SYSTEMD": "true",
    ]
    let variables = names.map { "\($0.key)=\($0.value)" }
    server = TestProcess(
      ["/usr/bin/env"] + variables + ["/usr/lib/rabbitmq/bin/rabbitmq-server"],
      log: "\(directory)/output"
    )
  }

  /// Ends the broker, and the port mapper that it leaves behind.
  func stop() {
    server.send(SIGKILL)
    server.wait()
    let port = names["ERL_EPMD_PORT"] ?? ""
    _ = TestProcess(["/usr/bin/env", "ERL_EPMD_PORT=\(port)", "/usr/bin/epmd", "-kill"], log: "/dev/null")
      .wait()
  }
}

/// What is known of a broker whose management API keeps no statistics.
@Suite(.serialized) struct RabbitMQLiveTests {
  init() { EventLoop.runOnOwnThread() }

  @Test @LoopActor func withoutStatisticsDepthsAreKnownAndTheRestIsNoValue() async throws {
    let broker = try TestRabbitMQ()
    defer { broker.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let origin = try #require(WebOrigin(of: broker.url))
    let credentials = HTTPCredentials(.basic(user: "guest", password: Secret("guest")), for: origin)
    func call(_ method: String, _ path: String, _ body: String? = nil) async -> Int? {
      var request = HTTPRequest(
        method,
        broker.url + path,
        body: body.map { Array($0.utf8) },
        deadline: .seconds(5)
      )
      request.credentials = HTTPCredentials(.basic(user: "guest", password: Secret("guest")), for: origin)
      request.headers = [("Content-Type", "application/json")]
      return try? await client.send(request).status
    }
    await eventually("the broker starts") { await call("GET", "/api/overview") == 200 }
    let queues = [
      "celery": "{}",
      "delayed": #"{"x-message-ttl":600000,"x-dead-letter-exchange":"","x-queue-type":"quorum"}"#,
      "log": #"{"x-queue-type":"stream"}"#,
    ]
    for (name, arguments) in queues {
      let body = #"{"durable":true,"arguments":\#(arguments)}"#
      #expect(await call("PUT", "/api/queues/%2F/\(name)", body) == 201)
    }
    for name in ["celery", "celery", "celery", "delayed", "log"] {
      let body = #"{"properties":{},"routing_key":"\#(name)","payload":"x","payload_encoding":"string"}"#
      #expect(await call("POST", "/api/exchanges/%2F/amq.default/publish", body) == 200)
    }
    let source = RabbitMQSource(
      id: "rabbitmq",
      base: broker.url,
      vhost: "/",
      mainQueue: "celery",
      credentials: credentials,
      stalledAfter: .seconds(30),
      client: client,
      deadline: .seconds(10)
    )
    var reading = SourceReading([])
    try await eventually("the totals are kept") {
      reading = try await source.poll()
      return reading.value("queue.depth") == .number(3)
    }
    let depth = try #require(reading.observations.first { $0.name == "queue.depth" })
    #expect(depth.state == .ok && depth.word == "statistics are off")
    for measure in ["consumers", "orphaned", "stalled", "consuming", "ack_rate"] {
      let told = try #require(reading.observations.first { $0.name == FactName("queue", "celery", measure) })
      #expect(told.value == nil && told.state == .nodata, "\(measure)")
      #expect(told.word == "statistics are off" && told.absence == nil, "\(measure)")
    }
    for (name, word) in [("delayed", "delayed messages"), ("log", "stream")] {
      let told = try #require(reading.observations.first { $0.name == FactName("queue", name, "depth") })
      #expect(told.kind == .info && told.word == word)
    }
    #expect(reading.value("rabbitmq.alarms") == .number(0))
  }
}
