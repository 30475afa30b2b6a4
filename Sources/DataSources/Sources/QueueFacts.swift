internal import Facts

/// Turns a snapshot of queues into facts.
struct QueueFacts: Sendable {
  let source: String
  let query: String
  let mainQueue: String
  let thresholds: RabbitMQSource.Thresholds
  /// Patterns of queues that are not told.
  var ignored: [String] = []
  /// Why the broker doesn't tell a count: that it keeps no statistics; else it starts, and will.
  var areStatisticsOff = false

  private var missing: String { areStatisticsOff ? "statistics are off" : "starting" }

  /// The queues of a reply that are told.
  func snapshot(of reply: QueueReply, vhost: String) -> QueuesSnapshot {
    let selection = QueueSelection(reply.queues, vhost: vhost, mainQueue: mainQueue, ignored: ignored)
    return QueuesSnapshot(
      vhost: vhost,
      mainQueue: mainQueue,
      queues: selection.queues,
      hidden: selection.hidden,
      omitted: selection.omitted,
      ignored: selection.ignored,
      unreadable: reply.unreadable
    )
  }

  /// The facts of all queues; `trends` by fact name segment.
  func observations(
    of snapshot: QueuesSnapshot,
    trends: [String: QueueTrends.Trend] = [:]
  ) -> [Observation] {
    var result: [Observation] = []
    for queue in snapshot.queues { result += facts(of: queue, in: snapshot, trends) }
    let main = snapshot.queues.first { $0.name == mainQueue && $0.vhost == snapshot.vhost }
    let work = main.flatMap { trends[snapshot.segment(of: $0)]?.work }
    let (state, judged) = main.map { judge($0, isMain: true, work) } ?? (.nodata, missingMain(snapshot))
    let rest = snapshot.omitted == 0 ? "" : "\(snapshot.omitted) other queues are not shown"
    var origin = origin(main)
    if snapshot.ignored > 0 {
      let patterns = ignored.joined(separator: " ")
      origin.excerpt += "\nnot told, as the configuration says (ignore: \(patterns)): \(snapshot.ignored)"
    }
    result.append(
      Observation(
        "queue.depth",
        number(main.flatMap { $0.problem == nil ? $0.depth : nil }),
        state: state,
        word: [judged, rest].filter { !$0.isEmpty }.joined(separator: ", "),
        kind: .health,
        origin: origin,
        isDrawn: true
      )
    )
    if main == nil { result += absent(missingMain(snapshot), origin) }
    if let first = snapshot.unreadable.first {
      let more = snapshot.unreadable.count - 1
      result.append(
        Observation(
          "queue.unreadable",
          .number(Double(snapshot.unreadable.count)),
          state: .error,
          word: "an entry can't be read: \(first)" + (more > 0 ? ", +\(more) more" : ""),
          kind: .health,
          origin: Origin(source: source, query: query, excerpt: snapshot.unreadable.joined(separator: "\n"))
        )
      )
    }
    return result
  }

  /// What is said where the broker doesn't list the main queue.
  private func missingMain(_ snapshot: QueuesSnapshot) -> String {
    "no queue \(mainQueue)" + (snapshot.unreadable.isEmpty ? "" : " that can be read")
  }

  /// The facts of the main queue where there is none: an answer has come, and it is not that the queue is empty or
  /// that something starts.
  private func absent(_ word: String, _ origin: Origin) -> [Observation] {
    ["ready", "unacked", "consumers", "acked", "stalled", "consuming"].map { measure in
      Observation(FactName("queue", mainQueue, measure), nil, state: .nodata, word: word, origin: origin)
    }
  }

  private func facts(
    of told: QueuesSnapshot.Queue,
    in snapshot: QueuesSnapshot,
    _ trends: [String: QueueTrends.Trend]
  ) -> [Observation] {
    // Where one of its numbers can't be true nobody knows which of them is.
    let queue = told.problem == nil ? told : told.withoutNumbers
    let segment = snapshot.segment(of: queue)
    let isMain = queue.name == mainQueue && queue.vhost == snapshot.vhost
    let work = queue.problem == nil ? trends[segment]?.work : nil
    let (state, word) = judge(told, isMain: isMain, work)
    let origin = origin(told)
    // Missing is not zero, and what can't be read is no value either: both are said.
    let (absent, why): (FactState, String) =
      queue.problem.map { (.error, Self.unreadable($0)) } ?? (.nodata, missing)
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
        state: value == nil && state == .ok ? absent : state,
        word: value == nil && word.isEmpty ? why : word,
        absence: value == nil && state != .crit && queue.problem == nil && !areStatisticsOff
          ? .starting : nil,
        kind: kind,
        origin: origin,
        isDrawn: measure == "depth"
      )
    }
    let isOrphaned: Bool? = queue.depth == nil || queue.consumers == nil ? nil : queue.isOrphaned
    // The main queue counts as `queue.depth`; counting it here as well would count it twice. What is no queue
    // of work counts only when it is broken.
    let counts = !isMain && (queue.role == .work || state == .crit || state == .error)
    return [
      fact("ready", number(queue.ready)),
      fact("unacked", number(queue.unacked)),
      fact("depth", number(queue.depth), .one, state, word, counts ? .health : .info),
      fact(
        "consumers",
        number(queue.consumers),
        .one,
        queue.consumers != 0 ? .ok : isMain ? .crit : queue.role == .work ? .warn : .ok,
        queue.consumers == 0 ? "no consumers" : ""
      ),
      fact(
        "publish_rate",
        queue.publishRate.map(FactValue.number),
        .perSecond,
        .ok,
        rateWord(queue.publishRate, queue)
      ),
      fact("ack_rate", queue.ackRate.map(FactValue.number), .perSecond, .ok, rateWord(queue.ackRate, queue)),
      fact("orphaned", isOrphaned.map(FactValue.flag), .one, queue.isOrphaned ? .crit : .ok),
      stalled(fact, work, queue),
    ] + (isMain ? [consuming(fact, work, queue), fact("acked", number(acked(queue)))] : [])
  }

  /// What was acknowledged since the counters began: none where the broker keeps them and has none.
  private func acked(_ queue: QueuesSnapshot.Queue) -> Int? {
    queue.consumers == nil || queue.problem != nil ? queue.acked : queue.acked ?? 0
  }

  /// A rate that is missing beside a depth was never above zero, unless the broker keeps no statistics.
  private func rateWord(_ rate: Double?, _ queue: QueuesSnapshot.Queue) -> String {
    rate == nil && queue.problem == nil && queue.consumers != nil ? "never yet" : ""
  }

  private func stalled(
    _ fact: (String, FactValue?, FactUnit, FactState, String, FactKind) -> Observation,
    _ work: QueueTrends.Work?,
    _ queue: QueuesSnapshot.Queue
  ) -> Observation {
    switch work {
    case .goesOn: fact("stalled", .flag(false), .one, .ok, "", .info)
    case .held(let idle, _): held("stalled", idle, fact, queue)
    case .stalled: fact("stalled", .flag(true), .one, .crit, Self.notConsuming, .info)
    // It has no value yet and will: a proof waits for it.
    case .unknown, nil: fact("stalled", nil, .one, .ok, "", .info)
    }
  }

  /// The same as a claim that can be proven: what the worker's probe asks.
  private func consuming(
    _ fact: (String, FactValue?, FactUnit, FactState, String, FactKind) -> Observation,
    _ work: QueueTrends.Work?,
    _ queue: QueuesSnapshot.Queue
  ) -> Observation {
    switch work {
    case .goesOn where queue.consumers == 0:
      fact("consuming", .flag(false), .one, .crit, "no consumers", .info)
    case .goesOn:
      fact("consuming", .flag(true), .one, .ok, queue.depth == 0 ? "nothing waits" : "works", .info)
    case .held(let idle, _): held("consuming", idle, fact, queue)
    case .stalled: fact("consuming", .flag(false), .one, .crit, Self.notConsuming, .info)
    case .unknown, nil: fact("consuming", nil, .one, .ok, "", .info)
    }
  }

  /// Nobody knows whether who holds messages works on them: no value, and why.
  private func held(
    _ measure: String,
    _ idle: Duration,
    _ fact: (String, FactValue?, FactUnit, FactState, String, FactKind) -> Observation,
    _ queue: QueuesSnapshot.Queue
  ) -> Observation {
    var told = fact(measure, nil, .one, .ok, Self.words(heldFor: idle, queue), .info)
    // An answer has come, and the next may say the same.
    told.absence = nil
    return told
  }

  /// `3 unacked, none acknowledged for 40s`.
  private static func words(heldFor idle: Duration, _ queue: QueuesSnapshot.Queue) -> String {
    let since = idle > .zero ? "for \(Format.duration(idle))" : "yet"
    return "\(queue.unacked.map(String.init) ?? "some") unacked, none acknowledged \(since)"
  }

  private static let notConsuming = "not consuming"

  private static func unreadable(_ problem: String) -> String { "unreadable: \(problem)" }

  /// States in which a queue works as it should; `live` is what a broker without statistics says.
  private static let wellStates: Set = ["running", "idle", "flow", "syncing", "live"]

  /// The state of a queue: broken, messages and no consumer, the main queue without one, and messages that nobody
  /// works on are CRIT.
  private func judge(
    _ queue: QueuesSnapshot.Queue,
    isMain: Bool,
    _ work: QueueTrends.Work?
  ) -> (state: FactState, word: String) {
    if queue.isBroken { return (.crit, queue.state ?? "") }
    if let problem = queue.problem { return (.error, Self.unreadable(problem)) }
    if queue.isOrphaned || (isMain && queue.consumers == 0) { return (.crit, "no consumers") }
    if case .stalled = work { return (.crit, Self.notConsuming) }
    if queue.role != .work { return (.ok, queue.role.rawValue) }
    guard let depth = queue.depth else { return (.nodata, missing) }
    if depth > thresholds.critical { return (.crit, "> \(thresholds.critical)") }
    if depth > thresholds.warning { return (.warn, "> \(thresholds.warning)") }
    if let state = queue.state, !Self.wellStates.contains(state) { return (.warn, state) }
    if case .held(let idle, let length) = work, length != .short {
      return (length == .tooLong ? .warn : .ok, Self.words(heldFor: idle, queue))
    }
    guard queue.consumers == nil else { return (.ok, "") }
    // Where the broker is told to keep no statistics, the depth is all that will ever be known, and its word says so.
    return (areStatisticsOff ? .ok : .nodata, missing)
  }

  private func number(_ count: Int?) -> FactValue? {
    count.map { .number(Double($0)) }
  }

  private func origin(_ queue: QueuesSnapshot.Queue?) -> Origin {
    guard let queue else { return Origin(source: source, query: query) }
    func shown(_ count: Int?) -> String { count.map(String.init) ?? "null" }
    let state = queue.state.map { ",\"state\":\"\($0)\"" } ?? ""
    return Origin(
      source: source,
      query: query,
      excerpt: """
        {"vhost":"\(queue.vhost)","name":"\(queue.name)","messages_ready":\(shown(queue.ready)),\
        "messages_unacknowledged":\(shown(queue.unacked)),"consumers":\(shown(queue.consumers))\(state)}
        """
    )
  }
}

extension QueuesSnapshot.Queue {
  /// The queue with nothing of what is counted of it.
  fileprivate var withoutNumbers: QueuesSnapshot.Queue {
    var queue = self
    (queue.ready, queue.unacked, queue.consumers, queue.acked, queue.published) = (nil, nil, nil, nil, nil)
    (queue.publishRate, queue.ackRate) = (nil, nil)
    return queue
  }
}
