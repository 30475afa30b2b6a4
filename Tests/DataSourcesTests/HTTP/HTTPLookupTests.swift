import Facts
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

/// What the client does while, and after, a name is looked up.
@Suite struct HTTPLookupTests {
  init() { EventLoop.runOnOwnThread() }

  /// A name server that says nothing until it is told to.
  private final class NameServer: Sendable {
    let isOpen = Locked(false)
    let asked = Locked<[String]>([])

    func resolve(_ host: String) -> [String] {
      asked.withLock { $0.append(host) }
      for _ in 0..<1_000 where !isOpen.withLock({ $0 }) { usleep(10_000) }
      return host == "backend.test" ? ["127.0.0.1"] : []
    }
  }

  @LoopActor private func failure(
    _ client: HTTPClient,
    _ url: String,
    _ deadline: Duration
  ) async -> SourceFailure? {
    await DataSourcesTests.failure { () throws(SourceFailure) in
      _ = try await client.send(HTTPRequest("GET", url, deadline: deadline))
    }
  }

  @Test @LoopActor func aSilentNameServerHoldsNobodyUp() async throws {
    let names = NameServer()
    let client = HTTPClient(resolve: names.resolve)
    defer { client.close() }
    let server = ScriptedServer.answering("hello")
    defer { server.stop() }
    let url = "http://Backend.test:\(server.port)/"
    let pulse = LoopPulse()
    for _ in 0..<3 {
      let failure = await failure(client, url, .milliseconds(200))
      #expect(failure?.code == .timedOut)
      #expect(failure?.detail == "the host name was not resolved in time")
    }
    // One lookup for all three, and the others are served meanwhile.
    #expect(names.asked.withLock { $0 } == ["backend.test"])
    #expect(try await client.send(HTTPRequest("GET", server.url)).status == 200)
    #expect(pulse.stop() < .milliseconds(200))
    let waiting = Task { @LoopActor in try await client.send(HTTPRequest("GET", url, deadline: .seconds(20)))
    }
    names.isOpen.withLock { $0 = true }
    let response = try await waiting.value
    #expect(response.body == Array("hello".utf8))
    #expect(server.requests.last?.contains("Host: Backend.test:\(server.port)\r\n") == true)
    // Known for a while: the next one asks nobody.
    #expect(try await client.send(HTTPRequest("GET", url)).status == 200)
    #expect(names.asked.withLock { $0 } == ["backend.test"])
  }

  @Test @LoopActor func anUnknownNameIsToldAndAskedAgain() async {
    let names = NameServer()
    names.isOpen.withLock { $0 = true }
    let client = HTTPClient(resolve: names.resolve)
    defer { client.close() }
    for _ in 0..<2 {
      let failure = await failure(client, "http://nowhere.test/", .seconds(5))
      #expect(failure?.code == .unresolved)
    }
    #expect(names.asked.withLock { $0 }.count == 2)
  }

  @Test @LoopActor func whoWaitsForANameCanBeCancelledAndClosed() async {
    let names = NameServer()
    defer { names.isOpen.withLock { $0 = true } }
    let client = HTTPClient(resolve: names.resolve)
    let cancelled = Task { @LoopActor in await failure(client, "http://a.test/", .seconds(8)) }
    let closed = Task { @LoopActor in await failure(client, "http://b.test/", .seconds(8)) }
    await eventually("both are looked up") { names.asked.withLock { $0.count } == 2 }
    cancelled.cancel()
    #expect(await cancelled.value?.code == .cancelled)
    client.close()
    #expect(await closed.value?.code == .cancelled)
  }

  @Test(arguments: [
    ("backend", "backend"), ("a-b_c.example.org", "a-b_c.example.org"), ("10.0.0.1", nil), ("::1", nil),
    ("localhost", nil), ("x.localhost", nil), ("bücher.example", nil), ("a.example.", nil),
  ])
  func onlyNamesAreLookedUp(_ host: String, _ name: String?) {
    #expect(HostBook.name(toLookUp: host) == name)
  }
}
