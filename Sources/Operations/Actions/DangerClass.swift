/// How much an action can break, which decides the confirmation it takes.
public enum DangerClass: Int, Sendable, Hashable, Comparable, CaseIterable {
  /// Changes nothing but the console's own records.
  case look = 0
  /// Changes little, for a moment.
  case mild = 1
  /// Interrupts somebody's work.
  case disruptive = 2
  /// Loses something for good.
  case destructive = 3

  /// Orders by danger.
  public static func < (left: DangerClass, right: DangerClass) -> Bool {
    left.rawValue < right.rawValue
  }

  /// The class for a configured number; one out of range is taken as the nearest.
  public init(nearest number: Int) {
    self =
      switch number {
      case ...0: .look
      case 1: .mild
      case 2: .disruptive
      default: .destructive
      }
  }

  /// What kind of danger it is, in one word.
  public var word: String {
    switch self {
    case .look: "look"
    case .mild: "mild"
    case .disruptive: "disruptive"
    case .destructive: "destructive"
    }
  }

  /// How it is confirmed, as help tells it.
  public var confirmation: String {
    switch self {
    case .look: "runs at once"
    case .mild: "preview, then y"
    case .disruptive: "preview, then y and Enter"
    case .destructive: "preview, then the name typed, Tab and Enter"
    }
  }
}
