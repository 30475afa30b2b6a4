/// What the reader of a configuration carries along: the problems so far and how expressions are checked.
public struct ReadContext {
  /// Everything that is wrong or doubtful so far.
  public var problems: [ConfigurationProblem] = []
  /// How conditions and rules are checked.
  public var checks: ExpressionChecks

  /// Makes a context without problems.
  public init(checks: ExpressionChecks) {
    self.checks = checks
  }

  /// Notes an error.
  public mutating func report(_ message: String, at location: Location) {
    problems.append(ConfigurationProblem(message, at: location))
  }

  /// Notes something that can be meant so and probably is not.
  public mutating func warn(_ message: String, at location: Location) {
    problems.append(ConfigurationProblem(message, at: location, severity: .warning))
  }
}

/// Looks at one reference to a secret, which it may replace, at the keys that lead to it; `isAccount` tells a
/// name of who logs in, which is no secret.
public typealias SecretVisitor = (
  _ reference: inout SecretReference, _ keys: [String], _ isAccount: Bool
) -> Void

/// How one kind of value is read from YAML and written to it.
public struct ValueType<Value: Sendable>: Sendable {
  /// What is expected, for messages and documentation: `a duration such as 30s`.
  public var expected: String
  /// What is inside, for trust and documentation.
  public var shape: SchemaShape = .value
  /// Reads a node over the value that holds so far; what is wrong goes into the context.
  public var read: @Sendable (YAMLNode, inout Value, inout ReadContext) -> Void
  /// The value as YAML; nil: nothing is written.
  public var write: @Sendable (Value) -> YAMLNode?
  /// Shows all references to secrets inside a value.
  public var secrets: @Sendable (inout Value, SecretVisitor) -> Void

  /// Describes a kind of value; one without keys and secrets unless told.
  public init(
    expected: String,
    shape: SchemaShape = .value,
    read: @escaping @Sendable (YAMLNode, inout Value, inout ReadContext) -> Void,
    write: @escaping @Sendable (Value) -> YAMLNode?,
    secrets: @escaping @Sendable (inout Value, SecretVisitor) -> Void = { _, _ in }
  ) {
    self.expected = expected
    self.shape = shape
    self.read = read
    self.write = write
    self.secrets = secrets
  }
}

/// What stands inside a value.
public indirect enum SchemaShape: Sendable {
  /// Nothing with keys of its own that the schema knows.
  case value
  /// These keys.
  case mapping([SchemaEntry])
  /// Names chosen by people, and this below each of them.
  case named(SchemaShape)
  /// The keys depend on the word at `key`.
  case variants(key: String, [SchemaVariant])
}

/// The keys that go with one word of a `type:` or `kind:`.
public struct SchemaVariant: Sendable {
  /// The word.
  public var name: String
  /// The keys.
  public var entries: [SchemaEntry]
}

/// One line of the schema, without its types: what documentation and trust need.
public struct SchemaEntry: Sendable {
  /// The key.
  public var key: String
  /// What is expected.
  public var expected: String
  /// The default as YAML; empty: none.
  public var defaultText: String
  /// What it is for.
  public var doc: String
  /// Whether it takes effect from a project file before `switchboard trust`.
  public var isOpen: Bool
  /// Whether it must be given.
  public var isRequired: Bool
  /// What is inside.
  public var shape: SchemaShape
}

/// One line of the schema: a key of `Root`, its type, its documentation.
public struct Field<Root: Sendable>: Sendable {
  /// The key.
  public let key: String
  /// What it is for.
  public let doc: String
  /// Whether it takes effect from a project file before `switchboard trust`.
  public let isOpen: Bool
  /// Whether it must be given.
  public let isRequired: Bool
  /// What is expected.
  public let expected: String
  /// What is inside.
  public let shape: SchemaShape
  /// Reads the key's value.
  public let read: @Sendable (YAMLNode, inout Root, inout ReadContext) -> Void
  /// Writes the key's value; nil: nothing is written.
  public let write: @Sendable (Root) -> YAMLNode?
  /// Shows all references to secrets inside the key's value.
  public let secrets: @Sendable (inout Root, SecretVisitor) -> Void

  /// A key that always has a value.
  public init<Value>(
    _ key: String,
    _ path: any WritableKeyPath<Root, Value> & Sendable,
    _ type: ValueType<Value>,
    isOpen: Bool = false,
    isRequired: Bool = false,
    _ doc: String
  ) {
    self.key = key
    self.doc = doc
    self.isOpen = isOpen
    self.isRequired = isRequired
    expected = type.expected
    shape = type.shape
    read = { node, root, context in type.read(node, &root[keyPath: path], &context) }
    write = { type.write($0[keyPath: path]) }
    secrets = { root, visit in
      type.secrets(&root[keyPath: path]) { visit(&$0, [key] + $1, $2) }
    }
  }

  /// A key whose value may be absent; `null` takes it away.
  public init<Value>(
    _ key: String,
    optional path: any WritableKeyPath<Root, Value?> & Sendable,
    blank: Value,
    _ type: ValueType<Value>,
    isOpen: Bool = false,
    _ doc: String
  ) {
    self.key = key
    self.doc = doc
    self.isOpen = isOpen
    isRequired = false
    expected = type.expected
    shape = type.shape
    read = { node, root, context in
      guard !node.isNull else {
        root[keyPath: path] = nil
        return
      }
      var value = root[keyPath: path] ?? blank
      type.read(node, &value, &context)
      root[keyPath: path] = value
    }
    write = { $0[keyPath: path].flatMap(type.write) }
    secrets = { root, visit in
      guard var value = root[keyPath: path] else { return }
      type.secrets(&value) { visit(&$0, [key] + $1, $2) }
      root[keyPath: path] = value
    }
  }

  /// The key `other` of a value that stands inside `Root`.
  init<Inner>(
    _ other: Field<Inner>,
    get: @escaping @Sendable (Root) -> Inner,
    set: @escaping @Sendable (inout Root, Inner) -> Void
  ) {
    key = other.key
    doc = other.doc
    isOpen = other.isOpen
    isRequired = other.isRequired
    expected = other.expected
    shape = other.shape
    read = { node, root, context in
      var inner = get(root)
      other.read(node, &inner, &context)
      set(&root, inner)
    }
    write = { other.write(get($0)) }
    secrets = { root, visit in
      var inner = get(root)
      other.secrets(&inner, visit)
      set(&root, inner)
    }
  }

  /// The line without its types; `blank` tells the default.
  public func entry(blank: Root) -> SchemaEntry {
    var defaultText = ""
    if case .value = shape, !isRequired { defaultText = write(blank).map(YAMLWriter.flow) ?? "" }
    return SchemaEntry(
      key: key,
      expected: expected,
      defaultText: defaultText,
      doc: doc,
      isOpen: isOpen,
      isRequired: isRequired,
      shape: shape
    )
  }
}
