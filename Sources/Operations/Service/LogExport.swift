public import DataSources
public import Facts

/// Lines of logs in a file of the user's own.
@LoopActor public enum LogExport {
  /// So many lines are asked for at once: whoever draws meanwhile waits no longer.
  private nonisolated static let atOnce = 500

  /// Writes the lines that are left of logs, and tells how many there are and where; or what failed.
  ///
  /// Passwords are struck out of them as on the screen.
  public static func write(
    _ logs: LogsSnapshot,
    into exports: ExportDirectory,
    at now: WallTime
  ) async -> Result<(count: Int, path: String), AuditFailure> {
    let (archive, serials) = (logs.archive, logs.selection.serials)
    let (count, bytes) = await LoopActor.onThreadPool {
      var (count, bytes) = (0, [UInt8]())
      for start in stride(from: 0, to: serials.count, by: atOnce) {
        let lines = archive.lines(serials[start..<min(start + atOnce, serials.count)])
        count += lines.count
        for line in lines { bytes += Array("\(line.written)\n".utf8) }
      }
      return (count, bytes)
    }
    let path = exports.path(for: "logs", at: now, type: "log")
    guard let failure = await exports.write(bytes, to: path, isWhole: true) else {
      return .success((count, path))
    }
    return .failure(failure)
  }
}
