import Facts
import Glibc
import Testing

@testable import DataSources

/// What consoles tell each other, through a real Redis.
@Suite(.serialized) struct SharedBoardTests {
  private let redis = TestRedis.shared
  private let key = SharedBoard.Key("dev", "lock", "\(UInt64.random(in: .min ... .max))")

  init() { EventLoop.runOnOwnThread() }

  @LoopActor private func board() throws -> SharedBoard { SharedBoard(try redis.options()) }

  @Test @LoopActor func ofTwoOneGetsTheKeyUntilItIsTakenAway() async throws {
    let (one, other) = (try board(), try board())
    defer { for board in [one, other] { board.close() } }
    #expect(try await one.put("anna", at: key, for: .seconds(30)))
    #expect(try await !other.put("ben", at: key, for: .seconds(30)))
    #expect(try await other.note(at: key) == "anna")
    // What another put there is neither renewed nor taken away.
    #expect(try await !other.renew("ben", at: key, for: .seconds(30)))
    try await other.remove("ben", at: key)
    #expect(try await one.renew("anna", at: key, for: .seconds(30)))
    try await one.remove("anna", at: key)
    #expect(try await other.put("ben", at: key, for: .seconds(30)))
    try await other.remove("ben", at: key)
    #expect(try await one.note(at: key) == nil)
  }

  @Test @LoopActor func aNoteThatIsNotRenewedEnds() async throws {
    let board = try board()
    defer { board.close() }
    #expect(try await board.put("anna", at: key, for: .milliseconds(50)))
    while try await board.note(at: key) != nil { await LoopActor.sleep(for: .milliseconds(10)) }
    #expect(try await !board.renew("anna", at: key, for: .seconds(30)))
  }

  @Test @LoopActor func aListIsReadFromItsEndAndThenWhatIsNew() async throws {
    let board = try board()
    defer { board.close() }
    let list = SharedBoard.Key("dev", "timeline", key.text)
    #expect(try await board.entries(of: list, after: nil).isEmpty)
    for number in 1...120 { try await board.add("act \(number)", to: list) }
    let first = try await board.entries(of: list, after: nil)
    #expect(first.map(\.text) == (21...120).map { "act \($0)" })
    #expect(try await board.entries(of: list, after: first.last?.id).isEmpty)
    // What has another form than a console gives it is there, and nobody can read it.
    redis.command("XADD", list.text, "*", "other", "a", "further", "b")
    let odd = try await board.entries(of: list, after: first.last?.id)
    #expect(odd.count == 1 && odd[0].text == nil)
    redis.command("XDEL", list.text, odd[0].id)
    try await board.add("act 121", to: list)
    #expect(try await board.entries(of: list, after: first.last?.id).map(\.text) == ["act 121"])
  }

  @Test @LoopActor func theServersClockIsRead() async throws {
    let board = try board()
    defer { board.close() }
    let seconds = try await board.clock()
    #expect(abs(seconds - LoopActor.now().wall.secondsSince1970) < 60)
  }

  @Test @LoopActor func whoMayNotWriteIsToldWhichRight() async throws {
    redis.command("ACL", "SETUSER", "reader", "on", "nopass", "~*", "+@read", "+ping")
    let board = SharedBoard(try redis.options(user: "reader", password: Secret("any")))
    defer { board.close() }
    await #expect(throws: SourceFailure.self) { try await board.put("anna", at: key, for: .seconds(1)) }
    do throws(SourceFailure) {
      _ = try await board.put("anna", at: key, for: .seconds(1))
    } catch {
      #expect(error.code == .forbidden && error.word == "no right to SET")
    }
  }
}
