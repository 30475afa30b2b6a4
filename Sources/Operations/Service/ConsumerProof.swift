internal import DataSources
internal import Facts

/// The part of a restart's proof that a worker has come to its queue anew: a consumer whose connection the broker has
/// had for less time than has gone by since the act.
///
/// The broker counts consumers of a connection that is dead until it misses the heartbeats, and those of others.
struct ConsumerProof: Sendable {
  /// So long the broker may take to tell of a connection whose consumer it tells of already.
  private static let telling = Duration.seconds(10)

  private let begunAt: MonotonicTime
  /// The part.
  private(set) var part: ProofPart
  /// The connections that were proven to be new: by whole seconds that isn't plain at each look.
  private var new: Set<String> = []
  /// What the channels of new connections have acknowledged; nil if that isn't told.
  private var acked: Double?
  /// Since when there are consumers of which it isn't told since when they are there.
  private var untoldSince: MonotonicTime?

  /// Of an act that began then.
  init(begunAt: MonotonicTime, timing: ProofTiming) {
    self.begunAt = begunAt
    part = ProofPart("new consumer", needed: timing.holding, spacing: timing.spacing, isCount: true)
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
    case .success(let consumers)?: part.take(evidence(consumers, now), at: start)
    }
  }

  private mutating func evidence(_ consumers: [QueueConsumer], _ now: MonotonicTime) -> Evidence {
    let elapsed = now - begunAt
    new.formIntersection(consumers.map(\.connection))
    for consumer in consumers where consumer.age.map({ $0.upperBound <= elapsed }) ?? false {
      new.insert(consumer.connection)
    }
    let ours = consumers.filter { new.contains($0.connection) }
    let counts = ours.map(\.acked)
    acked = ours.isEmpty || counts.contains(nil) ? nil : Double(counts.reduce(0) { $0 + ($1 ?? 0) })
    guard ours.isEmpty else {
      untoldSince = nil
      return .holds(Format.count(ours.count))
    }
    let isUntold = consumers.contains { $0.age == nil }
    guard isUntold else {
      untoldSince = nil
      let isOpen = consumers.contains { $0.age.map { $0.lowerBound < elapsed } ?? false }
      return isOpen ? .waiting("perhaps") : .fails("none yet")
    }
    let since = untoldSince ?? now
    untoldSince = since
    return now - since < Self.telling
      ? .waiting("since when isn't told")
      : .untellable("can't be told: the broker tells no connection's start")
  }

  /// Whose work proves that work goes on: who can't be told apart works for all.
  var work: ServiceProbes.Work { part.untellable == nil ? .ofNew(acked) : .ofAll }

  /// Begins anew: what was seen before belongs to another life of the service.
  mutating func forget() {
    part.forget()
    new = []
    acked = nil
    untoldSince = nil
  }
}
