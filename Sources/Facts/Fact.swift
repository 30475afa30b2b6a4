/// Whether a fact counts towards the worst state of all.
public enum FactKind: String, Sendable, Hashable {
  /// Counts: header, exit codes and tabs show it.
  case health
  /// Never counts: told, coloured, but no reason to wake anybody.
  case info
}

/// Where a value comes from: what `i` shows.
public struct Origin: Sendable, Hashable {
  /// The id of the source in the configuration, such as `rabbitmq`.
  public var source: String
  /// What was asked: `GET http://…`, an SQL statement, `PING`.
  ///
  /// Credentials redacted.
  public var query: String
  /// The part of the reply that the value was read from, raw but for passwords, at most a few hundred bytes.
  public var excerpt: String {
    didSet { excerpt = CredentialWords.struckOut(of: excerpt) }
  }
  /// What the reply had to be, in words; empty where nothing is asked of it.
  public var expected: String

  /// Describes one question to one source, the reply's relevant part and what it had to be.
  public init(source: String, query: String, excerpt: String = "", expected: String = "") {
    self.source = source
    self.query = query
    // An observer hears nothing of the first value.
    self.excerpt = CredentialWords.struckOut(of: excerpt)
    self.expected = expected
  }
}

/// Why there is no value, where that decides what follows: words are for people and never read back.
public enum Absence: Sendable, Hashable {
  /// Nothing has answered yet.
  case starting
  /// It is asked with a login, and none is configured.
  case noLogin
  /// The login, or its right, was refused.
  case loginRefused
  /// It was asked too often (429): the next answer may have one.
  case rateLimited
}

/// What one poll of a source says of one fact.
public struct Observation: Sendable, Hashable {
  /// The fact's name.
  public var name: FactName
  /// The value in `unit`; nil when the source answered and has none ("no such series").
  public var value: FactValue?
  /// The unit of a number.
  public var unit: FactUnit
  /// The source's own judgement.
  ///
  /// Without a value it is `.nodata`, or `.error` (there is one and it can't be
  /// read), or `.crit` (there is none because of what is wrong: a queue that is down); never `.ok` or `.warn`.
  public var state: FactState
  /// Why, in a few words for the operator: `refused`, `no such series`, `healthy`.
  ///
  /// May be empty.
  public var word: String {
    didSet { word = CredentialWords.struckOut(of: word) }
  }
  /// Why nobody can tell what was asked, as far as that is of consequence; nil if somebody can.
  public var absence: Absence?
  /// Whether the fact counts.
  public var kind: FactKind
  /// Where it comes from.
  public var origin: Origin
  /// When it was sampled, if it is derived from older samples; nil: when the poll began.
  public var sampledAt: MonotonicTime?
  /// Whether it is drawn over time, so that samples of it are kept.
  public var isDrawn: Bool

  /// Makes an observation; a nil value makes `.ok`, `.warn` and `.stale` `.nodata`.
  public init(
    _ name: FactName,
    _ value: FactValue?,
    unit: FactUnit = .one,
    state: FactState = .ok,
    word: String = "",
    absence: Absence? = nil,
    kind: FactKind = .info,
    origin: Origin,
    sampledAt: MonotonicTime? = nil,
    isDrawn: Bool = false
  ) {
    self.name = name
    self.sampledAt = sampledAt
    self.isDrawn = isDrawn
    var present = value
    if case .number(let number) = value, number.isNaN { present = nil }
    self.value = present
    self.unit = unit
    self.state = present != nil || state == .error || state == .crit ? state : .nodata
    self.word = CredentialWords.struckOut(of: word)
    self.absence = absence
    self.kind = kind
    self.origin = origin
  }
}

/// A fact as it stands now: value or absent, unit, state, age and origin.
public struct Fact: Sendable, Hashable {
  /// The fact's name.
  public let name: FactName
  /// The last good value; kept (with its age) while the state is `.error` or `.stale`.
  public let value: FactValue?
  /// The unit of a number.
  public let unit: FactUnit
  /// One of the six states.
  public let state: FactState
  /// Why, in a few words: the failure's word under `.error`, else the source's.
  public let word: String
  /// Why nobody can tell what was asked, as far as that is of consequence; nil if somebody can.
  public let absence: Absence?
  /// Whether it counts.
  public let kind: FactKind
  /// When the value was sampled; nil if there never was one.
  public let sampledAt: MonotonicTime?
  /// Where it comes from.
  public let origin: Origin

  /// Makes a fact; built by ``FactStore``, and by hand in tests.
  public init(
    name: FactName,
    value: FactValue?,
    unit: FactUnit = .one,
    state: FactState,
    word: String = "",
    absence: Absence? = nil,
    kind: FactKind = .info,
    sampledAt: MonotonicTime?,
    origin: Origin
  ) {
    self.name = name
    self.value = value
    self.unit = unit
    self.state = state
    self.word = word
    self.absence = absence
    self.kind = kind
    self.sampledAt = sampledAt
    self.origin = origin
  }

  /// The age of the value at `now`; nil if there never was one.
  public func age(at now: MonotonicTime) -> Duration? {
    sampledAt.map { now - $0 }
  }

  /// The value if the state is a known one (`ok`, `warn`, `crit`): what comparisons may use.
  public var knownValue: FactValue? {
    state.isKnown ? value : nil
  }
}
