internal import Facts

/// One line of the queues' panel: a queue, or what another source says of the main one.
struct QueueRow {
  /// What the line is about.
  enum Content {
    case queue(QueuesSnapshot.Queue, segment: String, oldest: Duration?)
    case rival(Rival)
  }

  let content: Content
  let state: FactState
  /// The fact of its depth: the main queue's is `queue.depth`; nil of what is no queue.
  var depthName: FactName?
  /// What its depth's fact says of it, however it is judged; nil where that says nothing.
  var told: SafeText?
  /// The broker that told it, where there are several; nil: the only one.
  var source: String?

  /// What actions and the timeline call it.
  var subject: String {
    switch content {
    case .queue(_, let segment, _): depthName?.qualifier.map { "\($0):\(segment)" } ?? segment
    case .rival(let rival): rival.fact.name.description
    }
  }

  var id: String {
    switch content {
    case .queue: "queue \(subject)"
    case .rival(let rival): "fact \(rival.fact.name)"
    }
  }

  var name: SafeText {
    switch content {
    case .queue(_, let segment, _): SafeText(source.map { "\($0): \(segment)" } ?? segment)
    case .rival(let rival): rival.title
    }
  }

  var queue: QueuesSnapshot.Queue? {
    guard case .queue(let queue, _, _) = content else { return nil }
    return queue
  }

  /// The rows in drawing order: the queues, those that are worse first, then the rivals.
  static func rows(_ context: PanelContext) -> [QueueRow] {
    let feeds = QueuesPanel.feeds(context)
    let rows = feeds.flatMap { feed -> [QueueRow] in
      guard let snapshot = feed.value else { return [] }
      return snapshot.queues.map { queue in
        let segment = snapshot.segment(of: queue)
        let plain: FactName =
          segment == snapshot.mainQueue ? "queue.depth" : FactName("queue", segment, "depth")
        let name = plain.qualified(by: feed.qualifier)
        let fact = context.world.facts.fact(name, at: context.now.monotonic)
        return QueueRow(
          content: .queue(queue, segment: segment, oldest: snapshot.oldest[segment]),
          state: feed.source.isLive ? fact?.state ?? state(of: queue, context) : feed.source.state,
          depthName: name,
          told: fact.flatMap { $0.word.isEmpty ? nil : SafeText($0.word) },
          source: feeds.count > 1 ? feed.source.id : nil
        )
      }
    }
    // Of equal ones the order stays the broker's.
    let order = rows.indices.sorted {
      let (left, right) = (rows[$0].state.severity, rows[$1].state.severity)
      return left == right ? $0 < $1 : left > right
    }
    return order.map { rows[$0] } + Rival.all(context).map { QueueRow(content: .rival($0), state: $0.state) }
  }

  /// How a queue is judged that no fact tells of.
  private static func state(of queue: QueuesSnapshot.Queue, _ context: PanelContext) -> FactState {
    guard let depth = queue.depth else { return .nodata }
    if queue.isOrphaned || depth > context.settings.queueCritical { return .crit }
    return depth > context.settings.queueWarning ? .warn : .ok
  }
}

/// What another source says of the main queue's depth, beside the broker's own truth.
struct Rival {
  let title: SafeText
  let fact: Fact
  let disagrees: Bool
  /// Whether the broker's own word is known: without it nothing says that the other's means anything.
  let isCompared: Bool

  /// Info only: an absent rival is no reason to worry, one that tells something else is worth a look.
  var state: FactState {
    if disagrees { return .warn }
    return fact.state == .ok && !isCompared ? .nodata : fact.state
  }

  /// What stands at its right.
  var told: StyledText {
    if fact.value == nil, !fact.state.isKnown, fact.state != .nodata {
      return StyledText("\(fact.state.word) \(fact.word)", .state(fact.state))
    }
    guard let value = fact.value else {
      return StyledText(
        SafeText((fact.word.isEmpty ? "no data" : fact.word).uppercased()),
        Style(role: .nodata)
      )
    }
    var line = StyledText(SafeText(Format.value(value, unit: fact.unit)), fact.state.isKnown ? .text : .muted)
    if disagrees { line.append("  DISAGREE", Style.state(.warn).bold) }
    if !isCompared { line.append("  nothing to compare it with", .muted) }
    if !fact.state.isKnown { line.append("  \(fact.state.word) \(fact.word)", .state(fact.state)) }
    return line
  }

  private static let names: [(fact: FactName, title: SafeText)] = [
    ("prom.queue_depth", "prometheus queue_depth"),
    ("prom.celery_tasks_in_queue", "prometheus celery_tasks_in_queue"),
  ]

  /// The rivals that somebody asks for.
  static func all(_ context: PanelContext) -> [Rival] {
    let truth = context.world.facts.fact("queue.depth", at: context.now.monotonic)
    return names.flatMap { name in
      context.world.all(name.fact, context.now.monotonic).map { fact in
        let source = fact.name.qualifier.map { "\(SafeText($0)): " } ?? ""
        return Rival(
          title: "\(source)\(name.title)",
          fact: fact,
          // Which broker a further store speaks of nobody knows.
          disagrees: fact.name.qualifier == nil && disagrees(fact, truth, context),
          isCompared: truth?.knownValue != nil
        )
      }
    }
  }

  /// Both have values more than 10 % and 5 apart, in this poll and the one before.
  private static func disagrees(_ fact: Fact, _ truth: Fact?, _ context: PanelContext) -> Bool {
    guard let value = fact.knownValue?.number, let depth = truth?.knownValue?.number,
      areApart(value, depth)
    else { return false }
    guard let before = previous(fact.name, context), let depthBefore = previous("queue.depth", context) else {
      return false
    }
    return areApart(before, depthBefore)
  }

  static func areApart(_ left: Double, _ right: Double) -> Bool {
    let distance = (left - right).magnitude
    return distance > 5 && distance > 0.1 * max(left.magnitude, right.magnitude)
  }

  private static func previous(_ name: FactName, _ context: PanelContext) -> Double? {
    context.history[name]?.samples.dropLast().last?.value
  }
}
