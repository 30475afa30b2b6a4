import Facts
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

/// A real Redis 7 of the tests' own, on loopback.
final class TestRedis: Sendable {
  static let shared = TestRedis()
  let port = TestProcess.freePort()
  let directory = TestProcess.directory()
  let server: TestProcess

  init(_ settings: [String] = []) {
    server = TestProcess(
      [
        "/usr/bin/redis-server", "--bind", "127.0.0.1", "--port", "\(port)", "--save", "", "--appendonly",
        "no",
        "--dir", directory, "--unixsocket", "\(directory)/redis.sock",
      ] + settings,
      log: "\(directory)/log"
    )
    while TestProcess(["/usr/bin/redis-cli", "-p", "\(port)", "PING"], log: "/dev/null").wait() != 0 {
      usleep(20_000)
    }
  }

  func options(_ database: Int = 0, user: String? = nil, password: Secret? = nil) throws -> RedisOptions {
    try RedisOptions(address: "redis://127.0.0.1:\(port)/\(database)", user: user, password: password)
  }

  func command(_ words: String..., and more: [String] = []) {
    runToItsEnd(["/usr/bin/redis-cli", "-p", "\(port)"] + words + more)
  }
}

@Suite struct RedisCommandTests {
  @Test(arguments: [
    ["KEYS", "*"], ["monitor"], ["FLUSHALL"], ["SET", "a", "b"], ["CONFIG", "GET", "*"],
    ["SLOWLOG", "RESET"],
    ["SLOWLOG", "GET", "99999999"], ["DEBUG", "SLEEP", "9"], ["EVAL", "x", "0"], [], ["GET"],
  ])
  func whatDoesNotOnlyLookCannotBeMade(words: [String]) {
    #expect(RedisCommand(allowing: words) == nil)
  }

  @Test func lookingIsAllowedAndValuesAreCapped() {
    #expect(RedisCommand(allowing: ["ping"]) != nil)
    #expect(RedisCommand(allowing: ["SLOWLOG", "get", "10"]) != nil)
    #expect(RedisCommand(allowing: ["GET", "a"])?.words == ["GETRANGE", "a", "0", "65535"])
  }

  @Test func addressesAreReadAndShownWithoutThePassword() throws {
    let options = try RedisOptions(address: "redis://ops:geh%65im@Redis:6380/2")
    #expect(options.address == "redis://redis:6380/2")
    #expect(options.user == "ops")
    #expect(options.password?.matches(Secret("geheim")) == true)
    #expect(try RedisOptions(address: "redis://localhost").address == "redis://localhost:6379/0")
    #expect(try RedisOptions(address: "redis://localhost:80").address == "redis://localhost:80/0")
    #expect(try RedisOptions(address: "unix:///run/r.sock?db=3").database == 3)
    for broken in ["http://a", "redis://", "redis://a/x", "redis://a:99999", "unix://"] {
      #expect(throws: SourceFailure.self) { try RedisOptions(address: broken) }
    }
  }

  @Test func informationBecomesFacts() {
    let facts = RedisSource.observations(
      pong: .status("PONG"),
      info: "# Memory\r\nloading:0\r\nused_memory:95\r\nmaxmemory:100\r\n",
      source: "redis"
    )
    #expect(facts.map(\.state) == [.ok, .warn, .nodata, .nodata])
    #expect(facts[1].origin.excerpt == "used_memory:95\nmaxmemory:100")
  }

  @Test(arguments: [
    ("loading:1", FactState.crit, "loading its data"), ("loading:?", .crit, "loading its data"),
    ("loading:0\r\nrole:slave\r\nmaster_link_status:down", .warn, "its master's link is down"),
    ("loading:0\r\nasync_loading:1\r\nmaster_link_status:up", .warn, "loading its master's data"),
    ("loading:0\r\nrole:slave", .error, "how its master's link is is not told"),
    ("used_memory:95", .error, "whether it is loading is not told"),
    ("loading:0\r\nmaster_link_status:up", .ok, "PONG"),
  ])
  func whoAnswersAndIsNotReadyIsNotWell(_ info: String, _ state: FactState, _ word: String) {
    let told = RedisSource.observations(pong: .status("PONG"), info: info, source: "redis")[0]
    #expect(told.state == state && told.word == word)
    #expect((told.value == nil) == (state == .error))
  }

  /// Who may not ask for more has PONG alone: nothing says whether it is ready.
  @Test func whoMayNotAskIsToldThatNothingIsProven() {
    let refused = SourceFailure(.forbidden, at: "r", told: "no right to INFO")
    let told = RedisSource.observations(pong: .status("PONG"), info: "", refused: refused, source: "redis")[0]
    #expect(told.state == .ok && told.absence == .loginRefused && told.word == "PONG, no right to INFO")
  }

  @Test(arguments: ["-5", "lots", "nan", "inf", ""])
  func aNumberThatNoRedisHasIsUnreadable(_ number: String) {
    let names = ["used_memory", "connected_clients", "uptime_in_seconds"]
    let info = names.map { "\($0):\(number)" }.joined(separator: "\r\n")
    let told = RedisSource.observations(pong: .status("PONG"), info: info, source: "redis")
    for (name, fact) in zip(names, told.dropFirst()) {
      #expect(fact.value == nil && fact.state == .error, "\(fact.name)")
      #expect(fact.word == "unreadable: \(name) \(number)")
    }
  }

  @Test func errorRepliesAreMapped() {
    #expect(RedisClient.failure(words: "NOAUTH Authentication required.", at: "r").code == .unauthorized)
    let refused = RedisClient.failure(words: "NOPERM no", of: "INFO", at: "r")
    #expect(refused.code == .forbidden && refused.word == "no right to INFO")
    #expect(RedisClient.failure(words: "LOADING Redis is loading", at: "r").code == .rejected)
  }
}

/// Everything that talks to real servers; some of it freezes the shared one.
@Suite(.serialized) struct RedisLiveTests {
  init() { EventLoop.runOnOwnThread() }

  @LoopActor private func failed(
    _ client: RedisClient,
    _ deadline: Duration = .seconds(2)
  ) async
    -> SourceFailure?
  {
    await failure { () async throws(SourceFailure) in try await client.send(.ping, deadline: deadline) }
  }

  @Test @LoopActor func aUserOfFewRightsIsToldWhichAreMissing() async throws {
    let redis = TestRedis.shared
    for (user, rights) in [("few", "+ping +info"), ("fewer", "+ping"), ("none", "+info")] {
      redis.command(
        "ACL",
        "SETUSER",
        user,
        "on",
        ">pw-of-\(user)",
        "resetkeys",
        "-@all",
        and: rights.split(separator: " ").map(String.init)
      )
    }
    defer { for user in ["few", "fewer", "none"] { redis.command("ACL", "DELUSER", user) } }
    func source(_ user: String, _ database: Int = 0) throws -> RedisSource {
      RedisSource(try redis.options(database, user: user, password: Secret("pw-of-\(user)")))
    }
    // Database 0 is not selected, so what is there is enough.
    let few = try source("few")
    defer { few.close() }
    let reading = try await few.poll()
    #expect(reading.state("redis.state") == .ok && reading.state("redis.memory") == .ok)
    let fewer = try source("fewer")
    defer { fewer.close() }
    let partly = try await fewer.poll()
    #expect(partly.state("redis.state") == .ok)
    let memory = try #require(partly.observations.first { $0.name == "redis.memory" })
    #expect(memory.state == .nodata && memory.word == "no right to INFO")
    for (user, database, word) in [("none", 0, "no right to PING"), ("few", 1, "no right to SELECT")] {
      let refused = try source(user, database)
      defer { refused.close() }
      let failure = await failure { () throws(SourceFailure) in _ = try await refused.poll() }
      #expect(failure?.code == .forbidden && failure?.word == word)
    }
  }

  @Test @LoopActor func sourceReadsMemoryClientsAndState() async throws {
    let source = RedisSource(try TestRedis.shared.options())
    defer { source.close() }
    let reading = try await source.poll()
    #expect(reading.value("redis.state") == .text("up"))
    #expect((reading.value("redis.memory")?.number ?? 0) > 100_000)
    #expect((reading.value("redis.clients")?.number ?? 0) >= 1)
    #expect(reading.value("redis.uptime") != nil)
    #expect(reading.uptime != nil)
    #expect(reading.observations[1].origin.excerpt.hasPrefix("used_memory:"))
  }

  @Test @LoopActor func commandsAtOnceAreAnsweredEach() async throws {
    let server = TestRedis.shared
    server.command("-n", "3", "SET", "a", "one")
    let client = RedisClient(try server.options(3))
    defer { client.close() }
    let tasks = (0..<20).map { number in
      Task { @LoopActor in try await client.send(number % 2 == 0 ? .ping : .get("a")).text }
    }
    var answers: [String?] = []
    for task in tasks { answers.append(try await task.value) }
    #expect(answers == (0..<20).map { $0 % 2 == 0 ? "PONG" : "one" })
    #expect(try await client.send(.get("nothing")) == .text(""))
    let slowLog = try #require(RedisCommand(allowing: ["SLOWLOG", "GET", "5"]))
    guard case .list = try await client.send(slowLog) else {
      Issue.record("no list")
      return
    }
  }

  @Test @LoopActor func unixSocketWorks() async throws {
    let client = RedisClient(
      try RedisOptions(address: "unix://\(TestRedis.shared.directory)/redis.sock")
    )
    defer { client.close() }
    #expect(try await client.send(.ping) == .status("PONG"))
  }

  @Test @LoopActor func refusedAndUnknownAreTold() async throws {
    let refused = RedisClient(try RedisOptions(address: "redis://localhost:\(TestProcess.freePort())"))
    let unknown = RedisClient(try RedisOptions(address: "redis://nowhere.invalid"))
    let socket = RedisClient(try RedisOptions(address: "unix:///nowhere/redis.sock"))
    defer { for client in [refused, unknown, socket] { client.close() } }
    #expect(await failed(refused)?.code == .refused)
    #expect(await failed(unknown, .seconds(10))?.code == .unresolved)
    #expect(await failed(socket)?.code == .refused)
  }

  @Test @LoopActor func passwordsAreNeededAndNeverTold() async throws {
    let server = TestRedis(["--requirepass", "right horse"])
    defer {
      server.server.send(SIGKILL)
      server.server.wait()
    }
    for password in [nil, Secret("wrong horse")] {
      let client = RedisClient(try server.options(password: password))
      defer { client.close() }
      let refusal = await failed(client)
      #expect(refusal?.code == .unauthorized)
      #expect(refusal.map { "\($0)".contains("horse") } == false)
      #expect(await failed(client)?.code == .unauthorized)
    }
    let client = RedisClient(try server.options(user: "default", password: Secret("right horse")))
    defer { client.close() }
    #expect(try await client.send(.ping) == .status("PONG"))
  }

  @Test @LoopActor func aRefusedPasswordIsNotRepeatedUntilSomebodyAsks() async throws {
    let server = TestRedis(["--requirepass", "right horse"])
    defer {
      server.server.send(SIGKILL)
      server.server.wait()
    }
    // Whoever asks with the same login: a source, and a probe beside it.
    let options = try server.options(password: Secret("wrong horse"))
    let (client, probe) = (RedisClient(options), RedisProbe(options))
    defer {
      client.close()
      probe.close()
    }
    #expect(await failed(client)?.code == .unauthorized)
    server.command("-a", "right horse", "CONFIG", "SET", "requirepass", "wrong horse")
    for _ in 0..<3 {
      let refusal = await failed(client)
      #expect(refusal?.code == .unauthorized && refusal?.detail.hasPrefix("this login was refused") == true)
      guard case .failure(let other) = await probe.probe() else {
        Issue.record("it was tried again")
        return
      }
      #expect(other.code == .unauthorized)
    }
    options.standing.forgetRefusal()
    #expect(try await client.send(.ping) == .status("PONG"))
    #expect(throws: Never.self) { try options.standing.check(at: "x", now: LoopActor.now().monotonic) }
  }

  @Test @LoopActor func whoHasNoPasswordIsLetInOnceNoneIsWanted() async throws {
    let server = TestRedis(["--requirepass", "right horse"])
    defer {
      server.server.send(SIGKILL)
      server.server.wait()
    }
    let client = RedisClient(try server.options())
    defer { client.close() }
    for _ in 0..<2 { #expect(await failed(client)?.detail.hasPrefix("NOAUTH ") == true) }
    server.command("-a", "right horse", "CONFIG", "SET", "requirepass", "")
    #expect(try await client.send(.ping) == .status("PONG"))
  }

  @Test @LoopActor func ofSeveralConnectionsAtOnceOneTriesThePassword() async throws {
    let server = TestRedis(["--requirepass", "right horse"])
    defer {
      server.server.send(SIGKILL)
      server.server.wait()
    }
    let options = try server.options(password: Secret("wrong horse"))
    let clients = (0..<4).map { _ in RedisClient(options) }
    defer { for client in clients { client.close() } }
    let tries = clients.map { client in Task { @LoopActor in await failed(client)?.code } }
    for one in tries { #expect(await one.value == .unauthorized) }
    let right = RedisClient(try server.options(password: Secret("right horse")))
    defer { right.close() }
    let reply = try await right.send(#require(RedisCommand(allowing: ["INFO", "errorstats"])))
    #expect(reply.text?.split(whereSeparator: \.isNewline).contains("errorstat_WRONGPASS:count=1") == true)
  }

  @Test @LoopActor func missingDatabaseIsRejected() async throws {
    let client = RedisClient(try TestRedis.shared.options(99))
    defer { client.close() }
    #expect(await failed(client)?.code == .rejected)
  }

  @Test @LoopActor func killedServerIsDisconnectedThenRefused() async throws {
    let server = TestRedis()
    let client = RedisClient(try server.options())
    defer { client.close() }
    _ = try await client.send(.ping)
    server.server.send(SIGSTOP)
    let task = Task { @LoopActor in await self.failed(client) }
    #expect(await comesTrue { client.waitingCount == 1 })
    server.server.send(SIGKILL)
    server.server.wait()
    #expect(await task.value?.code == .disconnected)
    #expect(await failed(client)?.code == .refused)
  }

  @Test @LoopActor func frozenServerTimesOutAndTheLoopLives() async throws {
    let server = TestRedis.shared
    let old = RedisClient(try server.options())
    let new = RedisProbe(try server.options())
    defer {
      server.server.send(SIGCONT)
      old.close()
      new.close()
    }
    _ = try await old.send(.ping)
    server.server.send(SIGSTOP)
    let pulse = LoopPulse()
    #expect(await failed(old, .milliseconds(300))?.code == .timedOut)
    guard case .failure(let late) = await new.probe(deadline: .milliseconds(300)) else {
      Issue.record("a frozen server answered")
      return
    }
    #expect(late.code == .timedOut)
    #expect(pulse.stop() < .milliseconds(200))
    server.server.send(SIGCONT)
    #expect(try await old.send(.ping) == .status("PONG"))
    let again = await new.probe()
    #expect(throws: Never.self) { try again.get() }
  }

  @Test @LoopActor func cancelledTaskEndsAtOnce() async throws {
    let server = TestRedis.shared
    let client = RedisClient(try server.options())
    defer {
      server.server.send(SIGCONT)
      client.close()
    }
    _ = try await client.send(.ping)
    server.server.send(SIGSTOP)
    let task = Task { @LoopActor in await self.failed(client, .seconds(30)) }
    task.cancel()
    #expect(await task.value?.code == .cancelled)
  }

  @Test @LoopActor func whatSpeaksNoRedisIsUnreadable() async throws {
    let server = TestPostgres.shared
    let client = RedisClient(try RedisOptions(address: "redis://127.0.0.1:\(server.port)"))
    defer { client.close() }
    let refusal = await failed(client)
    #expect(refusal?.code == .disconnected || refusal?.code == .unreadable)
  }
}
