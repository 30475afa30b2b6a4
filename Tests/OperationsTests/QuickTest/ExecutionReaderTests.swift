import DataSources
import Facts
import Testing

@testable import Operations

/// An API that answers with the same text whatever is asked.
@LoopActor private final class FixedAPI: QuickTestAPI {
  let base = "http://localhost:8000"
  let account: String? = nil
  private let text: String

  init(_ text: String) {
    self.text = text
  }

  func send(
    _ method: String,
    _ path: String,
    body: String,
    deadline: Duration
  ) async throws(SourceFailure) -> HTTPResponse { HTTPResponse(status: 200, body: Array(text.utf8)) }
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
}
