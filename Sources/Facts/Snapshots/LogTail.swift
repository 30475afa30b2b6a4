/// The last lines that a service has written, the newest last.
public struct LogTail: Snapshot, Hashable {
  /// So many lines are asked for.
  public static let most = 20
  /// The most bytes of a line that are kept, and that are shown in a pane.
  private static let (lineCap, shownCap) = (16_384, 2_048)

  /// The lines; empty: it has written none that is kept, or none that could be read.
  public var lines: [SafeText]
  /// What of its log is not among the lines; only where there are none is a silence a silence.
  public var gaps: [LogGap] = []
  /// So many of the lines since a time have no time of their own and stand behind one that has.
  public var untimed = 0
  /// The zone in which times without one were read to find the lines since a time, `UTC+1`; nil: every time told its own.
  public var assumedZone: SafeText?

  /// Makes a tail of lines, without the passwords in them.
  public init(lines: [SafeText], gaps: [LogGap] = []) {
    self.lines = lines.map(\.withoutCredentials)
    self.gaps = gaps
  }

  /// The lines as they are shown, long ones cut: behind them what could not be read.
  public var shown: [SafeText] {
    lines.map { $0.string.utf8.count > Self.shownCap ? SafeText($0.string, limit: Self.shownCap) : $0 }
      + gaps.filter(\.isUnread).map { SafeText("[\($0.part)] \($0.words)", limit: 300).withoutCredentials }
  }

  /// What isn't known of the lines since a time, to be read behind their number.
  public var remarks: [SafeText] {
    gaps.map(\.sentence)
      + (assumedZone.map { ["times without a zone read as \($0)"] } ?? [])
      + (untimed > 0 ? ["\(SafeText(Format.count(Double(untimed)))) without a time of their own"] : [])
  }

  /// The last `most` lines of an answer to one line more than `most`, or of all that there is: that there are more before
  /// them is a gap of `part`, too.
  public init(ofOneMore bytes: some BidirectionalCollection<UInt8>, most: Int, part: String) {
    self.init(of: bytes, most: most, part: part)
    // Empty lines at the end count as well: so many were answered.
    let breaks = bytes.count { $0 == 0x0A }
    let count = breaks + (bytes.last.map { $0 != 0x0A } == true ? 1 : 0)
    if count > most { gaps.append(LogGap(part, .cut)) }
  }

  /// The last `most` lines of a text, without passwords and the colours that programs add; what is too long of a line is a
  /// gap of `part`.
  ///
  /// Empty lines at its end are none.
  public init(of bytes: some Collection<UInt8>, most: Int, part: String = "") {
    let lines = Self.plain(Array(bytes)).split(separator: 0x0A, omittingEmptySubsequences: false)
      .map { $0.last == 0x0D ? $0.dropLast() : $0 }
    let end = lines.lastIndex { !$0.isEmpty }.map { $0 + 1 } ?? 0
    let kept = lines[..<end].suffix(most)
    self.lines = kept.map { SafeText(told: String(decoding: $0, as: UTF8.self), limit: Self.lineCap) }
    let long = kept.count { $0.count > Self.lineCap }
    if long > 0 { gaps = [LogGap(part, .longLines(long))] }
  }

  /// A text without its sequences that only colour it (`ESC [ … m`).
  public static func plain(_ bytes: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      if bytes[index] == 0x1B, index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "[") {
        let tail = bytes[(index + 2)...].drop { (0x30...0x3B).contains($0) }
        if tail.first == UInt8(ascii: "m") {
          index = tail.startIndex + 1
          continue
        }
      }
      output.append(bytes[index])
      index += 1
    }
    return output
  }
}
