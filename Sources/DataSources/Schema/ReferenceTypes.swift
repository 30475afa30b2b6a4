internal import Facts

extension ValueType where Value == SecretReference {
  /// A secret by reference; its value never stands in the file.
  public static let secret = ValueType(
    expected: "`{env: NAME}`, `{file: PATH}`, `{file: PATH, key: NAME}` or `{command: [PROGRAM, …]}`",
    read: { node, value, context in
      let expected =
        "expected `{env: NAME}`, `{file: PATH}`, `{file: PATH, key: NAME}` or `{command: [PROGRAM, …]}`"
      guard let entries = node.entries else {
        let found = node.isNull ? "found nothing" : "a secret does not stand in the configuration itself"
        context.report("\(found), \(expected)", at: node.location)
        return
      }
      if entries.count == 2, let file = node["file"], let key = node["key"] {
        var path = ""
        var name = ""
        ValueType<String>.text.read(file, &path, &context)
        ValueType<String>.text.read(key, &name, &context)
        value = .keyInFile(path, key: name)
        return
      }
      guard entries.count == 1, let entry = entries.first else {
        context.report(
          "\(entries.isEmpty ? "found no reference" : "found several references"), \(expected)",
          at: node.location
        )
        return
      }
      switch entry.key {
      case "env":
        ValueType<String>.text.read(entry.value, into: &value, SecretReference.environment, &context)
      case "file": ValueType<String>.text.read(entry.value, into: &value, SecretReference.file, &context)
      case "command":
        var arguments: [String] = []
        ValueType<[String]>.texts.read(entry.value, &arguments, &context)
        if arguments.isEmpty, entry.value.elements != nil {
          context.report(
            "the command is empty, expected a program and its arguments",
            at: entry.value.location
          )
        }
        value = .command(arguments)
      default:
        let meant = DidYouMean.suffix(entry.key, among: ["env", "file", "command"])
        context.report("unknown key `\(Found.shown(entry.key))`, \(expected)\(meant)", at: entry.keyLocation)
      }
    },
    write: { reference in
      switch reference {
      case .environment(let name): Written.mapping([("env", Written.string(name))])
      case .file(let path): Written.mapping([("file", Written.string(path))])
      case .keyInFile(let path, let key):
        Written.mapping([("file", Written.string(path)), ("key", Written.string(key))])
      case .command(let arguments):
        Written.mapping([("command", Written.list(arguments.map(Written.string)))])
      case .discovered: nil
      }
    },
    secrets: { $1(&$0, [], false) }
  )
}

extension ValueType where Value == String {
  /// Reads a text and makes a reference of it.
  fileprivate func read(
    _ node: YAMLNode,
    into reference: inout SecretReference,
    _ make: (String) -> SecretReference,
    _ context: inout ReadContext
  ) {
    var text = ""
    read(node, &text, &context)
    reference = make(text)
  }
}

extension ValueType where Value == TextOrReference {
  /// A text, or a reference to one.
  public static let textOrReference = ValueType(
    expected: "a text or `{env: NAME}`",
    read: { node, value, context in
      if node.entries != nil {
        var reference = SecretReference.environment("")
        ValueType<SecretReference>.secret.read(node, &reference, &context)
        value = .reference(reference)
      } else {
        var text = ""
        ValueType<String>.text.read(node, &text, &context)
        value = .text(text)
      }
    },
    write: { value in
      switch value {
      case .text(let text): Written.string(text)
      case .reference(let reference): ValueType<SecretReference>.secret.write(reference)
      }
    },
    secrets: { value, visit in
      guard case .reference(var reference) = value else { return }
      visit(&reference, [], true)
      value = .reference(reference)
    }
  )
}

extension ValueType where Value == HTTPCredentialSettings {
  /// `{user: …, password: …}` or `{token: …}`.
  public static let credentials = ValueType(
    expected: "`{user: …, password: …}` or `{token: …}`",
    read: { node, value, context in
      var secret = SecretReference.environment("")
      if let token = node["token"], node.entries?.count == 1 {
        ValueType<SecretReference>.secret.read(token, &secret, &context)
        value = .bearer(secret)
      } else if let user = node["user"], let password = node["password"], node.entries?.count == 2 {
        var name = ""
        ValueType<String>.text.read(user, &name, &context)
        ValueType<SecretReference>.secret.read(password, &secret, &context)
        value = .basic(user: name, password: secret)
      } else {
        context.report(
          "\(Found.word(node)), expected `{user: …, password: …}` or `{token: …}`",
          at: node.location
        )
      }
    },
    write: { credentials in
      switch credentials {
      case .bearer(let token):
        ValueType<SecretReference>.secret.write(token).map { Written.mapping([("token", $0)]) }
      case .basic(let user, let password):
        ValueType<SecretReference>.secret.write(password).map {
          Written.mapping([("user", Written.string(user)), ("password", $0)])
        }
      }
    },
    secrets: { credentials, visit in
      switch credentials {
      case .bearer(var token):
        visit(&token, ["token"], false)
        credentials = .bearer(token)
      case .basic(let user, var password):
        visit(&password, ["password"], false)
        credentials = .basic(user: user, password: password)
      }
    }
  )
}

extension ValueType where Value == JSONBody {
  /// Any value, as JSON has it.
  public static let json = ValueType(
    expected: "any value",
    read: { node, value, _ in value = JSONBody(node) },
    write: { $0.node }
  )
}

extension JSONBody {
  /// The JSON value that a YAML node stands for.
  public init(_ node: YAMLNode) {
    switch node.content {
    case .sequence(let elements): self = .array(elements.map(JSONBody.init))
    case .mapping(let entries):
      self = .object(entries.map { Member($0.key, JSONBody($0.value)) })
    case .scalar(let scalar):
      switch scalar.resolved(tag: node.tag) {
      case .null: self = .null
      case .bool(let flag): self = .bool(flag)
      case .integer(let number): self = .integer(number)
      case .float(let number): self = .number(number)
      case .string(let text): self = .string(text)
      }
    }
  }

  /// The value as YAML.
  public var node: YAMLNode {
    switch self {
    case .null: Written.null
    case .bool(let flag): Written.plain(flag ? "true" : "false")
    case .integer(let number): Written.plain(String(number))
    case .number(let number): Written.plain(number.isFinite ? "\(number)" : ".nan")
    case .string(let text): Written.string(text)
    case .array(let elements): Written.list(elements.map(\.node))
    case .object(let members): Written.mapping(members.map { ($0.key, $0.value.node) })
    }
  }
}
