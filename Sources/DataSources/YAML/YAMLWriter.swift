/// Writes values as YAML that reads back equal: block mappings, lists of scalars in brackets.
public struct YAMLWriter {
  /// What stands behind a value as a comment, by the keys from the root down; nil: nothing.
  public var comment: (([String]) -> String?)?

  /// Makes a writer without comments.
  public init(comment: (([String]) -> String?)? = nil) {
    self.comment = comment
  }

  /// The text of a document, ending with a line break.
  public func text(_ node: YAMLNode) -> String {
    var lines: [Line] = []
    write(node, indent: 0, path: [], lead: "", into: &lines)
    let width = min(60, lines.map { $0.comment == nil ? 0 : $0.text.count }.max() ?? 0)
    return lines.map { line in
      guard let comment = line.comment else { return line.text + "\n" }
      let padding = String(repeating: " ", count: max(0, width - line.text.count))
      return "\(line.text)\(padding)  # \(comment)\n"
    }.joined()
  }

  private struct Line {
    var text: String
    var comment: String?
  }

  private func write(
    _ node: YAMLNode,
    indent: Int,
    path: [String],
    lead: String,
    into lines: inout [Line]
  ) {
    let margin = String(repeating: "  ", count: indent)
    switch node.content {
    case .mapping(let entries) where !entries.isEmpty && !Self.isShort(node):
      if !lead.isEmpty { lines.append(Line(text: lead, comment: nil)) }
      for entry in entries {
        write(
          entry.value,
          indent: indent + 1,
          path: path + [entry.key],
          lead: margin + Self.scalar(YAMLScalar(entry.key), isKey: true) + ":",
          into: &lines
        )
      }
    case .sequence(let elements) where !elements.isEmpty && !Self.isShort(node):
      if !lead.isEmpty { lines.append(Line(text: lead, comment: nil)) }
      for element in elements {
        lines.append(Line(text: margin + "- " + Self.flow(element), comment: nil))
      }
    case .mapping, .sequence, .scalar:
      let text = lead.isEmpty ? Self.flow(node) : lead + " " + Self.flow(node)
      lines.append(Line(text: text, comment: comment?(path)))
    }
  }

  /// Whether a collection is written in one line: lists of scalars and references to secrets.
  private static func isShort(_ node: YAMLNode) -> Bool {
    switch node.content {
    case .scalar: true
    case .sequence(let elements): elements.allSatisfy { $0.scalar != nil }
    case .mapping(let entries):
      [["env"], ["file"], ["command"], ["token"], ["file", "key"]].contains(entries.map(\.key))
        && entries.allSatisfy { isShort($0.value) }
    }
  }

  /// A value on one line.
  public static func flow(_ node: YAMLNode) -> String {
    switch node.content {
    case .scalar(let value): scalar(value)
    case .sequence(let elements): "[" + elements.map(flow).joined(separator: ", ") + "]"
    case .mapping(let entries):
      "{"
        + entries.map { scalar(YAMLScalar($0.key), isKey: true) + ": " + flow($0.value) }
        .joined(separator: ", ") + "}"
    }
  }

  /// A scalar as it is written: plain where that reads back as the same, else quoted.
  private static func scalar(_ value: YAMLScalar, isKey: Bool = false) -> String {
    let isString = value.style != .plain || isKey
    guard isString else { return value.text.isEmpty ? "null" : value.text }
    let isPlain =
      YAMLScalar(value.text).resolved() == .string(value.text) && value.text.utf8.allSatisfy(isSafe)
      && value.text.first != "-" && value.text.last != ":" && value.text != "<<"
    if isPlain { return value.text }
    let isPrintable = value.text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 < 0x80 }
    guard isPrintable, !value.text.contains("'") else { return JSONBody.quoted(value.text, asYAML: true) }
    return "'\(value.text)'"
  }

  /// Letters, digits and what never means anything in a plain scalar.
  private static func isSafe(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
      UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "+"):
      true
    default: false
    }
  }
}
