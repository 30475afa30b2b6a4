/// The truth of a condition over facts, some of which may be unknown (Kleene's three values).
public enum Truth: String, Sendable, Hashable, CaseIterable {
  /// It holds.
  case yes
  /// It does not hold.
  case no
  /// It can't be told: a fact it turns on is missing, stale or in error.
  case unknown

  /// The truth value of a Bool.
  public init(_ claim: Bool) {
    self = claim ? .yes : .no
  }

  /// Swaps yes and no; unknown stays unknown.
  public var negated: Truth {
    switch self {
    case .yes: .no
    case .no: .yes
    case .unknown: .unknown
    }
  }

  /// No if either is no, else unknown if either is unknown.
  public func and(_ other: Truth) -> Truth {
    if self == .no || other == .no { return .no }
    return self == .yes && other == .yes ? .yes : .unknown
  }

  /// Yes if either is yes, else unknown if either is unknown.
  public func or(_ other: Truth) -> Truth {
    if self == .yes || other == .yes { return .yes }
    return self == .no && other == .no ? .no : .unknown
  }

  /// The conjunction of all, unknown if there are none: nothing seen proves nothing.
  public static func all(_ truths: some Sequence<Truth>) -> Truth {
    var result: Truth?
    for truth in truths { result = result?.and(truth) ?? truth }
    return result ?? .unknown
  }

  /// The disjunction of all, unknown if there are none.
  public static func any(_ truths: some Sequence<Truth>) -> Truth {
    var result: Truth?
    for truth in truths { result = result?.or(truth) ?? truth }
    return result ?? .unknown
  }
}
