/// All facts that are known, by name, with what their sources last said: a pure value.
///
/// Reports go in, ``Fact``s in one of the six states come out; staleness and age depend only on the
/// `now` that is passed.
public struct FactStore: Sendable {
  /// One fact's last good sample and where its source stands.
  private struct Entry: Sendable {
    var observation: Observation
    var sampledAt: MonotonicTime?
    var source: String
  }

  /// How one source fares.
  public struct SourceStatus: Sendable, Hashable {
    /// The time between two polls, for staleness.
    public internal(set) var interval: Duration
    /// What stands before the names of its facts; nil: nothing.
    public let qualifier: String?
    /// The same as configured, before it was slowed down by hand.
    let configured: Duration
    /// The start of the newest good poll; nil if there was none.
    public var lastGood: MonotonicTime?
    /// Why the last attempt failed; nil after a good one.
    public var failure: SourceFailure?
    /// What its last good attempt found out, of a probe or check; nil of others.
    public var verdict: SourceVerdict?
    /// Since when every attempt fails; nil after a good one.
    public var failingSince: Moment?
    /// Attempts so far, good and bad.
    public var attempts: Int

    /// Whether no attempt has ended yet.
    public var isStarting: Bool { attempts == 0 }

    /// Whether nothing is wrong with it: it answers, and a probe or check of it has nothing to complain of.
    public var isWell: Bool {
      guard failure == nil else { return false }
      return switch verdict?.state {
      case nil, .ok, .nodata: true
      case .warn, .crit, .stale, .error: false
      }
    }

    /// How it stands at `now`, and why: a probe that answers "no" answers, and is not well.
    public func standing(at now: MonotonicTime) -> (state: FactState, word: String) {
      if let failure { return (.error, failure.word) }
      guard let lastGood else { return (.nodata, beforeFirst) }
      if now - lastGood > FactStore.staleAfter(interval) {
        return (.stale, verdict?.word ?? "answered last")
      }
      return verdict.map { ($0.state, $0.word) } ?? (.ok, "answers")
    }

    /// What is said before its first answer: `starting`, `waiting for its secret`.
    public let beforeFirst: String

    init(interval: Duration, qualifier: String? = nil, beforeFirst: String = FactStore.starting) {
      self.beforeFirst = beforeFirst
      self.interval = interval
      self.qualifier = qualifier
      configured = interval
      attempts = 0
    }
  }

  private var entries: [FactName: Entry] = [:]
  /// The names by their first segment, each list in order.
  private var families: [String: [FactName]] = [:]
  /// The names of the facts that count.
  private var health: Set<FactName> = []
  /// The facts that each source told last.
  private var told: [String: Set<FactName>] = [:]
  /// The place of each source: in the order in which they were introduced, or first heard.
  private var places: [String: Int] = [:]
  /// The sources by id, as far as they were introduced.
  public private(set) var sources: [String: SourceStatus] = [:]

  /// Makes a store that knows nothing.
  public init() {}

  /// The age beyond which a sample of a source with this interval is stale.
  public static func staleAfter(_ interval: Duration) -> Duration {
    max(interval * 3, .seconds(15))
  }

  /// What is said of a source that is asked and hasn't answered yet.
  public static let starting = "starting"

  /// Introduces a source and the facts it will give; they are "no data" until it answers: `starting`, or what it
  /// waits for.
  public mutating func introduce(
    source: String,
    interval: Duration,
    qualifier: String? = nil,
    waitingFor: String? = nil,
    declares: [(name: FactName, kind: FactKind, unit: FactUnit)]
  ) {
    let word = waitingFor.map { "waiting for \($0)" } ?? Self.starting
    sources[source] = SourceStatus(interval: interval, qualifier: qualifier, beforeFirst: word)
    place(source)
    for fact in declares where entries[fact.name] == nil {
      let observation = Observation(
        fact.name,
        nil,
        unit: fact.unit,
        word: word,
        absence: waitingFor == nil ? .starting : nil,
        kind: fact.kind,
        origin: Origin(source: source, query: "")
      )
      entries[fact.name] = Entry(observation: observation, sampledAt: nil, source: source)
    }
    index(declares.map(\.name))
  }

  /// Polls come `pace` times slower than configured from now on: what is asked for less often is stale later.
  public mutating func setPace(_ pace: Double) {
    sources = sources.mapValues { status in
      var status = status
      status.interval = status.configured * max(1, pace)
      return status
    }
  }

  /// Takes in one finished attempt of a source; returns the names of which there is news.
  @discardableResult
  public mutating func apply(_ report: SourceReport) -> Set<FactName> {
    place(report.source)
    var news = told[report.source] ?? []
    var status = sources[report.source] ?? SourceStatus(interval: .seconds(10))
    status.attempts += 1
    switch report.result {
    case .failure(let failure):
      status.failure = failure
      status.failingSince = status.failingSince ?? report.startedAt
    case .success(let reading):
      status.failure = nil
      status.failingSince = nil
      status.lastGood = report.startedAt.monotonic
      status.verdict = reading.verdict
      news.formUnion(take(reading.observations, from: report.source, at: report.startedAt.monotonic))
    }
    sources[report.source] = status
    news.insert(FactName("source", report.source, "state"))
    news.insert(FactName("source", report.source, "age"))
    return news
  }

  /// Takes in what follows from other facts, in place of what `judge` told last; returns its names.
  ///
  /// A judgement has no polls that could fail: it is stale once what it stands on is.
  @discardableResult
  public mutating func conclude(
    _ observations: [Observation],
    by judge: String,
    at now: MonotonicTime
  ) -> Set<FactName> {
    place(judge)
    return take(observations, from: judge, at: now)
  }

  /// Puts observations in the place of what a source told last, each as old as that; returns their names.
  ///
  /// What the source has not told is not told by it.
  mutating func amend(_ observations: [Observation], of source: String) -> Set<FactName> {
    var names: Set<FactName> = []
    for observation in observations where entries[observation.name]?.source == source {
      guard told[source]?.contains(observation.name) == true else { continue }
      entries[observation.name]?.observation = observation
      if observation.kind == .health {
        health.insert(observation.name)
      } else {
        health.remove(observation.name)
      }
      names.insert(observation.name)
    }
    return names
  }

  private mutating func place(_ source: String) {
    if places[source] == nil { places[source] = places.count }
  }

  /// The place of a source among all: that of its introduction; unknown ones are the last.
  func place(of source: String) -> Int {
    places[source] ?? .max
  }

  private mutating func take(
    _ observations: [Observation],
    from source: String,
    at sampledAt: MonotonicTime
  ) -> Set<FactName> {
    var names: Set<FactName> = []
    var added: [FactName] = []
    for observation in observations {
      let name = observation.name
      let before = entries[name]
      if let before, before.source != source, isOlder(before.source, than: source, name) { continue }
      names.insert(name)
      if before == nil { added.append(name) }
      if before?.observation.kind != observation.kind {
        if observation.kind == .health { health.insert(name) } else { health.remove(name) }
      }
      entries[name] = Entry(
        observation: observation,
        sampledAt: observation.sampledAt ?? sampledAt,
        source: source
      )
    }
    index(added)
    // What the source no longer tells is gone: a deleted queue must not keep its last depth.
    for name in told[source] ?? [] where !names.contains(name) {
      if entries[name]?.source == source { remove(name) }
    }
    told[source] = names
    return names
  }

  /// Whether the name stays with `owner`: of two sources that tell one name the first always has it, or what
  /// is shown under it would change with each poll.
  private func isOlder(_ owner: String, than source: String, _ name: FactName) -> Bool {
    place(of: owner) < place(of: source) && told[owner]?.contains(name) ?? false
  }

  private mutating func index(_ names: [FactName]) {
    for (family, names) in Dictionary(grouping: names, by: { $0.segments.first ?? "" }) {
      let known = families[family] ?? []
      // Declared before and told by another since: it stands there already.
      let new = known.isEmpty ? names : Array(Set(names).subtracting(known))
      families[family] = (known + new).sorted()
    }
    for name in names where entries[name]?.observation.kind == .health { health.insert(name) }
  }

  private mutating func remove(_ name: FactName) {
    entries[name] = nil
    health.remove(name)
    let family = name.segments.first ?? ""
    families[family]?.removeAll { $0 == name }
    if families[family]?.isEmpty ?? false { families[family] = nil }
  }

  /// The sources' ids, in the order in which they were introduced or first heard.
  public var sourceIDs: [String] {
    sources.keys.sorted { place(of: $0) < place(of: $1) }
  }

  /// The fact of that name as it stands at `now`; nil if nobody ever told or declared it.
  public func fact(_ name: FactName, at now: MonotonicTime) -> Fact? {
    entries[name].map { fact(from: $0, at: now) }
  }

  /// All facts as they stand at `now`, by name.
  public func facts(at now: MonotonicTime) -> [Fact] {
    allNames.compactMap { fact($0, at: now) }
  }

  /// The facts whose names fit, as they stand at `now`, by name.
  public func facts(matching pattern: FactPattern, at now: MonotonicTime) -> [Fact] {
    let names =
      switch pattern.segments.first {
      case .exactly(let family)?: families[family] ?? []
      case .anything?: allNames
      case nil: [FactName]()
      }
    return names.lazy.filter(pattern.matches).compactMap { fact($0, at: now) }
  }

  private var allNames: [FactName] {
    families.sorted { $0.key < $1.key }.flatMap(\.value)
  }

  /// The facts that count as they stand at `now`, in no order.
  public func health(at now: MonotonicTime) -> [Fact] {
    health.compactMap { fact($0, at: now) }
  }

  /// The facts that count and of which there is news (nil: all), as they stand at `now`, by name.
  public func healthFacts(among news: Set<FactName>?, at now: MonotonicTime) -> [Fact] {
    (news.map { $0.intersection(health) } ?? health).sorted().compactMap { fact($0, at: now) }
  }

  /// The longest interval of all sources: what judgements are as old as.
  private var slowest: Duration {
    sources.values.map(\.interval).max() ?? .seconds(10)
  }

  private func state(of entry: Entry, at now: MonotonicTime) -> FactState {
    let status = sources[entry.source]
    if status?.failure != nil || entry.observation.state == .error { return .error }
    guard let sampledAt = entry.sampledAt,
      now - sampledAt > Self.staleAfter(status?.interval ?? slowest)
    else { return entry.observation.state }
    return .stale
  }

  private func fact(from entry: Entry, at now: MonotonicTime) -> Fact {
    let observation = entry.observation
    return Fact(
      name: observation.name,
      value: observation.value,
      unit: observation.unit,
      state: state(of: entry, at: now),
      word: sources[entry.source]?.failure?.word ?? observation.word,
      absence: observation.absence,
      kind: observation.kind,
      sampledAt: entry.sampledAt,
      origin: observation.origin
    )
  }
}
