import Facts
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

/// Certificates of the tests' own: a CA, what it signed, and what it did not.
final class TestCertificates: Sendable {
  static let shared = TestCertificates()
  let directory = TestProcess.directory()

  init() {
    authority("ca")
    authority("other")
    sign("server", by: "ca", names: "DNS:localhost,IP:127.0.0.1")
    sign("elsewhere", by: "ca", names: "DNS:redis.example.com")
    sign("client", by: "ca", names: "DNS:console")
    sign("old", by: "ca", names: "DNS:localhost", days: -1)
  }

  func path(_ name: String) -> String { "\(directory)/\(name)" }

  private func openssl(_ words: String...) {
    runToItsEnd(["/usr/bin/openssl"] + words, log: path("log"))
  }

  private func authority(_ name: String) {
    openssl(
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-days",
      "2",
      "-subj",
      "/CN=\(name)",
      "-keyout",
      path("\(name).key"),
      "-out",
      path("\(name).pem")
    )
  }

  private func sign(_ name: String, by authority: String, names: String, days: Int = 2) {
    let extensions = path("\(name).ext")
    let file = fopen(extensions, "w")
    fputs("subjectAltName=\(names)\n", file)
    fclose(file)
    openssl(
      "req",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-subj",
      "/CN=\(name)",
      "-keyout",
      path("\(name).key"),
      "-out",
      path("\(name).csr")
    )
    openssl(
      "x509",
      "-req",
      "-in",
      path("\(name).csr"),
      "-CA",
      path("\(authority).pem"),
      "-CAkey",
      path("\(authority).key"),
      "-CAcreateserial",
      "-days",
      "\(days)",
      "-extfile",
      extensions,
      "-out",
      path("\(name).pem")
    )
  }
}

/// A real Redis that speaks TLS beside its plain port.
final class TestTLSRedis: Sendable {
  let port = TestProcess.freePort()
  let plain: TestRedis
  private static let certificates = TestCertificates.shared

  init(certificate name: String = "server", asksForCertificate: Bool = false) {
    let files = Self.certificates
    plain = TestRedis([
      "--tls-port", "\(port)", "--tls-cert-file", files.path("\(name).pem"), "--tls-key-file",
      files.path("\(name).key"), "--tls-ca-cert-file", files.path("ca.pem"), "--tls-auth-clients",
      asksForCertificate ? "yes" : "no",
    ])
  }

  func stop() { plain.server.send(SIGKILL) }

  /// The options of an address on this server; `CERTS` in `query` is where the certificates are.
  func options(
    _ query: String = "sslrootcert=CERTS/ca.pem",
    host: String = "localhost",
    user: String? = nil,
    password: Secret? = nil
  ) throws -> RedisOptions {
    let query = query.replacing("CERTS", with: Self.certificates.directory)
    return try RedisOptions(
      address: "rediss://\(host):\(port)/0" + (query.isEmpty ? "" : "?\(query)"),
      user: user,
      password: password
    )
  }
}

@Suite struct TLSOptionsTests {
  @Test func addressesSayHowTLSIsSpoken() throws {
    let options = try RedisOptions(
      address: "rediss://u:p%40@Redis:7000/2?sslmode=verify-ca&sslrootcert=/a%20b&sslcert=/c&sslkey=/d"
    )
    #expect(options.address == "rediss://redis:7000/2" && options.database == 2 && options.user == "u")
    #expect(options.tls?.check == .authority && options.tls?.authority == "/a b")
    #expect(options.tls?.certificate == "/c" && options.tls?.key == "/d")
    #expect(try RedisOptions(address: "rediss://redis").tls == TLSOptions())
    #expect(TLSOptions().check == .full)
    #expect(try RedisOptions(address: "redis://redis").tls == nil)
  }

  @Test(arguments: [
    "rediss://a?sslmode=disable", "rediss://a?sslmode=", "rediss://a?sslmode=Insecure",
    "rediss://a?sslmod=insecure",
    "rediss://a?sslkey=/x", "rediss://a?verify", "redis://a?sslmode=verify-full", "rediss://", "rediss://a/x",
  ])
  func aSlipMakesNothingLessSafe(_ address: String) {
    #expect(throws: SourceFailure.self) { try RedisOptions(address: address) }
  }
}

/// Redis over TLS, against a real server with certificates that are right and wrong.
@Suite(.serialized) struct RedisTLSTests {
  init() { EventLoop.runOnOwnThread() }

  @LoopActor private func failed(_ options: RedisOptions) async -> SourceFailure? {
    let client = RedisClient(options)
    defer { client.close() }
    do throws(SourceFailure) {
      _ = try await client.send(.ping, deadline: .seconds(30))
      return nil
    } catch {
      return error
    }
  }

  @Test @LoopActor func aUserReadsFactsOverTLS() async throws {
    let redis = TestTLSRedis()
    defer { redis.stop() }
    redis.plain.command(
      "ACL",
      "SETUSER",
      "console",
      "on",
      ">s3cret horse",
      "+ping",
      "+info",
      "+getrange",
      "~*"
    )
    redis.plain.command("SET", "long", and: [String(repeating: "x", count: 60_000)])
    for host in ["localhost", "127.0.0.1"] {
      let options = try redis.options(host: host, user: "console", password: Secret("s3cret horse"))
      let source = RedisSource(options)
      defer { source.close() }
      for _ in 0..<2 {
        let reading = try await source.poll()
        #expect(reading.state("redis.state") == .ok && reading.state("redis.memory") == .ok)
      }
      let client = RedisClient(options)
      defer { client.close() }
      // Several records of TLS, and many commands at once.
      let tasks = (0..<20).map { _ in Task { @LoopActor in try await client.send(.get("long")).text?.count } }
      for task in tasks { #expect(try await task.value == 60_000) }
    }
    let wrong = await failed(try redis.options(user: "console", password: Secret("wrong horse")))
    #expect(wrong?.code == .unauthorized && wrong?.address == "rediss://localhost:\(redis.port)/0")
  }

  @Test @LoopActor func aCertificateOfAnotherIssuerIsRefused() async throws {
    let redis = TestTLSRedis()
    defer { redis.stop() }
    // Neither another CA nor the machine's own have signed it.
    for query in ["sslrootcert=CERTS/other.pem", ""] {
      let failure = await failed(try redis.options(query))
      #expect(failure?.code == .insecure && failure?.word == "unknown issuer")
    }
    #expect(await failed(try redis.options("sslmode=insecure")) == nil)
    let missing = await failed(try redis.options("sslrootcert=/nowhere/ca.pem"))
    #expect(missing?.code == .misconfigured && missing?.word == "no CA in /nowhere/ca.pem")
  }

  @Test @LoopActor func aCertificateOfAnotherHostIsRefused() async throws {
    let redis = TestTLSRedis(certificate: "elsewhere")
    defer { redis.stop() }
    for host in ["localhost", "127.0.0.1"] {
      let failure = await failed(try redis.options(host: host))
      #expect(failure?.code == .insecure && failure?.word == "certificate of another host")
      #expect(failure?.detail.contains("not for \(host)") == true)
    }
    #expect(await failed(try redis.options("sslmode=verify-ca&sslrootcert=CERTS/ca.pem")) == nil)
    let other = await failed(try redis.options("sslmode=verify-ca&sslrootcert=CERTS/other.pem"))
    #expect(other?.word == "unknown issuer")
  }

  @Test @LoopActor func anOldCertificateIsRefused() async throws {
    let redis = TestTLSRedis(certificate: "old")
    defer { redis.stop() }
    let failure = await failed(try redis.options())
    #expect(failure?.code == .insecure && failure?.word == "certificate expired")
  }

  @Test @LoopActor func aServerThatAsksWhoWeAreIsShownACertificate() async throws {
    let redis = TestTLSRedis(asksForCertificate: true)
    defer { redis.stop() }
    let ours = "sslrootcert=CERTS/ca.pem&sslcert=CERTS/client.pem&sslkey=CERTS/"
    #expect(await failed(try redis.options(ours + "client.key")) == nil)
    let none = await failed(try redis.options())
    // The server's word may be lost with the connection that it breaks off.
    #expect(none?.word == "it wants a certificate of ours" || none?.code == .disconnected, "\(none as Any)")
    let other = await failed(try redis.options(ours + "ca.key"))
    #expect(other?.code == .misconfigured && other?.word.hasPrefix("no key of that certificate") == true)
  }

  @Test @LoopActor func serversWithoutTLSAreToldAsThat() async throws {
    // A plain Redis takes a handshake for the beginning of a command, and waits for the rest.
    let plain = RedisClient(try RedisOptions(address: "rediss://localhost:\(TestRedis.shared.port)"))
    defer { plain.close() }
    let silent = await failure { () async throws(SourceFailure) in
      _ = try await plain.send(.ping, deadline: .seconds(3))
    }
    #expect(silent?.code == .timedOut && silent?.detail == "no TLS in time: is it spoken at this port?")
    let refused = await failed(try RedisOptions(address: "rediss://localhost:\(TestProcess.freePort())"))
    #expect(refused?.code == .refused)
    for reply in ["HTTP/1.1 400 Bad Request\r\n\r\n", "-ERR what\r\n", ""] {
      let server = ScriptedServer { connection in
        connection.write(reply)
        if !reply.isEmpty { connection.hang() }
      }
      defer { server.stop() }
      let failure = await failed(try RedisOptions(address: "rediss://127.0.0.1:\(server.port)"))
      #expect(failure?.word == (reply.isEmpty ? "disconnected" : "no TLS there"))
    }
  }

  @Test @LoopActor func aServerThatEndsIsDisconnectedAndOneThatIsSilentTimesOut() async throws {
    let redis = TestTLSRedis()
    let client = RedisClient(try redis.options())
    defer { client.close() }
    _ = try await client.send(.ping)
    redis.stop()
    let failure = await failure { () async throws(SourceFailure) in
      for _ in 0..<100 { _ = try await client.send(.ping) }
    }
    #expect(failure?.code == .disconnected || failure?.code == .refused)
    let silent = ScriptedServer { $0.hang() }
    defer { silent.stop() }
    let waiting = RedisClient(try RedisOptions(address: "rediss://127.0.0.1:\(silent.port)"))
    defer { waiting.close() }
    let late = await DataSourcesTests.failure { () async throws(SourceFailure) in
      _ = try await waiting.send(.ping, deadline: .milliseconds(200))
    }
    #expect(late?.code == .timedOut)
  }

  @Test(.timeLimit(.minutes(1))) @LoopActor func whatDoesNotFitIntoTheSocketIsSentOnceItDoes() async throws {
    let redis = TestTLSRedis()
    defer { redis.stop() }
    let options = try redis.options()
    let trust = try #require(options.tls)
    guard case .success(let context) = TLSContext.make(trust, at: "x") else {
      Issue.record("no context")
      return
    }
    let handle = RedisHandle(address: "127.0.0.1", port: redis.port, tls: (context, trust, "localhost"))
    defer { handle.close() }
    var replies: [RedisReply?] = []
    handle.send(["PING"]) { replies.append($0) }
    #expect(await comesTrue { replies == [.status("PONG")] })
    // A server that doesn't read.
    redis.plain.server.send(SIGSTOP)
    handle.send(["SET", "long", String(repeating: "x", count: 16 << 20)]) { replies.append($0) }
    #expect(await comesTrue { handle.isWriteBlocked })
    redis.plain.server.send(SIGCONT)
    #expect(await comesTrue { replies == [.status("PONG"), .status("OK")] })
  }
}
