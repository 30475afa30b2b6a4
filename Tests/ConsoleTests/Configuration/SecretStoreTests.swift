import DataSources
import Facts
import Operations
import Panels
import Testing

@testable import Console

@Suite struct SecretStoreTests {
  init() { EventLoop.runOnOwnThread() }

  @Test @LoopActor func recordsNameSecretsButNeitherAccountsNorThings() async throws {
    let settings = try readConfiguration(
      """
      version: 1
      environments:
        local:
          sources:
            api:
              type: http
              base: http://localhost:8000
              login: {email: {env: EMAIL}, password: {env: API_PASS}}
            rabbitmq: {type: rabbitmq, url: "http://localhost:15672", password: {env: RABBIT_PASS}}
            redis: {type: redis, url: "redis://localhost:6379/0", password: {env: REDIS_PASS}}
      """
    ).settings
    let variables = [
      "EMAIL": "ops@example.org", "API_PASS": "hunter2-and-more", "RABBIT_PASS": "rabbitmq",
      "REDIS_PASS": "local",
    ]
    let store = await SecretStore.resolve(settings.environments[0], variables: variables)
    #expect(store.problems == [])
    let mask = store.mask(sparing: ["local", "rabbitmq"])
    #expect(
      mask.mask("ops@example.org used hunter2-and-more on rabbitmq in local")
        == "ops@example.org used ‹env API_PASS› on rabbitmq in local"
    )
  }

  @Test @LoopActor func aCommandIsNotWaitedForBeforeTheFirstFrame() async throws {
    let settings = try readConfiguration(
      """
      sources:
        api: {type: http, base: http://localhost:8000, login: {email: a@b.c, password: {command: [sleep, '6']}}}
        rabbitmq: {type: rabbitmq, url: http://localhost:15672, password: {command: [sleep, '6']}}
        redis: {type: redis, url: redis://localhost:6379/0, password: {env: REDIS_PASS}}
      services: {backend: {liveness: {source: api, path: /health}}}
      """
    ).settings
    var environment = settings.environments[0]
    let waiting = SecretStore.waiting(environment)
    #expect(
      SecretStore.notes(of: waiting) == [
        "waiting for the secret of api: command sleep", "waiting for the secret of rabbitmq: command sleep",
      ]
    )
    environment.postpone(waiting)
    let store = await SecretStore.resolve(environment, variables: ["REDIS_PASS": "x"])
    #expect(store.problems == [])
    #expect(environment.sources.map(\.id) == ["api", "rabbitmq", "redis"])
    #expect(environment.waiting == ["rabbitmq"])
    let session = try Session(
      Session.Options(
        settings: settings,
        environment: environment,
        variables: [:],
        writeMode: WriteMode(.none),
        secrets: store,
        waiting: waiting
      )
    )
    defer { session.close() }
    #expect(session.descriptors.filter { $0.id == "rabbitmq" }.count == 1)
    #expect(!session.connections.sources.contains { $0.descriptor.id == "rabbitmq" })
    // What it will tell and whom it speaks for is known, and counts as not known yet.
    let now = LoopActor.now()
    let monitor = session.makeMonitor()
    let depth = monitor.world.facts.fact("queue.depth", at: now.monotonic)
    #expect(depth?.state == .nodata && depth?.word == "waiting for its secret" && depth?.kind == .health)
    #expect(session.profiles.contains { $0.name == "rabbitmq" && $0.probes.map(\.name) == ["rabbitmq"] })
    let panels = PanelContext(world: monitor.world, now: now, clock: .utc)
    let queues = PanelCatalog.standard.panel(.queues).title(panels)
    #expect(queues.age == "NO DATA waiting for its secret")
  }
}
