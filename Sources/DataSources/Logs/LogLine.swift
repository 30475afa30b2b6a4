public import Facts

/// Takes the header off a log line: when, how grave, who, from what is said.
///
/// It knows the headers of Python's logging, uvicorn, Celery, Postgres, Redis, syslog, log4j (Hadoop, Spark, HDFS), RabbitMQ,
/// Apache and nginx,
/// the prefixes of `docker compose logs` and lines of JSON. What it doesn't know stays as it is: all of it is the message.
public struct LogLine: Sendable {
  /// What a line is made of.
  public struct Parts: Sendable, Hashable {
    /// Where the message stands, in bytes of the line.
    public var message: Range<Int>
    /// When it was written; nil if the line doesn't tell a date and a time.
    ///
    /// Without a zone it is taken as UTC; see ``isZoned``.
    public var time: WallTime?
    /// Whether the line tells the zone of its time.
    public var isZoned = false
    /// How grave it is, in upper case; nil if the line doesn't say.
    public var level: String?
  }

  /// Makes one.
  public init() {}

  /// Reads a line without its end.
  public func read(_ line: UnsafeRawBufferPointer) -> Parts {
    var scanner = HeaderScanner(line)
    return scanner.read()
  }
}

/// Goes over the header of a line.
struct HeaderScanner {
  private let line: UnsafeRawBufferPointer
  private var at = 0
  private var time: WallTime?
  private var isZoned = false
  private var level: String?

  init(_ line: UnsafeRawBufferPointer) { self.line = line }

  mutating func read() -> LogLine.Parts {
    skipComposePrefix()
    let start = at
    if byte() == UInt8(ascii: "{"), let parts = JSONLogLine.read(line, from: at) { return parts }
    if let parts = redis() { return parts }
    at = start
    var stamp = StampScanner(line, at)
    let isBracketed = stamp.take("[")
    if let read = stamp.read() {
      (time, at, isZoned) = (read.time, stamp.at, stamp.isZoned)
      if stamp.isSyslog { return afterSyslog() ?? parts(from: start) }
      afterTime(isBracketed)
    } else if !takeLevel(mustEnd: true) {
      at = start
    }
    return parts(from: at)
  }

  private func parts(from start: Int) -> LogLine.Parts {
    LogLine.Parts(message: min(start, line.count)..<line.count, time: time, isZoned: isZoned, level: level)
  }

  // MARK: Pieces

  private func byte(_ offset: Int = 0) -> UInt8? { at + offset < line.count ? line[at + offset] : nil }

  private func isWord(_ byte: UInt8?) -> Bool {
    guard let byte else { return false }
    return (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      || byte == UInt8(ascii: "_") || byte >= 0x80
  }

  private mutating func skipSpaces() { while byte() == 0x20 || byte() == 0x09 { at += 1 } }

  /// `backend-1  | ` in front of what the service wrote.
  private mutating func skipComposePrefix() {
    var end = 0
    while end < line.count, end < 64,
      isWord(line[end]) || line[end] == UInt8(ascii: "-") || line[end] == UInt8(ascii: ".")
    {
      end += 1
    }
    let name = end
    while end < line.count, line[end] == 0x20 { end += 1 }
    guard name > 0, end > name, end + 1 < line.count, line[end] == UInt8(ascii: "|"), line[end + 1] == 0x20
    else { return }
    at = end + 2
  }

  /// Each with its letters, seven bits a letter: nine of them fit in a number.
  private static let levels: [(packed: UInt64, word: String)] = [
    "DEBUG", "INFO", "NOTICE", "WARNING", "WARN", "ERROR", "CRITICAL", "FATAL", "TRACE", "LOG", "STATEMENT",
    "DETAIL",
    "HINT", "PANIC", "CONTEXT", "EMERG", "ALERT", "CRIT", "ERR",
  ].map { word in (word.utf8.reduce(0) { $0 << 7 | UInt64($1) }, word) }

  /// A word of gravity at this place, in upper case, and where it ends.
  private func levelHere() -> (word: String, end: Int)? {
    var end = at
    while end < line.count, end - at <= 9, (0x41...0x5A).contains(line[end] & 0xDF) { end += 1 }
    guard end > at + 2, end - at <= 9 else { return nil }
    var packed: UInt64 = 0
    for index in at..<end { packed = packed << 7 | UInt64(line[index] & 0x5F) }
    return Self.levels.first { $0.packed == packed }.map { ($0.word, end) }
  }

  /// Takes a level; one that must end is one only before `: ` or, in capitals, before a space.
  private mutating func takeLevel(mustEnd: Bool) -> Bool {
    guard let found = levelHere() else { return false }
    if mustEnd {
      guard line[at] & 0x20 == 0, line[at + 1] & 0x20 == 0, found.end + 1 < line.count,
        line[found.end] == UInt8(ascii: ":"), line[found.end + 1] == 0x20
      else { return false }
    }
    level = found.word
    at = found.end
    if byte() == UInt8(ascii: ":") { at += 1 }
    skipSpaces()
    return true
  }

  /// `7:M 28 Nov 2026 05:00:00.123 * Ready`: process, role, time, gravity as a sign; nil if it isn't that.
  private mutating func redis() -> LogLine.Parts? {
    while let byte = byte(), (0x30...0x39).contains(byte) { at += 1 }
    guard at > 0, byte() == UInt8(ascii: ":"), let role = byte(1), (0x41...0x5A).contains(role),
      byte(2) == 0x20
    else { return nil }
    var stamp = StampScanner(line, at + 3)
    guard let read = stamp.read() else { return nil }
    let signs: [(Unicode.Scalar, String)] = [
      ("#", "WARNING"), ("*", "NOTICE"), ("-", "INFO"), (".", "DEBUG"),
    ]
    at = stamp.at
    guard byte() == 0x20, let sign = signs.first(where: { byte(1) == UInt8(ascii: $0.0) }), byte(2) == 0x20
    else { return nil }
    (time, isZoned, level) = (read.time, stamp.isZoned, sign.1)
    return parts(from: at + 3)
  }

  // MARK: Behind the time

  private mutating func afterTime(_ isBracketed: Bool) {
    if isBracketed, byte() == UInt8(ascii: ":") {
      celery()
      return
    }
    if isBracketed, byte() == UInt8(ascii: "]") { at += 1 }
    var isNamed = false
    for _ in 0..<8 {
      skipSpaces()
      if byte() == UInt8(ascii: "-") || byte() == UInt8(ascii: "|"), byte(1) == 0x20 {
        at += 2
        skipSpaces()
        // Behind ` - LEVEL - ` all is said.
        if level != nil { break }
        isNamed = true
      }
      if level == nil, let found = levelHere(), ends(at: found.end) {
        level = found.word
        at = found.end
        if byte() == UInt8(ascii: ":") { at += 1 }
        continue
      }
      if byte() == UInt8(ascii: "["), takeBrackets() { continue }
      if takeNumber() { continue }
      if takeName(isNamed) { continue }
      if byte() == UInt8(ascii: "*"), skipNginxConnection() { continue }
      if byte() == UInt8(ascii: "<"), skipErlangProcess() { continue }
      break
    }
    skipSpaces()
  }

  private func ends(at end: Int) -> Bool {
    end >= line.count || line[end] == 0x20 || line[end] == UInt8(ascii: ":") || line[end] == UInt8(ascii: "]")
  }

  /// `: INFO/ForkPoolWorker-2] ` of Celery.
  private mutating func celery() {
    at += 1
    skipSpaces()
    if let found = levelHere() {
      level = found.word
      at = found.end
    }
    while let byte = byte(), byte != UInt8(ascii: "]") { at += 1 }
    at += 1
    skipSpaces()
  }

  /// `[main]`, `[123]`, `[error]`, `[core:notice]`: not more than 64 bytes, and only before a message.
  private mutating func takeBrackets() -> Bool {
    guard let close = (at + 1..<min(line.count, at + 64)).first(where: { line[$0] == UInt8(ascii: "]") })
    else { return false }
    let inside = line[at + 1..<close]
    let old = at
    at += 1
    if level == nil, let found = levelHere(), found.end == close {
      level = found.word
      at = close + 1
      return true
    }
    at = old
    // `[client 1.2.3.4]` of Apache is said of the client; a thread or a process has no address in its name.
    guard !inside.starts(with: Array("client ".utf8)), close + 1 < line.count,
      line[close + 1] == 0x20 || line[close + 1] == UInt8(ascii: ":")
    else { return false }
    at = close + 1
    if byte() == UInt8(ascii: ":") { at += 1 }
    return true
  }

  /// A process' number before a level, `123 `, and behind one that of a thread with it: `123#456: `.
  private mutating func takeNumber() -> Bool {
    var end = at
    var hasThread = false
    while end < line.count, (0x30...0x39).contains(line[end]) || line[end] == UInt8(ascii: "#") {
      hasThread = hasThread || line[end] == UInt8(ascii: "#")
      end += 1
    }
    guard level == nil || hasThread, end > at, end < line.count,
      line[end] == 0x20 || line[end] == UInt8(ascii: ":")
    else { return false }
    at = line[end] == UInt8(ascii: ":") ? end + 1 : end
    return true
  }

  /// Who writes: `org.apache.Foo: ` behind a level, `api.routes - ` before one.
  private mutating func takeName(_ isNamed: Bool) -> Bool {
    var end = at
    while end < line.count, end - at < 96,
      isWord(line[end]) || line[end] == UInt8(ascii: ".") || line[end] == UInt8(ascii: "$")
        || line[end] == UInt8(ascii: "-")
    {
      end += 1
    }
    guard end > at else { return false }
    if isNamed || level == nil {
      guard end + 2 < line.count, line[end] == 0x20,
        line[end + 1] == UInt8(ascii: "-") || line[end + 1] == UInt8(ascii: "|"),
        line[end + 2] == 0x20
      else { return takeZone(end) }
      at = end
      return true
    }
    // A name of one part that a colon ends is part of what is said, unless it is spelt as a type or module is.
    guard end + 1 < line.count, line[end] == UInt8(ascii: ":"), line[end + 1] == 0x20,
      line[at..<end].contains(UInt8(ascii: ".")), !isError(at..<end)
    else { return false }
    at = end + 1
    level = level ?? ""
    return true
  }

  private func isError(_ range: Range<Int>) -> Bool {
    line[range].suffix(5).elementsEqual(Array("Error".utf8))
      || line[range].suffix(9).elementsEqual(Array("Exception".utf8))
  }

  private mutating func takeZone(_ end: Int) -> Bool {
    let word = line[at..<end]
    guard
      word.elementsEqual(Array("UTC".utf8)) || word.elementsEqual(Array("GMT".utf8))
        || word.elementsEqual(Array("CET".utf8))
    else { return false }
    at = end
    // Other names of zones are taken as UTC, too, but that is no telling.
    isZoned = isZoned || !word.elementsEqual(Array("CET".utf8))
    return true
  }

  /// `*17 ` of nginx.
  private mutating func skipNginxConnection() -> Bool {
    var end = at + 1
    while end < line.count, (0x30...0x39).contains(line[end]) { end += 1 }
    guard end > at + 1, end < line.count, line[end] == 0x20 else { return false }
    at = end
    return true
  }

  /// `<0.208.0> ` of RabbitMQ.
  private mutating func skipErlangProcess() -> Bool {
    var end = at + 1
    while end < line.count, (0x30...0x39).contains(line[end]) || line[end] == UInt8(ascii: ".") { end += 1 }
    guard end > at + 1, end + 1 < line.count, line[end] == UInt8(ascii: ">"), line[end + 1] == 0x20 else {
      return false
    }
    at = end + 1
    return true
  }

  /// `host program[123]: ` behind a time of syslog; nil if it isn't there.
  private mutating func afterSyslog() -> LogLine.Parts? {
    skipSpaces()
    while let byte = byte(), byte > 0x20 { at += 1 }
    skipSpaces()
    var end = at
    while end + 1 < line.count, end - at < 96, !(line[end] == UInt8(ascii: ":") && line[end + 1] == 0x20) {
      guard line[end] > 0x20 else { return nil }
      end += 1
    }
    guard end + 1 < line.count, line[end] == UInt8(ascii: ":") else { return nil }
    at = end + 1
    skipSpaces()
    return parts(from: at)
  }
}
