import Facts
import Testing

@testable import DataSources

/// Servers that speak the protocol and break its rules.
@Suite struct RedisHostileTests {
  init() { EventLoop.runOnOwnThread() }

  @LoopActor private func failure(of reply: String) async throws -> SourceFailure? {
    let server = ScriptedServer { connection in
      connection.readLine()
      connection.write(reply)
      connection.hang()
    }
    defer { server.stop() }
    let client = RedisClient(try RedisOptions(address: "redis://127.0.0.1:\(server.port)"))
    defer { client.close() }
    return await DataSourcesTests.failure { () throws(SourceFailure) in
      _ = try await client.send(.ping, deadline: .seconds(5))
    }
  }

  @Test @LoopActor func aReplyThatNobodyAskedForEndsTheConnection() async throws {
    let failure = try await failure(of: "+OK\r\n+PONG\r\n$3\r\nabc\r\n")
    #expect(failure?.code == .unreadable || failure?.code == .timedOut)
  }

  @Test @LoopActor func anErrorThatNobodyAskedForIsTold() async throws {
    let failure = try await failure(of: "+OK\r\n-ERR max number of clients reached\r\n")
    #expect(failure?.detail.contains("max number of clients reached") == true)
  }

  @Test(arguments: [
    ("-ERR unknown command 'AUTH', with args beginning with: 'hunter2secret' \r\n+OK\r\n", ""),
    // Cut short by the server, and the second word of two.
    ("-ERR unknown command 'AUTH', with args beginning with: 'ops' 'hunter2se\r\n+OK\r\n", ""),
    ("+OK\r\n-ERR in AUTH hunter2secret\r\n", ""),
    // Nobody waits for this one.
    ("+OK\r\n+OK\r\n-ERR hunter2secret\r\n", ""),
    ("+OK\r\n+OK\r\n", "-ERR hunter2secret\r\n"),
  ])
  @LoopActor func aServerThatQuotesThePasswordGivesNothingAway(entry: String, later: String) async throws {
    let server = ScriptedServer { connection in
      connection.readLine()
      connection.write(entry)
      // The rest of AUTH, SELECT, and the beginning of PING.
      for _ in 0..<10 { connection.readLine() }
      connection.write(later)
      connection.hang()
    }
    defer { server.stop() }
    let options = try RedisOptions(
      address: "redis://127.0.0.1:\(server.port)",
      password: Secret("hunter2secret")
    )
    let client = RedisClient(options)
    defer { client.close() }
    let failure = await DataSourcesTests.failure { () throws(SourceFailure) in
      _ = try await client.send(.ping, deadline: .seconds(5))
    }
    let detail = try #require(failure?.detail)
    #expect(detail.contains("‹password›"))
    #expect(!detail.contains("hunter2"))
  }

  @Test @LoopActor func aListOfTwoThousandMillionsHoldsNobodyUp() async throws {
    let pulse = LoopPulse()
    let failure = try await failure(of: "*2147483647\r\n+a\r\n:x\r\n")
    #expect(failure?.code == .unreadable)
    #expect(failure?.detail == "hiredis 4: more than 100000 elements in a reply")
    #expect(pulse.stop() < .seconds(1))
  }

  @Test @LoopActor func aTextWithoutEndIsCutOff() async throws {
    let server = ScriptedServer { connection in
      connection.readLine()
      connection.write("+OK\r\n$2000000000\r\n")
      let piece = [UInt8](repeating: 0x61, count: 1 << 20)
      for _ in 0..<64 where !connection.write(piece) { break }
      connection.hang()
    }
    defer { server.stop() }
    let client = RedisClient(try RedisOptions(address: "redis://127.0.0.1:\(server.port)"))
    defer { client.close() }
    let failure = await DataSourcesTests.failure { () throws(SourceFailure) in
      _ = try await client.send(.info, deadline: .seconds(10))
    }
    #expect(failure?.detail == "hiredis 4: more than 4194304 bytes in a reply")
  }
}
