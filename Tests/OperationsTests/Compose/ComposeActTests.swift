import DataSources
import Facts
import Testing

@testable import Operations

/// What a compose project's CLI is asked to do, when it is not asked at all, and what proves it.
@Suite struct ComposeActTests {
  init() { EventLoop.runOnOwnThread() }

  /// A bench whose `backend` is made anew by whatever runs: `id` a second before and after.
  @LoopActor private func bench(_ tells: ((Double?) -> [ServiceReading])? = nil) -> (Bench, ScriptedCompose) {
    let bench = Bench()
    bench.runtime.tells = { since in
      if let tells { return .success(tells(since)) }
      return .success([
        since == nil
          ? .sample("backend", id: "a", life: "1") : .sample("backend", id: "b", life: "2"),
        .sample("postgres"),
      ])
    }
    let compose = ScriptedCompose(
      bench.runtime,
      ComposeService(name: "backend"),
      ComposeService(name: "postgres")
    )
    bench.offers = compose
    return (bench, compose)
  }

  @LoopActor private func plan(
    _ bench: Bench,
    _ id: ActionID,
    _ service: String = "backend",
    _ arguments: [String: String] = [:]
  ) async throws -> Plan {
    let target =
      id.name.hasPrefix("compose.")
      ? ActionTarget(.environment, name: "dev") : ActionTarget(.service, name: service)
    return try await bench.executor().plan(ActionRequest(id, on: target, arguments: arguments))
  }

  @LoopActor private func run(
    _ bench: Bench,
    _ id: ActionID,
    _ service: String = "backend",
    _ arguments: [String: String] = [:]
  ) async throws -> String {
    let plan = try await plan(bench, id, service, arguments)
    return bench.verdict(await bench.executor().run(plan) { bench.events.append($0) })
  }

  private func row(_ label: String, _ plan: Plan) -> String? {
    plan.rows.first { $0.label == label }?.text.string
  }

  // MARK: recreate

  @Test @LoopActor func aRecreationIsDoneByAnotherContainerWithTheFilesValues() async throws {
    let (bench, compose) = bench()
    compose.differs = { $0.contains { $0.identity.id == "a" } ? ["API_KEY"] : [] }
    let plan = try await plan(bench, "service.recreate")
    #expect(plan.danger == .disruptive)
    #expect(plan.exact == "docker compose -p shop up -d --no-deps --force-recreate backend")
    #expect(row("in", plan) == "/srv/shop")
    #expect(row("change", plan) == "API_KEY differs from the files")
    #expect(row("undo", plan) != nil)
    #expect(compose.ran.isEmpty)
    let verdict = bench.verdict(await bench.executor().run(plan) { bench.events.append($0) })
    #expect(
      verdict.hasPrefix("done, recreated in ") && verdict.hasSuffix("with the files' values"),
      "\(verdict)"
    )
    #expect(compose.ran == [plan.exact])
    #expect(bench.audit.lines == ["begin", "end done"])
  }

  @Test @LoopActor func theOldContainerIsNoRecreationHoweverWellItIs() async throws {
    let (bench, _) = bench { _ in [.sample("backend", id: "a"), .sample("postgres")] }
    #expect(
      try await run(bench, "service.recreate")
        == "failed: new container: still the old one after 90 s"
    )
  }

  @Test @LoopActor func aRestartedContainerIsNoRecreation() async throws {
    let (bench, _) = bench { since in [.sample("backend", id: "a", life: since == nil ? "1" : "2")] }
    #expect(try await run(bench, "service.recreate").hasPrefix("failed: new container: still the old one"))
  }

  @Test @LoopActor func aNewContainerWithOldValuesIsFailed() async throws {
    let (bench, compose) = bench()
    compose.differs = { _ in ["API_KEY"] }
    #expect(try await run(bench, "service.recreate") == "failed: values: API_KEY differs after 90 s")
  }

  @Test @LoopActor func valuesThatCanNotBeReadAfterwardsAreNotTheFiles() async throws {
    let (bench, compose) = bench()
    compose.differs = { $0.contains { $0.identity.id == "a" } ? [] : nil }
    #expect(
      try await run(bench, "service.recreate") == "unknown: values is not known after 90 s: not told"
    )
  }

  @Test @LoopActor func whatCanNeverBeComparedIsNotClaimed() async throws {
    let (bench, compose) = bench()
    compose.differs = { _ in nil }
    let plan = try await plan(bench, "service.recreate")
    #expect(row("change", plan) == "what the containers were given can't be compared with the files")
    #expect(!plan.proof.string.contains("values"))
    let verdict = try await run(bench, "service.recreate")
    #expect(verdict.hasPrefix("done, recreated in") && !verdict.contains("values"), "\(verdict)")
  }

  @Test @LoopActor func aNewContainerWhoseProbeFailsIsNotDone() async throws {
    let (bench, _) = bench()
    bench.runtime.says["api"] = { since in
      [.probe("service.backend.liveness", since == nil ? .ok : .crit, "refused")]
    }
    #expect(try await run(bench, "service.recreate").hasPrefix("failed: liveness: refused"))
  }

  @Test @LoopActor func allContainersOfAServiceAreMadeAnewAndNoneIsTakenAway() async throws {
    let (bench, _) = bench { since in
      let lives = since == nil ? ["a", "b"] : ["c", "d"]
      return lives.map { .sample("worker", id: $0, life: $0) }
    }
    bench.timing.settling = .seconds(2)
    let compose = ScriptedCompose(bench.runtime, ComposeService(name: "worker"))
    bench.offers = compose
    let plan = try await plan(bench, "service.recreate", "worker")
    #expect(plan.exact.hasSuffix("--force-recreate --scale worker=2 worker"))
    #expect(row("all", plan) == "its 2 containers")
    #expect(try await run(bench, "service.recreate", "worker").hasPrefix("done, unproven: recreated"))
  }

  @Test @LoopActor func oneOfTwoMadeAnewIsNotDone() async throws {
    let (bench, _) = bench { since in
      let lives = since == nil ? ["a", "b"] : ["c"]
      return lives.map { .sample("worker", id: $0, life: $0) }
    }
    bench.offers = ScriptedCompose(bench.runtime, ComposeService(name: "worker"))
    #expect(
      try await run(bench, "service.recreate", "worker") == "failed: new containers: 1 of 2 there after 90 s"
    )
  }

  @Test @LoopActor func whoMakesItOnceMoreMeanwhileIsToldAndNotFought() async throws {
    let (bench, compose) = bench { since in
      guard let since else { return [.sample("backend", id: "a")] }
      return [since < 1.5 ? .sample("backend", id: "b", life: "2") : .sample("backend", id: "c", life: "3")]
    }
    let verdict = try await run(bench, "service.recreate")
    #expect(verdict.hasPrefix("done, recreated in "), "\(verdict)")
    #expect(verdict.hasSuffix("made once more meanwhile, by somebody else"), "\(verdict)")
    #expect(compose.ran.count == 1)
  }

  @Test @LoopActor func aCrashLoopWithoutACheckIsNotDone() async throws {
    let (bench, _) = bench { since in
      guard let since else { return [.sample("worker", id: "a")] }
      return [.sample("worker", id: "b", life: "\(Int(since / 3))")]
    }
    bench.offers = ScriptedCompose(bench.runtime, ComposeService(name: "worker"))
    let verdict = try await run(bench, "service.recreate", "worker")
    #expect(verdict.hasPrefix("failed: stays up: does not stay up"), "\(verdict)")
  }

  // MARK: what the CLI says

  @Test @LoopActor func aRejectionIsToldInItsOwnWordsAndNothingRuns() async throws {
    let (bench, compose) = bench()
    compose.rejection = SourceFailure(
      .misconfigured,
      at: "compose shop",
      detail: "docker compose rejects it: line 3"
    )
    for id in ["service.recreate", "compose.up", "compose.down"] as [ActionID] {
      await #expect(throws: Refusal.notPossible("docker compose rejects it: line 3")) {
        _ = try await plan(bench, id)
      }
    }
    #expect(compose.ran.isEmpty)
  }

  @Test @LoopActor func anEndInErrorIsFailedWhateverTheServicesLookLike() async throws {
    let (bench, compose) = bench()
    compose.answer = .success(.init(.status(1), lines: ["Recreating backend ...", "no such image"]))
    let plan = try await plan(bench, "service.recreate")
    let last = await bench.executor().run(plan) { _ in }
    guard case .ended(let verdict) = last else { throw Unended() }
    #expect(verdict.headline == "failed: docker compose ended with status 1: no such image")
    #expect(verdict.output == ["Recreating backend ...", "no such image"])
  }

  private struct Unended: Error {}

  @Test @LoopActor func anEndThatNobodySawIsProvenByWhatIsThere() async throws {
    let (bench, compose) = bench()
    compose.answer = .failure(SourceFailure(.timedOut, at: "docker"))
    #expect(try await run(bench, "service.recreate").hasPrefix("done, recreated in"))
    let (other, still) = self.bench { _ in [.sample("backend", id: "a")] }
    still.answer = .failure(SourceFailure(.timedOut, at: "docker"))
    #expect(try await !run(other, "service.recreate").hasPrefix("done"))
  }

  @Test @LoopActor func withoutAProjectNothingCanBeDone() async throws {
    let bench = Bench()
    await #expect(throws: Refusal.notPossible("the services here are no compose project of this machine")) {
      _ = try await plan(bench, "service.recreate")
    }
  }

  @Test @LoopActor func readOnlyLetsNothingRun() async throws {
    let (bench, compose) = bench()
    for (id, arguments) in [
      ("service.recreate", [:]), ("service.scale", ["count": "3"]), ("compose.up", [:]),
      ("compose.down", [:]),
    ] as [(ActionID, [String: String])] {
      let plan = try await plan(bench, id, "backend", arguments)
      let last = await bench.executor(.forced(why: "--read-only")).run(plan) { _ in }
      guard case .refused = last else { throw Unended() }
    }
    #expect(compose.ran.isEmpty)
  }

  // MARK: a restart is no rotation

  @Test @LoopActor func aRestartAfterAChangeOfTheFilesAdvisesARecreationAndSaysWhatItKeeps() async throws {
    let bench = Bench()
    let compose = ScriptedCompose(bench.runtime, ComposeService(name: "backend"))
    compose.old = ["API_KEY"]
    bench.offers = compose
    let plan = try await plan(bench, "service.restart")
    #expect(plan.advice?.instead.action == "service.recreate")
    #expect(plan.advice?.instead.target.identity?.id == "backend")
    #expect(row("keeps", plan) == "the old API_KEY; the files have changed since it was made")
    let verdict = bench.verdict(await bench.executor().run(plan) { _ in })
    #expect(verdict.hasSuffix("it keeps the old API_KEY; recreate it"), "\(verdict)")
    #expect(compose.ran.isEmpty)
  }

  @Test @LoopActor func whatARestartKeepsMayBeUnknownAndIsThenSaidSo() async throws {
    let bench = Bench()
    let compose = ScriptedCompose(bench.runtime, ComposeService(name: "backend"))
    bench.offers = compose
    #expect(row("keeps", try await plan(bench, "service.restart")) == nil)
    compose.old = nil
    let unread = try await plan(bench, "service.restart")
    #expect(row("keeps", unread) == "perhaps old values: what it was given can't be read")
    compose.rejection = SourceFailure(.misconfigured, at: "compose shop", detail: "no compose file is found")
    let unfound = try await plan(bench, "service.restart")
    #expect(row("keeps", unfound) == "perhaps old values: no compose file is found")
  }

  @Test @LoopActor func anotherContainerAfterARestartIsTold() async throws {
    let bench = Bench()
    bench.runtime.tells = { since in
      .success([since == nil ? .sample("backend", id: "a") : .sample("backend", id: "b", life: "2")])
    }
    let verdict = try await bench.verdict(bench.restart("backend"))
    #expect(verdict.hasSuffix("made anew meanwhile, by somebody else: it is another container"), "\(verdict)")
  }

  // MARK: scale

  @Test @LoopActor func aScalingIsDoneWhenAsManyRunAndTheOthersStayed() async throws {
    let (bench, compose) = bench { since in
      (since == nil ? ["a"] : ["a", "b", "c"]).map { .sample("worker", id: $0) }
    }
    compose.services = [ComposeService(name: "worker")]
    let plan = try await plan(bench, "service.scale", "worker", ["count": "3"])
    #expect(plan.exact == "docker compose -p shop up -d --no-deps --no-recreate --scale worker=3 worker")
    #expect(row("undo", plan) == "scale worker 1")
    #expect(
      bench.verdict(await bench.executor().run(plan) { _ in })
        == "done, before: 1 container; now: 3 containers"
    )
  }

  @Test @LoopActor func aScalingThatReplacedTheOthersIsNotDone() async throws {
    let (bench, compose) = bench { since in
      (since == nil ? ["a"] : ["x", "y"]).map { .sample("worker", id: $0) }
    }
    compose.services = [ComposeService(name: "worker")]
    #expect(
      try await run(bench, "service.scale", "worker", ["count": "2"])
        == "failed: the others stayed: 0 of 1 after 90 s"
    )
  }

  @Test @LoopActor func whatMayBeThereOnceIsRefusedBeforeItRunsWithWhatHelpsInstead() async throws {
    let (bench, compose) = bench { _ in [.sample("celery-worker"), .sample("postgres")] }
    var named = ComposeService(name: "celery-worker")
    named.containerName = "voiceai-celery-worker"
    var published = ComposeService(name: "postgres")
    published.ports = [ComposePort(published: 5_433, target: 5_432)]
    compose.services = [named, published]
    await #expect(
      throws: Refusal.notPossible(
        """
        celery-worker can't be scaled: its container_name voiceai-celery-worker is for one alone; give its workers more \
        processes instead: ] on the queue celery, or switchboard workers grow celery
        """
      )
    ) {
      _ = try await plan(bench, "service.scale", "celery-worker", ["count": "4"])
    }
    await #expect(
      throws: Refusal.notPossible(
        "postgres can't be scaled: it publishes port 5433 of this machine, which one alone can have"
      )
    ) {
      _ = try await plan(bench, "service.scale", "postgres", ["count": "2"])
    }
    #expect(compose.ran.isEmpty)
  }

  @Test(arguments: ["0", "-1", "65", "many", ""])
  @LoopActor func aNumberThatIsNoneIsRefused(_ count: String) async throws {
    let (bench, _) = bench()
    await #expect(throws: Refusal.self) {
      _ = try await plan(bench, "service.scale", "backend", ["count": count])
    }
  }

  // MARK: up and down

  @Test @LoopActor func upIsDoneWhenEachServiceRunsAndNamesWhatWasUnwellBefore() async throws {
    let (bench, compose) = bench { since in
      since == nil ? [.sample("backend")] : [.sample("backend"), .sample("postgres")]
    }
    compose.differs = { $0.first?.name == "backend" ? ["API_KEY"] : [] }
    let plan = try await plan(bench, "compose.up")
    #expect(plan.exact == "docker compose -p shop up -d")
    #expect(row("makes", plan) == "postgres")
    #expect(row("changes", plan) == "backend; what else is changed compose finds itself")
    #expect(plan.danger == .disruptive)
    let verdict = bench.verdict(await bench.executor().run(plan) { _ in })
    #expect(verdict.hasPrefix("done, all 2 services are up after"), "\(verdict)")
  }

  @Test @LoopActor func aServiceThatIsNotThereIsNotUp() async throws {
    let (bench, _) = bench { _ in [.sample("backend")] }
    #expect(try await run(bench, "compose.up") == "failed: postgres is not there after 90 s")
  }

  @Test @LoopActor func downTakesTheTypedNameAndIsDoneWhenNothingIsLeft() async throws {
    let (bench, compose) = bench { since in since == nil ? [.sample("backend"), .sample("postgres")] : [] }
    let plan = try await plan(bench, "compose.down")
    #expect(plan.danger == .destructive && plan.typedName == "dev/shop")
    #expect(plan.exact == "docker compose -p shop down")
    let verdict = bench.verdict(await bench.executor().run(plan) { _ in })
    #expect(verdict.hasPrefix("done, nothing is left after"), "\(verdict)")
    #expect(compose.ran == [plan.exact])
  }

  @Test @LoopActor func anEngineThatDoesNotAnswerIsNotDown() async throws {
    let bench = Bench()
    bench.runtime.tells = { since in
      since == nil ? .success([.sample("backend")]) : .failure(SourceFailure(.refused, at: "engine"))
    }
    bench.offers = ScriptedCompose(bench.runtime, ComposeService(name: "backend"))
    #expect(try await run(bench, "compose.down").hasPrefix("unknown: what is left is not known after 90 s"))
  }

  @Test @LoopActor func nothingThatDestroysIsEverPassedOn() async throws {
    let (bench, _) = bench()
    let forbidden: Set<Substring> = [
      "-v", "--volumes", "--rmi", "-V", "--remove-orphans", "--renew-anon-volumes",
    ]
    for id in ["service.recreate", "service.scale", "compose.up", "compose.down"] as [ActionID] {
      let plan = try await plan(bench, id, "backend", id == "service.scale" ? ["count": "2"] : [:])
      #expect(forbidden.isDisjoint(with: plan.exact.split(separator: " ")), "\(plan.exact)")
    }
  }
}
