public import Facts

/// A queue of the broker as it stands at one moment, asked by itself.
public struct BrokerQueue: Sendable, Hashable {
  /// The virtual host.
  public var vhost: String
  /// The name in its virtual host.
  public var name: String
  /// `classic`, `quorum` or `stream`, as told; nil if the broker didn't tell.
  public var type: String?
  /// Messages ready for delivery, up to 5 s old; nil while the broker has no statistics of it.
  public var ready: Int?
  /// Messages delivered and not acknowledged, as old; nil while unknown.
  public var unacked: Int?
  /// Consumers, as old; nil while unknown.
  public var consumers: Int?
  /// Messages published since the broker began to count; nil if none ever was, or unknown.
  public var published: Int?

  /// Makes a queue.
  public init(
    vhost: String,
    name: String,
    type: String?,
    ready: Int?,
    unacked: Int?,
    consumers: Int?,
    published: Int? = nil
  ) {
    self.vhost = vhost
    self.name = name
    self.type = type
    self.ready = ready
    self.unacked = unacked
    self.consumers = consumers
    self.published = published
  }

  /// Reads one queue of the management API; nil if it isn't one.
  init?(_ reply: JSONValue) {
    guard let name = reply["name"]?.text, let vhost = reply["vhost"]?.text else { return nil }
    func count(_ value: JSONValue?) -> Int? { value?.integer.flatMap { $0 < 0 ? nil : $0 } }
    self.init(
      vhost: vhost,
      name: name,
      type: reply["type"]?.text,
      ready: count(reply["messages_ready"]),
      unacked: count(reply["messages_unacknowledged"]),
      consumers: count(reply["consumers"]),
      published: count(reply["message_stats"]?["publish"])
    )
  }
}

/// A message that was taken from a queue to be looked at, and put back.
public struct BrokerMessage: Sendable, Hashable {
  /// The exchange it was published to; empty: the default one.
  public var exchange: String
  /// The key it was published with.
  public var routingKey: String
  /// Whether it had been delivered before this time.
  public var isRedelivered: Bool
  /// The payload: text, or base64 where it is no UTF-8.
  public var payload: String
  /// Whether the payload is base64.
  public var isBase64: Bool
  /// How many messages were ready behind it when it was taken; nil if the broker didn't tell.
  public var behind: Int?
  /// All of it as the broker told it.
  public var whole: JSONValue

  /// Reads one element of the reply to a `get`; nil if it isn't one.
  init?(_ reply: JSONValue) {
    guard let payload = reply["payload"]?.text, let encoding = reply["payload_encoding"]?.text,
      let exchange = reply["exchange"]?.text, let key = reply["routing_key"]?.text
    else { return nil }
    self.exchange = exchange
    routingKey = key
    isRedelivered = reply["redelivered"]?.flag ?? false
    self.payload = payload
    isBase64 = encoding == "base64"
    behind = reply["message_count"]?.integer
    whole = reply
  }
}

/// Messages of a queue as they are kept: each as the broker told it, one JSON object a line.
public struct MessageCopy: Sendable {
  /// The lines.
  public var lines: [UInt8]
  /// How many messages they are.
  public var count: Int
  /// How many messages were ready behind the last one; nil if there was none, or the broker didn't tell.
  public var behind: Int?

  /// Makes a copy.
  public init(lines: [UInt8], count: Int, behind: Int?) {
    self.lines = lines
    self.count = count
    self.behind = behind
  }
}

/// One broker as acts use it: single queues, asked and changed through the management API.
///
/// Reading a queue changes nothing. Taking messages to look at them or to copy them marks them as redelivered, and
/// ``purge(_:vhost:)`` destroys them: the executor alone leads there.
@LoopActor public final class QueueBroker: Sendable {
  /// The id of the source that tells of its queues.
  public nonisolated let source: String
  /// The address as it is shown, without a path.
  public nonisolated let address: String
  let client: HTTPClient
  private let base: String
  private let credentials: HTTPCredentials?

  /// The least time for an answer: a long queue takes a while to be emptied.
  private static let deadline = Duration.seconds(30)
  /// The most bytes of messages that are taken in one reply.
  private static let messagesCap = 48 << 20

  private static let columns = [
    "name", "vhost", "type", "messages_ready", "messages_unacknowledged", "consumers",
    "message_stats.publish",
  ].joined(separator: ",")

  /// Makes one for the management API at `base`, whose queues the source of that id tells.
  public init(source: String, base: String, credentials: HTTPCredentials?, client: HTTPClient) {
    self.source = source
    self.base = withoutSlash(base)
    self.credentials = credentials
    self.client = client
    address = redacted(base)
  }

  /// What a purge sends, as previews show it.
  public nonisolated func purgeShown(_ queue: String, vhost: String) -> String {
    "DELETE \(address)\(Self.path(queue, vhost))/contents"
  }

  /// What taking messages to look at them sends, as previews show it.
  public nonisolated func messagesShown(_ queue: String, vhost: String, count: Int) -> String {
    "POST \(address)\(Self.path(queue, vhost))/get \(Self.question(count))"
  }

  /// The queue as it stands now.
  /// - Throws: `notFound` where there is none; why it can't be told.
  public func queue(_ name: String, vhost: String) async throws(SourceFailure) -> BrokerQueue {
    let request = request("GET", "\(Self.path(name, vhost))?columns=\(Self.columns)")
    let queue = try await client.send(request).read(of: "RabbitMQ", at: request.place) { BrokerQueue($0) }
    guard queue.name == name, queue.vhost == vhost else {
      throw SourceFailure(.unreadable, at: request.place, told: "not RabbitMQ: another queue")
    }
    return queue
  }

  /// Takes up to `count` messages from the front, and puts them back: they are marked redelivered.
  /// - Throws: why it can't be told; after `timedOut` they may have been marked all the same.
  public func messages(
    of queue: String,
    vhost: String,
    count: Int
  ) async throws(SourceFailure) -> [BrokerMessage] {
    try await take(count, from: queue, vhost: vhost) { $0 }
  }

  /// Takes as many, puts them back, and makes of them what is written into a file.
  /// - Throws: as ``messages(of:vhost:count:)``; `tooLarge` above 48 MiB.
  public func copy(of queue: String, vhost: String, count: Int) async throws(SourceFailure) -> MessageCopy {
    try await take(count, from: queue, vhost: vhost) { messages in
      let lines = messages.flatMap { Array("\($0.whole.json)\n".utf8) }
      return MessageCopy(lines: lines, count: messages.count, behind: messages.last?.behind)
    }
  }

  /// What `make` makes of the messages, beside the loop: they may be many.
  private func take<Made: Sendable>(
    _ count: Int,
    from queue: String,
    vhost: String,
    _ make: @escaping @Sendable ([BrokerMessage]) -> Made
  ) async throws(SourceFailure) -> Made {
    var request = request("POST", "\(Self.path(queue, vhost))/get", body: Self.question(count))
    request.cap = Self.messagesCap
    return try await client.send(request).read(of: "RabbitMQ", at: request.place) { reply in
      guard let list = reply.list else { return nil }
      let messages = list.compactMap { BrokerMessage($0) }
      return messages.count == list.count ? make(messages) : nil
    }
  }

  /// Throws away all messages that are ready; those that a consumer holds stay.
  /// - Throws: the broker's refusal; `timedOut` leaves the outcome unknown.
  public func purge(_ queue: String, vhost: String) async throws(SourceFailure) {
    let request = request("DELETE", "\(Self.path(queue, vhost))/contents")
    let response = try await client.send(request)
    if let failure = response.failure(at: request.place) { throw failure }
    // A broker says 204 and nothing else; a page with 200 comes from somebody in between.
    guard response.status == 204 else { throw response.foreign("RabbitMQ", at: request.place) }
  }

  /// A request to the management API below its address.
  func request(_ method: String, _ path: String, body: String? = nil) -> HTTPRequest {
    var request = HTTPRequest(
      method,
      base + path,
      body: body.map { Array($0.utf8) },
      credentials: credentials,
      deadline: Self.deadline
    )
    if body != nil { request.headers = [("Content-Type", "application/json")] }
    return request
  }

  nonisolated static func path(_ queue: String, _ vhost: String) -> String {
    "/api/queues/\(percentEncoded(vhost))/\(percentEncoded(queue))"
  }

  private nonisolated static func question(_ count: Int) -> String {
    #"{"count":\#(count),"ackmode":"ack_requeue_true","encoding":"auto"}"#
  }
}
