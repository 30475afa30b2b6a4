import Facts
import Testing

@testable import DataSources

/// What containers use and have written, from a real engine.
@Suite(.serialized) struct DockerUsageTests {
  private let engine: TestEngine

  init() throws {
    EventLoop.runOnOwnThread()
    engine = try TestEngine.shared.get()
  }

  /// The streams that the engine says it was asked for.
  private func asked(for id: String) -> Int { engine.calls.count { $0.contains("/containers/\(id)/stats") } }

  @Test @LoopActor func busyContainerIsSeenWhileSomebodyLooksAndNotAskedForOtherwise() async throws {
    let busy = try engine.run(
      "used_busy_1",
      project: "used",
      service: "busy",
      command: "trap 'exit 0' TERM; while :; do :; done"
    )
    let idle = try engine.run("used_idle_1", project: "used", service: "idle", command: "sleep 100000")
    try engine.run("used_once_1", project: "used", service: "once", command: "true")
    defer { _ = try? engine.ask("DELETE", "/containers/\(busy)?force=true") }
    let client = HTTPClient()
    let runtime = DockerRuntime(project: "used", endpoint: engine.endpoint, client: client)
    let unwatched = try await runtime.poll()
    #expect(!unwatched.observations.contains { $0.name.segments.last == "cpu" })
    #expect(await runtime.usage(of: try await runtime.services()).isEmpty)
    #expect(asked(for: busy) == 0 && runtime.openStreams.isEmpty && client.underway == 0)

    runtime.watchUsage(true)
    let first = try await runtime.poll()
    #expect(first.observations.first { $0.name == "service.busy.cpu" }?.word == "starting")
    #expect(first.value("service.busy.cpu") == nil, "no sample yet is not zero")
    // Other work on the machine leaves it less than a core.
    await eventually("the busy one is seen") {
      guard let reading = try? await runtime.poll(), let cpu = reading.value("service.busy.cpu")?.number,
        let other = reading.value("service.idle.cpu")?.number
      else { return false }
      return cpu > 20 && cpu < 150 && other < 10
    }
    let reading = try await runtime.poll()
    #expect((reading.value("service.idle.memory")?.number ?? 0) > 10_000)
    #expect(reading.value("service.once.cpu") == nil)
    #expect(reading.observations.first { $0.name == "service.once.cpu" }?.word == "not running")
    #expect(runtime.openStreams == [busy, idle])
    #expect(asked(for: busy) == 1, "one stream, however often it is polled")

    try engine.ask("POST", "/containers/\(busy)/stop?t=1")
    let stopped = try await runtime.poll()
    #expect(stopped.value("service.busy.cpu") == nil)
    #expect(runtime.openStreams == [idle])

    runtime.watchUsage(false)
    await eventually("its connections are free") { client.underway == 0 }
    #expect(runtime.openStreams.isEmpty)
    let after = try await runtime.poll()
    #expect(!after.observations.contains { ["cpu", "memory"].contains($0.name.segments.last) })
    #expect(asked(for: idle) == 1)
    runtime.close()
    client.close()
  }

  @Test @LoopActor func streamThatEndsOrFallsSilentIsUnknownAndOpenedAgain() async throws {
    let path = TestProcess.directory() + "/docker.sock"
    let sample =
      #"{"preread":"2026-11-23T17:21:33Z","cpu_stats":{"cpu_usage":{"total_usage":3},"system_cpu_usage":2,"online_cpus":1},"#
      + #""precpu_stats":{"cpu_usage":{"total_usage":2},"system_cpu_usage":1},"memory_stats":{"usage":9,"stats":{"inactive_file":1}}}"#
    let server = ScriptedServer(unixSocket: path) { connection in
      while let request = connection.readRequest() {
        let isStats = request.contains("/stats")
        let body = isStats ? sample + "\n" : #"{"ApiVersion":"1.41"}"#
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
      }
    }
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let usage = DockerUsage(
      engine: DockerEngine(at: ServerEndpoint(socket: path, name: "docker"), client: client)
    )
    #expect(usage.samples(of: ["x"], at: LoopActor.now().monotonic)["x"]?.gap == "starting")
    await eventually("its end is told") {
      usage.open.isEmpty
    }
    #expect(
      usage.samples(of: ["x"], at: LoopActor.now().monotonic)["x"] == ServiceUsage(gap: "the stream ended")
    )
    await eventually("it is asked again") {
      server.requests.count { $0.contains("/containers/x/stats?stream=1") } == 2
    }
    usage.close()
    #expect(usage.open.isEmpty)
  }

  @Test @LoopActor func sampleThatIsOldSaysNothingOfNow() async throws {
    let path = TestProcess.directory() + "/docker.sock"
    let server = ScriptedServer(unixSocket: path) { connection in
      while let request = connection.readRequest() {
        guard request.contains("/stats") else {
          connection.write("HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n{\"ApiVersion\":\"1.41\"}")
          continue
        }
        connection.write(
          "HTTP/1.1 200 OK\r\n\r\n{\"memory_stats\":{\"usage\":9,\"stats\":{\"inactive_file\":1}}}\n"
        )
        _ = connection.readRequest()
      }
    }
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let usage = DockerUsage(
      engine: DockerEngine(at: ServerEndpoint(socket: path, name: "docker"), client: client)
    )
    await eventually("a sample came") {
      usage.samples(of: ["x"], at: LoopActor.now().monotonic)["x"]?.memory == 8
    }
    let later = usage.samples(of: ["x"], at: LoopActor.now().monotonic + .seconds(7))["x"]
    #expect(later?.memory == nil)
    #expect(later?.gap.hasPrefix("no sample since ") == true)
    usage.close()
  }

  // MARK: last lines

  @Test @LoopActor func lastLinesOfACrashedContainerAreItsOwn() async throws {
    let client = HTTPClient()
    defer { client.close() }
    let runtime = DockerRuntime(project: "wrote", endpoint: engine.endpoint, client: client)
    try engine.run(
      "wrote_crashed_1",
      project: "wrote",
      service: "crashed",
      command: "i=0; while [ $i -lt 40 ]; do echo line $i; i=$((i+1)); done; echo ERROR no pool >&2; exit 7"
    )
    try engine.run("wrote_mute_1", project: "wrote", service: "mute", command: "exit 3")
    try engine.run(
      "wrote_term_1",
      project: "wrote",
      service: "term",
      command: "echo to a terminal",
      terminal: true
    )
    try await eventually("they have ended") {
      try await runtime.services().map(\.state) == [.exited(code: 7), .exited(code: 3), .exited(code: 0)]
    }
    let services = try await runtime.services()
    #expect(try await runtime.logs(of: services[0], tail: 5).gaps == [LogGap(services[0].instance, .cut)])
    #expect(try await runtime.logs(of: services[0], tail: 1_000).gaps.isEmpty)
    let tail = try await runtime.logs(of: services[0], tail: 5).lines
    #expect(tail.count == 5)
    // The two streams are written down by two hands.
    #expect(Set(tail).isSubset(of: Set((0..<40).map { "line \($0)" } + ["ERROR no pool"])))
    #expect(try await runtime.logs(of: services[0], tail: 60).lines.contains("ERROR no pool"))
    let now = LoopActor.now().wall
    let hour = try await runtime.logs(of: services[0], tail: 60, since: now - .seconds(3_600)).lines
    #expect(hour.count == 41)
    #expect(try await runtime.logs(of: services[0], tail: 60, since: now + .seconds(60)).lines.isEmpty)
    #expect(try await runtime.logs(of: services[1], tail: 20).lines.isEmpty)
    #expect(try await runtime.logs(of: services[2], tail: 20).lines == ["to a terminal"])
    for service in services { try engine.ask("DELETE", "/containers/\(service.identity.id)?force=true") }
    let gone = await failure { () throws(SourceFailure) in
      _ = try await runtime.logs(of: services[0], tail: 5)
    }
    #expect(gone?.code == .notFound)
    #expect(gone?.detail.contains("No such container") == true)
    let foreign = ServiceReading(
      name: "x",
      instance: "x",
      identity: ServiceIdentity(id: "../version", incarnation: ""),
      state: .running
    )
    let refused = await failure { () throws(SourceFailure) in _ = try await runtime.logs(of: foreign, tail: 5)
    }
    #expect(refused?.code == .misconfigured)
  }
}
