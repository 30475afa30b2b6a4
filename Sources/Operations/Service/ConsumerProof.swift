internal import DataSources
internal import Facts

/// The part of a proof that a worker itself is at its queue, and not only that somebody is: consumers whose connections
/// come from it and, where it has a new life, have come since the act.
///
/// The broker counts consumers of a connection that is dead until it misses the heartbeats, and those of others.
struct ConsumerProof: Sendable {
  /// So long the broker may take to tell of a connection whose consumer it tells of already.
  private static let telling = Duration.seconds(10)

  private let begunAt: MonotonicTime
  /// Who consumed before the act; nil if that isn't known.
  private let before: [QueueConsumer]?
  /// How many of those were its own.
  private let ownBefore: Int
  /// Whether its consumers must have come since the act.
  private let isAnew: Bool
  /// The part.
  private(set) var part: ProofPart
  /// The connections that were proven to be new: by whole seconds that isn't plain at each look.
  private var new: Set<String> = []
  /// What the channels of its consumers are done with; nil if that isn't told.
  private var acked: Double?
  /// Since when there are consumers of which it isn't told since when they are there.
  private var untoldSince: MonotonicTime?
  private var addresses: Set<String> = []
  private var others: Set<String> = []
  private var hasSiblings = false

  /// Of an act that began at `begunAt`, when `before` consumed; the worker's connections came from `addresses` then.
  init(
    begunAt: MonotonicTime,
    before: [QueueConsumer]?,
    from addresses: Set<String>,
    isAnew: Bool,
    timing: ProofTiming
  ) {
    self.begunAt = begunAt
    self.before = before
    self.isAnew = isAnew
    ownBefore = before?.count { $0.isActive && $0.comes(from: addresses) } ?? 0
    let name = isAnew ? "new consumer" : "own consumer"
    part = ProofPart(
      ownBefore > 1 ? "\(name)s ≥ \(ownBefore)" : name,
      needed: timing.holding,
      spacing: timing.spacing,
      isCount: true
    )
  }

  /// Takes where its connections come from now, and those of all others; `hasSiblings` if some of these do the same work.
  mutating func take(addresses: Set<String>, others: Set<String>, hasSiblings: Bool) {
    self.addresses = addresses
    self.others = others
    self.hasSiblings = hasSiblings
  }

  /// Takes what the broker answered at `now` to a question begun at `start`; nil: nobody can be asked.
  mutating func take(
    _ answer: Result<[QueueConsumer], SourceFailure>?,
    at start: MonotonicTime,
    now: MonotonicTime
  ) {
    switch answer {
    case nil: part.take(.untellable("isn't told"), at: start)
    case .failure(let failure)?:
      switch failure.code {
      case .unauthorized, .forbidden, .misconfigured: part.take(.untellable(failure.word), at: start)
      case .refused, .timedOut, .unresolved, .disconnected, .insecure, .notFound, .rateLimited, .status,
        .unreadable, .tooLarge, .rejected, .exhausted, .cancelled:
        part.take(.unclear(failure.word), at: start)
      }
    case .success(let consumers)?:
      let working = consumers.filter(\.isActive)
      let evidence = isAnew ? sinceTheAct(working, now) : count(working)
      part.take(evidence, at: start)
    }
  }

  private mutating func sinceTheAct(_ consumers: [QueueConsumer], _ now: MonotonicTime) -> Evidence {
    let elapsed = now - begunAt
    let old = Set((before ?? []).map(\.connection))
    let later = consumers.filter { !old.contains($0.connection) }
    new.formIntersection(later.map(\.connection))
    for consumer in later where consumer.age.map({ $0.upperBound <= elapsed }) ?? false {
      new.insert(consumer.connection)
    }
    let evidence = count(later.filter { new.contains($0.connection) })
    let open = later.filter { !new.contains($0.connection) && !isAnothers($0) }
    guard case .fails = evidence, open.contains(where: { $0.age == nil }) else {
      untoldSince = nil
      guard case .fails = evidence else { return evidence }
      return open.contains { $0.age.map { $0.lowerBound < elapsed } ?? false }
        ? .waiting("perhaps") : evidence
    }
    let since = untoldSince ?? now
    untoldSince = since
    return now - since < Self.telling
      ? .waiting("since when isn't told")
      : .untellable("can't be told: the broker tells no connection's start")
  }

  /// What those of whom it is plain that they may count say.
  private mutating func count(_ consumers: [QueueConsumer]) -> Evidence {
    let own = consumers.filter { $0.comes(from: addresses) && !$0.comes(from: others) }
    let untold =
      isComparable
      ? []
      : consumers.filter { !$0.comes(from: addresses) && !isAnothers($0) }
        + consumers.filter { $0.comes(from: addresses) && $0.comes(from: others) }
    let counts = (own.isEmpty ? untold : own).map(\.acked)
    acked = counts.isEmpty || counts.contains(nil) ? nil : counts.reduce(0) { $0 + Double($1 ?? 0) }
    if own.count >= max(1, ownBefore) {
      if isAnew, before == nil { return .untellable("can't be told: who consumed before isn't known") }
      if !isAnew, acked == nil { return .untellable("can't be told: what it acknowledges") }
      return .holds(Format.count(own.count))
    }
    if !untold.isEmpty {
      let wanted = hasSiblings ? 1 : max(1, before?.count ?? 1)
      // Whose those were that are missing nobody knows either.
      guard own.count + untold.count >= wanted || !isAnew else {
        return .unclear("\(own.count + untold.count), \(wanted) before")
      }
      return .untellable("can't be told: whose consumer it is")
    }
    return .fails(own.isEmpty ? isAnew ? "none yet" : "none" : "\(own.count), \(ownBefore) wanted")
  }

  /// Whether the broker sees the service's connections come from the addresses that are told of it, so that one that
  /// comes from anywhere else is not its own.
  private var isComparable: Bool { ownBefore > 0 && !addresses.isEmpty }

  private func isAnothers(_ consumer: QueueConsumer) -> Bool {
    if consumer.comes(from: others) { return !consumer.comes(from: addresses) }
    return isComparable && !consumer.comes(from: addresses)
  }

  /// Whose work proves that work goes on: who can't be told apart works for all.
  var work: ServiceProbes.Work { part.untellable != nil && acked == nil ? .ofAll : .ofNew(acked) }

  /// Begins anew: what was seen before belongs to another life of the service.
  mutating func forget() {
    part.forget()
    new = []
    acked = nil
    untoldSince = nil
  }
}
