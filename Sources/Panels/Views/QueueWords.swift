internal import Facts

/// What is said of a queue, in the words of the list and of its detail.
struct QueueWords {
  let queue: QueuesSnapshot.Queue
  let oldest: Duration?
  let state: FactState
  /// What its fact says of it; nil where that says nothing.
  var told: SafeText?

  private var emphasis: Style {
    switch state {
    case .crit: Style.state(.crit).bold
    case .warn: Style.state(.warn).bold
    case .ok, .nodata, .stale, .error: .strong
    }
  }

  static func number(_ count: Int?) -> SafeText { SafeText(count.map { Format.count($0) } ?? "–") }

  var ready: StyledText { StyledText(Self.number(queue.ready), emphasis) }
  var unacked: StyledText { StyledText(Self.number(queue.unacked), queue.unacked == nil ? .muted : .text) }

  var consumers: StyledText {
    guard let consumers = queue.consumers else { return StyledText("–", .muted).then(" consumers", .muted) }
    if consumers == 0 {
      return StyledText("no consumer", (queue.depth ?? 0) > 0 ? .state(.crit) : .muted)
    }
    return StyledText(SafeText(Format.count(consumers))).then(
      consumers == 1 ? " consumer" : " consumers",
      .muted
    )
  }

  /// What makes it no queue like any other: that it is broken, can't be read, or is not there to be worked on.
  var kind: StyledText {
    if queue.isBroken { return StyledText(SafeText(queue.state ?? ""), Style.state(.crit).bold) }
    if let problem = queue.problem {
      return StyledText("unreadable: \(SafeText(problem))", Style.state(.error).bold)
    }
    if queue.role != .work { return StyledText(SafeText(queue.role.rawValue), .muted) }
    // What a queue that does well is said to be tells nothing.
    guard state == .warn, let told = queue.state, told != "running" else { return StyledText() }
    return StyledText(SafeText(told), .state(.warn))
  }

  /// Whether that is read before any number.
  var isKindFirst: Bool { queue.isBroken || queue.problem != nil }

  /// What comes and goes: `in 31/s  ack 19/s`, once that is known over the last minute.
  ///
  /// The broker's own rates are those of its last few seconds: of a task every two seconds they tell 0/s now and then.
  var rates: StyledText {
    let lately = queue.lately.flatMap { $0.span >= QueuesSnapshot.Queue.Rates.lately ? $0 : nil }
    return StyledText("in ", .muted) + rate(lately?.published ?? queue.publishRate)
      + StyledText("  ack ", .muted) + rate(lately?.acked ?? queue.ackRate)
  }

  /// `≥ 4m10s (estimated)`; the broker doesn't know, the counters give a lower bound.
  var oldestText: StyledText {
    guard let oldest else { return StyledText((queue.depth ?? 0) == 0 ? "none" : "–", .muted) }
    let style: Style = state == .ok ? .text : .state(.warn)
    return StyledText("≥ \(Format.duration(oldest))", style).then(" (estimated)", .muted)
  }

  /// `in 2m5s`, `never at this rate`.
  var drain: StyledText {
    guard let depth = queue.depth else { return StyledText("–", .muted) }
    if depth == 0 { return StyledText("nothing waits", .muted) }
    if let time = queue.timeToDrain { return StyledText("in ", .muted).then(SafeText(Format.duration(time))) }
    guard queue.neverDrains else {
      let isKnown = queue.lately.map { $0.span >= QueuesSnapshot.Queue.Rates.lately } ?? false
      return StyledText(isKnown ? "not just now" : "not known yet", .muted)
    }
    // Equal rates are how a queue that does well looks, too: one that grows, or is deep, is worth colour.
    let grows = (queue.ackRate ?? 0) < (queue.publishRate ?? 0)
    let style: Style = state == .ok ? (grows ? .state(.warn) : .muted) : .state(state)
    return StyledText("never at this rate", style)
  }

  /// What the list says under the queue's line, in parts that belong together.
  var parts: [StyledText] {
    if queue.depth == 0 || queue.ready == 0 {
      // What is unacked is being worked on, unless nobody has acknowledged any of it for long.
      let held = queue.depth == 0 || told == kind.plain ? nil : told
      let style: Style = state == .ok ? .text : .state(state)
      return [rates, held.map { StyledText($0, style) } ?? StyledText("nothing waits", .muted)]
    }
    return [rates, StyledText("oldest ", .muted) + oldestText, StyledText("drains ", .muted) + drain]
  }

  private func rate(_ number: Double?) -> StyledText {
    number.map { StyledText(SafeText(Format.rate(perSecond: $0))) } ?? StyledText("–", .muted)
  }
}
