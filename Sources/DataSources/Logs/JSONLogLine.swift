internal import Facts

/// A log line that is a JSON object: its `message`, `msg` or `event`, its level and its time.
///
/// The message is told as it stands in the line, escapes and all: what counts is that it is the same each time.
enum JSONLogLine {
  static func read(_ line: UnsafeRawBufferPointer, from start: Int) -> LogLine.Parts? {
    var at = start + 1
    var message: Range<Int>?
    var rank = Int.max
    var level: String?
    var time: WallTime?
    var isZoned = false
    while let key = text(line, &at) {
      guard skip(line, &at, ":") else { break }
      let name = line[key]
      if let value = text(line, &at) {
        if let found = rankOf(name), found < rank { (rank, message) = (found, value) }
        if isOne(name, of: ["level", "levelname", "severity"]), level == nil {
          level = String(decoding: line[value].prefix(16), as: UTF8.self).uppercased()
        }
        if isOne(name, of: ["timestamp", "time", "ts", "@timestamp", "asctime"]), time == nil {
          var scanner = StampScanner(line, value.lowerBound)
          time = scanner.read()?.time
          isZoned = scanner.isZoned
        }
      } else if !skipValue(line, &at) {
        break
      }
      guard skip(line, &at, ",") else { break }
    }
    return message.map { LogLine.Parts(message: $0, time: time, isZoned: isZoned, level: level) }
  }

  private static func rankOf(_ name: Slice<UnsafeRawBufferPointer>) -> Int? {
    ["message", "msg", "event"].firstIndex { $0.utf8.elementsEqual(name) }
  }

  private static func isOne(_ name: Slice<UnsafeRawBufferPointer>, of names: [String]) -> Bool {
    names.contains { $0.utf8.elementsEqual(name) }
  }

  private static func skipSpaces(_ line: UnsafeRawBufferPointer, _ at: inout Int) {
    while at < line.count, line[at] == 0x20 || line[at] == 0x09 { at += 1 }
  }

  private static func skip(_ line: UnsafeRawBufferPointer, _ at: inout Int, _ mark: Unicode.Scalar) -> Bool {
    skipSpaces(line, &at)
    guard at < line.count, line[at] == UInt8(ascii: mark) else { return false }
    at += 1
    return true
  }

  /// What stands between the quotes of a text; nil if there is none here.
  private static func text(_ line: UnsafeRawBufferPointer, _ at: inout Int) -> Range<Int>? {
    skipSpaces(line, &at)
    guard at < line.count, line[at] == UInt8(ascii: "\"") else { return nil }
    var end = at + 1
    while end < line.count, line[end] != UInt8(ascii: "\"") { end += line[end] == UInt8(ascii: "\\") ? 2 : 1 }
    guard end < line.count else { return nil }
    defer { at = end + 1 }
    return at + 1..<end
  }

  /// Goes over a number, a word, an object or a list.
  private static func skipValue(_ line: UnsafeRawBufferPointer, _ at: inout Int) -> Bool {
    var depth = 0
    while at < line.count {
      switch Unicode.Scalar(line[at]) {
      case "\"":
        guard text(line, &at) != nil else { return false }
        continue
      case "{", "[": depth += 1
      case "}", "]":
        if depth == 0 { return true }
        depth -= 1
      case ",": if depth == 0 { return true }
      default: break
      }
      at += 1
    }
    return false
  }
}
