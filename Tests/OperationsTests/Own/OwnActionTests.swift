import DataSources
import Facts
import Testing

@testable import Operations

/// Actions of somebody's own: what runs, what may stand in it, and what proves it.
@Suite struct OwnActionTests {
  init() { EventLoop.runOnOwnThread() }

  private func settings(
    _ run: String...,
    change: (inout OwnActionSettings) -> Void = { _ in }
  ) -> OwnActionSettings {
    var settings = OwnActionSettings(name: "mine")
    settings.run = run
    change(&settings)
    return settings
  }

  @LoopActor private func executor(
    _ bench: Bench,
    _ settings: OwnActionSettings,
    _ restriction: WriteMode.Restriction = .none
  ) -> Executor {
    bench.catalog = ActionCatalog.standard.with([settings])
    return bench.executor(restriction)
  }

  private func request(_ inputs: [String: String] = [:], on target: ActionTarget? = nil) -> ActionRequest {
    ActionRequest("own.mine", on: target ?? ActionTarget(.environment, name: "dev"), arguments: inputs)
  }

  @LoopActor private func run(
    _ bench: Bench,
    _ settings: OwnActionSettings,
    _ inputs: [String: String] = [:]
  ) async throws -> Verdict {
    let executor = executor(bench, settings)
    let plan = try await executor.plan(request(inputs))
    guard case .ended(let verdict) = await executor.run(plan, { bench.events.append($0) }) else {
      throw Unended()
    }
    return verdict
  }

  private struct Unended: Error {}

  @Test @LoopActor func anInputStaysOneWordWhateverIsInIt() async throws {
    let bench = Bench()
    let mine = settings("/usr/bin/printf", "%s|", "a{key}b", "{key}", "{}", "{not closed") {
      $0.inputs = ["key"]
    }
    let verdict = try await run(bench, mine, ["key": "x $(id) ; 'y' {key}"])
    #expect(verdict.output == ["ax $(id) ; 'y' {key}b|x $(id) ; 'y' {key}|{}|{not closed|"])
    #expect(verdict.headline == "done, unproven: it ended with status 0; nothing to prove it by")
    #expect(bench.audit.lines == ["begin", "end done, unproven"])
  }

  @Test(arguments: ["--all", "-rf", "", "a\nb", "a\u{0}b", String(repeating: "x", count: 1_025)])
  @LoopActor func whatCouldBeAnOptionOrIsNoWordIsRefused(_ value: String) async throws {
    let bench = Bench()
    let executor = executor(bench, settings("/bin/echo", "{key}") { $0.inputs = ["key"] })
    await #expect(throws: Refusal.self) { _ = try await executor.plan(request(["key": value])) }
  }

  @Test @LoopActor func aSecretIsNoArgument() async throws {
    let known = KnownCredentials(forms: [Array("s3cr3t-canary".utf8)], words: [])
    let executor = executor(Bench(), settings("/bin/echo", "{key}") { $0.inputs = ["key"] })
    await #expect(throws: Refusal.notPossible("key holds a secret: it is one argument of a program")) {
      _ = try await executor.plan(request(["key": "it is s3cr3t-canary"]))
    }
    withExtendedLifetime(known) {}
  }

  @Test @LoopActor func itIsRefusedInReadOnlyWhateverItsClass() async throws {
    let bench = Bench()
    let directory = "/tmp/switchboard-own-\(UInt64.random(in: 0...UInt64.max))"
    let executor = executor(
      bench,
      settings("/bin/mkdir", directory) { $0.dangerClass = 1 },
      .forced(why: "--read-only")
    )
    let plan = try await executor.plan(request())
    #expect(plan.danger == .mild && plan.exact == "/bin/mkdir \(directory)")
    guard case .refused = await executor.run(plan, { _ in }) else { throw Unended() }
    let look = try await run(Bench(), settings("/usr/bin/test", "-e", directory))
    #expect(look.headline == "failed: it ended with status 1")
  }

  @Test @LoopActor func whatFailsOrIsKilledIsNotDone() async throws {
    let failed = try await run(Bench(), settings("/bin/sh", "-c", "echo oh >&2; exit 3"))
    #expect(failed.headline == "failed: it ended with status 3" && failed.output == ["oh"])
    let killed = try await run(Bench(), settings("/bin/sleep", "1000") { $0.deadline = .milliseconds(100) })
    #expect(killed.outcome == .unknown, "\(killed.headline)")
    let stubborn = "trap '' TERM; ( trap '' TERM; while :; do sleep 0.1; done ) & yes"
    let ended = try await run(
      Bench(),
      settings("/bin/sh", "-c", stubborn) { $0.deadline = .milliseconds(300) }
    )
    #expect(ended.outcome == .unknown && ended.output.count <= 201, "\(ended.headline)")
    let missing = try await run(Bench(), settings("/nowhere/at/all"))
    #expect(
      missing.outcome == .failed && missing.told.string.contains("no such program"),
      "\(missing.headline)"
    )
  }

  /// A world whose `queue.depth` is that number as of each moment that it is looked at.
  @LoopActor private func bench(depth: Double?, isOld: Bool = false) -> Bench {
    let bench = Bench()
    let begun = bench.clock.now()
    bench.tells = { [weak bench] in
      guard let bench else { return World() }
      let now = isOld ? begun : bench.clock.now()
      var world = World()
      let observation = Observation(
        "queue.depth",
        depth.map { .number($0) },
        origin: Origin(source: "rabbitmq", query: "")
      )
      world.apply(
        SourceReport(
          source: "rabbitmq",
          startedAt: now,
          endedAt: now,
          result: .success(SourceReading([observation]))
        )
      )
      return world
    }
    return bench
  }

  @Test @LoopActor func aGateThatHoldsProvesIt() async throws {
    let mine = settings("/bin/true") { $0.gate = "queue.depth < 500 within 20s holding 3" }
    let verdict = try await run(bench(depth: 4), mine)
    #expect(
      verdict.headline == "done, it ended with status 0, and queue.depth < 500 within 20s holding 3 holds"
    )
  }

  @Test @LoopActor func aGateThatIsFalseUnknownOrOldNeverIs() async throws {
    let mine = settings("/bin/true") { $0.gate = "queue.depth < 500 within 5s" }
    #expect(try await run(bench(depth: 900), mine).outcome == .failed)
    #expect(try await run(bench(depth: nil), mine).outcome == .unknown)
    #expect(try await run(bench(depth: 4, isOld: true), mine).outcome == .unknown)
    #expect(try await run(Bench(), mine).outcome == .unknown)
  }

  @Test @LoopActor func aServiceIsFrozenAsForEveryAction() async throws {
    let bench = Bench()
    let executor = executor(bench, settings("/bin/echo", "{target}") { $0.scope = .service })
    let plan = try await executor.plan(request(on: ActionTarget(.service, name: "postgres")))
    #expect(plan.target.identity?.id == "postgres" && plan.exact == "/bin/echo postgres")
    bench.runtime.tells = { _ in .success([.sample("postgres", id: "another")]) }
    guard case .changed = await executor.run(plan, { _ in }) else { throw Unended() }
  }

  @Test func oneOfAnotherConsoleIsCalledByItsName() {
    #expect(ActionCatalog.title(of: "own.warm-cache") == "warm-cache")
    #expect(ActionCatalog.title(of: "service.restart") == "restart")
    #expect(ActionCatalog.title(of: "later.action") == "later.action")
  }
}
