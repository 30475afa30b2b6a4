public import Facts

/// Reads the management API's list of queues.
public enum QueueReply {
  /// The queues of a reply of `/api/queues`; nil if it is no list of queues.
  ///
  /// A member that is missing (a queue declared a moment ago has no statistics) stays nil.
  public static func queues(in reply: JSONValue) -> [QueuesSnapshot.Queue]? {
    guard let list = reply.list else { return nil }
    var queues: [QueuesSnapshot.Queue] = []
    for element in list {
      guard let name = element["name"]?.text else { return nil }
      let stats = element["message_stats"]
      // What is delivered without acknowledgement counts as done, too.
      let acked = stats?["ack_details"]?["rate"]?.number
      let unconfirmed = stats?["deliver_no_ack_details"]?["rate"]?.number
      queues.append(
        QueuesSnapshot.Queue(
          vhost: element["vhost"]?.text ?? "/",
          name: name,
          type: element["type"]?.text ?? "classic",
          ready: element["messages_ready"]?.integer,
          unacked: element["messages_unacknowledged"]?.integer,
          consumers: element["consumers"]?.integer,
          publishRate: stats?["publish_details"]?["rate"]?.number,
          ackRate: acked == nil && unconfirmed == nil ? nil : (acked ?? 0) + (unconfirmed ?? 0),
          published: stats?["publish"]?.integer
        )
      )
    }
    return queues
  }

  /// Whether a queue is the machinery's own: Celery's mailboxes and event queues.
  public static func isHidden(_ name: String) -> Bool {
    name.hasSuffix(".pidbox") || name.hasPrefix("celeryev.") || name.hasPrefix("amq.gen-")
  }
}

/// Estimates how old the oldest message of each queue is at least, from the published counters.
///
/// Celery sets no timestamp, so `head_message_timestamp` is null. If since some earlier sample at
/// least as many messages were published as wait now, the oldest came after that sample; as long as
/// fewer were, it is older than that sample.
struct QueueAges {
  private struct Sample {
    let time: MonotonicTime
    let published: Int
  }

  /// At 5 s a poll this reaches back an hour.
  private static let capacity = 720
  private var samples: [String: [Sample]] = [:]

  /// Takes in a snapshot polled at `now`; returns the least ages by fact name segment.
  mutating func update(with snapshot: QueuesSnapshot, at now: MonotonicTime) -> [String: Duration] {
    var oldest: [String: Duration] = [:]
    var kept: [String: [Sample]] = [:]
    for queue in snapshot.queues {
      let segment = snapshot.segment(of: queue)
      guard let depth = queue.depth else { continue }
      let published = queue.published ?? 0
      var history = samples[segment] ?? []
      if let last = history.last, last.published > published { history = [] }
      history.append(Sample(time: now, published: published))
      if history.count > Self.capacity { history.removeFirst(history.count - Self.capacity) }
      kept[segment] = history
      guard depth > 0 else { continue }
      let bound = history.first { published - $0.published < depth }
      if let bound { oldest[segment] = now - bound.time }
    }
    samples = kept
    return oldest
  }
}

/// Turns a snapshot of queues into facts.
struct QueueFacts: Sendable {
  let source: String
  let query: String
  let mainQueue: String
  let thresholds: RabbitMQSource.Thresholds

  /// The queues of a reply of `/api/queues` and their facts; nil if it is no list of queues.
  func reading(_ body: [UInt8], vhost: String) -> (QueuesSnapshot, [Observation])? {
    guard let queues = JSONValue(parsing: body).flatMap(QueueReply.queues(in:)) else { return nil }
    let selection = QueueSelection(queues, vhost: vhost, mainQueue: mainQueue)
    let snapshot = QueuesSnapshot(
      vhost: vhost,
      mainQueue: mainQueue,
      queues: selection.queues,
      hidden: selection.hidden,
      omitted: selection.omitted
    )
    return (snapshot, observations(of: snapshot))
  }

  func observations(of snapshot: QueuesSnapshot) -> [Observation] {
    var result: [Observation] = []
    for queue in snapshot.queues { result += facts(of: queue, in: snapshot) }
    let main = snapshot.queues.first { $0.name == mainQueue && $0.vhost == snapshot.vhost }
    let (state, judged) = main.map { judge($0, isMain: true) } ?? (.nodata, "no queue \(mainQueue)")
    let rest = snapshot.omitted == 0 ? "" : "\(snapshot.omitted) other queues are not shown"
    let word = [judged, rest].filter { !$0.isEmpty }.joined(separator: ", ")
    result.append(
      Observation(
        "queue.depth",
        number(main?.depth),
        state: state,
        word: word,
        kind: .health,
        origin: origin(main)
      )
    )
    return result
  }

  private func facts(of queue: QueuesSnapshot.Queue, in snapshot: QueuesSnapshot) -> [Observation] {
    let segment = snapshot.segment(of: queue)
    let isMain = queue.name == mainQueue && queue.vhost == snapshot.vhost
    let (state, word) = judge(queue, isMain: isMain)
    func fact(
      _ measure: String,
      _ value: FactValue?,
      _ unit: FactUnit = .one,
      _ state: FactState = .ok,
      _ word: String = "",
      _ kind: FactKind = .info
    ) -> Observation {
      Observation(
        FactName("queue", segment, measure),
        value,
        unit: unit,
        state: state,
        word: word,
        kind: kind,
        origin: origin(queue)
      )
    }
    return [
      fact("ready", number(queue.ready)),
      fact("unacked", number(queue.unacked)),
      // The main queue counts as `queue.depth`; counting it here as well would count it twice.
      fact("depth", number(queue.depth), .one, state, word, isMain ? .info : .health),
      fact(
        "consumers",
        number(queue.consumers),
        .one,
        queue.consumers == 0 ? (isMain ? .crit : .warn) : .ok,
        queue.consumers == 0 ? "no consumers" : ""
      ),
      fact("publish_rate", queue.publishRate.map(FactValue.number), .perSecond),
      fact("ack_rate", queue.ackRate.map(FactValue.number), .perSecond),
      fact("orphaned", .flag(queue.isOrphaned), .one, queue.isOrphaned ? .crit : .ok),
    ]
  }

  /// The state of a queue: messages and no consumer, and the main queue without one, is CRIT.
  private func judge(
    _ queue: QueuesSnapshot.Queue,
    isMain: Bool
  ) -> (state: FactState, word: String) {
    guard let depth = queue.depth else { return (.nodata, "starting") }
    if queue.isOrphaned || (isMain && queue.consumers == 0) {
      return (.crit, "no consumers")
    }
    if depth > thresholds.critical { return (.crit, "> \(thresholds.critical)") }
    if depth > thresholds.warning { return (.warn, "> \(thresholds.warning)") }
    return (.ok, "")
  }

  private func number(_ count: Int?) -> FactValue? {
    count.map { .number(Double($0)) }
  }

  private func origin(_ queue: QueuesSnapshot.Queue?) -> Origin {
    guard let queue else { return Origin(source: source, query: query) }
    func shown(_ count: Int?) -> String { count.map(String.init) ?? "null" }
    return Origin(
      source: source,
      query: query,
      excerpt: """
        {"vhost":"\(queue.vhost)","name":"\(queue.name)","messages_ready":\(shown(queue.ready)),\
        "messages_unacknowledged":\(shown(queue.unacked)),"consumers":\(shown(queue.consumers))}
        """
    )
  }
}
