internal import Facts

/// The files in which a supervisor of this machine keeps what its programs write, read on from where they were read.
///
/// Supervisor gives 512 KiB of a log at once, as XML, which some bytes are not; a file of this machine has all of it. That
/// it is the very file is seen by what stands in it: a supervisor may live in a container, and its paths with it.
@LoopActor final class SupervisorLogFiles {
  /// A stream of a process.
  private struct Stream: Hashable {
    var identity: String
    var part: String
  }

  /// The most that is read at once; what is more is a gap.
  private nonisolated static let room = 12 << 20
  /// So many bytes have to be the same, and so many are compared at most.
  private nonisolated static let compared = 32...1_024

  private var paths: [Stream: String] = [:]
  private var files: [Stream: LogFile] = [:]

  /// Takes where the streams of all processes go, by identity and by part: `stdout`, `stderr`.
  func take(_ told: [String: [String: String]]) {
    var paths: [Stream: String] = [:]
    for (identity, streams) in told {
      for (part, path) in streams where path.hasPrefix("/") && !path.hasPrefix("/dev/") {
        paths[Stream(identity: identity, part: part)] = path
      }
    }
    self.paths = paths
    files = files.filter { paths[$0.key] == $0.value.path }
  }

  /// What stands in a file from an offset on, and whether lines before that were left out; nil where it has to be asked
  /// for: the file isn't known, was begun anew, or is another's.
  func read(
    _ identity: String,
    _ part: String,
    from offset: Int
  ) async -> (piece: LogFile.Piece, isCut: Bool)? {
    let stream = Stream(identity: identity, part: part)
    guard let file = files[stream] else { return nil }
    let read = await LoopActor.onThreadPool { () -> (piece: LogFile.Piece, isCut: Bool)? in
      guard let size = try? file.size(), size >= offset, !file.isReplaced else { return nil }
      let start = max(offset, size - Self.room)
      guard var piece = try? file.lines(from: start, room: Self.room) else { return nil }
      // The first line of what does not begin where it was asked for has lost its beginning.
      if start > offset { piece.lines = Array(piece.lines.dropFirst()) }
      for index in piece.lines.indices { piece.lines[index].part = part == "stderr" ? part : "" }
      return (piece, start > offset)
    }
    if read == nil { files[stream] = nil }
    return read
  }

  /// Compares a file with what supervisor told of the stream up to `size`; if it is the same it is read from now on.
  ///
  /// `cleaned` is what becomes of bytes that are no XML.
  func compare(
    _ identity: String,
    _ part: String,
    _ text: [UInt8],
    endingAt size: Int,
    cleaned: @escaping @Sendable ([UInt8]) -> [UInt8]
  ) async {
    let stream = Stream(identity: identity, part: part)
    guard files[stream] == nil, let path = paths[stream], text.count >= Self.compared.lowerBound else {
      return
    }
    let told = Array(text.suffix(Self.compared.upperBound))
    let file = await LoopActor.onThreadPool { () -> LogFile? in
      guard let file = try? LogFile(path), let there = try? file.bytes(at: size - told.count, told.count),
        cleaned(there) == told
      else { return nil }
      return file
    }
    if let file, paths[stream] == path { files[stream] = file }
  }
}
