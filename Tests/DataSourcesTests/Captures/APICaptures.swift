import Facts
import TestSupport
import Testing

@testable import DataSources

extension CaptureTests {
  /// The backend's API: heads and bodies as they came, over a socket.
  @Suite struct API {
    /// Whole replies: the status, and the failure that it stands for.
    private static let replies: [String: (status: Int, code: SourceFailure.Code?, words: String)] = [
      "api/multi-turn-execute.txt": (500, .status(500), "Execution failed: Text-to-speech generation failed"),
      "api/quick-test-post.txt": (404, .notFound, #""detail":"Not Found""#),
      "api/rate-limit-default-429.txt": (429, .rateLimited(retryAfter: 59), "Rate limit exceeded"),
      "api/ready.txt": (200, nil, ""), "api/suite-runs-noauth.txt": (307, .status(307), "307 to http"),
      "api/test-runs-failed.txt": (404, .notFound, #""detail":"Not Found""#),
    ]

    /// Bodies alone, with the status that they came with and a condition that holds for them.
    private static let bodies: [String: (status: Int, condition: String)] = [
      "api/health.json": (200, #"status == 200 and body.status == "healthy" and body.version == "1.0.0""#),
      "api/retry.json": (400, #"status == 400 and body.error_type == "HTTPException""#),
      "api/suite-run-one.json": (
        200, #"body.status == "failed" and body.total_tests == 3 and body.passed_tests == 0"#
      ),
      "api/suite-runs-all.json": (
        200, #"body.total == 8 and body.runs.0.status == "completed" and body.runs.0.failedTests == 31"#
      ),
      "api/suite-runs-failed.json": (
        200, #"body.total == 1 and body.runs.0.suite_name == "Category Run: Other""#
      ),
      "api/suite-runs__status_filter_bogus.json": (
        422,
        #"body.error_type == "RequestValidationError" and body.validation_errors.0.loc.1 == "status_filter""#
      ),
      "api/test-suites-runs-failed.json": (
        200, #"body.total == 1 and body.runs.0.progress_percentage == 100"#
      ),
      "api/workers_health_noworker.json": (
        200, #"status == 200 and body.status == "critical" and body.totals.workers == 0"#
      ),
    ]

    static let files = Array(replies.keys) + bodies.keys

    init() { EventLoop.runOnOwnThread() }

    /// What the client makes of the bytes of a reply.
    @LoopActor private func response(_ bytes: [UInt8]) async throws -> HTTPResponse {
      let server = ScriptedServer { connection in
        connection.readRequest()
        connection.write(bytes)
      }
      defer { server.stop() }
      let client = HTTPClient()
      defer { client.close() }
      return try await client.send(HTTPRequest("GET", server.url))
    }

    @Test(arguments: replies.keys.sorted()) @LoopActor
    func repliesAreToldApart(_ file: String) async throws {
      let expected = try #require(Self.replies[file])
      let response = try await response(try #require(Captures.bytes(file)))
      let failure = response.failure(at: "http://localhost:8000")
      #expect(response.status == expected.status)
      #expect(failure?.code == expected.code)
      #expect(failure?.detail.contains(expected.words) ?? true)
    }

    @Test(arguments: bodies.keys.sorted()) func conditionsReadBodies(_ file: String) throws {
      let expected = try #require(Self.bodies[file])
      let response = HTTPResponse(status: expected.status, body: Captures.body(file))
      let condition = try Condition(parsing: expected.condition)
      #expect(condition.evaluate(HTTPReplyFacts.table(of: response)) == .yes)
      #expect((response.failure(at: "")?.code == nil) == (expected.status < 400))
    }

    @Test @LoopActor func aMissingSlashIsARedirectThatIsNotFollowed() async throws {
      let response = try await response(try #require(Captures.bytes("api/suite-runs-noauth.txt")))
      let location = response.header("location")
      #expect(location == "http://127.0.0.1:8000/api/v1/suite-runs/?status_filter=failed&limit=10")
    }

    @Test @LoopActor func theSessionKeepsQuietForTheSecondsOfRetryAfter() async throws {
      let bytes = try #require(Captures.bytes("api/rate-limit-default-429.txt"))
      let token = #"{"access_token":"t"}"#
      let server = ScriptedServer { connection in
        guard let head = connection.readRequest() else { return }
        let welcome = "HTTP/1.1 200 OK\r\nContent-Length: \(token.utf8.count)\r\n\r\n\(token)"
        connection.write(head.contains("/login") ? Array(welcome.utf8) : bytes)
      }
      defer { server.stop() }
      let client = HTTPClient()
      defer { client.close() }
      let session = BackendSession(
        base: "http://127.0.0.1:\(server.port)",
        login: BackendLogin(email: "a@example.org", password: Secret("x")),
        memory: nil,
        client: client,
        spacing: .zero
      )
      #expect(try await session.call("GET", "/api/v1/suite-runs/").status == 429)
      let failure = await failure { () throws(SourceFailure) in
        _ = try await session.call("GET", "/api/v1/suite-runs/")
      }
      #expect(failure?.code == .rateLimited(retryAfter: 59))
      #expect(server.requests.count == 2)
    }

    @Test @LoopActor func livenessIsGreenAndSaysWhatItRead() async throws {
      let server = ScriptedServer.answering(Captures.text("api/health.json"))
      defer { server.stop() }
      let client = HTTPClient()
      defer { client.close() }
      let condition = try Condition(parsing: #"status == 200 and body.status == "healthy""#)
      let request = HTTPRequest("GET", server.url + "health")
      let source = LivenessSource(
        service: "backend",
        request: request,
        expecting: .condition(condition),
        client: client
      )
      let reading = try await source.poll()
      #expect(reading.value("service.backend.liveness") == .flag(true))
      #expect(reading.observations[0].origin.excerpt.hasPrefix(#"200 {"status":"healthy""#))
    }
  }
}
