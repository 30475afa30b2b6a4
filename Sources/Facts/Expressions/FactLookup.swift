/// Where expressions find their facts: the console's store, or a table made for one question.
public protocol FactLookup {
  /// The fact of that name as it stands now; nil if there is none of that name.
  func fact(_ name: FactName) -> Fact?
  /// Every fact whose name fits, each once.
  func facts(matching pattern: FactPattern) -> [Fact]
}

/// A handful of facts by name: for conditions over one reply (`status`, `body.a.b`) and for tests.
public struct FactTable: FactLookup, Sendable, Hashable, ExpressibleByDictionaryLiteral {
  private var facts: [FactName: Fact]

  /// An empty table.
  public init() {
    facts = [:]
  }

  /// A table of ready-made facts; of two with one name the later stays.
  public init(_ facts: some Sequence<Fact>) {
    self.facts = Dictionary(facts.map { ($0.name, $0) }) { _, later in later }
  }

  /// A table of known, plain values without a sample time.
  public init(dictionaryLiteral elements: (FactName, FactValue)...) {
    self.init()
    for (name, value) in elements { set(name, value) }
  }

  /// Adds or replaces a fact; a nil value makes its state `.nodata` unless another unknown is given.
  public mutating func set(
    _ name: FactName,
    _ value: FactValue?,
    unit: FactUnit = .one,
    state: FactState = .ok,
    word: String = "",
    sampledAt: MonotonicTime? = nil
  ) {
    facts[name] = Fact(
      name: name,
      value: value,
      unit: unit,
      state: value == nil && state.isKnown ? .nodata : state,
      word: word,
      sampledAt: sampledAt,
      origin: Origin(source: "", query: "")
    )
  }

  /// Adds or replaces a ready-made fact.
  public mutating func set(_ fact: Fact) {
    facts[fact.name] = fact
  }

  /// Takes a fact out.
  public mutating func remove(_ name: FactName) {
    facts[name] = nil
  }

  /// The fact of that name, if the table has it.
  public func fact(_ name: FactName) -> Fact? {
    facts[name]
  }

  /// Every fact whose name fits, ordered by name.
  public func facts(matching pattern: FactPattern) -> [Fact] {
    facts.values.filter { pattern.matches($0.name) }.sorted { $0.name < $1.name }
  }
}
