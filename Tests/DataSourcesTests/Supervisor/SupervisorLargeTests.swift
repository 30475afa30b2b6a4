import Facts
import Testing

@testable import DataSources

@Suite struct SupervisorLargeTests {
  init() { EventLoop.runOnOwnThread() }

  @Test @LoopActor func aListOfThousandsHoldsNobodyUp() async throws {
    let process = """
      <value><struct><member><name>name</name><value><string>w</string></value></member>\
      <member><name>group</name><value><string>w</string></value></member>\
      <member><name>statename</name><value><string>RUNNING</string></value></member>\
      <member><name>pid</name><value><int>7</int></value></member></struct></value>
      """
    let body =
      "<?xml version='1.0'?><methodResponse><params><param><value><array><data>"
      + String(repeating: process, count: 9_000)
      + "</data></array></value></param></params></methodResponse>"
    let server = ScriptedServer.answering(body)
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let endpoint = try ServerEndpoint(server.url, name: "supervisor")
    let runtime = SupervisorRuntime(endpoint: endpoint, client: client, deadline: .seconds(30))
    let pulse = LoopPulse()
    #expect(try await runtime.services().count == 9_000)
    #expect(pulse.stop() < .milliseconds(200))
  }
}
