import DataSources
import Facts
import Glibc
import Testing

@testable import Operations

extension FileSystemTests {
  /// What was acknowledged outlives the console and is every console's of the user.
  @Suite struct AcknowledgementBookTests {
    private static let time = WallTime(secondsSince1970: 1_700_000_000.25)

    init() { EventLoop.runOnOwnThread() }

    @LoopActor private func book(_ state: TemporaryState, _ user: String = "ana") -> AcknowledgementBook {
      AcknowledgementBook(
        directory: state.directory,
        author: AuditAuthor(user: user, host: "box", process: 1)
      )
    }

    private func sights(_ ids: String...) -> [String: Acknowledgement.Sight] {
      Dictionary(uniqueKeysWithValues: ids.map { ($0, Acknowledgement.Sight(.sample($0))) })
    }

    @LoopActor private func told(_ source: AcknowledgementSource) async throws -> [String: Acknowledgement] {
      let snapshot = try await source.poll().snapshots.first as? Acknowledgements
      return try #require(snapshot).byRun
    }

    @Test @LoopActor func severalConsolesShareTheBook() async throws {
      let state = TemporaryState()
      let (first, second) = (book(state), book(state, "ben"))
      let source = AcknowledgementSource(book(state))
      #expect(try await told(source).isEmpty)
      try await first.acknowledge(sights("a", "b"), at: Self.time)
      #expect(state.mode("acknowledged") == 0o600)
      try await second.acknowledge(sights("b", "c"), at: Self.time + .seconds(60))
      var known = try await told(source)
      #expect(known.mapValues(\.person) == ["a": "ana", "b": "ana", "c": "ben"])
      #expect(known["a"]?.at == Self.time)
      #expect(known["a"]?.covers(.sample("a")) == true)
      // Of another sight it is anew.
      var changed = RunRow.sample("a")
      changed.updatedAt = changed.updatedAt + .milliseconds(1)
      #expect(known["a"]?.covers(changed) == false)
      try await second.acknowledge(["a": Acknowledgement.Sight(changed)], at: Self.time)
      try await second.takeBack(["b", "never there"])
      known = try await told(source)
      #expect(known.mapValues(\.person) == ["a": "ben", "c": "ben"])
      #expect(known["a"]?.covers(changed) == true)
    }

    @Test @LoopActor func consolesThatWriteAtOnceLoseNothing() async throws {
      let state = TemporaryState()
      let writes = (0..<24).map { number in
        let book = book(state)
        return Task { @LoopActor in
          try await book.acknowledge(["run \(number)": Acknowledgement.Sight(.sample("x"))], at: Self.time)
        }
      }
      for write in writes { try await write.value }
      #expect(try await told(AcknowledgementSource(book(state))).count == 24)
    }

    @Test @LoopActor func theNewestAreKept() async throws {
      let state = TemporaryState()
      let many = (0..<AcknowledgementFile.most).map { ("run \($0)", Acknowledgement.Sight(.sample("x"))) }
      let book = book(state)
      try await book.acknowledge(Dictionary(uniqueKeysWithValues: many), at: Self.time)
      try await book.acknowledge(sights("new"), at: Self.time + .seconds(1))
      let known = try await told(AcknowledgementSource(book))
      #expect(known.count == AcknowledgementFile.most)
      #expect(known["new"] != nil)
    }

    @Test(arguments: ["{", "{}", "{\"run\":\"a\",\"by\":\"ana\"}", "null", "\u{1B}"])
    @LoopActor func aLineThatCanNotBeReadIsToldAndNothingIsLost(line: String) async throws {
      let state = TemporaryState()
      let book = book(state)
      let source = AcknowledgementSource(book)
      try await book.acknowledge(sights("a"), at: Self.time)
      #expect(try await told(source).count == 1)
      let before = state.read("acknowledged") + line + "\n"
      state.write("acknowledged", before)
      do throws(SourceFailure) {
        _ = try await source.poll()
        Issue.record("it was read")
      } catch {
        #expect(error.code == .unreadable)
        #expect(error.detail == "line 2 is no acknowledgement")
        #expect(error.address == state.path("acknowledged"))
      }
      await #expect(throws: AuditFailure.self) {
        try await book.acknowledge(sights("b"), at: Self.time)
      }
      #expect(state.read("acknowledged") == before)
    }

    @Test @LoopActor func hostileNamesComeBackAsTheyWere() async throws {
      let state = TemporaryState()
      let id = "a\"b\\\n\u{1B}]52;c;x\u{7}"
      let book = book(state, "ana \"x\"\n")
      try await book.acknowledge([id: Acknowledgement.Sight(.sample("x"))], at: Self.time)
      let known = try await told(AcknowledgementSource(book))
      #expect(known[id]?.person == "ana \"x\"\n")
    }
  }
}
