internal import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// The times that programs write before their lines, for logs of which nobody else keeps when a line was written.
///
/// It knows `2026-11-28 05:00:00,123` and its like, with or without a zone, within the first characters of a line; without
/// one a time is taken for this machine's, and that is told.
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
    let bytes = Array(line.utf8.prefix(reach + 40))
    guard let start = (0..<min(reach, bytes.count)).first(where: { isDate(bytes[$0...]) }) else { return nil }
    var end = start + 10
    guard end < bytes.count, bytes[end] == 0x20 || bytes[end] == UInt8(ascii: "T") else { return nil }
    end += 1
    while end < bytes.count, isOfTime(bytes[end]) { end += 1 }
    // `05:00:00: text` and `05:00:00 - text` end with what parts them.
    while let last = bytes[start..<end].last, !isDigit(last), last != UInt8(ascii: "Z") { end -= 1 }
    let text = String(decoding: bytes[start..<end], as: UTF8.self)
    if let zoned = WallTime(zonedTimestamp: text) { return Stamp(time: zoned) }
    let rest = bytes[end...].prefix(4)
    let isUTC = rest.elementsEqual(Array(" UTC".utf8)) || rest.elementsEqual(Array(" GMT".utf8))
    guard let read = WallTime(timestamp: text) else { return nil }
    return isUTC ? Stamp(time: read) : local(read)
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

  private static func isDate(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard bytes.count >= 16 else { return false }
    return bytes.prefix(10).enumerated().allSatisfy { index, byte in
      index == 4 || index == 7 ? byte == UInt8(ascii: "-") : isDigit(byte)
    }
  }

  private static func isOfTime(_ byte: UInt8) -> Bool {
    isDigit(byte) || [":", ".", ",", "+", "-", "Z"].contains { UInt8(ascii: $0) == byte }
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
