import Facts
import TestSupport
import Testing

@testable import DataSources

extension CaptureTests {
  /// The Docker Engine 20.10 with projects of both generations of compose.
  @Suite struct Docker {
    static let files = [
      "docker/containers.json", "docker/containers-compose-v2.json", "docker/events-filtered.jsonl",
      "docker/inspect-unhealthy.json", "docker/inspect-voiceai-backend.json",
      "docker/inspect-voiceai-postgres.json",
      "docker/logs-tail12.raw", "docker/restart-404.txt", "docker/stats-stream1.jsonl", "docker/version.json",
    ]

    init() { EventLoop.runOnOwnThread() }

    private func entries(_ file: String) throws -> [DockerListEntry] {
      try #require([DockerListEntry].parse(Captures.body(file)))
    }

    /// A container of the list with the inspection of a file; `status` is what the list said by then.
    private func reading(_ file: String, listed status: String? = nil) throws -> ServiceReading {
      let inspection = try #require(DockerInspection.parse(Captures.body(file)))
      var entry = try #require(try entries("docker/containers.json").first { $0.Id == inspection.Id })
      if let status { entry.Status = status }
      return DockerContainer(entry: entry, inspection: inspection).reading()
    }

    @Test func theVersionIsTheEnginesOwn() throws {
      let version = try #require(DockerVersion.parse(Captures.body("docker/version.json")))
      #expect(DockerEngine.version(engine: version.ApiVersion, oldest: version.MinAPIVersion) == "1.41")
    }

    @Test func containersOfComposeOneAreListedByTheirServices() throws {
      let list = try entries("docker/containers.json")
      #expect(
        list.map { $0.compose("service") } == ["redis", "backend", "celery-worker", "flaky", "postgres"]
      )
      #expect(list.allSatisfy { $0.State == "running" && $0.compose("project") == "voiceai" && !$0.isOneOff })
      #expect(list.contains { $0.Names.first == "/voiceai_celery-worker_1" })
    }

    @Test func containersOfComposeTwoAreNumbered() throws {
      let list = try entries("docker/containers-compose-v2.json")
      #expect(list.map { $0.compose("container-number") } == ["3", "2", "1"])
      #expect(
        list.allSatisfy { $0.compose("service") == "celery-worker" && $0.compose("project") == "infra2" }
      )
      #expect(list.contains { $0.Names.first == "/infra2-celery-worker-3" })
    }

    @Test func theUnhealthyOneSaysSoAndHowItsCheckEnded() throws {
      // The list was asked before its check failed: together they contradict each other.
      let early = try reading("docker/inspect-unhealthy.json")
      #expect(early.state == .unreadable("healthy in the list, unhealthy when inspected"))
      let reading = try reading("docker/inspect-unhealthy.json", listed: "Up 6 minutes (unhealthy)")
      #expect(reading.name == "flaky")
      #expect(reading.state == .running)
      #expect(reading.health == .unhealthy)
      #expect(reading.detail == "health check exit code 1")
      #expect(reading.identity.incarnation == "2026-11-23T17:21:47.279340904Z")
    }

    @Test(arguments: [
      ("docker/inspect-voiceai-backend.json", "backend", 1_795_454_443.537_959_5, "voiceai-base:busybox"),
      ("docker/inspect-voiceai-postgres.json", "postgres", 1_795_454_442.617_427, "voiceai/postgres:host"),
    ])
    func theHealthyOnesAre(_ file: String, _ name: String, _ start: Double, _ image: String) throws {
      let reading = try reading(file)
      #expect(reading.name == name)
      #expect(reading.health == .healthy)
      #expect(reading.detail == "")
      #expect(reading.restarts == 0)
      #expect(!reading.isOutOfMemory)
      #expect(reading.isOneShot == false, "its health check expects it to answer")
      #expect(reading.image == image)
      #expect(abs(try #require(reading.startedAt).secondsSince1970 - start) < 0.001)
    }

    @Test func anEventNamesItsContainer() throws {
      let lines = Captures.text("docker/events-filtered.jsonl").split(separator: "\n")
      let events = lines.compactMap { DockerEvent.parse(Array($0.utf8)) }
      #expect(events.map(\.Action) == ["health_status: healthy"])
      let backend = try entries("docker/containers.json").first { $0.compose("service") == "backend" }
      #expect(events.map(\.container) == [backend?.Id])
    }

    @Test func aStreamOfStatsTellsItsShareFromTheSecondSampleOn() {
      let lines = Captures.text("docker/stats-stream1.jsonl").split(separator: "\n")
      let samples = lines.compactMap { DockerStats.parse(Array($0.utf8))?.usage }
      #expect(samples.map { $0.cpu == nil } == [true, false, false])
      #expect(samples.first?.gap == "first sample")
      // As `docker stats` shows them: (114,665,629 - 113,303,959) ns of 2,020 ms on two cores.
      #expect(abs((samples[1].cpu ?? 0) - 0.134_82) < 0.000_01)
      #expect(samples[0].memory == 3_751_936)
      #expect(samples[1].memory == 3_756_032)
    }

    @Test func theLastLinesAreThoseOfTheContainer() throws {
      let tail = LogTail(
        of: DockerLogs.text(try #require(Captures.bytes("docker/logs-tail12.raw"))),
        most: 20
      )
      #expect(tail.lines.count == 12)
      #expect(tail.lines.allSatisfy { $0.string.hasPrefix("[2026-11-23T17:21:") })
      #expect(tail.lines.first == "[2026-11-23T17:21:25Z] INFO task=run_test test_run_id=7f3e44-4c1d step=44")
    }

    @Test @LoopActor func theRuntimeReadsTheWholeProject() async throws {
      let path = TestProcess.directory() + "/docker.sock"
      let server = Self.engine(at: path)
      defer { server.stop() }
      let client = HTTPClient()
      defer { client.close() }
      let endpoint = ServerEndpoint(socket: path, name: "docker")
      let runtime = DockerRuntime(project: "voiceai", endpoint: endpoint, client: client)
      let services = try await runtime.services()
      // The other two of the list were not inspected when they were captured.
      #expect(services.map(\.name) == ["backend", "flaky", "postgres"])
      let reading = try await runtime.poll()
      #expect(reading.value("service.backend.restarts") == .number(0))
      #expect((reading.value("service.backend.uptime")?.number ?? 0) > 0)
      let other = DockerRuntime(project: "other", endpoint: endpoint, client: client)
      #expect(try await other.services().isEmpty)
    }

    @Test @LoopActor func aContainerThatIsGoneIsToldInTheEnginesWords() async throws {
      let path = TestProcess.directory() + "/docker.sock"
      let server = Self.engine(at: path)
      defer { server.stop() }
      let client = HTTPClient()
      defer { client.close() }
      let endpoint = ServerEndpoint(socket: path, name: "docker")
      let runtime = DockerRuntime(project: "voiceai", endpoint: endpoint, client: client)
      let gone = try reading("docker/inspect-voiceai-backend.json")
      let failure = await failure { () throws(SourceFailure) in try await runtime.restart(gone) }
      #expect(failure?.code == .notFound)
      #expect(failure?.detail.hasSuffix("is gone: No such container: nope") == true)
    }

    /// An engine that answers what the captured one did, and its 404 to everything else.
    private static func engine(at path: String) -> ScriptedServer {
      let inspected = ["unhealthy", "voiceai-backend", "voiceai-postgres"].compactMap { name in
        let body = Captures.body("docker/inspect-\(name).json")
        return DockerInspection.parse(body).map { (path: "/v1.41/containers/\($0.Id)/json", body: body) }
      }
      let missing = Captures.text("docker/restart-404.txt").split(separator: "\n").last ?? ""
      return ScriptedServer.routing(unixSocket: path, missing: String(missing)) { line in
        if line == "GET /version" { return Captures.body("docker/version.json") }
        if line.hasPrefix("GET /v1.41/containers/json?") { return Captures.body("docker/containers.json") }
        return inspected.first { line == "GET \($0.path)" }?.body
      }
    }
  }
}
