import Facts
import Glibc
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

  @Test @LoopActor func aBudgetThatNeverComesBackIsWaitedForAQuarterOfAnHour() async throws {
    for (told, most) in [("999999999999", 900), ("7", 7), ("-5", 1), ("Wed, 21 Oct 2026 07:28:00 GMT", 60)] {
      let server = ScriptedServer { connection in
        while let head = connection.readRequest() {
          let isLogin = head.contains("/auth/login")
          let body = isLogin ? #"{"access_token":"t"}"# : "{}"
          connection.write(
            "HTTP/1.1 \(isLogin ? "200 OK" : "429 Too Many Requests")\r\nRetry-After: \(told)\r\n"
              + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
          )
        }
      }
      defer { server.stop() }
      let client = HTTPClient()
      defer { client.close() }
      let session = session(server, client, "p")
      #expect(try await session.call("GET", "/x").status == 429)
      let failure = await failure { () throws(SourceFailure) in try await session.call("GET", "/x") }
      guard case .rateLimited(let left?) = failure?.code else {
        Issue.record("\(told): \(String(describing: failure))")
        continue
      }
      #expect((0...most).contains(left) && left >= most - 1, "\(told)")
    }
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

  @Test @LoopActor func aLateRefusalOfAnOldTokenLeavesTheNewOne() async throws {
    let logins = Locked(0)
    let isNew = Locked(false)
    let server = ScriptedServer { connection in
      guard let head = connection.readRequest() else { return }
      var status = "200 OK"
      var body = "{}"
      if head.contains("/login") {
        let count = logins.withLock { count in
          count += 1
          return count
        }
        body = #"{"access_token":"t\#(count)"}"#
      } else if head.contains("Bearer t1") {
        // The slow one is refused only once the other has a new token and has used it.
        while head.contains("/slow"), !isNew.withLock({ $0 }) { usleep(5_000) }
        status = "401 Unauthorized"
      } else if head.contains("/fast") {
        isNew.withLock { $0 = true }
      }
      connection.write(
        "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
      )
    }
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let session = session(server, client, "x")
    let slow = Task { @LoopActor in try? await session.call("GET", "/slow").status }
    let fast = try await session.call("GET", "/fast")
    #expect(fast.status == 200)
    #expect(await slow.value == 200)
    #expect(logins.withLock { $0 } == 2)
  }

  /// What a memory was told, by the proof that it goes by.
  @LoopActor private final class Memory: LoginMemory {
    private(set) var refused: [String] = []
    /// Whether what it is told can be kept.
    var isKept = true

    func forget() { refused = [] }

    private func text(_ secret: Secret) -> String { secret.reveal { String($0) } }

    func refusedUntil(email: String, proof: Secret, base: String) async -> WallTime? {
      isKept && refused.contains(text(proof)) ? LoopActor.now().wall + .seconds(900) : nil
    }
    func remember(refused email: String, proof: Secret, base: String) async {
      refused.append(text(proof))
    }
    func token(email: String, proof: Secret, base: String) async -> (secret: Secret, ends: WallTime)? {
      nil
    }
    func keep(token: (secret: Secret, ends: WallTime)?, email: String, proof: Secret, base: String) async {
    }
  }

  @LoopActor private func behindGateway(
    _ server: ScriptedServer,
    _ client: HTTPClient,
    _ memory: Memory,
    key: String
  ) -> BackendSession {
    BackendSession(
      base: "http://127.0.0.1:\(server.port)",
      login: BackendLogin(email: "a@example.org", password: Secret("p")),
      memory: memory,
      client: client,
      headers: [.init("X-Key", Secret(key), isSecret: true)],
      spacing: .zero
    )
  }

  /// A gateway that wants `X-Key: right` before a backend that refuses, or takes, the login.
  private func gateway(status: String, body: String) -> ScriptedServer {
    ScriptedServer { connection in
      guard let head = connection.readRequest() else { return }
      let isIn = head.contains("X-Key: right")
      let (status, body) = isIn ? (status, body) : ("401 Unauthorized", #"{"message":"no key"}"#)
      connection.write(
        "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
      )
    }
  }

  @Test @LoopActor func aHeaderThatAGatewayRefusesIsNoRefusedPassword() async throws {
    let server = gateway(status: "200 OK", body: #"{"access_token":"t"}"#)
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let memory = Memory()
    let wrong = behindGateway(server, client, memory, key: "wrong")
    for _ in 0..<3 {
      let failure = await failure { () throws(SourceFailure) in _ = try await wrong.call("GET", "/x") }
      #expect(failure?.code == .unauthorized)
    }
    // Nothing is remembered, and it is not repeated either, until somebody asks.
    #expect(memory.refused.isEmpty)
    #expect(server.connections == 1)
    client.forgetRefusals()
    _ = await failure { () throws(SourceFailure) in _ = try await wrong.call("GET", "/x") }
    #expect(server.connections == 2)
    let right = behindGateway(server, client, memory, key: "right")
    #expect(try await right.call("GET", "/x").status == 200)
  }

  @Test @LoopActor func aPasswordThatTheBackendRefusesIsRememberedAndAnotherHeaderIsTried() async throws {
    let server = gateway(status: "401 Unauthorized", body: #"{"detail":"Incorrect email or password"}"#)
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let memory = Memory()
    let session = behindGateway(server, client, memory, key: "right")
    _ = await failure { () throws(SourceFailure) in _ = try await session.call("GET", "/x") }
    #expect(memory.refused.count == 1 && server.connections == 1)
    // Another console with the same login doesn't try; one with another header does.
    let same = behindGateway(server, client, memory, key: "right")
    let failure = await failure { () throws(SourceFailure) in _ = try await same.call("GET", "/x") }
    #expect(failure?.detail.contains("five lock the account") == true && server.connections == 1)
    let other = behindGateway(server, client, memory, key: "right too")
    _ = await DataSourcesTests.failure { () throws(SourceFailure) in _ = try await other.call("GET", "/x") }
    #expect(server.connections == 2)
  }

  @Test(arguments: [true, false])
  @LoopActor func whatTheBackendRefusesRestsAsLongAsTheMemorySays(_ isKept: Bool) async throws {
    let server = gateway(status: "401 Unauthorized", body: #"{"detail":"Incorrect email or password"}"#)
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let memory = Memory()
    memory.isKept = isKept
    let session = behindGateway(server, client, memory, key: "right")
    func call() async -> SourceFailure? {
      await failure { () throws(SourceFailure) in _ = try await session.call("GET", "/x") }
    }
    _ = await call()
    // Nobody's asking shortens it: five lock the account. What can't be kept rests here.
    if isKept { client.forgetRefusals() }
    #expect(await call()?.code == .unauthorized)
    #expect(server.connections == 1)
    memory.forget()
    _ = await call()
    #expect(server.connections == (isKept ? 2 : 1))
  }
}
