internal import DataSources

#if canImport(Glibc)
internal import Glibc
#endif

/// Writes what was exported into a file where its user wants it: mode 0600, whole or not at all.
public enum ExportFile {
  /// Why nothing was written.
  public enum Refusal: Error, Sendable, Hashable {
    /// There is a file of that name, and nobody said that it may be replaced.
    case exists
    /// What stands there is no plain file: a directory, a device, a link.
    case notPlain
    /// What the system said.
    case failed(String)
  }

  /// Writes a file and returns when it is on the disk; beside the loop.
  ///
  /// It is written under another name beside its own and gets that when it is whole, so that nobody finds half of it; what
  /// stands there stays as it is until then.
  /// - Returns: why it wasn't written; nil if it was.
  public static func write(_ bytes: [UInt8], to path: String, replacing: Bool) async -> Refusal? {
    await LoopActor.onThreadPool { () -> Refusal? in
      do throws(Refusal) {
        try put(bytes, at: path, replacing: replacing)
        return nil
      } catch {
        return error
      }
    }
  }

  private static func put(_ bytes: [UInt8], at path: String, replacing: Bool) throws(Refusal) {
    var status = stat()
    if lstat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFREG else { throw .notPlain }
      guard replacing else { throw .exists }
    }
    do throws(FileFailure) {
      try place(bytes, at: path, by: "\(path).\(getpid()).partial", replacing: replacing)
    } catch {
      // It came there meanwhile.
      if error.number == EEXIST, error.path == path { throw .exists }
      throw .failed(String(cString: strerror(error.number)))
    }
  }

  /// Writes a file under another name, which is nobody's yet, and gives it its own when it is on the disk; it blocks.
  ///
  /// One that `isWhole` not keeps the name `partial`. Whatever fails, nothing that was written is left.
  /// - Throws: why and where: `EEXIST` at `path` if what stands there is not to be replaced, at `partial` if that is
  ///   another's file, which stays as it is.
  static func place(
    _ bytes: [UInt8],
    at path: String,
    by partial: String,
    isWhole: Bool = true,
    replacing: Bool = false
  ) throws(FileFailure) {
    let file = try PrivateFile(partial, flags: O_WRONLY | O_CREAT | O_EXCL)
    do throws(FileFailure) {
      try file.writeDurably(bytes)
    } catch {
      unlink(partial)
      throw error
    }
    if isWhole {
      // A link where nothing may be replaced, since a rename takes the place of what came there meanwhile.
      let isPlaced = replacing ? rename(partial, path) == 0 : link(partial, path) == 0
      let code = errno
      if !isPlaced || !replacing { unlink(partial) }
      guard isPlaced else { throw FileFailure(code, at: path) }
    }
    PrivateFile.syncDirectory(of: path)
  }
}
