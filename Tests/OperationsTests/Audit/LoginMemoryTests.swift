import DataSources
import Facts
import Operations
import Testing

extension FileSystemTests {
  @Suite struct LoginMemoryTests {
    let state = TemporaryState()
    let base = "http://localhost:8000"

    init() { EventLoop.runOnOwnThread() }

    @LoopActor private func memory(at seconds: Double) -> FileLoginMemory {
      FileLoginMemory(directory: state.directory) { WallTime(secondsSince1970: seconds) }
    }

    @Test @LoopActor func aRefusedPasswordIsNotTriedForFifteenMinutesByAnyConsole() async {
      let password = Secret("wrong")
      #expect(await memory(at: 1_000).refusedUntil(email: "a@b", proof: password, base: base) == nil)
      await memory(at: 1_000).remember(refused: "a@b", proof: password, base: base)
      let until = await memory(at: 1_100).refusedUntil(email: "a@b", proof: password, base: base)
      #expect(until == WallTime(secondsSince1970: 1_900))
      #expect(await memory(at: 1_900).refusedUntil(email: "a@b", proof: password, base: base) == nil)
    }

    @Test @LoopActor func anotherPasswordEmailOrBackendMayBeTried() async {
      await memory(at: 1_000).remember(refused: "a@b", proof: Secret("wrong"), base: base)
      let memory = memory(at: 1_001)
      #expect(await memory.refusedUntil(email: "a@b", proof: Secret("right"), base: base) == nil)
      #expect(await memory.refusedUntil(email: "c@d", proof: Secret("wrong"), base: base) == nil)
      #expect(await memory.refusedUntil(email: "a@b", proof: Secret("wrong"), base: "x") == nil)
    }

    @Test @LoopActor func neitherEmailNorPasswordIsWritten() async {
      await memory(at: 1_000).remember(refused: "anna@example.org", proof: Secret("hunter22"), base: base)
      let text = state.read("logins")
      #expect(!text.isEmpty)
      #expect(!text.contains("anna") && !text.contains("hunter22"))
      #expect(state.mode("logins") == 0o600)
      #expect(state.mode("logins.key") == 0o600)
    }

    @Test @LoopActor func aTokenIsKeptForItsUserAloneUntilItEnds() async {
      let password = Secret("right")
      let ends = WallTime(secondsSince1970: 2_000)
      await memory(at: 1_000).keep(
        token: (Secret("abc.def"), ends),
        email: "a@b",
        proof: password,
        base: base
      )
      #expect(state.mode("login.token") == 0o600)
      let kept = await memory(at: 1_999).token(email: "a@b", proof: Secret("right"), base: base)
      #expect(kept?.secret.matches(Secret("abc.def")) == true)
      #expect(kept?.ends == ends)
      #expect(await memory(at: 2_000).token(email: "a@b", proof: password, base: base) == nil)
      #expect(await memory(at: 1_500).token(email: "a@b", proof: Secret("other"), base: base) == nil)
      #expect(await memory(at: 1_500).token(email: "a@b", proof: password, base: "http://x") == nil)
      await memory(at: 1_500).keep(token: nil, email: "a@b", proof: password, base: base)
      #expect(await memory(at: 1_500).token(email: "a@b", proof: password, base: base) == nil)
      #expect(!state.read("login.token").contains("abc"))
    }
  }
}
