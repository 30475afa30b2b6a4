public import Facts

/// One consumer of a queue, as the broker tells it.
public struct QueueConsumer: Sendable, Hashable {
  /// The name of its connection, which no other one has while it lasts.
  public var connection: String
  /// The address that its connection comes from, as the broker sees it; empty if that isn't told.
  public var host: String
  /// The port that it comes from; nil if that isn't told.
  public var port: Int?
  /// How long its connection has been there, by the broker's own clock, which tells whole seconds; nil if that isn't
  /// told: a user who may not monitor sees only connections of his own.
  public var age: ClosedRange<Duration>?
  /// How many messages its channel is done with: acknowledged, or delivered without being asked to be; nil if that
  /// isn't told.
  public var acked: Int?
  /// Whether the broker gives it messages: one that waits for another to go, or whose node is gone, gets none.
  public var isActive: Bool

  /// Describes a consumer.
  public init(
    connection: String,
    host: String = "",
    port: Int? = nil,
    age: ClosedRange<Duration>? = nil,
    acked: Int? = nil,
    isActive: Bool = true
  ) {
    self.connection = connection
    self.host = host
    self.port = port
    self.age = age
    self.acked = acked
    self.isActive = isActive
  }

  /// Whether its connection comes from one of these addresses, or from one with its port.
  public func comes(from addresses: Set<String>) -> Bool {
    guard !host.isEmpty else { return false }
    return addresses.contains(host) || port.map { addresses.contains("\(host):\($0)") } ?? false
  }

  /// The consumers of a reply about a queue, joined with those about connections and channels, which were given at
  /// `now` by the broker's clock; nil if the first doesn't tell all of them.
  static func list(
    _ queue: JSONValue,
    connections: JSONValue?,
    channels: JSONValue?,
    now: WallTime?
  ) -> [QueueConsumer]? {
    guard let details = queue["consumer_details"]?.list else { return nil }
    var started: [String: WallTime] = [:]
    for connection in connections?.list ?? [] {
      guard let name = connection["name"]?.text, let time = connection["connected_at"]?.number else {
        continue
      }
      started[name] = WallTime(secondsSince1970: time / 1_000)
    }
    var done: [String: Int] = [:]
    for channel in channels?.list ?? [] {
      guard let name = channel["name"]?.text, let count = count(channel) else { continue }
      done[name] = count
    }
    var consumers: [QueueConsumer] = []
    for detail in details {
      guard let channel = detail["channel_details"], let name = channel["connection_name"]?.text,
        !name.isEmpty
      else { return nil }
      var consumer = QueueConsumer(connection: name, host: channel["peer_host"]?.text ?? "")
      consumer.port = channel["peer_port"]?.integer
      consumer.isActive = isActive(detail)
      if let now, let start = started[name] { consumer.age = age(start, now) }
      consumer.acked = channel["name"]?.text.flatMap { done[$0] }
      consumers.append(consumer)
    }
    return consumers
  }

  /// Whether it gets messages; brokers before 3.8 tell nothing of it.
  private static func isActive(_ detail: JSONValue) -> Bool {
    if let told = detail["active"], told != .flag(true) { return false }
    guard let told = detail["activity_status"] else { return true }
    return told.text.map { ["up", "single_active"].contains($0) } ?? false
  }

  /// Between what it is if the clock has just begun its second, and what it is at that second's end; nil for a start
  /// that lies ahead of it: one of the two is told by another clock.
  private static func age(_ start: WallTime, _ now: WallTime) -> ClosedRange<Duration>? {
    let seconds = now.secondsSince1970 - start.secondsSince1970
    guard seconds.isFinite, seconds > -1, seconds < 1e9 else { return nil }
    return .seconds(max(0, seconds))...Duration.seconds(max(0, seconds) + 1)
  }

  /// What a channel is done with: nothing yet where there are no statistics of it.
  private static func count(_ channel: JSONValue) -> Int? {
    guard let stats = channel["message_stats"], stats != .null, stats != .list([]) else { return 0 }
    guard stats.isObject else { return nil }
    var sum = 0
    for told in ["ack", "deliver_no_ack"].compactMap({ stats[$0] }) {
      // A count that no broker has is none; two that it can have add up.
      guard let count = told.integer, count >= 0 else { return nil }
      sum += count
    }
    return sum
  }
}

/// Reads who consumes from a queue, and since when.
@LoopActor public protocol QueueConsumerReader: AnyObject, Sendable {
  /// Asks once.
  func consumers() async throws(SourceFailure) -> [QueueConsumer]
}

/// Reads it from RabbitMQ's management API: three questions, and so only where an act is to be proven.
@LoopActor public final class RabbitMQConsumerReader: QueueConsumerReader {
  private let client: HTTPClient
  private let base: String
  private let vhost: String
  private let queue: String
  private let credentials: HTTPCredentials?
  private let standing: HTTPStanding
  private let deadline: Duration

  /// Makes a reader of one queue for the management API at `base`.
  public init(
    base: String,
    vhost: String,
    queue: String,
    credentials: HTTPCredentials?,
    client: HTTPClient,
    deadline: Duration = .seconds(2)
  ) {
    self.client = client
    self.base = withoutSlash(base)
    self.vhost = percentEncoded(vhost)
    self.queue = percentEncoded(queue)
    self.credentials = credentials
    standing = credentials?.standing ?? HTTPStanding()
    self.deadline = deadline
  }

  /// Asks once.
  public func consumers() async throws(SourceFailure) -> [QueueConsumer] {
    let path = "/api/queues/\(vhost)/\(queue)?columns=consumer_details"
    let queue = try await ask(path)
    // Without these two it is known who consumes and not since when: that is said, and no failure.
    let connections = try? await ask("/api/vhosts/\(vhost)/connections?columns=name,connected_at")
    let channels = try? await ask(
      "/api/vhosts/\(vhost)/channels?columns=name,message_stats.ack,message_stats.deliver_no_ack"
    )
    guard
      let consumers = QueueConsumer.list(
        queue.document,
        connections: connections?.document,
        channels: channels?.document,
        now: connections?.now
      )
    else { throw SourceFailure(.unreadable, at: redacted(base) + path, detail: "no consumers are told") }
    return consumers
  }

  private func ask(_ path: String) async throws(SourceFailure) -> (document: JSONValue, now: WallTime?) {
    var request = HTTPRequest(
      "GET",
      base + path,
      credentials: credentials,
      deadline: deadline,
      cap: 16 << 20
    )
    request.standing = standing
    let response = try await client.send(request)
    let now = response.header("date").flatMap { WallTime(httpDate: $0) }
    return (try await response.document(of: "RabbitMQ", at: request.place), now)
  }
}
