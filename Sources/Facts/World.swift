/// Everything that the console has learnt from outside: facts, rich snapshots, and how sources fare.
public struct World: Sendable {
  /// A snapshot with its age and source.
  public struct Stamped<Value: Snapshot>: Sendable {
    /// The snapshot as it was last told; kept while its source fails.
    public let value: Value
    /// When its poll began.
    public let sampledAt: MonotonicTime
    /// The source's id.
    public let source: String
  }

  private struct Kept: Sendable {
    let snapshot: any Snapshot
    let sampledAt: MonotonicTime
    let source: String
  }

  /// Another number after every change; worlds of the same history have the same.
  public private(set) var version = 0
  /// The scalar facts.
  public private(set) var facts = FactStore()
  /// The snapshots by their type, each list in the order of its sources.
  private var snapshots: [ObjectIdentifier: [Kept]] = [:]

  /// Makes a world of which nothing is known.
  public init() {}

  /// Introduces a source; see ``FactStore/introduce(source:interval:qualifier:waitingFor:declares:)``.
  public mutating func introduce(
    source: String,
    interval: Duration,
    qualifier: String? = nil,
    waitingFor: String? = nil,
    declares: [(name: FactName, kind: FactKind, unit: FactUnit)]
  ) {
    facts.introduce(
      source: source,
      interval: interval,
      qualifier: qualifier,
      waitingFor: waitingFor,
      declares: declares
    )
    version += 1
  }

  /// Sources are polled `pace` times slower than configured; see ``FactStore/setPace(_:)``.
  public mutating func setPace(_ pace: Double) {
    facts.setPace(pace)
    version += 1
  }

  /// Takes in one finished attempt of a source; returns the names of the facts of which there is news.
  @discardableResult
  public mutating func apply(_ report: SourceReport) -> Set<FactName> {
    version += 1
    let news = facts.apply(report)
    guard case .success(let reading) = report.result else { return news }
    for snapshot in reading.snapshots {
      keep(Kept(snapshot: snapshot, sampledAt: report.startedAt.monotonic, source: report.source))
    }
    return news
  }

  /// Takes in what follows from all that was told, and the facts of it; returns their names.
  ///
  /// `judge` stands where a source would: it has no polls, and never fails.
  @discardableResult
  public mutating func conclude(
    _ snapshot: some Snapshot,
    _ observations: [Observation] = [],
    by judge: String,
    at now: MonotonicTime
  ) -> Set<FactName> {
    version += 1
    let names = facts.conclude(observations, by: judge, at: now)
    keep(Kept(snapshot: snapshot, sampledAt: now, source: judge))
    return names
  }

  /// Puts a snapshot and facts in the place of what a source told last, each as old as that; returns the names.
  @discardableResult
  public mutating func amend(
    _ snapshot: some Snapshot,
    _ observations: [Observation],
    of source: String
  ) -> Set<FactName> {
    version += 1
    let key = ObjectIdentifier(type(of: snapshot))
    if let index = snapshots[key]?.firstIndex(where: { $0.source == source }),
      let sampledAt = snapshots[key]?[index].sampledAt
    {
      snapshots[key]?[index] = Kept(snapshot: snapshot, sampledAt: sampledAt, source: source)
    }
    return facts.amend(observations, of: source)
  }

  private mutating func keep(_ kept: Kept) {
    let key = ObjectIdentifier(type(of: kept.snapshot))
    let place = facts.place(of: kept.source)
    var list = snapshots[key] ?? []
    let index = list.firstIndex { facts.place(of: $0.source) >= place } ?? list.endIndex
    if index < list.endIndex, list[index].source == kept.source {
      list[index] = kept
    } else {
      list.insert(kept, at: index)
    }
    snapshots[key] = list
  }

  /// The snapshots of a type, one a source, in the order in which the sources were introduced.
  public func snapshots<Value: Snapshot>(_ type: Value.Type) -> [Stamped<Value>] {
    snapshots[ObjectIdentifier(type)]?.compactMap(Self.stamped) ?? []
  }

  /// The snapshot of a type, of the first of the sources that have told one.
  ///
  /// It is never that of another source because that told something later: what is shown must not change
  /// with each poll.
  public func snapshot<Value: Snapshot>(_ type: Value.Type) -> Stamped<Value>? {
    snapshots[ObjectIdentifier(type)]?.first.flatMap(Self.stamped)
  }

  /// The snapshot of a type that this source told last; nil if it never did.
  public func snapshot<Value: Snapshot>(_ type: Value.Type, of source: String) -> Stamped<Value>? {
    snapshots[ObjectIdentifier(type)]?.first { $0.source == source }.flatMap(Self.stamped)
  }

  /// The snapshots of a type, one a source, as one whose rows name their sources if there are `several`; nil if
  /// no source told one.
  public func merged<Value: MergeableSnapshot>(_ type: Value.Type, several: Bool) -> Value? {
    let parts = snapshots(type)
    guard several, !parts.isEmpty else { return parts.first?.value }
    return Value.merged(parts.map { ($0.source, $0.value) })
  }

  private static func stamped<Value: Snapshot>(_ kept: Kept) -> Stamped<Value>? {
    (kept.snapshot as? Value).map { Stamped(value: $0, sampledAt: kept.sampledAt, source: kept.source) }
  }

  /// How a source fares; nil if it was never introduced.
  public func status(of source: String) -> FactStore.SourceStatus? {
    facts.sources[source]
  }
}
