import Facts
import Testing

@testable import DataSources

/// Which probe speaks for which service.
@Suite struct ConnectionsTests {
  init() { EventLoop.runOnOwnThread() }

  @LoopActor private func probes(
    _ services: [ServiceSettings],
    _ sources: [SourceDefinition]
  ) throws -> [String] {
    let environment = EnvironmentSettings(name: "local", sources: sources, services: services)
    let connections = try Connections(
      environment,
      settings: Settings(environments: [environment]),
      secrets: { _ in nil },
      memory: nil
    )
    defer { connections.close() }
    return connections.probes.keys.sorted().map { service in
      let told = connections.probes[service]?.map { "\($0.source)\($0.isOwn ? "" : " (needed)")" } ?? []
      return "\(service): \(told.joined(separator: ", "))"
    }
  }

  private func redis(_ id: String) -> SourceDefinition {
    SourceDefinition(id: id, settings: RedisSettings(url: "redis://localhost:1/0"))
  }

  @Test @LoopActor func aProbeSpeaksForTheServiceThatNamesItsSource() throws {
    let services = [
      ServiceSettings(name: "cache", probe: "redis"), ServiceSettings(name: "web", needs: ["cache"]),
    ]
    #expect(
      try probes(services, [redis("redis")]) == ["cache: probe.redis, redis", "web: probe.redis (needed)"]
    )
  }

  @Test @LoopActor func withoutOneItSpeaksForTheServiceOfItsName() throws {
    #expect(try probes([], [redis("redis")]) == ["redis: probe.redis, redis"])
  }

  @Test @LoopActor func passwordsOfTheSettingsAreStruckOutOfEverybodysWords() throws {
    var settings = RedisSettings(url: "redis://localhost:1/0")
    settings.password = .environment("PASSWORD")
    var other = RedisSettings(url: "redis://keeper@localhost:2/0")
    other.password = .environment("NAME")
    let environment = EnvironmentSettings(
      name: "local",
      sources: [
        SourceDefinition(id: "redis", settings: settings), SourceDefinition(id: "other", settings: other),
      ],
      services: [ServiceSettings(name: "localised-db")]
    )
    let connections = try Connections(
      environment,
      settings: Settings(environments: [environment]),
      secrets: { $0 == .environment("PASSWORD") ? Secret("hunter2+hunter2") : Secret("localised") },
      memory: nil
    )
    defer { connections.close() }
    let line = CredentialWords.struckOut(of: "AUTH hunter2+hunter2 or hunter2%2Bhunter2, said nobody")
    #expect(!line.contains("hunter2") && line.hasPrefix("AUTH ") && line.hasSuffix(", said nobody"))
    // Any server's words, in the forms that a login has; not what is also the name of a service.
    let failure = SourceFailure(.status(500), at: "", detail: "hunter2+hunter2 of localised-db")
    #expect(failure.detail == "‹password› of localised-db")
  }

  @Test @LoopActor func headersOfOnesOwnGoWithEveryQuestion() async throws {
    let server = ScriptedServer.answering("{}")
    defer { server.stop() }
    let headers = [
      HTTPHeaderSettings("X-Scope-OrgID", .text("voiceai")),
      HTTPHeaderSettings("X-Api-Key", .reference(.environment("KEY"))),
    ]
    let login = LoginSettings(email: .text("ops@x"), password: .environment("PASSWORD"))
    let environment = EnvironmentSettings(
      name: "local",
      sources: [
        SourceDefinition(id: "prometheus", settings: PrometheusSettings(url: server.url, headers: headers)),
        SourceDefinition(
          id: "alertmanager",
          settings: AlertmanagerSettings(url: server.url, headers: headers)
        ),
        SourceDefinition(
          id: "api",
          settings: HTTPEndpointSettings(base: server.url, login: login, headers: headers)
        ),
      ],
      services: [
        ServiceSettings(
          name: "backend",
          liveness: LivenessSettings(source: "api", path: "/health", when: "status == 200")
        )
      ]
    )
    let connections = try Connections(
      environment,
      settings: Settings(environments: [environment]),
      secrets: { $0 == .environment("KEY") ? Secret("k3y") : Secret("a password") },
      memory: nil
    )
    defer { connections.close() }
    for source in connections.sources { _ = try? await source.poll() }
    let asked = ["/api/v1/query", "/-/healthy", "/health ", "/api/v1/auth/login"]
    for path in asked { #expect(server.requests.contains { $0.contains(path) }, "\(path)") }
    for request in server.requests {
      #expect(request.contains("X-Scope-OrgID: voiceai\r\n") && request.contains("X-Api-Key: k3y\r\n"))
    }
  }

  @Test @LoopActor func twoSourcesOfAKindHaveProbesOfTheirOwn() throws {
    let services = [
      ServiceSettings(name: "cache", probe: "redis"), ServiceSettings(name: "broker", probe: "broker"),
    ]
    #expect(
      try probes(services, [redis("redis"), redis("broker")]) == [
        "broker: probe.broker, broker", "cache: probe.redis, redis",
      ]
    )
  }

  @Test(
    arguments: [
      HTTPEndpointSettings(base: "http://localhost:1"), PrometheusSettings(url: "http://localhost:1"),
      AlertmanagerSettings(url: "http://localhost:1"), RabbitMQSettings(url: "http://localhost:1"),
      PostgresSettings(url: "postgresql://localhost:1/a"), RedisSettings(url: "redis://localhost:1/0"),
    ] as [any SourceSettings]
  )
  @LoopActor func everyKindIsAskedAsOftenAndWaitedForAsLongAsToldOfIt(kind: any SourceSettings) throws {
    let source = SourceDefinition(id: "one", settings: kind, interval: .seconds(7), deadline: .seconds(3))
    let environment = EnvironmentSettings(name: "local", sources: [source])
    // What is told of one source goes before what is told of all.
    let settings = Settings(environments: [environment], refreshInterval: .seconds(4))
    let connections = try Connections(environment, settings: settings, secrets: { _ in nil }, memory: nil)
    defer { connections.close() }
    let told = connections.sources.map(\.descriptor).filter { $0.interval == .seconds(7) }
    #expect(told.map(\.deadline) == [.seconds(3)])
  }

  @Test @LoopActor func aWorkerIsAskedForItsConsumersAndWhetherTheyConsume() throws {
    let rabbit = SourceDefinition(
      id: "mq",
      settings: RabbitMQSettings(url: "http://localhost:1", worker: "worker")
    )
    let environment = EnvironmentSettings(
      name: "local",
      sources: [rabbit],
      services: [ServiceSettings(name: "worker")]
    )
    let connections = try Connections(
      environment,
      settings: Settings(environments: [environment]),
      secrets: { _ in nil },
      memory: nil
    )
    defer { connections.close() }
    let facts = connections.probes["worker"]?.map(\.fact)
    #expect(facts == ["queue.celery.consumers", "queue.celery.consuming"])
  }

  /// Two of every kind, each behind an address of its own.
  private static func two(_ port: @escaping (String) -> Int) -> [SourceDefinition] {
    let kinds: [(String, (String) -> any SourceSettings)] = [
      ("api", { HTTPEndpointSettings(base: "http://127.0.0.1:\(port($0))") }),
      ("prometheus", { PrometheusSettings(url: "http://127.0.0.1:\(port($0))") }),
      ("alertmanager", { AlertmanagerSettings(url: "http://127.0.0.1:\(port($0))") }),
      ("rabbitmq", { RabbitMQSettings(url: "http://127.0.0.1:\(port($0))", worker: "\($0)-worker") }),
      ("postgres", { PostgresSettings(url: "postgresql://u@127.0.0.1:\(port($0))/d") }),
      ("redis", { RedisSettings(url: "redis://127.0.0.1:\(port($0))/0") }),
    ]
    return kinds.flatMap { id, make in
      [id, "\(id)2"].map { SourceDefinition(id: $0, settings: make($0)) }
    }
  }

  @Test @LoopActor func ofTwoSourcesOfEachKindNoneTellsWhatAnotherDoes() throws {
    let environment = EnvironmentSettings(name: "local", sources: Self.two { _ in 1 })
    let connections = try Connections(
      environment,
      settings: Settings(environments: [environment]),
      secrets: { _ in nil },
      memory: nil
    )
    defer { connections.close() }
    let descriptors = connections.sources.map(\.descriptor)
    let ids = descriptors.map(\.id)
    #expect(Set(ids).count == ids.count, "\(ids)")
    let names = descriptors.flatMap { $0.declares.map(\.name) }
    #expect(Set(names).count == names.count)
    let first = descriptors.filter { ["rabbitmq", "postgres", "redis", "prometheus"].contains($0.id) }
    for one in first {
      let other = try #require(descriptors.first { $0.id == "\(one.id)2" })
      #expect(other.declares.map(\.name) == one.declares.map { $0.name.qualified(by: other.id) })
      #expect(one.qualifier == nil && other.qualifier == other.id)
    }
    for id in environment.sources.map(\.id) {
      #expect(connections.probes[id]?.contains(where: \.isOwn) == true, "\(id) is proven by nothing")
    }
    let told = connections.probes.values.flatMap { $0.map(\.fact) }
    #expect(Set(told).count == told.count)
    #expect(
      connections.probes["rabbitmq2-worker"]?.map(\.fact.description) == [
        "rabbitmq2.queue.celery.consumers", "rabbitmq2.queue.celery.consuming",
      ]
    )
    #expect(connections.probes["prometheus2"]?.map(\.fact.description).last == "prometheus2.prom.targets")
  }

  @Test @LoopActor func whatTheSecondOfAKindTellsGoesByItsName() async throws {
    let server = ScriptedServer.routing { line in
      line.hasPrefix("GET /api/queues")
        ? Array(
          #"[{"name":"celery","vhost":"/","messages_ready":7,"messages_unacknowledged":0,"consumers":1}]"#
            .utf8
        ) : nil
    }
    defer { server.stop() }
    let environment = EnvironmentSettings(name: "local", sources: Self.two { _ in server.port })
    let connections = try Connections(
      environment,
      settings: Settings(environments: [environment]),
      secrets: { _ in nil },
      memory: nil
    )
    defer { connections.close() }
    let broker = try #require(connections.sources.first { $0.descriptor.id == "rabbitmq2" })
    let reading = try await broker.poll()
    #expect(reading.observations.allSatisfy { $0.name.qualifier == "rabbitmq2" })
    let depth = reading.observations.first { $0.name == "rabbitmq2.queue.depth" }
    #expect(depth?.value == .number(7))
    #expect(depth?.origin.source == "rabbitmq2")
    #expect(reading.snapshots.count == 1)
  }

  @Test @LoopActor func aDetailIsAskedOfTheSourceThatToldTheRow() throws {
    let environment = EnvironmentSettings(name: "local", sources: Self.two { $0.hasSuffix("2") ? 2 : 1 })
    let connections = try Connections(
      environment,
      settings: Settings(environments: [environment]),
      secrets: { _ in nil },
      memory: nil
    )
    defer { connections.close() }
    #expect(connections.sources(offering: PostgresSource.self) == ["postgres", "postgres2"])
    #expect(connections.offer(PostgresSource.self)?.descriptor.id == "postgres")
    #expect(connections.offer(PostgresSource.self, of: "postgres2")?.descriptor.id == "postgres2")
    #expect(connections.offer(PostgresSource.self, of: "redis2") == nil)
  }

  @Test(arguments: [
    ("services: {celery-worker: {build: .}}", "celery-worker"),
    ("services: {jobs: {build: ., command: celery -A app worker}}", "jobs"),
    ("services: {jobs: {build: ., command: [/venv/bin/celery, -A, app, worker, -Q, 'mail,celery']}}", "jobs"),
    ("services: {jobs: {build: ., command: [sh, -c, 'exec celery -A app worker --loglevel=info']}}", "jobs"),
    ("services: {jobs: {build: ., command: celery -A app worker --queues=mail}}", nil),
    ("services: {beat: {build: ., command: celery -A app beat}}", nil),
    ("services: {web: {build: ., command: gunicorn --workers 4}}", nil),
    ("services: {mail-worker: {build: .}}", nil),
  ])
  func theComposeFileTellsWhoWorksOnAQueue(_ text: String, _ worker: String?) throws {
    var settings = RabbitMQSettings(url: "http://localhost:1")
    settings.complete(by: try readCompose([text]).services)
    #expect(settings.worker == worker)
    var told = RabbitMQSettings(url: "http://localhost:1", worker: "mine")
    told.complete(by: try readCompose([text]).services)
    #expect(told.worker == "mine")
  }
}
