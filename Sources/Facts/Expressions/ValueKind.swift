/// What sort of value stands on one side of a comparison, as far as it is known.
enum ValueKind: Sendable, Hashable {
  /// A number; the unit is nil for a bare literal, which fits any.
  case number(FactUnit?)
  case text
  case flag
  /// Not known yet: a fact that is missing or never had a value.
  case open

  /// Why the two sides can never be compared like that; nil if they can, or may turn out to.
  static func misfit(_ left: ValueKind, _ comparison: Comparison, _ right: ValueKind) -> String? {
    for side in [left, right] where comparison.isOrdering {
      switch side {
      case .text: return "text has no order: compare it with == or !="
      case .flag: return "true and false have no order: compare them with == or !="
      case .number, .open: continue
      }
    }
    switch (left, right) {
    case (.open, _), (_, .open), (.text, .text), (.flag, .flag):
      return nil
    case (.number(let leftUnit?), .number(let rightUnit?)):
      guard leftUnit.dimension != rightUnit.dimension else { return nil }
      return "\(left.noun) can't be compared with \(right.noun)"
    case (.number, .number):
      return nil
    case (.number, _), (.text, _), (.flag, _):
      return "\(left.noun) can't be compared with \(right.noun)"
    }
  }

  private var noun: String {
    switch self {
    case .number(let unit):
      switch unit?.dimension {
      case nil: "a number"
      case .count: "a plain number"
      case .time: "a time"
      case .size: "a size"
      case .percentage: "a percentage"
      case .rate: "a rate"
      }
    case .text: "a text"
    case .flag: "true or false"
    case .open: "an unknown value"
    }
  }
}

extension Operand {
  /// What can be told of it without any facts.
  var staticKind: ValueKind {
    switch content {
    case .name: .open
    case .literal(.number, let unit): .number(unit)
    case .literal(.text, _): .text
    case .literal(.flag, _): .flag
    case .aggregate(.count, _): .number(.one)
    // Sums and extremes are of numbers, in a unit that only the facts can tell.
    case .aggregate(.sum, _), .aggregate(.max, _), .aggregate(.min, _): .number(nil)
    }
  }
}

extension Fact {
  /// The sort of its last value, else what its unit tells.
  var valueKind: ValueKind {
    switch value {
    case .number: .number(unit)
    case .text: .text
    case .flag: .flag
    case nil: unit == .one ? .open : .number(unit)
    }
  }
}

extension FactUnit {
  /// `number` of this unit in a unit that all of the dimension are whole multiples of.
  ///
  /// Multiplying by whole numbers keeps `0.3s == 300ms` exact where a factor of 0.001 would not.
  func inFinestUnit(_ number: Double) -> Double {
    number * (scale * 1_000).rounded()
  }
}
