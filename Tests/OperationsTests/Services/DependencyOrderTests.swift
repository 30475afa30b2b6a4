import DataSources
import Facts
import Testing

@testable import Operations

/// Several services at once: in which order, and where it stops.
@Suite struct DependencyOrderTests {
  init() { EventLoop.runOnOwnThread() }

  private static let profiles = [
    ServiceProfile(name: "worker", needs: ["backend", "rabbitmq"]),
    ServiceProfile(name: "backend", needs: ["postgres"]),
    ServiceProfile(name: "postgres"),
    ServiceProfile(name: "rabbitmq"),
  ]

  private func order(_ names: [String], _ profiles: [ServiceProfile], needsFirst: Bool = true) -> [String] {
    let targets = names.map { ActionTarget(.service, name: $0) }
    return DependencyOrder.sorted(targets, profiles, needsFirst: needsFirst).map(\.name)
  }

  @Test func whatOthersNeedComesFirstAndIsStoppedLast() {
    let names = ["worker", "rabbitmq", "backend", "unknown", "postgres"]
    #expect(order(names, Self.profiles) == ["rabbitmq", "unknown", "postgres", "backend", "worker"])
    #expect(
      order(names, Self.profiles, needsFirst: false) == [
        "worker", "backend", "rabbitmq", "unknown", "postgres",
      ]
    )
  }

  @Test func aCircleEndsAndLosesNobody() {
    let circle = [
      ServiceProfile(name: "a", needs: ["b"]), ServiceProfile(name: "b", needs: ["a"]),
      ServiceProfile(name: "c", needs: ["c"]), ServiceProfile(name: "d"),
    ]
    #expect(order(["a", "b", "c", "d"], circle).sorted() == ["a", "b", "c", "d"])
    #expect(order(["a", "b", "c", "d"], circle).first == "d")
  }

  /// postgres, backend and celery-worker, which need each other in turn; each restarts when it is told to.
  @LoopActor private func bench() -> Bench {
    let bench = Bench()
    bench.timing.settling = .seconds(1)
    let runtime = bench.runtime
    bench.runtime.tells = { [weak runtime] _ in
      let done = Set(runtime?.restarts.map(\.id) ?? [])
      return .success(
        ["postgres", "backend", "celery-worker"].map { .sample($0, life: done.contains($0) ? "2" : "1") }
      )
    }
    bench.runtime.says["pg"] = { _ in [.probe("probe.postgres.postgres", .ok)] }
    bench.runtime.says["rabbitmq"] = { _ in
      [Observation("queue.celery.consumers", .number(4), origin: Origin(source: "", query: ""))]
    }
    return bench
  }

  @LoopActor private func run(_ bench: Bench, _ request: ActionRequest) async throws -> (Plan, String) {
    let executor = bench.executor()
    let plan = try await executor.plan(request)
    return (plan, bench.verdict(await executor.run(plan) { bench.events.append($0) }))
  }

  @Test @LoopActor func allAreRestartedInTheOrderOfTheirNeeds() async throws {
    let bench = bench()
    let (plan, verdict) = try await run(bench, ActionRequest("service.restart", on: .allServices))
    #expect(plan.typedName == "dev 3" && plan.danger == .destructive)
    #expect(verdict == "done, all 3")
    #expect(
      bench.runtime.performed == [
        "POST /restart/postgres", "POST /restart/backend", "POST /restart/celery-worker",
      ]
    )
    #expect(bench.locks.taken.count == 3)
  }

  @Test @LoopActor func markedInAnyOrderTheyAreRestartedInThatOfTheirNeeds() async throws {
    let bench = bench()
    let marked = ["backend", "postgres"].map { ActionTarget(.service, name: $0) }
    let request = try #require(ActionRequest("service.restart", on: marked))
    _ = try await run(bench, request)
    #expect(bench.runtime.performed == ["POST /restart/postgres", "POST /restart/backend"])
  }

  @Test @LoopActor func whatNeedsItFollowsAndNobodyElse() async throws {
    let bench = bench()
    let target = ActionTarget(.service, name: "backend")
    let (_, verdict) = try await run(bench, ActionRequest("service.restart_dependents", on: target))
    #expect(verdict == "done, all 2")
    #expect(bench.runtime.performed == ["POST /restart/backend", "POST /restart/celery-worker"])
  }

  @Test @LoopActor func theFirstThatIsNotProvenEndsIt() async throws {
    let bench = bench()
    bench.runtime.says["api"] = { _ in [.probe("service.backend.liveness", .crit, "refused")] }
    let (_, verdict) = try await run(bench, ActionRequest("service.restart", on: .allServices))
    #expect(verdict.hasPrefix("failed: backend: "), "\(verdict)")
    #expect(verdict.hasSuffix("; not begun: celery-worker"), "\(verdict)")
    #expect(bench.runtime.performed == ["POST /restart/postgres", "POST /restart/backend"])
    #expect(bench.audit.lines == ["begin", "end done", "begin", "end failed"])
  }

  @Test @LoopActor func ofAllThoseThatAreDownAreNotStopped() async throws {
    let bench = bench()
    bench.runtime.tells = { _ in
      .success([
        .sample("postgres"), .sample("backend", state: .stopped), .sample("celery-worker"),
      ])
    }
    let plan = try await bench.executor().plan(ActionRequest("service.stop", on: .allServices))
    #expect(plan.steps.map(\.target.name) == ["celery-worker", "postgres"])
    bench.runtime.tells = { _ in .success([.sample("backend", state: .stopped)]) }
    await #expect(throws: Refusal.notPossible("there is nothing that it could act on")) {
      _ = try await bench.executor().plan(ActionRequest("service.stop", on: .allServices))
    }
  }
}
