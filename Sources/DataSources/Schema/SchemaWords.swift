internal import Facts

/// What stands in the file, in words that never tell a value that might be a secret.
public enum Found {
  /// `found a list`, `found a text`, `found nothing`.
  public static func word(_ node: YAMLNode) -> String {
    switch node.content {
    case .mapping: return "found a mapping"
    case .sequence: return "found a list"
    case .scalar(let scalar):
      switch scalar.resolved(tag: node.tag) {
      case .null: return "found nothing"
      case .bool: return "found a truth value"
      case .integer: return "found a number"
      case .float: return "found a number"
      case .string: return "found a text"
      }
    }
  }

  /// The text of a word of the schema, in quotes; for choices only, never for free values.
  public static func quoted(_ node: YAMLNode) -> String {
    node.text.map { "`\(shown($0))`" } ?? "(\(word(node)))"
  }

  /// A key or word as it may stand in a message: short, and harmless to a terminal.
  public static func shown(_ text: String) -> String {
    SafeText(text, limit: 60).string
  }
}

/// Nodes that are made, not read.
public enum Written {
  /// The place of a node that stands in no file.
  public static let nowhere = Location(file: "", line: 1, column: 1)

  /// A text; quoted where it must be.
  public static func string(_ text: String) -> YAMLNode {
    YAMLNode(.scalar(YAMLScalar(text, style: .doubleQuoted)), at: nowhere)
  }

  /// A number or truth value, as it is written plainly.
  public static func plain(_ text: String) -> YAMLNode {
    YAMLNode(.scalar(YAMLScalar(text)), at: nowhere)
  }

  /// Nothing.
  public static let null = plain("null")

  /// A list.
  public static func list(_ elements: [YAMLNode]) -> YAMLNode {
    YAMLNode(.sequence(elements), at: nowhere)
  }

  /// A mapping.
  public static func mapping(_ entries: [(String, YAMLNode)]) -> YAMLNode {
    YAMLNode(
      .mapping(entries.map { YAMLEntry(key: $0.0, keyLocation: nowhere, value: $0.1) }),
      at: nowhere
    )
  }

  /// A mapping that is read over `former`: what that has and this has not is written as taken away.
  public static func takingAway(_ former: YAMLNode?, from node: YAMLNode) -> YAMLNode {
    guard let former = former?.entries, let entries = node.entries else { return node }
    let gone = former.map(\.key).filter { node[$0] == nil }
    return mapping(entries.map { ($0.key, $0.value) } + gone.map { ($0, null) })
  }
}
