import Facts
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

/// Engines that are away, frozen, killed, or none.
@Suite(.serialized) struct DockerFailureTests {
  private let client: HTTPClient

  init() async {
    EventLoop.runOnOwnThread()
    client = await HTTPClient()
  }

  private func poll(_ endpoint: ServerEndpoint, deadline: Duration = .seconds(2)) async -> SourceFailure? {
    let runtime = await DockerRuntime(project: "p", endpoint: endpoint, client: client, deadline: deadline)
    return await failure { () throws(SourceFailure) in _ = try await runtime.poll() }
  }

  @Test func noEngineIsRefused() async {
    let failure = await poll(ServerEndpoint(socket: "/tmp/switchboard-no-such.sock", name: "docker"))
    #expect(failure?.code == .refused)
    #expect(failure?.advice.hasPrefix("Nothing answers at the socket") == true)
  }

  @Test func aFrozenEngineTimesOutAndAKilledOneIsRefused() async throws {
    let engine = try TestEngine()
    try engine.run("p_backend_1", project: "p", service: "backend")
    let runtime = await DockerRuntime(project: "p", endpoint: engine.endpoint, client: client)
    #expect(try await runtime.services().count == 1)
    engine.freeze()
    let polling = Task { await poll(engine.endpoint, deadline: .seconds(10)) }
    let slow = await poll(engine.endpoint, deadline: .milliseconds(300))
    #expect(slow?.code == .timedOut)
    engine.kill()
    let midPoll = await polling.value
    #expect(midPoll?.code == .disconnected || midPoll?.code == .refused)
    let failure = await failure { () throws(SourceFailure) in _ = try await runtime.poll() }
    #expect(failure?.code == .refused)
  }

  @Test @LoopActor func aSocketThatIsNotOursSaysWhatToDo() async throws {
    let path = TestProcess.directory() + "/docker.sock"
    let server = ScriptedServer.answering("{}", unixSocket: path)
    defer { server.stop() }
    chmod(path, 0)
    // Root passes every mode; the loop's thread is nobody to the file system for this one request.
    typealias SetUser = @convention(c) (uid_t) -> Int32
    let setUser = unsafeBitCast(try #require(dlsym(nil, "setfsuid")), to: SetUser.self)
    _ = setUser(65_534)
    defer { _ = setUser(geteuid()) }
    let failure = await poll(ServerEndpoint(socket: path, name: "docker"))
    #expect(failure?.code == .forbidden)
    #expect(failure?.detail.contains("join the group docker") == true)
  }

  @Test(arguments: ["garbage", "{}", "[]", #"{"ApiVersion":"x"}"#, #"{"ApiVersion":"1.20"}"#])
  func anotherServerIsUnreadable(_ body: String) async throws {
    let server = ScriptedServer.answering(body)
    defer { server.stop() }
    let failure = await poll(try ServerEndpoint("tcp://127.0.0.1:\(server.port)", name: "docker"))
    #expect(failure?.code == .unreadable)
  }

  @Test func whatWasInspectedInTimeIsNotAskedForAgain() async throws {
    let labels = #""Labels":{"com.docker.compose.project":"p","com.docker.compose.service":"s"}"#
    let (good, slow) = (String(repeating: "a", count: 64), String(repeating: "b", count: 64))
    let attempts = Locked(0)
    let server = ScriptedServer { connection in
      while let request = connection.readRequest() {
        var body = #"{"ApiVersion":"1.41"}"#
        var status = "200 OK"
        if request.contains("/containers/json") {
          body =
            "["
            + [good, slow].map { #"{"Id":"\#($0)","State":"running",\#(labels)}"# }.joined(separator: ",")
            + "]"
        } else if request.contains("/containers/") {
          let id = request.contains(good) ? good : slow
          body = #"{"Id":"\#(id)","RestartCount":0,"State":{"Status":"running"}}"#
          if id == slow,
            attempts.withLock({
              $0 += 1; return $0
            }) == 1
          {
            status = "500 Internal Server Error"
          }
        }
        connection.write("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
      }
    }
    defer { server.stop() }
    let endpoint = try ServerEndpoint("http://127.0.0.1:\(server.port)", name: "docker")
    let runtime = await DockerRuntime(project: "p", endpoint: endpoint, client: client)
    let first = await failure { () throws(SourceFailure) in _ = try await runtime.services() }
    #expect(first?.code == .status(500))
    #expect(try await runtime.services().count == 2)
    #expect(server.requests.filter { $0.contains("/containers/\(good)") }.count == 1)
    #expect(server.requests.filter { $0.contains("/containers/\(slow)") }.count == 2)
  }

  @Test func whatSomebodyElseHasDoneAlreadyIsNoFailure() async throws {
    let id = String(repeating: "a", count: 64)
    let server = ScriptedServer { connection in
      while let request = connection.readRequest() {
        let body = #"{"ApiVersion":"1.41"}"#
        let reply =
          request.hasPrefix("POST ")
          ? "HTTP/1.1 304 Not Modified\r\n\r\n"
          : "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        connection.write(reply)
      }
    }
    defer { server.stop() }
    let endpoint = try ServerEndpoint("http://127.0.0.1:\(server.port)", name: "docker")
    let runtime = await DockerRuntime(project: "p", endpoint: endpoint, client: client)
    let reading = ServiceReading(
      name: "x",
      instance: "x",
      identity: ServiceIdentity(id: id, incarnation: ""),
      state: .running
    )
    try await runtime.perform(RuntimeRequest(.stop, reading, shown: ""))
    #expect(server.requests.filter { $0.hasPrefix("POST ") }.count == 1)
  }

  @Test func oneContainerThatHangsLeavesTheOthersKnown() async throws {
    let (good, hung) = (String(repeating: "a", count: 64), String(repeating: "b", count: 64))
    let isHung = Locked(true)
    let server = ScriptedServer { connection in
      while let request = connection.readRequest() {
        var body = #"{"ApiVersion":"1.41"}"#
        if request.contains("/containers/json") {
          let entries = [(good, "good"), (hung, "hung")].map { id, service in
            #"{"Id":"\#(id)","Names":["/p-\#(service)-1"],"State":"running","Labels":{"#
              + #""com.docker.compose.project":"p","com.docker.compose.service":"\#(service)"}}"#
          }
          body = "[\(entries.joined(separator: ","))]"
        } else if request.contains("/containers/") {
          if request.contains(hung), isHung.withLock({ $0 }) {
            connection.hang()
            return
          }
          let id = request.contains(good) ? good : hung
          body =
            #"{"Id":"\#(id)","RestartCount":0,"State":{"Status":"running","Health":{"Status":"healthy"}}}"#
        }
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
      }
    }
    defer { server.stop() }
    let endpoint = try ServerEndpoint("http://127.0.0.1:\(server.port)", name: "docker")
    let runtime = await DockerRuntime(
      project: "p",
      endpoint: endpoint,
      client: client,
      // What answers must have the time for it on a busy machine, too.
      deadline: .seconds(2)
    )
    for _ in 0..<2 {
      let reading = try await runtime.poll()
      let services = try #require(reading.snapshot(ServicesSnapshot.self)).services
      #expect(services.map(\.name) == ["good", "hung"])
      #expect(services.first?.state == .running && services.first?.health == .healthy)
      #expect(services.last?.state == .unreadable("running, not inspected: timed out"))
      #expect(services.last?.instance == "p-hung-1")
      #expect(services.last?.health == ServiceReading.Health.none && services.last?.restarts == nil)
      #expect(reading.observations.first { $0.name == "service.hung.uptime" }?.word == "not known")
      #expect(reading.value("service.hung.restarts") == nil)
      #expect(reading.value("service.good.restarts") == .number(0))
    }
    isHung.withLock { $0 = false }
    #expect(try await runtime.services().last?.health == .healthy)
  }

  @Test func anEngineThatInspectsNothingTimesOut() async throws {
    let server = ScriptedServer { connection in
      while let request = connection.readRequest() {
        var body = #"{"ApiVersion":"1.41"}"#
        if request.contains("/containers/json") {
          body = #"[{"Id":"aaaaaaaaaaaa","State":"running","Labels":{"com.docker.compose.project":"p"}}]"#
        } else if request.contains("/containers/") {
          connection.hang()
          return
        }
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
      }
    }
    defer { server.stop() }
    let endpoint = try ServerEndpoint("http://127.0.0.1:\(server.port)", name: "docker")
    #expect(await poll(endpoint, deadline: .milliseconds(500))?.code == .timedOut)
  }

  @Test func anEnginesOwnWordsAreTold() async throws {
    let server = ScriptedServer { connection in
      while let request = connection.readRequest() {
        let body =
          request.hasPrefix("GET /version") ? #"{"ApiVersion":"1.41"}"# : #"{"message":"the disk is full"}"#
        let status = request.hasPrefix("GET /version") ? "200 OK" : "500 Internal Server Error"
        connection.write("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
      }
    }
    defer { server.stop() }
    let failure = await poll(try ServerEndpoint("http://127.0.0.1:\(server.port)", name: "docker"))
    #expect(failure?.code == .status(500))
    #expect(failure?.detail == "the disk is full")
    #expect(
      server.requests.map { $0.prefix { $0 != "?" && $0 != "\r\n" } }.last?.hasPrefix(
        "GET /v1.41/containers/json"
      ) == true
    )
  }
}
