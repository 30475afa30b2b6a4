internal import Facts

extension Discovery {
  /// The name of the environment that is found.
  public static let environmentName = "local"

  /// The settings to use when nothing is configured: one environment of what was found.
  public var settings: Settings {
    let environment = project.map(environment(of:)) ?? runbookEnvironment
    return Settings(environments: [environment])
  }

  private func environment(of project: ComposeProject) -> EnvironmentSettings {
    let active = project.services.filter(\.isActive)
    var sources: [SourceDefinition] = []
    var services: [ServiceSettings] = []
    for service in active {
      var entry = ServiceSettings(name: service.name, needs: service.dependsOn)
      entry.then = active.filter { $0.dependsOn.contains(service.name) }.map(\.name)
      if let settings = service.source, let role = service.role {
        let id = role == .backend ? "api" : role.rawValue
        // Of two services of one role the first is the source; the other one's id is its own name.
        let unique = sources.contains { $0.id == id } ? service.name : id
        if !sources.contains(where: { $0.id == unique }) {
          sources.append(SourceDefinition(id: unique, settings: settings))
          entry.observe(unique, as: role)
        }
      }
      services.append(entry)
    }
    return EnvironmentSettings(
      name: Self.environmentName,
      runtime: .compose(project: project.name, engine: engine, files: project.files),
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
      runtime: .compose(project: "voiceai", engine: engine, files: []),
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
        .redis(RedisSettings(url: "redis://\(port.host):\(port.published)/0", password: redisPassword))
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
    RabbitMQSettings(
      url: url,
      vhost: environment["RABBITMQ_DEFAULT_VHOST"] ?? "/",
      user: environment["RABBITMQ_DEFAULT_USER"] ?? "guest",
      password: .discovered(Secret(environment["RABBITMQ_DEFAULT_PASS"] ?? "guest"))
    )
  }

  private func database(at port: ComposePort) -> PostgresSettings {
    let user = environment["POSTGRES_USER"] ?? "postgres"
    let name = environment["POSTGRES_DB"] ?? user
    let address = "\(port.host):\(port.published)"
    return PostgresSettings(
      url: "postgresql://\(percentEncoded(user))@\(address)/\(percentEncoded(name))",
      password: environment["POSTGRES_PASSWORD"].map { .discovered(Secret($0)) }
    )
  }

  private var redisPassword: SecretReference? {
    if let flag = command.firstIndex(of: "--requirepass"), flag + 1 < command.count {
      return .discovered(Secret(command[flag + 1]))
    }
    return environment["REDIS_PASSWORD"].flatMap { $0.isEmpty ? nil : .discovered(Secret($0)) }
  }
}
