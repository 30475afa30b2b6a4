/// Tells which lines of a log belong to the one before them.
///
/// A traceback belongs to the error that was logged before it, if one was; to it belong the exceptions that led to it and
/// what SQLAlchemy and PostgreSQL add. So does the stack of a JVM, and the text of a program that begins it with an end of
/// line, behind a header that stands alone. What begins with a tab goes on with the line before it: so PostgreSQL and its
/// clients write what has several lines.
public struct LogContinuation: Sendable {
  /// Where a line stands.
  public enum Place: Sendable, Hashable {
    /// At the beginning of a record.
    case begins
    /// Within the record that is open.
    case continues
    /// Within it, and it says what it is about: the last line of a traceback.
    case tells
    /// It has nothing but spaces, and belongs nowhere.
    case blank
  }

  /// Where in a record the next line would stand.
  private enum State {
    /// Nowhere: no record is open.
    case closed
    /// Behind a line that stands for itself.
    case single
    /// Among the calls of a traceback.
    case calls
    /// Behind the reason of a traceback.
    case reason
  }

  private var state = State.closed
  private var level = LogLevel.unknown
  /// Whether the open record has a header alone.
  private var isSilent = false

  private static let first = Array("Traceback (most recent call last):".utf8)
  private static let further = [
    "During handling of the above exception", "The above exception was the direct cause", "[SQL:",
    "[parameters:",
    "(Background on this error", "DETAIL:", "HINT:", "CONTEXT:", "LINE ",
    // Around the traceback of the process that a pool's task ran in.
    "\"\"\"",
  ].map { Array($0.utf8) }
  private static let stack = ["    at ", "Caused by: "].map { Array($0.utf8) }
  private static let indent = Array("  ".utf8)

  /// Starts at the beginning of a log.
  public init() {}

  /// Where the next line stands, whose header is `parts`.
  public mutating func place(of line: UnsafeRawBufferPointer, _ parts: LogLine.Parts) -> Place {
    let isBlank = line.allSatisfy { $0 <= 0x20 }
    let hasHeader = parts.message.lowerBound > 0 || parts.message.upperBound < line.count
    if !hasHeader, let place = placeWithin(line, isBlank) { return place }
    if isBlank { return .blank }
    let message = UnsafeRawBufferPointer(rebasing: line[parts.message])
    state = Self.isTraceback(message) ? .calls : .single
    level = LogLevel(word: parts.level)
    isSilent = message.allSatisfy { $0 <= 0x20 }
    return .begins
  }

  /// Whether a message begins a traceback of Python.
  static func isTraceback(_ message: UnsafeRawBufferPointer) -> Bool { message.starts(with: first) }

  /// Where a line without a header stands in the open record; nil if it belongs to none.
  private mutating func placeWithin(_ line: UnsafeRawBufferPointer, _ isBlank: Bool) -> Place? {
    switch state {
    case .closed: return nil
    case .single:
      if !isBlank, isSilent {
        isSilent = false
        return .tells
      }
      if Self.isTraceback(line), level >= .warning {
        state = .calls
        return .continues
      }
      if line.first == 0x09 { return isBlank ? nil : .continues }
      return Self.stack.contains { line.starts(with: $0) } ? .continues : nil
    case .calls:
      if isBlank || line.first == 0x20 || line.first == 0x09 || Self.isTraceback(line) { return .continues }
      state = .reason
      isSilent = false
      return .tells
    case .reason:
      if Self.isTraceback(line) {
        state = .calls
        return .continues
      }
      // A reason of several lines is indented: libpq's by a tab, pydantic's by spaces.
      let isIndented = line.first == 0x09 || line.starts(with: Self.indent)
      return isBlank || isIndented || Self.further.contains { line.starts(with: $0) } ? .continues : nil
    }
  }
}
