import Facts
import TestSupport
import Testing

@testable import DataSources

/// What a scripted server answers next.
final class ReplyToCome: Sendable {
  private let held = Locked<[UInt8]>([])

  var bytes: [UInt8] {
    get { held.withLock { $0 } }
    set { held.withLock { $0 = newValue } }
  }
}

/// What stands where a web server is expected, and speaks something like HTTP.
@Suite(.serialized) struct HTTPSweepTests {
  init() { EventLoop.runOnOwnThread() }

  private static let mutation = Mutation(
    of: "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"status\":\"ok\"}",
    "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 59\r\nContent-Length: 2\r\n\r\n{}",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "HTTP/1.1 307 Temporary Redirect\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n",
    pieces: [
      "\r\n", "\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/2 ", "Content-Length: ",
      "Content-Encoding: gzip\r\n",
      "Transfer-Encoding: chunked\r\n", "Connection: close\r\n", "Retry-After: ", "ffffffffffffffff\r\n",
    ]
  )

  @Test @LoopActor func repliesOfAnyBytesAreAReplyOrAFailure() async {
    let reply = ReplyToCome()
    let server = ScriptedServer { connection in
      guard connection.readRequest() != nil else { return }
      connection.write(reply.bytes)
    }
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let failures = await Sweep(seed: 1, cases: 200).failures(of: Self.mutation) { bytes in
      reply.bytes = bytes
      do throws(SourceFailure) {
        let response = try await client.send(
          HTTPRequest("GET", server.url, deadline: .seconds(5), cap: 4_096)
        )
        _ = response.failure(at: server.url)
        _ = HTTPReplyFacts.table(of: response)
        return response.body.count <= 4_096 ? nil : "\(response.body.count) bytes passed the cap"
      } catch {
        return error.code == .timedOut ? "it waits for a server that has hung up" : nil
      }
    }
    #expect(failures == [])
  }

  @Test @LoopActor func theBackendsSessionEndsEveryCall() async throws {
    let reply = ReplyToCome()
    let server = ScriptedServer { connection in
      guard connection.readRequest() != nil else { return }
      connection.write(reply.bytes)
    }
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let mutation = Mutation(
      of: "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"access_token\":\"abc\",\"expires_in\":1800}",
      "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 59\r\nConnection: close\r\n\r\n{}",
      "HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n{\"detail\":\"no\",\"error_type\":\"x\"}",
      pieces: ["Retry-After: ", "\\n", "\"access_token\":", "\r\n"]
    )
    let failures = await Sweep(seed: 10_000, cases: 100).failures(of: mutation) { bytes in
      reply.bytes = bytes
      let login = BackendLogin(email: "a@example.org", password: Secret("x"))
      let session = BackendSession(
        base: "http://127.0.0.1:\(server.port)",
        login: login,
        memory: nil,
        client: client,
        spacing: .zero
      )
      for _ in 0..<2 {
        do throws(SourceFailure) {
          _ = try await session.call("GET", "/api/v1/suite-runs/?limit=1")
        } catch {
          if error.code == .timedOut { return "it waits for a server that has hung up" }
        }
      }
      return nil
    }
    #expect(failures == [])
  }
}
