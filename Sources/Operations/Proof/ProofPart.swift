public import Facts

/// One thing that a proof needs, and how often in a row its samples have held.
public struct ProofPart: Sendable, Hashable {
  /// What is claimed: `new start`, `liveness`, `consumers ≥ 4`.
  public let name: String
  /// How many samples in a row must hold.
  public let needed: Int
  /// The least time between two samples that count.
  public let spacing: Duration
  /// Whether it is a number that must be reached.
  public let isCount: Bool
  /// What the newest sample says.
  public private(set) var evidence = Evidence.waiting()
  /// Whether the newest sample has the last word: waiting longer can't change it.
  public private(set) var isFinal = false

  /// How many samples in a row have said the same that may count.
  private var streak = 0
  private var countedAt: MonotonicTime?

  /// Claims something of which nothing is known yet.
  public init(_ name: String, needed: Int = 1, spacing: Duration = .zero, isCount: Bool = false) {
    self.name = name
    self.needed = max(1, needed)
    self.spacing = spacing
    self.isCount = isCount
  }

  /// Takes what a sample begun at `time` says; what does not hold begins the row anew.
  public mutating func take(_ evidence: Evidence, at time: MonotonicTime, isFinal: Bool = false) {
    if !evidence.isSame(as: self.evidence) { forgetRow() }
    self.evidence = evidence
    self.isFinal = isFinal
    switch evidence {
    case .holds, .untellable:
      if let countedAt, time - countedAt < spacing { return }
      streak += 1
      countedAt = time
    case .waiting, .fails, .unclear: forgetRow()
    }
  }

  /// Begins anew: what was seen before belongs to another life of the target.
  public mutating func forget() {
    evidence = .waiting()
    isFinal = false
    forgetRow()
  }

  private mutating func forgetRow() {
    streak = 0
    countedAt = nil
  }

  /// How often in a row it has held, at most as often as needed.
  public var held: Int {
    guard case .holds = evidence else { return 0 }
    return min(needed, streak)
  }

  /// Whether it has held as often as needed.
  public var isHeld: Bool { held >= needed }

  /// Why nobody can ever tell, once that was said as often as a yes would have to be; else nil.
  public var untellable: String? {
    guard case .untellable(let word) = evidence, streak >= needed else { return nil }
    return word
  }

  /// What is known to be wrong with it; nil if nothing is.
  public var failure: String? {
    guard case .fails(let word) = evidence else { return nil }
    return word
  }
}

extension Evidence {
  /// Whether both say yes, or both that nobody can tell.
  fileprivate func isSame(as other: Evidence) -> Bool {
    switch (self, other) {
    case (.holds, .holds), (.untellable, .untellable): true
    default: false
    }
  }
}
