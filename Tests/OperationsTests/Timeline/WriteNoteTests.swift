import DataSources
import Facts
import TestSupport
import Testing

@testable import Operations

/// Notes: recorded or told that they are not, and in the timeline as they were said.
@Suite struct WriteNoteTests {
  init() { EventLoop.runOnOwnThread() }

  private func request(_ text: String) -> ActionRequest {
    var request = ActionRequest(WriteNote.descriptor.id, on: ActionTarget(.environment, name: "dev"))
    request.arguments["text"] = text
    return request
  }

  @LoopActor private func note(
    _ text: String,
    _ bench: Bench,
    _ restriction: WriteMode.Restriction = .none
  )
    async throws -> String
  {
    let executor = bench.executor(restriction)
    return bench.verdict(await executor.run(try await executor.plan(request(text))) { _ in })
  }

  @Test @LoopActor func aNoteIsALineOfTheAuditAndNothingElse() async throws {
    let bench = Bench()
    #expect(try await note("anna looks after it", bench) == "done, anna looks after it")
    #expect(bench.audit.lines == ["note"])
    #expect(bench.audit.records[0].reason == "anna looks after it")
    #expect(bench.locks.taken.isEmpty && bench.runtime.performed.isEmpty)
  }

  @Test @LoopActor func inReadOnlyItIsKeptHereAndNoServerIsTold() async throws {
    let bench = Bench()
    #expect(try await note("seen", bench, .production) == "done, seen")
    #expect(bench.audit.lines.isEmpty && bench.audit.kept.map(\.reason) == ["seen"])
  }

  @Test @LoopActor func whatCanNotBeWrittenIsNotNoted() async throws {
    let bench = Bench()
    bench.audit.failure = AuditFailure(path: "/state/audit.jsonl", cause: "disk full")
    #expect(try await note("seen", bench) == "failed: not noted: /state/audit.jsonl: disk full")
  }

  @Test @LoopActor func whatIsNoNoteIsRefused() async throws {
    for text in ["", "   ", String(repeating: "x", count: 501)] {
      do throws(Refusal) {
        _ = try await Bench().executor().plan(request(text))
        Issue.record("noted: \(text)")
      } catch {
        #expect(error.sentence.string.contains("note"))
      }
    }
  }

  @Test func theTimelineTellsWhoSaidIt() throws {
    let now = Moment(
      monotonic: MonotonicTime(nanoseconds: 0),
      wall: WallTime(secondsSince1970: 1_700_000_000)
    )
    var record = AuditRecord(
      .note,
      act: "1",
      time: now.wall,
      environment: "dev",
      action: "note",
      target: "note"
    )
    record.reason = "the provider is told"
    let ben = AuditAuthor(user: "ben", host: "desk", process: 2)
    let trail = AuditTrail(entries: [AuditEntry(sequence: 1, record: record, author: ben)])
    var world = World()
    let reading = SourceReading([], snapshots: [trail])
    world.apply(SourceReport(source: "audit", startedAt: now, endedAt: now, result: .success(reading)))
    var timeline = Timeline(author: AuditAuthor(user: "anna", host: "box", process: 1))
    let entry = try #require(timeline.advance(world, now: now).entries.first)
    #expect(entry.kind == .note && entry.who == "ben@desk" && entry.text == "the provider is told")
    #expect(entry.state == .ok)
  }
}
