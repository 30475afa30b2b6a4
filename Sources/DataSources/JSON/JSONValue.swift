/// Any JSON value, for replies whose shape is only partly known.
///
/// Nesting deeper than 64 is refused.
public enum JSONValue: Sendable, Hashable {
  case null
  case flag(Bool)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])
  /// A part that can't be read although the document around it can, and why: it has no value of any kind.
  case broken(String)

  /// The deepest nesting accepted.
  public static let deepest = 64

  /// Parses the bytes of one JSON document and nothing beside it; nil if they are none.
  public init?(parsing bytes: [UInt8]) {
    guard let value = JSONParser.parse(bytes) else { return nil }
    self = value
  }

  /// The member of an object, or nil.
  public subscript(_ key: String) -> JSONValue? {
    guard case .object(let object) = self else { return nil }
    return object[key]
  }

  /// The element of a list, or nil.
  public subscript(_ index: Int) -> JSONValue? {
    guard case .list(let list) = self, list.indices.contains(index) else { return nil }
    return list[index]
  }

  /// The text, or nil.
  public var text: String? {
    guard case .text(let text) = self else { return nil }
    return text
  }

  /// The number, or nil.
  public var number: Double? {
    guard case .number(let number) = self else { return nil }
    return number
  }

  /// The number as a whole one, or nil if it isn't one, or is beyond ±2^53.
  ///
  /// Beyond that a Double is only near what was written (RFC 8259, section 6), and sums would overflow.
  public var integer: Int? {
    guard let number, number.magnitude <= 0x1p53 else { return nil }
    return Int(exactly: number)
  }

  /// The truth value, or nil.
  public var flag: Bool? {
    guard case .flag(let flag) = self else { return nil }
    return flag
  }

  /// Why it can't be read, or nil.
  public var problem: String? {
    guard case .broken(let problem) = self else { return nil }
    return problem
  }

  /// Whether it is an object.
  var isObject: Bool {
    guard case .object = self else { return false }
    return true
  }

  /// The elements of a list, or nil.
  public var list: [JSONValue]? {
    guard case .list(let list) = self else { return nil }
    return list
  }

  /// The value as compact JSON text, members by name; what can't be read is `null`.
  public var json: String { written.text }

  private var written: JSONBody {
    switch self {
    case .null, .broken: .null
    case .flag(let flag): .bool(flag)
    // Whole numbers as they were written: 1, not 1.0.
    case .number(let number): integer.map { .integer($0) } ?? .number(number)
    case .text(let text): .string(text)
    case .list(let elements): .array(elements.map(\.written))
    case .object(let members):
      .object(members.sorted { $0.key < $1.key }.map { JSONBody.Member($0.key, $0.value.written) })
    }
  }
}
