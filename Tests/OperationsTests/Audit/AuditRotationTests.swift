import DataSources
import Glibc
import Operations
import Testing

extension FileSystemTests {
  @Suite struct AuditRotationTests {
    let state = TemporaryState()

    init() { EventLoop.runOnOwnThread() }

    /// A log that begins a new file every two or three lines.
    @LoopActor private func log(lines: Int) async throws -> AuditLog {
      let log = AuditLog.sample(state, longestFile: 900)
      for number in 1...lines { try await log.append(.sample(.begin, act: "a\(number)")) }
      return log
    }

    private var asides: [String] {
      state.files().filter { $0.hasPrefix("audit-") }.sorted()
    }

    @Test @LoopActor func theChainGoesOnInANewFile() async throws {
      let log = try await log(lines: 8)
      #expect(asides.count >= 2)
      let verification = try await log.verify()
      #expect(verification.damage == nil)
      #expect(verification.lines == 8)
      #expect(verification.open.count == 8)
      #expect(try await log.entries(last: 5).map(\.record.act) == ["a4", "a5", "a6", "a7", "a8"])
      #expect(state.mode("audit-1.jsonl") == 0o600)
    }

    @Test @LoopActor func consolesThatWriteAtOnceShareTheChainAcrossFiles() async throws {
      let logs = (0..<4).map { AuditLog.sample(state, process: $0, longestFile: 900) }
      await withTaskGroup(of: Void.self) { group in
        for log in logs {
          group.addTask { for number in 1...10 { try? await log.append(.sample(.begin, act: "b\(number)")) } }
        }
      }
      let verification = try await logs[0].verify()
      #expect(verification.damage == nil)
      #expect(verification.lines == 40)
    }

    @Test @LoopActor func anEditOfWhatWasPutAsideShows() async throws {
      let log = try await log(lines: 8)
      state.write("audit-1.jsonl", state.read("audit-1.jsonl").replacing("postgres", with: "redis"))
      #expect(try await log.verify().damage?.kind == .changed)
    }

    @Test @LoopActor func aFileThatWasPutAsideAndIsGoneShows() async throws {
      let log = try await log(lines: 8)
      unlink(state.path("audit-1.jsonl"))
      #expect(try await log.verify().damage?.kind == .removed)
    }

    @Test @LoopActor func aCutTailShowsWhenTheNewFileIsGone() async throws {
      let log = try await log(lines: 8)
      unlink(state.path("audit.jsonl"))
      #expect(try await log.verify().damage?.kind == .cutTail)
    }

    /// Between the two steps of putting a file aside the head still tells of that file.
    @Test @LoopActor func aConsoleThatDiedWhilePuttingAsideBreaksNothing() async throws {
      let log = AuditLog.sample(state)
      for number in 1...3 { try await log.append(.sample(.begin, act: "a\(number)")) }
      rename(state.path("audit.jsonl"), state.path("audit-1.jsonl"))
      #expect(try await log.verify().damage == nil)
      try await log.append(.sample(.begin, act: "a4"))
      let verification = try await log.verify()
      #expect(verification.damage == nil)
      #expect(verification.lines == 4)
      // Its head now tells of the new file: half a line there is dropped as anywhere.
      state.write("audit.jsonl", state.read("audit.jsonl") + "{\"seq\": 5")
      try await log.append(.sample(.begin, act: "a5"))
      #expect(try await log.verify().damage == nil)
    }
  }
}
