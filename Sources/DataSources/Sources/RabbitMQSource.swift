public import Facts

/// RabbitMQ's management API: queues with depth, rates and consumers, and the node alarms.
///
/// Statistics lag up to the broker's collection interval (5 s by default). The answer is the truth
/// about queue depth; what Prometheus says of it is shown beside. `/api/aliveness-test` is never
/// asked: it creates a queue.
@LoopActor public final class RabbitMQSource: Source {
  /// The queue thresholds of the runbook's section "Alert Thresholds".
  public struct Thresholds: Sendable, Hashable {
    /// Depth beyond which the queue is WARN.
    public var warning: Int
    /// Depth beyond which the queue is CRIT.
    public var critical: Int

    /// Makes thresholds; the runbook's 500 and 1000 unless told.
    public init(warning: Int = 500, critical: Int = 1_000) {
      self.warning = warning
      self.critical = critical
    }
  }

  /// How it is polled and told.
  public let descriptor: SourceDescriptor
  private let client: HTTPClient
  private let base: String
  private let vhost: String
  private let mainQueue: String
  private let credentials: HTTPCredentials?
  private let standing: HTTPStanding
  private let thresholds: Thresholds
  private let ignored: [String]
  private var trends: QueueTrends
  /// Which queues the exchanges for dead letters lead to, and when that was asked.
  private var bindings: (reply: JSONValue, askedAt: MonotonicTime)?

  /// How old the broker's counts may be: it gathers them every 5 s (`collect_statistics_interval`).
  public nonisolated static let statisticsLag = Duration.seconds(5)

  /// The columns that are asked for: without them each queue costs 2 kB.
  private static let columns = [
    "name", "vhost", "type", "state", "arguments", "effective_policy_definition", "messages",
    "messages_ready", "messages_unacknowledged", "consumers", "message_stats.publish",
    "message_stats.publish_details.rate",
    "message_stats.ack", "message_stats.ack_details.rate", "message_stats.deliver_no_ack",
    "message_stats.deliver_no_ack_details.rate",
  ].joined(separator: ",")

  /// How long the bindings of exchanges for dead letters are believed.
  private static let bindingsLast = Duration.seconds(60)

  /// Makes a source for the management API at `base` (such as `http://localhost:15672`).
  ///
  /// Queues of the patterns (`*`, `?`) of `ignored` are not told, the main one excepted; `stalledAfter` is how long
  /// messages may wait at consumers that acknowledge none.
  public init(
    id: String,
    base: String,
    vhost: String,
    mainQueue: String,
    credentials: HTTPCredentials?,
    thresholds: Thresholds = Thresholds(),
    ignored: [String] = [],
    stalledAfter: Duration,
    client: HTTPClient,
    interval: Duration = .seconds(5),
    deadline: Duration = .seconds(2)
  ) {
    self.client = client
    self.base = withoutSlash(base)
    self.vhost = vhost
    self.mainQueue = mainQueue
    self.credentials = credentials
    standing = credentials?.standing ?? HTTPStanding()
    self.thresholds = thresholds
    self.ignored = ignored
    trends = QueueTrends(stalledAfter: stalledAfter)
    descriptor = SourceDescriptor(
      id: id,
      kind: "RabbitMQ management",
      address: redacted(base),
      interval: interval,
      deadline: deadline,
      declares: [
        FactDeclaration("queue.depth", kind: .health),
        FactDeclaration(FactName("queue", mainQueue, "ready")),
        FactDeclaration(FactName("queue", mainQueue, "unacked")),
        FactDeclaration(FactName("queue", mainQueue, "consumers")),
        FactDeclaration(FactName("queue", mainQueue, "acked")),
        FactDeclaration(FactName("queue", mainQueue, "stalled")),
        FactDeclaration(FactName("queue", mainQueue, "consuming")),
        FactDeclaration("rabbitmq.alarms", kind: .health),
      ]
    )
  }

  /// Asks once.
  public func poll() async throws(SourceFailure) -> SourceReading {
    async let alarms = alarms()
    let (snapshot, facts) = try await queues()
    return SourceReading(facts + [await alarms], snapshots: [snapshot])
  }

  /// Closes what is open; no poll follows.
  public func close() {}

  private func request(_ path: String) -> HTTPRequest {
    var request = HTTPRequest(
      "GET",
      base + path,
      credentials: credentials,
      deadline: descriptor.deadline,
      cap: 16 << 20
    )
    request.standing = standing
    return request
  }

  private func queues() async throws(SourceFailure) -> (QueuesSnapshot, [Observation]) {
    let startedAt = LoopActor.now().monotonic
    var reply = try await list("/api/queues?columns=\(Self.columns)")
    var facts = QueueFacts(
      source: descriptor.id,
      query: "GET \(redacted(base))/api/queues",
      mainQueue: mainQueue,
      thresholds: thresholds,
      ignored: ignored
    )
    if reply.lacksStatistics {
      // What is kept apart from the statistics: true depths even where those are off, or not there yet.
      let totals = "/api/queues?disable_stats=true&enable_queue_totals=true&columns=\(Self.columns)"
      if let told = try? await list(totals) { reply.fill(from: told) }
      facts.areStatisticsOff = await areStatisticsOff()
    }
    if !reply.deadLetterExchanges.isEmpty { await markDeadLetters(&reply, startedAt) }
    let (found, judging, vhost, before) = (reply, facts, vhost, trends)
    let work: @Sendable () -> (QueuesSnapshot, [Observation], QueueTrends) = {
      var snapshot = judging.snapshot(of: found, vhost: vhost)
      var trends = before
      let lately = trends.update(with: snapshot, at: startedAt)
      for index in snapshot.queues.indices {
        let trend = lately[snapshot.segment(of: snapshot.queues[index])]
        snapshot.queues[index].lately = trend?.rates
      }
      snapshot.oldest = lately.compactMapValues(\.oldest)
      return (snapshot, judging.observations(of: snapshot, trends: lately), trends)
    }
    // A broker of thousands of queues takes long to judge: no key waits for it.
    let result = reply.queues.count > 20 ? await LoopActor.onThreadPool(work) : work()
    trends = result.2
    return (result.0, result.1)
  }

  private func list(_ path: String) async throws(SourceFailure) -> QueueReply {
    let request = request(path)
    return try await client.send(request).read(of: "RabbitMQ", at: request.place) { QueueReply($0) }
  }

  /// Whether the broker says that it keeps no statistics; if not, those that are missing are on their way.
  private func areStatisticsOff() async -> Bool {
    let request = request("/api/overview?columns=disable_stats")
    guard let response = try? await client.send(request) else { return false }
    return (try? await response.document(of: "RabbitMQ", at: request.place))?["disable_stats"]?.flag == true
  }

  /// Without an answer no queue counts as one of dead letters.
  private func markDeadLetters(_ reply: inout QueueReply, _ now: MonotonicTime) async {
    if bindings.map({ now - $0.askedAt >= Self.bindingsLast }) ?? true {
      let request = request("/api/bindings?columns=source,vhost,destination,destination_type")
      if let response = try? await client.send(request),
        let told = try? await response.document(of: "RabbitMQ", at: request.place)
      {
        bindings = (told, now)
      }
    }
    if let bindings { reply.markDeadLetters(bindings.reply) }
  }

  private func alarms() async -> Observation {
    var request = RabbitMQAlarms.request(base, credentials, deadline: descriptor.deadline)
    request.standing = standing
    let origin = Origin(source: descriptor.id, query: request.shown)
    func told(_ value: Int?, _ state: FactState, _ word: String, _ origin: Origin) -> Observation {
      Observation(
        "rabbitmq.alarms",
        value.map { .number(Double($0)) },
        state: state,
        word: word,
        kind: .health,
        origin: origin
      )
    }
    switch await RabbitMQAlarms.ask(request, client) {
    case .clear(_, let route):
      let word = request.url.hasSuffix(route) ? "none" : "none, by \(route)"
      return told(0, .ok, word, origin)
    case .inEffect(let names): return told(names.count, .crit, RabbitMQAlarms.word(names), origin)
    case .failure(let failure):
      var origin = origin
      origin.excerpt = failure.detail
      return told(nil, .error, failure.word, origin)
    }
  }
}
