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

  @Test @LoopActor func aNoteThatReachedOnlyThisConsoleSaysSo() async throws {
    let bench = Bench()
    bench.audit.isShared = true
    #expect(try await note("seen", bench) == "done, seen")
    bench.audit.untold = SourceFailure(.refused, at: "redis", detail: "nobody listens")
    #expect(try await note("seen", bench) == "done, seen; kept here only: Redis refused")
    let kept = try await note("seen", bench, .production)
    #expect(kept == "done, seen; kept here only: read-only tells no server")
  }

  @Test @LoopActor func withoutRedisANoteStandsInTheLogAndNobodyIsTold() async throws {
    let directory = try TemporaryDirectory()
    let author = AuditAuthor(user: "anna", host: "box", process: 1)
    let log = AuditLog(
      directory: StateDirectory(root: directory.path("state"), environment: "dev"),
      author: author
    )
    let board = SharedBoard(try RedisOptions(address: "redis://127.0.0.1:1/0"))
    defer { board.close() }
    let audit = SharedAudit(log, board: board, environment: "dev")
    let failure = try await audit.note(Self.record("the provider is told"))
    #expect(failure?.code == .refused)
    #expect(try await log.entries(last: 5).map(\.record.reason) == ["the provider is told"])
  }

  private static func record(_ reason: String) -> AuditRecord {
    var record = AuditRecord(
      .note,
      act: "1",
      time: WallTime(secondsSince1970: 1_700_000_000),
      environment: "dev",
      action: "note",
      target: "note"
    )
    record.reason = reason
    return record
  }

  @Test func entriesOfOthersThatCanNotBeReadAreCountedOnce() throws {
    let ben = AuditAuthor(user: "ben", host: "desk", process: 2)
    let entry = AuditEntry(sequence: 0, record: Self.record("told"), author: ben)
    let text = AuditLine(previous: "", entry: entry).text(masking: SecretMask())
    var told = TrailEntries()
    told.take([
      .init(id: "1-0", text: text), .init(id: "2-0", text: "nonsense"), .init(id: "3-0", text: nil),
    ])
    // A server that was away is read from its end again.
    told.take([.init(id: "2-0", text: "nonsense"), .init(id: "3-0", text: nil)])
    let trail = told.trail(nil)
    #expect(trail.entries.map(\.record.reason) == ["told"] && trail.unreadable == 2)
    told.take([.init(id: "4-0", text: String(repeating: "x", count: 70_000))])
    #expect(told.trail(nil).unreadable == 3)
  }

  @Test func whatCanNotBeReadOfOthersIsOneLineOfTheTimeline() throws {
    let wall = WallTime(secondsSince1970: 1_700_000_000)
    let now = Moment(monotonic: MonotonicTime(nanoseconds: 0), wall: wall)
    var world = World()
    var timeline = Timeline(author: AuditAuthor(user: "anna", host: "box", process: 1))
    func lines(_ unreadable: Int) -> [String] {
      let reading = SourceReading([], snapshots: [SharedTrail(entries: [], unreadable: unreadable)])
      world.apply(SourceReport(source: "x", startedAt: now, endedAt: now, result: .success(reading)))
      return timeline.advance(world, now: now).entries.map(\.text.string)
    }
    #expect(lines(0).isEmpty)
    #expect(lines(1) == ["1 entry of other consoles could not be read"])
    #expect(lines(3) == ["3 entries of other consoles could not be read"])
    #expect(lines(3) == ["3 entries of other consoles could not be read"])
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
