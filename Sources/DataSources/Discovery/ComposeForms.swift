/// Brings the several ways of writing a service into one, so that they can be laid over each other.
enum ComposeForms {
  /// The document with environments and dependencies as mappings, env files as a list of mappings with
  /// absolute paths, and the files of secrets absolute.
  static func uniform(_ root: YAMLNode, _ directory: String) -> YAMLNode {
    var root = root
    root = mapped(root, "services") { service in
      service.changing("environment", environment).changing("depends_on", dependencies)
        .changing("env_file") { environmentFiles($0, directory) }
        .changing("extends") { extends($0, directory) }.changing("profiles", list)
    }
    return mapped(root, "secrets") { secret in
      secret.changing("file") { absolute($0, directory) }
    }
  }

  private static func mapped(
    _ root: YAMLNode,
    _ key: String,
    _ change: (YAMLNode) -> YAMLNode
  ) -> YAMLNode {
    root.changing(key) { section in
      guard let entries = section.entries else { return section }
      var section = section
      section.content = .mapping(
        entries.map { entry in
          var entry = entry
          entry.value = change(entry.value)
          return entry
        }
      )
      return section
    }
  }

  /// `[A=1, B]` as `{A: "1", B: null}`.
  private static func environment(_ node: YAMLNode) -> YAMLNode {
    guard let elements = node.elements else { return node }
    var entries: [YAMLEntry] = []
    for element in elements {
      guard let text = element.text else { continue }
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let scalar = parts.count == 2 ? YAMLScalar(String(parts[1]), style: .doubleQuoted) : YAMLScalar("")
      entries.removeAll { $0.key == parts[0] }
      entries.append(
        YAMLEntry(
          key: String(parts[0]),
          keyLocation: element.location,
          value: YAMLNode(.scalar(scalar), tag: element.tag, at: element.location)
        )
      )
    }
    return node.with(.mapping(entries))
  }

  /// `[a, b]` as `{a: …, b: …}`.
  private static func dependencies(_ node: YAMLNode) -> YAMLNode {
    guard let elements = node.elements else { return node }
    let entries = elements.compactMap { element in
      element.text.map {
        YAMLEntry(
          key: $0,
          keyLocation: element.location,
          value: YAMLNode(.mapping([]), at: element.location)
        )
      }
    }
    return node.with(.mapping(entries))
  }

  /// `a.env` or `[a.env, {path: b.env}]` as `[{path: /…/a.env}, {path: /…/b.env}]`.
  private static func environmentFiles(_ node: YAMLNode, _ directory: String) -> YAMLNode {
    guard !node.isNull else { return node }
    let elements = (node.elements ?? [node]).map { element in
      guard element.entries == nil else { return element.changing("path") { absolute($0, directory) } }
      let path = absolute(element, directory)
      return YAMLNode(
        .mapping([YAMLEntry(key: "path", keyLocation: element.location, value: path)]),
        at: element.location
      )
    }
    return node.with(.sequence(elements))
  }

  private static func extends(_ node: YAMLNode, _ directory: String) -> YAMLNode {
    node.changing("file") { file in
      ComposeScope.isRemote(file.text ?? "") ? file : absolute(file, directory)
    }
  }

  private static func list(_ node: YAMLNode) -> YAMLNode {
    node.scalar == nil || node.isNull ? node : node.with(.sequence([node]))
  }

  private static func absolute(_ node: YAMLNode, _ directory: String) -> YAMLNode {
    guard case .scalar(var scalar) = node.content, !scalar.text.isEmpty else { return node }
    scalar.text = UpwardSearch.absolute(scalar.text, in: directory)
    return node.with(.scalar(scalar))
  }
}

extension YAMLNode {
  fileprivate func with(_ content: Content) -> YAMLNode {
    var node = self
    node.content = content
    return node
  }

  fileprivate func changing(_ key: String, _ change: (YAMLNode) -> YAMLNode) -> YAMLNode {
    guard let entries else { return self }
    return with(
      .mapping(
        entries.map { entry in
          guard entry.key == key else { return entry }
          var entry = entry
          entry.value = change(entry.value)
          return entry
        }
      )
    )
  }
}
