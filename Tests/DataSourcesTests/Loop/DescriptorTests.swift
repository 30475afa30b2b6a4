import Facts
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

/// A console without a free descriptor: it says so of itself, and blames no server.
@Suite(.serialized) struct DescriptorTests {
  init() { EventLoop.runOnOwnThread() }

  /// Why `body` fails while no descriptor is left to this process.
  @LoopActor private func failure(
    _ body: @LoopActor () async throws(SourceFailure) -> Void
  ) async -> SourceFailure? {
    var usual = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &usual)
    var none = rlimit(rlim_cur: 3, rlim_max: usual.rlim_max)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &none)
    defer { setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &usual) }
    do throws(SourceFailure) {
      try await body()
      return nil
    } catch {
      return error
    }
  }

  private func expectOwn(_ failure: SourceFailure?, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(failure?.code == .exhausted, sourceLocation: sourceLocation)
    #expect(failure?.word == "this console is out of descriptors", sourceLocation: sourceLocation)
  }

  @Test @LoopActor func noServerIsBlamed() async throws {
    let server = ScriptedServer.answering("{}")
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let broker = RabbitMQSource(
      id: "rabbitmq",
      base: server.url,
      vhost: "/",
      mainQueue: "celery",
      credentials: nil,
      stalledAfter: .seconds(30),
      client: client
    )
    expectOwn(await failure { () throws(SourceFailure) in _ = try await broker.poll() })
    let liveness = LivenessSource(
      service: "prometheus",
      request: HTTPRequest("GET", server.url),
      expecting: .healthy("Prometheus"),
      client: client
    )
    expectOwn(await failure { () throws(SourceFailure) in _ = try await liveness.poll() })
    let probe = ProbeSource(
      .rabbitMQ(base: server.url, credentials: nil, services: ["r"], latencyOf: nil, client: client)
    )
    expectOwn(await failure { () throws(SourceFailure) in _ = try await probe.poll() })
    let socket = ServerEndpoint(socket: "/var/run/docker.sock", name: "docker")
    let docker = DockerRuntime(project: "p", endpoint: socket, client: client)
    expectOwn(await failure { () throws(SourceFailure) in _ = try await docker.poll() })
    #expect(server.connections == 0)
    // And the next time all is well.
    let later = ScriptedServer.answering("{}")
    defer { later.stop() }
    #expect(try await client.send(HTTPRequest("GET", later.url)).status == 200)
  }

  @Test @LoopActor func noDatabaseIsBlamed() async throws {
    for address in ["redis://127.0.0.1:1", "redis://localhost:1"] {
      let redis = RedisClient(try RedisOptions(address: address))
      defer { redis.close() }
      expectOwn(await failure { () throws(SourceFailure) in _ = try await redis.send(.ping) })
    }
    for address in ["postgresql://u@127.0.0.1:1/d", "postgresql://u@%2Fnowhere/d"] {
      let postgres = PostgresClient(try PostgresOptions(address: address, password: nil))
      defer { postgres.close() }
      expectOwn(await failure { () throws(SourceFailure) in _ = try await postgres.query(.init("SELECT 1")) })
    }
  }

  @Test @LoopActor func noProgramIsBlamed() async {
    for input in ["", "to be read"] {
      let command = ChildCommand(["/bin/cat"], input: Array(input.utf8))
      expectOwn(await failure { () throws(SourceFailure) in _ = try await ChildProcess.run(command) })
    }
  }
}
