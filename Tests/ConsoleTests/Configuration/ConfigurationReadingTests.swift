import DataSources
import Testing

@testable import Console

/// The configuration of the design, word for word.
let exampleConfiguration = #"""
  version: 1
  default: dev
  environments:
    dev:
      label: DEV
      color: blue
      runtime: {kind: compose, project: voiceai}
      sources:
        api:        {type: http, base: http://localhost:8000, login: {email: {env: OPS_EMAIL}, password: {env: OPS_PASSWORD}}}
        prometheus: {type: prometheus, url: http://localhost:9090}
        rabbitmq:   {type: rabbitmq, url: http://localhost:15672, vhost: voiceai, queue: celery, user: rabbitmq, password: {env: RABBITMQ_PASS}}
        postgres:   {type: postgres, url: postgresql://postgres@localhost:5433/voiceai_testing}
        redis:      {type: redis, url: redis://localhost:6379/0}
      services:
        backend:  {class: 1, liveness: {source: api, path: /health, when: 'status == 200 and body.status == "healthy"'}, needs: [postgres, redis, rabbitmq]}
        postgres: {then: [backend, celery-worker]}
  alerts:
    queue-critical: {when: queue.depth > 1000 for 2m, severity: critical, clear: queue.depth < 900, runbook: high-queue-depth, escalate: P1}
    queue-warning:  {when: queue.depth > 500 for 5m, severity: warning, runbook: high-queue-depth, escalate: P3}
  quick_test:
    script: auto                      # or a UUID, or a scenario's name
    language: en-US
    try: [{post: /api/v1/test-runs/quick-test}, {post: '/api/v1/multi-turn/execute/{script}', body: {language_codes: ['{language}']}, id: body.data.execution_id}]
    passed: execution.status == "completed" and execution.auto_fail == 0
    within: 5m
  escalation: {P1: {respond: 15m, contact: Platform Team Lead, slack: '#platform-oncall'}}
  """#

/// Reads texts as the user's file (`c.yaml`) and others.
func readConfiguration(
  _ text: String,
  project: String? = nil,
  isTrusted: Bool = false,
  flags: [ConfigurationLayer] = [],
  checks: ExpressionChecks = .none
) throws -> Configuration {
  var layers = [ConfigurationLayer(.user, try YAMLReader.read(text, file: "c.yaml"))]
  if let project {
    layers.append(
      ConfigurationLayer(.project, try YAMLReader.read(project, file: "p.yaml"), isTrusted: isTrusted)
    )
  }
  return try Configuration.read(layers + flags, checks: checks)
}

/// The problems of a text, one a line, as they are told.
func problems(_ text: String, checks: ExpressionChecks = .none) throws -> [String] {
  do {
    return try readConfiguration(text, checks: checks).warnings.map(\.description)
  } catch let failure as Configuration.Failure {
    return failure.problems.map(\.description)
  }
}

@Suite struct ConfigurationReadingTests {
  @Test func theExampleOfTheDesignReadsFully() throws {
    let configuration = try readConfiguration(exampleConfiguration)
    #expect(configuration.warnings.isEmpty)
    let environment = EnvironmentSettings(
      name: "dev",
      label: "DEV",
      color: "blue",
      runtime: .compose(project: "voiceai", engine: nil, files: []),
      sources: [
        SourceDefinition(
          id: "api",
          settings: HTTPEndpointSettings(
            base: "http://localhost:8000",
            login: LoginSettings(
              email: .reference(.environment("OPS_EMAIL")),
              password: .environment("OPS_PASSWORD")
            )
          )
        ),
        SourceDefinition(
          id: "prometheus",
          settings: PrometheusSettings(url: "http://localhost:9090")
        ),
        SourceDefinition(
          id: "rabbitmq",
          settings: RabbitMQSettings(
            url: "http://localhost:15672",
            vhost: "voiceai",
            queue: "celery",
            user: "rabbitmq",
            password: .environment("RABBITMQ_PASS")
          )
        ),
        SourceDefinition(
          id: "postgres",
          settings: PostgresSettings(url: "postgresql://postgres@localhost:5433/voiceai_testing")
        ),
        SourceDefinition(id: "redis", settings: RedisSettings(url: "redis://localhost:6379/0")),
      ],
      services: [
        ServiceSettings(
          name: "backend",
          dangerClass: 1,
          liveness: LivenessSettings(
            source: "api",
            path: "/health",
            when: #"status == 200 and body.status == "healthy""#
          ),
          needs: ["postgres", "redis", "rabbitmq"]
        ),
        ServiceSettings(name: "postgres", then: ["backend", "celery-worker"]),
      ]
    )
    #expect(
      configuration.settings.withoutLocations
        == Settings(defaultEnvironment: "dev", environments: [environment])
    )
    #expect(!environment.isProduction)
  }

  @Test(arguments: [
    (
      "vresion: 1",
      [
        "c.yaml:1:1: unknown key `vresion`, expected one of `version`, `default`, `theme`, `layout`, `refresh`, `provider`, `queues`, `runs`, `validations`, `gate`, `environments`, `alerts`, `quick_test`, `escalation`, `actions`, `runbooks`, `credentials`, did you mean `version`?"
      ]
    ),
    ("version: 2", ["c.yaml:1:10: 2 is out of range, expected a whole number from 1 to 1"]),
    ("version: \"1\"", ["c.yaml:1:10: found a text, expected a whole number from 1 to 1"]),
    ("- a", ["c.yaml:1:1: found a list, expected a mapping of keys and values"]),
    (
      "theme: [a]\nrefresh: 5",
      [
        "c.yaml:1:8: found a list, expected a text",
        "c.yaml:2:10: found a number without a unit, expected a duration such as 30s, 2m or 1h30m",
      ]
    ),
    ("validations: {threshold: 50}", ["c.yaml:1:26: 50.0 is out of range, expected a number from 0 to 1"]),
    (
      "default: prd\nenvironments: {prod: {}}",
      ["c.yaml:1:10: no environment `prd`, expected `prod`, did you mean `prod`?"]
    ),
    (
      "environments: {a: {read_only: yes}}",
      ["c.yaml:1:31: `yes` is a text in YAML 1.2, expected `true` or `false`"]
    ),
    (
      "environments: {a: {color: bleu}}",
      ["c.yaml:1:27: unknown colour `bleu`, expected a name of the eight or `#rrggbb`, did you mean `blue`?"]
    ),
    (
      "environments: {a: {runtime: {kind: compse}}}",
      [
        "c.yaml:1:36: unknown kind `compse`, expected one of `compose`, `command`, `kubernetes`, `none`, did you mean `compose`?"
      ]
    ),
    ("environments: {a: {runtime: {kind: compose}}}", ["c.yaml:1:29: `project` is missing, expected a text"]),
    (
      "environments: {a: {runtime: {kind: compose, project: p, hide: [x]}}}",
      ["c.yaml:1:57: unknown key `hide`, expected one of `kind`, `project`, `engine`, `files`"]
    ),
    (
      "sources: {r: {type: redis, url: redis://localhost, password: hunter2}}",
      [
        "c.yaml:1:62: a secret does not stand in the configuration itself, expected `{env: NAME}`, `{file: PATH}`, `{file: PATH, key: NAME}` or `{command: [PROGRAM, …]}`"
      ]
    ),
    (
      "sources: {r: {type: redis, url: 'redis://:hunter2@localhost'}}",
      ["c.yaml:1:33: a password stands in the address, expected it by reference: `password: {env: NAME}`"]
    ),
    (
      "sources: {p: {type: postgres, url: 'postgresql://h/d?user=x&password=hunter2'}}",
      ["c.yaml:1:36: a password stands in the address, expected it by reference: `password: {env: NAME}`"]
    ),
    (
      "sources: {r: {type: redis, url: redis://localhost, password: {evn: X}}}",
      [
        "c.yaml:1:63: unknown key `evn`, expected `{env: NAME}`, `{file: PATH}`, `{file: PATH, key: NAME}` or `{command: [PROGRAM, …]}`, did you mean `env`?"
      ]
    ),
    (
      "sources: {r: {url: x}}",
      [
        "c.yaml:1:14: `type` is missing, expected one of `http`, `prometheus`, `rabbitmq`, `postgres`, `redis`, `alertmanager`"
      ]
    ),
    (
      "sources: {r: {type: rabbitmq, url: ftp://x, pasword: {env: X}}}",
      [
        "c.yaml:1:36: found a text that is no such address, expected an address such as http://…",
        "c.yaml:1:45: unknown key `pasword`, expected one of `type`, `url`, `vhost`, `queue`, `worker`, `user`, `ignore`, `password`, `interval`, `deadline`, `allow_cleartext`, did you mean `password`?",
      ]
    ),
    ("services: {s: {class: 3}}", ["c.yaml:1:23: 3 is out of range, expected a whole number from 1 to 2"]),
    (
      "sources: {api: {type: http, base: http://localhost}}\nservices: {s: {liveness: {source: apo, path: /}, probe: pg}}",
      [
        "c.yaml:2:35: no http source `apo`, expected `api`, did you mean `api`?",
        "c.yaml:2:57: no source `pg`, expected `api`",
      ]
    ),
    (
      "services: {s: {liveness: {path: /}}}",
      ["c.yaml:1:26: found neither `source` nor `url`, expected `source` with `path`, or `url`"]
    ),
    (
      "environments: {a: {}, b: {}}\nsources: {}",
      ["c.yaml:2:1: `sources` stands at the top level, expected it inside an environment, since there are 2"]
    ),
    (
      "alerts: {x: {severity: high}}",
      [
        "c.yaml:1:13: `when` is missing, expected a rule such as `queue.depth > 1000 for 2m`",
        "c.yaml:1:24: unknown word `high`, expected one of `info`, `warning`, `critical`",
      ]
    ),
    (
      "alerts: {x: {when: a > 1, escalate: P9}}",
      ["c.yaml:1:37: no escalation level `P9`, expected one of `P1`, `P2`, `P3`, did you mean `P1`?"]
    ),
    (
      "quick_test: {try: [{body: 1}]}",
      ["c.yaml:1:20: found no method, expected a request such as `{post: PATH}`"]
    ),
    ("theme: !custom x", ["c.yaml:1:8: the tag `!custom` means nothing here"]),
  ])
  func badConfigurationsAreToldWithTheirPlaces(text: String, expected: [String]) throws {
    #expect(try problems(text) == expected)
  }

  @Test func limitsOfTheQueuesAreRead() throws {
    let text = """
      queues: {stalled_after: 90s}
      sources: {r: {type: rabbitmq, url: http://localhost:1, ignore: [audit.*, "x?"]}}
      """
    let settings = try readConfiguration(text).settings
    #expect(settings.thresholds.queuesStalledAfter == .seconds(90))
    guard let broker = settings.environments.first?.source("r")?.settings as? RabbitMQSettings else {
      Issue.record("no broker")
      return
    }
    #expect(broker.ignore == ["audit.*", "x?"])
  }

  @Test func headersAreTextsOrSecretsByReference() throws {
    for type in ["prometheus, url", "alertmanager, url", "http, base"] {
      let text =
        "sources: {s: {type: \(type): https://far, headers: {X-Scope-OrgID: a, X-Api-Key: {env: K}}}}"
      let configuration = try readConfiguration(text)
      let settings = try #require(configuration.settings.environments.first?.source("s")?.settings)
      let headers = [
        HTTPHeaderSettings("X-Scope-OrgID", .text("a")),
        HTTPHeaderSettings("X-Api-Key", .reference(.environment("K"))),
      ]
      #expect(settings.headers == headers)
      #expect(settings.references.map(\.keys) == [["headers", "X-Api-Key"]])
      #expect(settings.references.allSatisfy { !$0.isAccount })
      #expect(ConfigCommand.print(configuration, origins: false).contains("X-Scope-OrgID: a"))
    }
    for (name, words) in [
      ("Authorization", "the console's own"), ("host", "the console's own"),
      ("'a b'", "no header is called so"),
      ("'a:'", "no header is called so"),
    ] {
      let told = try problems("sources: {s: {type: http, base: https://far, headers: {\(name): x}}}")
      #expect(told.contains { $0.contains(words) }, "\(name)")
    }
  }

  @Test func aWrongExpressionIsToldAtItsCharacter() throws {
    let checks = ExpressionChecks(
      condition: { $0.utf8.firstIndex(of: UInt8(ascii: "%")).map { _ in ("bad", 4) } },
      rule: { text in text.contains("%") ? ("unexpected `%`", Array(text.utf8).firstIndex(of: 37) ?? 0) : nil
      },
      gate: { _ in nil }
    )
    let text =
      "alerts:\n  a: {when: é > 1 %}\n  b: {when: 'x %'}\n  c: {when: \"x\\t%\"}\n  d: {when: a, clear: abcd%}\n"
    #expect(
      try problems(text, checks: checks) == [
        "c.yaml:2:19: unexpected `%`", "c.yaml:3:16: unexpected `%`", "c.yaml:4:13: unexpected `%`",
        "c.yaml:5:27: bad",
      ]
    )
  }

  @Test func noMessageTellsASecret() throws {
    let texts = [
      "sources: {r: {type: redis, url: redis://localhost, password: [hunter2]}}",
      "sources: {r: {type: redis, url: 'redis://:hunter2@:99999999'}}",
      "sources: {r: {type: redis, url: hunter2}}",
      "sources: {r: {type: rabbitmq, url: http://localhost, password: {env: [hunter2]}}}",
      "sources: {r: {type: prometheus, url: http://localhost, credentials: {user: a, password: hunter2}}}",
    ]
    for text in texts {
      let told = try problems(text).joined()
      #expect(!told.isEmpty && !told.contains("hunter2"))
    }
  }
}
