internal import CExpat

/// A value of an XML-RPC reply (supervisor speaks it).
enum XMLRPCValue: Sendable, Hashable {
  case text(String)
  case integer(Int)
  case flag(Bool)
  case number(Double)
  case list([XMLRPCValue])
  case members([String: XMLRPCValue])

  /// The member of a struct, or nil.
  subscript(_ name: String) -> XMLRPCValue? {
    guard case .members(let members) = self else { return nil }
    return members[name]
  }

  /// The text, or nil.
  var text: String? {
    guard case .text(let text) = self else { return nil }
    return text
  }

  /// The integer, or nil.
  var integer: Int? {
    guard case .integer(let integer) = self else { return nil }
    return integer
  }

  /// The elements, or nil.
  var list: [XMLRPCValue]? {
    guard case .list(let list) = self else { return nil }
    return list
  }
}

/// What a method answered.
enum XMLRPCReply: Sendable, Hashable {
  case value(XMLRPCValue)
  case fault(code: Int, text: String)

  /// Parses a methodResponse; nil for anything else, truncated or nested deeper than 64.
  init?(parsing bytes: [UInt8]) {
    guard let parser = XML_ParserCreate(nil) else { return nil }
    defer { XML_ParserFree(parser) }
    let builder = XMLRPCBuilder()
    XML_SetUserData(parser, Unmanaged.passUnretained(builder).toOpaque())
    XML_SetElementHandler(
      parser,
      { context, name, _ in
        guard let context, let name else { return }
        Unmanaged<XMLRPCBuilder>.fromOpaque(context).takeUnretainedValue().begin(String(cString: name))
      },
      { context, name in
        guard let context, let name else { return }
        Unmanaged<XMLRPCBuilder>.fromOpaque(context).takeUnretainedValue().end(String(cString: name))
      })
    XML_SetCharacterDataHandler(parser) { context, text, length in
      guard let context, let text else { return }
      let bytes = UnsafeRawBufferPointer(start: text, count: Int(length))
      Unmanaged<XMLRPCBuilder>.fromOpaque(context).takeUnretainedValue().add(
        String(decoding: bytes, as: UTF8.self))
    }
    // A reply declares no entities; one that does wants to blow up the parser.
    XML_SetEntityDeclHandler(parser) { context, _, _, _, _, _, _, _, _ in
      guard let context else { return }
      Unmanaged<XMLRPCBuilder>.fromOpaque(context).takeUnretainedValue().isBroken = true
    }
    let status = bytes.withUnsafeBytes { buffer in
      XML_Parse(
        parser, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count), 1)
    }
    guard status == XML_STATUS_OK, !builder.isBroken, let value = builder.result else { return nil }
    if builder.isFault {
      guard let code = value["faultCode"]?.integer else { return nil }
      self = .fault(code: code, text: value["faultString"]?.text ?? "")
    } else {
      self = .value(value)
    }
  }
}

/// Builds the value while expat walks through the reply.
private final class XMLRPCBuilder {
  private enum Frame {
    case value(XMLRPCValue?)
    case list([XMLRPCValue])
    case members([String: XMLRPCValue], name: String)
  }

  var isBroken = false
  private(set) var isFault = false
  private(set) var result: XMLRPCValue?
  private var frames: [Frame] = []
  private var text = ""

  func begin(_ name: String) {
    text = ""
    guard frames.count < 64 else {
      isBroken = true
      return
    }
    switch name {
    case "fault": isFault = true
    case "value": frames.append(.value(nil))
    case "array": frames.append(.list([]))
    case "struct": frames.append(.members([:], name: ""))
    default: break
    }
  }

  func add(_ piece: String) {
    text += piece
  }

  func end(_ name: String) {
    switch name {
    case "int", "i4", "i8": set(Int(text.filter { !$0.isWhitespace }).map(XMLRPCValue.integer))
    case "boolean": set(.flag(text.contains("1")))
    case "double": set(Double(text.filter { !$0.isWhitespace }).map(XMLRPCValue.number))
    case "string": set(.text(text))
    case "name":
      if case .members(let members, _)? = frames.last {
        frames[frames.count - 1] = .members(members, name: text)
      }
    case "array", "struct": close()
    case "value": closeValue()
    default: break
    }
    text = ""
  }

  private func set(_ value: XMLRPCValue?) {
    guard let value, case .value? = frames.last else {
      isBroken = true
      return
    }
    frames[frames.count - 1] = .value(value)
  }

  /// An array or struct ends: it is the value of the frame below.
  private func close() {
    switch frames.popLast() {
    case .list(let list): set(.list(list))
    case .members(let members, _): set(.members(members))
    case .value, nil: isBroken = true
    }
  }

  private func closeValue() {
    guard case .value(let typed)? = frames.popLast() else {
      isBroken = true
      return
    }
    // A value without a type is a string.
    let value = typed ?? .text(text)
    switch frames.last {
    case nil: result = value
    case .list(let list): frames[frames.count - 1] = .list(list + [value])
    case .members(var members, let name):
      members[name] = value
      frames[frames.count - 1] = .members(members, name: name)
    case .value: isBroken = true
    }
  }
}
