import Facts
import Testing

@testable import DataSources

/// Large replies share one room; what doesn't fit waits.
@Suite struct ReplyRoomTests {
  init() { EventLoop.runOnOwnThread() }

  @Test @LoopActor func allClientsShareOneOf64MiB() {
    #expect(ReplyRoom.shared.left == 64 << 20)
  }

  @Test @LoopActor func firstComeFirstServedAndAllIsGivenBack() async {
    let room = ReplyRoom(bytes: 10)
    var served: [String] = []
    var leases: [String: ReplyRoom.Lease] = [:]
    func take(_ name: String, _ bytes: Int) {
      leases[name] = room.take(bytes) {
        leases[name] = $0
        served.append(name)
      }
    }
    take("a", 6)
    // More than there is means all of it.
    take("b", 99)
    take("c", 1)
    #expect(leases.keys.sorted() == ["a"] && room.left == 4)
    leases["a"]?.shrink(to: 2)
    #expect(room.left == 8 && served == [])
    leases["a"] = nil
    #expect(await comesTrue { served == ["b"] } && room.left == 0)
    leases["b"]?.shrink(to: 3)
    #expect(await comesTrue { served == ["b", "c"] } && room.left == 6)
    leases = [:]
    #expect(room.left == 10)
  }

  @Test @LoopActor func whatDoesNotFitWaitsForItsTurn() async throws {
    let server = ScriptedServer.answering(String(repeating: "x", count: 3 << 20))
    defer { server.stop() }
    let room = ReplyRoom(bytes: 4 << 20)
    let client = HTTPClient(room: room)
    defer { client.close() }
    var tasks: [Task<Int, any Error>] = []
    for _ in 0..<5 {
      tasks.append(
        Task { @LoopActor in
          let response = try await client.send(HTTPRequest("GET", server.url, deadline: .seconds(20)))
          return response.body.count
        }
      )
    }
    for task in tasks { #expect(try await task.value == 3 << 20) }
    #expect(await comesTrue { room.left == room.bytes })
  }

  @Test @LoopActor func whatNeverFitsFailsInItsOwnWords() async throws {
    let server = ScriptedServer.answering(String(repeating: "x", count: 3 << 20))
    defer { server.stop() }
    let room = ReplyRoom(bytes: 4 << 20)
    let client = HTTPClient(room: room)
    defer { client.close() }
    let held = try await client.send(HTTPRequest("GET", server.url, deadline: .seconds(20)))
    #expect(room.left == 1 << 20)
    let failure = await failure { () throws(SourceFailure) in
      _ = try await client.send(HTTPRequest("GET", server.url, deadline: .milliseconds(300)))
    }
    #expect(failure?.code == .exhausted && failure?.word == "no room for its reply")
    // Small replies and what an act is answered take none.
    let small = ScriptedServer.answering("small")
    defer { small.stop() }
    #expect(try await client.send(HTTPRequest("GET", small.url)).body.count == 5)
    let act = HTTPRequest("POST", server.url, deadline: .seconds(20))
    #expect(try await client.send(act).body.count == 3 << 20)
    #expect(held.body.count == 3 << 20)
  }
}
