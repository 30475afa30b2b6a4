import Facts
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

/// What the client does with servers that behave.
@Suite struct HTTPClientTests {
  private let client: HTTPClient

  init() async {
    EventLoop.runOnOwnThread()
    client = await HTTPClient()
  }

  @Test func aReplyIsTold() async throws {
    let server = ScriptedServer.answering("hello", headers: "X-Name: a: b\r\nx-name: second\r\n")
    let response = try await client.send(HTTPRequest("GET", server.url))
    #expect(response.status == 200)
    #expect(response.body == Array("hello".utf8))
    #expect(response.header("x-name") == "a: b")
    #expect(response.duration > .zero && response.duration < .seconds(2))
    #expect(response.failure(at: "x") == nil)
    #expect(server.requests.first?.hasPrefix("GET / HTTP/1.1\r\n") == true)
  }

  @Test(arguments: [
    ("401 No", SourceFailure.Code.unauthorized), ("403 No", .forbidden), ("404 No", .notFound),
    ("405 No", .notFound), ("429 No", .rateLimited(retryAfter: 7)), ("500 No", .status(500)),
    ("422 No", .status(422)),
  ])
  func anErrorStatusIsAReplyWithItsFailure(_ status: String, _ code: SourceFailure.Code) async throws {
    let server = ScriptedServer.answering("why", status: status, headers: "Retry-After: 7\r\n")
    let failure = try await client.send(HTTPRequest("GET", server.url)).failure(at: "there")
    #expect(failure == SourceFailure(code, at: "there", detail: "why"))
  }

  @Test func aChunkedReplyIsPutTogether() async throws {
    let server = ScriptedServer { connection in
      connection.readRequest()
      connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
      for piece in ["3\r\nabc\r\n", "2\r\nde\r\n", "0\r\n\r\n"] { connection.write(piece) }
    }
    #expect(try await client.send(HTTPRequest("GET", server.url)).body == Array("abcde".utf8))
  }

  @Test func aReplyWithoutLengthEndsWithItsConnection() async throws {
    let server = ScriptedServer { connection in
      connection.readRequest()
      connection.write("HTTP/1.0 200 OK\r\n\r\nabc")
    }
    #expect(try await client.send(HTTPRequest("GET", server.url)).body == Array("abc".utf8))
  }

  @Test func theHeadersAreThoseOfTheLastResponse() async throws {
    let server = ScriptedServer { connection in
      connection.readRequest()
      connection.write("HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n")
      connection.write("HTTP/1.1 201 Created\r\nContent-Length: 0\r\nX-Late: 1\r\n\r\n")
    }
    let response = try await client.send(HTTPRequest("POST", server.url))
    #expect(response.status == 201)
    #expect(response.header("x-early") == nil)
    #expect(response.header("x-late") == "1")
  }

  @Test func aUnixSocketIsAsked() async throws {
    let path = TestProcess.directory() + "/s.sock"
    let server = ScriptedServer.answering("unix", unixSocket: path)
    let request = HTTPRequest("GET", "http://engine/version", unixSocket: path)
    #expect(try await client.send(request).body == Array("unix".utf8))
    #expect(server.requests.first?.hasPrefix("GET /version HTTP/1.1\r\nHost: engine\r\n") == true)
  }

  @Test func bodyAndHeadersAreSentOnce() async throws {
    let server = ScriptedServer.answering("")
    var request = HTTPRequest("PUT", server.url, body: Array("abc".utf8))
    request.headers = [("Content-Type", "text/x"), ("X-Empty", "1")]
    _ = try await client.send(request)
    let head = try #require(server.requests.first)
    #expect(head.hasPrefix("PUT / HTTP/1.1\r\n"))
    #expect(head.contains("Content-Length: 3\r\n"))
    #expect(head.contains("Content-Type: text/x\r\n"))
    #expect(!head.contains("Expect:"))
  }

  @Test func aKeptConnectionIsUsedAgain() async throws {
    let server = ScriptedServer { connection in
      while connection.readRequest() != nil {
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
      }
    }
    for _ in 0..<5 { _ = try await client.send(HTTPRequest("GET", server.url)) }
    #expect(server.connections == 1)
    #expect(server.requests.count == 5)
  }

  @Test func aHundredAtOnceAreAllAnswered() async throws {
    let server = ScriptedServer { connection in
      while connection.readRequest() != nil {
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
      }
    }
    let answered = try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 0..<100 {
        group.addTask {
          try await client.send(HTTPRequest("GET", server.url + "\(number)", deadline: .seconds(20))).status
        }
      }
      var answered = 0
      for try await status in group where status == 200 { answered += 1 }
      return answered
    }
    #expect(answered == 100)
    #expect(Set(server.requests).count == 100)
  }

  @Test func aStreamIsHandedOverAsItComes() async throws {
    let server = ScriptedServer { connection in
      connection.readRequest()
      connection.write("HTTP/1.1 200 OK\r\n\r\n")
      while connection.write("line\n") { usleep(5_000) }
    }
    let opened = Locked(0)
    let received = Locked(0)
    let response = try await client.stream(
      HTTPRequest("GET", server.url, deadline: .milliseconds(500)),
      opened: { opened.withLock { $0 += 1 } }
    ) { bytes in
      // Long past the deadline, which is for the head alone.
      received.withLock { received in
        received += bytes.count
        return received < 1_000
      }
    }
    #expect(response.status == 200)
    #expect(opened.withLock { $0 } == 1)
    #expect(received.withLock { $0 } >= 1_000)
  }

  @Test func aStreamsErrorIsCollected() async throws {
    let server = ScriptedServer.answering("why", status: "400 No")
    let response = try await client.stream(HTTPRequest("GET", server.url)) { _ in
      Issue.record("an error is no part of the stream")
      return false
    }
    #expect(response.failure(at: "")?.detail == "why")
  }
}
