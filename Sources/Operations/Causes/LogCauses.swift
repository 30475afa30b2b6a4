#if canImport(Glibc)
internal import Glibc
#endif

/// Finds the causes in logs that are read window by window.
///
/// Pure: somebody else reads. What a record is, is told line by line: a line with its header, with the traceback of Python or the
/// stack of a JVM behind it, of which the last line of the traceback is the reason. Of a line 16 KiB are looked at; blank
/// lines are no records. The files are a label (`file`) and so are the levels (`level`).
public struct LogCauses: Sendable {
  /// Where a record stands, and by what its cause is found.
  public struct Place: Sendable, Hashable {
    /// The number of the file, in the order in which they were read.
    public let file: Int
    /// The record's first line, from 1 on.
    public let line: Int
    /// How many lines it has.
    public let lines: Int
    /// By what its cause is found in the report.
    public let ticket: CauseTicket
  }

  /// So many bytes of a line are looked at.
  public static let lineLimit = 16_384

  /// Where every record stands, if that is kept: 32 bytes a record.
  public private(set) var places: [Place] = []
  /// How many lines were read.
  public private(set) var lines = 0

  private let keepsPlaces: Bool
  private var finder = CauseFinder()
  private var records = LogRecords()
  private var line: [UInt8] = []
  private var number = 0
  private var file = -1
  private var fileLabel: CauseLabel?

  /// Starts with nothing read.
  ///
  /// - Parameter keepsPlaces: whether ``places`` are wanted.
  public init(keepsPlaces: Bool) { self.keepsPlaces = keepsPlaces }

  /// Begins a file; `name` is its label.
  public mutating func begin(file name: String) {
    file += 1
    number = 0
    fileLabel = finder.label("file", name)
  }

  /// Reads the next window of the file, which may end anywhere.
  public mutating func read(_ window: UnsafeRawBufferPointer) {
    var rest = window[...]
    while let end = Self.endOfLine(rest) {
      let piece = rest[..<end]
      rest = rest[(end + 1)...]
      if line.isEmpty, piece.count <= Self.lineLimit {
        take(UnsafeRawBufferPointer(rebasing: piece))
      } else {
        append(piece)
        takeLine()
      }
    }
    append(rest)
  }

  /// Ends the file: what has no end of line is a line, too.
  public mutating func endFile() {
    if !line.isEmpty { takeLine() }
    if let record = records.end() { add(record) }
  }

  /// The causes of all that was read.
  public func report() -> CauseReport { finder.report() }

  private static func endOfLine(_ text: Slice<UnsafeRawBufferPointer>) -> Int? {
    guard let start = UnsafeRawBufferPointer(rebasing: text).baseAddress, !text.isEmpty else { return nil }
    return memchr(start, 0x0A, text.count).map { text.startIndex + (UnsafeRawPointer($0) - start) }
  }

  private mutating func append(_ piece: Slice<UnsafeRawBufferPointer>) {
    line += piece.prefix(max(0, Self.lineLimit - line.count))
  }

  private mutating func takeLine() {
    let whole = line
    line.removeAll(keepingCapacity: true)
    whole.withUnsafeBytes { take($0) }
  }

  private mutating func take(_ line: UnsafeRawBufferPointer) {
    number += 1
    lines += 1
    let bytes = line.last == 0x0D ? UnsafeRawBufferPointer(rebasing: line.dropLast()) : line
    if let record = records.add(bytes, number: number) { add(record) }
  }

  private mutating func add(_ record: LogRecord) {
    let level = record.level.flatMap { finder.label("level", $0) }
    let ticket = record.reason.withUnsafeBytes {
      finder.add($0, at: record.time, labels: [fileLabel, level].compactMap { $0 })
    }
    if keepsPlaces {
      places.append(Place(file: file, line: record.line, lines: record.lines, ticket: ticket))
    }
  }
}
