import Facts
import TestSupport
import Testing

@testable import DataSources

/// What stands where a Redis is expected, and speaks something like its protocol.
@Suite(.serialized) struct RedisSweepTests {
  private static let info = """
    # Memory\r\nused_memory:1764928\r\nused_memory_human:1.68M\r\nmaxmemory:2000000\r\n\
    maxmemory_policy:noeviction\r\n# Clients\r\nconnected_clients:21\r\nmaxclients:10000\r\n\
    # Server\r\nuptime_in_seconds:637\r\n
    """

  init() { EventLoop.runOnOwnThread() }

  @Test func infoIsFactsOrNoData() {
    let mutation = Mutation(
      of: Self.info,
      pieces: ["\r\n", ":", "#", "used_memory:", "maxmemory:", "inf", "0x1p3"]
    )
    let failures = Sweep(seed: 1, cases: 4_000).failures(of: mutation) { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      let told = RedisSource.observations(pong: .status("PONG"), info: text, source: "redis")
      guard told.count == 4 else { return "\(told.count) facts" }
      let numbers = told.compactMap { $0.value?.number }
      guard numbers.allSatisfy({ $0.isFinite && $0 >= 0 }) else { return "\(numbers)" }
      return told.first { ($0.value == nil) == $0.state.isKnown }.map { "\($0.name) is \($0.state)" }
    }
    #expect(failures == [])
  }

  @Test @LoopActor func repliesOfAnyBytesAreAnAnswerOrAFailure() async throws {
    let mutation = Mutation(
      of: "+PONG\r\n",
      "$5\r\nhello\r\n",
      "*2\r\n$1\r\na\r\n:7\r\n",
      "-NOAUTH no\r\n",
      "$-1\r\n",
      "*1\r\n*1\r\n*0\r\n",
      pieces: [
        "\r\n", "*", "$", ":", "+", "-", "*1\r\n", "$3\r\n", "*-1\r\n", "_\r\n", "%1\r\n", ",1.5\r\n",
        "(9\r\n",
      ]
    )
    let reply = ReplyToCome()
    let server = ScriptedServer { connection in
      // `*1`, `$4`, `PING`: what is unread at the close would turn it into a reset.
      for _ in 0..<3 { connection.readLine() }
      connection.write(reply.bytes)
    }
    defer { server.stop() }
    let options = try RedisOptions(address: "redis://127.0.0.1:\(server.port)/0")
    let failures = await Sweep(seed: 10_000, cases: 150).failures(of: mutation) { bytes in
      reply.bytes = bytes
      let client = RedisClient(options)
      defer { client.close() }
      do throws(SourceFailure) {
        _ = try await client.send(.ping, deadline: .seconds(5))
        return nil
      } catch {
        return error.code == .timedOut ? "it waits for a server that has hung up" : nil
      }
    }
    #expect(failures == [])
  }
}
