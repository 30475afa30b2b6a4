internal import Glibc

/// Small files of this machine, read whole and with their owner and mode known.
public struct LocalFile: Sendable {
  /// Why a file could not be used.
  public struct Failure: Error, Sendable, Hashable {
    /// The path.
    public var path: String
    /// The system's error number; 0 when the file itself is the problem.
    public var number: Int32
    /// Why, in words.
    public var message: String

    /// Whether there is simply no such file.
    public var isMissing: Bool { number == ENOENT || number == ENOTDIR }
  }

  /// The path.
  public var path: String
  /// Its bytes.
  public var bytes: [UInt8]
  /// Whether group or others may read or write it.
  public var isOpenToOthers: Bool
  /// Whether it belongs to this user or to root.
  public var isOurs: Bool

  /// Reads a regular file of at most `limit` bytes; blocks, so not on a network mount from the loop.
  /// - Throws: why it can't be read; a directory, a device and a larger file are refused.
  public static func read(_ path: String, limit: Int = YAMLReader.sizeLimit) throws(Failure) -> LocalFile {
    // O_NONBLOCK so that a named pipe in its place can't hang us.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Failure(path: path, number: 0, message: "is no regular file")
    }
    guard status.st_size <= limit else {
      throw Failure(path: path, number: 0, message: "is larger than \(limit) bytes")
    }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while bytes.count <= limit {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count == 0 { break }
      guard count > 0 else {
        if errno == EINTR { continue }
        throw failure(path)
      }
      bytes += chunk[0..<count]
    }
    guard bytes.count <= limit else {
      throw Failure(path: path, number: 0, message: "is larger than \(limit) bytes")
    }
    return LocalFile(
      path: path,
      bytes: bytes,
      isOpenToOthers: status.st_mode & 0o077 != 0,
      isOurs: status.st_uid == geteuid() || status.st_uid == 0
    )
  }

  /// Writes a new file with mode 0600; one that exists is never overwritten.
  /// - Throws: why it can't be written; EEXIST when it exists.
  public static func create(_ path: String, text: String) throws(Failure) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure(path) }
      rest = rest.dropFirst(count)
    }
    guard fsync(descriptor) == 0 else { throw failure(path) }
  }

  /// Whether something stands at a path.
  public static func exists(_ path: String) -> Bool {
    access(path, F_OK) == 0
  }

  /// Whether what stands at a path belongs to this user or to root; false when nothing does.
  public static func isOurs(_ path: String) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else { return false }
    return status.st_uid == geteuid() || status.st_uid == 0
  }

  private static func failure(_ path: String) -> Failure {
    let number = errno
    return Failure(path: path, number: number, message: String(cString: strerror(number)))
  }
}

/// Looks for a file in a directory and those above it.
public enum UpwardSearch {
  /// The nearest directory from `start` up that holds one of `names`, and the first of those it holds.
  ///
  /// It ends at the repository's root (a directory with `.git`), at `home` and at `/`, all included, and at a
  /// file or directory that belongs neither to this user nor to root: then nothing is found.
  public static func find(
    _ names: [String],
    from start: String,
    home: String?
  ) -> (directory: String, name: String)? {
    var directory = normalized(start)
    let top = home.map(normalized)
    while LocalFile.isOurs(directory) {
      if let name = names.first(where: { LocalFile.exists(join(directory, $0)) }) {
        return LocalFile.isOurs(join(directory, name)) ? (directory, name) : nil
      }
      if directory == "/" || directory == top || LocalFile.exists(join(directory, ".git")) { return nil }
      let parent = directory.prefix(upTo: directory.lastIndex(of: "/") ?? directory.startIndex)
      directory = parent.isEmpty ? "/" : String(parent)
    }
    return nil
  }

  /// A path below a directory.
  public static func join(_ directory: String, _ name: String) -> String {
    if name.hasPrefix("/") { return name }
    return directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
  }

  private static func normalized(_ path: String) -> String {
    let trimmed = path.reversed().drop { $0 == "/" }.reversed()
    return trimmed.isEmpty ? "/" : String(trimmed)
  }
}
