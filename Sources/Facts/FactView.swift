/// The facts as they stand at one moment: what rules, gates and `wait` are evaluated over.
///
/// Beside the stored facts it answers for `source.NAME.state` and `source.NAME.age`.
public struct FactView: FactLookup {
  private let store: FactStore
  private let now: MonotonicTime

  /// Looks at `store` as of `now`.
  public init(_ store: FactStore, at now: MonotonicTime) {
    self.store = store
    self.now = now
  }

  /// The fact of that name; nil if nobody ever told it.
  public func fact(_ name: FactName) -> Fact? {
    if let fact = store.fact(name, at: now) { return fact }
    guard name.segments.count == 3, name.segments[0] == "source" else { return nil }
    return sourceFact(name, source: name.segments[1], measure: name.segments[2])
  }

  /// The facts whose names match, those of sources among them, by name.
  public func facts(matching pattern: FactPattern) -> [Fact] {
    let stored = store.facts(matching: pattern, at: now)
    let names = Self.sourceNames(pattern, store).filter { store.fact($0, at: now) == nil }
    guard !names.isEmpty else { return stored }
    return (stored + names.compactMap(fact)).sorted { $0.name < $1.name }
  }

  private static func sourceNames(_ pattern: FactPattern, _ store: FactStore) -> [FactName] {
    let first = pattern.segments.first
    guard pattern.segments.count == 3, first == .anything || first == .exactly("source") else { return [] }
    return store.sources.keys.flatMap { id in
      ["age", "state"].map { FactName("source", id, $0) }
    }.filter(pattern.matches)
  }

  private func sourceFact(_ name: FactName, source: String, measure: String) -> Fact? {
    guard let status = store.sources[source] else { return nil }
    let origin = Origin(source: source, query: "the polls of \(source)")
    let (state, word) = status.standing(at: now)
    switch measure {
    case "state":
      return Fact(
        name: name,
        value: .text(word),
        state: state,
        word: word,
        // A source that fails counts once, whatever it tells.
        kind: status.failure == nil ? .info : .health,
        sampledAt: status.lastGood,
        origin: origin
      )
    case "age":
      return Fact(
        name: name,
        value: status.lastGood.map { .number((now - $0).seconds) },
        unit: .seconds,
        // Its age is that of its answers, whatever they say.
        state: status.failure == nil && status.lastGood != nil && state != .stale ? .ok : state,
        word: word,
        sampledAt: status.lastGood,
        origin: origin
      )
    default: return nil
    }
  }
}
