/// A condition as a tree, of a depth that the parser bounds, so that recursion over it is safe.
indirect enum Expression: Sendable, Hashable {
  case test(Test)
  case not(Expression)
  case and([Expression])
  case or([Expression])

  /// Every test, in the order it was written.
  var tests: [Test] {
    switch self {
    case .test(let test): [test]
    case .not(let inner): inner.tests
    case .and(let parts), .or(let parts): parts.flatMap(\.tests)
    }
  }
}

/// The smallest part of a condition that is true, false or unknown by itself.
struct Test: Sendable, Hashable {
  enum Content: Sendable, Hashable {
    case comparison(Operand, Comparison, Operand)
    case state(FactName, StateClaim)
    case quantified(Quantifier, FactPattern, Predicate)
  }

  let content: Content
  /// As it was written.
  let text: String
}

/// One side of a comparison.
struct Operand: Sendable, Hashable {
  enum Content: Sendable, Hashable {
    case name(FactName)
    /// A literal; `unit` is nil for a bare number, which takes the unit of the other side.
    case literal(FactValue, unit: FactUnit?)
    case aggregate(Aggregate, FactPattern)
  }

  let content: Content
  /// Where it stands, as a UTF-8 offset in the line.
  let offset: Int
}

enum Comparison: String, Sendable, Hashable, CaseIterable {
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="

  /// Whether it needs an order, which only numbers have.
  var isOrdering: Bool {
    switch self {
    case .equal, .notEqual: false
    case .less, .lessOrEqual, .greater, .greaterOrEqual: true
    }
  }

  func holds(_ left: Double, _ right: Double) -> Bool {
    switch self {
    case .equal: left == right
    case .notEqual: left != right
    case .less: left < right
    case .lessOrEqual: left <= right
    case .greater: left > right
    case .greaterOrEqual: left >= right
    }
  }
}

enum Aggregate: String, Sendable, Hashable, CaseIterable {
  case sum, max, min, count
}

enum Quantifier: String, Sendable, Hashable, CaseIterable {
  case any, all
}

/// What `any` and `all` claim of each fact.
enum Predicate: Sendable, Hashable {
  case comparison(Comparison, Operand)
  case state(StateClaim)
}

/// `is` or `is not`, and a word for a state.
struct StateClaim: Sendable, Hashable {
  enum Word: String, Sendable, Hashable, CaseIterable {
    case ok, warn, crit, nodata, stale, error, known, unknown
  }

  let word: Word
  let isNegated: Bool

  /// Whether it asks for a state in which nothing is known.
  var wantsUnknown: Bool {
    switch word {
    case .nodata, .stale, .error, .unknown: !isNegated
    case .ok, .warn, .crit, .known: false
    }
  }

  func holds(_ state: FactState) -> Bool {
    let isSo =
      switch word {
      case .ok: state == .ok
      case .warn: state == .warn
      case .crit: state == .crit
      case .nodata: state == .nodata
      case .stale: state == .stale
      case .error: state == .error
      case .known: state.isKnown
      case .unknown: !state.isKnown
      }
    return isSo != isNegated
  }
}
