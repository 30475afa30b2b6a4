/// Passwords and tokens in somebody else's words, known by how they stand there and not by what they are.
///
/// What the console sent itself is struck out wherever it comes back; a runtime or a program also tells those that
/// the console never knew: `password=…` in an error, `postgres://user:…@host` in a log line.
public enum CredentialWords {
  private static let mark = "‹password›"
  /// Endings of names whose values are kept to oneself, in small letters and without `_` and `-`.
  private static let names = [
    "password", "passwd", "pgpass", "pass", "pwd", "secret", "token", "apikey", "credentials",
  ]

  /// The text with every value of that kind as `‹password›`.
  public static func struckOut(of text: String) -> String {
    guard text.utf8.contains(where: { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") }) else {
      return text
    }
    var result: [UInt8] = []
    let bytes = Array(text.utf8)
    var position = 0
    while position < bytes.count {
      let value = value(in: bytes, at: position, after: result)
      // What is marked already stays as it is: it tells which one it was.
      if let value, !value.isEmpty, !bytes[value].starts(with: "‹".utf8) {
        result += bytes[position..<value.lowerBound]
        result += Array(mark.utf8)
        position = value.upperBound
      } else {
        result.append(bytes[position])
        position += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// The value that a separator at `position` leads to, if it is one to be struck out.
  private static func value(in bytes: [UInt8], at position: Int, after before: [UInt8]) -> Range<Int>? {
    switch bytes[position] {
    case UInt8(ascii: "="): return isName(before[...]) ? quotedOrWord(bytes, position + 1) : nil
    case UInt8(ascii: ":"):
      if bytes[position...].starts(with: "://".utf8) { return userinfo(bytes, position + 3) }
      // `"password": "x"`, and the header that says who asks.
      if before.last == UInt8(ascii: "\"") || before.last == UInt8(ascii: "'") {
        guard isName(before.dropLast()) else { return nil }
        let start = skipSpaces(bytes, position + 1)
        return start < bytes.count && isQuote(bytes[start]) ? quotedOrWord(bytes, start) : nil
      }
      return isAuthorization(before) ? scheme(bytes, skipSpaces(bytes, position + 1)) : nil
    default: return nil
    }
  }

  private static func isName(_ before: ArraySlice<UInt8>) -> Bool {
    var name: [UInt8] = []
    for byte in before.reversed() {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): name.append(byte)
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): name.append(byte | 0x20)
      case UInt8(ascii: "_"), UInt8(ascii: "-"): continue
      default: return name.isEmpty ? false : ends(name)
      }
      if name.count > 40 { break }
    }
    return ends(name)
  }

  private static func ends(_ reversed: [UInt8]) -> Bool {
    names.contains { reversed.starts(with: $0.utf8.reversed()) }
  }

  private static func isAuthorization(_ before: [UInt8]) -> Bool {
    String(decoding: before.suffix(13), as: UTF8.self).lowercased() == "authorization"
  }

  /// Behind `Basic` or `Bearer`.
  private static func scheme(_ bytes: [UInt8], _ start: Int) -> Range<Int>? {
    var end = start
    while end < bytes.count, bytes[end] != UInt8(ascii: " ") { end += 1 }
    let word = String(decoding: bytes[start..<end], as: UTF8.self).lowercased()
    guard word == "basic" || word == "bearer" else { return nil }
    return quotedOrWord(bytes, skipSpaces(bytes, end))
  }

  /// The password of `//user:password@host`.
  private static func userinfo(_ bytes: [UInt8], _ start: Int) -> Range<Int>? {
    var colon: Int?
    for index in start..<bytes.count {
      switch bytes[index] {
      case UInt8(ascii: ":") where colon == nil: colon = index
      case UInt8(ascii: "@"): return colon.map { $0 + 1..<index }
      case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), 0...0x20: return nil
      default: continue
      }
    }
    return nil
  }

  private static func quotedOrWord(_ bytes: [UInt8], _ start: Int) -> Range<Int>? {
    guard start < bytes.count else { return nil }
    if isQuote(bytes[start]) {
      var end = start + 1
      while end < bytes.count, bytes[end] != bytes[start] { end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1 }
      return start + 1..<min(end, bytes.count)
    }
    var end = start
    while end < bytes.count, !isEnd(bytes[end]) { end += 1 }
    return start..<end
  }

  private static func skipSpaces(_ bytes: [UInt8], _ start: Int) -> Int {
    var position = start
    while position < bytes.count, bytes[position] == UInt8(ascii: " ") { position += 1 }
    return position
  }

  private static func isQuote(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
  }

  private static func isEnd(_ byte: UInt8) -> Bool {
    byte <= 0x20 || ",;&\"'`)]}<>|".utf8.contains(byte)
  }
}
