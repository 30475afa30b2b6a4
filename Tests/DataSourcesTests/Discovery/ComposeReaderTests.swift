import DataSources
import Facts
import Testing

/// A compose file of the test's own, in the shape of the stack that the console watches.
let stackCompose = """
  x-common: &common
    restart: unless-stopped
    environment: &env
      DATABASE_URL: postgresql://postgres:${POSTGRES_PASSWORD:-postgres}@postgres:5432/voiceai_testing
  services:
    backend:
      <<: *common
      build: ./backend
      container_name: ${COMPOSE_PROJECT_NAME:-voiceai}-backend
      ports: ["8000:8000"]
      depends_on:
        postgres: {condition: service_healthy}
        redis: {condition: service_healthy}
        rabbitmq: {condition: service_healthy}
      healthcheck: {test: [CMD, curl, -f, "http://localhost:8000/health"]}
    celery-worker:
      <<: *common
      build: ./backend
      command: celery -A app worker
      depends_on: [postgres, rabbitmq]
      environment:
        <<: *env
        ROLE: worker
    postgres:
      image: postgres:15-alpine
      ports: ["5433:5432"]
      environment:
        POSTGRES_USER: postgres
        POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-postgres}
        POSTGRES_DB: voiceai_testing
      healthcheck: {test: ["CMD-SHELL", "pg_isready -U postgres"]}
    redis:
      image: redis:7-alpine
      command: redis-server --requirepass "${REDIS_PASSWORD:-r3dis}"
      ports:
        - "127.0.0.1:6379:6379"
    rabbitmq:
      image: rabbitmq:3.12-management-alpine
      ports: ["5672:5672", "15672:15672"]
      environment:
        - RABBITMQ_DEFAULT_USER=rabbitmq
        - RABBITMQ_DEFAULT_PASS=${RABBITMQ_PASS-rabbitmq}
        - RABBITMQ_DEFAULT_VHOST=voiceai
    prometheus:
      image: prom/prometheus:v2.48.0
      ports:
        - target: 9090
          published: "9090"
          protocol: tcp
    alertmanager: {image: prom/alertmanager, ports: ["9093:9093"]}
    grafana: {image: "grafana/grafana:10.2.0", ports: ["3000:3000"]}
    postgres-exporter: {image: prometheuscommunity/postgres-exporter, ports: ["9187:9187"]}
    frontend: {build: ./frontend, ports: ["3001:80"]}
    pgadmin: {image: dpage/pgadmin4, ports: ["5050:80"], profiles: [dev, debug]}
  """

/// Reads texts as one project of the directory `/srv/Voice.AI`.
func readCompose(
  _ texts: [String],
  process: [String: String] = [:],
  file: [String: String] = [:],
  environmentFiles: [String: String] = [:]
) throws -> ComposeProject {
  try ComposeReader.read(
    texts.enumerated().map { .init(path: "c\($0.offset).yaml", bytes: Array($0.element.utf8)) },
    directory: "/srv/Voice.AI",
    variables: ComposeVariables(process: process, file: file),
    content: { path in environmentFiles[path].map { .success(Array($0.utf8)) } ?? .failure(.missing(path)) }
  )
}

@Suite struct ComposeReaderTests {
  /// A service is meant to end where another one waits for its good end.
  @Test func whoWaitsForTheEndOfAServiceMakesItAOneShot() throws {
    let text = """
      services:
        migrate: {image: a}
        seed: {image: a, restart: always}
        checked: {image: a, healthcheck: {test: [CMD, "true"]}}
        buckets: {image: a}
        web:
          image: a
          depends_on:
            migrate: {condition: service_completed_successfully}
            seed: {condition: service_completed_successfully}
            checked: {condition: service_completed_successfully}
            buckets: {condition: service_started}
        off: {image: a, profiles: [x], depends_on: {buckets: {condition: service_completed_successfully}}}
      """
    let project = try readCompose([text])
    var environment = EnvironmentSettings(name: "e", services: [ServiceSettings(name: "migrate", needs: [])])
    let taken = environment.takeDefaults(from: project)
    #expect(environment.services.filter { $0.isOneShot != nil }.map(\.name) == ["migrate"])
    #expect(environment.service("migrate")?.isOneShot == true)
    #expect(taken[["services", "migrate", "one_shot"]]?.line == 9)
    environment.services[0].isOneShot = false
    _ = environment.takeDefaults(from: project)
    #expect(environment.service("migrate")?.isOneShot == false, "what is configured stands")
  }

  @Test func theStackIsRead() throws {
    let project = try readCompose([stackCompose])
    #expect(project.name == "voiceai")
    #expect(project.notes.isEmpty)
    let services = Dictionary(uniqueKeysWithValues: project.services.map { ($0.name, $0) })
    #expect(services["backend"]?.containerName == "voiceai-backend")
    #expect(services["backend"]?.dependsOn == ["postgres", "redis", "rabbitmq"])
    #expect(services["backend"]?.hasHealthCheck == true)
    #expect(services["grafana"]?.hasHealthCheck == false)
    #expect(services["celery-worker"]?.dependsOn == ["postgres", "rabbitmq"])
    #expect(services["celery-worker"]?.environment["ROLE"] == "worker")
    #expect(
      services["celery-worker"]?.environment["DATABASE_URL"]?.hasSuffix(
        "postgres:postgres@postgres:5432/voiceai_testing"
      ) == true
    )
    #expect(
      services["redis"]?.ports == [ComposePort(hostAddress: "127.0.0.1", published: 6379, target: 6379)]
    )
    #expect(services["redis"]?.command == ["redis-server", "--requirepass", "r3dis"])
    #expect(services["prometheus"]?.ports == [ComposePort(published: 9090, target: 9090)])
    #expect(services["pgadmin"]?.isActive == false)
    #expect(
      project.services.compactMap { service in
        SourceCatalog.standard.kind(of: service).map { "\(service.name)=\($0.type)" }
      } == [
        "backend=http", "postgres=postgres", "redis=redis", "rabbitmq=rabbitmq", "prometheus=prometheus",
        "alertmanager=alertmanager",
      ]
    )
  }

  @Test func theStackBecomesSettings() throws {
    let discovery = Discovery(project: try readCompose([stackCompose], process: ["REDIS_PASSWORD": "p"]))
    let environment = try #require(discovery.settings.environment("local"))
    #expect(environment.runtime == .compose(project: "voiceai", engine: nil, files: ["c0.yaml"]))
    #expect(!environment.isProduction)
    #expect(
      environment.sources == [
        SourceDefinition(id: "api", settings: HTTPEndpointSettings(base: "http://localhost:8000")),
        SourceDefinition(
          id: "postgres",
          settings: PostgresSettings(
            url: "postgresql://postgres@localhost:5433/voiceai_testing",
            password: .discovered(Secret("postgres"))
          )
        ),
        SourceDefinition(
          id: "redis",
          settings: RedisSettings(url: "redis://127.0.0.1:6379/0", password: .discovered(Secret("p")))
        ),
        SourceDefinition(
          id: "rabbitmq",
          settings: RabbitMQSettings(
            url: "http://localhost:15672",
            vhost: "voiceai",
            worker: "celery-worker",
            user: "rabbitmq",
            password: .discovered(Secret("rabbitmq"))
          )
        ),
        SourceDefinition(
          id: "prometheus",
          settings: PrometheusSettings(url: "http://localhost:9090")
        ),
        SourceDefinition(
          id: "alertmanager",
          settings: AlertmanagerSettings(url: "http://localhost:9093")
        ),
      ]
    )
    #expect(environment.services(needing: "postgres") == ["backend", "celery-worker"])
    #expect(environment.service("postgres")?.probe == "postgres")
    #expect(environment.service("backend")?.needs == ["postgres", "redis", "rabbitmq"])
    #expect(environment.service("backend")?.liveness == LivenessSettings(source: "api", path: "/health"))
    #expect(environment.service("pgadmin") == nil)
  }

  @Test func anOverrideFileGoesOverTheFirst() throws {
    let project = try readCompose([
      stackCompose,
      """
      name: other
      services:
        postgres:
          image: postgis/postgis:16
          environment: {POSTGRES_DB: more}
          ports: !override ["6000:5432"]
          healthcheck: {disable: true}
        redis: {ports: ["6380:6379"], command: redis-server}
        extra: {image: busybox}
      """,
    ])
    #expect(project.name == "other")
    let postgres = try #require(project.services.first { $0.name == "postgres" })
    #expect(postgres.environment["POSTGRES_DB"] == "more")
    #expect(postgres.environment["POSTGRES_USER"] == "postgres")
    #expect(postgres.ports == [ComposePort(published: 6000, target: 5432)])
    #expect(postgres.hasHealthCheck == false)
    #expect(SourceCatalog.standard.kind(of: postgres)?.type == "postgres")
    let redis = try #require(project.services.first { $0.name == "redis" })
    #expect(redis.ports.count == 2)
    #expect(redis.command == ["redis-server"])
    #expect(project.services.last?.name == "extra")
  }

  @Test func theJSONOfComposeConfigIsTheSame() throws {
    let json = """
      {"name":"voiceai","services":{"redis":{"command":["redis-server","--requirepass","a$$b"],"image":"redis:7",
      "depends_on":{"x":{"condition":"service_started","required":true}},"healthcheck":{"test":["CMD","redis-cli"]},
      "ports":[{"mode":"ingress","target":6379,"published":"6379","protocol":"tcp","host_ip":"0.0.0.0"}],
      "environment":{"A":"\\u003c1\\u003e","B":null}}}}
      """
    let redis = try #require(try readCompose([json]).services.first)
    #expect(redis.command == ["redis-server", "--requirepass", "a$b"])
    #expect(redis.ports == [ComposePort(hostAddress: "0.0.0.0", published: 6379, target: 6379)])
    #expect(redis.ports[0].host == "localhost")
    #expect(redis.environment == ["A": "<1>"])
    #expect(redis.dependsOn == ["x"] && redis.hasHealthCheck)
  }

  @Test(arguments: [
    ([:], "voiceai"), (["COMPOSE_PROJECT_NAME": "mine"], "mine"),
  ])
  func theDirectoryNamesTheProjectUnlessTold(process: [String: String], expected: String) throws {
    #expect(try readCompose(["services: {}"], process: process).name == expected)
    #expect(ComposeProject.normalizedName("_-My Dir.2_x") == "mydir2_x")
  }

  @Test func profilesTurnServicesOn() throws {
    let project = try readCompose([stackCompose], file: ["COMPOSE_PROFILES": "a,debug"])
    #expect(!project.services.contains { !$0.isActive })
  }

  @Test(arguments: [
    ("80", []), ("8080:80", ["8080>80"]), ("127.0.0.1:1:2/tcp", ["127.0.0.1 1>2"]), ("53:53/udp", []),
    ("[::1]:8080:80", ["::1 8080>80"]), ("8000-8002:9000-9002", ["8000>9000", "8001>9001", "8002>9002"]),
    ("8000-8002:80", ["8000>80"]), ("a:b", []), ("99999:80", []), ("1-65535:1-65535", []), (":80", []),
    ("", []),
  ])
  func shortPortsAreRead(text: String, expected: [String]) throws {
    let project = try readCompose(["services: {s: {ports: ['\(text)']}}"])
    let ports = project.services[0].ports.map { port in
      (port.hostAddress.isEmpty ? "" : port.hostAddress + " ") + "\(port.published)>\(port.target)"
    }
    #expect(ports == expected)
  }

  @Test func environmentFilesComeFirst() throws {
    let project = try readCompose(
      [
        "services: {db: {image: postgres, env_file: [./a.env, {path: b.env, required: false}], environment: {POSTGRES_DB: own}}}"
      ],
      environmentFiles: [
        "/srv/Voice.AI/a.env": "POSTGRES_DB=a\nPOSTGRES_PASSWORD=first\n",
        "/srv/Voice.AI/b.env": "export POSTGRES_PASSWORD='se$cond'  # note\n",
      ]
    )
    #expect(project.services[0].environment == ["POSTGRES_DB": "own", "POSTGRES_PASSWORD": "se$cond"])
    #expect(project.services[0].environmentFiles == ["/srv/Voice.AI/a.env", "/srv/Voice.AI/b.env"])
  }

  @Test func whatIsNotFollowedIsNoted() throws {
    let project = try readCompose([
      "include: ['oci://x/y:1']\nservices: {s: {image: '${NONE}', extends: {service: t, file: 'https://x/y.yaml'}}}"
    ])
    #expect(
      project.notes == [
        "c0.yaml:2:43: `extends` of another machine's file is not followed",
        "c0.yaml:1:11: `include` of another machine's file is not followed", "the variable NONE is not set",
      ]
    )
  }

  @Test func passwordsAreReadWhereTheImagesReadThem() throws {
    let files = ["/srv/Voice.AI/pw.txt": "from a file\n", "/srv/Voice.AI/e.env": "REDIS_PASSWORD=from env\n"]
    let project = try readCompose(
      [
        """
        secrets: {pw: {file: pw.txt}, mq: {environment: MQ}}
        services:
          db:
            {image: postgres, ports: ['5432:5432'], secrets: [pw], environment: {POSTGRES_PASSWORD_FILE: /run/secrets/pw}}
          mq:
            image: bitnami/rabbitmq
            ports: ['15672:15672']
            secrets: [{source: mq, target: /x}]
            environment: [RABBITMQ_USERNAME=ops, RABBITMQ_PASSWORD_FILE=/x, RABBITMQ_VHOST=v]
          cache: {image: redis, ports: ['6379:6379'], env_file: e.env}
          pg2: {image: 'bitnami/postgresql', ports: ['5433:5432'], environment: {POSTGRESQL_PASSWORD: '${PG}'}}
          lost: {image: postgres, environment: {POSTGRES_PASSWORD_FILE: /elsewhere}}
        """
      ],
      process: ["MQ": "from the process"],
      file: ["PG": "from .env"],
      environmentFiles: files
    )
    var discovery = Discovery(project: project)
    discovery.project?.services[3].references["POSTGRESQL_PASSWORD"] = .keyInFile("/srv/.env", key: "PG")
    let sources = discovery.settings.environments[0].sources
    #expect(
      sources == [
        SourceDefinition(
          id: "postgres",
          settings: PostgresSettings(
            url: "postgresql://postgres@localhost:5432/postgres",
            password: .discovered(Secret("from a file"))
          )
        ),
        SourceDefinition(
          id: "rabbitmq",
          settings: RabbitMQSettings(
            url: "http://localhost:15672",
            vhost: "v",
            user: "ops",
            password: .discovered(Secret("from the process"))
          )
        ),
        SourceDefinition(
          id: "redis",
          settings: RedisSettings(url: "redis://localhost:6379/0", password: .discovered(Secret("from env")))
        ),
        SourceDefinition(
          id: "pg2",
          settings: PostgresSettings(
            url: "postgresql://postgres@localhost:5433/postgres",
            password: .discovered(Secret("from .env"))
          )
        ),
      ]
    )
    #expect(
      discovery.references == [
        "postgres": .file("/srv/Voice.AI/pw.txt"), "rabbitmq": .environment("MQ"),
        "redis": .keyInFile("/srv/Voice.AI/e.env", key: "REDIS_PASSWORD"),
        "pg2": .keyInFile("/srv/.env", key: "PG"),
      ]
    )
    #expect(
      project.notes == [
        "lost: POSTGRES_PASSWORD_FILE points at /elsewhere, which is no secret of the project: not read"
      ]
    )
  }

  @Test func foundCredentialsDoNotLeaveTheMachine() throws {
    let project = try readCompose([
      "services: {db: {image: postgres, ports: ['10.0.0.5:5432:5432'], environment: {POSTGRES_PASSWORD: x}}}"
    ])
    let environment = try #require(Discovery(project: project).settings.environments.first)
    #expect(environment.isProduction)
    guard let database = environment.sources[0].settings as? PostgresSettings,
      let password = database.password
    else {
      Issue.record("no password")
      return
    }
    let resolver = SecretResolver(home: nil) { _ in nil }
    #expect(throws: SourceFailure.self) { try resolver.resolve(password, for: database.url ?? "") }
  }
}
