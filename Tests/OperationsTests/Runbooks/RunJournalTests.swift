import DataSources
import Facts
import Testing

@testable import Operations

extension FileSystemTests {
  /// What happened to a run is on the disk before the next thing happens, and read back or told unreadable.
  @Suite struct RunJournalTests {
    init() { EventLoop.runOnOwnThread() }

    private let state = TemporaryState()
    private let beginning = RunBeginning(file: "a.md", runbook: "a", digest: "d", counts: [2], author: "anna")

    private func event(_ kind: RunEvent.Kind) -> RunEvent {
      RunEvent(kind, at: WallTime(secondsSince1970: 1_700_000_000))
    }

    @LoopActor private func journal() -> RunJournal {
      let mask = SecretMask([("OPS_PASSWORD", Secret("hunter2222"))])
      return RunJournal(directory: state.directory, mask: mask)
    }

    @Test @LoopActor func eventsAreReadBackAndTheFileIsTheUsersAlone() async throws {
      let journal = journal()
      #expect(await journal.ids() == [])
      try await journal.append(event(.began(beginning)), to: "r1")
      try await journal.append(event(.stepBegan(0)), to: "r1")
      let events = try await journal.events(of: "r1")
      #expect(events == [event(.began(beginning)), event(.stepBegan(0))])
      #expect(state.mode("runs/r1.jsonl") == 0o600)
      #expect(state.mode("runs") == 0o700)
      try await journal.append(event(.began(beginning)), to: "r2")
      #expect(await journal.ids() == ["r2", "r1"])
      #expect(try await journal.events(of: "r3") == nil)
    }

    @Test @LoopActor func aTornLastLineTellsNothingAndIsCutOff() async throws {
      let journal = journal()
      try await journal.append(event(.began(beginning)), to: "r")
      let whole = state.read("runs/r.jsonl")
      state.write("runs/r.jsonl", whole + "{\"time\":17")
      #expect(try await journal.events(of: "r") == [event(.began(beginning))])
      try await journal.append(event(.stepBegan(0)), to: "r")
      #expect(try await journal.events(of: "r") == [event(.began(beginning)), event(.stepBegan(0))])
    }

    @Test(arguments: ["nonsense\n", "\n", "{\"time\":1,\"event\":\"outcome\",\"step\":0}\n"])
    @LoopActor func aLineThatCanNotBeReadMakesAllOfItUnreadable(line: String) async throws {
      let journal = journal()
      try await journal.append(event(.began(beginning)), to: "r")
      state.write("runs/r.jsonl", state.read("runs/r.jsonl") + line)
      try await journal.append(event(.stepEnded(0, .passed, "ok")), to: "r")
      await #expect(throws: FileFailure.self) { _ = try await journal.events(of: "r") }
    }

    @Test @LoopActor func whatIsTooLongToBeReadIsNotBegunAndNotReadInPart() async throws {
      let journal = journal()
      try await journal.append(event(.began(beginning)), to: "r")
      let line = event(.stepEnded(0, .shown, String(repeating: "x", count: 1_000))).line + "\n"
      state.write("runs/r.jsonl", state.read("runs/r.jsonl") + String(repeating: line, count: 1_100))
      await #expect(throws: FileFailure.self) { try await journal.append(self.event(.stepBegan(1)), to: "r") }
      await #expect(throws: FileFailure.self) { _ = try await journal.events(of: "r") }
    }

    @Test @LoopActor func aJournalWithoutItsBeginningIsNone() async throws {
      let journal = journal()
      try await journal.append(event(.stepEnded(0, .passed, "ok")), to: "r")
      await #expect(throws: FileFailure.self) { _ = try await journal.events(of: "r") }
    }

    @Test @LoopActor func noSecretStandsInIt() async throws {
      let journal = journal()
      try await journal.append(
        event(.stepEnded(0, .failed, "401 for hunter2222 at postgres://u:other@host")),
        to: "r"
      )
      let text = state.read("runs/r.jsonl")
      #expect(!text.contains("hunter2222") && !text.contains("other@"))
      #expect(text.contains("‹OPS_PASSWORD›"))
    }

    @Test @LoopActor func anIdLeadsNowhereElse() async throws {
      let journal = journal()
      try await journal.append(event(.began(beginning)), to: "../../r")
      #expect(state.files(in: "runs") == ["....r.jsonl"])
    }

    @Test @LoopActor func aRunThatIsGivenUpIsOverAndSaysByWhom() async throws {
      let journal = journal()
      try await journal.append(event(.began(beginning)), to: "r")
      try await journal.append(event(.stepBegan(0)), to: "r")
      try await journal.append(event(.gaveUp("it healed, hunter2222", by: "ben")), to: "r")
      let run = RunbookRun(id: "r", events: try #require(try await journal.events(of: "r")))
      #expect(run.standing == .over)
      #expect(run.givenUp?.author == "ben")
      // What was begun and never ended has not become well by being given up.
      #expect(run.outcome == .unknown)
      #expect(run.headline.string.hasPrefix("given up by ben: it healed, "))
      #expect(!run.headline.string.contains("hunter2222"))
      try await journal.append(event(.began(beginning)), to: "s")
      try await journal.append(event(.stepEnded(0, .passed, "ok")), to: "s")
      try await journal.append(event(.gaveUp("", by: "ben")), to: "s")
      let other = RunbookRun(id: "s", events: try #require(try await journal.events(of: "s")))
      #expect(other.outcome == .skipped)
    }

    @Test @LoopActor func theListReadsWhatHasChangedAndTellsWhatItCannotRead() async throws {
      let journal = journal()
      let books = state.path("books")
      let source = RunbookSource(RunbookPlaces(usual: [books]), journal: journal)
      func read() async throws -> RunbooksSnapshot {
        try #require(try await source.poll().snapshots.lazy.compactMap { $0 as? RunbooksSnapshot }.first)
      }
      let shipped = RunbookLibrary.shipped.runbooks.count
      try await journal.append(event(.began(beginning)), to: "r0")
      #expect(try await read().entries.count == shipped)
      state.write(
        "books/worker-down.md",
        "# Mine\n```{check=\"a.b > 1\"}\n```\n# Broken\n```{chek=\"a\"}\n```\n"
      )
      var snapshot = try await read()
      // Of two with one name the user's own stands there alone.
      #expect(snapshot.entries.count == shipped + 1)
      #expect(snapshot.entries.first { $0.runbook.id == "worker-down" }?.runbook.title == "Mine")
      #expect(snapshot.entries.first { $0.runbook.title == "Broken" }?.problem?.location.line == 5)
      #expect(snapshot.runs.map(\.id) == ["r0"])
      let script = try #require(snapshot.entries.first { $0.runbook.title == "Mine" }?.script)
      try await journal.append(event(.began(RunBeginning(of: script, by: "anna"))), to: "r1")
      snapshot = try await read()
      #expect(snapshot.open.map(\.id) == ["r1", "r0"])
      #expect(snapshot.script(of: snapshot.runs[0]) == script)
      try await journal.append(event(.stepEnded(0, .passed, "ok")), to: "r1")
      snapshot = try await read()
      #expect(snapshot.open.map(\.id) == ["r0"] && snapshot.runs(of: script.runbook).map(\.id) == ["r1"])
      state.write("runs/r2.jsonl", "nonsense\n")
      #expect(try await read().unreadable.map(\.id) == ["r2"])
      // Another text is another runbook: its runs can't be gone on with.
      try await journal.append(event(.began(RunBeginning(of: script, by: "anna"))), to: "r3")
      state.write("books/worker-down.md", "# Mine\n```{check=\"a.b > 2\"}\n```\n")
      snapshot = try await read()
      #expect(snapshot.open.map(\.id) == ["r3", "r0"])
      #expect(snapshot.script(of: snapshot.open[0]) == nil)
    }
  }
}
