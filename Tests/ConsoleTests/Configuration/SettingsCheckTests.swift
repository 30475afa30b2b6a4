import DataSources
import Facts
import TestSupport
import Testing

@testable import Console

/// What a configuration says that can't be meant: told at its place before anything is asked.
@Suite struct SettingsCheckTests {
  private static let compose = """
    services:
      backend: {image: app, depends_on: [postgres, rabbitmq]}
      postgres: {image: postgres}
      rabbitmq: {image: rabbitmq}
      worker: {image: app, depends_on: [rabbitmq]}
    """

  /// What is around when the compose project `p` is known.
  private static func surroundings(_ text: String = compose) throws -> Surroundings {
    let file = ComposeReader.File(path: "/p/compose.yaml", bytes: Array(text.utf8))
    let project = try ComposeReader.read([file], directory: "/p", variables: ComposeVariables())
    return Surroundings(
      themes: ["default", "light"],
      project: { runtime in runtime.kind == "compose" ? Discovery(project: project) : nil }
    )
  }

  private static func problems(_ text: String, _ surroundings: Surroundings) throws -> [String] {
    let layer = ConfigurationLayer(.user, try YAMLReader.read(text, file: "c.yaml"))
    do throws(Configuration.Failure) {
      return try Configuration.read([layer], checks: Opening.checks, surroundings: surroundings).warnings
        .map(\.description)
    } catch {
      return error.problems.map(\.description)
    }
  }

  @Test(arguments: [
    (
      "sources: {r: {type: redis, url: redis://localhost/abc}}",
      ["c.yaml:1:33: not an address of Redis: redis://host:port/database"]
    ),
    (
      "services: {s: {liveness: {url: http://localhost/, when: stat == 200}}}",
      [
        "c.yaml:1:57: nothing is called `stat` here, expected one of `status`, `latency`, `header.…`, `body.…`, did you mean `status`?"
      ]
    ),
    (
      "services: {a: {needs: [b]}, b: {needs: [c]}, c: {needs: [a]}}",
      ["c.yaml:1:23: `needs` leads round in a circle: `a` → `b` → `c` → `a`"]
    ),
    ("refresh: 1ms", ["c.yaml:1:10: 1ms is too short, expected a duration of at least 100ms"]),
    (
      "sources: {r: {type: redis, url: redis://localhost, interval: 99ms}}",
      ["c.yaml:1:62: 99ms is too short, expected a duration of at least 100ms"]
    ),
    ("services: {'': {}}", ["c.yaml:1:12: an empty name, expected a mapping of names to services"]),
    ("environments: {' ': {}}", ["c.yaml:1:16: an empty name, expected a mapping of names to environments"]),
    (
      "alerts: {x: {when: queue.depth > 1000, clear: queue.depth < 1100}}",
      ["c.yaml:1:47: `clear` holds where `when` does: the alert would fire and resolve at once"]
    ),
    (
      "alerts: {x: {when: provider.latency > 5s for 1m, clear: provider.latency < 5500ms}}",
      ["c.yaml:1:57: `clear` holds where `when` does: the alert would fire and resolve at once"]
    ),
    ("alerts: {x: {when: queue.depth > 1000, clear: queue.depth < 900}}", []),
    ("alerts: {x: {when: queue.depth > 1000, clear: queue.depth <= 1000}}", []),
    (
      "read_only: true\nenvironments: {a: {}}",
      ["c.yaml:1:1: `read_only` stands at the top level, expected it inside an environment"]
    ),
    ("theme: drakula", ["c.yaml:1:8: no theme `drakula`, expected one of `default`, `light`"]),
    (
      "theme: lihgt",
      ["c.yaml:1:8: no theme `lihgt`, expected one of `default`, `light`, did you mean `light`?"]
    ),
    (
      "alerts: {x: {when: 'queue.depht > 5'}}",
      ["c.yaml:1:21: warning: no fact is called `queue.depht`, did you mean `queue.depth`?"]
    ),
    (
      "alerts: {x: {when: a.b > 1 or queue.celery.redy > 5}}",
      ["c.yaml:1:31: warning: no fact is called `queue.celery.redy`, did you mean `queue.celery.ready`?"]
    ),
    (
      "services: {backend: {needs: [rabitmq]}}\nsources: {rabbitmq: {type: rabbitmq, url: http://localhost}}",
      ["c.yaml:1:30: warning: no service `rabitmq` is known, did you mean `rabbitmq`?"]
    ),
    (
      "services: {bakend: {}, postgres: {then: [backend]}}",
      ["c.yaml:1:42: warning: no service `backend` is known, did you mean `bakend`?"]
    ),
    ("services: {backend: {needs: [cache]}}", []),
  ])
  func whatCanNotBeMeantIsTold(text: String, expected: [String]) throws {
    #expect(try Self.problems(text, Self.surroundings()) == expected)
  }

  @Test func aUnitThatDoesNotFitIsToldAtItsLiteral() throws {
    let told = try Self.problems("alerts: {x: {when: queue.depth > 5s}}", Self.surroundings())
    #expect(told.count == 1)
    #expect(told.first?.hasPrefix("c.yaml:1:34: ") == true)
  }

  @Test(arguments: [
    (
      "services: {bakend: {}}",
      "c.yaml:2:12: no service `bakend`, expected one of `backend`, `postgres`, `rabbitmq`, `worker`, did you mean `backend`?"
    ),
    (
      "services: {backend: {needs: [rabitmq]}}",
      "c.yaml:2:30: no service `rabitmq`, expected one of `backend`, `postgres`, `rabbitmq`, `worker`, did you mean `rabbitmq`?"
    ),
    (
      "services: {postgres: {then: [bakend]}}",
      "c.yaml:2:30: no service `bakend`, expected one of `backend`, `postgres`, `rabbitmq`, `worker`, did you mean `backend`?"
    ),
    ("services: {worker: {needs: [postgres]}, postgres: {needs: [worker]}}", nil),
  ])
  func theComposeFilesServicesAreAllThereAre(text: String, expected: String?) throws {
    let told = try Self.problems("runtime: {kind: compose, project: p}\n" + text, Self.surroundings())
    if let expected {
      #expect(told == [expected])
    } else {
      #expect(told == ["c.yaml:2:28: `needs` leads round in a circle: `worker` → `postgres` → `worker`"])
    }
  }

  @Test func dependsOnHoldsWhereTheConfigurationTellsNothing() throws {
    let text = """
      runtime: {kind: compose, project: p}
      services: {backend: {class: 1}, worker: {needs: []}}
      """
    let layer = ConfigurationLayer(.user, try YAMLReader.read(text, file: "c.yaml"))
    let configuration = try Configuration.read([layer], surroundings: try Self.surroundings())
    let services = configuration.settings.environments[0].services
    let told = services.map { "\($0.name) \($0.dangerClass) \($0.needs?.joined(separator: ",") ?? "–")" }
    #expect(told == ["backend 1 postgres,rabbitmq", "worker 2 ", "postgres 2 ", "rabbitmq 2 "])
    let printed = ConfigCommand.print(configuration, origins: true)
    #expect(printed.contains("# /p/compose.yaml:2:38\n"))
  }

  @Test(arguments: [
    ("api: {type: http, base: http://far, login: {email: a@b.c, password: {env: X}}}", 1),
    ("p: {type: prometheus, url: http://far, credentials: {token: {env: X}}}", 1),
    ("a: {type: alertmanager, url: http://far, credentials: {user: u, password: {env: X}}}", 1),
    ("p: {type: prometheus, url: http://far, headers: {X-Api-Key: {env: X}}}", 1),
    ("p: {type: prometheus, url: http://far, headers: {X-Scope-OrgID: voiceai}}", 0),
    ("q: {type: rabbitmq, url: http://far, password: {env: X}}", 1),
    ("r: {type: redis, url: redis://far, password: {env: X}}", 1),
    ("d: {type: postgres, url: 'postgresql://u@far/d?sslmode=disable', password: {env: X}}", 1),
    ("d: {type: postgres, url: 'postgresql://u@localhost,far/d?sslmode=disable', password: {env: X}}", 1),
    ("d: {type: postgres, url: 'postgresql://u@far/d', password: {env: X}}", 0),
    ("api: {type: http, base: https://far, login: {email: a@b.c, password: {env: X}}}", 0),
    ("r: {type: redis, url: rediss://far, password: {env: X}}", 0),
    ("r: {type: redis, url: redis://far}", 0),
    ("r: {type: redis, url: redis://localhost, password: {env: X}}", 0),
    ("r: {type: redis, url: redis://far, password: {env: X}, allow_cleartext: true}", 0),
  ])
  func aPasswordGoesNowhereInClearUnlessSaid(source: String, count: Int) throws {
    let told = try Self.problems("sources: {\(source)}", .none).filter { $0.contains("without encryption") }
    #expect(told.count == count)
  }

  @Test func aProjectFileCanNotAllowClearText() throws {
    let sources = "sources: {r: {type: redis, url: redis://far, password: {env: X}"
    let failure = #expect(throws: Configuration.Failure.self) {
      try readConfiguration("version: 1", project: sources + ", allow_cleartext: true}}", isTrusted: true)
    }
    let told = failure?.problems.map(\.description) ?? []
    #expect(told.contains { $0.contains("`allow_cleartext: true` has no effect in a project file") })
    #expect(told.contains { $0.contains("without encryption") })
  }

  @Test func aMissingSecretIsToldWhereItIsReferredTo() throws {
    let directory = try TemporaryDirectory()
    let env = try directory.write(".env", "HERE=1", mode: 0o644)
    let configuration = try readConfiguration(
      """
      sources:
        a: {type: redis, url: redis://localhost, password: {env: NOT_SET}}
        b: {type: redis, url: redis://localhost, password: {file: \(env), key: HERE}}
        c: {type: redis, url: redis://localhost, password: {file: \(env), key: THERE}}
        d: {type: http, base: http://localhost, login: {email: a@b.c, password: {file: \(directory.path("none"))}}}
      """
    )
    #expect(
      SecretCheck.problems(configuration, variables: ["SET": "1"]).map(\.description) == [
        "c.yaml:2:54: the environment variable NOT_SET is not set",
        "c.yaml:4:54: the file \(env) doesn't set THERE",
        "c.yaml:5:75: the file \(directory.path("none")): No such file or directory",
      ]
    )
  }

  @Test func theStackTellsWhichNamesItKnows() throws {
    let configuration = try readConfiguration(
      """
      services: {bakend: {needs: [postgres]}, worker: {then: [backend, nobody]}}
      alerts: {x: {when: queue.celry.ready > 5}, queue-critical: null, queue-warning: null}
      """
    )
    let fact = Fact(
      name: "queue.celery.ready",
      value: .number(1),
      unit: .one,
      state: .ok,
      word: "",
      sampledAt: nil,
      origin: Origin(source: "", query: "")
    )
    let told = LiveCheck.problems(
      configuration,
      configuration.settings.environments[0],
      services: ["backend", "worker", "postgres"],
      facts: [fact]
    )
    #expect(
      told.map(\.description) == [
        "c.yaml:1:20: warning: the stack tells of no service `bakend`, did you mean `backend`?",
        "c.yaml:1:56: warning: the stack tells of no service `nobody`",
        "c.yaml:2:20: warning: the stack tells of no fact `queue.celry.ready`, did you mean `queue.celery.ready`?",
      ]
    )
  }

  @Test func rulesMayNameTheFactsOfASecondSource() throws {
    let sources = """
      sources:
        mq: {type: rabbitmq, url: http://localhost:1}
        orders: {type: rabbitmq, url: http://localhost:2}
        redis: {type: redis, url: redis://localhost:3}

      """
    func problems(_ rule: String) throws -> [String] {
      let text = sources + "alerts: {x: {when: \(rule)}}"
      let layer = ConfigurationLayer(.user, try YAMLReader.read(text, file: "c.yaml"))
      do {
        return try Configuration.read([layer], checks: Opening.checks).warnings.map(\.message)
      } catch {
        return error.problems.map(\.message)
      }
    }
    #expect(try problems("orders.queue.depth > 1000") == [])
    #expect(try problems("any orders.queue.*.orphaned == true") == [])
    #expect(
      try problems("orders.queue.dpeth > 1000") == [
        "no fact is called `orders.queue.dpeth`, did you mean `orders.queue.depth`?"
      ]
    )
    // Its numbers have the units of the first one's.
    #expect(try problems("orders.queue.celery.ack_rate > 5ms").count == 1)
    // The first of a kind has no other name than its own.
    #expect(
      try problems("mq.queue.depth > 1000 or redis.memory > 1GB") == [
        "no fact is called `mq.queue.depth`, did you mean `queue.depth`?"
      ]
    )
  }
}
