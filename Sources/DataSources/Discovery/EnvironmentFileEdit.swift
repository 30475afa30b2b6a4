internal import CUV
internal import Glibc

/// A change of variables of one env file: drafted from the bytes that stand there, and written only over those.
///
/// The file is replaced all at once: whoever reads it, and whoever finds it after a crash, finds the old one or the
/// new one. Mode and owner stay, a symbolic link stays one, and every byte that isn't a changed value stays.
/// All of it blocks.
public struct EnvironmentFileEdit: Sendable {
  /// Why a file can't be changed.
  public enum Failure: Error, Sendable, Hashable {
    /// It can't be read or written.
    case file(LocalFile.Failure)
    /// Compose refuses it, or the value can't be written so that compose reads it back.
    case text(EnvironmentFile.Failure, path: String)
    /// Somebody has changed it since it was read.
    case changedUnderneath(String)
    /// A new file in its place would not be what stands there: why.
    case notReplaceable(String, because: String)

    /// Why, as a sentence; never a value.
    public var sentence: String {
      switch self {
      case .file(let failure): "\(failure.path): \(failure.message)"
      case .text(let failure, let path): "\(path):\(failure.line): \(failure.message)"
      case .changedUnderneath(let path): "\(path) was changed by somebody else meanwhile: nothing was written"
      case .notReplaceable(let path, let reason): "\(path) \(reason)"
      }
    }
  }

  /// The file as it is named.
  public let path: String
  /// The file that is written: the end of the symbolic links at `path`.
  public let target: String
  /// Its bytes as they stand.
  public let before: [UInt8]
  /// Its bytes with the new values.
  public let after: [UInt8]
  private let identity: Identity

  /// What tells one file from another in its place, and what a new one must keep.
  private struct Identity: Sendable, Hashable {
    var device: UInt64
    var inode: UInt64
    var mode: UInt32
    var owner: UInt32
    var group: UInt32

    init(_ status: stat) {
      device = UInt64(status.st_dev)
      inode = UInt64(status.st_ino)
      mode = status.st_mode & 0o7777
      owner = status.st_uid
      group = status.st_gid
    }
  }

  /// Drafts the change of some variables of the file at `path`; writes nothing.
  ///
  /// `lookup` tells the variables that stand before the file's own in `${…}`: those of the process.
  /// - Throws: it can't be read, or not be changed so that compose reads just that.
  public init(
    _ path: String,
    setting values: [(name: String, value: String)],
    lookup: @escaping (String) -> String? = { _ in nil }
  ) throws(Failure) {
    try self.init(path) { text throws(EnvironmentFile.Failure) in
      var text = text
      for (name, value) in values {
        text = try EnvironmentFile.replacing(name, with: value, in: text, lookup: lookup)
      }
      return text
    }
  }

  /// Drafts that some variables of the file at `path` are written as they are in `old`; writes nothing.
  /// - Throws: it can't be read, or not be changed so that compose reads just that.
  init(
    _ path: String,
    restoring names: [String],
    from old: [UInt8],
    lookup: @escaping (String) -> String? = { _ in nil }
  ) throws(Failure) {
    let old = String(decoding: old, as: UTF8.self)
    try self.init(path) { text throws(EnvironmentFile.Failure) in
      try EnvironmentFile.restoring(names, from: old, in: text, lookup: lookup)
    }
  }

  private init(
    _ path: String,
    changing change: (String) throws(EnvironmentFile.Failure) -> String
  ) throws(Failure) {
    guard let resolved = realpath(path, nil) else { throw .file(Self.failure(path)) }
    defer { free(resolved) }
    let target = String(cString: resolved)
    let (bytes, status) = try Self.read(target)
    guard status.st_uid == geteuid() || status.st_uid == 0 else { throw .file(.foreign(target)) }
    guard status.st_nlink == 1 else {
      let words = "has \(status.st_nlink) names (hard links): a new file would part them"
      throw .notReplaceable(target, because: words)
    }
    guard let before = String(validating: bytes, as: UTF8.self) else {
      throw .notReplaceable(target, because: "is no UTF-8: it is left alone")
    }
    let text: String
    do throws(EnvironmentFile.Failure) {
      text = try change(before)
    } catch {
      throw .text(error, path: target)
    }
    self.path = path
    self.target = target
    self.before = bytes
    after = Array(text.utf8)
    identity = Identity(status)
  }

  /// Writes the new values in place of the old ones.
  /// - Throws: it can't be, or the file isn't what it was: then it stands as it stood.
  public func apply() throws(Failure) { try replace(before, by: after, identity: identity) }

  /// Puts the old file back in place of the new one.
  /// - Throws: it can't be, or the file isn't what was written: then it stands as it stood.
  public func rollBack() throws(Failure) { try replace(after, by: before, identity: nil) }

  private func replace(_ old: [UInt8], by new: [UInt8], identity expected: Identity?) throws(Failure) {
    let lock = try Self.locked(target)
    defer { close(lock) }
    let fresh = target + Self.ending
    var isPlaced = false
    // What a writer that was killed left behind is nobody's: writers hold the lock.
    unlink(fresh)
    let descriptor = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .file(Self.failure(fresh)) }
    defer {
      close(descriptor)
      if !isPlaced { unlink(fresh) }
    }
    // Only one who may give files away needs to: one's own file is one's own again.
    if identity.owner != geteuid() || identity.group != getegid() {
      guard fchown(descriptor, identity.owner, identity.group) == 0 else {
        throw .notReplaceable(target, because: "belongs to another owner or group, which can't be kept")
      }
    }
    guard fchmod(descriptor, identity.mode) == 0 else { throw .file(Self.failure(fresh)) }
    try Self.write(new, to: descriptor, fresh)
    let (bytes, status) = try Self.read(target)
    guard bytes == old, expected.map({ $0 == Identity(status) }) ?? true else {
      throw .changedUnderneath(target)
    }
    guard rename(fresh, target) == 0 else { throw .file(Self.failure(target)) }
    isPlaced = true
    Self.syncDirectory(of: target)
  }

  /// What the file that is being written is called, behind the name of the one that it replaces.
  private static let ending = ".switchboard-new"

  /// Takes the lock of everybody who changes the file by this program; it is given back as it is closed.
  ///
  /// The directory's, which is not replaced: the file is another one after each change.
  private static func locked(_ target: String) throws(Failure) -> Int32 {
    let directory = UpwardSearch.directory(of: target)
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .file(failure(directory)) }
    for _ in 0..<400 {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return descriptor }
      guard errno == EWOULDBLOCK || errno == EINTR else { break }
      usleep(5_000)
    }
    let failure = failure(directory)
    close(descriptor)
    throw .file(failure)
  }

  private static func read(_ path: String) throws(Failure) -> ([UInt8], stat) {
    let file: LocalFile
    do throws(LocalFile.Failure) {
      file = try LocalFile.read(path)
    } catch {
      throw .file(error)
    }
    var status = stat()
    guard lstat(path, &status) == 0 else { throw .file(failure(path)) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .changedUnderneath(path) }
    return (file.bytes, status)
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws(Failure) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw .file(failure(path)) }
      rest = rest.dropFirst(count)
    }
    guard fsync(descriptor) == 0 else { throw .file(failure(path)) }
  }

  /// Makes the rename last; a file system that can't is left alone.
  private static func syncDirectory(of path: String) {
    let directory = open(UpwardSearch.directory(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { return }
    fsync(directory)
    close(directory)
  }

  private static func failure(_ path: String) -> LocalFile.Failure {
    let number = errno
    return LocalFile.Failure(path: path, number: number, message: String(cString: strerror(number)))
  }
}
