import DataSources

/// What the reader of a configuration carries along: the problems so far and how expressions are checked.
struct ReadContext {
  /// Everything that is wrong or doubtful so far.
  var problems: [ConfigurationProblem] = []
  /// How conditions and rules are checked.
  var checks: ExpressionChecks

  /// Notes an error.
  mutating func report(_ message: String, at location: Location) {
    problems.append(ConfigurationProblem(message, at: location))
  }

  /// Notes something that can be meant so and probably is not.
  mutating func warn(_ message: String, at location: Location) {
    problems.append(ConfigurationProblem(message, at: location, severity: .warning))
  }
}

/// How one kind of value is read from YAML and written to it.
struct ValueType<Value: Sendable>: Sendable {
  /// What is expected, for messages and documentation: `a duration such as 30s`.
  var expected: String
  /// What is inside, for trust and documentation.
  var shape: SchemaShape = .value
  /// Reads a node over the value that holds so far; what is wrong goes into the context.
  var read: @Sendable (YAMLNode, inout Value, inout ReadContext) -> Void
  /// The value as YAML; nil: nothing is written.
  var write: @Sendable (Value) -> YAMLNode?
}

/// What stands inside a value.
indirect enum SchemaShape: Sendable {
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
struct SchemaVariant: Sendable {
  /// The word.
  var name: String
  /// The keys.
  var entries: [SchemaEntry]
}

/// One line of the schema, without its types: what documentation and trust need.
struct SchemaEntry: Sendable {
  /// The key.
  var key: String
  /// What is expected.
  var expected: String
  /// The default as YAML; empty: none.
  var defaultText: String
  /// What it is for.
  var doc: String
  /// Whether it takes effect from a project file before `switchboard trust`.
  var isOpen: Bool
  /// Whether it must be given.
  var isRequired: Bool
  /// What is inside.
  var shape: SchemaShape
}

/// One line of the schema: a key of `Root`, its type, its documentation.
struct Field<Root: Sendable>: Sendable {
  /// The key.
  let key: String
  /// What it is for.
  let doc: String
  /// Whether it takes effect from a project file before `switchboard trust`.
  let isOpen: Bool
  /// Whether it must be given.
  let isRequired: Bool
  /// What is expected.
  let expected: String
  /// What is inside.
  let shape: SchemaShape
  /// Reads the key's value.
  let read: @Sendable (YAMLNode, inout Root, inout ReadContext) -> Void
  /// Writes the key's value; nil: nothing is written.
  let write: @Sendable (Root) -> YAMLNode?

  /// A key that always has a value.
  init<Value>(
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
  }

  /// A key whose value may be absent; `null` takes it away.
  init<Value>(
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
  }

  /// The line without its types; `blank` tells the default.
  func entry(blank: Root) -> SchemaEntry {
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
