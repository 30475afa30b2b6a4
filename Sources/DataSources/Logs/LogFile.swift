internal import CUV
public import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// A log in a file of this machine: it is read in windows, and never in memory whole.
///
/// It blocks: on the thread pool only.
public final class LogFile: Sendable {
  /// Why it can't be read, in words.
  public struct Failure: Error, Sendable, Hashable {
    /// The system's words, or PCRE2's.
    public var words: String
  }

  /// Its path, as it was given.
  public let path: String
  private let descriptor: Int32

  /// The most that is read of its end, in bytes.
  public static let longestEnd = 8 << 20
  /// So far a line that tells its time is looked for.
  private static let reach = 1 << 20

  /// Opens a file.
  /// - Throws: it can't be read, or is none whose end is known: a directory, a pipe.
  public init(_ path: String) throws(Failure) {
    // A pipe in its place must not hang us.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw Self.failure }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw Failure(words: "it is no regular file")
    }
    (self.path, self.descriptor) = (path, descriptor)
  }

  deinit { close(descriptor) }

  private static var failure: Failure { Failure(words: String(cString: strerror(errno))) }

  /// Its length in bytes.
  public func size() throws(Failure) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Self.failure }
    return Int(status.st_size)
  }

  /// Whether another file has its name by now; false, too, while none has.
  public var isReplaced: Bool {
    var (own, named) = (stat(), stat())
    guard fstat(descriptor, &own) == 0, stat(path, &named) == 0 else { return false }
    return own.st_ino != named.st_ino || own.st_dev != named.st_dev
  }

  /// Reads bytes from an offset on, as many as there is room for; fewer at its end.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(Failure) -> Int {
    var filled = 0
    while filled < buffer.count {
      let got = pread(
        descriptor,
        buffer.baseAddress?.advanced(by: filled),
        buffer.count - filled,
        off_t(offset + filled)
      )
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw Self.failure }
      guard got > 0 else { break }
      filled += got
    }
    return filled
  }

  /// So many bytes from an offset on; fewer at its end.
  func bytes(at offset: Int, _ count: Int) throws(Failure) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: max(0, count))
    var result = Result<Int, Failure>.success(0)
    bytes.withUnsafeMutableBytes { buffer in
      do throws(Failure) { result = .success(try read(into: buffer, at: offset)) } catch {
        result = .failure(error)
      }
    }
    bytes.removeLast(bytes.count - (try result.get()))
    return bytes
  }

  /// Lines of it.
  public struct Piece: Sendable {
    /// They.
    public var lines: [LogStretch.Line]
    /// Where the line behind them begins.
    public var end: Int
    /// Whether there are older ones.
    public var hasOlder: Bool
    /// Whether the first has lost its beginning: it is longer than is read.
    public var isTorn = false
  }

  /// Its last lines; one that has no end yet is left out where it is `followed`: it will be read when it is whole.
  ///
  /// They are fewer than are asked for where ``longestEnd`` holds no more: then it `hasOlder`.
  public func end(_ most: Int, isFollowed: Bool = false) throws(Failure) -> Piece {
    let size = try size()
    var length = min(size, 64 << 10)
    var bytes = try self.bytes(at: size - length, length)
    while length < min(size, Self.longestEnd),
      bytes.lazy.filter({ $0 == 0x0A }).prefix(most + 2).count <= most + 1
    {
      length = min(size, Self.longestEnd, length * 4)
      bytes = try self.bytes(at: size - length, length)
    }
    var text = bytes[...]
    if isFollowed { text = text.prefix((text.lastIndex(of: 0x0A) ?? -1) + 1) }
    var piece = Piece(lines: [], end: size - (bytes.count - text.count), hasOlder: length < size)
    if piece.hasOlder {
      let first = text.firstIndex(of: 0x0A).map { $0 + 1 }
      piece.isTorn = (first ?? text.endIndex) == text.endIndex && !text.isEmpty
      if !piece.isTorn { text = text[(first ?? text.endIndex)...] }
    }
    piece.lines = Self.lines(of: text)
    piece.hasOlder = piece.hasOlder || piece.lines.count > most
    piece.lines = piece.lines.suffix(most)
    return piece
  }

  /// The whole lines from an offset on, about as many as fit into `room` bytes.
  public func lines(from offset: Int, room: Int) throws(Failure) -> Piece {
    let there = min(room, max(0, try size() - offset))
    guard there > 0 else { return Piece(lines: [], end: offset, hasOlder: false) }
    let bytes = try bytes(at: offset, there)
    if let last = bytes.lastIndex(of: 0x0A) {
      return Piece(lines: Self.lines(of: bytes[...last]), end: offset + last + 1, hasOlder: false)
    }
    // One that is longer is told in pieces: it must not hold up what comes behind it.
    guard bytes.count == room else { return Piece(lines: [], end: offset, hasOlder: false) }
    return Piece(lines: Self.lines(of: bytes[...]), end: offset + room, hasOlder: false, isTorn: true)
  }

  private static func lines(of text: ArraySlice<UInt8>) -> [LogStretch.Line] {
    guard !text.isEmpty else { return [] }
    let whole = text.last == 0x0A ? text.dropLast() : text
    return whole.split(separator: 0x0A, omittingEmptySubsequences: false).map {
      LogStretch.Line(Array(($0.last == 0x0D ? $0.dropLast() : $0).prefix(LogBook.longestLine + 1)))
    }
  }

  /// Where the lines since a time begin, by halving: its lines have to be in the order of their times.
  ///
  /// Nil: there are places at which no line tells its time.
  public func offset(since time: WallTime) throws(Failure) -> Int? {
    var (low, high) = (0, try size())
    while high - low > Self.reach {
      let middle = (low + high) / 2
      guard let found = try stamp(from: middle) else { return nil }
      if found.time < time { low = found.offset } else { high = middle }
    }
    return low
  }

  /// The first line behind an offset that tells its time, where it begins.
  private func stamp(from offset: Int) throws(Failure) -> (offset: Int, time: WallTime)? {
    let bytes = try bytes(at: offset, Self.reach)
    return bytes.withUnsafeBytes { all in
      var start = all.firstIndex(of: 0x0A).map { $0 + 1 }
      while let begin = start, begin < all.count {
        let end = all[begin...].firstIndex(of: 0x0A) ?? all.count
        let line = UnsafeRawBufferPointer(rebasing: all[begin..<min(end, begin + 1_024)])
        if let stamp = LineTimes.stamp(of: line, LogLine().read(line)) { return (offset + begin, stamp.time) }
        start = end + 1
      }
      return nil
    }
  }
}
