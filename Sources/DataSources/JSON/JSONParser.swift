/// Reads one JSON document (RFC 8259) from its first byte to its last.
///
/// What breaks the document's form makes it none. A part whose form is right and whose meaning is not (a key
/// that stands twice, half of a surrogate pair, a number beyond every Double) becomes ``JSONValue/broken(_:)``,
/// and the rest stands. JSONDecoder takes one of two equal keys in silence, and refuses a whole list for one name.
struct JSONParser {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0

  /// The value of a document; nil if it is none.
  static func parse(_ bytes: [UInt8]) -> JSONValue? {
    bytes.withUnsafeBufferPointer { buffer in
      var parser = JSONParser(bytes: buffer)
      guard let value = parser.value(depth: 0) else { return nil }
      parser.skipSpace()
      return parser.position == buffer.count ? value : nil
    }
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) -> JSONValue? {
    guard depth <= JSONValue.deepest else { return nil }
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return object(depth: depth)
    case UInt8(ascii: "["): return list(depth: depth)
    case UInt8(ascii: "\""): return text().map { $0.map(JSONValue.text) ?? .broken("a text that is none") }
    case UInt8(ascii: "t"): return word("true", .flag(true))
    case UInt8(ascii: "f"): return word("false", .flag(false))
    case UInt8(ascii: "n"): return word("null", .null)
    default: return number()
    }
  }

  private mutating func word(_ word: String, _ value: JSONValue) -> JSONValue? {
    let end = position + word.utf8.count
    guard end <= bytes.count, bytes[position..<end].elementsEqual(word.utf8) else { return nil }
    position = end
    return value
  }

  private mutating func object(depth: Int) -> JSONValue? {
    position += 1
    var members: [String: JSONValue] = [:]
    var problem: String?
    skipSpace()
    if take(UInt8(ascii: "}")) { return .object(members) }
    repeat {
      skipSpace()
      guard next == UInt8(ascii: "\""), let key = text() else { return nil }
      skipSpace()
      guard take(UInt8(ascii: ":")), let value = value(depth: depth + 1) else { return nil }
      if let key {
        if members.updateValue(value, forKey: key) != nil {
          problem = problem ?? "the key \"\(key.prefix(40))\" stands twice"
        }
      } else {
        problem = problem ?? "a key that is no text"
      }
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { return nil }
    return problem.map(JSONValue.broken) ?? .object(members)
  }

  private mutating func list(depth: Int) -> JSONValue? {
    position += 1
    var elements: [JSONValue] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return .list(elements) }
    repeat {
      guard let element = value(depth: depth + 1) else { return nil }
      elements.append(element)
      skipSpace()
    } while take(UInt8(ascii: ","))
    return take(UInt8(ascii: "]")) ? .list(elements) : nil
  }

  private mutating func number() -> JSONValue? {
    let start = position
    _ = take(UInt8(ascii: "-"))
    let firstDigit = next
    guard let digits = digits(), digits == 1 || firstDigit != UInt8(ascii: "0") else { return nil }
    var isWhole = true
    if take(UInt8(ascii: ".")) {
      isWhole = false
      guard self.digits() != nil else { return nil }
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      isWhole = false
      position += 1
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      guard self.digits() != nil else { return nil }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, digits <= 15, let whole = Int(text) { return .number(Double(whole)) }
    guard let number = Double(text), number.isFinite else { return .broken("a number beyond all sizes") }
    return .number(number)
  }

  /// How many digits stand here; nil for none.
  private mutating func digits() -> Int? {
    let start = position
    while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
    return position > start ? position - start : nil
  }

  /// A text between its quotes; nil if its form is broken, nil within if only its characters are.
  private mutating func text() -> String?? {
    position += 1
    let start = position
    while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
      position += 1
    }
    guard let stop = next, stop >= 0x20 else { return nil }
    if take(UInt8(ascii: "\"")) {
      return .some(String(validating: bytes[start..<(position - 1)], as: UTF8.self))
    }
    var unescaped = Array(bytes[start..<position])
    var isText = true
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        return .some(isText ? String(validating: unescaped, as: UTF8.self) : nil)
      case UInt8(ascii: "\\"):
        guard let scalar = escape() else { return nil }
        if let scalar { unescaped += Array(String(scalar).utf8) } else { isText = false }
      case ..<0x20: return nil
      default: unescaped.append(byte)
      }
    }
    return nil
  }

  /// What an escape stands for; nil if it is none, nil within for half of a surrogate pair.
  private mutating func escape() -> Unicode.Scalar?? {
    guard let byte = next else { return nil }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: return nil
    }
    guard let unit = fourHexDigits() else { return nil }
    guard UTF16.isLeadSurrogate(unit) else { return .some(Unicode.Scalar(unit)) }
    let restart = position
    guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
      position = restart
      return .some(nil)
    }
    guard let second = fourHexDigits() else { return nil }
    guard UTF16.isTrailSurrogate(second) else {
      position = restart
      return .some(nil)
    }
    return Unicode.Scalar(0x1_0000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
  }

  private mutating func fourHexDigits() -> UInt16? {
    guard position + 4 <= bytes.count else { return nil }
    var unit: UInt16 = 0
    for byte in bytes[position..<(position + 4)] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      unit = unit << 4 | UInt16(digit)
    }
    position += 4
    return unit
  }
}
