internal import DataSources
public import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// Where exports are written: a directory of the user's own, files of mode 0600 that are never overwritten.
public struct ExportDirectory: Sendable {
  /// What a file is called besides its name as long as it isn't known to hold everything.
  static let partial = ".partial"

  private let state: StateDirectory

  /// The `exports` of an environment's state directory.
  public init(_ state: StateDirectory) {
    self.state = state
  }

  /// The path of a new file for what is exported: its name, the time in UTC, and the type behind a point.
  public func path(for name: String, at time: WallTime, type: String = "jsonl") -> String {
    let safe = String(
      name.unicodeScalars.prefix(80).map { scalar in
        let isPlain = scalar.isASCII && scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
        return isPlain || scalar == "-" ? Character(scalar) : "_"
      }
    )
    var seconds = time_t(time.secondsSince1970)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    var stamp = [CChar](repeating: 0, count: 32)
    let length = strftime(&stamp, stamp.count, "%Y%m%dT%H%M%SZ", &parts)
    let shown = String(decoding: stamp.prefix(length).map(UInt8.init), as: UTF8.self)
    return state.file("exports/\(safe)-\(shown).\(type)")
  }

  /// Writes a new file and returns when it is on the disk, with what failed.
  ///
  /// It bears its own name only when it is whole; until then, and if it `isWhole` not, ``partial`` stands behind it. A
  /// whole one that can't have its name leaves nothing behind.
  func write(_ bytes: [UInt8], to path: String, isWhole: Bool) async -> AuditFailure? {
    let state = state
    return await LoopActor.onThreadPool {
      do throws(FileFailure) {
        try state.make()
        let directory = state.file("exports")
        guard mkdir(directory, 0o700) == 0 || errno == EEXIST else { throw FileFailure(errno, at: directory) }
        try ExportFile.place(bytes, at: path, by: path + Self.partial, isWhole: isWhole)
        return nil
      } catch {
        return AuditFailure(error)
      }
    }
  }
}
