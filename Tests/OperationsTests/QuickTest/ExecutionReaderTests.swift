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
      + #""validation_result_id":"5e7adaa9-e010-4cce-9746-da0d58b9e09b","#
      + #""validation_review_status":\#(review),"error_message":null}"#
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

  /// No pass by a reply that doesn't say of what it tells.
  @Test(arguments: [
    ("\"id\":\"e1\",", "", "no id in the reply"),
    ("\"5e7adaa9-e010-4cce-9746-da0d58b9e09b\"", "\"\"", "validation_result_id is no id"),
    ("\"5e7adaa9-e010-4cce-9746-da0d58b9e09b\"", "7", "validation_result_id is no id"),
    ("\"5e7adaa9-e010-4cce-9746-da0d58b9e09b\"", "\"none\"", "validation_result_id is no id"),
    ("\"2026-01-01T00:00:00Z\"", "null", "completed, and no time of it"),
    ("\"error_message\":null", "\"error_message\":{\"code\":500}", "error_message is no text"),
    ("\"error_message\"", "\"all_passed\":false,\"error_message\"", "the reply says all_passed: false"),
    ("\"2026-01-01T00:00:00Z\"", "\"\"", "completed_at is no time with a zone"),
    ("\"2026-01-01T00:00:00Z\"", "\"2026-01-01T00:00:00\"", "completed_at is no time with a zone"),
    (
      "\"error_message\"", "\"created_at\":\"2026-01-01T00:00:01Z\",\"error_message\"",
      "it ended before it was created"
    ),
  ])
  @LoopActor func aReplyThatCannotBeTrueIsNoVerdict(
    _ part: String,
    _ other: String,
    _ why: String
  ) async throws {
    let good = reply(review: #""auto_pass""#)
    #expect(try await APIExecutionReader(FixedAPI(good)).execution("e1")?.autoFail == 0)
    let reader = APIExecutionReader(FixedAPI(good.replacing(part, with: other)))
    do throws(SourceFailure) {
      _ = try await reader.execution("e1")
      Issue.record("it was taken")
    } catch {
      #expect(error.code == .unreadable && error.detail == why)
    }
  }

  /// When the reply is heard; its test was asked for ten seconds before.
  private static let heard = WallTime(timestamp: "2026-11-27T10:26:15Z") ?? WallTime(secondsSince1970: 0)
  private static let date = "Fri, 27 Nov 2026 10:26:14 GMT"

  @LoopActor private func age(
    _ members: String,
    date: String? = ExecutionReaderTests.date,
    status: Int = 200
  ) async throws -> ExecutionAge {
    let api = FixedAPI(
      #"{"id":"e1","status":"completed",\#(members)}"#,
      status: status,
      headers: date.map { [("date", $0)] } ?? []
    )
    let now = Moment(monotonic: MonotonicTime(nanoseconds: 60_000_000_000), wall: Self.heard)
    let reader = APIExecutionReader(api) { now }
    return try await reader.age(of: "e1", of: "s1", since: .asked(now.monotonic - .seconds(10)))
  }

  @Test @LoopActor func whatWasCreatedBeforeItWasAskedForIsNotNew() async throws {
    // Asked for at 10:26:04 by the server's own clock.
    #expect(try await age(#""created_at":"2026-11-27T10:26:05Z""#) == .new)
    #expect(try await age(#""created_at":"2026-11-27T11:26:05+01:00""#) == .new)
    #expect(try await age(#""created_at":"2026-11-27T10:26:04Z""#) == .new)
    // A colleague's, begun a moment before.
    #expect(
      try await age(#""created_at":"2026-11-27T10:26:03Z""#)
        == .untold("it was created before it was asked for, or by a clock that differs")
    )
    #expect(try await age(#""created_at":"2026-11-27T10:25:30Z""#) == .old)
    #expect(try await age(#""started_at":"2026-11-26T10:26:05Z""#) == .old)
    // Its database's clock may be behind, or it is another one.
    #expect(
      try await age(#""created_at":"2026-11-27T10:25:40Z""#)
        == .untold("it was created before it was asked for, or by a clock that differs")
    )
    // Of one that is not there yet nobody knows whether it is the one that comes.
    #expect(try await age(#""created_at":"2026-11-27T10:26:05Z""#, status: 404) == .absent)
  }

  private static let good = #""created_at":"2026-11-27T10:26:05Z""#

  @Test(
    arguments: [
      (#""created_at":"2026-11-27T10:27:00Z""#, "it was created in the future"),
      (#""created_at":"2027-11-27T10:26:05Z""#, "it was created in the future"),
      (#""created_at":"2026-11-27T10:26:05""#, "its time can't be read, or has no zone"),
      (#""created_at":"2026-11-27 10:26:05.5""#, "its time can't be read, or has no zone"),
      (#""created_at":"2026-11-27""#, "its time can't be read, or has no zone"),
      (#""created_at":null"#, "no time is told"), (#""created_at":7"#, "no time is told"),
      (#"\#(good),"script_id":"s2""#, "it is of another script: s2"),
      (#"\#(good),"completed_at":"2026-11-28T10:26:05Z""#, "it ended before it began, or in the future"),
    ]
  )
  @LoopActor func whatItsTimesCannotTellIsNotNew(_ members: String, _ why: String) async throws {
    #expect(try await age(members) == .untold(why))
  }

  @Test @LoopActor func anEndBeforeItsBeginningIsNotRead() async throws {
    let failure = await #expect(throws: SourceFailure.self) {
      try await age(#"\#(Self.good),"completed_at":"2026-11-27T10:26:00Z""#)
    }
    #expect(failure?.detail == "it ended before it was created")
  }

  @Test(arguments: [nil, "yesterday"]) @LoopActor func aReplyWithoutATimeTellsNothing(
    _ date: String?
  ) async throws {
    #expect(try await age(Self.good, date: date) == .untold("the reply tells no time"))
  }

  /// A cache's: by its own date the execution came after the test.
  @Test @LoopActor func aReplyOfAnotherTimeTellsNothing() async throws {
    let told = try await age(#""created_at":"2026-11-26T10:26:05Z""#, date: "Thu, 26 Nov 2026 10:26:14 GMT")
    #expect(
      told == .untold("the reply is of another time: an old one of a cache, or by a clock that is wrong")
    )
  }
}
