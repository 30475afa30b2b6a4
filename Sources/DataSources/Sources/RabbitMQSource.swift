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
  private let thresholds: Thresholds
  private var ages = QueueAges()

  /// How old the broker's counts may be: it gathers them every 5 s (`collect_statistics_interval`).
  public static let statisticsLag = Duration.seconds(5)

  /// The columns that are asked for: without them each queue costs 2 kB.
  private static let columns = [
    "name", "vhost", "type", "messages_ready", "messages_unacknowledged", "consumers",
    "message_stats.publish", "message_stats.publish_details.rate",
    "message_stats.ack_details.rate", "message_stats.deliver_no_ack_details.rate",
  ].joined(separator: ",")

  /// Makes a source for the management API at `base` (such as `http://localhost:15672`).
  public init(
    id: String,
    base: String,
    vhost: String,
    mainQueue: String,
    credentials: HTTPCredentials?,
    thresholds: Thresholds = Thresholds(),
    client: HTTPClient,
    interval: Duration = .seconds(5),
    deadline: Duration = .seconds(2)
  ) {
    self.client = client
    self.base = withoutSlash(base)
    self.vhost = vhost
    self.mainQueue = mainQueue
    self.credentials = credentials
    self.thresholds = thresholds
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
    HTTPRequest(
      "GET",
      base + path,
      credentials: credentials,
      deadline: descriptor.deadline,
      cap: 16 << 20
    )
  }

  private func queues() async throws(SourceFailure) -> (QueuesSnapshot, [Observation]) {
    let request = request("/api/queues?columns=\(Self.columns)")
    let startedAt = LoopActor.now().monotonic
    let response = try await client.send(request)
    if let failure = response.failure(at: request.shown) { throw failure }
    let body = response.body
    let facts = QueueFacts(
      source: descriptor.id,
      query: "GET \(redacted(base))/api/queues",
      mainQueue: mainQueue,
      thresholds: thresholds
    )
    let vhost = vhost
    // A broker of thousands of queues takes long to take apart: no key waits for it.
    let found =
      body.count > 16 << 10
      ? await LoopActor.onThreadPool { facts.reading(body, vhost: vhost) }
      : facts.reading(body, vhost: vhost)
    guard let found else {
      throw SourceFailure(
        .unreadable,
        at: request.shown,
        detail: "not a list of queues (is it the management port?)"
      )
    }
    var snapshot = found.0
    snapshot.oldest = ages.update(with: snapshot, at: startedAt)
    return (snapshot, found.1)
  }

  /// `/api/health/checks/alarms`: 200 ok, 503 with the alarms in the body; `/api/nodes` lags it.
  private func alarms() async -> Observation {
    let request = request("/api/health/checks/alarms")
    let origin = Origin(source: descriptor.id, query: request.shown)
    switch await RabbitMQAlarms.check(request, client) {
    case .success:
      return Observation(
        "rabbitmq.alarms",
        .number(0),
        word: "none",
        kind: .health,
        origin: origin
      )
    case .failure(let failure):
      if case .status(503) = failure.code {
        return Observation(
          "rabbitmq.alarms",
          .number(1),
          state: .crit,
          word: failure.detail,
          kind: .health,
          origin: origin
        )
      }
      // Not known; the queues' own failure tells why.
      return Observation("rabbitmq.alarms", nil, word: failure.word, kind: .health, origin: origin)
    }
  }
}

/// The alarm check, for the source and for the deep probe.
enum RabbitMQAlarms {
  /// Asks once: the latency, or why not; alarms in effect are `.status(503)` with their names.
  @LoopActor static func check(
    _ request: HTTPRequest,
    _ client: HTTPClient
  ) async -> Result<Duration, SourceFailure> {
    do throws(SourceFailure) {
      let response = try await client.send(request)
      guard let failure = response.failure(at: request.shown) else {
        return .success(response.duration)
      }
      guard response.status == 503, let reply = await LoopActor.decodeJSON(response.body) else {
        return .failure(failure)
      }
      let names = (reply["alarms"]?.list ?? []).compactMap { $0["resource"]?.text }
      let word = "alarm: \(names.isEmpty ? "unnamed" : names.joined(separator: ", "))"
      return .failure(SourceFailure(.status(503), at: request.shown, detail: word))
    } catch {
      return .failure(error)
    }
  }
}
