/// A scalar as it was written: its text and whether quotes stood around it.
public struct YAMLScalar: Sendable, Hashable {
  /// How a scalar is written.
  public enum Style: Sendable, Hashable {
    case plain
    case singleQuoted
    case doubleQuoted
    case literal
    case folded
  }

  /// What a scalar means in the core schema of YAML 1.2.
  public enum Value: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int)
    case float(Double)
    case string(String)
  }

  /// The text, unquoted and unescaped.
  public var text: String
  /// How it was written; only a plain scalar can be anything but a string.
  public var style: Style
  /// How many characters after the node's place the text begins, if it stands there letter for letter.
  ///
  /// Nil for a text with escapes or over several lines, and for one that was not read from a file.
  public var textOffset: Int?

  /// Makes a scalar.
  public init(_ text: String, style: Style = .plain) {
    self.text = text
    self.style = style
  }

  /// What the scalar means: by its explicit tag, else by the core schema if plain, else a string.
  ///
  /// `yes`, `no`, `on` and `off` are strings, `0123` is the number 123: YAML 1.2, not 1.1.
  public func resolved(tag: String? = nil) -> Value {
    guard style == .plain, tag == nil else { return .string(text) }
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    default: break
    }
    if let integer = Self.integer(text) { return .integer(integer) }
    if let float = Self.float(text) { return .float(float) }
    return .string(text)
  }

  /// An integer of the core schema; nil for anything else, and for what Int cannot hold.
  private static func integer(_ text: String) -> Int? {
    if text.hasPrefix("0o") { return digits(text.dropFirst(2), radix: 8) }
    if text.hasPrefix("0x") { return digits(text.dropFirst(2), radix: 16) }
    let unsigned = text.first == "-" || text.first == "+" ? text.dropFirst() : text[...]
    guard !unsigned.isEmpty, unsigned.utf8.allSatisfy(isDigit) else { return nil }
    return Int(text)
  }

  private static func digits(_ text: Substring, radix: Int) -> Int? {
    guard let first = text.first, first != "-", first != "+" else { return nil }
    return Int(text, radix: radix)
  }

  /// A float of the core schema: `1.5`, `.5`, `1e3`, `.inf`, `-.inf`, `.nan`.
  private static func float(_ text: String) -> Double? {
    switch text {
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .infinity
    case "-.inf", "-.Inf", "-.INF": return -.infinity
    case ".nan", ".NaN", ".NAN": return .nan
    default: break
    }
    var hasDigit = false
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): hasDigit = true
      case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"),
        UInt8(ascii: "-"):
        continue
      default: return nil
      }
    }
    return hasDigit ? Double(text.first == "." ? "0" + text : text) : nil
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }
}
