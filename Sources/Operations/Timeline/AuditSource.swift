public import DataSources
public import Facts

/// The newest entries of the audit log, of all consoles, as they were read.
public struct AuditTrail: Snapshot {
  /// The entries, oldest first.
  public var entries: [AuditEntry]
  /// Those of acts that end a life of a service, further back than the others.
  public var stops: [AuditEntry]
  /// From when on those are known; nil if they are from the log's beginning on.
  public var stopsSince: WallTime?

  /// Makes a trail of a whole log.
  public init(entries: [AuditEntry]) {
    self.entries = entries
    stops = entries
  }

  /// Makes a trail of the newest `limit` of these entries, which begin where the log does if it `isWhole`.
  init(newest limit: Int, of all: [AuditEntry], isWhole: Bool) {
    entries = all.suffix(limit)
    stops = all.filter { AskedStops.actions.contains($0.record.action) }
    stopsSince = isWhole ? nil : all.first?.record.time
  }
}

/// Follows the audit log, so that what others do shows within five seconds; reads it when it changed.
@LoopActor public final class AuditSource: Source {
  /// The source's id.
  public nonisolated static let id = "audit"

  /// How it is polled and told.
  public let descriptor: SourceDescriptor
  private let log: AuditLog
  private let limit: Int
  private let readStamp: @LoopActor () async -> AuditStamp?
  private var stamp: AuditStamp?
  private var trail = AuditTrail(entries: [])
  /// Whether a read of the directory is still out, perhaps that of an earlier poll.
  private var isReading = false

  /// Follows the last `limit` entries of `log`.
  public convenience init(_ log: AuditLog, limit: Int = 200) {
    let files = log.files
    self.init(log, limit: limit) { await LoopActor.onThreadPool { files.stamp() } }
  }

  /// Follows `log`, which has changed when `readStamp` tells another stamp.
  init(_ log: AuditLog, limit: Int, readStamp: @escaping @LoopActor () async -> AuditStamp?) {
    self.log = log
    self.limit = limit
    self.readStamp = readStamp
    descriptor = SourceDescriptor(
      id: Self.id,
      kind: "audit log",
      address: log.path,
      interval: .seconds(5),
      deadline: .seconds(2)
    )
  }

  /// Reads the log if it is another than last time.
  /// - Throws: `timedOut` while an earlier read is still out, `rejected` if the log can't be read.
  public func poll() async throws(SourceFailure) -> SourceReading {
    // A dead mount keeps its thread for ever, and there are four: the polls after it must not take the rest.
    guard !isReading else {
      throw SourceFailure(.timedOut, at: log.path, detail: "the state directory doesn't answer")
    }
    isReading = true
    defer { isReading = false }
    let current = await readStamp()
    if current != stamp {
      do throws(AuditFailure) {
        let (all, isWhole) = try await log.newestEntries()
        trail = AuditTrail(newest: limit, of: all, isWhole: isWhole)
      } catch {
        throw SourceFailure(.rejected, at: error.path, detail: error.cause)
      }
      stamp = current
    }
    return SourceReading([], snapshots: [trail])
  }

  /// Nothing is kept open.
  public func close() {}
}
