/// One token of an expression and where it stands.
struct Token: Sendable, Hashable {
  enum Kind: Sendable, Hashable {
    /// A run of letters, digits, `_` and `-`: a segment, a keyword, or a number with its unit.
    case word(String)
    /// The unescaped text between double quotes.
    case quoted(String)
    /// Punctuation or a comparison.
    case symbol(String)
    /// Something that is never right; the parser throws the message when it gets there.
    case malformed(String)
    /// The end of the line.
    case end
  }

  let kind: Kind
  /// UTF-8 offsets in the line.
  let range: Range<Int>
}

/// Cuts a line into tokens.
///
/// It never fails: what can't be read becomes a token that says why, so that of two mistakes in a
/// line the first is the one reported.
struct Lexer {
  static let maximumLength = 1_024

  private let bytes: [UInt8]
  private var position = 0

  static func tokens(of bytes: [UInt8]) -> [Token] {
    guard bytes.count <= maximumLength else {
      let message = "the line is too long: at most \(maximumLength) bytes"
      return [Token(kind: .malformed(message), range: maximumLength..<maximumLength)]
    }
    var lexer = Lexer(bytes: bytes)
    var tokens: [Token] = []
    while true {
      let token = lexer.next()
      tokens.append(token)
      switch token.kind {
      case .end, .malformed: return tokens
      case .word, .quoted, .symbol: continue
      }
    }
  }

  static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  private mutating func next() -> Token {
    while position < bytes.count, [UInt8(ascii: " "), UInt8(ascii: "\t")].contains(bytes[position]) {
      position += 1
    }
    guard position < bytes.count else { return token(.end, length: 0) }
    let byte = bytes[position]
    if Self.isWord(byte) { return word() }
    if byte == UInt8(ascii: "\"") { return quoted() }
    return symbol(byte)
  }

  private mutating func token(_ kind: Token.Kind, length: Int) -> Token {
    defer { position += length }
    return Token(kind: kind, range: position..<position + length)
  }

  private mutating func word() -> Token {
    let run = bytes[position...].prefix { Self.isWord($0) || $0 == UInt8(ascii: "-") }
    return token(.word(String(decoding: run, as: UTF8.self)), length: run.count)
  }

  private mutating func quoted() -> Token {
    var content: [UInt8] = []
    var index = position + 1
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\""):
        return token(
          .quoted(String(decoding: content, as: UTF8.self)),
          length: index + 1 - position
        )
      case UInt8(ascii: "\\"):
        let escaped = index + 1 < bytes.count ? bytes[index + 1] : 0
        guard escaped == UInt8(ascii: "\"") || escaped == UInt8(ascii: "\\") else {
          position = index
          return token(.malformed("after a backslash only \\\" and \\\\ have a meaning"), length: 1)
        }
        content.append(escaped)
        index += 2
      case 0..<0x20 where bytes[index] != UInt8(ascii: "\t"):
        position = index
        return token(.malformed("a control character: an expression is one line"), length: 1)
      default:
        content.append(bytes[index])
        index += 1
      }
    }
    return token(.malformed("the quote is never closed: expected \" before the end"), length: 1)
  }

  private mutating func symbol(_ byte: UInt8) -> Token {
    let pair = String(decoding: bytes[position...].prefix(2), as: UTF8.self)
    if ["==", "!=", "<=", ">="].contains(pair) { return token(.symbol(pair), length: 2) }
    if let hint = Self.hints[pair] { return token(.malformed(hint), length: 2) }
    let single = String(decoding: [byte], as: UTF8.self)
    if "()<>.*%/-".utf8.contains(byte) { return token(.symbol(single), length: 1) }
    if let hint = Self.hints[single] { return token(.malformed(hint), length: 1) }
    guard byte >= 0x20, byte != 0x7F else {
      return token(.malformed("a control character: an expression is one line"), length: 1)
    }
    let character = String(decoding: bytes[position...].prefix(4), as: UTF8.self).first ?? "?"
    return token(
      .malformed("unexpected '\(character)': other characters in a name need double quotes"),
      length: 1
    )
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  private static let hints = [
    "=~": "there are no regular expressions: compare with == or !=",
    "=": "a single '='; did you mean '=='?",
    "&&": "did you mean 'and'?",
    "&": "did you mean 'and'?",
    "||": "did you mean 'or'?",
    "|": "did you mean 'or'?",
    "!": "did you mean 'not' or '!='?",
    "<>": "did you mean '!='?",
    "+": "there is no arithmetic",
    "'": "text stands in double quotes",
  ]
}
