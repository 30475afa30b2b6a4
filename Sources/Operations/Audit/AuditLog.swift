public import DataSources
public import Facts

/// Where acts are recorded before and after they run.
@LoopActor public protocol AuditSink: AnyObject {
  /// Records one moment; returns when it is on the disk.
  /// - Throws: why not; the act must not be begun.
  func append(_ record: AuditRecord) async throws(AuditFailure)

  /// The same, and no server is told: what read-only allows.
  /// - Throws: why not.
  func keep(_ record: AuditRecord) async throws(AuditFailure)

  /// Whether the consoles of other hosts are told.
  var isShared: Bool { get }

  /// Records a note; returns once the others are told, or why they can't be.
  /// - Throws: why it can't be recorded.
  func note(_ record: AuditRecord) async throws(AuditFailure) -> SourceFailure?
}

extension AuditSink {
  /// No server is told anyway.
  public func keep(_ record: AuditRecord) async throws(AuditFailure) { try await append(record) }

  /// There is no server to tell them by.
  public var isShared: Bool { false }

  /// Nobody else is told.
  public func note(_ record: AuditRecord) async throws(AuditFailure) -> SourceFailure? {
    try await append(record)
    return nil
  }
}

/// The audit log of one environment: `audit.jsonl`, what was put aside of it, and its end in `audit.head`.
///
/// Every line holds the hash of the line before. Consoles share the file under flock; nothing blocks
/// the loop, all file work is done on the thread pool. It can't stop its user from rewriting all
/// files: it shows damage, accidents and edits.
@LoopActor public final class AuditLog: AuditSink {
  /// The directory of both files.
  public let directory: StateDirectory
  private let author: AuditAuthor
  private let mask: SecretMask
  let files: AuditFiles

  /// The log in `directory`, made at the first line; a file of `longestFile` bytes is put aside.
  public init(
    directory: StateDirectory,
    author: AuditAuthor,
    mask: SecretMask = SecretMask(),
    longestFile: Int = 16 << 20
  ) {
    self.directory = directory
    files = AuditFiles(directory, longest: longestFile)
    self.author = author
    self.mask = mask
  }

  /// The file of lines.
  public var path: String { directory.file(AuditFiles.log) }

  /// Records one moment; returns when it is on the disk.
  /// - Throws: why not.
  public func append(_ record: AuditRecord) async throws(AuditFailure) {
    let files = files
    let author = author
    let mask = mask
    let result = await LoopActor.onThreadPool {
      files.append(record, by: author, masking: mask)
    }
    try result.get()
  }

  /// A record as its line has it, without its place in the chain: what other consoles are told.
  func text(of record: AuditRecord) -> String {
    let entry = AuditEntry(sequence: 0, record: record, author: author)
    return AuditLine(previous: "", entry: entry).text(masking: mask)
  }

  /// The last `limit` entries of all consoles, oldest first; lines that are none of ours are left out.
  /// - Throws: why it can't be read; a log that doesn't exist yet is empty.
  public func entries(last limit: Int) async throws(AuditFailure) -> [AuditEntry] {
    try await newestEntries().entries.suffix(limit)
  }

  /// The entries at the end of the log, as far back as is read at once, and whether they are all.
  func newestEntries() async throws(AuditFailure) -> (entries: [AuditEntry], isWhole: Bool) {
    let files = files
    return try await LoopActor.onThreadPool { files.tail() }.get()
  }

  /// The acts that began and never ended, except those of consoles that still run on this host.
  /// - Throws: why it can't be read.
  public func openActs() async throws(AuditFailure) -> [AuditEntry] {
    let host = author.host
    let now = LoopActor.now().wall
    return try await verify().open.filter { entry in
      // A process number tells nothing about another host; there the act is listed.
      entry.author.host != host || !Self.isRunning(entry, now: now)
    }
  }

  /// Whether the console that began an act still runs: a process that is younger than the act got a
  /// number that its console had left.
  private static func isRunning(_ entry: AuditEntry, now: WallTime) -> Bool {
    guard let start = LocalProcess.start(of: entry.author.process, now: now) else { return false }
    return start <= entry.record.time + clockTolerance
  }

  /// Start times are counted in clock ticks, and the clock may have been set a little since.
  private static let clockTolerance = Duration.seconds(2)

  /// Verifies the whole chain.
  /// - Throws: why it can't be read.
  public func verify() async throws(AuditFailure) -> AuditVerification {
    let files = files
    return try await LoopActor.onThreadPool { files.verify() }.get()
  }
}
