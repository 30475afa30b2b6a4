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

  private struct Key: Hashable, Sendable {
    let type: ObjectIdentifier
    let source: String
  }

  private struct Kept: Sendable {
    let snapshot: any Snapshot
    let sampledAt: MonotonicTime
  }

  /// Another number after every change; worlds of the same history have the same.
  public private(set) var version = 0
  /// The scalar facts.
  public private(set) var facts = FactStore()
  private var snapshots: [Key: Kept] = [:]

  /// Makes a world of which nothing is known.
  public init() {}

  /// Introduces a source; see ``FactStore/introduce(source:interval:declares:)``.
  public mutating func introduce(
    source: String,
    interval: Duration,
    declares: [(name: FactName, kind: FactKind, unit: FactUnit)]
  ) {
    facts.introduce(source: source, interval: interval, declares: declares)
    version += 1
  }

  /// Sources are polled `pace` times slower than configured; see ``FactStore/setPace(_:)``.
  public mutating func setPace(_ pace: Double) {
    facts.setPace(pace)
    version += 1
  }

  /// Takes in one finished attempt of a source.
  public mutating func apply(_ report: SourceReport) {
    version += 1
    facts.apply(report)
    guard case .success(let reading) = report.result else { return }
    for snapshot in reading.snapshots {
      let key = Key(type: ObjectIdentifier(type(of: snapshot)), source: report.source)
      snapshots[key] = Kept(snapshot: snapshot, sampledAt: report.startedAt.monotonic)
    }
  }

  /// The newest snapshot of a type, from whichever source told it last.
  public func snapshot<Value: Snapshot>(_ type: Value.Type) -> Stamped<Value>? {
    let wanted = ObjectIdentifier(type)
    var best: Stamped<Value>?
    for (key, kept) in snapshots where key.type == wanted {
      guard let value = kept.snapshot as? Value else { continue }
      if let found = best, found.sampledAt >= kept.sampledAt { continue }
      best = Stamped(value: value, sampledAt: kept.sampledAt, source: key.source)
    }
    return best
  }

  /// How a source fares; nil if it was never introduced.
  public func status(of source: String) -> FactStore.SourceStatus? {
    facts.sources[source]
  }
}
