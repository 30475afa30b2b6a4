import DataSources
import Facts
import Glibc
import Operations
import Testing

extension FileSystemTests {
  @Suite struct AuditLogTests {
    init() { EventLoop.runOnOwnThread() }

    @Test @LoopActor func everyLineHoldsTheHashOfTheOneBefore() async throws {
      let state = TemporaryState()
      let log = AuditLog.sample(state)
      try await log.append(.sample(.begin))
      try await log.append(.sample(.end))
      let lines = state.lines()
      #expect(lines.count == 2)
      #expect(lines[0].contains(#""time":"2023-11-14T22:13:20.250Z""#))
      #expect(lines[0].contains(#""previous":"0000"#))
      let verification = try await log.verify()
      #expect(verification == AuditVerification(lines: 2, damage: nil, open: []))
    }

    @Test @LoopActor func theFilesAreTheUsersAlone() async throws {
      let state = TemporaryState()
      try await AuditLog.sample(state).append(.sample(.begin))
      #expect(state.mode("audit.jsonl") == 0o600)
      #expect(state.mode("audit.head") == 0o600)
      #expect(state.mode(".") == 0o700)
      #expect(state.mode("..") == 0o700)
    }

    @Test @LoopActor func entriesComeBackAsTheyWereWritten() async throws {
      let state = TemporaryState()
      let log = AuditLog.sample(state)
      try await log.append(.sample(.begin, exact: "POST /a \"quoted\" \n ü"))
      let entries = try await log.entries(last: 5)
      #expect(entries.map(\.record) == [.sample(.begin, exact: "POST /a \"quoted\" \n ü")])
      #expect(entries.map(\.author.user) == ["anna"])
      #expect(entries.map(\.sequence) == [1])
    }

    @Test @LoopActor func secretsAppearByName() async throws {
      let state = TemporaryState()
      let log = AuditLog.sample(state, secrets: [("RABBITMQ_PASS", Secret("hunter22"))])
      try await log.append(.sample(.begin, exact: "login with hunter22"))
      #expect(state.lines()[0].contains("login with ‹RABBITMQ_PASS›"))
      #expect(!state.read("audit.jsonl").contains("hunter22"))
    }

    @Test @LoopActor func actsWithoutAnEndAreListedAsOpen() async throws {
      let state = TemporaryState()
      let log = AuditLog.sample(state)
      try await log.append(.sample(.begin, act: "a1"))
      try await log.append(.sample(.begin, act: "a2"))
      try await log.append(.sample(.refused, act: "a3"))
      try await log.append(.sample(.end, act: "a1"))
      #expect(try await log.openActs().map(\.record.act) == ["a2"])
    }

    @Test @LoopActor func actsOfAConsoleThatStillRunsAreNotOpen() async throws {
      let state = TemporaryState()
      let log = AuditLog.sample(state, process: Int(getpid()))
      var record = AuditRecord.sample(.begin, act: "a1")
      record.time = LoopActor.now().wall
      try await log.append(record)
      #expect(try await log.openActs().isEmpty)
    }

    @Test @LoopActor func anActOlderThanTheProcessOfItsNumberIsOpen() async throws {
      let state = TemporaryState()
      let log = AuditLog.sample(state, process: Int(getpid()))
      try await log.append(.sample(.begin, act: "a1"))
      #expect(try await log.openActs().map(\.record.act) == ["a1"])
    }

    @Test @LoopActor func aConsoleThatDiedBetweenLineAndHeadDoesNotBreakTheChain() async throws {
      let state = TemporaryState()
      let log = AuditLog.sample(state)
      try await log.append(.sample(.begin, act: "a1"))
      let head = state.read("audit.head")
      try await log.append(.sample(.begin, act: "a2"))
      state.write("audit.head", head)
      try await log.append(.sample(.begin, act: "a3"))
      #expect(state.lines().count == 3)
      #expect(try await log.verify().damage == nil)
    }

    @Test @LoopActor func halfALineThatWasNeverAcknowledgedIsDropped() async throws {
      let state = TemporaryState()
      let log = AuditLog.sample(state)
      try await log.append(.sample(.begin, act: "a1"))
      state.write("audit.jsonl", state.read("audit.jsonl") + "{\"seq\":2,\"ti")
      #expect(try await log.verify().damage?.kind == .changed)
      try await log.append(.sample(.begin, act: "a2"))
      #expect(try await log.verify().damage == nil)
      #expect(state.lines().count == 2)
    }

    @Test @LoopActor func twoConsolesShareOneChain() async throws {
      let state = TemporaryState()
      let logs = [AuditLog.sample(state), AuditLog.sample(state), AuditLog.sample(state)]
      let writers = logs.enumerated().map { index, log in
        Task { @LoopActor in
          for step in 0..<20 { try? await log.append(.sample(.begin, act: "\(index)-\(step)")) }
        }
      }
      for writer in writers { await writer.value }
      #expect(state.lines().count == 60)
      #expect(try await logs[0].verify().damage == nil)
    }

    @Test @LoopActor func aDirectoryThatCanNotBeMadeIsAFailure() async {
      let state = TemporaryState()
      let blocked = StateDirectory(root: "/proc/self", environment: "dev")
      let author = AuditAuthor(user: "anna", host: "box", process: 1)
      let log = AuditLog(directory: blocked, author: author)
      await #expect(throws: AuditFailure.self) { try await log.append(.sample(.begin)) }
      _ = state
    }

    @Test @LoopActor func aSymbolicLinkIsNotFollowed() async {
      let state = TemporaryState()
      let log = AuditLog.sample(state)
      try? await log.append(.sample(.begin))
      unlink(state.path("audit.jsonl"))
      symlink("/tmp/elsewhere", state.path("audit.jsonl"))
      await #expect(throws: AuditFailure.self) { try await log.append(.sample(.begin)) }
    }

    @Test @LoopActor func aFullDiskIsAFailureAndLeavesNoHalfLine() async throws {
      let state = TemporaryState()
      let log = AuditLog.sample(state)
      try await log.append(.sample(.begin, act: "a1"))
      let before = state.read("audit.jsonl")
      // The size limit stands in for a full disk: write() stops in the middle of the line.
      signal(SIGXFSZ, SIG_IGN)
      var old = rlimit()
      getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &old)
      var tight = rlimit(rlim_cur: rlim_t(before.utf8.count + 100), rlim_max: old.rlim_max)
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &tight)
      var failure: AuditFailure?
      do throws(AuditFailure) { try await log.append(.sample(.begin, act: "a2")) } catch { failure = error }
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &old)
      #expect(failure?.cause == "disk full")
      #expect(state.read("audit.jsonl") == before)
      try await log.append(.sample(.begin, act: "a3"))
      #expect(try await log.verify().damage == nil)
    }
  }
}
