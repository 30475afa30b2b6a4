import DataSources
import Facts

/// What an environment names: services, addresses, and what may go out in clear.
extension SettingsCheck {
  /// The services that `needs` and `then` name, and that `needs` leads nowhere in a circle.
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
      guard let place = body?["url"] ?? body?["base"], let text = source.settings.address,
        !text.isEmpty
      else { continue }
      do throws(SourceFailure) {
        switch source.settings {
        case .redis: _ = try RedisOptions(address: text, password: nil)
        case .postgres: _ = try PostgresOptions(address: text, password: nil)
        case .http, .prometheus, .alertmanager, .rabbitmq: break
        }
      } catch {
        context.report(error.detail, at: place.location)
        continue
      }
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
    switch settings {
    case .http(let http): return address.scheme == "http" && http.login != nil
    case .prometheus(let prometheus): return address.scheme == "http" && prometheus.credentials != nil
    case .alertmanager(let alertmanager): return address.scheme == "http" && alertmanager.credentials != nil
    case .rabbitmq(let rabbit): return address.scheme == "http" && rabbit.password != nil
    case .redis(let redis): return address.scheme == "redis" && redis.password != nil
    case .postgres(let postgres):
      let query = address.path.split(separator: "?", maxSplits: 1).last ?? ""
      let isOpen = query.split(separator: "&").contains { ["sslmode=disable", "sslmode=allow"].contains($0) }
      return isOpen && postgres.password != nil
    }
  }
}
