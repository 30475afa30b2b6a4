/// A value of XML-RPC (xmlrpc.com/spec): what a call takes and a reply holds.
enum XMLRPCValue: Sendable, Hashable {
  case null
  case flag(Bool)
  case integer(Int)
  case double(Double)
  /// A string, or a dateTime.iso8601 or base64 as it came.
  case text(String)
  case list([XMLRPCValue])
  case object([String: XMLRPCValue])

  /// The member of a struct, or nil.
  subscript(_ key: String) -> XMLRPCValue? {
    guard case .object(let object) = self else { return nil }
    return object[key]
  }

  /// The text, or nil.
  var text: String? {
    guard case .text(let text) = self else { return nil }
    return text
  }

  /// The whole number, or nil.
  var integer: Int? {
    guard case .integer(let integer) = self else { return nil }
    return integer
  }

  /// The elements of an array, or nil.
  var list: [XMLRPCValue]? {
    guard case .list(let list) = self else { return nil }
    return list
  }
}

/// What a server answers to one call.
enum XMLRPCReply: Sendable, Hashable {
  case value(XMLRPCValue)
  /// The server's refusal: its number and words.
  case fault(code: Int, text: String)
}

extension XMLRPCReply {
  /// Reads a `methodResponse`.
  /// - Throws: no XML within the limits, or another document than a reply.
  static func parse(
    _ bytes: [UInt8],
    limits: XMLLimits = XMLLimits()
  ) throws(XMLFailure) -> XMLRPCReply {
    let root = try XMLElement.parse(bytes, limits: limits)
    guard root.name == "methodResponse" else {
      throw XMLFailure(reason: "a <\(root.name.prefix(40))>, not a <methodResponse>", line: 1)
    }
    if let fault = root["fault"]?["value"] {
      let value = try XMLRPCValue(fault)
      guard let code = value["faultCode"]?.integer else {
        throw XMLFailure(reason: "a fault without a faultCode", line: 1)
      }
      return .fault(code: code, text: value["faultString"]?.text ?? "")
    }
    guard let element = root["params"]?["param"]?["value"] else {
      throw XMLFailure(reason: "a reply without a value", line: 1)
    }
    return .value(try XMLRPCValue(element))
  }
}

extension XMLRPCValue {
  /// Reads a `value` element.
  /// - Throws: an unknown type, or text that isn't of the type it says.
  init(_ element: XMLElement) throws(XMLFailure) {
    guard let typed = element.children.first else {
      // A value without a type is a string.
      self = .text(element.text)
      return
    }
    switch typed.name {
    case "string", "dateTime.iso8601", "base64": self = .text(typed.text)
    case "int", "i4", "i8":
      self = .integer(try Self.read(typed) { Int($0) })
    case "double":
      self = .double(try Self.read(typed) { Double($0) })
    case "boolean":
      self = .flag(try Self.read(typed) { $0 == "1" ? true : $0 == "0" ? false : nil })
    case "nil": self = .null
    case "array":
      var list: [XMLRPCValue] = []
      for value in typed["data"]?.children ?? [] { list.append(try XMLRPCValue(value)) }
      self = .list(list)
    case "struct":
      var object: [String: XMLRPCValue] = [:]
      for member in typed.children {
        guard let name = member["name"]?.text, let value = member["value"] else { continue }
        object[name] = try XMLRPCValue(value)
      }
      self = .object(object)
    default:
      throw XMLFailure(reason: "an unknown type <\(typed.name.prefix(40))>", line: 1)
    }
  }

  private static func read<Value>(
    _ element: XMLElement,
    _ convert: (Substring) -> Value?
  ) throws(XMLFailure) -> Value {
    var text = element.text[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    guard let value = convert(text) else {
      throw XMLFailure(reason: "an <\(element.name)> that is none", line: 1)
    }
    return value
  }
}

/// One call of XML-RPC.
struct XMLRPCCall: Sendable, Hashable {
  /// The method: `supervisor.getAllProcessInfo`.
  var method: String
  /// What it is given.
  var arguments: [XMLRPCValue] = []

  /// The call as a `methodCall` document.
  var document: [UInt8] {
    var text = "<?xml version=\"1.0\"?><methodCall><methodName>\(Self.escaped(method))</methodName><params>"
    for argument in arguments {
      text += "<param>"
      Self.write(argument, into: &text)
      text += "</param>"
    }
    return Array((text + "</params></methodCall>").utf8)
  }

  private static func write(_ value: XMLRPCValue, into text: inout String) {
    text += "<value>"
    switch value {
    case .null: text += "<nil/>"
    case .flag(let flag): text += "<boolean>\(flag ? 1 : 0)</boolean>"
    case .integer(let integer): text += "<int>\(integer)</int>"
    case .double(let double): text += "<double>\(double)</double>"
    case .text(let string): text += "<string>\(escaped(string))</string>"
    case .list(let list):
      text += "<array><data>"
      for element in list { write(element, into: &text) }
      text += "</data></array>"
    case .object(let object):
      text += "<struct>"
      for (name, member) in object.sorted(by: { $0.key < $1.key }) {
        text += "<member><name>\(escaped(name))</name>"
        write(member, into: &text)
        text += "</member>"
      }
      text += "</struct>"
    }
    text += "</value>"
  }

  private static func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == 0x26 || $0 == 0x3C || $0 == 0x3E }) else { return text }
    var output = ""
    for character in text {
      switch character {
      case "&": output += "&amp;"
      case "<": output += "&lt;"
      case ">": output += "&gt;"
      default: output.append(character)
      }
    }
    return output
  }
}
