/// When an alert is pending, fires and resolves: the timing of one ``Rule``, without a clock.
///
/// ```
/// inactive ──yes──▸ pending ──for D──▸ firing ──clear──▸ resolved ──yes──▸ pending
///     ◂──no, or unseen too long──┘
/// ```
/// Unknown never resolves an alert and never fires one: a short gap is bridged, a long one ends what
/// is pending and marks what is firing as not seen.
public struct AlertTimer: Sendable, Hashable {
  /// Where the alert stands.
  public enum State: Sendable, Hashable {
    /// The condition does not hold, or nobody knows yet.
    case inactive
    /// The condition has held since then, but not long enough.
    case pending(since: Moment)
    /// It has held long enough; it stays so until it is known to be over.
    case firing(since: Moment, firedAt: Moment)
    /// It was firing and was known to be over at that sample.
    case resolved(at: Moment)
  }

  /// What one step changed; nil is returned when it changed nothing that anybody must be told.
  public enum Transition: Sendable, Hashable {
    /// The condition began to hold, or again after a gap that was too long to bridge.
    case pending(since: Moment)
    /// The condition has held for the rule's duration.
    case fired(since: Moment)
    /// The condition stopped before its time was up.
    case cancelled
    /// Pending, but unseen for so long that it has to begin anew.
    case lost
    /// Firing and no longer seen; the last time it was known.
    case notSeen(since: Moment)
    /// Firing and seen again after ``notSeen(since:)``.
    case seenAgain
    /// Known to be over, at the time of that sample.
    case resolved(at: Moment)
  }

  /// How long the condition must hold, from its first true sample's own time.
  public let duration: Duration
  /// Whether the alert resolves by a condition of its own instead of by its rule turning false.
  public let hasClear: Bool
  /// Where the alert stands.
  public private(set) var state = State.inactive
  /// Since when a firing alert's condition has been unknown for too long; nil while it is seen.
  public private(set) var notSeenSince: Moment?

  /// The sample by which the condition was last known either way; nil if it never was.
  public private(set) var lastSeen: MonotonicTime?

  /// A timer at rest for a rule that holds `duration`, with or without a `clear` condition.
  public init(duration: Duration, hasClear: Bool = false) {
    self.duration = duration
    self.hasClear = hasClear
  }

  /// How long a pending condition has held, for `0:14 of 2:00`; nil in any other state.
  public func elapsed(at now: MonotonicTime) -> Duration? {
    guard case .pending(let since) = state else { return nil }
    return max(.zero, now - since.monotonic)
  }

  /// Takes one evaluation of the rule.
  ///
  /// - Parameters:
  ///   - truth: the rule's condition.
  ///   - sampledAt: when the newest fact behind it was sampled; nil stands for `now`.
  ///   - clear: the `clear` condition; not looked at without ``hasClear``. While the rule itself
  ///     holds it clears nothing, so that two that overlap can't make an alert flap.
  ///   - now: both clocks.
  ///   - interval: how often the facts are asked for.
  /// - Returns: what this step changed, or nil.
  public mutating func advance(
    truth: Truth,
    sampledAt: MonotonicTime?,
    clear: Truth,
    now: Moment,
    interval: Duration
  ) -> Transition? {
    let sample = min(sampledAt ?? now.monotonic, now.monotonic)
    // So long an unknown condition is taken to be as it was: until what it was known by would be stale.
    let limit = FactStore.staleAfter(interval)
    switch truth {
    case .yes: return holds(sample, now: now, limit: limit)
    case .no: return fails(sample, isClear: !hasClear || clear == .yes, now: now)
    case .unknown: return hides(isClear: hasClear && clear == .yes, sample, now: now, limit: limit)
    }
  }

  private mutating func holds(
    _ sample: MonotonicTime,
    now: Moment,
    limit: Duration
  ) -> Transition? {
    let gap = lastSeen.map { sample - $0 } ?? .zero
    see(sample)
    let since = now.at(sample)
    switch state {
    case .inactive, .resolved:
      return begin(since, now: now)
    case .pending(let first):
      // Nobody looked in between, as after a suspended machine: the first sample proves nothing now.
      guard gap < limit else { return begin(since, now: now) }
      guard now.monotonic - first.monotonic >= duration else { return nil }
      state = .firing(since: first, firedAt: now)
      return .fired(since: first)
    case .firing:
      return seeAgain()
    }
  }

  private mutating func begin(_ since: Moment, now: Moment) -> Transition {
    guard now.monotonic - since.monotonic < duration else {
      state = .firing(since: since, firedAt: now)
      return .fired(since: since)
    }
    state = .pending(since: since)
    return .pending(since: since)
  }

  private mutating func fails(
    _ sample: MonotonicTime,
    isClear: Bool,
    now: Moment
  ) -> Transition? {
    see(sample)
    switch state {
    case .inactive, .resolved:
      return nil
    case .pending:
      state = .inactive
      return .cancelled
    case .firing:
      return isClear ? resolve(at: now.at(sample)) : seeAgain()
    }
  }

  private mutating func hides(
    isClear: Bool,
    _ sample: MonotonicTime,
    now: Moment,
    limit: Duration
  ) -> Transition? {
    let seen = lastSeen ?? now.monotonic
    let isTooLong = now.monotonic - seen >= limit
    switch state {
    case .inactive, .resolved:
      return nil
    case .pending:
      guard isTooLong else { return nil }
      state = .inactive
      return .lost
    case .firing:
      if isClear { return resolve(at: now.at(sample)) }
      guard isTooLong, notSeenSince == nil else { return nil }
      let since = now.at(seen)
      notSeenSince = since
      return .notSeen(since: since)
    }
  }

  private mutating func resolve(at moment: Moment) -> Transition {
    notSeenSince = nil
    state = .resolved(at: moment)
    return .resolved(at: moment)
  }

  private mutating func seeAgain() -> Transition? {
    guard notSeenSince != nil else { return nil }
    notSeenSince = nil
    return .seenAgain
  }

  private mutating func see(_ sample: MonotonicTime) {
    lastSeen = max(sample, lastSeen ?? sample)
  }
}

extension Moment {
  /// Another monotonic point with its wall time, as seen from this moment.
  fileprivate func at(_ time: MonotonicTime) -> Moment {
    Moment(monotonic: time, wall: wall(at: time))
  }
}
