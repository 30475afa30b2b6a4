import DataSources
import Facts

/// A configuration as it was read: the settings, where each value comes from, and what has no effect.
struct Configuration: Sendable {
  /// The settings.
  var settings: Settings
  /// Parts that have no effect, in the order of their places.
  var warnings: [ConfigurationProblem]
  /// Where each value stands, by its keys from the root; what is missing here is a default.
  var origins: [[String]: Location]
  /// What the environments were found by when none is configured; nil: they are configured.
  var discovery: Discovery?
  /// The compose project of each environment whose files are here, by the environment's name.
  var projects: [String: ComposeProject] = [:]
  /// What people should know of what was found or is not followed.
  var notes: [SafeText] = []

  /// Why a configuration can't be used: everything that is wrong, in the order of its places.
  struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, warnings included.
    var problems: [ConfigurationProblem]

    /// One problem a line.
    var description: String {
      problems.map(\.description).joined(separator: "\n")
    }
  }

  /// Merges the layers, weakest first, and reads them by the schema of a catalogue of sources.
  /// - Throws: everything that is wrong, not only the first.
  static func read(
    _ layers: [ConfigurationLayer],
    checks: ExpressionChecks = .none,
    surroundings: Surroundings = .none,
    catalog: SourceCatalog? = nil
  ) throws(Failure) -> Configuration {
    let schema = catalog.map(SettingsSchema.settings) ?? SettingsSchema.standard
    var context = ReadContext(checks: checks)
    var warnings: [ConfigurationProblem] = []
    var nodes: [YAMLNode] = []
    let trusted = layers.filter(\.isTrusted).flatMap { $0.node["environments"]?.entries ?? [] }.map(\.key)
    for layer in layers.sorted(by: { $0.kind < $1.kind }) where !layer.node.isNull {
      let (node, inert) = ProjectTrust.effective(layer, environments: Set(trusted), schema: schema)
      warnings += inert
      rejectTags(node, &context)
      guard node.entries != nil else {
        context.report("\(Found.word(node)), expected a mapping of keys and values", at: node.location)
        continue
      }
      nodes.append(node)
    }
    let merged = moveIntoEnvironment(ConfigurationLayer.merged(nodes), &context)
    var settings = Settings()
    schema.read(merged, into: &settings, &context)
    var origins: [[String]: Location] = [:]
    collect(merged, path: [], into: &origins)
    var configuration = Configuration(settings: settings, warnings: [], origins: origins)
    configuration.complete(by: surroundings)
    let known = KnownFacts(catalog ?? .standard, configuration.settings.environments)
    SettingsCheck.check(configuration, merged, surroundings, known, &context)
    let problems = (context.problems + warnings).sorted()
    guard !problems.contains(where: { $0.severity == .error }) else { throw Failure(problems: problems) }
    configuration.warnings = problems
    return configuration
  }

  /// `sources`, `runtime` and `services` may stand at the top level when there is only one environment.
  private static func moveIntoEnvironment(_ root: YAMLNode, _ context: inout ReadContext) -> YAMLNode {
    let movable = EnvironmentSchema.movableKeys
    let inner = EnvironmentSchema.keys.filter { !movable.contains($0) }
    for entry in root.entries ?? [] where inner.contains(entry.key) {
      context.report(
        "`\(entry.key)` stands at the top level, expected it inside an environment",
        at: entry.keyLocation
      )
    }
    let root = YAMLNode(
      .mapping((root.entries ?? []).filter { !inner.contains($0.key) }),
      tag: root.tag,
      at: root.location
    )
    guard var entries = root.entries, entries.contains(where: { movable.contains($0.key) }) else {
      return root
    }
    let moved = entries.filter { movable.contains($0.key) }
    entries.removeAll { movable.contains($0.key) }
    let environments = root["environments"]?.entries ?? []
    guard environments.count <= 1 else {
      for entry in moved {
        context.report(
          "`\(entry.key)` stands at the top level, expected it inside an environment, since there are "
            + "\(environments.count)",
          at: entry.keyLocation
        )
      }
      return YAMLNode(.mapping(entries), at: root.location)
    }
    let place = moved.first?.keyLocation ?? root.location
    let body = YAMLNode(.mapping(moved), at: place)
    let name = environments.first?.key ?? root["default"]?.text ?? "default"
    let wrapped = YAMLNode(
      .mapping([YAMLEntry(key: name, keyLocation: place, value: body)]),
      at: place
    )
    let addition = YAMLNode(
      .mapping([YAMLEntry(key: "environments", keyLocation: place, value: wrapped)]),
      at: place
    )
    return ConfigurationLayer.merged([YAMLNode(.mapping(entries), at: root.location), addition])
  }

  private static func rejectTags(_ node: YAMLNode, _ context: inout ReadContext) {
    if let tag = node.tag, !tag.hasPrefix("tag:yaml.org,2002:") {
      context.report("the tag `\(Found.shown(tag))` means nothing here", at: node.location)
    }
    for element in node.elements ?? [] { rejectTags(element, &context) }
    for entry in node.entries ?? [] { rejectTags(entry.value, &context) }
  }

  private static func collect(_ node: YAMLNode, path: [String], into origins: inout [[String]: Location]) {
    origins[path] = node.location
    for entry in node.entries ?? [] { collect(entry.value, path: path + [entry.key], into: &origins) }
  }
}

extension Configuration {
  /// The environment to use: `name` if given, else the default, else the only one.
  /// - Throws: the list to choose from; exit code 64.
  func environment(_ name: String?) throws(UsageFailure) -> EnvironmentSettings {
    let names = settings.environments.map(\.name)
    let list = names.map { "`\(Found.shown($0))`" }.joined(separator: ", ")
    if let wanted = name ?? settings.defaultEnvironment {
      if let found = settings.environment(wanted) { return found }
      let meant = DidYouMean.suffix(wanted, among: names)
      throw UsageFailure(
        "no environment `\(Found.shown(wanted))`, there \(names.count == 1 ? "is" : "are") \(list)\(meant)"
      )
    }
    guard let only = settings.environments.first else {
      throw UsageFailure("no environment is configured: `switchboard config init` writes what is found")
    }
    guard names.count == 1 else {
      throw UsageFailure("which environment? Say --env NAME or `default:`; there are \(list)")
    }
    return only
  }
}
