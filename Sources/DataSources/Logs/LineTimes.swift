internal import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// The times that programs write before their lines, for logs of which nobody else keeps when a line was written.
///
/// It knows the headers of ``LogLine``, and `2026-11-28 05:00:00,123` and its like further on within the first characters of a
/// line; one without a zone is taken for this machine's, and that is told.
enum LineTimes {
  /// When a line says that it was written.
  struct Stamp: Sendable, Hashable {
    var time: WallTime
    /// By how many seconds the zone that was assumed is ahead of UTC; nil: the line tells its zone.
    var assumedOffset: Int?
  }

  private static let reach = 48

  /// When a line was written; nil if it doesn't say.
  static func time(of line: String) -> WallTime? { stamp(of: line)?.time }

  /// When a line says that it was written, and in which zone that was read; nil if it doesn't say.
  static func stamp(of line: String) -> Stamp? {
    Array(line.utf8.prefix(1_024)).withUnsafeBytes { stamp(of: $0, LogLine().read($0)) }
  }

  /// The same of a line whose header was read: its time, or the one that stands further on within its first characters.
  static func stamp(of line: UnsafeRawBufferPointer, _ parts: LogLine.Parts) -> Stamp? {
    if let time = parts.time { return parts.isZoned ? Stamp(time: time) : local(time) }
    let start = (0..<min(reach, line.count)).first { isDate(UnsafeRawBufferPointer(rebasing: line[$0...])) }
    guard let start else { return nil }
    var scanner = StampScanner(line, start)
    guard let time = scanner.read()?.time else { return nil }
    let rest = line[scanner.at...].prefix(4)
    let isUTC = rest.elementsEqual(Array(" UTC".utf8)) || rest.elementsEqual(Array(" GMT".utf8))
    return scanner.isZoned || isUTC ? Stamp(time: time) : local(time)
  }

  /// The lines since a time.
  struct Since: Sendable, Hashable {
    /// The first of them: from it to the end, so that those without a time stay behind theirs.
    var first: Int
    /// When the oldest line was written of those that can be had; a line before `start` shows that they reach back to it.
    var begins: WallTime
    /// So many of those since then have no time of their own.
    var untimed: Int
    /// The zone in which times without one were read, `UTC+1`; nil: every time told its own.
    var assumedZone: String?
  }

  /// The lines since `start`; nil if no line tells its time.
  static func since(_ start: WallTime, of lines: [String]) -> Since? {
    let stamps = lines.map(stamp)
    guard let oldest = stamps.lazy.compactMap({ $0 }).first else { return nil }
    let first = stamps.firstIndex { $0.map { $0.time >= start } ?? false } ?? lines.endIndex
    return Since(
      first: first,
      begins: oldest.time,
      untimed: stamps[first...].count { $0 == nil },
      assumedZone: stamps.lazy.compactMap { $0?.assumedOffset }.last.map(zone)
    )
  }

  /// `UTC+1`, `UTC-3:30`.
  static func zone(ahead seconds: Int) -> String {
    let minutes = abs(seconds) / 60
    let rest = minutes % 60
    let tail = rest == 0 ? "" : rest < 10 ? ":0\(rest)" : ":\(rest)"
    return "UTC\(seconds < 0 ? "-" : "+")\(minutes / 60)\(tail)"
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func isDate(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count >= 16 else { return false }
    return bytes.prefix(10).enumerated().allSatisfy { index, byte in
      index == 4 || index == 7 ? byte == UInt8(ascii: "-") : isDigit(byte)
    }
  }

  /// A time that was read as UTC, as this machine's zone has it.
  private static func local(_ time: WallTime) -> Stamp? {
    var seconds = Int(time.secondsSince1970.rounded(.down))
    var parts = tm()
    guard gmtime_r(&seconds, &parts) != nil else { return nil }
    parts.tm_isdst = -1
    let told = mktime(&parts)
    guard told != -1 else { return nil }
    return Stamp(
      time: WallTime(secondsSince1970: Double(told) + time.secondsSince1970 - Double(seconds)),
      assumedOffset: seconds - told
    )
  }
}
