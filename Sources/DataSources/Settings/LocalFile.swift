internal import CUV
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

    /// There is no such file.
    public static func missing(_ path: String) -> Failure {
      Failure(path: path, number: ENOENT, message: String(cString: strerror(ENOENT)))
    }

    /// It belongs to somebody whose files are not believed.
    public static func foreign(_ path: String) -> Failure {
      Failure(path: path, number: 0, message: "belongs neither to this user nor to root")
    }
  }

  /// The path.
  public var path: String
  /// Its bytes.
  public var bytes: [UInt8]
  /// Whether group or others may read or write it.
  public var isOpenToOthers: Bool
  /// Whether group or others may write it.
  public var isWritableByOthers: Bool
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
      isWritableByOthers: status.st_mode & 0o022 != 0,
      isOurs: status.st_uid == geteuid() || status.st_uid == 0
    )
  }

  /// Makes the directories above a path that are missing, for this user alone.
  ///
  /// What can't be made shows when the file itself is written.
  public static func makeDirectories(above path: String) {
    let parts = path.split(separator: "/").dropLast()
    var position = path.hasPrefix("/") ? "" : "."
    for part in parts {
      position += "/\(part)"
      _ = mkdir(position, 0o700)
    }
  }

  /// Writes a file with mode 0600 in place of the one that stands there, all at once.
  /// - Throws: why it can't be written; the old file is then as it was.
  public static func replace(_ path: String, text: String) throws(Failure) {
    let fresh = "\(path).new"
    unlink(fresh)
    try create(fresh, text: text)
    guard rename(fresh, path) == 0 else { throw failure(path) }
  }

  /// Writes a new file with mode 0600; one that exists is never overwritten.
  /// - Throws: why it can't be written; EEXIST when it exists.
  public static func create(_ path: String, text: String) throws(Failure) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    do throws(Failure) {
      try write(text, to: descriptor, path)
    } catch {
      // Half a file, or an empty one, would be read as what was meant.
      unlink(path)
      throw error
    }
  }

  private static func write(_ text: String, to descriptor: Int32, _ path: String) throws(Failure) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw unwritten(path) }
      rest = rest.dropFirst(count)
    }
    guard fsync(descriptor) == 0 else { throw unwritten(path) }
  }

  /// Why a file could not be written; of a full disk which.
  private static func unwritten(_ path: String) -> Failure {
    var failure = failure(path)
    if failure.number == ENOSPC || failure.number == EDQUOT {
      failure.message += " on the disk of \(mountPoint(of: path))"
    }
    return failure
  }

  /// The directory that the file's disk is mounted at: the last one upwards with the same device.
  private static func mountPoint(of path: String) -> String {
    var place = UpwardSearch.directory(of: UpwardSearch.absolute(path, in: "/"))
    var status = stat()
    guard stat(place, &status) == 0 else { return place }
    let device = status.st_dev
    while place != "/" {
      let above = UpwardSearch.directory(of: place)
      guard stat(above, &status) == 0, status.st_dev == device else { break }
      place = above
    }
    return place
  }

  /// What tells one state of a file from another without reading it.
  public struct Stamp: Sendable, Hashable {
    /// Its length in bytes.
    public var size: Int
    /// When it was last changed, in nanoseconds since 1970.
    public var changed: Int
  }

  /// The stamp of a file; nil if there is none.
  public static func stamp(_ path: String) -> Stamp? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return Stamp(
      size: Int(status.st_size),
      changed: Int(cuv_modified(&status))
    )
  }

  /// The names of what stands in a directory, sorted; none where it can't be read.
  public static func names(in directory: String) -> [String] { (try? list(directory)) ?? [] }

  /// The names of what stands in a directory, sorted.
  /// - Throws: why it can't be read, or not to its end.
  public static func list(_ directory: String) throws(Failure) -> [String] {
    guard let stream = opendir(directory) else { throw failure(directory) }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        guard errno == 0 else { throw failure(directory) }
        break
      }
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
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
