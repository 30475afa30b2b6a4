import Facts
import FoundationEssentials
import Testing

@testable import DataSources

/// Servers that send back what they were sent, in every field and form: none of it is told.
@Suite struct EchoTests {
  init() { EventLoop.runOnOwnThread() }

  private static let canary = "C4n/ry+\"&<ä> Z9~x"
  private static let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJvcHMifQ.s1gnatur3_-x"

  /// Every form in which a text may stand somewhere, made by other means than the console's own.
  private static func forms(of text: String) -> [String] {
    let base64 = Data(text.utf8).base64EncodedString()
    let hex = text.utf8.map { byte in
      let isPlain =
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || "-._~".utf8.contains(byte)
      return isPlain
        ? String(Unicode.Scalar(byte))
        : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
    let json = text.replacing("\"", with: "\\\"")
    let ascii = json.replacing("ä", with: "\\u00e4").replacing("&", with: "\\u0026").replacing(
      "<",
      with: "\\u003c"
    )
    .replacing(">", with: "\\u003e")
    let page = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
    return [
      text, base64, base64.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: ""),
      hex.joined(), hex.map { $0.hasPrefix("%") ? $0.lowercased() : $0 }.joined(), json, ascii, page,
    ]
  }

  private static let basic = Data("ops:\(canary)".utf8).base64EncodedString()
  private static let all = forms(of: canary) + forms(of: token) + forms(of: "ops:\(canary)") + [basic]

  /// Whether any form, or a telling part of one, is left in what was told.
  private func remains(_ told: String) -> [String] {
    Self.all.filter { form in told.contains(form.prefix(12)) }
  }

  /// A server that answers with `status` and every form as a header, in words, and in fields of lists that are
  /// read (queues, samples, runs).
  @LoopActor private func server(_ status: String, isCut: Bool = false) -> ScriptedServer {
    ScriptedServer { connection in
      guard let head = connection.readRequest() else { return }
      let line = head.split(separator: "\r\n").first ?? ""
      let shown = Self.all.map { isCut ? String($0.prefix(24)) : $0 }
      let quoted = shown.map { JSONBody.quoted($0) }
      var body =
        "{\"detail\":[\(quoted.joined(separator: ","))],\"words\":\(quoted.joined(separator: ",\"x\":"))}"
      if status.hasPrefix("200") {
        if line.contains("/auth/login") {
          body = "{\"access_token\":\"\(Self.token)\"}"
        } else if line.contains("/api/queues") {
          let entries = quoted.map {
            #"{"name":\#($0),"vhost":\#($0),"state":\#($0),"messages_ready":1,"messages_unacknowledged":0,"consumers":1}"#
          }
          body = "[\(entries.joined(separator: ","))]"
        } else if line.contains("/api/v1/query") {
          let labels = quoted.enumerated().map { "\"l\($0)\":\($1)" }.joined(separator: ",")
          body =
            #"{"status":"success","data":{"resultType":"vector","result":[{"metric":{\#(labels)},"value":[1,"3"]}]}}"#
        } else {
          body = "{\"status\":\(quoted[0]),\"runs\":[\(quoted.joined(separator: ","))]}"
        }
      }
      let headers = shown.filter { !$0.contains("\n") }.enumerated().map { "X-\($0): \($1)\r\n" }.joined()
      connection.write(
        "HTTP/1.1 \(status) \(Self.basic)\r\nLocation: http://x/\(Self.basic)\r\n\(headers)"
          + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
      )
    }
  }

  @LoopActor private func told(
    by poll: @LoopActor () async throws(SourceFailure) -> SourceReading
  ) async -> String {
    do throws(SourceFailure) {
      let reading = try await poll()
      return "\(reading.observations) \(reading.snapshots) \(String(describing: reading.verdict))"
    } catch {
      return "\(error) \(error.word) \(error.detail)"
    }
  }

  private static let statuses = ["200 OK", "302 Found", "401 Unauthorized", "422 Unprocessable", "500 Oops"]

  @Test(arguments: statuses) @LoopActor func noHTTPSourceTellsWhatItSent(_ status: String) async throws {
    for isCut in [false, true] where !(isCut && status.hasPrefix("200")) {
      let server = server(status, isCut: isCut)
      defer { server.stop() }
      let client = HTTPClient()
      defer { client.close() }
      let origin = try #require(WebOrigin(of: server.url))
      let schemes: [HTTPCredentials.Scheme] = [
        .basic(user: "ops", password: Secret(Self.canary)), .bearer(Secret(Self.token)),
      ]
      for (scheme, secret) in zip(schemes, [[Self.canary, "ops:\(Self.canary)"], [Self.token]]) {
        let credentials = HTTPCredentials(scheme, for: origin)
        let sent = secret.flatMap(Self.forms(of:))
        func check(_ told: String, _ what: String) {
          let left = remains(told).filter { sent.contains($0) }
          #expect(left == [], "\(what), \(status)")
        }
        let broker = RabbitMQSource(
          id: "r",
          base: server.url,
          vhost: "v",
          mainQueue: "celery",
          credentials: credentials,
          stalledAfter: .seconds(30),
          client: client
        )
        check(await told { () throws(SourceFailure) in try await broker.poll() }, "RabbitMQ")
        let probe = ServiceProbe.rabbitMQ(
          base: server.url,
          credentials: credentials,
          services: ["rabbitmq"],
          latencyOf: "rabbitmq",
          client: client
        )
        check(await told { () throws(SourceFailure) in try await ProbeSource(probe).poll() }, "alarms")
        let prometheus = PrometheusSource(id: "p", base: server.url, credentials: credentials, client: client)
        check(await told { () throws(SourceFailure) in try await prometheus.poll() }, "Prometheus")
        let liveness = LivenessSource(
          service: "s",
          request: HTTPRequest("GET", server.url, credentials: credentials),
          expecting: .condition(try Condition(parsing: "status == 200")),
          client: client
        )
        check(await told { () throws(SourceFailure) in try await liveness.poll() }, "liveness")
      }
    }
  }

  @Test(arguments: statuses) @LoopActor func theBackendsSessionTellsNoPasswordAndNoToken(
    _ status: String
  ) async throws {
    let server = server(status)
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let session = BackendSession(
      base: server.url,
      login: BackendLogin(email: "ops", password: Secret(Self.canary)),
      memory: nil,
      client: client,
      spacing: .zero
    )
    let canary = ProbeSource(.canary(session: session, services: ["backend"]))
    let reading = await told { () throws(SourceFailure) in try await canary.poll() }
    // The token is sent only after a login; the password only with it.
    let sent = Self.forms(of: status.hasPrefix("200") ? Self.token : Self.canary)
    #expect(remains(reading).filter { sent.contains($0) } == [])
    guard status.hasPrefix("200") else { return }
    let response = try await session.call("GET", "/anything")
    let all = "\(response.headers) \(String(decoding: response.body, as: UTF8.self))"
    #expect(remains(all).filter { sent.contains($0) } == [])
    #expect(all.contains("‹password›"))
  }

  @Test @LoopActor func redisTellsNoPasswordInAnyReply() async throws {
    for reply in Self.forms(of: Self.canary) {
      for form in ["-ERR \(reply)\r\n", "$\(reply.utf8.count)\r\n\(reply)\r\n", "*1\r\n+\(reply)\r\n"] {
        let server = ScriptedServer { connection in
          connection.readLine()
          connection.write("+OK\r\n+OK\r\n")
          for _ in 0..<10 { connection.readLine() }
          connection.write(form)
          connection.hang()
        }
        defer { server.stop() }
        let options = try RedisOptions(
          address: "redis://127.0.0.1:\(server.port)/1",
          password: Secret(Self.canary)
        )
        let client = RedisClient(options)
        defer { client.close() }
        let told: String
        do throws(SourceFailure) {
          told = "\(try await client.send(.info, deadline: .seconds(5)))"
        } catch {
          told = "\(error)"
        }
        #expect(remains(told) == [])
        #expect(told.contains("‹password›"), "\(form)")
      }
    }
  }

  @Test func wordsThatDataHoldByChanceStayInData() {
    // The password of the demo, and of many brokers, is its user's name; a queue may be called so.
    let request = { (password: String) in
      var request = HTTPRequest("GET", "http://h")
      request.credentials = WebOrigin(of: "http://h").map {
        HTTPCredentials(.basic(user: "rabbitmq", password: Secret(password)), for: $0)
      }
      return SentSecrets(request)
    }
    let body = Array(#"[{"name":"rabbitmq","x":"celery"}]"#.utf8)
    #expect(request("rabbitmq").struckOut(ofData: body) == body)
    #expect(request("celery").struckOut(ofData: body) == body)
    // In an error's words they are struck out, and what only begins alike is none of it in data.
    #expect(request("celery").struckOut(ofWords: "login celery") == "login ‹password›")
    #expect(request("celery-2026").struckOut(ofData: body) == body)
    let long = request("a-long-password")
    #expect(long.struckOut(ofWords: "cut short: a-long-p") == "cut short: ‹password›")
    #expect(long.struckOut(ofData: Array("a-long-p".utf8)) == Array("a-long-p".utf8))
    #expect(long.struckOut(ofData: Array("x a-long-password y".utf8)) == Array("x ‹password› y".utf8))
  }

  @Test func whatMarksOneIsNotStruckOutAgain() {
    #expect(Secret("password").struckOut(of: "password is password") == "‹password› is ‹password›")
  }

  @Test @LoopActor func aLargeBodyIsSearchedWithoutHoldingTheKeysUp() async throws {
    let body = String(repeating: "C4n/ry+ ", count: 1 << 20) + Self.canary
    let server = ScriptedServer.answering(body)
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let origin = try #require(WebOrigin(of: server.url))
    let credentials = HTTPCredentials(.bearer(Secret(Self.canary)), for: origin)
    let pulse = LoopPulse()
    let response = try await client.send(
      HTTPRequest("GET", server.url, credentials: credentials, deadline: .seconds(30), cap: 16 << 20)
    )
    #expect(pulse.stop() < .seconds(1))
    #expect(String(decoding: response.body.suffix(14), as: UTF8.self).hasSuffix("‹password›"))
  }

  @Test @LoopActor func aStreamTakesNoCredentials() async throws {
    let server = ScriptedServer.answering("")
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let origin = try #require(WebOrigin(of: server.url))
    let request = HTTPRequest(
      "GET",
      server.url,
      credentials: HTTPCredentials(.bearer(Secret("t")), for: origin)
    )
    let failure = await failure { () throws(SourceFailure) in
      _ = try await client.stream(request) { _ in true }
    }
    #expect(failure?.code == .misconfigured)
    #expect(server.connections == 0)
  }
}
