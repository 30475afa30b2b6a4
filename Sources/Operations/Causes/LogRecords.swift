internal import Facts

/// What was logged at once: a line, and what belongs to it.
struct LogRecord {
  /// The text it is grouped by: its message, or the last line of its traceback.
  var reason: [UInt8]
  var time: WallTime?
  /// In upper case; nil if it doesn't say.
  var level: String?
  /// Its first line.
  var line: Int
  /// How many lines it has.
  var lines: Int
}

/// Puts lines together to records.
///
/// A traceback belongs to the error that was logged before it, if one was; to it belong the exceptions that led to it and what
/// SQLAlchemy adds. A record is told when the next one begins.
struct LogRecords {
  /// Where in a record the next line would stand.
  private enum State {
    /// Behind a line that stands for itself.
    case single
    /// Among the calls of a traceback.
    case calls
    /// Behind the reason of a traceback.
    case reason
  }

  private let header = LogLine()
  private var open: LogRecord?
  private var state = State.single
  private static let first = Array("Traceback (most recent call last):".utf8)
  private static let further = [
    "During handling of the above exception", "The above exception was the direct cause", "[SQL:",
    "[parameters:",
    "(Background on this error", "DETAIL:", "HINT:", "CONTEXT:", "LINE ",
  ].map { Array($0.utf8) }
  private static let stack = ["\tat ", "    at ", "Caused by: ", "\t... "].map { Array($0.utf8) }

  /// Takes a line; the record that it ends, if it ends one.
  mutating func add(_ line: UnsafeRawBufferPointer, number: Int) -> LogRecord? {
    let isBlank = line.allSatisfy { $0 <= 0x20 }
    let parts = header.read(line)
    let message = UnsafeRawBufferPointer(rebasing: line[parts.message])
    let hasHeader = parts.message.lowerBound > 0 || parts.message.upperBound < line.count
    if open != nil, !hasHeader, continues(line, isBlank) {
      open?.lines += 1
      return nil
    }
    guard !isBlank else { return nil }
    let ended = said(open)
    let isTraceback = message.starts(with: Self.first)
    state = isTraceback ? .calls : .single
    open = LogRecord(
      reason: Self.kept(message),
      time: parts.time,
      level: parts.level,
      line: number,
      lines: 1
    )
    return ended
  }

  /// The record that is still open, at the end of a file.
  mutating func end() -> LogRecord? {
    defer { (open, state) = (nil, .single) }
    return said(open)
  }

  /// A record, unless it says nothing: a header alone.
  private func said(_ record: LogRecord?) -> LogRecord? {
    record.flatMap { $0.reason.allSatisfy { $0 <= 0x20 } ? nil : $0 }
  }

  /// Whether a line without a header belongs to the open record; it takes what it tells.
  private mutating func continues(_ line: UnsafeRawBufferPointer, _ isBlank: Bool) -> Bool {
    switch state {
    case .single:
      // A program that begins its text with an end of line has its header in a line of its own.
      if !isBlank, said(open) == nil {
        open?.reason = Self.kept(line)
        return true
      }
      if line.starts(with: Self.first), isError(open?.level) {
        state = .calls
        return true
      }
      return Self.stack.contains { line.starts(with: $0) }
    case .calls:
      if isBlank || line.first == 0x20 || line.first == 0x09 || line.starts(with: Self.first) { return true }
      open?.reason = Self.kept(line)
      state = .reason
      return true
    case .reason:
      if line.starts(with: Self.first) {
        state = .calls
        return true
      }
      return isBlank || Self.further.contains { line.starts(with: $0) }
    }
  }

  private func isError(_ level: String?) -> Bool {
    level.map { ["ERROR", "CRITICAL", "FATAL", "WARNING", "WARN"].contains($0) } ?? false
  }

  private static func kept(_ text: UnsafeRawBufferPointer) -> [UInt8] {
    Array(text.prefix(CauseFinder.prefix + 256))
  }
}
