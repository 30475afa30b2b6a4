public import DataSources
public import Facts

/// The newest entries of the audit log, of all consoles, as they were read.
public struct AuditTrail: Snapshot {
  /// The entries, oldest first.
  public var entries: [AuditEntry]

  /// Makes a trail.
  public init(entries: [AuditEntry]) {
    self.entries = entries
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
  private var stamp: AuditStamp?
  private var trail = AuditTrail(entries: [])

  /// Follows the last `limit` entries of `log`.
  public init(_ log: AuditLog, limit: Int = 200) {
    self.log = log
    self.limit = limit
    descriptor = SourceDescriptor(
      id: Self.id,
      kind: "audit log",
      address: log.path,
      interval: .seconds(5),
      deadline: .seconds(2)
    )
  }

  /// Reads the log if it is another than last time.
  public func poll() async throws(SourceFailure) -> SourceReading {
    let files = AuditFiles(log.directory)
    let current = await LoopActor.onThreadPool { files.stamp() }
    if current != stamp {
      do throws(AuditFailure) {
        trail = AuditTrail(entries: try await log.entries(last: limit))
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
