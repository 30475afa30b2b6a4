internal import Facts

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
      uniqueKeysWithValues: found.compactMap { id, service in
        ComposeCredentials(service).passwordReference.map { (id, $0) }
      }
    )
  }

  /// The services that a source reads, by the source's id, in the order of the services.
  ///
  /// Of two services of one role the first has the role's name; the other one's id is its own name.
  var found: [(id: String, service: ComposeService)] {
    var found: [(id: String, service: ComposeService)] = []
    for service in project?.services ?? [] where service.isActive {
      guard service.source != nil, let role = service.role else { continue }
      let id = role == .backend ? "api" : role.rawValue
      let unique = found.contains { $0.id == id } ? service.name : id
      if !found.contains(where: { $0.id == unique }) { found.append((unique, service)) }
    }
    return found
  }

  private func environment(of project: ComposeProject) -> EnvironmentSettings {
    let active = project.services.filter(\.isActive)
    let found = found
    let services = active.map { service in
      let names = active.map(\.name)
      var entry = ServiceSettings(name: service.name, needs: service.dependsOn.filter(names.contains))
      entry.then = active.filter { $0.dependsOn.contains(service.name) }.map(\.name)
      if let id = found.first(where: { $0.service.name == service.name })?.id, let role = service.role {
        entry.observe(id, as: role)
      }
      return entry
    }
    let sources = found.compactMap { id, service in
      service.source.map { SourceDefinition(id: id, settings: $0) }
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
    let broker = RabbitMQSettings(
      url: "http://localhost:15672",
      user: "guest",
      password: .discovered(Secret("guest"))
    )
    // libpq tries the hosts in turn: the stack publishes 5433, a Postgres of the machine's own 5432.
    let database = PostgresSettings(
      url: "postgresql://postgres@localhost:5433,localhost:5432/voiceai_testing"
    )
    let settings: [(String, SourceSettings)] = [
      ("api", .http(HTTPEndpointSettings(base: "http://localhost:8000"))),
      ("prometheus", .prometheus(PrometheusSettings(url: "http://localhost:9090"))),
      ("rabbitmq", .rabbitmq(broker)),
      ("postgres", .postgres(database)),
      ("redis", .redis(RedisSettings(url: "redis://localhost:6379/0"))),
      ("alertmanager", .alertmanager(AlertmanagerSettings(url: "http://localhost:9093"))),
    ]
    return EnvironmentSettings(
      name: Self.environmentName,
      runtime: .compose(project: "voiceai", engine: nil, files: []),
      sources: settings.map { SourceDefinition(id: $0.0, settings: $0.1) },
      services: [
        ServiceSettings(name: "backend", liveness: LivenessSettings(source: "api", path: "/health"))
      ]
    )
  }
}

extension ServiceSettings {
  /// Proves the service by a source: the backend by its liveness, any other by the source's own probe.
  fileprivate mutating func observe(_ source: String, as role: ComposeRole) {
    if role == .backend {
      liveness = LivenessSettings(source: source, path: "/health")
    } else {
      probe = source
    }
  }
}

extension ComposeService {
  /// The source that reads this service from here; nil when there is none or its port is not published.
  var source: SourceSettings? {
    switch role {
    case .backend: web(8000).map { .http(HTTPEndpointSettings(base: $0)) }
    case .prometheus: web(9090).map { .prometheus(PrometheusSettings(url: $0)) }
    case .alertmanager: web(9093).map { .alertmanager(AlertmanagerSettings(url: $0)) }
    case .rabbitmq: web(15672).map { .rabbitmq(broker(at: $0)) }
    case .postgres: published(5432).map { .postgres(database(at: $0)) }
    case .redis:
      published(6379).map { port in
        let password = ComposeCredentials(self).password.map(SecretReference.discovered)
        return .redis(RedisSettings(url: "redis://\(port.host):\(port.published)/0", password: password))
      }
    case .grafana, nil: nil
    }
  }

  /// The address of a published port; of a backend any published port will do.
  private func web(_ target: Int) -> String? {
    let port = published(target) ?? (role == .backend ? ports.first : nil)
    return port.map { "http://\($0.host):\($0.published)" }
  }

  private func broker(at url: String) -> RabbitMQSettings {
    let account = ComposeCredentials(self)
    return RabbitMQSettings(
      url: url,
      vhost: account.space ?? "/",
      user: account.user ?? "guest",
      password: account.password.map(SecretReference.discovered)
    )
  }

  private func database(at port: ComposePort) -> PostgresSettings {
    let account = ComposeCredentials(self)
    let user = account.user ?? "postgres"
    let address = "\(port.host):\(port.published)"
    return PostgresSettings(
      url: "postgresql://\(percentEncoded(user))@\(address)/\(percentEncoded(account.space ?? user))",
      password: account.password.map(SecretReference.discovered)
    )
  }
}
