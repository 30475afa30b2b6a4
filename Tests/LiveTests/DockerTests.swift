import DataSources
import Facts
import Foundation
import ScreenSupport
import Testing

/// A real compose project, found without any configuration: shown, restarted, proven, left alone.
@Suite(.serialized) struct LiveDockerTests {
  private func stack() async throws -> ComposeStack { try await ComposeStack.shared.value }

  /// What each service of the project must be, whichever way it is told.
  private static let expected: [String: (state: FactState, word: String)] = [
    "database": (.ok, "healthy"), "redis": (.ok, "healthy"), "web": (.ok, "healthy"),
    "sick": (.crit, "unhealthy"), "worker 1": (.nodata, "no check"), "worker 2": (.nodata, "no check"),
    "migrate": (.ok, "done"), "looping": (.crit, "restarting"), "hungry": (.crit, "out of memory"),
    "fragile": (.nodata, "no check"),
  ]

  private func isAsExpected(_ status: JSONValue) -> Bool {
    let services = status["services"]?.list ?? []
    return services.count == Self.expected.count
      && services.allSatisfy { service in
        let wanted = Self.expected[service["name"]?.text ?? ""]
        // A busy engine may miss the kernel's word that a kill was for memory.
        let word = service["word"]?.text == "killed by SIGKILL" ? "out of memory" : service["word"]?.text
        return service["state"]?.text == wanted?.state.rawValue && word == wanted?.word
      }
  }

  @Test func statusTellsTheProjectOfTheDirectoryAndNoOther() async throws {
    let stack = try await stack()
    let (isExpected, outcome) = try await stack.status(until: isAsExpected)
    #expect(isExpected, "\(outcome.output)\(outcome.errors)")
    #expect(outcome.code == 2)
    var plain = try await stack.switchboard("status")
    // A busy machine may take longer over docker-compose than the console waits; it says so.
    for _ in 0..<20 where plain.errors.contains("docker-compose: timed out") {
      plain = try await stack.switchboard("status")
    }
    #expect(plain.output.contains("LOCAL shop"))
    #expect(!plain.output.contains("ledger"))
    #expect(plain.errors.contains("project shop as docker-compose reads it"))
  }

  @Test func thePublishedPortsAreProbedWithTheCredentialsOfTheFile() async throws {
    let stack = try await stack()
    let (isExpected, outcome) = try await stack.status { status in
      [("redis", "redis"), ("database", "postgres")].allSatisfy { name, probe in
        let service = status["services"]?.list?.first { $0["name"]?.text == name }
        return service?["probes"]?.list?.contains { $0["name"]?.text == probe && $0["state"]?.text == "ok" }
          ?? false
      }
    }
    #expect(isExpected, "\(outcome.output)")
    #expect(!outcome.output.contains(ComposeStack.password))
  }

  @Test func theScreenShowsThemLive() async throws {
    let stack = try await stack()
    let console = try stack.console()
    console.see("compose shop")
    console.press("1")
    let words = [
      "● redis healthy", "● database healthy", "● web healthy", "✗ sick unhealthy", "✗ hungry",
      "● migrate done", "✗ looping restarting", "◌ fragile no check",
    ]
    #expect(
      console.wait { screen in words.allSatisfy(rows(screen).contains) },
      "\(console.screen.text)"
    )
    #expect(!console.screen.text.contains("ledger"))
    console.selectService("hungry")
    console.see("last lines")
    console.see("ERROR eating all of it")
    console.selectService("web")
    #expect(
      console.wait(seconds: 20) {
        $0.text.firstMatch(of: /uses +cpu [0-9<]+% .* memory [0-9.]+ .?i?B/) != nil
      },
      "\(console.screen.text)"
    )
    let web = try #require(try stack.containers()["shop_web_1"])
    try stack.engine.ask("POST", "/containers/\(web.id)/pause")
    console.see("paused")
    try stack.engine.ask("POST", "/containers/\(web.id)/unpause")
    #expect(console.wait { rows($0).contains("● web healthy") }, "\(console.screen.text)")
    console.press("q", "q")
    #expect(console.exitStatus() == 0)
  }

  /// The screen's text, each run of blanks as one.
  private func rows(_ screen: VirtualScreen) -> String {
    screen.text.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
  }

  // MARK: restarts by key

  @Test func aRestartHitsThePreviewedContainerWhateverTheListDoesMeanwhile() async throws {
    let stack = try await stack()
    let (before, others, writes) = try (stack.containers(), stack.others(), stack.engine.writes.count)
    let lines = stack.auditLines.count
    let web = try #require(before["shop_web_1"])
    let console = try stack.console()
    open(console, "web")
    console.see("POST /containers/\(web.id.prefix(12))/restart?t=10")
    console.see("disruptive")
    // Its own service is scaled, one that sorts before it appears and another one goes.
    try await stack.compose("up", "-d", "--no-recreate", "--scale", "web=2", "--scale", "worker=2")
    let newcomer = try stack.engine.run("newcomer", project: ComposeStack.project, service: "aardvark")
    let sick = try #require(before["shop_sick_1"])
    try stack.engine.ask("POST", "/containers/\(sick.id)/stop?t=0")
    let ours = stack.engine.writes.count
    confirm(console)
    console.see("✓ recovered in ")
    #expect(Array(stack.engine.writes.dropFirst(ours)) == ["POST /v1.41/containers/\(web.id)/restart?t=10"])
    #expect(Array(stack.auditLines.dropFirst(lines)) == ["begin web", "end web done"])
    let after = try stack.containers()
    #expect(after["shop_web_1"]?.id == web.id)
    #expect(after["shop_web_1"]?.startedAt != web.startedAt)
    for name in ["shop_redis_1", "shop_database_1", "shop_worker_1", "shop_worker_2"] {
      #expect(after[name] == before[name], "\(name)")
    }
    #expect(try stack.others() == others)
    #expect(stack.engine.writes.count > writes)
    console.press(Key.enter, "q", "q")
    try stack.engine.ask("DELETE", "/containers/\(newcomer)?force=1")
    try stack.engine.ask("POST", "/containers/\(sick.id)/start")
    let second = try #require(after["shop_web_2"])
    try stack.engine.ask("DELETE", "/containers/\(second.id)?force=1")
  }

  @Test func aContainerRecreatedUnderTheDialogIsAskedAboutOnceMore() async throws {
    let stack = try await stack()
    let console = try stack.console()
    open(console, "redis")
    let old = try #require(try stack.containers()["shop_redis_1"])
    console.see("POST /containers/\(old.id.prefix(12))/restart")
    try await stack.compose("up", "-d", "--no-deps", "--force-recreate", "redis")
    let new = try #require(try stack.containers()["shop_redis_1"])
    let writes = stack.engine.writes.count
    #expect(new.id != old.id)
    confirm(console)
    console.see("changed meanwhile: redis was recreated")
    console.see("POST /containers/\(new.id.prefix(12))/restart?t=10")
    #expect(stack.engine.writes.count == writes)
    confirm(console)
    console.see("✓ recovered in ")
    #expect(Array(stack.engine.writes.dropFirst(writes)) == ["POST /v1.41/containers/\(new.id)/restart?t=10"])
    console.press(Key.enter, "q", "q")
  }

  /// Whether the compose CLI has told its own reading, or was given up: on a busy machine it needs more than its time.
  private static func hasAsked(_ text: String) -> Bool {
    text.contains("as docker-compose reads it") || text.contains("the files are read plainly")
  }

  /// Opens the restart preview of a service.
  private func open(_ console: PseudoTerminal, _ service: String) {
    console.see("compose shop")
    // The compose CLI's own reading replaces the first one; a key before that would only delay it.
    #expect(console.wait { Self.hasAsked($0.text) }, "\(console.screen.text)")
    console.selectService(service)
    console.press("r")
    console.see("RESTART \(service)")
  }

  /// Class 2: `y`, and after a moment Enter.
  private func confirm(_ console: PseudoTerminal) {
    console.confirm()
    console.see("Enter runs it")
    console.settle(milliseconds: 300)
    console.press(Key.enter)
  }

  // MARK: restarts by command

  @Test func theCommandRestartsTheOneContainerAndProvesIt() async throws {
    let stack = try await stack()
    let (before, others) = try (stack.containers(), stack.others())
    let (writes, lines) = (stack.engine.writes.count, stack.auditLines.count)
    let redis = try #require(before["shop_redis_1"])
    let outcome = try await stack.switchboard("restart", "redis", "--yes")
    #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
    #expect(outcome.output.contains("POST /containers/\(redis.id.prefix(12))/restart?t=10"))
    #expect(outcome.output.contains("hits    web"))
    #expect(outcome.output.contains("✓ done: recovered in"))
    #expect(
      Array(stack.engine.writes.dropFirst(writes)) == ["POST /v1.41/containers/\(redis.id)/restart?t=10"]
    )
    #expect(Array(stack.auditLines.dropFirst(lines)) == ["begin redis", "end redis done"])
    var after = try stack.containers()
    #expect(after["shop_redis_1"]?.id == redis.id)
    #expect(after["shop_redis_1"]?.startedAt != redis.startedAt)
    after["shop_redis_1"] = redis
    after["shop_looping_1"] = before["shop_looping_1"]
    #expect(after == before)
    #expect(try stack.others() == others)
    #expect(try await stack.switchboard("audit", "verify").code == 0)
  }

  @Test func oneOfSeveralIsNamedByItsNumberAndTheOthersStay() async throws {
    let stack = try await stack()
    let before = try stack.containers()
    let vague = try await stack.switchboard("restart", "worker", "--yes")
    #expect(vague.code == 6)
    #expect(vague.errors.contains("worker is 2 of them: name one"), "\(vague.errors)")
    let outcome = try await stack.switchboard("restart", "worker 2", "--yes", environment: stack.hurried())
    #expect(outcome.code == 1, "\(outcome.output)\(outcome.errors)")
    #expect(outcome.output.contains("○ done, unproven: nothing to prove it by; same start time 2 s later"))
    let after = try stack.containers()
    #expect(after["shop_worker_1"] == before["shop_worker_1"])
    #expect(after["shop_worker_2"]?.id == before["shop_worker_2"]?.id)
    #expect(after["shop_worker_2"]?.startedAt != before["shop_worker_2"]?.startedAt)
  }

  @Test func aContainerThatDiesAfterItsStartIsFailedWithItsExitCode() async throws {
    let stack = try await stack()
    let outcome = try await stack.switchboard("restart", "fragile", "--yes", environment: stack.hurried())
    #expect(outcome.code == 5, "\(outcome.output)\(outcome.errors)")
    let told = #/✗ failed: it does not run: exited after [0-9.]+ s with code 7/#
    #expect(outcome.output.firstMatch(of: told) != nil, "\(outcome.output)")
  }

  @Test func aCrashLoopIsFailedWithItsExitCode() async throws {
    let stack = try await stack()
    let outcome = try await stack.switchboard("restart", "looping", "--yes", environment: stack.hurried())
    #expect(outcome.code == 5, "\(outcome.output)\(outcome.errors)")
    #expect(outcome.output.contains("restarting: exited 3"), "\(outcome.output)")
  }

  @Test func whatWasKilledForMemoryIsWellOnceItRunsAgain() async throws {
    let stack = try await stack()
    let outcome = try await stack.switchboard("restart", "hungry", "--yes", environment: stack.hurried())
    #expect(outcome.code == 1, "\(outcome.output)\(outcome.errors)")
    let status = try await stack.switchboard("status", "--json")
    let hungry = status.json["services"]?.list?.first { $0["name"]?.text == "hungry" }
    #expect(hungry?["word"]?.text == "no check", "\(status.output)")
  }

  /// An engine that says yes and does nothing: all else is the real one's answer.
  @Test func aRestartThatChangesNothingIsNeverCalledDone() async throws {
    let stack = try await stack()
    let before = try stack.containers()
    let socket = "\(stack.directory)/liar.sock"
    let engine = stack.engine
    let liar = ScriptedServer.routing(unixSocket: socket) { line in
      let words = line.split(separator: " ")
      guard words.count == 2, words[0] == "GET" else { return [] }
      guard !words[1].contains("/events") else { return nil }
      return (try? engine.ask("GET", String(words[1]))).map { Array($0.utf8) }
    }
    defer { liar.stop() }
    var variables = try stack.hurried()
    variables["DOCKER_HOST"] = "unix://\(socket)"
    let outcome = try await stack.switchboard("restart", "redis", "--yes", environment: variables)
    #expect(outcome.code == 5, "\(outcome.output)\(outcome.errors)")
    #expect(outcome.output.contains("✗ failed: start time did not change"), "\(outcome.output)")
    #expect(liar.requests.contains { $0.hasPrefix("POST ") && $0.contains("/restart?t=10 ") })
    #expect(try stack.containers()["shop_redis_1"] == before["shop_redis_1"])
  }

  // MARK: what must not happen

  @Test func readOnlyLetsNoWriteReachTheEngine() async throws {
    let stack = try await stack()
    let (before, writes) = try (stack.containers(), stack.engine.writes.count)
    let lines = stack.auditLines.count
    let console = try stack.console("--read-only")
    console.see("read-only")
    open(console, "redis")
    console.see("started with --read-only")
    #expect(!console.screen.text.contains("runs it"))
    console.confirm()
    console.settle(milliseconds: 300)
    console.press(Key.enter)
    #expect(console.wait { _ in Array(stack.auditLines.dropFirst(lines)) == ["refused redis"] })
    console.see("started with --read-only")
    console.press("q", "q")
    let command = try await stack.switchboard("restart", "redis", "--yes", "--read-only")
    #expect(command.code == 6, "\(command.output)\(command.errors)")
    #expect(Array(stack.auditLines.dropFirst(lines)) == ["refused redis", "refused redis"])
    #expect(stack.engine.writes.count == writes)
    #expect(try stack.containers()["shop_redis_1"] == before["shop_redis_1"])
  }

  @Test func aDeadEngineIsAnErrorWithItsCauseAndStallsNothingElse() async throws {
    let stack = try await stack()
    // Another engine, with one container of the project's: the published ports stay the real ones.
    let engine = try TestEngine()
    try engine.run("shop_web_1", project: ComposeStack.project, service: "web")
    let environment = ["DOCKER_HOST": "unix://\(engine.socket)"]
    let console = try stack.console(environment: environment)
    #expect(console.wait { Self.hasAsked($0.text) }, "\(console.screen.text)")
    console.press("1")
    #expect(console.wait { rows($0).contains("◌ web no check") }, "\(console.screen.text)")
    engine.kill()
    #expect(console.wait { rows($0).contains("? web ERROR refused") }, "\(console.screen.text)")
    console.see("since")
    // The list is narrow beside the details; the sheet has the whole address.
    console.press(":")
    console.type("sources")
    console.press(Key.enter)
    console.see("unix:\(engine.socket)")
    console.press(Key.escape)
    #expect(console.wait { rows($0).contains("● redis answers") }, "\(console.screen.text)")
    console.press("9")
    #expect(console.wait(seconds: 2) { $0.text.contains("┌─ Timeline") })
    console.press("q", "q")
    #expect(console.exitStatus() == 0)
    let status = try await stack.switchboard("status", environment: environment)
    #expect(status.output.contains("refused at unix:\(engine.socket) since"), "\(status.output)")
    #expect(
      status.output.contains("Nothing answers at the socket: is its server running"),
      "\(status.output)"
    )
    let restart = try await stack.switchboard("restart", "redis", "--yes", environment: environment)
    #expect(restart.code == 6, "\(restart.output)\(restart.errors)")
  }

  /// A container's label may hold anything, and so may the body of an error.
  @Test func hostileLabelsAndErrorBodiesAreVisibleHarmlessAndAligned() async throws {
    let stack = try await stack()
    let engine = try TestEngine()
    let label = #"evil\u001b[2J\u001b]0;owned\u0007\u009b5A\u202eleft\u200b漢"#
    try engine.run("shop_evil_1", project: "evil", service: label)
    try engine.run("shop_web_1", project: "evil", service: "web")
    let server = ScriptedServer { connection in
      let body = String(repeating: "bad\u{1B}[1;1H\u{1B}]0;owned\u{07}\u{9B}5A\u{202E}漢 ", count: 2_000)
      while connection.readRequest() != nil {
        connection.write(
          "HTTP/1.1 500 \u{1B}[31mNo\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        )
      }
    }
    defer { server.stop() }
    let path = "\(stack.directory)/evil.yaml"
    let text = """
      version: 1
      environments:
        evil:
          runtime: {kind: compose, project: evil, engine: "unix://\(engine.socket)"}
          services: {web: {liveness: {url: "\(server.url)", when: status == 200}}}
      """
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    let console = try stack.console(environment: ["SWITCHBOARD_CONFIG": path])
    console.see("evil␛[2J␛]0;owned␇")
    console.selectService("web")
    console.see("HTTP 500")
    console.expectAligned()
    console.press("i")
    console.see("bad␛[1;1H␛]0;owned␇")
    console.press(Key.escape)
    console.expectAligned()
    #expect(!String(decoding: console.takeOutput(), as: UTF8.self).contains("]0;owned\u{07}"))
    console.press("Q")
    #expect(console.exitStatus() == 0)
  }

  @Test func whatConfigInitWritesIsAcceptedAndShowsTheSame() async throws {
    let stack = try await stack()
    let home = ["XDG_CONFIG_HOME": "\(stack.directory)/written"]
    let written = try await stack.switchboard("config", "init", environment: home)
    #expect(written.code == 0, "\(written.output)\(written.errors)")
    let path = "\(stack.directory)/written/switchboard/config.yaml"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(!text.contains(ComposeStack.password), "\(text)")
    let unset = try await stack.switchboard("config", "check", environment: home)
    #expect(unset.code == 65 && unset.errors.contains("POSTGRES_PASSWORD is not set"), "\(unset.errors)")
    let secrets = ["POSTGRES_PASSWORD": ComposeStack.password, "REDIS_PASSWORD": ComposeStack.password]
    let check = try await stack.switchboard("config", "check", environment: home.merging(secrets) { $1 })
    #expect(check.code == 0, "\(check.output)\(check.errors)\n\(text)")
    let told = { (outcome: LiveStack.Outcome) in
      (outcome.json["services"]?.list ?? []).filter { $0["name"]?.text != "looping" }.map { service in
        "\(service["name"]?.text ?? "") \(service["state"]?.text ?? "") \(service["word"]?.text ?? "") \(service["probes"]?.list?.count ?? 0)"
      }
    }
    let found = try await stack.switchboard("status", "--json")
    let configured = try await stack.switchboard(
      "status",
      "--json",
      environment: home.merging(secrets) { $1 }
    )
    #expect(told(configured) == told(found), "\(text)\(configured.errors)")
    #expect(configured.errors.isEmpty, "\(configured.errors)")
  }
}
