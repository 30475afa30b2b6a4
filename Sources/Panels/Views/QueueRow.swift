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

  var id: String {
    switch content {
    case .queue(_, let segment, _): "queue \(segment)"
    case .rival(let rival): "fact \(rival.fact.name)"
    }
  }

  var name: SafeText {
    switch content {
    case .queue(_, let segment, _): SafeText(segment)
    case .rival(let rival): rival.title
    }
  }

  var queue: QueuesSnapshot.Queue? {
    guard case .queue(let queue, _, _) = content else { return nil }
    return queue
  }

  /// The fact of its depth: the main queue's is `queue.depth`.
  func depthName(_ snapshot: QueuesSnapshot?) -> FactName? {
    guard case .queue(_, let segment, _) = content else { return nil }
    return segment == snapshot?.mainQueue ? "queue.depth" : FactName("queue", segment, "depth")
  }

  /// The rows in drawing order: the queues, then the rivals.
  static func rows(_ context: PanelContext) -> [QueueRow] {
    let (source, snapshot) = QueuesPanel.feed(context)
    var rows: [QueueRow] = []
    if let snapshot {
      rows = snapshot.queues.map { queue in
        let segment = snapshot.segment(of: queue)
        return QueueRow(
          content: .queue(queue, segment: segment, oldest: snapshot.oldest[segment]),
          state: source.isLive ? state(of: queue, segment, snapshot, context) : source.state
        )
      }
    }
    return rows + Rival.all(context).map { QueueRow(content: .rival($0), state: $0.state) }
  }

  private static func state(
    of queue: QueuesSnapshot.Queue,
    _ segment: String,
    _ snapshot: QueuesSnapshot,
    _ context: PanelContext
  ) -> FactState {
    let isMain = segment == snapshot.mainQueue
    let name: FactName = isMain ? "queue.depth" : FactName("queue", segment, "depth")
    if let fact = context.world.facts.fact(name, at: context.now.monotonic) { return fact.state }
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

  /// Info only: an absent rival is no reason to worry, one that tells something else is worth a look.
  var state: FactState {
    if disagrees { return .warn }
    return fact.state
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
    return names.compactMap { name in
      guard let fact = context.world.facts.fact(name.fact, at: context.now.monotonic) else { return nil }
      return Rival(title: name.title, fact: fact, disagrees: disagrees(fact, truth, context))
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
