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
    /// The same as configured, before it was slowed down by hand.
    let configured: Duration
    /// The start of the newest good poll; nil if there was none.
    public var lastGood: MonotonicTime?
    /// Why the last attempt failed; nil after a good one.
    public var failure: SourceFailure?
    /// Since when every attempt fails; nil after a good one.
    public var failingSince: Moment?
    /// Attempts so far, good and bad.
    public var attempts: Int

    /// Whether no attempt has ended yet.
    public var isStarting: Bool { attempts == 0 }

    init(interval: Duration) {
      self.interval = interval
      configured = interval
      attempts = 0
    }
  }

  private var entries: [FactName: Entry] = [:]
  /// The facts that each source told last.
  private var told: [String: Set<FactName>] = [:]
  /// The sources by id, as far as they were introduced.
  public private(set) var sources: [String: SourceStatus] = [:]

  /// Makes a store that knows nothing.
  public init() {}

  /// The age beyond which a sample of a source with this interval is stale.
  public static func staleAfter(_ interval: Duration) -> Duration {
    max(interval * 3, .seconds(15))
  }

  /// Introduces a source and the facts it will give; they are "no data: starting" until it answers.
  public mutating func introduce(
    source: String,
    interval: Duration,
    declares: [(name: FactName, kind: FactKind, unit: FactUnit)]
  ) {
    sources[source] = SourceStatus(interval: interval)
    for fact in declares where entries[fact.name] == nil {
      let observation = Observation(
        fact.name,
        nil,
        unit: fact.unit,
        word: "starting",
        absence: .starting,
        kind: fact.kind,
        origin: Origin(source: source, query: "")
      )
      entries[fact.name] = Entry(observation: observation, sampledAt: nil, source: source)
    }
  }

  /// Polls come `pace` times slower than configured from now on: what is asked for less often is stale later.
  public mutating func setPace(_ pace: Double) {
    sources = sources.mapValues { status in
      var status = status
      status.interval = status.configured * max(1, pace)
      return status
    }
  }

  /// Takes in one finished attempt of a source.
  public mutating func apply(_ report: SourceReport) {
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
      take(reading.observations, from: report)
    }
    sources[report.source] = status
  }

  private mutating func take(_ observations: [Observation], from report: SourceReport) {
    var names: Set<FactName> = []
    for observation in observations {
      names.insert(observation.name)
      // A name has one owner at a time; a name that another source gave passes to the newest teller.
      entries[observation.name] = Entry(
        observation: observation,
        sampledAt: observation.sampledAt ?? report.startedAt.monotonic,
        source: report.source
      )
    }
    // What the source no longer tells is gone: a deleted queue must not keep its last depth.
    for name in told[report.source] ?? [] where !names.contains(name) {
      if entries[name]?.source == report.source { entries[name] = nil }
    }
    told[report.source] = names
  }

  /// Forgets everything; what switching the environment does.
  public mutating func reset() {
    self = FactStore()
  }

  /// The fact of that name as it stands at `now`; nil if nobody ever told or declared it.
  public func fact(_ name: FactName, at now: MonotonicTime) -> Fact? {
    entries[name].map { fact(from: $0, at: now) }
  }

  /// All facts as they stand at `now`, by name.
  public func facts(at now: MonotonicTime) -> [Fact] {
    entries.values.map { fact(from: $0, at: now) }.sorted { $0.name < $1.name }
  }

  /// The facts whose names satisfy `isWanted`, as they stand at `now`, by name.
  public func facts(at now: MonotonicTime, where isWanted: (FactName) -> Bool) -> [Fact] {
    entries.values.filter { isWanted($0.observation.name) }.map { fact(from: $0, at: now) }
      .sorted { $0.name < $1.name }
  }

  /// How many facts of a kind are in each state at `now`; a state without any is left out.
  public func counts(of kind: FactKind, at now: MonotonicTime) -> [FactState: Int] {
    var counts: [FactState: Int] = [:]
    for entry in entries.values where entry.observation.kind == kind {
      counts[state(of: entry, at: now), default: 0] += 1
    }
    return counts
  }

  private func state(of entry: Entry, at now: MonotonicTime) -> FactState {
    guard let status = sources[entry.source] else { return entry.observation.state }
    if status.failure != nil || entry.observation.state == .error { return .error }
    guard let sampledAt = entry.sampledAt, now - sampledAt > Self.staleAfter(status.interval) else {
      return entry.observation.state
    }
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
