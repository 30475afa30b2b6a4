public import Facts

/// What is kept of logs, to be asked for by ranges.
///
/// Lines are read and put in their places on a copy, on the thread pool: whoever draws asks for the lines that it needs,
/// and waits for nobody.
public final class LogArchive: Sendable {
  /// A line as it is shown.
  public struct Line: Sendable, Hashable {
    /// Its number: the same for as long as it is kept.
    public var serial: Int
    /// When it was written, to the nanosecond at best.
    public var time: WallTime
    /// Whether that is only when it was read.
    public var isTimeAssumed: Bool
    /// The log in which it stands.
    public var stream: LogStreamID
    /// How grave its record is.
    public var level: LogLevel
    /// Whether it belongs to the line before it.
    public var continues: Bool
    /// Its text, without passwords and colours.
    public var text: SafeText
    /// What it says behind time, level and name; all of it where it has no such header.
    public var message: SafeText
    /// Whether it was longer than what is kept.
    public var isCut: Bool

    /// As it is printed: its time in UTC, with a `~` behind one that nobody tells, who wrote it, and its text.
    public var written: String {
      "\(stamp)\(SafeText(stream.instance))  \(text)\(isCut ? " [cut]" : "")"
    }

    /// The same without who wrote it, where there is but one.
    public var dated: String { "\(stamp) \(text)\(isCut ? " [cut]" : "")" }

    private var stamp: String {
      "\(Format.timestampWithMilliseconds(time))\(isTimeAssumed && !continues ? "~" : " ")"
    }
  }

  private let book: Locked<LogBook>

  /// An empty one.
  public init() { book = Locked(LogBook()) }

  init(_ book: LogBook) { self.book = Locked(book) }

  /// What is kept now, to stay as it is: lines that were selected are there for as long as they are shown.
  func asItIs() -> LogArchive { LogArchive(book.withLock { $0 }) }

  func withBook<Result>(_ body: (inout LogBook) throws -> Result) rethrows -> Result {
    try book.withLock(body)
  }

  /// Takes lines in, of several services.
  ///
  /// One at a time, on the thread pool: what another adds meanwhile would be lost.
  func append(_ batches: [LogBatch]) {
    var next = book.withLock { $0 }
    for batch in batches {
      next.append(batch.lines, of: batch.service, at: batch.readAt, isPart: batch.isPart)
    }
    // What the former one alone held is freed here, and not while somebody waits.
    book.withLock { swap(&$0, &next) }
  }

  /// Lines of a log by themselves, as they are shown: those of the records that a query leaves.
  ///
  /// It takes time: on the thread pool only.
  /// - Throws: an expression of the query takes too long.
  public static func lines(
    _ lines: [LogStretch.Line],
    of name: String,
    at now: WallTime,
    _ query: LogQuery = LogQuery()
  ) throws(LogFile.Failure) -> [Line] {
    guard !lines.isEmpty else { return [] }
    var book = LogBook(mostBytes: .max, mostLines: .max)
    book.append(lines, of: LogStreamID(service: name, instance: name), at: now)
    let archive = LogArchive(book)
    let selection: LogSelection
    do throws(LinePattern.Failure) {
      // One for each book: what a matcher knows is of the book that it has looked through.
      selection = try LogMatcher(query).selection(of: archive)
    } catch {
      throw LogFile.Failure(words: error.message)
    }
    guard selection.failure.isEmpty else { throw LogFile.Failure(words: selection.failure) }
    return archive.lines(selection.serials)
  }

  /// The lines of these numbers, in that order; those that have gone are left out.
  public func lines(_ serials: some Sequence<Int>) -> [Line] {
    book.withLock { book in serials.compactMap { Self.line($0, in: book) } }
  }

  /// All lines of the record in which a line stands; empty if it has gone.
  public func record(of serial: Int) -> [Line] {
    book.withLock { book in book.lines(ofRecord: serial).compactMap { Self.line($0, in: book) } }
  }

  /// When the oldest line was written that is kept of each log.
  public var beginnings: [(stream: LogStreamID, time: WallTime)] { book.withLock(\.beginnings) }

  /// How many lines are kept, and how many had to go.
  public var counts: (kept: Int, dropped: Int) {
    book.withLock { ($0.end - $0.first, $0.dropped) }
  }

  private static func line(_ serial: Int, in book: LogBook) -> Line? {
    guard let entry = book.entry(serial) else { return nil }
    let text = book.withBytes(of: entry) {
      CredentialWords.struckOut(of: String(decoding: $0, as: UTF8.self))
    }
    // What continues a record has no header, whatever it looks like. It is taken off what is left without passwords: their
    // names may stand in it.
    let message = entry.continues ? text[...] : Self.message(of: text)
    return Line(
      serial: serial,
      time: WallTime(secondsSince1970: entry.time),
      isTimeAssumed: entry.isTimeAssumed,
      stream: book.streams[Int(entry.stream)].id,
      level: entry.level,
      continues: entry.continues,
      text: shown(text[...]),
      message: shown(message),
      isCut: book.isCut(entry)
    )
  }

  private static func message(of text: String) -> Substring {
    let bytes = Array(text.utf8)
    let parts = bytes.withUnsafeBytes { LogLine().read($0) }
    return Substring(String(decoding: bytes[parts.message], as: UTF8.self))
  }

  private static func shown(_ text: Substring) -> SafeText {
    SafeText(String(text), limit: LogBook.longestLine)
  }
}

/// Lines of one service that were read together.
struct LogBatch: Sendable {
  var lines: [LogStretch.Line]
  var service: LogStreamID
  /// When they were read.
  var readAt: WallTime
  /// Whether there are others before them which are not among them.
  var isPart: Bool
}
