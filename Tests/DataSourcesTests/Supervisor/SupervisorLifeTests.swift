import Facts
import Testing

@testable import DataSources

/// Which of a process' starts is a new life.
@Suite struct SupervisorLifeTests {
  init() { EventLoop.runOnOwnThread() }

  /// The lives that one runtime tells of a process, poll by poll; a pid of 0 is one that is stopped.
  @LoopActor private func lives(_ polls: [(pid: Int, start: Int)]) async throws -> [ServiceIdentity] {
    let place = Locked(0)
    let server = ScriptedServer { connection in
      while connection.readRequest() != nil {
        let (pid, start) = place.withLock { place in
          defer { place += 1 }
          return polls[min(place, polls.count - 1)]
        }
        func member(_ name: String, _ value: String) -> String {
          "<member><name>\(name)</name><value>\(value)</value></member>"
        }
        let process =
          member("name", "<string>w</string>") + member("group", "<string>w</string>")
          + member("statename", "<string>\(pid == 0 ? "STOPPED" : "RUNNING")</string>")
          + member("pid", "<int>\(pid)</int>") + member("start", "<int>\(start)</int>")
          + member("now", "<int>2000</int>") + member("exitstatus", "<int>0</int>")
        let body =
          "<?xml version='1.0'?><methodResponse><params><param><value><array><data><value><struct>"
          + process + "</struct></value></data></array></value></param></params></methodResponse>"
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
      }
    }
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let endpoint = try ServerEndpoint(server.url, name: "supervisor")
    let runtime = SupervisorRuntime(endpoint: endpoint, client: client)
    var found: [ServiceIdentity] = []
    for _ in polls { found += try await runtime.services().map(\.identity) }
    return found
  }

  /// Supervisor moves the start of a process when its clock is set.
  @Test @LoopActor func theSamePidIsTheSameProcessWhateverAClockSays() async throws {
    let told = try await lives([(7, 1_000), (7, 1_001), (7, 1_060), (7, 900)])
    #expect(Set(told).count == 1)
    #expect(told.first?.begunAt == WallTime(secondsSince1970: 1_000))
  }

  @Test @LoopActor func anotherPidIsAnotherLife() async throws {
    #expect(Set(try await lives([(7, 1_000), (8, 1_001)]).map(\.incarnation)).count == 2)
    // Seen stopped in between, it is another one by any number.
    #expect(
      try await lives([(7, 1_000), (0, 1_000), (7, 1_001)]).map(\.incarnation) == ["7@1000", "", "7@1001"]
    )
  }
}
