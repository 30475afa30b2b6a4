internal import Facts

/// The keys of one mapping: reads them all, tells what is unknown, writes them in order.
public struct SchemaTable<Root: Sendable>: Sendable {
  /// The value before anything is read: the defaults.
  public let blank: Root
  /// The keys, in the order they are written.
  public let fields: [Field<Root>]

  /// Makes a table.
  public init(blank: Root, fields: [Field<Root>]) {
    self.blank = blank
    self.fields = fields
  }

  /// The same keys of a value that such a one stands in.
  public func lifted<Outer>(
    into blank: Outer,
    get: @escaping @Sendable (Outer) -> Root,
    set: @escaping @Sendable (inout Outer, Root) -> Void
  ) -> SchemaTable<Outer> {
    SchemaTable<Outer>(blank: blank, fields: fields.map { Field($0, get: get, set: set) })
  }

  /// Shows all references to secrets inside `root`.
  public func secrets(_ root: inout Root, _ visit: SecretVisitor) {
    for field in fields { field.secrets(&root, visit) }
  }

  /// The keys without their types.
  public var entries: [SchemaEntry] {
    fields.map { $0.entry(blank: blank) }
  }

  /// Reads a mapping over `root`; `skipped` are keys that somebody else reads.
  public func read(
    _ node: YAMLNode,
    into root: inout Root,
    _ context: inout ReadContext,
    skipping skipped: [String] = []
  ) {
    guard let entries = node.entries else {
      context.report("\(Found.word(node)), expected a mapping of keys and values", at: node.location)
      return
    }
    for entry in entries where !skipped.contains(entry.key) {
      guard let field = fields.first(where: { $0.key == entry.key }) else {
        unknown(entry, skipped, &context)
        continue
      }
      field.read(entry.value, &root, &context)
    }
    for field in fields where field.isRequired && node[field.key] == nil {
      context.report("`\(field.key)` is missing, expected \(field.expected)", at: node.location)
    }
  }

  /// The value as a mapping.
  public func write(_ root: Root) -> YAMLNode {
    Written.mapping(
      fields.compactMap { field in
        // Where the default is something, nothing must be said.
        (field.write(root) ?? field.write(blank).map { _ in Written.null }).map { (field.key, $0) }
      }
    )
  }

  private func unknown(_ entry: YAMLEntry, _ skipped: [String], _ context: inout ReadContext) {
    let keys = skipped + fields.map(\.key)
    let meant = DidYouMean.suffix(entry.key, among: keys)
    let list = keys.map { "`\($0)`" }.joined(separator: ", ")
    context.report(
      "unknown key `\(Found.shown(entry.key))`, expected one of \(list)\(meant)",
      at: entry.keyLocation
    )
  }
}

extension ValueType {
  /// A mapping with the table's keys.
  public static func table(_ table: SchemaTable<Value>) -> ValueType {
    ValueType(
      expected: "a mapping",
      shape: .mapping(table.entries),
      read: { node, value, context in table.read(node, into: &value, &context) },
      write: { table.write($0) },
      secrets: { table.secrets(&$0, $1) }
    )
  }

  /// A mapping with the table's keys, where a word at `key` chooses the table.
  ///
  /// `word` tells the variant of a value; `begin` makes one of another variant, from its table's blank.
  public static func union(
    _ key: String,
    _ variants: [(name: String, table: SchemaTable<Value>)],
    word: @escaping @Sendable (Value) -> String,
    begin: @escaping @Sendable (inout Value, Value) -> Void = { $0 = $1 }
  ) -> ValueType {
    let names = variants.map(\.name)
    let list = names.map { "`\($0)`" }.joined(separator: ", ")
    return ValueType(
      expected: "a mapping with `\(key)`",
      shape: .variants(
        key: key,
        variants.map { SchemaVariant(name: $0.name, entries: $0.table.entries) }
      ),
      read: { node, value, context in
        guard node.entries != nil else {
          context.report("\(Found.word(node)), expected a mapping with `\(key)`", at: node.location)
          return
        }
        guard let chosen = node[key] else {
          context.report("`\(key)` is missing, expected one of \(list)", at: node.location)
          return
        }
        guard let variant = variants.first(where: { $0.name == chosen.text }) else {
          let meant = DidYouMean.suffix(chosen.text ?? "", among: names)
          context.report(
            "unknown \(key) \(Found.quoted(chosen)), expected one of \(list)\(meant)",
            at: chosen.location
          )
          return
        }
        if word(value) != variant.name { begin(&value, variant.table.blank) }
        variant.table.read(node, into: &value, &context, skipping: [key])
      },
      write: { value in
        let name = word(value)
        let body = variants.first { $0.name == name }?.table.write(value)
        return Written.mapping(
          [(key, Written.string(name))] + (body?.entries ?? []).map { ($0.key, $0.value) }
        )
      },
      secrets: { value, visit in
        let name = word(value)
        variants.first { $0.name == name }?.table.secrets(&value, visit)
      }
    )
  }

  /// A mapping from names to elements; elements that hold already are read over, `null` removes one.
  public static func named<Element: Sendable>(
    _ type: ValueType<Element>,
    _ expected: String,
    name: any KeyPath<Element, String> & Sendable,
    builtIn: [Element] = [],
    make: @escaping @Sendable (String, YAMLEntry) -> Element
  ) -> ValueType where Value == [Element] {
    ValueType(
      expected: expected,
      shape: .named(type.shape),
      read: { node, elements, context in
        guard let entries = node.entries else {
          context.report("\(Found.word(node)), expected \(expected)", at: node.location)
          return
        }
        for entry in entries {
          guard !entry.key.allSatisfy(\.isWhitespace) else {
            context.report("an empty name, expected \(expected)", at: entry.keyLocation)
            continue
          }
          let index = elements.firstIndex { $0[keyPath: name] == entry.key }
          guard !entry.value.isNull else {
            if let index { elements.remove(at: index) }
            continue
          }
          var element = index.map { elements[$0] } ?? make(entry.key, entry)
          type.read(entry.value, &element, &context)
          if let index { elements[index] = element } else { elements.append(element) }
        }
      },
      write: { elements in
        let removed = builtIn.map { $0[keyPath: name] }.filter { id in
          !elements.contains { $0[keyPath: name] == id }
        }
        let written = elements.compactMap { element in
          let id = element[keyPath: name]
          let former = builtIn.first { $0[keyPath: name] == id }.flatMap(type.write)
          return type.write(element).map { (id, Written.takingAway(former, from: $0)) }
        }
        return Written.mapping(written + removed.map { ($0, Written.null) })
      },
      secrets: { elements, visit in
        for index in elements.indices {
          let id = elements[index][keyPath: name]
          type.secrets(&elements[index]) { visit(&$0, [id] + $1, $2) }
        }
      }
    )
  }

  /// A list of elements; it replaces the one that held before.
  public static func list<Element: Sendable>(
    _ type: ValueType<Element>,
    _ expected: String,
    blank: Element
  ) -> ValueType where Value == [Element] {
    ValueType(
      expected: expected,
      read: { node, elements, context in
        guard let nodes = node.elements else {
          context.report("\(Found.word(node)), expected \(expected)", at: node.location)
          return
        }
        elements = nodes.map { node in
          var element = blank
          type.read(node, &element, &context)
          return element
        }
      },
      write: { Written.list($0.compactMap(type.write)) },
      secrets: { elements, visit in
        for index in elements.indices { type.secrets(&elements[index], visit) }
      }
    )
  }
}
