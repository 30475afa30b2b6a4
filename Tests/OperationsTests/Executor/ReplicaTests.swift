import DataSources
import Facts
import Operations
import Testing

/// Services of several containers: which one is meant, before and under an open preview.
@Suite struct ReplicaTests {
  init() { EventLoop.runOnOwnThread() }

  private static func worker(_ number: Int, id: String? = nil) -> ServiceReading {
    var reading = ServiceReading.sample("worker", id: id ?? "id\(number)")
    reading.instance = "shop_worker_\(number)"
    reading.number = number
    return reading
  }

  /// Plans with `before`, then runs with `after`.
  @LoopActor private func run(
    _ name: String,
    _ before: [ServiceReading],
    _ after: [ServiceReading]
  ) async throws -> (bench: Bench, last: ActionEvent) {
    let bench = Bench()
    bench.runtime.tells = { _ in .success(before) }
    let executor = bench.executor()
    let plan = try await executor.plan(.restart(service: name))
    bench.runtime.tells = { _ in .success(after) }
    return (bench, await executor.run(plan) { bench.events.append($0) })
  }

  @Test @LoopActor func oneOfSeveralIsMeantByItsPlace() async throws {
    let bench = Bench()
    bench.runtime.tells = { _ in .success([.sample("web"), Self.worker(1), Self.worker(2)]) }
    let plan = try await bench.executor().plan(.restart(service: "worker 2"))
    #expect(plan.target.identity?.id == "id2")
    #expect(plan.target.subject == "worker")
    await #expect(throws: Refusal.gone("worker 3")) {
      _ = try await bench.executor().plan(.restart(service: "worker 3"))
    }
    await #expect(
      throws: Refusal.notPossible("worker is 2 of them: name one, \"worker 1\", \"worker 2\"")
    ) {
      _ = try await bench.executor().plan(.restart(service: "worker"))
    }
  }

  @Test @LoopActor func scalingUnderThePreviewKeepsItsTarget() async throws {
    let (up, _) = try await run("worker", [Self.worker(1)], [Self.worker(1), Self.worker(2)])
    #expect(up.runtime.restarts.map(\.id) == ["id1"])
    let (down, _) = try await run(
      "worker 2",
      [Self.worker(1), Self.worker(2), Self.worker(3)],
      [Self.worker(2), Self.worker(3)]
    )
    #expect(down.runtime.restarts.map(\.id) == ["id2"])
  }

  @Test @LoopActor func aTargetThatIsGoneIsNeverReplacedByItsNeighbour() async throws {
    let (bench, last) = try await run("worker 2", [Self.worker(1), Self.worker(2)], [Self.worker(1)])
    #expect(last == .refused(.gone("worker 2")))
    #expect(bench.runtime.restarts.isEmpty)
  }

  @Test @LoopActor func oneThatTookItsNumberIsAskedAbout() async throws {
    let (bench, last) = try await run(
      "worker 2",
      [Self.worker(1), Self.worker(2)],
      [Self.worker(1), Self.worker(2, id: "new")]
    )
    guard case .changed(let newer, let what) = last else {
      Issue.record("\(last)")
      return
    }
    #expect(what == "worker 2 was recreated: it is another one now")
    #expect(newer.target.identity?.id == "new")
    #expect(bench.runtime.restarts.isEmpty)
  }
}
