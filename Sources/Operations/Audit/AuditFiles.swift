internal import DataSources
internal import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// The files of an audit log, read and written with blocking calls: on the thread pool only.
///
/// Lines go to `audit.jsonl`. Once it is long it is put aside as `audit-N.jsonl`, N from 1, and the chain goes
/// on in a new file: what is put aside is never written again.
struct AuditFiles: Sendable {
  static let log = "audit.jsonl"
  static let headName = "audit.head"
  /// The most that is read of a log at once: some 300,000 lines.
  private static let cap = 256 << 20
  /// The most that is read for the last entries.
  private static let tailCap = 1 << 20

  let directory: StateDirectory
  /// The length in bytes from which the next line begins a new file.
  private let longest: Int

  init(_ directory: StateDirectory, longest: Int) {
    self.directory = directory
    self.longest = longest
  }

  /// Appends one line under the lock, chained to whatever any console wrote last.
  func append(
    _ record: AuditRecord,
    by author: AuditAuthor,
    masking mask: SecretMask
  ) -> Result<Void, AuditFailure> {
    do throws(FileFailure) {
      try directory.make()
      let file = try openForWriting()
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

  /// The file that the next line goes to, locked; one that has grown long is put aside first.
  private func openForWriting() throws(FileFailure) -> PrivateFile {
    let path = directory.file(Self.log)
    while true {
      let file = try PrivateFile(path)
      try file.lock()
      // Another console may have put it aside while the lock was waited for: then it is not written again.
      guard try file.isStill(at: path) else { continue }
      let length = try file.length()
      let asides = asides()
      if length == 0, let newest = asides.last { try beginHead(after: aside(newest)) }
      // Only what the head knows whole is put aside: what a dead console left is mended by the next line.
      guard length >= longest, try readHead()?.length == length else { return file }
      try PrivateFile.move(path, to: aside((asides.last ?? 0) + 1))
    }
  }

  /// Lets the head tell of a new file, unless a console did so after it had put the one before aside.
  private func beginHead(after aside: String) throws(FileFailure) {
    guard var head = try readHead(), head.length > 0,
      head.length == (try PrivateFile(aside, flags: O_RDONLY).length())
    else { return }
    head.length = 0
    try PrivateFile.replace(directory.file(Self.headName), with: head.bytes)
  }

  private func aside(_ number: Int) -> String { directory.file("audit-\(number).jsonl") }

  /// The numbers of the files that were put aside, oldest first.
  private func asides() -> [Int] {
    LocalFile.names(in: directory.path).compactMap { name in
      let number = Int(name.dropFirst("audit-".count).dropLast(".jsonl".count))
      return number.flatMap { aside($0) == directory.file(name) ? $0 : nil }
    }
    .sorted()
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
      var lines: [ArraySlice<UInt8>] = []
      var room = Self.tailCap
      for path in (asides().map(aside) + [directory.file(Self.log)]).reversed() {
        guard room > 0 else { return .success((Self.entries(lines), false)) }
        guard let file = try existing(path) else { continue }
        let length = try file.length()
        let start = max(0, length - room)
        let bytes = try file.read(from: start, count: length - start)
        var part = bytes.split(separator: UInt8(ascii: "\n"))
        // Unless it is the file's first, the first line was probably cut.
        if start > 0, !part.isEmpty { part.removeFirst() }
        lines = part + lines
        guard start == 0 else { return .success((Self.entries(lines), false)) }
        room -= bytes.count
      }
      return .success((Self.entries(lines), true))
    } catch {
      return .failure(AuditFailure(error))
    }
  }

  private static func entries(_ lines: [ArraySlice<UInt8>]) -> [AuditEntry] {
    lines.compactMap { AuditLine(parsing: $0)?.entry }
  }

  /// Verifies the whole chain, under the lock so that no line is seen without its head.
  func verify() -> Result<AuditVerification, AuditFailure> {
    do throws(FileFailure) {
      let birth = try PrivateFile.contents(directory.birthFile, cap: AuditBirth.cap)
        .flatMap(AuditBirth.init(parsing:))
      let path = directory.file(Self.log)
      while true {
        let file = try existing(path)
        try file?.lock()
        guard try file?.isStill(at: path) ?? true else { continue }
        var log: [UInt8] = []
        var last = 0
        for aside in asides().map(aside) {
          let part = try PrivateFile(aside, flags: O_RDONLY)
          last = try part.length()
          guard log.count + last <= Self.cap else { throw FileFailure(EFBIG, at: aside) }
          log += try part.read(from: 0, count: last)
        }
        let before = log.count
        if let file {
          let length = try file.length()
          guard before + length <= Self.cap else { throw FileFailure(EFBIG, at: path) }
          log += try file.read(from: 0, count: length)
        }
        let head = try PrivateFile.contents(directory.file(Self.headName), cap: 4_096)
        // A console that died right after it had put a file aside left the head telling of that one.
        let isOld = log.count == before && last > 0
        let begin = isOld && head.flatMap(AuditHead.init(parsing:))?.length == last ? last : 0
        return .success(AuditVerifier.verify(log: log, from: before - begin, head: head, birth: birth))
      }
    } catch {
      return .failure(AuditFailure(error))
    }
  }

  private func existing(_ path: String) throws(FileFailure) -> PrivateFile? {
    do throws(FileFailure) {
      return try PrivateFile(path, flags: O_RDONLY)
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
