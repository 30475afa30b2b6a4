/// Passwords and tokens in somebody else's words, known by how they stand there and not by what they are.
///
/// What the console sent itself is struck out wherever it comes back; a runtime or a program also tells those that
/// the console never knew: `password=…` in an error, `postgres://user:…@host` in a log line.
public enum CredentialWords {
  private static let mark = "‹password›"
  /// Endings of names whose values are kept to oneself, in small letters and without `_` and `-`.
  private static let names = [
    "password", "passwd", "pgpass", "pwd", "secret", "token", "apikey", "credentials",
  ]
  /// The same of headers, whose values may begin with a scheme that is no secret.
  private static let headers = ["authorization", "apikey", "authtoken"]

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
    case UInt8(ascii: "="):
      guard let value = quotedOrWord(bytes, position + 1) else { return nil }
      return isSecret(name(before[...]), bytes[value]) ? value : nil
    case UInt8(ascii: ":"):
      if bytes[position...].starts(with: "://".utf8) { return userinfo(bytes, position + 3) }
      let start = skipSpaces(bytes, position + 1)
      // A member of JSON or of Python's own form: `"password": "x"`, `'Authorization': 'Bearer x'`.
      if let quote = before.last, isQuote(quote) {
        guard start < bytes.count, isQuote(bytes[start]), let value = quotedOrWord(bytes, start) else {
          return nil
        }
        let name = name(before.dropLast())
        if isHeader(name), let behind = scheme(bytes[value]) { return behind..<value.upperBound }
        return isHeader(name) || isSecret(name, bytes[value]) ? value : nil
      }
      guard isHeader(name(before[...])), let value = line(bytes, start) else { return nil }
      return (scheme(bytes[value]) ?? value.lowerBound)..<value.upperBound
    default: return nil
    }
  }

  /// The name that ends here, in small letters, its parts apart: `rabbitmq_pass`.
  private static func name(_ before: ArraySlice<UInt8>) -> String {
    var name: [UInt8] = []
    loop: for byte in before.reversed() where name.count < 60 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): name.append(byte)
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): name.append(byte | 0x20)
      case UInt8(ascii: "_"), UInt8(ascii: "-"): name.append(UInt8(ascii: "_"))
      default: break loop
      }
    }
    return String(decoding: name.reversed(), as: UTF8.self)
  }

  private static func isSecret(_ name: String, _ value: ArraySlice<UInt8>) -> Bool {
    let whole = name.filter { $0 != "_" }
    if names.contains(where: whole.hasSuffix) { return true }
    // A `pass` by itself may as well count what passes.
    let isCount =
      ["true", "false"].contains { value.elementsEqual($0.utf8) }
      || value.allSatisfy {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ".")
          || $0 == UInt8(ascii: "%")
      }
    return name.split(separator: "_").last == "pass" && !isCount
  }

  private static func isHeader(_ name: String) -> Bool {
    headers.contains(where: name.filter { $0 != "_" }.hasSuffix)
  }

  /// The beginning of what stands behind `Basic` or `Bearer`; nil without such a word.
  private static func scheme(_ value: ArraySlice<UInt8>) -> Int? {
    guard let space = value.firstIndex(of: UInt8(ascii: " ")) else { return nil }
    let word = String(decoding: value[..<space], as: UTF8.self).lowercased()
    guard ["basic", "bearer", "token", "digest"].contains(word) else { return nil }
    return value[space...].firstIndex { $0 != UInt8(ascii: " ") }
  }

  /// A header's value that isn't quoted: one word, or a scheme and one word.
  private static func line(_ bytes: [UInt8], _ start: Int) -> Range<Int>? {
    guard let first = quotedOrWord(bytes, start), !first.isEmpty else { return nil }
    let next = skipSpaces(bytes, first.upperBound)
    guard next > first.upperBound, let second = quotedOrWord(bytes, next),
      scheme(bytes[first.lowerBound..<second.upperBound]) != nil
    else { return first }
    return first.lowerBound..<second.upperBound
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
