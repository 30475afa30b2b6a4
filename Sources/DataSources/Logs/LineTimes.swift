internal import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// The times that programs write before their lines, for logs of which nobody else keeps when a line was written.
///
/// It knows `2026-11-28 05:00:00,123` and its like, with or without a zone, within the first characters of a line; without
/// one a time is taken for this machine's.
enum LineTimes {
  private static let reach = 48

  /// When a line was written; nil if it doesn't say.
  static func time(of line: String) -> WallTime? {
    let bytes = Array(line.utf8.prefix(reach + 40))
    guard let start = (0..<min(reach, bytes.count)).first(where: { isDate(bytes[$0...]) }) else { return nil }
    var end = start + 10
    guard end < bytes.count, bytes[end] == 0x20 || bytes[end] == UInt8(ascii: "T") else { return nil }
    end += 1
    while end < bytes.count, isOfTime(bytes[end]) { end += 1 }
    // `05:00:00: text` and `05:00:00 - text` end with what parts them.
    while let last = bytes[start..<end].last, !isDigit(last), last != UInt8(ascii: "Z") { end -= 1 }
    let text = String(decoding: bytes[start..<end], as: UTF8.self)
    if let zoned = WallTime(zonedTimestamp: text) { return zoned }
    let rest = bytes[end...].prefix(4)
    let isUTC = rest.elementsEqual(Array(" UTC".utf8)) || rest.elementsEqual(Array(" GMT".utf8))
    return WallTime(timestamp: text).flatMap { isUTC ? $0 : local($0) }
  }

  /// The lines since `start`: from the first one that was written then or later to the end, so that those without a time
  /// stay behind theirs; nil if no line tells its time.
  static func suffix(of lines: [String], since start: WallTime) -> Int? {
    let times = lines.map(time)
    guard times.contains(where: { $0 != nil }) else { return nil }
    return times.firstIndex { $0.map { $0 >= start } ?? false } ?? lines.endIndex
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
  private static func local(_ time: WallTime) -> WallTime? {
    var seconds = Int(time.secondsSince1970.rounded(.down))
    var parts = tm()
    guard gmtime_r(&seconds, &parts) != nil else { return nil }
    parts.tm_isdst = -1
    let told = mktime(&parts)
    return told == -1
      ? nil : WallTime(secondsSince1970: Double(told) + time.secondsSince1970 - Double(seconds))
  }
}
