import DataSources
import Facts
import Operations
import Testing

@testable import Console

/// What a command says of a worker that one look at its queue doesn't decide.
@Suite struct SecondLookTests {
  init() { EventLoop.runOnOwnThread() }

  private static let worker: FactName = "service.celery-worker.state"

  /// What is told of the worker of a queue where messages wait and `acked` tells, look by look, what was done.
  @LoopActor private func look(
    acked: [Int],
    deciding names: [FactName],
    within limit: Duration = HeadlessSession.patience
  ) async throws -> (fact: Fact, looks: Int) {
    let looks = Locked(0)
    let server = ScriptedServer.routing { line in
      if line.contains("/api/health") { return Array(#"{"status":"ok"}"#.utf8) }
      guard line.contains("/api/queues") else { return nil }
      let place = looks.withLock { looks in
        defer { looks += 1 }
        return min(looks, acked.count - 1)
      }
      let counts = #""messages":54,"messages_ready":50,"messages_unacknowledged":4,"consumers":1"#
      let stats = #""message_stats":{"ack":\#(acked[place]),"ack_details":{"rate":0.0}}"#
      return Array(#"[{"name":"celery","vhost":"/",\#(counts),\#(stats)}]"#.utf8)
    }
    defer { server.stop() }
    let text = """
      sources: {rabbitmq: {type: rabbitmq, url: "\(server.url)", vhost: /, worker: celery-worker}}
      services: {celery-worker: {}}
      """
    let layer = ConfigurationLayer(.user, try YAMLReader.read(text, file: "c.yaml"))
    let settings = try Configuration.read([layer], checks: .none).settings
    let session = try Session(
      Session.Options(
        settings: settings,
        environment: settings.environments[0],
        variables: [:],
        writeMode: .init(.none),
        secrets: await SecretStore.resolve(settings.environments[0], variables: [:])
      )
    )
    defer { session.close() }
    let headless = HeadlessSession(session, try Arguments(parsing: ["status"]))
    await headless.hear(within: limit, deciding: names)
    return (try #require(headless.fact("celery-worker")), looks.withLock { $0 })
  }

  @Test @LoopActor func aWorkerThatAcknowledgesIsSaidToWork() async throws {
    let (fact, looks) = try await look(acked: [10, 10, 14], deciding: [Self.worker])
    #expect(fact.state == .ok && fact.word == "answers", "\(fact.state) \(fact.word)")
    #expect(looks >= 3)
  }

  @Test @LoopActor func whatIsNotAskedForTakesOneLook() async throws {
    let (fact, looks) = try await look(acked: [10, 14], deciding: ["service.redis.state", "queue.depth"])
    #expect(fact.state == .nodata && looks == 1)
  }

  @Test @LoopActor func whoAcknowledgesNothingMeanwhileIsNotSaidToWork() async throws {
    let (fact, looks) = try await look(acked: [10], deciding: [Self.worker], within: .milliseconds(1_500))
    #expect(fact.state == .nodata && looks >= 2)
  }
}
