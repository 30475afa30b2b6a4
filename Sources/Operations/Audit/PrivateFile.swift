#if canImport(Glibc)
internal import Glibc
#endif

/// A file of the user's alone, open for blocking reads and writes: used on the thread pool only.
struct PrivateFile: ~Copyable {
  private let descriptor: Int32
  let path: String

  /// Opens or makes a file, mode 0600, never through a symbolic link at its end.
  init(_ path: String, flags: Int32 = O_RDWR | O_CREAT | O_APPEND) throws(FileFailure) {
    self.path = path
    descriptor = try Self.descriptor(path, flags: flags)
    if flags & O_CREAT != 0 { fchmod(descriptor, 0o600) }
  }

  /// Opens a regular file, never through a symbolic link at its end; the caller closes it.
  static func descriptor(_ path: String, flags: Int32) throws(FileFailure) -> Int32 {
    // O_NONBLOCK so that a named pipe in its place can't hang us.
    let descriptor = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
    guard descriptor >= 0 else { throw FileFailure(errno, at: path) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw FileFailure(ENXIO, at: path)
    }
    return descriptor
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// The length in bytes.
  func length() throws(FileFailure) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileFailure(errno, at: path) }
    return Int(status.st_size)
  }

  /// Waits for the exclusive lock, two seconds at most; closing gives it back.
  func lock() throws(FileFailure) {
    for _ in 0..<400 {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
      guard errno == EWOULDBLOCK || errno == EINTR else { throw FileFailure(errno, at: path) }
      usleep(5_000)
    }
    throw FileFailure(EWOULDBLOCK, at: path)
  }

  /// Whether it is the very file that stands at `path` now.
  func isStill(at path: String) throws(FileFailure) -> Bool {
    var (ours, there) = (stat(), stat())
    guard fstat(descriptor, &ours) == 0 else { throw FileFailure(errno, at: path) }
    return lstat(path, &there) == 0 && ours.st_ino == there.st_ino && ours.st_dev == there.st_dev
  }

  /// Reads up to `count` bytes from `offset`; fewer at the end of the file.
  func read(from offset: Int, count: Int) throws(FileFailure) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: max(0, count))
    var filled = 0
    while filled < bytes.count {
      let room = bytes.count - filled
      let got = bytes.withUnsafeMutableBytes { buffer in
        pread(descriptor, buffer.baseAddress?.advanced(by: filled), room, offset + filled)
      }
      guard got >= 0 else {
        if errno == EINTR { continue }
        throw FileFailure(errno, at: path)
      }
      guard got > 0 else { break }
      filled += got
    }
    bytes.removeLast(bytes.count - filled)
    return bytes
  }

  /// Writes all bytes in one call and waits until they are on the disk.
  func writeDurably(_ bytes: [UInt8]) throws(FileFailure) {
    var written: Int
    repeat { written = write(descriptor, bytes, bytes.count) } while written < 0 && errno == EINTR
    guard written >= 0 else { throw FileFailure(errno, at: path) }
    guard written == bytes.count else { throw FileFailure(ENOSPC, at: path) }
    guard fsync(descriptor) == 0 else { throw FileFailure(errno, at: path) }
  }

  /// Cuts the file to `length` bytes.
  func truncate(to length: Int) throws(FileFailure) {
    guard ftruncate(descriptor, length) == 0 else { throw FileFailure(errno, at: path) }
  }

  /// Replaces the file at `path` by `bytes`, so that any reader sees the old or the new one whole.
  static func replace(_ path: String, with bytes: [UInt8]) throws(FileFailure) {
    let temporary = path + ".new"
    do throws(FileFailure) {
      let file = try PrivateFile(temporary, flags: O_WRONLY | O_CREAT | O_TRUNC)
      try file.writeDurably(bytes)
    } catch {
      unlink(temporary)
      throw error
    }
    guard rename(temporary, path) == 0 else { throw FileFailure(errno, at: path) }
    syncDirectory(of: path)
  }

  /// Gives the file at `path`, whose lock is held, a name that nothing has yet, for good.
  static func move(_ path: String, to other: String) throws(FileFailure) {
    guard access(other, F_OK) != 0 else { throw FileFailure(EEXIST, at: other) }
    guard rename(path, other) == 0 else { throw FileFailure(errno, at: path) }
    syncDirectory(of: path)
  }

  /// Reads a whole file, `cap` bytes at most; nil if there is none.
  static func contents(_ path: String, cap: Int) throws(FileFailure) -> [UInt8]? {
    do throws(FileFailure) {
      let file = try PrivateFile(path, flags: O_RDONLY)
      return try file.read(from: 0, count: min(cap, try file.length()))
    } catch {
      guard error.number == ENOENT else { throw error }
      return nil
    }
  }

  /// Makes a rename or a new file in a directory last; a file system that can't is left alone.
  static func syncDirectory(of path: String) {
    guard let slash = path.lastIndex(of: "/") else { return }
    let directory = open(String(path[..<slash]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { return }
    fsync(directory)
    close(directory)
  }
}
