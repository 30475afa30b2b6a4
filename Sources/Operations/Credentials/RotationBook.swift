public import DataSources
internal import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// What is kept of rotations in the state directory: the journal of one that is open with the files as they were before it,
/// both mode 0600 and gone when it is over, and when which credential was rotated last.
@LoopActor public final class RotationBook {
  /// What the directory tells of rotations.
  public struct Contents: Sendable, Hashable {
    /// The one that is open; nil if none is.
    public var open: OpenRotation?
    /// By credential, the last one that was proven.
    public var records: [String: RotationRecord] = [:]
    /// By credential, the last end of a rotation if that was a roll back which could not be proven.
    public var rolledBack: [String: RollbackRecord] = [:]
  }

  private let files: RotationFiles
  private let author: AuditAuthor

  /// The book in `directory`; it is made at the first rotation.
  public init(directory: StateDirectory, author: AuditAuthor) {
    files = RotationFiles(directory: directory)
    self.author = author
  }

  /// Who rotates here.
  var person: String { author.person }
  /// The journal.
  var path: String { files.journal }

  /// What is kept.
  /// - Throws: it can't be read; then nothing may be begun.
  func contents() async throws(FileFailure) -> Contents {
    let files = files
    return try await LoopActor.onThreadPool { files.contents() }.get()
  }

  /// Writes the journal down, then `backup`, the files as they were, where a rotation begins: what was kept without a
  /// journal nobody would take away.
  /// - Throws: it can't be; then the next thing must not be done.
  func keep(_ rotation: OpenRotation, backup: [KeptFile]? = nil) async throws(FileFailure) {
    let files = files
    try await LoopActor.onThreadPool { files.keep(rotation, backup: backup) }.get()
  }

  /// The files as they were before the rotation; nil if nothing was kept yet, and so nothing written.
  /// - Throws: it can't be read.
  func backup() async throws(FileFailure) -> [KeptFile]? {
    let files = files
    return try await LoopActor.onThreadPool { files.backupFiles() }.get()
  }

  /// Ends the open rotation, and takes away what was kept of the files; `provenAt` is when its new values were proven.
  /// - Throws: it can't be ended.
  func end(_ rotation: OpenRotation, provenAt: WallTime?) async throws(FileFailure) {
    let (files, person) = (files, author.person)
    let record = provenAt.map { RotationRecord(provenAt: $0, person: person) }
    try await LoopActor.onThreadPool { files.end(rotation.credential, record) }.get()
  }

  /// Ends the open rotation whose old values were put back; `doubts` is what of that is not known, nil: nothing.
  /// - Throws: it can't be ended.
  func endRolledBack(
    _ rotation: OpenRotation,
    at time: WallTime,
    doubts: String?
  ) async throws(FileFailure) {
    let (files, person) = (files, author.person)
    let record = doubts.map { RollbackRecord(endedAt: time, person: person, doubts: $0) }
    try await LoopActor.onThreadPool { files.endRolledBack(rotation.credential, record) }.get()
  }

  /// Notes that the old key of a credential is revoked.
  /// - Throws: it can't be written.
  func noteRevocation(of credential: String, at time: WallTime) async throws(FileFailure) {
    let files = files
    try await LoopActor.onThreadPool { files.update { $0[credential]?.revokedAt = time } }.get()
  }
}

/// The files of a rotation, with blocking calls: on the thread pool only.
struct RotationFiles: Sendable {
  private static let cap = 1 << 20
  /// A few files of the size that is read at most, as JSON.
  private static let backupCap = 16 * YAMLReader.sizeLimit

  let directory: StateDirectory

  var journal: String { directory.file("rotation.json") }
  private var backup: String { directory.file("rotation.old") }
  private var recordsPath: String { directory.file("rotations.jsonl") }
  private var rollbacksPath: String { directory.file("rollbacks.jsonl") }

  func contents() -> Result<RotationBook.Contents, FileFailure> {
    do throws(FileFailure) {
      var contents = RotationBook.Contents()
      if let bytes = try PrivateFile.contents(journal, cap: Self.cap) {
        guard !OpenRotation.isNewer(bytes) else { throw FileFailure.newer(journal) }
        guard let open = OpenRotation(parsing: bytes) else { throw FileFailure.unreadable(journal) }
        contents.open = open
      }
      contents.records = try records()
      contents.rolledBack = try rollbacks()
      return .success(contents)
    } catch {
      return .failure(error)
    }
  }

  func keep(_ rotation: OpenRotation, backup kept: [KeptFile]?) -> Result<Void, FileFailure> {
    do throws(FileFailure) {
      try directory.make()
      // What the first form kept is read by its journal: it is written anew before that is.
      if kept == nil, let bytes = try PrivateFile.contents(journal, cap: Self.cap),
        OpenRotation.onlyFile(ofOld: bytes) != nil, let old = try backupFiles().get()
      {
        try PrivateFile.replace(backup, with: Self.bytes(of: old))
      }
      try PrivateFile.replace(journal, with: rotation.bytes)
      if let kept { try PrivateFile.replace(backup, with: Self.bytes(of: kept)) }
      return .success(())
    } catch {
      return .failure(error)
    }
  }

  func backupFiles() -> Result<[KeptFile]?, FileFailure> {
    do throws(FileFailure) {
      guard let bytes = try PrivateFile.contents(backup, cap: Self.backupCap) else { return .success(nil) }
      let json = JSONValue(parsing: bytes)
      if let version = json?["version"]?.integer, version > OpenRotation.version {
        throw FileFailure.newer(backup)
      }
      if json == nil, let old = try PrivateFile.contents(journal, cap: Self.cap),
        let path = OpenRotation.onlyFile(ofOld: old)
      {
        return .success([KeptFile(path, bytes)])
      }
      guard let listed = json?["files"]?.list ?? json?.list else { throw FileFailure.unreadable(backup) }
      let kept = listed.compactMap { entry -> KeptFile? in
        guard let path = entry["file"]?.text, let text = entry["text"]?.text else { return nil }
        return KeptFile(path, Array(text.utf8))
      }
      guard !kept.isEmpty, kept.count == listed.count else { throw FileFailure.unreadable(backup) }
      return .success(kept)
    } catch {
      return .failure(error)
    }
  }

  /// One file for all, which stands there whole or not at all; only what is UTF-8 is ever changed.
  private static func bytes(of kept: [KeptFile]) -> [UInt8] {
    let files = kept.map { file in
      JSONBody.object([
        .init("file", .string(file.path)),
        .init("text", .string(String(decoding: file.bytes, as: UTF8.self))),
      ])
    }
    let body = JSONBody.object([
      .init("version", .integer(OpenRotation.version)), .init("files", .array(files)),
    ])
    return Array(body.text.utf8)
  }

  /// The record first: what was proven stays known; then what holds secrets, and the journal that leads to it last.
  func end(_ credential: String, _ record: RotationRecord?) -> Result<Void, FileFailure> {
    if let record {
      if case .failure(let failure) = update({ $0[credential] = record }) { return .failure(failure) }
      if case .failure(let failure) = note(credential, nil) { return .failure(failure) }
    }
    return taken()
  }

  /// The same of a roll back: what of it is not known stays known.
  func endRolledBack(_ credential: String, _ record: RollbackRecord?) -> Result<Void, FileFailure> {
    if case .failure(let failure) = note(credential, record) { return .failure(failure) }
    return taken()
  }

  private func taken() -> Result<Void, FileFailure> {
    for path in [backup, backup + ".new", journal] where unlink(path) != 0 && errno != ENOENT {
      return .failure(FileFailure(errno, at: path))
    }
    PrivateFile.syncDirectory(of: journal)
    return .success(())
  }

  func update(_ change: (inout [String: RotationRecord]) -> Void) -> Result<Void, FileFailure> {
    do throws(FileFailure) {
      try directory.make()
      var records = try records()
      change(&records)
      let lines = records.sorted { $0.key < $1.key }.map { Self.line($0.key, $0.value) }
      try PrivateFile.replace(recordsPath, with: Array(lines.joined().utf8))
      return .success(())
    } catch {
      return .failure(error)
    }
  }

  private func note(_ credential: String, _ record: RollbackRecord?) -> Result<Void, FileFailure> {
    do throws(FileFailure) {
      var all = try rollbacks()
      guard all[credential] != record else { return .success(()) }
      all[credential] = record
      let lines = all.sorted { $0.key < $1.key }.map { name, record in
        JSONBody.object([
          .init("credential", .string(name)), .init("rolled_back", .number(record.endedAt.secondsSince1970)),
          .init("by", .string(record.person)), .init("unknown", .string(record.doubts)),
        ]).text + "\n"
      }
      try PrivateFile.replace(rollbacksPath, with: Array(lines.joined().utf8))
      return .success(())
    } catch {
      return .failure(error)
    }
  }

  private func rollbacks() throws(FileFailure) -> [String: RollbackRecord] {
    guard let bytes = try PrivateFile.contents(rollbacksPath, cap: Self.cap) else { return [:] }
    var all: [String: RollbackRecord] = [:]
    for line in bytes.split(separator: 0x0A) {
      guard let json = JSONValue(parsing: Array(line)), let name = json["credential"]?.text,
        let time = json["rolled_back"]?.number, let person = json["by"]?.text,
        let doubts = json["unknown"]?.text
      else { throw FileFailure.unreadable(rollbacksPath) }
      all[name] = RollbackRecord(endedAt: WallTime(secondsSince1970: time), person: person, doubts: doubts)
    }
    return all
  }

  private func records() throws(FileFailure) -> [String: RotationRecord] {
    guard let bytes = try PrivateFile.contents(recordsPath, cap: Self.cap) else { return [:] }
    var records: [String: RotationRecord] = [:]
    for line in bytes.split(separator: 0x0A) {
      guard let json = JSONValue(parsing: Array(line)), let name = json["credential"]?.text,
        let proven = json["proven"]?.number, let person = json["by"]?.text
      else { throw FileFailure.unreadable(recordsPath) }
      var record = RotationRecord(provenAt: WallTime(secondsSince1970: proven), person: person)
      record.revokedAt = json["revoked"]?.number.map { WallTime(secondsSince1970: $0) }
      records[name] = record
    }
    return records
  }

  private static func line(_ name: String, _ record: RotationRecord) -> String {
    var members: [JSONBody.Member] = [
      .init("credential", .string(name)), .init("proven", .number(record.provenAt.secondsSince1970)),
      .init("by", .string(record.person)),
    ]
    if let revoked = record.revokedAt { members.append(.init("revoked", .number(revoked.secondsSince1970))) }
    return JSONBody.object(members).text + "\n"
  }
}
