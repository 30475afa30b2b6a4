import Facts
import Testing

@testable import DataSources

@Suite struct LivenessHostileTests {
  init() { EventLoop.runOnOwnThread() }

  @Test @LoopActor func aBodyOfManyValuesHoldsNobodyUp() async throws {
    let body = #"{"status":"ok","list":["# + String(repeating: "1,", count: 150_000) + "1]}"
    let server = ScriptedServer.answering(body)
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let condition = try Condition(parsing: #"body.status == "ok""#)
    let request = HTTPRequest("GET", server.url, deadline: .seconds(20))
    let source = LivenessSource(
      service: "backend",
      request: request,
      expecting: .condition(condition),
      client: client
    )
    let pulse = LoopPulse()
    let reading = try await source.poll()
    #expect(pulse.stop() < .seconds(1))
    #expect(reading.value("service.backend.liveness") == .flag(true))
  }
}
