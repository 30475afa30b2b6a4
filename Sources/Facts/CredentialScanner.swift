/// Finds the values that stand where secrets do: behind a name and what separates it, in one pass.
struct CredentialScanner {
  private static let mark = Array(CredentialWords.mark.utf8)
  private static let lineMark = Array("⏎".utf8)
  private static let longestName = 60

  private let bytes: [UInt8]
  /// Where what was struck out last ends: no name reaches before it.
  private var kept = 0
  /// The end of the word that was looked at last, and its last `@`: many addresses may stand in one word.
  private var word: (end: Int, at: Int?) = (0, nil)

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The bytes without such values; nil if there is none.
  mutating func struckOut() -> [UInt8]? {
    var result: [UInt8] = []
    var position = 0
    while position < bytes.count {
      guard let value = value(behind: position), !value.isEmpty, !isMarked(value) else {
        position += 1
        continue
      }
      result += bytes[kept..<value.lowerBound]
      result += Self.mark
      kept = value.upperBound
      position = kept
    }
    return kept > 0 ? result + bytes[kept...] : nil
  }

  /// The value to be struck out behind the separator that stands here; nil if there is none.
  private mutating func value(behind position: Int) -> Range<Int>? {
    switch bytes[position] {
    case UInt8(ascii: "="): return assigned(position, position + 1)
    case UInt8(ascii: ":"):
      return starts("://", position) ? userinfo(position) : assigned(position, position + 1, isColon: true)
    case UInt8(ascii: "%"):
      if starts("%3D", position) || starts("%3d", position) { return assigned(position, position + 3) }
      let isColon = starts("%3A", position) || starts("%3a", position)
      return isColon ? assigned(position, position + 3, isColon: true) : nil
    case UInt8(ascii: ">"): return element(position)
    case UInt8(ascii: ","):
      let (name, _, isQuoted) = name(before: position)
      return name.isOption && isQuoted && name.isSecret ? quotedOrWord(skipBlank(position + 1)) : nil
    case UInt8(ascii: " "), 0x09, 0x0A: return spaced(position)
    default: return nil
    }
  }

  /// `password=x`, `"password": "x"`, `X-Api-Key: x`, `"password" => "x"`.
  private func assigned(_ separator: Int, _ end: Int, isColon: Bool = false) -> Range<Int>? {
    let (name, _, isQuoted) = name(before: separator)
    guard name.isSecret else { return nil }
    var start = end
    if !isColon { while start < bytes.count, "=>".utf8.contains(bytes[start]) { start += 1 } }
    start = skipBlank(start)
    guard start < bytes.count else { return nil }
    if isColon {
      // A reference, or what is in it is looked at by itself; three parts of a path are no such thing.
      if bytes[start] == UInt8(ascii: "{") || (name.parts == "pass" && !isQuoted) { return nil }
      if name.isWord, !isQuoted, start > end, isSentence(start) { return nil }
    }
    if starts("…", start) { return nil }
    guard let value = name.isCookie && !isQuote(start) ? line(start) : quotedOrWord(start) else { return nil }
    if isConstant(value) || name.mayCount && isCount(value) { return nil }
    return withoutScheme(value)
  }

  /// `--password x`, `PASSWORD 'x'`, `IDENTIFIED BY 'x'`, `Basic eDp5`.
  private func spaced(_ position: Int) -> Range<Int>? {
    guard position > kept, bytes[position - 1] > 0x20 else { return nil }
    let (name, start, isQuoted) = name(before: position)
    guard !isQuoted, !name.whole.isEmpty else { return nil }
    let next = skipBlank(position)
    guard next < bytes.count else { return nil }
    if name.isOption { return name.isSecret && bytes[next] != UInt8(ascii: "-") ? quotedOrWord(next) : nil }
    if bytes[next] == UInt8(ascii: "'") {
      let isClause = name.whole == "by" && self.name(before: start).name.parts == "identified"
      return isClause || name.whole.hasSuffix("password") ? quotedOrWord(next) : nil
    }
    guard ["basic", "bearer"].contains(name.parts), let value = quotedOrWord(next), !isQuote(next) else {
      return nil
    }
    return looksEncoded(value) ? value : nil
  }

  /// `<password>x</password>`.
  private func element(_ position: Int) -> Range<Int>? {
    let (name, start, isQuoted) = name(before: position)
    guard !isQuoted, name.isSecret, start > 0, "<:".utf8.contains(bytes[start - 1]) else { return nil }
    let end = bytes[(position + 1)...].firstIndex(of: UInt8(ascii: "<")) ?? bytes.count
    return position + 1..<end
  }

  /// The password of `//user:password@host`, or the token of `https://token@host`.
  private mutating func userinfo(_ position: Int) -> Range<Int>? {
    let start = position + 3
    if start >= word.end {
      let end = (start..<bytes.count).first { isBlank($0) || isQuote($0) } ?? bytes.count
      word = (end, start < end ? bytes[start..<end].lastIndex(of: UInt8(ascii: "@")) : nil)
    }
    guard start < word.end else { return nil }
    let rest = bytes[start..<word.end]
    let authority = rest.prefix { !"/?#".utf8.contains($0) }
    // An address of the sixth version has colons of its own.
    let host = authority.first == UInt8(ascii: "[") ? authority.drop { $0 != UInt8(ascii: "]") } : authority
    let at = host.firstIndex(of: UInt8(ascii: "@"))
    guard let colon = host.firstIndex(of: UInt8(ascii: ":")), at.map({ colon < $0 }) ?? true else {
      let isWeb = ["http", "https"].contains(name(before: position).name.whole)
      return isWeb ? at.map { start..<$0 } : nil
    }
    // A number, or what stands for it where somebody tells how an address is written.
    let port = bytes[(colon + 1)..<word.end].prefix { isNamePart($0) }
    let isPort = port.isEmpty ? colon + 1 == word.end : port.allSatisfy(isDigit) || isPlaceholder(port)
    if at == nil, isPort { return nil }
    // Whatever stands before the last of them: people don't encode what they should.
    if let last = word.at, last > colon { return colon + 1..<last }
    return trimmed(colon + 1..<word.end)
  }

  // MARK: names

  /// The name that ends before a separator, where it begins, and whether it is quoted.
  private func name(before end: Int) -> (name: CredentialName, start: Int, isQuoted: Bool) {
    var position = end
    while position > kept, bytes[position - 1] == UInt8(ascii: " ") || bytes[position - 1] == 0x09 {
      position -= 1
    }
    // `name := x` and `variables["name"] = x`.
    if position > kept, bytes[position - 1] == UInt8(ascii: ":") || bytes[position - 1] == UInt8(ascii: "]") {
      position -= 1
    }
    let unquoted = position
    if position > kept, isQuote(position - 1) { position -= 1 }
    if position - 3 >= kept, starts("%22", position - 3) { position -= 3 }
    while position > kept, bytes[position - 1] == UInt8(ascii: "\\") { position -= 1 }
    let isQuoted = position < unquoted
    var name: [UInt8] = []
    while position > kept, name.count < Self.longestName {
      let byte = bytes[position - 1]
      if isNamePart(byte) {
        name.append(byte == UInt8(ascii: "-") ? UInt8(ascii: "_") : isCapital(byte) ? byte | 0x20 : byte)
        position -= 1
      } else if let width = invisible(before: position) {
        position -= width
      } else {
        break
      }
    }
    return (CredentialName(reversed: name), position, isQuoted)
  }

  /// The width of a character that isn't seen (or of what is shown in its place) and so splits no name.
  private func invisible(before end: Int) -> Int? {
    let byte = bytes[end - 1]
    if byte == 0x7F || byte < 0x20 && !isBlank(end - 1) { return 1 }
    if end - 2 >= kept, bytes[end - 2] == 0xC2, byte == 0xAD { return 2 }
    guard end - 3 >= kept, byte & 0xC0 == 0x80 else { return nil }
    let isOne =
      switch (bytes[end - 3], bytes[end - 2]) {
      case (0xE2, 0x80): (0x8B...0x8F).contains(byte) || (0xAA...0xAE).contains(byte)
      case (0xE2, 0x81): byte >= 0xA0
      case (0xE2, 0x90): true
      case (0xEF, 0xBB): byte == 0xBF
      case (0xEF, 0xBF): byte == 0xBD
      case (0xEF, 0xB8): byte <= 0x8F
      case (0xE1, 0xA0): byte == 0x8E
      default: false
      }
    return isOne ? 3 : nil
  }

  // MARK: values

  /// What stands in quotes, however often they are escaped; else all up to white space, a quote or the next name.
  private func quotedOrWord(_ start: Int) -> Range<Int>? {
    guard start < bytes.count else { return nil }
    if let opening = quote(at: start) { return quoted(opening) }
    var end = start
    while end < bytes.count, !isBlank(end), !isQuote(end), !isNextName(end) { end += 1 }
    // `b'x'`, `Secret("x")`, `["x"]`: the value is in the quotes.
    if end > start, end < bytes.count, isQuote(end),
      "([{".utf8.contains(bytes[end - 1]) || (end - start == 1 && isNamePart(bytes[start]))
    {
      return quoted(end)
    }
    return trimmed(start..<end)
  }

  /// The position of the quote that stands here behind any number of backslashes.
  private func quote(at start: Int) -> Int? {
    let position = bytes[start...].firstIndex { $0 != UInt8(ascii: "\\") } ?? start
    return position < bytes.count && isQuote(position) ? position : nil
  }

  private func quoted(_ opening: Int) -> Range<Int> {
    func escapes(before position: Int) -> Int {
      bytes[..<position].reversed().prefix { $0 == UInt8(ascii: "\\") }.count
    }
    let depth = escapes(before: opening)
    var end = opening + 1
    while end < bytes.count {
      if bytes[end] == bytes[opening] {
        let count = end == opening + 1 ? 0 : escapes(before: end)
        if depth == 0 ? count.isMultiple(of: 2) : count <= depth {
          return opening + 1..<max(opening + 1, end - depth)
        }
      }
      end += 1
    }
    return opening + 1..<bytes.count
  }

  private func line(_ start: Int) -> Range<Int> {
    let end = (start..<bytes.count).first {
      isBlank($0) && bytes[$0] > 0x20 || bytes[$0] == 0x0A || isQuote($0)
    }
    return trimmed(start..<(end ?? bytes.count))
  }

  /// Without what closes the sentence around a value.
  private func trimmed(_ value: Range<Int>) -> Range<Int> {
    var end = value.upperBound
    while end > value.lowerBound, ",;)]}>\\\r".utf8.contains(bytes[end - 1]) { end -= 1 }
    return value.lowerBound..<end
  }

  /// What stands behind `Basic` or `Bearer`, if that begins the value or is all of it.
  private func withoutScheme(_ value: Range<Int>) -> Range<Int>? {
    let first = value.first(where: isBlank) ?? value.upperBound
    guard first - value.lowerBound <= 6, first < bytes.count, isBlank(first),
      CredentialName(reversed: bytes[value.lowerBound..<first].reversed().map { $0 | 0x20 }).isScheme
    else { return value }
    let next = skipBlank(first)
    return next < value.upperBound ? next..<value.upperBound : quotedOrWord(next)
  }

  /// Whether a word follows a word: what no value does.
  private func isSentence(_ start: Int) -> Bool {
    let end =
      bytes[start...].firstIndex { !(UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) } ?? bytes.count
    return end > start && end + 1 < bytes.count && bytes[end] == UInt8(ascii: " ")
      && skipBlank(end) < bytes.count
  }

  /// Whether another parameter begins here: `&…`, `,name=`.
  private func isNextName(_ position: Int) -> Bool {
    if bytes[position] == UInt8(ascii: "&") || starts("%26", position) { return true }
    guard bytes[position] == UInt8(ascii: ",") else { return false }
    let name = bytes[(position + 1)...].prefix(Self.longestName).prefix { isNamePart($0) }
    let behind = name.endIndex + 1
    return !name.isEmpty && behind < bytes.count && bytes[behind - 1] == UInt8(ascii: "=") && !isBlank(behind)
      && bytes[behind] != UInt8(ascii: "=")
  }

  /// What is marked already stays as it is: it tells which one it was.
  private func isMarked(_ value: Range<Int>) -> Bool {
    let value = bytes[value]
    return value.starts(with: "‹".utf8) && value.suffix(3).elementsEqual("›".utf8)
      && !value.dropFirst(3).dropLast(3).contains(0xE2)
  }

  private func isConstant(_ value: Range<Int>) -> Bool {
    ["true", "false", "null", "none", "nil"].contains {
      $0.utf8.elementsEqual(bytes[value].lazy.map { isCapital($0) ? $0 | 0x20 : $0 })
    }
  }

  private func isPlaceholder(_ port: ArraySlice<UInt8>) -> Bool {
    port.lazy.map { $0 | 0x20 }.elementsEqual("port".utf8)
  }

  private func isCount(_ value: Range<Int>) -> Bool {
    bytes[value].allSatisfy { isDigit($0) || ".%/".utf8.contains($0) }
  }

  private func looksEncoded(_ value: Range<Int>) -> Bool {
    let value = bytes[value]
    if value.starts(with: "ey".utf8) { return value.contains(UInt8(ascii: ".")) || value.count >= 8 }
    return value.count >= 8 && value.dropFirst().contains { isDigit($0) || isCapital($0) }
  }

  // MARK: bytes

  private func starts(_ text: StaticString, _ position: Int) -> Bool {
    text.withUTF8Buffer { bytes[position...].starts(with: $0) }
  }

  private func skipBlank(_ start: Int) -> Int {
    var position = start
    while position < bytes.count, isBlank(position) || Self.isWithinLineMark(bytes, position) {
      position += 1
    }
    return position
  }

  /// White space, and the mark that is shown for a line's end.
  private func isBlank(_ position: Int) -> Bool {
    switch bytes[position] {
    case UInt8(ascii: " "), 0x09...0x0D: true
    case 0xE2: bytes[position...].starts(with: Self.lineMark)
    default: false
    }
  }

  private static func isWithinLineMark(_ bytes: [UInt8], _ position: Int) -> Bool {
    switch bytes[position] {
    case 0x8F: position > 0 && bytes[(position - 1)...].starts(with: lineMark)
    case 0x8E: position > 1 && bytes[(position - 2)...].starts(with: lineMark)
    default: false
    }
  }

  private func isQuote(_ position: Int) -> Bool {
    bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "'")
  }

  private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private func isCapital(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }

  private func isNamePart(_ byte: UInt8) -> Bool {
    isDigit(byte) || isCapital(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
  }
}
