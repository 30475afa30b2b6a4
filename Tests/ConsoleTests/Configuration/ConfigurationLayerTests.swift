import DataSources
import Testing

@testable import Console

@Suite struct ConfigurationLayerTests {
  @Test func laterLayersOverrideKeyByKey() throws {
    let configuration = try readConfiguration(
      exampleConfiguration,
      project: "theme: solar\nenvironments: {dev: {sources: {rabbitmq: {queue: other}}}}",
      isTrusted: true,
      flags: [.flag("--theme", ["theme"], "dark")]
    )
    #expect(configuration.settings.theme == "dark")
    let broker = configuration.settings.environment("dev")?.source("rabbitmq")?.settings
    guard let settings = broker as? RabbitMQSettings else {
      Issue.record("no broker")
      return
    }
    #expect(settings.queue == "other")
    #expect(settings.user == "rabbitmq")
  }

  @Test func aReferenceAndAnotherKindReplaceTheWhole() throws {
    let configuration = try readConfiguration(
      exampleConfiguration,
      project: """
        environments:
          dev:
            runtime: {kind: command, supervisor: unix:///tmp/s.sock}
            sources: {rabbitmq: {password: {file: /x}}, redis: {type: prometheus, url: http://localhost:1}}
        """,
      isTrusted: true
    )
    let environment = try #require(configuration.settings.environment("dev"))
    #expect(environment.runtime == .command(supervisor: "unix:///tmp/s.sock", hide: []))
    #expect(
      environment.source("redis")?.settings as? PrometheusSettings
        == PrometheusSettings(url: "http://localhost:1")
    )
    guard let settings = environment.source("rabbitmq")?.settings as? RabbitMQSettings else {
      Issue.record("no broker")
      return
    }
    #expect(settings.password == .file("/x"))
  }

  @Test func anUntrustedProjectFileHasOnlyHarmlessEffects() throws {
    let configuration = try readConfiguration(
      exampleConfiguration,
      project: """
        theme: solar
        default: evil
        validations: {threshold: 0.7}
        environments:
          dev:
            label: PROJECT
            production: false
            sources: {x: {type: redis, url: redis://evil, password: {command: [sh, -c, evil]}}}
            services: {backend: {class: 1}}
          evil:
            label: EVIL
            runtime: {kind: compose, project: evil}
        alerts: {queue-critical: null}
        """
    )
    let plain = try readConfiguration(exampleConfiguration).settings
    var expected = plain
    expected.theme = "solar"
    expected.thresholds.validationThreshold = 0.7
    expected.environments[0].label = "PROJECT"
    #expect(configuration.settings == expected)
    #expect(
      configuration.warnings.map(\.description) == [
        "p.yaml:2:1: warning: `default` is inert until trusted: `switchboard trust`",
        "p.yaml:7:5: warning: `environments.dev.production` is inert until trusted: `switchboard trust`",
        "p.yaml:8:5: warning: `environments.dev.sources` is inert until trusted: `switchboard trust`",
        "p.yaml:9:5: warning: `environments.dev.services` is inert until trusted: `switchboard trust`",
        "p.yaml:10:3: warning: `environments.evil` is inert until trusted: `switchboard trust`",
        "p.yaml:13:1: warning: `alerts` is inert until trusted: `switchboard trust`",
      ]
    )
  }

  @Test func evenATrustedProjectFileCannotLoosenProduction() throws {
    let project = "environments: {dev: {production: false, sources: {x: {type: redis, url: redis://far}}}}"
    let configuration = try readConfiguration(exampleConfiguration, project: project, isTrusted: true)
    #expect(configuration.settings.environments[0].isProduction)
    #expect(
      configuration.warnings.map(\.description) == [
        "p.yaml:1:22: warning: `production: false` has no effect in a project file: say it in your own configuration"
      ]
    )
  }

  @Test func topLevelSourcesBelongToTheOnlyEnvironment() throws {
    let sources = "sources: {r: {type: redis, url: redis://localhost}}\n"
    let named = try readConfiguration(sources + "environments: {dev: {label: X}}").settings
    #expect(named.environment("dev")?.sources.map(\.id) == ["r"])
    #expect(named.environment("dev")?.label == "X")
    let unnamed = try readConfiguration(sources).settings
    #expect(unnamed.environments.map(\.name) == ["default"])
  }

  @Test func theEnvironmentIsChosenInOrder() throws {
    let two = "environments: {dev: {}, prod: {}}\n"
    #expect(try readConfiguration(two).environment("prod").name == "prod")
    #expect(try readConfiguration(two + "default: dev").environment(nil).name == "dev")
    #expect(try readConfiguration("environments: {x: {}}").environment(nil).name == "x")
    let failure = #expect(throws: UsageFailure.self) { try readConfiguration(two).environment(nil) }
    #expect(failure?.message == "which environment? Say --env NAME or `default:`; there are `dev`, `prod`")
    #expect(throws: UsageFailure("no environment `prdo`, there are `dev`, `prod`, did you mean `prod`?")) {
      try readConfiguration(two).environment("prdo")
    }
  }

  @Test(arguments: [
    ("sources: {r: {type: redis, url: redis://localhost:6379/0}}", false),
    ("sources: {r: {type: redis, url: redis://10.0.0.1}}", true),
    ("sources: {p: {type: postgres, url: 'postgresql://a@localhost,far/d'}}", true),
    ("sources: {p: {type: postgres, url: 'postgresql:///d?host=/run/postgresql'}}", false),
    ("sources: {p: {type: postgres, url: 'postgresql:///d?host=far'}}", true),
    ("sources: {p: {type: postgres, service: prod}}", true),
    ("runtime: {kind: compose, project: p, engine: unix:///run/docker.sock}", false),
    ("runtime: {kind: compose, project: p, engine: http://far:2375}", true),
    ("services: {s: {liveness: {url: http://far/}}}", true),
    ("environments: {x: {production: false}}\nsources: {r: {type: redis, url: redis://10.0.0.1}}", false),
    ("environments: {x: {production: true}}", true),
  ])
  func productionIsAssumedForWhatIsNotOnThisMachine(text: String, isProduction: Bool) throws {
    #expect(try readConfiguration(text).settings.environments[0].isProduction == isProduction)
  }

  @Test func theEngineOfTheVariableDecidesWhereNoneIsConfigured() throws {
    let environment = try readConfiguration("runtime: {kind: compose, project: p}").settings.environments[0]
    #expect(!environment.resolved(dockerHost: nil).isProduction)
    #expect(!environment.resolved(dockerHost: "unix:///run/docker.sock").isProduction)
    #expect(environment.resolved(dockerHost: "http://far:2375").isProduction)
    let named = "runtime: {kind: compose, project: p, engine: unix:///run/docker.sock}"
    let own = try readConfiguration(named).settings.environments[0]
    #expect(own.resolved(dockerHost: "http://far:2375") == own)
  }

  @Test func nullRemovesABuiltInAlert() throws {
    let settings = try readConfiguration("alerts: {queue-warning: null, mine: {when: a > 1}}").settings
    #expect(settings.alerts.map(\.name) == ["queue-critical", "mine"])
    #expect(settings.alerts[1].location == Location(file: "c.yaml", line: 1, column: 44))
  }
}
