extension Discovery {
  /// The name of the environment that is found.
  public static let environmentName = "local"

  /// The settings to use when nothing is configured: one environment of what was found.
  public var settings: Settings {
    var environment = project.map(environment(of:)) ?? runbookEnvironment
    if refusal != nil {
      // What is there has a name that nobody here knows: nothing is asked or changed under another.
      environment.runtime = .none
      environment.readOnly = true
    }
    return Settings(environments: [environment])
  }

  /// Where the password of each source is to be had again, by the source's id.
  public var references: [String: SecretReference] {
    Dictionary(
      uniqueKeysWithValues: found.compactMap { source in source.finding.password.map { (source.id, $0) } }
    )
  }

  /// A source that was found: its id, and the service that it reads.
  struct Found {
    var id: String
    var service: ComposeService
    var kind: any DiscoverableSource.Type
    var finding: SourceFinding
  }

  /// The services that a source reads, in the order of the services.
  ///
  /// Of two services of one kind the first has the kind's name; the other one's id is its own name.
  var found: [Found] {
    var found: [Found] = []
    for service in project?.services ?? [] where service.isActive {
      guard let kind = catalog.kind(of: service), let finding = kind.find(in: service) else { continue }
      let isTaken = found.contains { $0.id == kind.foundID }
      let id = isTaken ? service.name : kind.foundID
      guard !found.contains(where: { $0.id == id }) else { continue }
      found.append(Found(id: id, service: service, kind: kind, finding: finding))
    }
    return found
  }

  private func environment(of project: ComposeProject) -> EnvironmentSettings {
    let active = project.services.filter(\.isActive)
    let found = found
    let services = active.map { service in
      let names = active.map(\.name)
      var entry = ServiceSettings(name: service.name, needs: service.dependsOn.filter(names.contains))
      if project.waiter(for: service) != nil { entry.isOneShot = true }
      if let source = found.first(where: { $0.service.name == service.name }) {
        entry.observe(source.id, livenessPath: source.kind.livenessPath)
      }
      return entry
    }
    let sources = found.map { source in
      var definition = SourceDefinition(id: source.id, settings: source.finding.settings)
      definition.settings.complete(by: active)
      return definition
    }
    return EnvironmentSettings(
      name: Self.environmentName,
      runtime: .compose(project: project.name, engine: nil, files: project.files),
      sources: sources,
      services: services
    )
  }

  /// The addresses that the runbook uses, on this machine.
  private var runbookEnvironment: EnvironmentSettings {
    EnvironmentSettings(
      name: Self.environmentName,
      runtime: .compose(project: "voiceai", engine: nil, files: []),
      sources: catalog.discoverable.compactMap { kind in
        (kind.usual as (any SourceSettings)?).map { SourceDefinition(id: kind.foundID, settings: $0) }
      },
      services: [
        ServiceSettings(name: "backend", liveness: LivenessSettings(source: "api", path: "/health"))
      ]
    )
  }
}

extension ServiceSettings {
  /// Proves the service by a source: by the path that it is asked for, else by the source's own probe.
  fileprivate mutating func observe(_ source: String, livenessPath: String?) {
    if let livenessPath {
      liveness = LivenessSettings(source: source, path: livenessPath)
    } else {
      probe = source
    }
  }
}
