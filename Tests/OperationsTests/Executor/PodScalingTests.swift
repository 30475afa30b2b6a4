import DataSources
import Facts
import Testing

@testable import Operations

/// Scaling where the runtime keeps several of a service by itself, and what it can't be asked for.
@Suite struct PodScalingTests {
  init() { EventLoop.runOnOwnThread() }

  private static func worker(
    _ wanted: Int?,
    ready: Int = 2,
    state: ServiceReading.State = .running
  ) -> ServiceReading {
    var reading = ServiceReading.sample("worker", state: state)
    reading.replicas = wanted.map { ServiceReading.Replicas(wanted: $0, ready: ready) }
    return reading
  }

  @LoopActor private func bench(_ after: @escaping (Double) -> ServiceReading?) -> Bench {
    let bench = Bench()
    bench.runtime.tells = { since in .success([since.map(after) ?? Self.worker(2)].compactMap { $0 }) }
    bench.runtime.scaling = { service, count in
      var request = RuntimeRequest(.scale, service, shown: "kubectl patch to \(count)")
      request.remarks = ["one after the other"]
      return .success(request)
    }
    return bench
  }

  @LoopActor private func plan(_ bench: Bench, _ count: String = "3") async throws -> Plan {
    let target = ActionTarget(.service, name: "worker")
    return try await bench.executor().plan(
      ActionRequest("service.scale", on: target, arguments: ["count": count])
    )
  }

  @LoopActor private func verdict(_ after: @escaping (Double) -> ServiceReading?) async throws -> String {
    let bench = bench(after)
    return bench.verdict(await bench.executor().run(try await plan(bench)) { _ in })
  }

  @Test @LoopActor func aScalingIsDoneWhenAsManyPodsAreReady() async throws {
    let bench = bench { _ in Self.worker(3, ready: 3) }
    let plan = try await plan(bench)
    #expect(plan.exact == "kubectl patch to 3")
    let rows = plan.rows.map { "\($0.label): \($0.text.string)" }
    #expect(rows.contains("before: 2 pods"))
    #expect(rows.contains("note: one after the other"))
    #expect(rows.contains("undo: scale worker 2"))
    #expect(
      bench.verdict(await bench.executor().run(plan) { _ in }) == "done, before: 2 pods; now: 3 pods ready"
    )
    #expect(bench.runtime.performed == ["kubectl patch to 3"])
  }

  @Test @LoopActor func whatIsNotSeenToBeReadyIsNotScaled() async throws {
    #expect(try await verdict { _ in Self.worker(3, ready: 2) }.hasPrefix("unknown"))
    #expect(
      try await verdict { _ in Self.worker(3, ready: 3, state: .degraded("rolling out")) }.hasPrefix(
        "unknown"
      )
    )
    #expect(try await verdict { _ in Self.worker(nil) }.hasPrefix("unknown"))
    #expect(
      try await verdict { _ in Self.worker(3, ready: 3, state: .unreadable("no status")) }.hasPrefix(
        "unknown"
      )
    )
    #expect(try await verdict { _ in nil }.hasPrefix("unknown"))
    #expect(
      try await verdict { _ in Self.worker(3, ready: 2, state: .failing("unschedulable")) }.hasPrefix(
        "failed"
      )
    )
    #expect(
      try await verdict { _ in Self.worker(2) } == "failed: 3 ready: 2 wanted by somebody else after 90 s"
    )
  }

  @Test @LoopActor func anAutoscalerOrAMissingRightRefusesIt() async throws {
    let bench = bench { _ in Self.worker(3, ready: 3) }
    bench.runtime.scaling = { _, _ in
      .failure(SourceFailure(.rejected, at: "prod", detail: "the autoscaler hpa owns the number"))
    }
    await #expect(
      throws: Refusal.notPossible("worker can't be scaled: the autoscaler hpa owns the number")
    ) { _ = try await plan(bench) }
    bench.runtime.scaling = { _, _ in
      .failure(SourceFailure(.forbidden, at: "prod", detail: "kubectl auth can-i", told: "403: may not list"))
    }
    await #expect(
      throws: Refusal.notPossible("worker can't be scaled: 403: may not list: kubectl auth can-i")
    ) { _ = try await plan(bench) }
    #expect(bench.runtime.performed.isEmpty)
  }

  @Test @LoopActor func aNumberThatIsThereAlreadyOrIsNotToldIsRefused() async throws {
    let bench = bench { _ in nil }
    await #expect(throws: Refusal.notPossible("worker has 2 pods already")) { _ = try await plan(bench, "2") }
    bench.runtime.tells = { _ in .success([Self.worker(nil)]) }
    await #expect(
      throws: Refusal.notPossible("worker can't be scaled: scripted doesn't tell how many there are")
    ) { _ = try await plan(bench) }
  }

  @Test @LoopActor func whatStandsAgainstAVerbIsSaidWithWhatToDo() async throws {
    let bench = bench { _ in nil }
    bench.runtime.obstacles[.restart] = "worker is paused: resume it first"
    await #expect(throws: Refusal.notPossible("worker is paused: resume it first")) {
      _ = try await bench.executor().plan(
        ActionRequest("service.restart", on: ActionTarget(.service, name: "worker"))
      )
    }
  }

  @Test @LoopActor func whatFailsOrIsRolledOutIsNotRestartedYet() async throws {
    for state in [ServiceReading.State.failing("CrashLoopBackOff"), .degraded("rolling out, 1 of 2 new")] {
      let bench = Bench()
      bench.runtime.tells = { since in
        .success([since == nil ? .sample("postgres") : .sample("postgres", life: "2", state: state)])
      }
      let plan = try await bench.executor().plan(.restart(service: "postgres"))
      let verdict = bench.verdict(await bench.executor().run(plan) { _ in })
      #expect(!verdict.hasPrefix("done"), "\(verdict)")
      #expect(verdict.contains(state.word), "\(verdict)")
    }
  }
}
