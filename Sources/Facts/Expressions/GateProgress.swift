/// How far one act has come in proving itself by a ``Gate``, without a clock.
///
/// Only samples taken after the act's end count. A sample counts towards `holding` once every known
/// fact of the condition is at least a second newer than when the last one counted; a test that is
/// false or unknown in between begins the row anew.
public struct GateProgress: Sendable, Hashable {
  /// What is proven.
  public enum Outcome: String, Sendable, Hashable {
    /// Not decided yet, and the deadline is ahead.
    case waiting
    /// Held as often as needed.
    case passed
    /// Known to be false at the deadline.
    case failed
    /// At the deadline nobody could tell, or it had begun to hold but not often enough.
    case unknown
  }

  /// What is to be proven.
  public let gate: Gate
  /// When the act ended; older samples prove nothing.
  public let actEndedAt: MonotonicTime
  /// How many samples in a row have held.
  public private(set) var held = 0
  /// The condition's truth at the latest step, by new samples alone.
  public private(set) var truth = Truth.unknown
  /// What is proven; settled once it is no longer `.waiting`.
  public private(set) var outcome = Outcome.waiting

  private static let spacing = Duration.seconds(1)

  /// The sample of each fact that was counted last, and when.
  private var counted: [FactName: MonotonicTime] = [:]
  private var countedAt: MonotonicTime?

  /// Begins to wait for a gate at the end of an act.
  public init(_ gate: Gate, actEndedAt: MonotonicTime) {
    self.gate = gate
    self.actEndedAt = actEndedAt
  }

  /// How many samples in a row have to hold.
  public var needed: Int { gate.holding }

  /// When it is decided at the latest.
  public var deadline: MonotonicTime { actEndedAt + gate.within }

  /// The time left, never negative.
  public func remaining(at now: MonotonicTime) -> Duration {
    max(.zero, deadline - now)
  }

  /// Takes the facts as they stand now and says what is proven; nothing changes once it is settled.
  public mutating func advance(_ facts: some FactLookup, now: MonotonicTime) -> Outcome {
    guard outcome == .waiting else { return outcome }
    truth = gate.condition.evaluate(facts, sampledAfter: actEndedAt)
    switch truth {
    case .yes: count(facts, now: now)
    case .no, .unknown: forget()
    }
    if held >= needed {
      outcome = .passed
    } else if now >= deadline {
      outcome = truth == .no ? .failed : .unknown
    }
    return outcome
  }

  private mutating func count(_ facts: some FactLookup, now: MonotonicTime) {
    // What is not known can't have made the condition true, so it need not be waited for.
    var samples: [FactName: MonotonicTime] = [:]
    for fact in gate.condition.facts(in: facts) where fact.state.isKnown {
      guard let sampledAt = fact.sampledAt, sampledAt > actEndedAt else { continue }
      samples[fact.name] = sampledAt
    }
    // A condition that asks for what is unknown (`is stale`) has no such sample: it goes by the time it is asked.
    let times = samples.isEmpty ? [now] : Array(samples.values)
    guard times.allSatisfy({ $0 > actEndedAt && $0 <= deadline }) else { return }
    let isNewer = samples.allSatisfy { name, sampledAt in
      counted[name].map { sampledAt - $0 >= Self.spacing } ?? true
    }
    let isLater = countedAt.map { now - $0 >= Self.spacing } ?? true
    guard isNewer, isLater || !samples.isEmpty else { return }
    held += 1
    counted.merge(samples) { _, newer in newer }
    countedAt = now
  }

  private mutating func forget() {
    held = 0
    counted = [:]
    countedAt = nil
  }
}
