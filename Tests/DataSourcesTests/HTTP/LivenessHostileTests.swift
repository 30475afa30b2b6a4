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

  @Test(arguments: [
    ("Age: 86400\r\n", false), ("Age: 0\r\n", true), ("", true), ("Age: 100.5\r\n", false),
    ("Age: 3600, 3600\r\n", false),
  ])
  @LoopActor func whatACacheRemembersIsNoAnswer(headers: String, isAnswer: Bool) async throws {
    let server = ScriptedServer.answering("ok", headers: headers)
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let source = LivenessSource(
      service: "backend",
      request: HTTPRequest("GET", server.url, deadline: .seconds(60)),
      expecting: .condition(try Condition(parsing: "status == 200")),
      client: client
    )
    let reading = try await source.poll()
    #expect(reading.value("service.backend.liveness") == (isAnswer ? .flag(true) : nil))
    #expect(server.requests.first?.contains("Cache-Control: no-cache") == true)
  }
}
