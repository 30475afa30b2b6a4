/// Cuts a message into words, values and marks.
///
/// Words are runs of letters, digits and what names are made of (`_-./@$%#+&~*\`, a `:` or a digit's `,` inside); what stands in
/// quotes, in braces, in `<…>` without a space or behind `key=` is a value whatever it is.
struct MessageLexer {
  /// What a byte can be.
  private enum Role {
    static let mark: UInt8 = 0
    static let space: UInt8 = 1
    static let word: UInt8 = 2
    static let quote: UInt8 = 3
    static let special: UInt8 = 4
  }

  private let roles: [UInt8]
  private let spellings: [UInt16]

  /// Makes the tables.
  init() {
    var roles = [UInt8](repeating: Role.mark, count: 256)
    var spellings = [UInt16](repeating: 0, count: 256)
    for byte in 0..<256 {
      let scalar = Unicode.Scalar(UInt8(byte))
      let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
      let capitals = UInt8(ascii: "A")...UInt8(ascii: "Z")
      let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
      switch UInt8(byte) {
      case letters: (roles[byte], spellings[byte]) = (Role.word, MessageToken.Spelling.lower.rawValue)
      case capitals: (roles[byte], spellings[byte]) = (Role.word, MessageToken.Spelling.upper.rawValue)
      case digits: (roles[byte], spellings[byte]) = (Role.word, MessageToken.Spelling.digit.rawValue)
      case 0x80...0xFF: (roles[byte], spellings[byte]) = (Role.word, MessageToken.Spelling.lower.rawValue)
      case 0...0x20, 0x7F: roles[byte] = Role.space
      default:
        switch scalar {
        case "_": (roles[byte], spellings[byte]) = (Role.word, MessageToken.Spelling.underscore.rawValue)
        case ".": (roles[byte], spellings[byte]) = (Role.word, MessageToken.Spelling.dot.rawValue)
        case "@": (roles[byte], spellings[byte]) = (Role.word, MessageToken.Spelling.at.rawValue)
        case "/": (roles[byte], spellings[byte]) = (Role.word, MessageToken.Spelling.slash.rawValue)
        case "-": (roles[byte], spellings[byte]) = (Role.word, MessageToken.Spelling.dash.rawValue)
        case "$", "%", "#", "+", "&", "~", "*", "\\":
          (roles[byte], spellings[byte]) = (Role.word, MessageToken.Spelling.other.rawValue)
        case "'", "\"", "`": roles[byte] = Role.quote
        case "=", "{", "<": roles[byte] = Role.special
        default: break
        }
      }
    }
    self.roles = roles
    self.spellings = spellings
  }

  /// Appends the pieces of a message.
  func cut(_ bytes: UnsafeRawBufferPointer, into tokens: inout ContiguousArray<MessageToken>) {
    var at = 0
    var isApart = false
    // Where a closing mark was looked for in vain it isn't looked for again: else many opening ones cost their square.
    var missing: UInt8 = 0
    while at < bytes.count {
      let byte = bytes[at]
      switch roles[Int(byte)] {
      case Role.space:
        isApart = true
        at += 1
        continue
      case Role.word:
        at = word(bytes, from: at, isApart, &tokens)
      case Role.quote:
        let bit: UInt8 = byte == 0x27 ? 1 : byte == 0x22 ? 2 : 4
        if missing & bit == 0, at == 0 || !isLetter(bytes[at - 1]), let end = closing(bytes, at) {
          append(.value, bytes, at, end, isApart, &tokens)
          at = end
        } else {
          if at == 0 || !isLetter(bytes[at - 1]) { missing |= bit }
          mark(bytes, at, isApart, &tokens)
          at += 1
        }
      default:
        let end = missing & 8 == 0 && byte == UInt8(ascii: "{") ? braces(bytes, at) : nil
        if byte == UInt8(ascii: "{"), end == nil { missing |= 8 }
        if let end = end ?? (byte == UInt8(ascii: "<") ? angle(bytes, at) : nil) {
          append(.value, bytes, at, end, isApart, &tokens)
          at = end
        } else {
          mark(bytes, at, isApart, &tokens)
          at += 1
          if byte == UInt8(ascii: "="), let end = assigned(bytes, at) {
            append(.value, bytes, at, end, false, &tokens)
            at = end
          }
        }
      }
      isApart = false
    }
  }

  private func isLetter(_ byte: UInt8) -> Bool {
    roles[Int(byte)] == Role.word && spellings[Int(byte)] & 7 != 0
  }

  /// A run of what words are made of; the dots at its end are marks of the sentence.
  private func word(
    _ bytes: UnsafeRawBufferPointer,
    from start: Int,
    _ isApart: Bool,
    _ tokens: inout ContiguousArray<MessageToken>
  ) -> Int {
    var end = start
    var spelling: UInt16 = 0
    var last: UInt16 = 0
    var slashes = 0
    while end < bytes.count {
      let byte = bytes[end]
      if roles[Int(byte)] == Role.word {
        let one = spellings[Int(byte)]
        if one == 4, last == 2 { spelling |= MessageToken.Spelling.hump.rawValue }
        if one == 128 { slashes += 1 }
        spelling |= one
        last = one
        end += 1
      } else if byte == UInt8(ascii: ":"), end > start, end + 1 < bytes.count,
        roles[Int(bytes[end + 1])] == Role.word
      {
        spelling |= MessageToken.Spelling.colon.rawValue
        end += 1
      } else if byte == UInt8(ascii: ","), last == 1, end + 1 < bytes.count,
        spellings[Int(bytes[end + 1])] == 1
      {
        end += 1
      } else {
        break
      }
    }
    let whole = end
    while end > start, bytes[end - 1] == UInt8(ascii: ".") { end -= 1 }
    guard end > start, spelling & 7 != 0 else {
      for at in start..<whole { mark(bytes, at, isApart && at == start, &tokens) }
      return whole
    }
    if end < whole, !bytes[start..<end].contains(UInt8(ascii: ".")) {
      spelling &= ~MessageToken.Spelling.dot.rawValue
    }
    if slashes > 1 || bytes[start] == UInt8(ascii: "/") || bytes[start] == UInt8(ascii: "~") {
      spelling |= MessageToken.Spelling.path.rawValue
    }
    if spellings[Int(bytes[start])] == 4 { spelling |= MessageToken.Spelling.capital.rawValue }
    if WordForms.states(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) {
      spelling |= MessageToken.Spelling.states.rawValue
    }
    append(.word, bytes, start, end, isApart, &tokens, MessageToken.Spelling(rawValue: spelling))
    if end < whole {
      mark(bytes, end, false, &tokens)
      // `…` written as dots is shown as it stands, and is the same as one dot.
      tokens[tokens.count - 1].end = Int32(whole)
    }
    return whole
  }

  private func append(
    _ kind: MessageToken.Kind,
    _ bytes: UnsafeRawBufferPointer,
    _ start: Int,
    _ end: Int,
    _ isApart: Bool,
    _ tokens: inout ContiguousArray<MessageToken>,
    _ spelling: MessageToken.Spelling = []
  ) {
    let hash =
      kind == .value
      ? MessageToken.valueHash : StableHash.of(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
    tokens.append(
      MessageToken(
        start: Int32(start),
        end: Int32(end),
        hash: hash,
        kind: kind,
        isApart: isApart,
        spelling: spelling
      )
    )
  }

  private func mark(
    _ bytes: UnsafeRawBufferPointer,
    _ at: Int,
    _ isApart: Bool,
    _ tokens: inout ContiguousArray<MessageToken>
  ) {
    tokens.append(
      MessageToken(
        start: Int32(at),
        end: Int32(at + 1),
        hash: UInt64(bytes[at]),
        kind: .mark,
        isApart: isApart,
        spelling: []
      )
    )
  }

  /// Where what is quoted from `start` on ends, the quote included.
  private func closing(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int? {
    var at = start + 1
    while at < bytes.count {
      if bytes[at] == UInt8(ascii: "\\") {
        at += 2
        continue
      }
      if bytes[at] == bytes[start], at + 1 == bytes.count || !isLetter(bytes[at + 1]) { return at + 1 }
      at += 1
    }
    return nil
  }

  private func braces(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int? {
    var depth = 0
    for at in start..<bytes.count {
      if bytes[at] == UInt8(ascii: "{") { depth += 1 }
      if bytes[at] == UInt8(ascii: "}") {
        depth -= 1
        if depth == 0 { return at + 1 }
      }
    }
    return nil
  }

  private func angle(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int? {
    for at in start + 1..<min(bytes.count, start + 128) {
      if bytes[at] == UInt8(ascii: ">") { return at > start + 1 ? at + 1 : nil }
      if bytes[at] == UInt8(ascii: "<") || bytes[at] == UInt8(ascii: "=") { return nil }
      if roles[Int(bytes[at])] == Role.space { return nil }
    }
    return nil
  }

  /// Where the value behind a `=` of `key=value` ends, which may be empty; nil if it isn't one.
  private func assigned(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> Int? {
    guard at >= 2, isLetter(bytes[at - 2]) else { return nil }
    guard at < bytes.count else { return at }
    if bytes[at] == UInt8(ascii: "=") || bytes[at] == UInt8(ascii: ">") || bytes[at] == UInt8(ascii: "~") {
      return nil
    }
    if roles[Int(bytes[at])] == Role.quote { return closing(bytes, at) }
    if bytes[at] == UInt8(ascii: "{") { return braces(bytes, at) }
    if bytes[at] == UInt8(ascii: "<") { return angle(bytes, at) }
    var end = at
    while end < bytes.count, roles[Int(bytes[end])] != Role.space, !Self.endsValue(bytes[end]) { end += 1 }
    return end
  }

  private static func endsValue(_ byte: UInt8) -> Bool {
    switch Unicode.Scalar(byte) {
    case ",", ";", ")", "]", "}", ">": true
    default: false
    }
  }
}
