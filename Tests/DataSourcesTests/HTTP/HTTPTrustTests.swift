import Facts
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

/// Where credentials, redirects, proxies and repeated requests may not go.
@Suite(.serialized) struct HTTPTrustTests {
  private let client: HTTPClient

  init() async {
    EventLoop.runOnOwnThread()
    client = await HTTPClient()
  }

  private func failure(of request: HTTPRequest) async -> SourceFailure? {
    await DataSourcesTests.failure { () throws(SourceFailure) in _ = try await client.send(request) }
  }

  @Test func credentialsGoToTheirOriginOnly() async throws {
    let server = ScriptedServer.answering("")
    let origin = try #require(WebOrigin(of: server.url))
    var request = HTTPRequest(
      "GET",
      server.url,
      credentials: HTTPCredentials(.basic(user: "u", password: Secret("p:w")), for: origin)
    )
    _ = try await client.send(request)
    #expect(server.requests[0].contains("Authorization: Basic dTpwOnc=\r\n"))
    request.credentials = HTTPCredentials(.bearer(Secret("t0ken")), for: origin)
    _ = try await client.send(request)
    #expect(server.requests[1].contains("Authorization: Bearer t0ken\r\n"))
    let other = ScriptedServer.answering("")
    for url in [other.url, "https://127.0.0.1:\(server.port)/", "http://localhost:\(server.port)/"] {
      request.url = url
      let failure = await failure(of: request)
      #expect(failure?.code == .misconfigured)
      #expect(failure.map { "\($0)" }?.contains("t0ken") == false)
    }
    #expect(other.connections == 0)
  }

  @Test func headersOfOnesOwnGoToTheirOriginOnlyAndComeBackStruckOut() async throws {
    let server = ScriptedServer { connection in
      guard let head = connection.readRequest() else { return }
      connection.write(
        "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nX-Echo: \(head.split(separator: "\r\n").joined(separator: " "))\r\n\r\n\(head)"
      )
    }
    defer { server.stop() }
    let origin = try #require(WebOrigin(of: server.url))
    let headers = [
      HTTPCredentials.Header("X-Scope-OrgID", Secret("tenant-of-ours"), isSecret: false),
      HTTPCredentials.Header("X-Api-Key", Secret("k3y-of-ours"), isSecret: true),
    ]
    for scheme in [HTTPCredentials.Scheme.headersOnly, .bearer(Secret("t0ken-of-ours"))] {
      var request = HTTPRequest(
        "GET",
        server.url,
        credentials: HTTPCredentials(scheme, headers: headers, for: origin)
      )
      let response = try await client.send(request)
      let sent = try #require(server.requests.last)
      #expect(
        sent.contains("X-Scope-OrgID: tenant-of-ours\r\n") && sent.contains("X-Api-Key: k3y-of-ours\r\n")
      )
      let told = String(decoding: response.body, as: UTF8.self) + (response.header("x-echo") ?? "")
      #expect(told.contains("tenant-of-ours") && told.contains("‹password›"))
      #expect(!told.contains("k3y-of") && !told.contains("t0ken"))
      request.url = "http://localhost:\(server.port)/"
      #expect(await failure(of: request)?.code == .misconfigured)
    }
    #expect(server.connections == 2)
    let broken = HTTPCredentials.Header("X-Api-Key", Secret("two\nlines"), isSecret: true)
    let request = HTTPRequest(
      "GET",
      server.url,
      credentials: HTTPCredentials(.headersOnly, headers: [broken], for: origin)
    )
    #expect(await failure(of: request)?.detail.contains("a line break in the header X-Api-Key") == true)
  }

  @Test func aRedirectIsToldAndNotFollowed() async throws {
    let target = ScriptedServer.answering("there")
    for location in [target.url, "file:///etc/passwd"] {
      let server = ScriptedServer.answering("", status: "302 Found", headers: "Location: \(location)\r\n")
      let credentials = HTTPCredentials(
        .bearer(Secret("t0ken")),
        headers: [.init("X-Api-Key", Secret("k3y"), isSecret: true)],
        for: try #require(WebOrigin(of: server.url))
      )
      let response = try await client.send(HTTPRequest("GET", server.url, credentials: credentials))
      #expect(response.status == 302)
      #expect(response.header("location") == location)
      #expect(response.body.isEmpty)
    }
    #expect(target.connections == 0)
  }

  @Test(arguments: ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "nonsense", ""])
  func onlyHTTPIsSpoken(_ url: String) async {
    let failure = await failure(of: HTTPRequest("GET", url))
    #expect(failure != nil)
  }

  @Test @LoopActor func aProxyIsNotAskedForLoopback() async throws {
    let proxy = ScriptedServer.answering("proxy")
    let server = ScriptedServer.answering("server")
    // Set on the loop's thread, where everything that reads the environment runs.
    for name in ["http_proxy", "ALL_PROXY"] { setenv(name, proxy.url, 1) }
    defer { for name in ["http_proxy", "ALL_PROXY"] { unsetenv(name) } }
    for host in ["127.0.0.1", "localhost"] {
      let response = try await client.send(HTTPRequest("GET", "http://\(host):\(server.port)/"))
      #expect(response.body == Array("server".utf8))
    }
    let path = TestProcess.directory() + "/s.sock"
    let local = ScriptedServer.answering("unix", unixSocket: path)
    let response = try await client.send(HTTPRequest("GET", "http://docker/", unixSocket: path))
    #expect(response.body == Array("unix".utf8))
    #expect(local.connections == 1)
    #expect(proxy.connections == 0)
  }

  @Test func anActIsNotRepeatedOnADeadConnection() async throws {
    // Every connection answers one request, then is closed as soon as another one arrives on it.
    let server = ScriptedServer { connection in
      connection.readRequest()
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
      connection.readRequest()
    }
    _ = try await client.send(HTTPRequest("GET", server.url))
    _ = try await client.send(HTTPRequest("POST", server.url, body: [1]))
    #expect(server.requests.filter { $0.hasPrefix("POST") }.count == 1)
    let silent = ScriptedServer { $0.readRequest() }
    for method in ["POST", "DELETE", "PUT"] {
      #expect(await failure(of: HTTPRequest(method, silent.url))?.code == .disconnected)
      #expect(silent.requests.filter { $0.hasPrefix(method) }.count == 1)
    }
  }

  @Test func aLineBreakNeverReachesTheWire() async throws {
    let server = ScriptedServer.answering("")
    var request = HTTPRequest("GET", server.url)
    request.headers = [("X-Name", "a\r\nX-Smuggled: 1")]
    #expect(await failure(of: request)?.code == .misconfigured)
    request.headers = [("X-Bad\nX-Smuggled", "1")]
    #expect(await failure(of: request)?.code == .misconfigured)
    request.headers = []
    let origin = try #require(WebOrigin(of: server.url))
    request.credentials = HTTPCredentials(.bearer(Secret("secret\n")), for: origin)
    let failure = await failure(of: request)
    #expect(failure?.code == .misconfigured)
    #expect(failure.map { "\($0)" }?.contains("secret\n") == false)
    #expect(server.connections == 0)
  }
}
