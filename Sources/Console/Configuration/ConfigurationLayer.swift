import DataSources

/// One file or flag that says something about the configuration, and how far it is believed.
struct ConfigurationLayer: Sendable {
  /// Where it comes from; later kinds override earlier ones.
  enum Kind: Int, Sendable, Comparable {
    /// `$XDG_CONFIG_HOME/switchboard/config.yaml`.
    case user
    /// `.switchboard.yaml` of the project.
    case project
    /// The file that `SWITCHBOARD_CONFIG` names.
    case variable
    /// The command line.
    case flags

    /// Orders by precedence, weakest first.
    static func < (left: Kind, right: Kind) -> Bool { left.rawValue < right.rawValue }
  }

  /// Where it comes from.
  var kind: Kind
  /// What it says; its places name the file.
  var node: YAMLNode
  /// Whether all of it takes effect; a project file's only after `switchboard trust`.
  var isTrusted: Bool

  /// Makes a layer; everything but a project file is trusted.
  init(_ kind: Kind, _ node: YAMLNode, isTrusted: Bool? = nil) {
    self.kind = kind
    self.node = node
    self.isTrusted = isTrusted ?? (kind != .project)
  }

  /// A value of the command line: `--theme dark` is `flag("--theme", ["theme"], "dark")`.
  static func flag(_ name: String, _ path: [String], _ value: String) -> ConfigurationLayer {
    let place = Location(file: name, line: 1, column: 1)
    let leaf = YAMLNode(.scalar(YAMLScalar(value)), at: place)
    let node = path.reversed().reduce(leaf) { node, key in
      YAMLNode(.mapping([YAMLEntry(key: key, keyLocation: place, value: node)]), at: place)
    }
    return ConfigurationLayer(.flags, node)
  }

  /// The layers merged into one mapping: mappings key by key, anything else by the stronger layer.
  static func merged(_ nodes: [YAMLNode]) -> YAMLNode {
    nodes.reduce(Written.mapping([])) { merge($0, $1) }
  }

  private static func merge(_ weak: YAMLNode, _ strong: YAMLNode) -> YAMLNode {
    guard var entries = weak.entries, let over = strong.entries, !replaces(weak, strong) else {
      return strong
    }
    for entry in over {
      if let index = entries.firstIndex(where: { $0.key == entry.key }) {
        entries[index].value = merge(entries[index].value, entry.value)
        entries[index].keyLocation = entry.keyLocation
      } else {
        entries.append(entry)
      }
    }
    return YAMLNode(.mapping(entries), tag: strong.tag, at: strong.location)
  }

  /// Whether a mapping takes the other's place as a whole: a reference, or a thing of another kind.
  private static func replaces(_ weak: YAMLNode, _ strong: YAMLNode) -> Bool {
    let references: Set = ["env", "file", "command", "token"]
    if strong.entries?.count == 1, references.contains(strong.entries?.first?.key ?? "") { return true }
    if Set(strong.entries?.map(\.key) ?? []) == ["file", "key"] { return true }
    return ["type", "kind"].contains { key in
      strong[key].map { $0.text != weak[key]?.text } ?? false
    }
  }
}

/// What of a project file takes effect before anybody has said that it may.
enum ProjectTrust {
  /// The layer without what has no effect, and a warning for each thing left out.
  ///
  /// `environments` are the names that trusted layers give: an untrusted one can dress them, not add to them.
  static func effective(
    _ layer: ConfigurationLayer,
    environments: Set<String>,
    schema: SchemaTable<Settings> = SettingsSchema.standard
  ) -> (node: YAMLNode, warnings: [ConfigurationProblem]) {
    var warnings: [ConfigurationProblem] = []
    var node = layer.node
    if !layer.isTrusted {
      node = withoutNewEnvironments(node, environments, &warnings)
      node = open(node, .mapping(schema.entries), path: [], &warnings)
    } else if layer.kind == .project {
      node = withoutLoosened(node, path: [], &warnings)
    }
    return (node, warnings)
  }

  private static func open(
    _ node: YAMLNode,
    _ shape: SchemaShape,
    path: [String],
    _ warnings: inout [ConfigurationProblem]
  ) -> YAMLNode {
    guard let entries = node.entries else { return node }
    var kept: [YAMLEntry] = []
    for entry in entries {
      let path = path + [entry.key]
      switch shape {
      case .value, .variants: continue
      case .named(let inner): keep(entry, inner, path, &kept, &warnings)
      case .mapping(let known):
        // An unknown key stays, so that reading tells that it is unknown.
        guard let line = known.first(where: { $0.key == entry.key }) else {
          kept.append(entry)
          continue
        }
        if line.isOpen {
          kept.append(entry)
        } else if hasOpenKeys(line.shape) {
          keep(entry, line.shape, path, &kept, &warnings)
        } else {
          warnings.append(
            ConfigurationProblem(
              "`\(path.joined(separator: "."))` is inert until trusted: `switchboard trust`",
              at: entry.keyLocation,
              severity: .warning
            )
          )
        }
      }
    }
    return YAMLNode(.mapping(kept), at: node.location)
  }

  private static func keep(
    _ entry: YAMLEntry,
    _ shape: SchemaShape,
    _ path: [String],
    _ kept: inout [YAMLEntry],
    _ warnings: inout [ConfigurationProblem]
  ) {
    var entry = entry
    let wasEmpty = entry.value.entries?.isEmpty ?? true
    entry.value = open(entry.value, shape, path: path, &warnings)
    // What has nothing left is nothing: an environment without its runtime must not appear.
    if wasEmpty ? entry.value.entries == nil : entry.value.entries?.isEmpty == false { kept.append(entry) }
  }

  private static func hasOpenKeys(_ shape: SchemaShape) -> Bool {
    switch shape {
    case .value, .variants: false
    case .named(let inner): hasOpenKeys(inner)
    case .mapping(let entries): entries.contains { $0.isOpen || hasOpenKeys($0.shape) }
    }
  }

  /// A further environment could make the choice of one ambiguous.
  private static func withoutNewEnvironments(
    _ node: YAMLNode,
    _ known: Set<String>,
    _ warnings: inout [ConfigurationProblem]
  ) -> YAMLNode {
    guard var entries = node.entries, let index = entries.firstIndex(where: { $0.key == "environments" }),
      let environments = entries[index].value.entries
    else { return node }
    for environment in environments where !known.contains(environment.key) {
      warnings.append(
        ConfigurationProblem(
          "`environments.\(environment.key)` is inert until trusted: `switchboard trust`",
          at: environment.keyLocation,
          severity: .warning
        )
      )
    }
    entries[index].value.content = .mapping(environments.filter { known.contains($0.key) })
    return YAMLNode(.mapping(entries), tag: node.tag, at: node.location)
  }

  /// Only a user's own file can say that what is not on this machine is no production, and that a password
  /// may go out in clear.
  private static func withoutLoosened(
    _ node: YAMLNode,
    path: [String],
    _ warnings: inout [ConfigurationProblem]
  ) -> YAMLNode {
    guard let entries = node.entries else { return node }
    var kept: [YAMLEntry] = []
    for entry in entries {
      let value = entry.value.scalar?.resolved()
      let isProduction = entry.key == "production" && value == .bool(false) && path.first == "environments"
      let isClear = entry.key == "allow_cleartext" && value == .bool(true) && path.contains("sources")
      guard isProduction || isClear else {
        var entry = entry
        entry.value = withoutLoosened(entry.value, path: path + [entry.key], &warnings)
        kept.append(entry)
        continue
      }
      let shown = isProduction ? "production: false" : "allow_cleartext: true"
      warnings.append(
        ConfigurationProblem(
          "`\(shown)` has no effect in a project file: say it in your own configuration",
          at: entry.keyLocation,
          severity: .warning
        )
      )
    }
    return YAMLNode(.mapping(kept), tag: node.tag, at: node.location)
  }
}
