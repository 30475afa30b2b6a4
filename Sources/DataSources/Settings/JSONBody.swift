import Facts

/// A JSON value as it is configured: keys keep their order, numbers are whole where they were written so.
public indirect enum JSONBody: Sendable, Equatable {
  /// One key and its value.
  public struct Member: Sendable, Equatable {
    /// The key.
    public var key: String
    /// The value.
    public var value: JSONBody

    /// Makes a member.
    public init(_ key: String, _ value: JSONBody) {
      self.key = key
      self.value = value
    }
  }

  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONBody])
  case object([Member])

  /// The same value with `change` made to every text that is not a key.
  public func mapTexts(_ change: (String) -> String) -> JSONBody {
    switch self {
    case .null, .bool, .integer, .number: self
    case .string(let text): .string(change(text))
    case .array(let elements): .array(elements.map { $0.mapTexts(change) })
    case .object(let members):
      .object(members.map { Member($0.key, $0.value.mapTexts(change)) })
    }
  }

  /// The value as compact JSON text.
  public var text: String {
    switch self {
    case .null: "null"
    case .bool(let flag): flag ? "true" : "false"
    case .integer(let number): String(number)
    case .number(let number): number.isFinite ? "\(number)" : "null"
    case .string(let text): Self.quoted(text)
    case .array(let elements): "[" + elements.map(\.text).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.map { Self.quoted($0.key) + ":" + $0.value.text }.joined(separator: ",") + "}"
    }
  }

  private static func hexadecimal(_ value: UInt32, digits: Int) -> String {
    let hex = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - hex.count)) + hex
  }

  /// A text in double quotes with JSON's escapes; YAML's are the same but for what is beyond U+FFFF.
  public static func quoted(_ text: String, asYAML isYAML: Bool = false) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      default:
        // What changes the order of a line or can't be seen may be a trap to whoever reads it on a terminal.
        if SafeText.isHarmless(scalar) {
          result.unicodeScalars.append(scalar)
        } else if isYAML, scalar.value > 0xFFFF {
          result += "\\U" + hexadecimal(scalar.value, digits: 8)
        } else {
          for unit in String(scalar).utf16 { result += "\\u" + hexadecimal(UInt32(unit), digits: 4) }
        }
      }
    }
    return result + "\""
  }
}
