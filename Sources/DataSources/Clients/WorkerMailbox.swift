public import Facts

/// A command of Celery's remote control, with what it is given.
public struct WorkerCommand: Sendable, Hashable {
  /// The name in `celery.worker.control`: `ping`, `pool_grow`.
  public var method: String
  /// What it is given, as JSON: `{"n":1}`.
  public var arguments: String

  /// Names a command.
  public init(_ method: String, arguments: String = "{}") {
    self.method = method
    self.arguments = arguments
  }
}

/// What workers answered to a command.
public struct WorkerReplies: Sendable, Hashable {
  /// The answers by worker.
  public var answers: [String: JSONValue] = [:]
  /// The workers that said nothing in time: they may be busy, frozen or gone, and may have heard.
  public var silent: [String]

  /// Makes replies of none yet.
  public init(silent: [String]) {
    self.silent = silent
  }

  /// The errors that workers answered with, by worker.
  public var errors: [String: String] { answers.compactMapValues { $0["error"]?.text } }
}

/// The mailboxes of Celery's workers in one virtual host, by RabbitMQ's management API alone.
///
/// The protocol is kombu's (`kombu.pidbox`): a command goes to the fanout exchange `celery.pidbox` with the names of
/// those that it is for; answers come through `reply.celery.pidbox` into a queue of the asker's own, which is made
/// for the question and ends 10 s later at the latest. Finding workers changes nothing.
@LoopActor public struct WorkerMailbox {
  private let broker: QueueBroker
  private let vhost: String

  private nonisolated static let exchange = "celery.pidbox"
  private static let replyExchange = "reply.celery.pidbox"
  /// How long the workers may take to answer.
  private static let patience = Duration.seconds(2)
  /// How long the broker may take for each request.
  private static let deadline = Duration.seconds(5)

  /// The mailboxes of a broker's virtual host.
  public init(_ broker: QueueBroker, vhost: String) {
    self.broker = broker
    self.vhost = vhost
  }

  /// What a command sends, as previews show it; the ticket and where to answer are made when it is sent.
  public nonisolated func shown(_ command: WorkerCommand, to workers: [String]) -> String {
    let list = JSONBody.array(workers.map { .string($0) }).text
    return """
      POST \(broker.address)\(Self.publishPath(vhost)) \
      {"method":"\(command.method)","arguments":\(command.arguments),"destination":\(list)}
      """
  }

  /// The workers that consume a queue: those whose connection also listens at a mailbox.
  ///
  /// - Throws: why it can't be told; a worker that has no mailbox, or one on a connection of its own, is not told.
  public func workers(of queue: String) async throws(SourceFailure) -> [String] {
    let columns = "queue.name,queue.vhost,channel_details.connection_name"
    let request = request("GET", "/api/consumers/\(percentEncoded(vhost))?columns=\(columns)")
    let consumers = try await broker.client.send(request).read(of: "RabbitMQ", at: request.place) { $0.list }
    let named = consumers.compactMap { consumer -> (queue: String, connection: String)? in
      guard let name = consumer["queue"]?["name"]?.text,
        let connection = consumer["channel_details"]?["connection_name"]?.text
      else { return nil }
      return (name, connection)
    }
    let consuming = Set(named.filter { $0.queue == queue }.map(\.connection))
    let mailbox = ".\(Self.exchange)"
    let found = named.filter { $0.queue.hasSuffix(mailbox) && consuming.contains($0.connection) }
    return Set(found.map { String($0.queue.dropLast(mailbox.count)) }).sorted()
  }

  /// Sends a command to workers, and returns when all have answered or 2 s are over.
  /// - Throws: it was not sent, or nobody knows whether it was (`timedOut`, `disconnected`).
  public func ask(_ command: WorkerCommand, of workers: [String]) async throws(SourceFailure) -> WorkerReplies
  {
    let id =
      String(UInt64.random(in: .min ... .max), radix: 36)
      + String(UInt32.random(in: .min ... .max), radix: 36)
    let queue = "\(id).\(Self.replyExchange)"
    try await send(
      "PUT",
      QueueBroker.path(queue, vhost),
      #"{"durable":false,"auto_delete":false,"arguments":{"x-expires":10000}}"#
    )
    var replies = WorkerReplies(silent: workers)
    do throws(SourceFailure) {
      try await bind(queue, key: id)
      try await publish(command, to: workers, answeringTo: id)
    } catch {
      await remove(queue)
      throw error
    }
    let deadline = LoopActor.now().monotonic + Self.patience
    while !replies.silent.isEmpty, LoopActor.now().monotonic < deadline {
      for (worker, answer) in await answers(in: queue, ticket: id) where workers.contains(worker) {
        replies.answers[worker] = answer
      }
      replies.silent = workers.filter { replies.answers[$0] == nil }
      if !replies.silent.isEmpty { await LoopActor.sleep(for: .milliseconds(50)) }
    }
    await remove(queue)
    return replies
  }

  private func bind(_ queue: String, key: String) async throws(SourceFailure) {
    let host = percentEncoded(vhost)
    let path = "/api/bindings/\(host)/e/\(Self.replyExchange)/q/\(percentEncoded(queue))"
    let body = JSONBody.object([.init("routing_key", .string(key))]).text
    do throws(SourceFailure) {
      try await send("POST", path, body)
    } catch {
      // No worker has ever answered anybody: it makes the exchange when it first does.
      guard error.code == .notFound else { throw error }
      let exchange = #"{"type":"direct","durable":false,"auto_delete":false}"#
      try await send("PUT", "/api/exchanges/\(host)/\(Self.replyExchange)", exchange)
      try await send("POST", path, body)
    }
  }

  private func publish(
    _ command: WorkerCommand,
    to workers: [String],
    answeringTo id: String
  ) async throws(SourceFailure) {
    let list = JSONBody.array(workers.map { .string($0) }).text
    let message = """
      {"method":"\(command.method)","arguments":\(command.arguments),"destination":\(list),"pattern":null,\
      "matcher":null,"ticket":"\(id)","reply_to":{"exchange":"\(Self.replyExchange)","routing_key":"\(id)"}}
      """
    let expires = Int(LoopActor.now().wall.secondsSince1970) + 10
    let body = """
      {"properties":{"content_type":"application/json","content_encoding":"utf-8",\
      "headers":{"clock":1,"expires":\(expires)}},\
      "routing_key":"","payload_encoding":"string","payload":\(JSONBody.quoted(message))}
      """
    let request = request("POST", Self.publishPath(vhost), body)
    let isRouted = try await broker.client.send(request).read(of: "RabbitMQ", at: request.place) { reply in
      reply["routed"]?.flag
    }
    guard isRouted else { throw SourceFailure(.notFound, at: request.place, detail: "no mailbox took it") }
  }

  /// What has come so far, by worker; nothing where it can't be told: who isn't heard stays silent.
  private func answers(in queue: String, ticket: String) async -> [(worker: String, answer: JSONValue)] {
    let question = #"{"count":50,"ackmode":"ack_requeue_false","encoding":"auto"}"#
    let request = request("POST", "\(QueueBroker.path(queue, vhost))/get", question)
    do throws(SourceFailure) {
      return try await broker.client.send(request).read(of: "RabbitMQ", at: request.place) { reply in
        reply.list?.compactMap { BrokerMessage($0) }.flatMap {
          message -> [(worker: String, answer: JSONValue)] in
          guard message.whole["properties"]?["headers"]?["ticket"]?.text == ticket,
            case .object(let answers)? = JSONValue(parsing: Array(message.payload.utf8))
          else { return [] }
          return answers.map { ($0.key, $0.value) }
        }
      }
    } catch {
      return []
    }
  }

  /// Takes the queue of answers away; if that fails, it ends by itself.
  private func remove(_ queue: String) async {
    _ = try? await broker.client.send(request("DELETE", QueueBroker.path(queue, vhost)))
  }

  private func send(_ method: String, _ path: String, _ body: String) async throws(SourceFailure) {
    let request = request(method, path, body)
    let response = try await broker.client.send(request)
    if let failure = response.failure(at: request.place) { throw failure }
    guard [201, 204].contains(response.status) else { throw response.foreign("RabbitMQ", at: request.place) }
  }

  private func request(_ method: String, _ path: String, _ body: String? = nil) -> HTTPRequest {
    var request = broker.request(method, path, body: body)
    request.deadline = Self.deadline
    return request
  }

  private nonisolated static func publishPath(_ vhost: String) -> String {
    "/api/exchanges/\(percentEncoded(vhost))/\(exchange)/publish"
  }
}
