import DataSources
import Facts

/// What an environment names: services, addresses, and what may go out in clear.
extension SettingsCheck {
  /// The services that `needs`, `then` and `worker` name, and that `needs` leads nowhere in a circle.
  static func references(
    _ environment: EnvironmentSettings,
    _ project: ComposeProject?,
    _ node: YAMLNode,
    _ context: inout ReadContext
  ) {
    let written = node["services"]?.entries ?? []
    let known = Set(
      (project?.services.map(\.name) ?? written.map(\.key)) + environment.sources.map(\.id)
    )
    for entry in written {
      if project != nil { name(entry.key, at: entry.keyLocation, known, isWhole: true, &context) }
      for key in ["needs", "then"] {
        for element in entry.value[key]?.elements ?? [] {
          guard let text = element.text else { continue }
          let others = known.union(written.map(\.key)).subtracting(project == nil ? [entry.key] : [])
          name(text, at: element.location, others, isWhole: project != nil, &context)
        }
      }
    }
    for source in environment.sources {
      guard let worker = source.settings.worker, let place = node["sources"]?[source.id]?["worker"]
      else { continue }
      name(worker, at: place.location, known, isWhole: project != nil, &context)
    }
    circle(environment, node, &context)
  }

  /// An unknown name is wrong where all are known; else only one that is nearly a known one is doubtful.
  private static func name(
    _ name: String,
    at place: Location,
    _ known: Set<String>,
    isWhole: Bool,
    _ context: inout ReadContext
  ) {
    guard !known.contains(name) else { return }
    let meant = DidYouMean.suffix(name, among: known.sorted())
    let told = "no service `\(Found.shown(name))`"
    if isWhole {
      context.report("\(told), expected \(listed(known.sorted()))\(meant)", at: place)
    } else if !meant.isEmpty {
      context.warn("\(told) is known\(meant)", at: place)
    }
  }

  private static func circle(
    _ environment: EnvironmentSettings,
    _ node: YAMLNode,
    _ context: inout ReadContext
  ) {
    let needs = Dictionary(
      environment.services.map { ($0.name, $0.needs ?? []) },
      uniquingKeysWith: { first, _ in first }
    )
    var told: Set<String> = []
    for service in environment.services where !told.contains(service.name) {
      guard let path = way(from: service.name, to: service.name, needs) else { continue }
      told.formUnion(path)
      let written = ([service.name] + path).lazy.compactMap { node["services"]?[$0]?["needs"]?.location }
      let shown = ([service.name] + path).map { "`\(Found.shown($0))`" }.joined(separator: " → ")
      context.report("`needs` leads round in a circle: \(shown)", at: written.first ?? node.location)
    }
  }

  /// The shortest way by `needs`, its end included; nil: none.
  private static func way(
    from start: String,
    to end: String,
    _ needs: [String: [String]]
  ) -> [String]? {
    var ways = (needs[start] ?? []).map { [$0] }[...]
    var seen: Set<String> = []
    while let way = ways.popFirst() {
      guard let last = way.last else { continue }
      if last == end { return way }
      guard seen.insert(last).inserted else { continue }
      ways += (needs[last] ?? []).map { way + [$0] }
    }
    return nil
  }

  /// Addresses that a client would refuse when it is opened, and passwords that would go out in clear.
  static func addresses(
    _ environment: EnvironmentSettings,
    _ node: YAMLNode,
    _ context: inout ReadContext
  ) {
    for source in environment.sources {
      let body = node["sources"]?[source.id]
      let problems = source.settings.problems()
      for (key, message) in problems {
        if let place = body?[key] { context.report(message, at: place.location) }
      }
      let key = source.settings.addressKey
      guard let place = body?[key], !problems.contains(where: { $0.key == key }) else { continue }
      guard source.sendsPasswordInClear, !source.allowsCleartext else { continue }
      context.report(
        "a password would go to another machine without encryption, expected TLS, or "
          + "`allow_cleartext: true` in your own configuration",
        at: place.location
      )
    }
  }
}

extension SourceDefinition {
  /// Whether a password leaves this machine without encryption.
  fileprivate var sendsPasswordInClear: Bool {
    guard let text = settings.address, let address = SourceAddress(text), !address.isLoopback else {
      return false
    }
    return settings.isClear(address) && settings.references.contains { !$0.isAccount }
  }
}
