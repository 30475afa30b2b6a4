public import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// Looks through a log in a file, window by window, for the records that a query leaves.
///
/// Where no match can reach over an end of line a window is looked through as one text; only what is about a match is
/// taken apart into lines and records, by which the query then decides. It blocks: on the thread pool only.
public struct LogFileSearch: Sendable {
  /// So many bytes are looked at together; a longer line is looked through so far.
  private static let window = 1 << 20
  /// So many lines without a header are looked back to from one: further back no record began.
  private static let farthest = 100

  /// What leads to the records that may be wanted.
  private enum Lead: Sendable {
    /// Every line.
    case all
    /// What holds this, many lines at once or each by itself.
    case pattern(LinePattern)
  }

  /// The words of which an error has one, whatever names its gravity; and the answers of servers that are one.
  private static let errors = "err|crit|fatal|panic|emerg|alert|traceback|\" 5\\d\\d"

  /// How far it has looked, in bytes of the file.
  public private(set) var offset: Int
  /// So many lines were longer than is looked through of one.
  public private(set) var longLines = 0
  /// Whether it has come to the end of the file.
  public private(set) var isOver = false

  private let file: LogFile
  private let query: LogQuery
  private let lead: Lead
  private var buffer: [UInt8]
  private var filled = 0
  /// Whether the next bytes belong to a line of which enough was looked through.
  private var isWithinLong = false

  /// Looks from an offset on, at which a line begins.
  /// - Throws: what is looked for is no expression.
  public init(_ file: LogFile, for query: LogQuery, from offset: Int = 0) throws(LogFile.Failure) {
    do throws(LinePattern.Failure) {
      if let term = query.terms.first(where: { !$0.excludes }) {
        lead = .pattern(try LinePattern(term.pattern, ignoresCase: true))
      } else {
        lead = query.level == .error ? .pattern(try LinePattern(Self.errors, ignoresCase: true)) : .all
      }
    } catch {
      throw LogFile.Failure(words: error.message)
    }
    (self.file, self.query, self.offset) = (file, query, offset)
    buffer = Array(repeating: 0, count: Self.window)
  }

  /// Looks through so many windows at most, and tells the lines of the records that were found; `now` is taken for their
  /// time where none tells one.
  /// - Throws: the file can't be read, or an expression takes too long.
  public mutating func next(windows: Int, at now: WallTime) throws(LogFile.Failure) -> [LogArchive.Line] {
    var lines: [LogStretch.Line] = []
    for _ in 0..<windows where !isOver { try look(&lines) }
    return try LogArchive.lines(lines, of: file.path, at: now, query)
  }

  private mutating func look(_ lines: inout [LogStretch.Line]) throws(LogFile.Failure) {
    let isEnd = try fill() == 0
    if isWithinLong {
      let end = buffer[..<filled].firstIndex(of: 0x0A)
      isWithinLong = end == nil
      isOver = isEnd && end == nil
      return drop(end.map { $0 + 1 } ?? filled)
    }
    var whole = (buffer[..<filled].lastIndex(of: 0x0A) ?? -1) + 1
    if whole == 0 {
      guard filled > 0, isEnd || filled == Self.window else { return isOver = isEnd }
      isOver = isEnd
      isWithinLong = !isEnd
      if !isEnd { longLines += 1 }
      whole = filled
    } else if !isEnd, let last = lastRecord(before: whole) {
      // What the last record holds besides may stand in the next window.
      whole = last
    }
    let found = try find(in: whole)
    lines += found
    drop(whole)
  }

  private mutating func fill() throws(LogFile.Failure) -> Int {
    var result = Result<Int, LogFile.Failure>.success(0)
    let (file, offset, filled) = (file, offset, filled)
    buffer.withUnsafeMutableBytes { all in
      let room = UnsafeMutableRawBufferPointer(rebasing: all[filled...])
      do throws(LogFile.Failure) {
        result = .success(try file.read(into: room, at: offset + filled))
      } catch {
        result = .failure(error)
      }
    }
    let got = try result.get()
    self.filled += got
    return got
  }

  private mutating func drop(_ count: Int) {
    offset += count
    filled -= count
    let rest = filled
    buffer.withUnsafeMutableBytes { all in
      guard count > 0, rest > 0, let base = all.baseAddress else { return }
      memmove(base, base + count, rest)
    }
  }

  /// Where the last record begins that has a header; nil if that is the first line, or too far back.
  private func lastRecord(before end: Int) -> Int? {
    buffer.withUnsafeBytes { all in
      var start = Self.lineStart(all, end - 1)
      for _ in 0..<Self.farthest where start > 0 {
        if Self.hasHeader(Self.line(all, start, end)) { return start }
        start = Self.lineStart(all, start - 1)
      }
      return nil
    }
  }

  /// The lines about all matches in the first bytes of the buffer.
  private func find(in count: Int) throws(LogFile.Failure) -> [LogStretch.Line] {
    guard count > 0 else { return [] }
    var result = Result<[LogStretch.Line], LinePattern.Failure>.success([])
    buffer.withUnsafeBytes { all in
      let text = UnsafeRawBufferPointer(rebasing: all[..<count])
      do throws(LinePattern.Failure) { result = .success(try lines(of: text)) } catch {
        result = .failure(error)
      }
    }
    do throws(LinePattern.Failure) { return try result.get() } catch {
      throw LogFile.Failure(words: error.message)
    }
  }

  private func lines(of text: UnsafeRawBufferPointer) throws(LinePattern.Failure) -> [LogStretch.Line] {
    guard case .pattern(let pattern) = lead else { return Self.lines(text, 0..<text.count, around: nil) }
    var matcher = try pattern.matcher()
    var found: [LogStretch.Line] = []
    var done = 0
    while done < text.count, let hit = try Self.hit(in: text, from: done, pattern, &matcher) {
      let start = Self.recordStart(text, Self.lineStart(text, hit), downTo: done)
      done = Self.recordEnd(text, start, beyond: hit)
      found += Self.lines(text, start..<done, around: hit)
    }
    return found
  }

  private static func hit(
    in text: UnsafeRawBufferPointer,
    from start: Int,
    _ pattern: LinePattern,
    _ matcher: inout LinePattern.Matcher
  ) throws(LinePattern.Failure) -> Int? {
    if pattern.staysWithinLine { return try matcher.first(in: text, from: start) }
    var begin = start
    while begin < text.count {
      let line = line(text, begin, text.count)
      if try matcher.holds(line) { return begin }
      begin += line.count + 1
    }
    return nil
  }

  // MARK: Lines and records

  /// Where the line begins in which a byte stands; an end of line belongs to the line that it ends.
  private static func lineStart(_ text: UnsafeRawBufferPointer, _ index: Int) -> Int {
    (text[..<max(0, index)].lastIndex(of: 0x0A) ?? -1) + 1
  }

  private static func line(_ text: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> UnsafeRawBufferPointer
  {
    guard start < end, let base = text.baseAddress else {
      return UnsafeRawBufferPointer(start: nil, count: 0)
    }
    let found = memchr(base + start, 0x0A, end - start).map { UnsafeRawPointer($0) - base }
    return UnsafeRawBufferPointer(rebasing: text[start..<(found ?? end)])
  }

  private static func hasHeader(_ line: UnsafeRawBufferPointer) -> Bool {
    let head = UnsafeRawBufferPointer(rebasing: line.prefix(LogBook.longestLine))
    let parts = LogLine().read(head)
    return parts.message.lowerBound > 0 || parts.message.upperBound < head.count
  }

  private static func recordStart(_ text: UnsafeRawBufferPointer, _ line: Int, downTo done: Int) -> Int {
    var start = line
    for _ in 0..<farthest {
      if start <= done || hasHeader(self.line(text, start, text.count)) { break }
      start = lineStart(text, start - 1)
    }
    return max(start, done)
  }

  private static func recordEnd(_ text: UnsafeRawBufferPointer, _ start: Int, beyond hit: Int) -> Int {
    var continuation = LogContinuation()
    var begin = start
    while begin < text.count {
      let line = line(text, begin, text.count)
      let head = UnsafeRawBufferPointer(rebasing: line.prefix(LogBook.longestLine))
      let place = continuation.place(of: head, LogLine().read(head))
      if begin > hit, place == .begins { return begin }
      begin += line.count + 1
    }
    return text.count
  }

  /// The lines of a range; of a long one its head, and what is about the match.
  private static func lines(
    _ text: UnsafeRawBufferPointer,
    _ range: Range<Int>,
    around hit: Int?
  ) -> [LogStretch.Line] {
    var lines: [LogStretch.Line] = []
    var begin = range.lowerBound
    while begin < range.upperBound {
      var line = line(text, begin, range.upperBound)
      let next = begin + line.count + 1
      if line.last == 0x0D { line = UnsafeRawBufferPointer(rebasing: line.dropLast()) }
      var bytes = Array(line.prefix(LogBook.longestLine + 1))
      if let hit, hit - begin > LogBook.longestLine / 2, hit < next, line.count > LogBook.longestLine {
        let from = hit - begin - 256
        bytes = Array(line.prefix(1_024)) + Array(" … ".utf8) + line[from...].prefix(LogBook.longestLine)
      }
      lines.append(LogStretch.Line(bytes))
      begin = next
    }
    return lines
  }
}
