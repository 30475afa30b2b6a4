import DataSources
import Glibc
import Operations
import Testing

extension FileSystemTests {
  @Suite struct AuditTamperTests {
    let state = TemporaryState()

    init() { EventLoop.runOnOwnThread() }

    @LoopActor private func log(lines: Int) async throws -> AuditLog {
      let log = AuditLog.sample(state)
      for number in 1...lines { try await log.append(.sample(.begin, act: "a\(number)")) }
      return log
    }

    private func rewrite(_ change: (inout [String]) -> Void) {
      var lines = state.lines()
      change(&lines)
      state.write("audit.jsonl", lines.map { $0 + "\n" }.joined())
    }

    @Test @LoopActor func aChangedLineIsNamed() async throws {
      let log = try await log(lines: 4)
      rewrite { $0[1] = $0[1].replacing("postgres", with: "redis") }
      let damage = try await log.verify().damage
      #expect(damage?.kind == .changed)
      #expect(damage?.line == 2)
    }

    @Test @LoopActor func aChangedLastLineIsNamedByTheHead() async throws {
      let log = try await log(lines: 3)
      rewrite { $0[2] = $0[2].replacing("postgres", with: "redis") }
      let damage = try await log.verify().damage
      #expect(damage?.kind == .changed)
      #expect(damage?.line == 3)
    }

    @Test @LoopActor func aRemovedLineIsNamed() async throws {
      let log = try await log(lines: 4)
      rewrite { $0.remove(at: 1) }
      let damage = try await log.verify().damage
      #expect(damage == .init(.removed, line: 2, "1 line is missing before line 2"))
    }

    @Test @LoopActor func anInsertedLineIsNamed() async throws {
      let log = try await log(lines: 4)
      rewrite { $0.insert($0[0], at: 2) }
      let damage = try await log.verify().damage
      #expect(damage == .init(.inserted, line: 3, "line 3 was inserted"))
    }

    /// Its begin went with the directory that was moved away.
    @Test @LoopActor func anEndWithoutItsBeginIsNamed() async throws {
      let log = AuditLog.sample(state)
      try await log.append(.sample(.end, act: "a1"))
      let damage = try await log.verify().damage
      #expect(damage == .init(.removed, line: 1, "line 1 ends an act whose begin is not here"))
    }

    @Test @LoopActor func aPipeInPlaceOfTheLogHangsNobody() async throws {
      let log = try await log(lines: 1)
      unlink(state.path("audit.jsonl"))
      mkfifo(state.path("audit.jsonl"), 0o600)
      await #expect(throws: AuditFailure.self) { try await log.append(.sample(.begin, act: "a2")) }
      await #expect(throws: AuditFailure.self) { try await log.verify() }
      await #expect(throws: AuditFailure.self) { try await log.entries(last: 5) }
    }

    @Test @LoopActor func aCutTailShows() async throws {
      let log = try await log(lines: 4)
      rewrite { $0.removeLast(2) }
      let damage = try await log.verify().damage
      #expect(damage?.kind == .cutTail)
      #expect(damage?.line == 3)
    }

    @Test @LoopActor func aCutTailStillShowsAfterFurtherLines() async throws {
      let log = try await log(lines: 4)
      rewrite { $0.removeLast(2) }
      try await log.append(.sample(.begin, act: "later"))
      let damage = try await log.verify().damage
      #expect(damage == .init(.removed, line: 3, "2 lines are missing before line 3"))
    }

    @Test @LoopActor func aDeletedLogShows() async throws {
      let log = try await log(lines: 2)
      unlink(state.path("audit.jsonl"))
      #expect(try await log.verify().damage?.kind == .cutTail)
    }

    @Test @LoopActor func aRecordThatIsDeletedWholeShows() async throws {
      let log = try await log(lines: 2)
      unlink(state.path("audit.jsonl"))
      unlink(state.path("audit.head"))
      let damage = try await log.verify().damage
      #expect(damage?.kind == .gone)
      #expect(damage?.sentence.contains("expected since 20") == true, "\(damage?.sentence ?? "")")
      try await log.append(.sample(.begin, act: "anew"))
      #expect(try await log.verify().damage?.kind == .gone)
    }

    @Test @LoopActor func aDirectoryThatIsDeletedWholeShows() async throws {
      let log = try await log(lines: 2)
      for name in ["audit.jsonl", "audit.head"] { unlink(state.path(name)) }
      rmdir(state.directory.path)
      #expect(try await log.verify().damage?.kind == .gone)
    }

    @Test @LoopActor func aTornLineIsClosedAndMarkedBeforeTheNextAct() async throws {
      let log = try await log(lines: 3)
      let whole = state.read("audit.jsonl")
      state.write("audit.jsonl", String(whole.dropLast(30)))
      try await log.append(.sample(.begin, act: "later"))
      let lines = state.lines()
      #expect(lines.count == 4)
      #expect(lines[2].hasSuffix(" <torn>"))
      #expect(lines[3].contains("\"later\""))
      let verified = try await log.verify()
      #expect(verified.damage == .init(.changed, line: 3, "line 3 was torn: its end is missing"))
      #expect(verified.open.contains { $0.record.act == "later" })
    }

    @Test @LoopActor func theWholeHeadIsCompared() async throws {
      let log = try await log(lines: 2)
      let head = state.read("audit.head")
      let bytes = state.read("audit.jsonl").utf8.count
      state.write("audit.head", head.replacing("\(bytes)", with: "\(bytes + 1)"))
      #expect(try await log.verify().damage?.sentence.contains("bytes") == true)
    }

    @Test @LoopActor func aMissingHeadShows() async throws {
      let log = try await log(lines: 2)
      unlink(state.path("audit.head"))
      #expect(try await log.verify().damage?.kind == .headMissing)
    }
  }
}
