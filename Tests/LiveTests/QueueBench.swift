import DataSources
import Foundation
import Testing

/// A queue of the stack's broker that is a test's own, with programs that fill it and hold of it.
final class QueueBench {
  /// The queue's name.
  let name: String
  let stack: LiveStack
  private var programs: [TestProcess] = []
  private var streams: [TestProcess] = []

  /// Declares it anew.
  init(_ stack: LiveStack, _ name: String, type: String = "classic") async throws {
    self.stack = stack
    self.name = name
    try await call("DELETE", queue)
    let answer = try await call("PUT", queue, #"{"durable":true,"arguments":{"x-queue-type":"\#(type)"}}"#)
    try #require(answer.output.isEmpty, "\(answer)")
  }

  /// Takes it away again.
  func remove() async throws {
    endPrograms()
    try await call("DELETE", queue)
  }

  /// Ends what was started for it.
  func endPrograms() {
    for program in programs {
      program.send(SIGKILL)
      program.wait()
    }
    programs = []
    endStream()
  }

  /// Ends what publishes all the time; who holds messages goes on.
  func endStream() {
    for stream in streams {
      stream.send(SIGKILL)
      stream.wait()
    }
    streams = []
  }

  /// Publishes messages that stay ready, after some that a consumer holds until the end; returns once the broker
  /// counts them.
  func fill(ready: Int, held: Int = 0) async throws {
    programs.append(started(Self.filler, "\(ready + held)", "\(held)"))
    try await become(ready: ready, unacked: held)
  }

  /// Publishes one message with this payload.
  func publish(_ payload: String) async throws {
    let body =
      #"{"properties":{},"routing_key":"\#(name)","payload":"\#(payload)","payload_encoding":"string"}"#
    let answer = try await call("POST", "/api/exchanges/voiceai/amq.default/publish", body)
    try #require(answer.output.contains(#""routed":true"#), "\(answer)")
    try await become(ready: 1, unacked: 0)
  }

  /// Publishes 31 messages a second until the end.
  func keepFilling() { streams.append(started(Self.stream)) }

  /// Waits until the broker counts so.
  func become(ready: Int, unacked: Int, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    var told: (ready: Int?, unacked: Int?) = (nil, nil)
    for _ in 0..<300 where told != (ready, unacked) {
      try await Task.sleep(for: .milliseconds(100))
      told = try await counts()
    }
    #expect(told == (ready, unacked), sourceLocation: sourceLocation)
  }

  /// What the broker counted last.
  func counts() async throws -> (ready: Int?, unacked: Int?) {
    let told = try await call("GET", queue).json
    return (told["messages_ready"]?.integer, told["messages_unacknowledged"]?.integer)
  }

  private var queue: String { "/api/queues/voiceai/\(name)" }

  @discardableResult
  private func call(_ method: String, _ path: String, _ body: String? = nil) async throws -> LiveStack.Outcome
  {
    let words = [
      "/usr/bin/curl", "-sS", "-m", "10", "-X", method, "-u",
      "rabbitmq:\(stack.variables["RABBITMQ_PASS"] ?? "")",
      (stack.variables["STACK_RABBIT_URL"] ?? "") + path,
    ]
    return try await LiveStack.run(
      words + (body.map { ["-H", "Content-Type: application/json", "-d", $0] } ?? [])
    )
  }

  private func started(_ script: String, _ words: String...) -> TestProcess {
    let url = stack.variables["STACK_AMQP_URL"] ?? ""
    return TestProcess(
      ["/usr/bin/python3", "-c", script, url, name] + words,
      log: "\(stack.directory)/\(name).log"
    )
  }

  private static let filler = """
    import sys, pika
    url, queue, count, held = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    for number in range(count):
        headers = {"task": "app.tasks.run", "id": f"task-{number}"}
        channel.basic_publish("", queue, f'{{"number": {number}}}'.encode(),
                              pika.BasicProperties(content_type="application/json", headers=headers))
    if held:
        channel.basic_qos(prefetch_count=held)
        channel.basic_consume(queue, lambda *_: None)
        channel.start_consuming()
    connection.close()
    """

  private static let stream = """
    import sys, pika
    connection = pika.BlockingConnection(pika.URLParameters(sys.argv[1]))
    channel = connection.channel()
    while True:
        channel.basic_publish("", sys.argv[2], b"late")
        connection.sleep(1 / 31)
    """
}

/// What stands between the console and the real broker, and spoils some of what passes.
enum BrokerRelay {
  /// What becomes of a request.
  enum Fate {
    /// It goes to the broker, and its answer back.
    case pass
    /// It goes to the broker with this body instead of its own.
    case send(String)
    /// It goes to the broker, and half of its answer back: then the connection ends.
    case cut(String)
    /// Somebody in between answers.
    case answer(String)
  }

  /// A relay to the stack's broker, and what makes the console go through it.
  static func start(
    _ stack: LiveStack,
    _ fate: @escaping @Sendable (_ line: String) -> Fate
  ) throws -> (server: ScriptedServer, environment: [String: String]) {
    let broker = stack.variables["STACK_RABBIT_URL"] ?? ""
    let port = try #require(broker.split(separator: ":").last.flatMap { UInt16($0) })
    let server = ScriptedServer { connection in
      guard let head = connection.readRequest() else { return }
      switch fate(head.split(separator: "\r\n").first.map(String.init) ?? "") {
      case .pass: connection.write(forward(head, "", to: port))
      case .send(let body): connection.write(forward(head, body, to: port))
      case .cut(let body):
        let answer = forward(head, body, to: port)
        connection.write(Array(answer.prefix(answer.count / 2)))
      case .answer(let status):
        connection.write("HTTP/1.1 \(status)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
      }
    }
    let text = try String(contentsOfFile: stack.variables["SWITCHBOARD_CONFIG"] ?? "", encoding: .utf8)
    let path = "\(stack.directory)/relay-\(server.port).yaml"
    let changed = text.replacing(broker, with: String(server.url.dropLast()))
    try #require(changed != text)
    try changed.write(toFile: path, atomically: true, encoding: .utf8)
    return (server, ["SWITCHBOARD_CONFIG": path])
  }

  /// The broker's whole answer.
  private static func forward(_ head: String, _ body: String, to port: UInt16) -> [UInt8] {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    address.sin_port = port.bigEndian
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { return [] }
    let lines = head.split(separator: "\r\n").filter { line in
      !["content-length:", "connection:"].contains { line.lowercased().hasPrefix($0) }
    }
    let framing = ["Connection: close", "Content-Length: \(body.utf8.count)", "", body]
    let request = Array((lines.map(String.init) + framing).joined(separator: "\r\n").utf8)
    guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else { return [] }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { return answer }
      answer += buffer[..<count]
    }
  }
}
