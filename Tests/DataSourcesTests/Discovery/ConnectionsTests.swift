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
    #expect(try probes(services, [redis("redis")]) == ["cache: probe.redis", "web: probe.redis (needed)"])
  }

  @Test @LoopActor func withoutOneItSpeaksForTheServiceOfItsName() throws {
    #expect(try probes([], [redis("redis")]) == ["redis: probe.redis"])
  }

  @Test @LoopActor func twoSourcesOfAKindHaveProbesOfTheirOwn() throws {
    let services = [
      ServiceSettings(name: "cache", probe: "redis"), ServiceSettings(name: "broker", probe: "broker"),
    ]
    #expect(
      try probes(services, [redis("redis"), redis("broker")]) == [
        "broker: probe.broker", "cache: probe.redis",
      ]
    )
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
}
