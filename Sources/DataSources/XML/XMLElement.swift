internal import CExpat

/// One element of an XML document: its name, its text and the elements in it.
///
/// Attributes are not kept: nothing that the console reads has any.
struct XMLElement: Sendable, Hashable {
  /// The name, as written.
  var name: String
  /// The text directly in it, without that of its elements.
  var text = ""
  /// The elements directly in it, in order.
  var children: [XMLElement] = []

  /// The first element in it with that name.
  subscript(_ name: String) -> XMLElement? {
    children.first { $0.name == name }
  }
}

/// Why bytes are no XML document that the console reads.
struct XMLFailure: Error, Sendable, Hashable {
  /// Expat's or our own words.
  var reason: String
  /// The line of the document, from 1.
  var line: Int
}

/// How much of a document is read before it is refused.
struct XMLLimits: Sendable, Hashable {
  /// The deepest nesting accepted.
  var depth = 64
  /// The most elements accepted.
  var elements = 200_000
  /// The most bytes accepted, of the document and of its text.
  var bytes = 4 << 20
}

extension XMLElement {
  /// Reads the root element of a whole document.
  ///
  /// A document type is refused: it is what entity bombs and references to files are made of.
  /// - Throws: not well-formed, cut off, or beyond `limits`.
  static func parse(
    _ bytes: [UInt8],
    limits: XMLLimits = XMLLimits()
  ) throws(XMLFailure) -> XMLElement {
    guard bytes.count <= limits.bytes else {
      throw XMLFailure(reason: "more than \(limits.bytes) bytes", line: 1)
    }
    guard let parser = XML_ParserCreate(nil) else {
      throw XMLFailure(reason: "out of memory", line: 1)
    }
    defer { XML_ParserFree(parser) }
    let builder = XMLTreeBuilder(parser, limits)
    return try withExtendedLifetime(builder) { () throws(XMLFailure) in try builder.build(bytes) }
  }
}

/// Builds the tree out of expat's calls; lives as long as one parse.
private final class XMLTreeBuilder {
  private let parser: XML_Parser
  private let limits: XMLLimits
  private var open: [XMLElement] = []
  private var root: XMLElement?
  private var elements = 0
  private var textBytes = 0
  private var refusal: String?

  init(_ parser: XML_Parser, _ limits: XMLLimits) {
    self.parser = parser
    self.limits = limits
    XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
    XML_SetElementHandler(
      parser,
      { context, name, _ in XMLTreeBuilder.from(context)?.begin(name) },
      { context, _ in XMLTreeBuilder.from(context)?.end() }
    )
    XML_SetCharacterDataHandler(parser) { context, text, length in
      guard let text else { return }
      XMLTreeBuilder.from(context)?.add(UnsafeBufferPointer(start: text, count: Int(length)))
    }
    XML_SetStartDoctypeDeclHandler(parser) { context, _, _, _, _ in
      XMLTreeBuilder.from(context)?.refuse("a document type, which is not accepted")
    }
  }

  private static func from(_ context: UnsafeMutableRawPointer?) -> XMLTreeBuilder? {
    context.map { Unmanaged<XMLTreeBuilder>.fromOpaque($0).takeUnretainedValue() }
  }

  func build(_ bytes: [UInt8]) throws(XMLFailure) -> XMLElement {
    let status = bytes.withUnsafeBytes { buffer in
      XML_Parse(
        parser,
        buffer.baseAddress?.assumingMemoryBound(to: CChar.self),
        Int32(buffer.count),
        1
      )
    }
    let line = Int(XML_GetCurrentLineNumber(parser))
    if let refusal { throw XMLFailure(reason: refusal, line: line) }
    guard status == XML_STATUS_OK, let root else {
      let words = XML_ErrorString(XML_GetErrorCode(parser)).map { String(cString: $0) }
      throw XMLFailure(reason: words ?? "not XML", line: line)
    }
    return root
  }

  private func begin(_ name: UnsafePointer<CChar>?) {
    elements += 1
    guard open.count < limits.depth else { return refuse("nested deeper than \(limits.depth)") }
    guard elements <= limits.elements else {
      return refuse("more than \(limits.elements) elements")
    }
    open.append(XMLElement(name: name.map { String(cString: $0) } ?? ""))
  }

  private func end() {
    guard let element = open.popLast() else { return }
    if open.isEmpty {
      root = element
    } else {
      open[open.count - 1].children.append(element)
    }
  }

  private func add(_ text: UnsafeBufferPointer<CChar>) {
    guard !open.isEmpty else { return }
    textBytes += text.count
    guard textBytes <= limits.bytes else { return refuse("more than \(limits.bytes) bytes of text") }
    let bytes = UnsafeRawBufferPointer(text)
    open[open.count - 1].text += String(decoding: bytes, as: UTF8.self)
  }

  private func refuse(_ reason: String) {
    guard refusal == nil else { return }
    refusal = reason
    _ = XML_StopParser(parser, XML_Bool(XML_FALSE))
  }
}
