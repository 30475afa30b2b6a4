import Facts
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

/// What is told when there is no supervisord, a frozen one, or something else.
@Suite struct SupervisorFailureTests {
  private let client: HTTPClient

  init() async {
    EventLoop.runOnOwnThread()
    client = await HTTPClient()
  }

  @Test func aMissingSocketIsRefused() async {
    let runtime = await SupervisorRuntime(socket: "/tmp/switchboard-no-such.sock", client: client)
    let failure = await failure { () throws(SourceFailure) in _ = try await runtime.poll() }
    #expect(failure?.code == .refused)
    #expect(failure?.address == "unix:/tmp/switchboard-no-such.sock")
  }

  @Test func aKilledSupervisordIsRefused() async throws {
    let supervisor = TestSupervisor("")
    let runtime = await SupervisorRuntime(socket: supervisor.socket, client: client)
    #expect(try await runtime.services().isEmpty)
    supervisor.stop()
    let failure = await failure { () throws(SourceFailure) in _ = try await runtime.poll() }
    #expect(failure?.code == .refused)
  }

  @Test func aFrozenSupervisordTimesOut() async throws {
    let supervisor = TestSupervisor("")
    defer { supervisor.stop() }
    supervisor.process.send(SIGSTOP)
    let runtime = await SupervisorRuntime(
      socket: supervisor.socket,
      client: client,
      deadline: .milliseconds(300)
    )
    let failure = await failure { () throws(SourceFailure) in _ = try await runtime.poll() }
    #expect(failure?.code == .timedOut)
    supervisor.process.send(SIGCONT)
  }

  @Test(arguments: [
    "garbage", "<html>It works!</html>", "<methodResponse><params>",
    "<methodResponse><params><param><value><int>1</int></value></param></params></methodResponse>",
  ])
  func anotherServerIsUnreadable(_ body: String) async throws {
    let server = ScriptedServer.answering(body)
    let runtime = await SupervisorRuntime(
      endpoint: try ServerEndpoint("http://127.0.0.1:\(server.port)", name: "supervisor"),
      client: client
    )
    let failure = await failure { () throws(SourceFailure) in _ = try await runtime.poll() }
    #expect(failure?.code == .unreadable)
  }

  @Test(arguments: ["unix://relative", "ftp://x", "", "http://", "tcp://example.org:2375"])
  func aBadAddressIsMisconfigured(_ address: String) {
    #expect(throws: SourceFailure.self) { try ServerEndpoint(address, name: "x") }
  }

  @Test func addressesAreRead() throws {
    #expect(try ServerEndpoint("unix:///run/d.sock", name: "d").description == "unix:/run/d.sock")
    #expect(try ServerEndpoint("/run/d.sock", name: "d").socket == "/run/d.sock")
    #expect(try ServerEndpoint("tcp://localhost:2375", name: "d").base == "http://localhost:2375")
    #expect(try ServerEndpoint("https://example.org/", name: "d").base == "https://example.org:443")
    let long = "/" + String(repeating: "x", count: 107)
    #expect(throws: SourceFailure.self) { try ServerEndpoint(long, name: "d") }
  }
}
