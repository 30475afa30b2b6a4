public import DataSources
public import Facts

/// What the consoles of other state directories did, as they told it in Redis.
///
/// It is shown, and nothing is judged by it: whoever can write to Redis can write there.
public struct SharedTrail: Snapshot {
  /// The entries of others, oldest first, at most a few hundred.
  public var entries: [AuditEntry]
  /// So many that were told can't be read: what they tell is known to nobody here.
  public var unreadable: Int
  /// Why it can't be read now; nil if it can.
  public var failure: SourceFailure?

  /// Makes a trail.
  public init(entries: [AuditEntry], unreadable: Int = 0, failure: SourceFailure? = nil) {
    self.entries = entries
    self.unreadable = unreadable
    self.failure = failure
  }
}

/// Records acts in the audit log, and tells the consoles of other hosts.
///
/// The log is the record; what can't be told is told to nobody, and the act goes on.
@LoopActor public final class SharedAudit: AuditSink {
  private let log: AuditLog
  private let board: SharedBoard
  private let list: SharedBoard.Key

  /// Records in `log` and tells on `board`.
  public init(_ log: AuditLog, board: SharedBoard, environment: String) {
    self.log = log
    self.board = board
    list = SharedTrailSource.list(of: environment)
  }

  /// Records one moment; returns when it is on the disk.
  /// - Throws: why not.
  public func append(_ record: AuditRecord) async throws(AuditFailure) {
    try await log.append(record)
    // What was refused changed nothing that others would see.
    guard record.event != .refused else { return }
    let text = log.text(of: record)
    let telling = LoopActor.task { [board, list] in
      try? await board.add(text, to: list)
    }
    // Who ends with the act would take its end along.
    if record.event == .end { await telling.value }
  }

  /// Others are told.
  public var isShared: Bool { true }

  /// Records a note in the log, and tells it to the consoles of other hosts.
  /// - Returns: Why they can't be told; nil if they are.
  /// - Throws: why it can't be recorded.
  public func note(_ record: AuditRecord) async throws(AuditFailure) -> SourceFailure? {
    try await log.append(record)
    do throws(SourceFailure) {
      try await board.add(log.text(of: record), to: list)
      return nil
    } catch {
      return error
    }
  }

  /// Records one moment in the log alone.
  /// - Throws: why not.
  public func keep(_ record: AuditRecord) async throws(AuditFailure) { try await log.append(record) }
}

/// What was read of the others' list so far.
struct TrailEntries: Sendable {
  private static let limit = 200
  /// The longest entry that is read: an audit line is far shorter.
  private static let longest = 65_536
  /// So many that can't be read are told apart; whoever can write there can write any number.
  private static let mostUnreadable = 10_000

  private var entries: [AuditEntry] = []
  /// Those that can't be read, by their places: what is read twice counts once.
  private var unreadable: Set<String> = []

  /// Adds what is new.
  mutating func take(_ news: [SharedBoard.Entry]) {
    for entry in news {
      if let text = entry.text, text.utf8.count <= Self.longest,
        let line = AuditLine(parsing: Array(text.utf8))
      {
        entries.append(line.entry)
      } else if unreadable.count < Self.mostUnreadable {
        unreadable.insert(entry.id)
      }
    }
    entries = entries.suffix(Self.limit)
  }

  /// What is told of it, what was read twice once; `failure` is why there may be more.
  func trail(_ failure: SourceFailure?) -> SharedTrail {
    var seen: Set<String> = []
    let unique = entries.filter { seen.insert($0.momentKey).inserted }
    return SharedTrail(entries: unique, unreadable: unreadable.count, failure: failure)
  }
}

/// Reads what consoles of other state directories did.
@LoopActor public final class SharedTrailSource: Source {
  /// The source's id.
  public nonisolated static let id = "colleagues"

  /// How it is polled and told.
  public let descriptor: SourceDescriptor
  private let board: SharedBoard
  private let list: SharedBoard.Key
  private var newest: String?
  private var told = TrailEntries()

  /// Follows what is told on `board`.
  public init(_ board: SharedBoard, environment: String) {
    self.board = board
    list = Self.list(of: environment)
    descriptor = SourceDescriptor(
      id: Self.id,
      kind: "other consoles",
      address: board.address,
      interval: .seconds(5),
      deadline: .seconds(2)
    )
  }

  nonisolated static func list(of environment: String) -> SharedBoard.Key {
    SharedBoard.Key(environment, "timeline")
  }

  /// Reads what is new; Redis' own source tells that Redis is away, so here it is said and no failure.
  public func poll() async throws(SourceFailure) -> SourceReading {
    var failure: SourceFailure?
    do throws(SourceFailure) {
      let news = try await board.entries(of: list, after: newest)
      newest = news.last?.id ?? newest
      told.take(news)
    } catch {
      failure = error
      // A server that was restarted may number anew.
      newest = nil
    }
    return SourceReading([], snapshots: [told.trail(failure)])
  }

  /// The connection is its owner's.
  public func close() {}
}

extension World {
  /// The newest acts of all consoles that are known: those of this log, then what others told, each once.
  var acts: [AuditEntry] {
    let own = snapshot(AuditTrail.self)?.value.entries ?? []
    guard let others = snapshot(SharedTrail.self)?.value.entries, !others.isEmpty else { return own }
    let known = Set(own.map(\.momentKey))
    return own + others.filter { !known.contains($0.momentKey) }
  }
}

extension AuditEntry {
  /// One moment of an act: the same in the audit log and where it is told to others.
  var momentKey: String {
    "\(record.event.rawValue) \(record.act) \(author.host) \(author.process)"
  }
}
