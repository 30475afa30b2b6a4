import DataSources
import Facts
import Testing

@testable import Operations

/// Stopping and starting a service, and counting a queue's messages: actions beside the restart.
@Suite struct StopStartTests {
  init() { EventLoop.runOnOwnThread() }

  @LoopActor private func run(_ bench: Bench, _ id: ActionID, _ service: String) async throws -> String {
    let executor = bench.executor()
    let plan = try await executor.plan(ActionRequest(id, on: ActionTarget(.service, name: service)))
    return bench.verdict(await executor.run(plan) { bench.events.append($0) })
  }

  @Test @LoopActor func aStopIsDoneWhenTheRuntimeSaysThreeTimesThatItIsDown() async throws {
    let bench = Bench()
    bench.runtime.tells = { since in
      .success([
        since.map { $0 >= 1 } == true ? .sample("redis", life: "", state: .stopped) : .sample("redis")
      ])
    }
    #expect(try await run(bench, "service.stop", "redis").hasPrefix("done, down after 3."))
    #expect(bench.runtime.performed == ["POST /stop/redis"])
    #expect(bench.audit.lines == ["begin", "end done"])
  }

  @Test @LoopActor func aServiceThatIsStartedAgainAtOnceIsNotStopped() async throws {
    let bench = Bench()
    bench.runtime.tells = { since in
      let isDown = since.map { Int($0) % 2 == 0 } == true
      return .success([isDown ? .sample("redis", life: "", state: .exited(code: 0)) : .sample("redis")])
    }
    let verdict = try await run(bench, "service.stop", "redis")
    #expect(!verdict.hasPrefix("done"), "\(verdict)")
  }

  @Test @LoopActor func aServiceThatTheRuntimeLosesSightOfIsNotKnownToBeDown() async throws {
    let bench = Bench()
    bench.runtime.tells = { since in .success(since == nil ? [.sample("redis")] : []) }
    #expect(
      try await run(bench, "service.stop", "redis")
        == "unknown: whether it is down is not known after 90 s: not known to the runtime"
    )
  }

  @Test @LoopActor func whatIsDownIsNotStoppedAndWhatRunsIsNotStarted() async throws {
    let bench = Bench()
    bench.runtime.tells = { _ in
      .success([.sample("postgres"), .sample("backend", life: "", state: .stopped)])
    }
    await #expect(throws: Refusal.notPossible("backend is down already")) {
      _ = try await run(bench, "service.stop", "backend")
    }
    await #expect(throws: Refusal.notPossible("postgres is running: restart it instead")) {
      _ = try await run(bench, "service.start", "postgres")
    }
  }

  @Test @LoopActor func aStartIsProvenAsARestartIs() async throws {
    let bench = Bench()
    bench.runtime.tells = { since in
      .success([
        since == nil ? .sample("postgres", life: "", state: .stopped) : .sample("postgres", life: "2")
      ])
    }
    #expect(try await run(bench, "service.start", "postgres").hasPrefix("done, recovered in "))
    #expect(bench.runtime.performed == ["POST /start/postgres"])
  }

  @LoopActor private func counted(_ observations: [Observation]) async throws -> (Bench, ActionEvent) {
    let bench = Bench()
    func fact(_ measure: String, _ number: Double) -> Observation {
      let origin = Origin(source: "rabbitmq", query: "GET /api/queues/v")
      return Observation(FactName("queue", "celery", measure), .number(number), origin: origin)
    }
    let now = bench.clock.now()
    let known = SourceReading([fact("ready", 5), fact("unacked", 1)])
    bench.world.apply(SourceReport(source: "rabbitmq", startedAt: now, endedAt: now, result: .success(known)))
    bench.runtime.says["rabbitmq"] = { _ in observations }
    let executor = bench.executor(.forced(why: "--read-only"))
    let target = ActionTarget(.queue, name: "celery")
    let plan = try await executor.plan(ActionRequest(CountMessages.descriptor.id, on: target))
    return (bench, await executor.run(plan) { bench.events.append($0) })
  }

  @Test @LoopActor func countingLooksEvenInReadOnlyAndLeavesNoRecord() async throws {
    let origin = Origin(source: "rabbitmq", query: "")
    let (bench, last) = try await counted([
      Observation("queue.celery.ready", .number(1_243), origin: origin),
      Observation("queue.celery.unacked", .number(16), origin: origin),
    ])
    #expect(bench.verdict(last) == "done, 1,243 ready, 16 unacked, as the broker counted last")
    #expect(bench.audit.lines.isEmpty && bench.locks.taken.isEmpty)
  }

  @Test @LoopActor func aReplyWithoutNumbersCountsNothing() async throws {
    let (bench, last) = try await counted([
      Observation("queue.celery.ready", nil, origin: Origin(source: "rabbitmq", query: ""))
    ])
    #expect(bench.verdict(last) == "unknown: the broker does not tell its messages now")
  }

  /// Two brokers with queues of the same name, as each tells them.
  @LoopActor private func twoBrokers(_ bench: Bench) {
    let now = bench.clock.now()
    for (source, qualifier, ready) in [("rabbitmq", nil, 5.0), ("orders", "orders", 9.0)]
      as [(String, String?, Double)]
    {
      let told = [("ready", ready), ("unacked", 1)].map { measure, number in
        Observation(
          FactName("queue", "celery", measure).qualified(by: qualifier),
          .number(number),
          origin: Origin(source: source, query: "GET \(source)")
        )
      }
      bench.world.introduce(source: source, interval: .seconds(5), qualifier: qualifier, declares: [])
      let reading = SourceReading(told)
      bench.world.apply(SourceReport(source: source, startedAt: now, endedAt: now, result: .success(reading)))
      bench.runtime.says[source] = { _ in told }
    }
  }

  @Test @LoopActor func aQueueIsCountedAtTheBrokerThatItIsOf() async throws {
    let bench = Bench()
    twoBrokers(bench)
    let executor = bench.executor()
    for (subject, query, verdict) in [
      ("celery", "GET rabbitmq", "done, 5 ready, 1 unacked, as the broker counted last"),
      ("orders:celery", "GET orders", "done, 9 ready, 1 unacked, as the broker counted last"),
    ] {
      let target = ActionTarget(.queue, name: subject)
      let plan = try await executor.plan(ActionRequest(CountMessages.descriptor.id, on: target))
      #expect(plan.rows.contains { $0.text.string.contains(query) })
      let last = await executor.run(plan) { bench.events.append($0) }
      #expect(bench.verdict(last) == verdict)
    }
  }

  @Test @LoopActor func aNameThatTwoBrokersHaveIsNotGuessed() async throws {
    let bench = Bench()
    twoBrokers(bench)
    let now = bench.clock.now()
    let odd = Observation(
      FactName("queue", "orders:celery", "ready"),
      .number(1),
      origin: Origin(source: "rabbitmq", query: "")
    )
    bench.world.apply(
      SourceReport(source: "rabbitmq", startedAt: now, endedAt: now, result: .success(SourceReading([odd])))
    )
    let request = ActionRequest(CountMessages.descriptor.id, on: ActionTarget(.queue, name: "orders:celery"))
    let executor = bench.executor()
    await #expect(throws: Refusal.notPossible("queues of two brokers go by the name orders:celery")) {
      try await executor.plan(request)
    }
  }
}
