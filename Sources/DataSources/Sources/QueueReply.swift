public import Facts

/// What the management API's list of queues tells.
public struct QueueReply: Sendable {
  /// The queues whose entries have a name.
  public var queues: [QueuesSnapshot.Queue]
  /// Why each of the other entries could not be read.
  public var unreadable: [String]
  /// How many messages a queue is told to have in all.
  private var messages: [QueueKey: Int] = [:]
  /// The exchanges to which queues send what is dead, by virtual host; the default one is not among them.
  var deadLetterExchanges: [String: Set<String>] = [:]

  /// Reads a reply of `/api/queues`; nil if it is no list, or one in which nothing is a queue.
  ///
  /// A member that is missing (a queue declared a moment ago has no statistics) stays nil; a count that no broker
  /// has (negative, with a fraction, beyond 2^53) is the queue's ``QueuesSnapshot/Queue/problem``.
  public init?(_ reply: JSONValue) {
    guard let list = reply.list else { return nil }
    queues = []
    unreadable = []
    var targets: Set<QueueKey> = []
    var places: [QueueKey: Int] = [:]
    for element in list {
      guard let name = element["name"]?.text, let vhost = Self.vhost(element) else {
        unreadable.append(
          element.problem
            ?? (element["name"]?.text == nil ? "a name that is no text" : "a virtual host that is no text")
        )
        continue
      }
      let deadLetters = Self.argument("dead-letter-exchange", element)?.text
      let isDelay = deadLetters != nil && Self.argument("message-ttl", element) != nil
      // What has waited its time in a queue goes on to be worked on: that is no dead letter.
      if let deadLetters, !isDelay {
        if !deadLetters.isEmpty {
          deadLetterExchanges[vhost, default: []].insert(deadLetters)
        } else if let key = Self.argument("dead-letter-routing-key", element)?.text {
          targets.insert(QueueKey(vhost: vhost, name: key))
        }
      }
      // Which of two entries of one queue is true nobody knows.
      if let place = places[QueueKey(vhost: vhost, name: name)] {
        queues[place] = QueuesSnapshot.Queue(
          vhost: vhost,
          name: name,
          ready: nil,
          unacked: nil,
          consumers: nil
        )
        queues[place].problem = "it is listed twice"
        continue
      }
      places[QueueKey(vhost: vhost, name: name)] = queues.count
      var queue = Self.queue(element, vhost, name, &messages)
      queue.problem = queue.problem ?? contradiction(queue)
      // Nobody consumes from where messages only wait for their time to pass on.
      queue.isDelay = isDelay
      queues.append(queue)
    }
    if queues.isEmpty, !unreadable.isEmpty { return nil }
    for index in queues.indices where targets.contains(QueueKey(queues[index])) {
      queues[index].isDeadLetterTarget = true
    }
  }

  /// Whether a queue is the machinery's own: Celery's mailboxes and event queues.
  public static func isHidden(_ name: String) -> Bool {
    name.hasSuffix(".pidbox") || name.hasPrefix("celeryev.") || name.hasPrefix("amq.gen-")
  }

  /// Marks the queues that `bindings` (a reply of `/api/bindings`) joins to an exchange for what is dead.
  mutating func markDeadLetters(_ bindings: JSONValue) {
    var targets: Set<QueueKey> = []
    for binding in bindings.list ?? [] {
      guard binding["destination_type"]?.text == "queue", let vhost = binding["vhost"]?.text,
        let source = binding["source"]?.text, deadLetterExchanges[vhost]?.contains(source) ?? false,
        let name = binding["destination"]?.text
      else { continue }
      targets.insert(QueueKey(vhost: vhost, name: name))
    }
    for index in queues.indices where targets.contains(QueueKey(queues[index])) {
      queues[index].isDeadLetterTarget = true
    }
  }

  /// Takes the counts that this reply lacks from one that was asked without statistics.
  mutating func fill(from totals: QueueReply) {
    let known = Dictionary(totals.queues.map { (QueueKey($0), $0) }) { first, _ in first }
    for index in queues.indices {
      guard queues[index].problem == nil, let told = known[QueueKey(queues[index])] else { continue }
      queues[index].ready = queues[index].ready ?? told.ready
      queues[index].unacked = queues[index].unacked ?? told.unacked
      queues[index].problem = told.problem ?? contradiction(queues[index])
      queues[index].state = told.state ?? queues[index].state
    }
  }

  /// Whether a queue that has a depth at all was told without it.
  var lacksStatistics: Bool {
    queues.contains { $0.depth == nil && $0.role != .stream && $0.problem == nil && !$0.isBroken }
  }

  private static func vhost(_ element: JSONValue) -> String? {
    guard let vhost = element["vhost"] else { return "/" }
    return vhost.text
  }

  /// An argument of the queue, else what a policy sets in its place.
  private static func argument(_ name: String, _ element: JSONValue) -> JSONValue? {
    element["arguments"]?["x-\(name)"] ?? element["effective_policy_definition"]?[name]
  }

  private static func queue(
    _ element: JSONValue,
    _ vhost: String,
    _ name: String,
    _ messages: inout [QueueKey: Int]
  ) -> QueuesSnapshot.Queue {
    var problem: String?
    func count(_ value: JSONValue?, _ member: String) -> Int? {
      guard let value, value != .null else { return nil }
      if let count = value.integer, count >= 0 { return count }
      problem = problem ?? value.problem ?? "\(member) \(shown(value))"
      return nil
    }
    func rate(_ value: JSONValue?, _ member: String) -> Double? {
      guard let value, value != .null else { return nil }
      guard let value = value["rate"], value != .null else {
        problem = problem ?? value.problem ?? (value.isObject ? nil : "\(member) \(shown(value))")
        return nil
      }
      if let rate = value.number, rate >= 0 { return rate }
      problem = problem ?? value.problem ?? "\(member) \(shown(value))"
      return nil
    }
    /// A word that is missing is not one that can't be read.
    func word(_ member: String) -> String? {
      guard let value = element[member], value != .null else { return nil }
      if value.text == nil { problem = problem ?? value.problem ?? "\(member) is no text" }
      return value.text
    }
    let stats = element["message_stats"]
    // Erlang's empty list stands for an empty object.
    if let stats, !stats.isObject, stats != .null, stats != .list([]) {
      problem = stats.problem ?? "message_stats \(shown(stats))"
    }
    let type = word("type") ?? "classic"
    let state = word("state")
    // What is delivered without acknowledgement counts as done, too; what somebody fetches to look at it is no
    // consumer's work.
    let acked = count(stats?["ack"], "ack")
    let unconfirmed = count(stats?["deliver_no_ack"], "deliver_no_ack")
    let done = [acked, unconfirmed].compactMap { $0 }
    let rates = [
      rate(stats?["ack_details"], "ack rate"), rate(stats?["deliver_no_ack_details"], "delivery rate"),
    ].compactMap { $0 }
    var queue = QueuesSnapshot.Queue(
      vhost: vhost,
      name: name,
      type: type,
      ready: count(element["messages_ready"], "messages_ready"),
      unacked: count(element["messages_unacknowledged"], "messages_unacknowledged"),
      consumers: count(element["consumers"], "consumers"),
      publishRate: rate(stats?["publish_details"], "publish rate"),
      ackRate: rates.isEmpty ? nil : rates.reduce(0, +),
      published: count(stats?["publish"], "publish")
    )
    queue.acked = done.isEmpty ? nil : done.reduce(0, +)
    queue.state = state
    queue.isStream = type == "stream"
    messages[QueueKey(queue)] = count(element["messages"], "messages")
    queue.problem = problem
    return queue
  }

  /// Where the number of all messages is another than that of those that wait and those that are worked on, which of
  /// them is wrong nobody knows; nil if they agree, or one isn't told.
  private func contradiction(_ queue: QueuesSnapshot.Queue) -> String? {
    guard let all = messages[QueueKey(queue)], let ready = queue.ready, let unacked = queue.unacked,
      let depth = queue.depth
    else { return nil }
    let isPossible =
      switch queue.type {
      case "classic": all == depth
      // It counts in `messages` what it can't be rid of as well, as `messages_dlx`: dead letters whose exchange does
      // not take them. The broker gathers the two at moments of their own, so that they need not add up.
      case "quorum": all >= depth
      // A stream keeps what was read; what MQTT counts there is not the queue's but its connection's.
      default: true
      }
    return isPossible ? nil : "\(all) messages, of them \(ready) ready and \(unacked) unacknowledged"
  }

  private static func shown(_ value: JSONValue) -> String {
    switch value {
    case .number(let number): "\(number)"
    case .text: "is a text"
    case .flag, .list, .object: "is no number"
    case .null, .broken: "is nothing"
    }
  }
}

/// A queue's place and name.
private struct QueueKey: Hashable {
  var vhost: String
  var name: String

  init(vhost: String, name: String) {
    self.vhost = vhost
    self.name = name
  }

  init(_ queue: QueuesSnapshot.Queue) {
    self.init(vhost: queue.vhost, name: queue.name)
  }
}
