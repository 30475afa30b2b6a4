public import Facts

/// What one sample says of one part of a proof.
///
/// Only ``holds(_:)`` ever counts, and only a value gives it: a missing field, an old sample, an error, a
/// 429 and silence are all something else. Nothing in the console decides this anywhere else.
public enum Evidence: Sendable, Hashable {
  /// No sample has come yet; what is waited for.
  case waiting(String = "waiting")
  /// A value says yes.
  case holds(String)
  /// A value says no.
  case fails(String)
  /// Nobody knows this time: an error, a 429, a reply without the value.
  case unclear(String)
  /// Nobody here can ever tell: no login, a refused user, nothing that checks it.
  case untellable(String)

  /// What a source's answer says of a claim of its own: a probe that passes, a check that holds.
  ///
  /// A warning counts only where the value itself is a yes: what else is odd is not proven by it.
  public init(_ observation: Observation) {
    let word = observation.word
    switch observation.absence {
    case .noLogin: self = .untellable("no login")
    case .loginRefused: self = .untellable(word.isEmpty ? "login refused" : word)
    case .starting: self = .unclear(word.isEmpty ? "starting" : word)
    case .rateLimited: self = .unclear(word.isEmpty ? "429 rate limited" : word)
    case nil:
      guard let value = observation.value else {
        self = .unclear(word.isEmpty ? "no value" : word)
        return
      }
      switch observation.state {
      case .ok where value != .flag(false), .warn where value == .flag(true):
        self = .holds(word.isEmpty ? "passes" : word)
      case .crit, .ok: self = .fails(word.isEmpty ? "fails" : word)
      case .warn where value == .flag(false): self = .fails(word.isEmpty ? "fails" : word)
      case .warn, .nodata, .stale, .error: self = .unclear(word.isEmpty ? observation.state.word : word)
      }
    }
  }

  /// What a source's answer says of a number that must be reached: consumers, replicas.
  public init(_ observation: Observation, atLeast wanted: Int) {
    guard observation.state.isKnown, case .number(let number)? = observation.value, number.isFinite else {
      self = .unclear(observation.word.isEmpty ? "no value" : observation.word)
      return
    }
    let word = Format.count(number)
    self = number >= Double(wanted) ? .holds(word) : .fails("\(word), \(wanted) wanted")
  }

  /// What is said of it, for the screen.
  public var word: String {
    switch self {
    case .waiting(let word), .holds(let word), .fails(let word), .unclear(let word), .untellable(let word):
      word
    }
  }

  /// How it is drawn.
  public var state: FactState {
    switch self {
    case .waiting, .untellable: .nodata
    case .holds: .ok
    case .fails: .crit
    case .unclear: .error
    }
  }
}
