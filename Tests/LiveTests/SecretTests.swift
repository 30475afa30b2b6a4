import DataSources
import Facts
import Foundation
import Glibc
import Operations
import ScreenSupport
import Testing

/// A secret on every way that it takes: it is found in no file but its own, no argument, environment, crash report,
/// title or output.
@Suite(.serialized) struct LiveSecretTests {
  private static let canary = "Gh0stCanary-7"

  /// The files below a bench that hold the secret, those that are there for it left out.
  private func found(on bench: ComposeBench) -> [String] {
    let base = URL(filePath: bench.directory).deletingLastPathComponent().path
    let names = FileManager.default.enumerator(atPath: base)?.compactMap { $0 as? String } ?? []
    return names.filter { name in
      guard !name.hasSuffix("/.env"), name != "new" else { return false }
      if name.split(separator: "/").last?.hasPrefix("core") == true { return true }
      let bytes = FileManager.default.contents(atPath: "\(base)/\(name)") ?? Data()
      return bytes.range(of: Data(Self.canary.utf8)) != nil
    }
  }

  private func expectNowhere(
    _ told: String...,
    on bench: ComposeBench,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(found(on: bench) == [], sourceLocation: sourceLocation)
    for text in told { #expect(!text.contains(Self.canary), sourceLocation: sourceLocation) }
  }

  @Test func aNewValueIsFoundNowhereWhicheverWayItTakes() async throws {
    let bench = try await ComposeBench(.v2)
    let watch = ProcessWatch(for: Self.canary)
    do {
      try await bench.addBorrower()
      try await byProgramResumeAndRollback(bench)
      try await byRunbook(bench)
      for signal in [SIGSEGV, SIGABRT, SIGTERM] { try crash(bench, by: signal) }
    } catch {
      _ = watch.end()
      try await bench.remove()
      throw error
    }
    #expect(watch.end() == [], "it stood in an argument or environment")
    try await bench.remove()
  }

  private func byProgramResumeAndRollback(_ bench: ComposeBench) async throws {
    let file = try bench.give(Self.canary + "\n")
    let words = ["rotate", "till", "--yes", "--from-command", "--", "/bin/cat", file]
    let before = bench.environmentFile
    let console = try RunningConsole(bench, words)
    while bench.environmentFile == before, console.isRunning { try await Task.sleep(for: .milliseconds(1)) }
    try await console.kill()
    try #require(bench.environmentFile != before, "it was killed too early")
    expectNowhere(on: bench)
    let resumed = try await bench.switchboard("rotate", "--resume", "--yes")
    #expect(resumed.code == 0, "\(resumed)")
    #expect(try bench.started() == [Self.canary, Self.canary])
    expectNowhere(resumed.output, resumed.errors, on: bench)
    // The way back keeps what stood there before, until it is over: here that is another value.
    try bench.configure("gate: service.till.state is crit within 2s")
    try "second-\(getpid())".write(toFile: file, atomically: true, encoding: .utf8)
    let failed = try await bench.switchboard("rotate", "till", "--from-file", file, "--yes")
    #expect(failed.code == 5, "\(failed)")
    let kept = bench.kept["rotation.old"] ?? ""
    #expect(kept.contains(Self.canary), "that is what it is kept for")
    #expect(found(on: bench).map { URL(filePath: $0).lastPathComponent } == ["rotation.old"])
    let back = try await bench.switchboard("rotate", "--rollback", "--yes")
    #expect(back.code == 0, "\(back)")
    expectNowhere(failed.output, failed.errors, back.output, back.errors, on: bench)
    try bench.configure()
    try "third-\(getpid())".write(toFile: file, atomically: true, encoding: .utf8)
    #expect(try await bench.switchboard("rotate", "till", "--from-file", file, "--yes").code == 0)
  }

  private func byRunbook(_ bench: ComposeBench) async throws {
    let path = bench.own("rotate.md")
    try "# Rotate\n\nNew values.\n\n```{action=credentials.rotate target=till}\n```\n"
      .write(toFile: path, atomically: true, encoding: .utf8)
    let console = try PseudoTerminal(
      [LiveStack.binary, "runbook", "run", path],
      environment: bench.variables,
      directory: bench.directory,
      width: 160
    )
    defer { console.end() }
    #expect(console.wait(for: "new TILL_KEY"), "\(console.screen.text)")
    console.type(Self.canary + "\r")
    #expect(console.wait(for: "Run it? Type yes:"), "\(console.screen.text)")
    console.type("yes\r")
    #expect(console.exitStatus() == 0, "\(console.screen.text)")
    #expect(try bench.started() == [Self.canary, Self.canary])
    let output = String(decoding: console.takeOutput(), as: UTF8.self)
    #expect(output.contains("TILL_KEY"))
    expectNowhere(output, on: bench)
    // Back to another one, so that what is typed below is nowhere.
    let file = try bench.give("fourth-\(getpid())")
    #expect(try await bench.switchboard("rotate", "till", "--from-file", file, "--yes").code == 0)
  }

  /// Ends the console while it holds what was typed, unfinished and given.
  private func crash(_ bench: ComposeBench, by signal: Int32) throws {
    for isGiven in [false, true] {
      let console = try PseudoTerminal(
        [LiveStack.binary],
        environment: bench.variables,
        directory: bench.directory,
        width: 160,
        height: 48
      )
      defer { console.end() }
      console.selectService("till")
      console.press("K")
      console.see("new TILL_KEY: ")
      for character in Self.canary { console.press(String(character)) }
      console.see("new TILL_KEY: *************")
      if isGiven {
        console.press(Key.enter)
        console.see("ROTATE till")
      }
      console.signal(signal)
      #expect(console.exitStatus() == 128 + Int(signal))
      expectNowhere(String(decoding: console.takeOutput(), as: UTF8.self), console.screen.text, on: bench)
    }
  }

  /// What the stack's own servers are logged in to with stands in nothing that the console keeps or tells colleagues:
  /// neither in the record, whichever file of it, nor in journals, copies of messages and what is printed.
  @Test func theStacksPasswordsStandInNoRecordAndOnNoBoard() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    // The broker's is a word that stands everywhere.
    let secret = try #require(stack.variables["OPS_PASSWORD"])
    // In memory: what is put aside is long, and each of its lines is written durably.
    let state = "/dev/shm/switchboard-secrets-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: state) }
    let queue = try await QueueBench(stack, "acts-secret")
    do {
      try await queue.publish("the password is \(secret), it says")
      try await tellNobody(secret, stack, queue, state: state)
    } catch {
      try await queue.remove()
      throw error
    }
    try await queue.remove()
  }

  private func tellNobody(
    _ secret: String,
    _ stack: LiveStack,
    _ queue: QueueBench,
    state: String
  ) async throws {
    let config = try String(contentsOfFile: stack.variables["SWITCHBOARD_CONFIG"] ?? "", encoding: .utf8)
    let path = "\(stack.directory)/with-own.yaml"
    let own = """
      actions:
        leak: {run: [/bin/sh, -c, 'echo "is $OPS_PASSWORD"'], class: 1}
        named: {run: [/bin/echo, "{it}"], inputs: [it], class: 1}

      """
    try (config + own).write(toFile: path, atomically: true, encoding: .utf8)
    let environment = ["XDG_STATE_HOME": state, "SWITCHBOARD_CONFIG": path]
    func run(_ commands: [[String]]) async throws {
      for words in commands {
        let outcome = try await stack.switchboard(words, environment: environment)
        #expect(outcome.code != 64 && outcome.code != 65, "\(words): \(outcome)")
        // Who types it sees what was typed.
        guard !words.contains(secret) else { continue }
        #expect(!(outcome.output + outcome.errors).contains(secret), "\(words): \(outcome)")
      }
    }
    let argument = try await stack.switchboard(["do", "named", secret, "--yes"], environment: environment)
    #expect(
      argument.code == 6 && argument.errors.contains("it holds a secret: it is one argument"),
      "\(argument)"
    )
    #expect(!(argument.output + argument.errors).contains(secret))
    try await run([
      ["do", "leak", "--yes"], ["restart", "celery-beat", "--yes"], ["note", "it is", secret],
      ["queue", "peek", queue.name, "--yes"],
      ["queue", "export", queue.name, "--yes"],
    ])
    try await fillRecord(in: state)
    try await run([
      ["do", "leak", "--yes"], ["note", "it is", secret], ["workers", "ping", "celery", "--yes"],
      ["psql", "--dry-run"], ["redis-cli", "--yes"], ["runbook", "run", "worker-down", "--yes", "--json"],
      ["status", "--json"], ["check", "backend", "--json"], ["runs", "failed", "--json"],
      ["validations", "low", "--json"], ["query", "ls"], ["config", "print", "--origins"],
      ["audit", "verify"],
    ])
    let names = FileManager.default.enumerator(atPath: state)?.compactMap { $0 as? String } ?? []
    for kept in ["audit-1.jsonl", "audit.jsonl", "audit.head", ".jsonl", "runs/"] {
      #expect(names.contains { $0.hasSuffix(kept) || $0.contains(kept) }, "\(kept): \(names)")
    }
    #expect(names.contains { $0.contains("exports/") }, "\(names)")
    for name in names {
      let text = (try? String(contentsOfFile: "\(state)/\(name)", encoding: .utf8)) ?? ""
      #expect(!text.contains(secret), "\(name)")
      if name.hasSuffix("audit-1.jsonl") || name.hasSuffix("audit.jsonl") {
        #expect(text.contains("own.leak") && text.contains("it is ‹"), "\(name)")
      }
    }
    let board = try await stack.board()
    #expect(board.contains("service.restart") && board.contains("own.leak"))
    #expect(!board.contains(secret))
  }

  /// Fills the record up to what is put aside, so that the next line begins a new file.
  @LoopActor private func fillRecord(in state: String) async throws {
    let directory = StateDirectory(root: state, environment: "demo")
    let log = AuditLog(directory: directory, author: AuditAuthor(user: "filler", host: "here", process: 1))
    var record = AuditRecord(
      .refused,
      act: "filled",
      time: WallTime(secondsSince1970: 1_700_000_000),
      environment: "demo",
      action: "service.restart",
      target: "backend"
    )
    record.reason = String(repeating: "x", count: 8_000)
    for number in 0..<2_200 {
      record.act = "filled-\(number)"
      try await log.append(record)
    }
  }
}

extension LiveStack {
  /// Everything that consoles have told each other in Redis: keys, notes and the timeline.
  func board() async throws -> String {
    let script = """
      local told = {}
      for _, key in ipairs(redis.call('KEYS', 'switchboard:*')) do
        local kind = redis.call('TYPE', key).ok
        local value = kind == 'stream' and cjson.encode(redis.call('XRANGE', key, '-', '+')) or redis.call('GET', key)
        table.insert(told, key .. ' ' .. tostring(value))
      end
      table.sort(told)
      return table.concat(told, '\\n')
      """
    return try await evaluate(script)
  }

  /// What a script says in the stack's Redis.
  @discardableResult func evaluate(_ script: String) async throws -> String {
    let url = try #require(variables["STACK_REDIS_URL"])
    let told = try await Self.run(["/usr/bin/redis-cli", "-u", url, "--raw", "EVAL", script, "0"])
    #expect(told.code == 0 && !told.output.hasPrefix("ERR"), "\(told)")
    return told.output
  }
}
