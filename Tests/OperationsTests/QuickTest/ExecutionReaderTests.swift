import DataSources
import Facts
import Testing

@testable import Operations

/// An API that answers with the same text whatever is asked.
@LoopActor private final class FixedAPI: QuickTestAPI {
  let base = "http://localhost:8000"
  let account: String? = nil
  private let text: String
  private let status: Int
  private let headers: [(name: String, value: String)]

  init(_ text: String, status: Int = 200, headers: [(name: String, value: String)] = []) {
    self.text = text
    self.status = status
    self.headers = headers
  }

  func send(
    _ method: String,
    _ path: String,
    body: String,
    deadline: Duration
  ) async throws(SourceFailure) -> HTTPResponse {
    HTTPResponse(status: status, headers: headers, body: Array(text.utf8))
  }
}

/// What the API tells of an execution, where it must not pass for more than it says.
@Suite struct ExecutionReaderTests {
  init() { EventLoop.runOnOwnThread() }

  private func reply(id: String = "e1", review: String) -> String {
    #"{"id":"\#(id)","status":"completed","completed_at":"2026-01-01T00:00:00Z","#
      + #""validation_result_id":"v1","validation_review_status":\#(review),"error_message":null}"#
  }

  @Test(arguments: ["auto_pass", "needs_review"])
  @LoopActor func aVerdictIsOneOfTheKnownWords(_ word: String) async throws {
    let state = try await APIExecutionReader(FixedAPI(reply(review: "\"\(word)\""))).execution("e1")
    #expect(state?.autoFail == 0)
    #expect(state?.needsReview == (word == "needs_review" ? 1 : 0))
  }

  @Test(arguments: [#""""#, #""AUTO_FAIL""#, #""rejected_by_human""#, "null", "7"])
  @LoopActor func anyOtherWordIsNoVerdict(_ word: String) async throws {
    let state = try await APIExecutionReader(FixedAPI(reply(review: word))).execution("e1")
    #expect(state?.results == 1)
    #expect(state?.autoFail == nil && state?.needsReview == nil)
  }

  @Test @LoopActor func anotherExecutionIsNotThisOne() async throws {
    let reader = APIExecutionReader(FixedAPI(reply(id: "e2", review: #""auto_pass""#)))
    do throws(SourceFailure) {
      _ = try await reader.execution("e1")
      Issue.record("another execution's verdict was taken")
    } catch {
      #expect(error.code == .unreadable)
      #expect(error.detail == "it tells of another execution: e2")
    }
  }

  @LoopActor private func isNew(
    created: String,
    date: String?,
    asked ago: Duration,
    status: Int = 200
  ) async throws -> Bool? {
    let api = FixedAPI(
      #"{"id":"e1","status":"completed",\#(created)}"#,
      status: status,
      headers: date.map { [("date", $0)] } ?? []
    )
    return try await APIExecutionReader(api).isNew("e1", since: .asked(LoopActor.now().monotonic - ago))
  }

  @Test @LoopActor func whatWasCreatedBeforeItWasAskedForIsNotNew() async throws {
    let date = "Fri, 27 Nov 2026 10:26:14 GMT"
    let ago = Duration.seconds(10)
    // Asked for at 10:26:04 by the server's own clock; its database's may be behind.
    #expect(try await isNew(created: #""created_at":"2026-11-27T10:26:05Z""#, date: date, asked: ago) == true)
    #expect(try await isNew(created: #""created_at":"2026-11-27T10:25:40Z""#, date: date, asked: ago) == true)
    #expect(
      try await isNew(created: #""created_at":"2026-11-27T10:25:30Z""#, date: date, asked: ago) == false
    )
    #expect(
      try await isNew(created: #""started_at":"2026-11-26T10:26:05Z""#, date: date, asked: ago) == false
    )
    // One that is not there yet was not there before.
    #expect(try await isNew(created: "", date: date, asked: ago, status: 404) == true)
  }

  @Test(
    arguments: [
      (#""created_at":null"#, "Fri, 27 Nov 2026 10:26:14 GMT"),
      (#""created_at":7"#, "Fri, 27 Nov 2026 10:26:14 GMT"),
      (#""created_at":"2026-11-27T10:26:05Z""#, nil), (#""created_at":"2026-11-27T10:26:05Z""#, "yesterday"),
    ] as [(String, String?)]
  )
  @LoopActor func withoutTimesItCantBeTold(_ created: String, _ date: String?) async throws {
    #expect(try await isNew(created: created, date: date, asked: .zero) == nil)
  }
}
