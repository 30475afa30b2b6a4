import Facts
import FoundationEssentials
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

/// What the client does with servers that are dead, slow or malicious.
@Suite struct HTTPHostileTests {
  private let client: HTTPClient

  init() async {
    EventLoop.runOnOwnThread()
    client = await HTTPClient()
  }

  private func failure(of request: HTTPRequest) async -> SourceFailure? {
    await DataSourcesTests.failure { () throws(SourceFailure) in _ = try await client.send(request) }
  }

  @Test func nobodyListeningIsRefused() async {
    let failure = await failure(
      of: HTTPRequest("GET", "http://127.0.0.1:\(TestProcess.freePort())/a?token=x")
    )
    #expect(failure?.code == .refused)
    // Where, without what was asked: a query may be long and hold a secret.
    #expect(failure?.address.hasSuffix("/a") == true)
  }

  @Test func aSocketThatIsNotThereIsRefused() async {
    let request = HTTPRequest("GET", "http://docker/", unixSocket: "/tmp/switchboard-no-such.sock")
    #expect(await failure(of: request)?.code == .refused)
  }

  @Test func anUnknownNameIsUnresolved() async {
    let failure = await failure(
      of: HTTPRequest("GET", "http://no-such-host.invalid/", deadline: .seconds(20))
    )
    #expect(failure?.code == .unresolved)
  }

  @Test func whoNeverAnswersTimesOutWhileTheLoopTicks() async {
    let server = ScriptedServer { $0.hang() }
    let pulse = await LoopPulse()
    let started = ContinuousClock.now
    let failure = await failure(of: HTTPRequest("GET", server.url, deadline: .milliseconds(500)))
    let took = ContinuousClock.now - started
    #expect(failure?.code == .timedOut)
    #expect(took >= .milliseconds(480))
    #expect(await pulse.stop() < .milliseconds(200))
  }

  @Test func aSlowDripTimesOut() async {
    let server = ScriptedServer { connection in
      connection.readRequest()
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
      while connection.write("x") { usleep(10_000) }
    }
    #expect(
      await failure(of: HTTPRequest("GET", server.url, deadline: .milliseconds(400)))?.code == .timedOut
    )
  }

  @Test func aDripOfHeadersTimesOutAStreamToo() async {
    let server = ScriptedServer { connection in
      connection.readRequest()
      connection.write("HTTP/1.1 200 OK\r\n")
      while connection.write("X-A: b\r\n") { usleep(10_000) }
    }
    let failure = await DataSourcesTests.failure { () throws(SourceFailure) in
      _ = try await client.stream(HTTPRequest("GET", server.url, deadline: .milliseconds(400))) { _ in true }
    }
    #expect(failure?.code == .timedOut)
  }

  @Test func twoGigabytesAreCutAtTheCap() async {
    let sent = Locked(0)
    let server = ScriptedServer { connection in
      connection.readRequest()
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\n")
      let piece = [UInt8](repeating: 0x61, count: 1 << 20)
      for _ in 0..<2_048 {
        guard connection.write(piece) else { return }
        sent.withLock { $0 += 1 }
      }
    }
    let failure = await failure(of: HTTPRequest("GET", server.url, deadline: .seconds(20), cap: 1 << 20))
    #expect(failure?.code == .tooLarge)
    #expect(failure?.detail == "more than 1048576 bytes")
    #expect(sent.withLock { $0 } < 100)
  }

  @Test func aChunkedFloodIsCutAtTheCap() async {
    let server = ScriptedServer { connection in
      connection.readRequest()
      connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
      let piece = "10000\r\n\(String(repeating: "a", count: 65_536))\r\n"
      while connection.write(piece) {}
    }
    let failure = await failure(of: HTTPRequest("GET", server.url, deadline: .seconds(20), cap: 1 << 20))
    #expect(failure?.code == .tooLarge)
  }

  @Test func aGzipBombIsCutAfterDecompression() async throws {
    let path = TestProcess.directory() + "/bomb"
    runToItsEnd(["/bin/sh", "-c", "head -c 200000000 /dev/zero | gzip > \(path)"])
    let bomb = [UInt8](try Data(contentsOf: URL(filePath: path)))
    #expect(bomb.count < 1 << 20)
    let server = ScriptedServer { connection in
      connection.readRequest()
      connection.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(bomb.count)\r\n\r\n")
      connection.write(bomb)
    }
    let failure = await failure(of: HTTPRequest("GET", server.url, deadline: .seconds(20), cap: 1 << 20))
    #expect(failure?.code == .tooLarge)
  }

  @Test func aFloodOfHeadersIsCut() async {
    let server = ScriptedServer { connection in
      connection.readRequest()
      connection.write("HTTP/1.1 200 OK\r\n")
      var number = 0
      while connection.write("X-\(number): \(String(repeating: "a", count: 100))\r\n") { number += 1 }
    }
    let failure = await failure(of: HTTPRequest("GET", server.url, deadline: .seconds(20)))
    #expect(failure?.code == .tooLarge)
    #expect(failure?.detail == "more than 65536 bytes of headers")
  }

  @Test(arguments: [
    "garbage\r\n\r\n", "HTTP/0.9 no\r\n", "<html>no head at all</html>", "HTTP/1.1 abc\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Encoding: gzip\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n", "\u{0}\u{1}\u{2}\u{FF}\r\n\r\n",
  ])
  func garbageIsUnreadable(_ reply: String) async {
    let server = ScriptedServer { connection in
      connection.readRequest()
      connection.write(reply)
    }
    #expect(await failure(of: HTTPRequest("GET", server.url))?.code == .unreadable)
  }

  @Test(arguments: [
    "", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
  ])
  func anEndInTheMiddleIsDisconnected(_ reply: String) async {
    for isReset in [false, true] {
      let server = ScriptedServer { connection in
        connection.readRequest()
        connection.write(reply)
        if isReset { connection.reset() }
      }
      #expect(await failure(of: HTTPRequest("GET", server.url))?.code == .disconnected)
    }
  }

  @Test func cancellationEndsTheRequestAtOnce() async {
    let server = ScriptedServer { $0.hang() }
    let task = Task { await failure(of: HTTPRequest("GET", server.url, deadline: .seconds(30))) }
    await eventually("it is under way") { server.connections == 1 }
    task.cancel()
    #expect(await task.value?.code == .cancelled)
    let none = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await failure(of: HTTPRequest("GET", server.url))
    }
    #expect(await none.value?.code == .cancelled)
    #expect(server.connections == 1)
  }

  @Test @LoopActor func closingEndsRequestsAndLaterOnesAreCancelled() async {
    let server = ScriptedServer { $0.hang() }
    let client = HTTPClient()
    let task = Task { @LoopActor in
      await DataSourcesTests.failure { () throws(SourceFailure) in
        _ = try await client.send(HTTPRequest("GET", server.url, deadline: .seconds(30)))
      }
    }
    await eventually("it is under way") { server.connections == 1 }
    client.close()
    #expect(await task.value?.code == .cancelled)
    client.close()
    let later = await DataSourcesTests.failure { () throws(SourceFailure) in
      _ = try await client.send(HTTPRequest("GET", server.url))
    }
    #expect(later?.code == .cancelled)
  }
}
