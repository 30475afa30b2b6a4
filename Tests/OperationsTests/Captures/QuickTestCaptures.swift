import DataSources
import Facts
import TestSupport
import Testing

@testable import Operations

/// An API that answers with the same bytes whatever is asked.
@LoopActor private final class CapturedAPI: QuickTestAPI {
  let base = "http://localhost:8000"
  let account: String? = nil
  private let response: HTTPResponse

  init(_ status: Int, _ body: [UInt8]) {
    response = HTTPResponse(status: status, body: body)
  }

  func send(
    _ method: String,
    _ path: String,
    body: String,
    deadline: Duration
  ) async throws(SourceFailure) -> HTTPResponse { response }
}

/// What the real backend answered, read by the quick test.
@Suite(.enabled(if: Captures.areHere, Comment(rawValue: Captures.reason)))
struct QuickTestCaptureTests {
  init() { EventLoop.runOnOwnThread() }

  /// How the reader sees each of the executions that a file lists.
  @LoopActor private func executions(_ file: String) async throws -> [ExecutionState] {
    let list = try #require(JSONValue(parsing: Captures.body(file))?.list)
    let texts = Captures.elements(of: file)
    #expect(texts.count == list.count)
    var states: [ExecutionState] = []
    for (text, execution) in zip(texts, list) {
      let reader = APIExecutionReader(CapturedAPI(200, text))
      let id = try #require(execution["id"]?.text)
      states.append(try #require(try await reader.execution(id)))
    }
    return states
  }

  @Test @LoopActor func completedExecutionsTellTheirFailedResults() async throws {
    let states = try await executions("api/suite-run-exec-completed.json")
    #expect(states.count == 17)
    #expect(
      states.allSatisfy { $0.status == "completed" && $0.hasEnded && $0.results == 1 && $0.reason.isEmpty }
    )
    #expect(states.filter { $0.autoFail == 1 }.count == 9)
  }

  @Test @LoopActor func crashedExecutionsTellWhy() async throws {
    let states = try await executions("api/suite-run-exec-failed.json")
    let reason = "Text-to-speech generation failed: Failed to connect. Probable cause: Unknown"
    let crashed = ExecutionState(
      status: "failed",
      hasEnded: true,
      results: 0,
      autoFail: nil,
      needsReview: nil,
      reason: reason
    )
    #expect(states == Array(repeating: crashed, count: 3))
  }

  @Test @LoopActor func scriptsAreChosenByNameOrTheFirstDemo() throws {
    let body = try #require(JSONValue(parsing: Captures.body("api/scenarios.json")))
    #expect(QuickTestScripts.choose(nil, from: body)?.id == "d609ba62-fd85-437f-8787-d3f0fbc0bba0")
    let named = QuickTestScripts.choose("test: hybrid validation pass", from: body)
    #expect(
      named
        == QuickTestScript(id: "64e02446-5bbe-4bc6-9789-73254f0e185f", name: "Test: Hybrid Validation PASS")
    )
    #expect(QuickTestScripts.choose("no such scenario", from: body) == nil)
  }

  /// The reply of a capture with its head.
  private func reply(_ file: String) -> HTTPResponse {
    let text = Captures.text(file)
    let status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    let body = text.firstRange(of: "\r\n\r\n").map { Array(text[$0.upperBound...].utf8) } ?? []
    let wait = text.firstRange(of: "retry-after: ").map { text[$0.upperBound...].prefix { $0.isNumber } }
    let headers = wait.map { [(name: "retry-after", value: String($0))] } ?? []
    return HTTPResponse(status: status, headers: headers, body: body)
  }

  private func start() -> QuickTestStart {
    QuickTestStart(
      [
        .init(method: "POST", path: "/api/v1/test-runs/quick-test", body: "", id: nil),
        .init(method: "POST", path: "/api/v1/multi-turn/execute/x", body: "", id: "body.data.execution_id"),
      ],
      of: "40ec06ea-1777-45c7-9641-4188c0649fa2"
    )
  }

  @Test func theMissingRouteLeadsToTheNextAndAnErrorToAnotherLook() {
    var start = start()
    _ = start.begin()
    guard case .send(let next) = start.answered(.success(reply("api/quick-test-post.txt"))) else {
      Issue.record("404 must lead to the next route")
      return
    }
    #expect(next.path == "/api/v1/multi-turn/execute/x")
    #expect(start.answered(.success(reply("api/multi-turn-execute.txt"))) == .reread)
    let reason = "the server answered 500: Execution failed: Text-to-speech generation failed"
    #expect(start.trouble.hasPrefix(reason))
  }

  @Test func theAcceptedReplyNamesItsExecution() {
    var start = start()
    _ = start.begin()
    _ = start.answered(.success(reply("api/quick-test-post.txt")))
    #expect(
      start.answered(.success(reply("api/multi-turn-execute-202.txt")))
        == .follow(id: "89517288-6b27-49c3-b632-316118e59c8f")
    )
  }

  @Test func aRunThatWasQueuedInSpiteOf400IsNeverRepeated() {
    var start = start()
    _ = start.begin()
    let queued = HTTPResponse(status: 400, body: Captures.body("api/retry.json"))
    #expect(start.answered(.success(queued)) == .reread)
    #expect(start.trouble.contains("1 validation error for SuiteRunResponse"))
  }

  @Test func theRateLimitEndsItWithTheSecondsToWait() {
    var start = start()
    _ = start.begin()
    guard case .ended(let verdict) = start.answered(.success(reply("api/rate-limit-default-429.txt"))) else {
      Issue.record("429 must end it")
      return
    }
    #expect(verdict.sentence.string.hasSuffix("429 rate limited: wait 59 s"))
  }
}
