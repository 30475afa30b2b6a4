internal import FoundationEssentials

/// Any JSON value, for replies whose shape is only partly known.
///
/// Nesting deeper than 64 is refused.
public enum JSONValue: Sendable, Hashable, Decodable {
  case null
  case flag(Bool)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  /// The deepest nesting accepted.
  public static let deepest = 64

  /// Decodes one value of any kind.
  public init(from decoder: any Decoder) throws {
    guard decoder.codingPath.count <= Self.deepest else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "nested deeper than \(Self.deepest)")
      )
    }
    if let container = try? decoder.container(keyedBy: JSONKey.self) {
      var object: [String: JSONValue] = [:]
      for key in container.allKeys {
        object[key.stringValue] = try container.decode(JSONValue.self, forKey: key)
      }
      self = .object(object)
    } else if var container = try? decoder.unkeyedContainer() {
      var list: [JSONValue] = []
      while !container.isAtEnd { list.append(try container.decode(JSONValue.self)) }
      self = .list(list)
    } else {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        self = .null
      } else if let flag = try? container.decode(Bool.self) {
        self = .flag(flag)
      } else if let number = try? container.decode(Double.self) {
        self = .number(number)
      } else {
        self = .text(try container.decode(String.self))
      }
    }
  }

  /// Parses the bytes of one JSON document; nil if they are none.
  public init?(parsing bytes: [UInt8]) {
    guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes)) else { return nil }
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

  /// The elements of a list, or nil.
  public var list: [JSONValue]? {
    guard case .list(let list) = self else { return nil }
    return list
  }
}

/// A key of any name.
private struct JSONKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }
  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}
