internal import DataSources
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

/// Puts lines together to records; one is told when the next one begins.
struct LogRecords {
  private let header = LogLine()
  private var continuation = LogContinuation()
  private var open: LogRecord?

  /// Takes a line; the record that it ends, if it ends one.
  mutating func add(_ line: UnsafeRawBufferPointer, number: Int) -> LogRecord? {
    let parts = header.read(line)
    switch continuation.place(of: line, parts) {
    case .blank: return nil
    case .continues:
      open?.lines += 1
      return nil
    case .tells:
      open?.lines += 1
      open?.reason = Self.kept(line)
      return nil
    case .begins:
      defer {
        open = LogRecord(
          reason: Self.kept(UnsafeRawBufferPointer(rebasing: line[parts.message])),
          time: parts.time,
          level: parts.level,
          line: number,
          lines: 1
        )
      }
      return said(open)
    }
  }

  /// The record that is still open, at the end of a file.
  mutating func end() -> LogRecord? {
    defer { (open, continuation) = (nil, LogContinuation()) }
    return said(open)
  }

  /// A record, unless it says nothing: a header alone.
  private func said(_ record: LogRecord?) -> LogRecord? {
    record.flatMap { $0.reason.allSatisfy { $0 <= 0x20 } ? nil : $0 }
  }

  private static func kept(_ text: UnsafeRawBufferPointer) -> [UInt8] {
    Array(text.prefix(CauseFinder.prefix + 256))
  }
}
