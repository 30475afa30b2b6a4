internal import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// The two files of an audit log, read and written with blocking calls: on the thread pool only.
struct AuditFiles: Sendable {
  static let log = "audit.jsonl"
  static let headName = "audit.head"
  /// The most that is read of a log at once: some 300,000 lines.
  private static let cap = 256 << 20
  /// The most that is read for the last entries.
  private static let tailCap = 1 << 20

  let directory: StateDirectory

  init(_ directory: StateDirectory) {
    self.directory = directory
  }

  /// Appends one line under the lock, chained to whatever any console wrote last.
  func append(
    _ record: AuditRecord,
    by author: AuditAuthor,
    masking mask: SecretMask
  ) -> Result<Void, AuditFailure> {
    do throws(FileFailure) {
      try directory.make()
      let file = try PrivateFile(directory.file(Self.log))
      try file.lock()
      let end = try findEnd(of: file)
      if try file.length() > end.length { try file.truncate(to: end.length) }
      let entry = AuditEntry(sequence: end.head.count + 1, record: record, author: author)
      let line = Array(AuditLine(previous: end.head.hash, entry: entry).text(masking: mask).utf8)
      let closing = end.isTorn ? AuditLine.tornMark + [UInt8(ascii: "\n")] : []
      var head = end.head.appending(line)
      head.length = end.length + closing.count + line.count + 1
      do throws(FileFailure) {
        if entry.sequence == 1 { try recordBirth(at: record.time, firstLine: line) }
        try file.writeDurably(closing + line + [UInt8(ascii: "\n")])
        try PrivateFile.replace(directory.file(Self.headName), with: head.bytes)
      } catch {
        // Nothing may stand there that was not acknowledged: half a line, or one without its head.
        try? file.truncate(to: end.length)
        throw error
      }
      return .success(())
    } catch {
      return .failure(AuditFailure(error))
    }
  }

  /// Where the next line goes and what it stands on.
  ///
  /// The head leads. Whole lines behind it were written by a console that died before it wrote the
  /// head, and count; half a line behind it does not. If lines before the head are missing, the chain
  /// goes on from the head, so that the gap stays visible for good, and a line that was torn there is closed
  /// before the next one.
  private func findEnd(
    of file: borrowing PrivateFile
  ) throws(FileFailure) -> (head: AuditHead, length: Int, isTorn: Bool) {
    let length = try file.length()
    let told = try readHead() ?? .empty
    guard length > told.length else {
      let last = length > 0 ? try file.read(from: length - 1, count: 1) : []
      return (told, length, length > 0 && last != [UInt8(ascii: "\n")])
    }
    var head = told
    let rest = try file.read(from: told.length, count: min(Self.cap, length - told.length))
    var lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let torn = lines.popLast() ?? []
    for line in lines { head = head.appending(Array(line)) }
    return (head, length - torn.count, false)
  }

  /// Notes when the record began and with which line, once for good: a record that is deleted whole shows.
  private func recordBirth(at time: WallTime, firstLine: [UInt8]) throws(FileFailure) {
    guard try PrivateFile.contents(directory.birthFile, cap: AuditBirth.cap) == nil else { return }
    let birth = AuditBirth(since: Format.timestamp(time), hash: Digest.sha256(firstLine))
    try PrivateFile.replace(directory.birthFile, with: birth.bytes)
  }

  /// The head, nil if there is none or it is unreadable.
  func readHead() throws(FileFailure) -> AuditHead? {
    try PrivateFile.contents(directory.file(Self.headName), cap: 4_096).flatMap(AuditHead.init(parsing:))
  }

  /// The entries at the end of the log, oldest first, and whether they are all.
  func tail() -> Result<(entries: [AuditEntry], isWhole: Bool), AuditFailure> {
    do throws(FileFailure) {
      guard let file = try existing() else { return .success(([], true)) }
      let length = try file.length()
      let start = max(0, length - Self.tailCap)
      let bytes = try file.read(from: start, count: length - start)
      var lines = bytes.split(separator: UInt8(ascii: "\n"))
      // Unless it is the file's first, the first line was probably cut.
      if start > 0, !lines.isEmpty { lines.removeFirst() }
      return .success((lines.compactMap { AuditLine(parsing: $0)?.entry }, start == 0))
    } catch {
      return .failure(AuditFailure(error))
    }
  }

  /// Verifies the whole chain, under the lock so that no line is seen without its head.
  func verify() -> Result<AuditVerification, AuditFailure> {
    do throws(FileFailure) {
      let headBytes = try PrivateFile.contents(directory.file(Self.headName), cap: 4_096)
      let birth = try PrivateFile.contents(directory.birthFile, cap: AuditBirth.cap)
        .flatMap(AuditBirth.init(parsing:))
      guard let file = try existing() else {
        return .success(AuditVerifier.verify(log: [], head: headBytes, birth: birth))
      }
      try file.lock()
      let bytes = try file.read(from: 0, count: min(Self.cap, try file.length()))
      let head = try PrivateFile.contents(directory.file(Self.headName), cap: 4_096)
      return .success(AuditVerifier.verify(log: bytes, head: head, birth: birth))
    } catch {
      return .failure(AuditFailure(error))
    }
  }

  private func existing() throws(FileFailure) -> PrivateFile? {
    do throws(FileFailure) {
      return try PrivateFile(directory.file(Self.log), flags: O_RDONLY)
    } catch {
      guard error.number == ENOENT else { throw error }
      return nil
    }
  }

  /// What tells that the log has changed: nil while there is none.
  func stamp() -> AuditStamp? { AuditStamp(of: directory.file(Self.log)) }
}

/// One state of a file.
struct AuditStamp: Sendable, Hashable {
  let inode: UInt64
  let length: Int
  let seconds: Int
  let nanoseconds: Int
}

extension AuditStamp {
  /// The state of the file there is at `path`; nil while there is none.
  init?(of path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    inode = UInt64(status.st_ino)
    length = Int(status.st_size)
    seconds = status.st_mtim.tv_sec
    nanoseconds = status.st_mtim.tv_nsec
  }
}
