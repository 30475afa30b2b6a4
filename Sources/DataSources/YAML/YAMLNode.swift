/// A place in a text that people write: what an editor jumps to.
public struct Location: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The file as it was named to the reader, or a word such as `--theme` for a value of the command line.
  public var file: String
  /// The line, counted from 1.
  public var line: Int
  /// The column in characters, counted from 1.
  public var column: Int

  /// Makes a place from a file and its 1-based line and column.
  public init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }

  /// The place as compilers write it: `file:line:column`.
  public var description: String {
    "\(file):\(line):\(column)"
  }

  /// Orders by file, then line, then column.
  public static func < (left: Location, right: Location) -> Bool {
    (left.file, left.line, left.column) < (right.file, right.line, right.column)
  }

  /// The same line, so many characters further on.
  public func advanced(by characters: Int) -> Location {
    Location(file: file, line: line, column: column + characters)
  }
}

/// One value of a YAML document, with its place; aliases and merge keys are already expanded.
public struct YAMLNode: Sendable, Hashable {
  /// What the value is.
  public enum Content: Sendable, Hashable {
    /// A text, number, truth value or nothing.
    case scalar(YAMLScalar)
    /// A list.
    case sequence([YAMLNode])
    /// Keys and values in the order they were written; no key twice.
    case mapping([YAMLEntry])
  }

  /// What the value is.
  public var content: Content
  /// The explicit tag (`tag:yaml.org,2002:str`, `!reset`); nil when none is written.
  public var tag: String?
  /// Where the value begins; of an aliased value where it was written, not where it is used.
  public var location: Location

  /// Makes a node from its parts.
  public init(_ content: Content, tag: String? = nil, at location: Location) {
    self.content = content
    self.tag = tag
    self.location = location
  }

  /// The scalar, or nil for a list or mapping.
  public var scalar: YAMLScalar? {
    guard case .scalar(let scalar) = content else { return nil }
    return scalar
  }

  /// The elements of a list; nil for anything else.
  public var elements: [YAMLNode]? {
    guard case .sequence(let elements) = content else { return nil }
    return elements
  }

  /// The entries of a mapping; nil for anything else.
  public var entries: [YAMLEntry]? {
    guard case .mapping(let entries) = content else { return nil }
    return entries
  }

  /// The value of a mapping's key; nil when there is none or this is no mapping.
  public subscript(_ key: String) -> YAMLNode? {
    entries?.first { $0.key == key }?.value
  }

  /// The text of a scalar of any type, as it was written; nil for lists, mappings and null.
  public var text: String? {
    guard let scalar, !isNull else { return nil }
    return scalar.text
  }

  /// Whether this is the null of the core schema: nothing, `~`, `null`.
  public var isNull: Bool {
    scalar?.resolved(tag: tag) == .null
  }
}

/// One key of a mapping and its value.
public struct YAMLEntry: Sendable, Hashable {
  /// The key's text.
  public var key: String
  /// Where the key begins.
  public var keyLocation: Location
  /// The value.
  public var value: YAMLNode

  /// Makes an entry from its parts.
  public init(key: String, keyLocation: Location, value: YAMLNode) {
    self.key = key
    self.keyLocation = keyLocation
    self.value = value
  }
}
