import Facts
import Testing

@testable import DataSources

/// An engine whose words are well-formed and can't be true.
@Suite struct DockerLyingTests {
  init() { EventLoop.runOnOwnThread() }

  @Test @LoopActor func restartsBeyondCountingAreStillANumber() async throws {
    let path = TestProcess.directory() + "/docker.sock"
    let server = ScriptedServer.routing(unixSocket: path) { line in
      func entry(_ id: String) -> String {
        #"{"Id":"\#(id)","State":"running","Labels":{"com.docker.compose.project":"p","com.docker.compose.service":"s"}}"#
      }
      if line.hasPrefix("GET /version") { return Array(#"{"ApiVersion":"1.41"}"#.utf8) }
      if line.hasPrefix("GET /v1.41/containers/json") { return Array("[\(entry("a")),\(entry("b"))]".utf8) }
      return Array(#"{"Id":"a","RestartCount":9223372036854775807,"State":{"Status":"running"}}"#.utf8)
    }
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let endpoint = ServerEndpoint(socket: path, name: "docker")
    let reading = try await DockerRuntime(project: "p", endpoint: endpoint, client: client).poll()
    #expect(reading.value("service.s.restarts") == .number(0x1p64))
  }
}
