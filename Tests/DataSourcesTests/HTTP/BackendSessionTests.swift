import Facts
import Glibc
import Synchronization
import Testing

@testable import DataSources

/// What the login and its token must not do.
@Suite struct BackendSessionTests {
  init() { EventLoop.runOnOwnThread() }

  @LoopActor private func session(
    _ server: ScriptedServer,
    _ client: HTTPClient,
    _ password: String
  )
    -> BackendSession
  {
    BackendSession(
      base: "http://127.0.0.1:\(server.port)",
      login: BackendLogin(email: "a@example.org", password: Secret(password)),
      memory: nil,
      client: client,
      spacing: .zero
    )
  }

  @Test @LoopActor func aServerThatQuotesTheLoginGivesNothingAway() async throws {
    let body = #"{"detail":[{"type":"missing","input":{"email":"a@example.org","password":"hun\"ter2"}}]}"#
    for status in ["422 Unprocessable Entity", "401 Unauthorized", "500 Internal Server Error"] {
      let server = ScriptedServer.answering(body, status: status)
      defer { server.stop() }
      let client = HTTPClient()
      defer { client.close() }
      let session = session(server, client, "hun\"ter2")
      let failure = await failure { () throws(SourceFailure) in _ = try await session.call("GET", "/x") }
      let detail = try #require(failure?.detail)
      #expect(detail.contains(#""type":"missing""#), "the server's other words stay")
      #expect(!detail.contains("ter2"), "\(status)")
    }
  }
}
