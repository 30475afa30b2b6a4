import DataSources
import Facts
import Testing

@testable import Operations

/// A worker, as the target of a restart and as one that needs it: what proves that it is itself back at its queue.
@Suite struct WorkerProofTests {
  init() { EventLoop.runOnOwnThread() }

  /// A worker with four hundred messages before it, of which the queue counts four done every five seconds.
  @LoopActor private func workBench(left: Double = 400) -> Bench {
    let bench = Bench()
    bench.workerProbes = [
      .init(
        "queue",
        "queue.celery.consuming",
        source: "rabbitmq",
        progress: .init(done: "queue.celery.acked", left: "queue.depth"),
        lag: .seconds(5)
      )
    ]
    bench.runtime.tells = { since in .success([.sample("celery-worker", life: since == nil ? "1" : "2")]) }
    bench.runtime.says["rabbitmq"] = { since in
      let origin = Origin(source: "rabbitmq", query: "")
      // The broker counts every five seconds.
      let count = ((since ?? 0) / 5).rounded(.down)
      return [
        Observation("queue.celery.consumers", .number(1), origin: origin),
        Observation("queue.celery.consuming", .flag(true), state: .ok, word: "works", origin: origin),
        Observation("queue.celery.acked", .number(100 + 4 * count), origin: origin),
        Observation("queue.depth", .number(left), origin: origin),
      ]
    }
    return bench
  }

  /// The broker counts a consumer until it misses the heartbeats of a connection that is dead.
  @Test(arguments: [
    ([Double?](), "failed: starts and answers, but new consumer none yet for 90 s"),
    ([600], "failed: starts and answers, but new consumer none yet for 90 s"),
    ([600, -2], "done, recovered in"),
    ([-2], "done, recovered in"),
    ([nil], "done, unproven: new consumer can't be told: the broker tells no connection's start"),
    // Of one that is told nobody knows whether it is the new one.
    ([600, nil], "done, unproven: new consumer can't be told: the broker tells no connection's start"),
  ])
  @LoopActor func aWorkerIsProvenByAConsumerThatCameAfterTheAct(ages: [Double?], words: String) async throws {
    let bench = workBench(left: 0)
    bench.consumers = { since in
      .success(ages.enumerated().map { .sample("c\($0)", age: $1.map { $0 + since }) })
    }
    let verdict = bench.verdict(try await bench.restart("celery-worker"))
    #expect(verdict.hasPrefix(words), "\(verdict)")
  }

  /// Whoever else consumes, it is not the worker; whose a consumer is may not be told.
  @Test(arguments: [
    ([String](), ["celery-worker.here"], "celery-worker.here", "done, recovered in"),
    (
      ["celery-worker.here"], ["stranger"], "celery-worker.here",
      "failed: starts and answers, but new consumer none yet"
    ),
    ([], ["backend.here"], "celery-worker.here", "failed: starts and answers, but new consumer none yet"),
    (["stranger"], ["stranger"], "celery-worker.here", "done, unproven: new consumer can't be told: whose"),
    (["stranger"], ["stranger"], "", "done, unproven: new consumer can't be told: whose"),
    ([""], [""], "", "done, unproven: new consumer can't be told: whose"),
    // Of four that were there one has come anew, and the broker counts all five.
    (
      Array(repeating: "celery-worker.here", count: 4), ["celery-worker.here"], "celery-worker.here",
      "failed: starts and answers, but new consumers ≥ 4 1, 4 wanted"
    ),
    (["a", "a", "b", "b"], ["a"], "", "unknown: started, but new consumer 1, 4 before"),
  ])
  @LoopActor func aWorkerIsProvenByItsOwnConsumers(
    before: [String],
    after: [String],
    address: String,
    words: String
  ) async throws {
    let bench = workBench(left: 0)
    bench.runtime.tells = { since in
      let addresses: Set<String> = address.isEmpty ? [] : [address]
      return .success([
        .sample("celery-worker", life: since == nil ? "1" : "2", addresses: addresses), .sample("backend"),
      ])
    }
    let old = before.enumerated().map { QueueConsumer.sample("old\($0)", host: $1, age: 600) }
    bench.consumersBefore = .success(old)
    bench.consumers = { since in
      let new = after.enumerated().map { QueueConsumer.sample("new\($0)", host: $1, age: since - 2) }
      return .success(old.map { .sample($0.connection, host: $0.host, age: 600 + since) } + new)
    }
    let verdict = bench.verdict(try await bench.restart("celery-worker"))
    #expect(verdict.hasPrefix(words), "\(verdict)")
  }

  /// By a clock that is behind, an old connection is as young as the act for a while.
  @Test @LoopActor func aConnectionThatWasThereBeforeIsNeverNew() async throws {
    let bench = workBench(left: 0)
    bench.consumersBefore = .success([.sample("old", age: nil)])
    bench.consumers = { since in .success([.sample("old", age: since - 7)]) }
    let verdict = bench.verdict(try await bench.restart("celery-worker"))
    #expect(verdict.hasPrefix("failed: starts and answers, but new consumer none yet"), "\(verdict)")
  }

  @Test @LoopActor func whereItIsNotKnownWhoConsumedBeforeNobodyIsNew() async throws {
    let bench = workBench(left: 0)
    bench.consumersBefore = .failure(SourceFailure(.timedOut, at: "here"))
    bench.consumers = { since in .success([.sample("new", age: since - 2)]) }
    let verdict = bench.verdict(try await bench.restart("celery-worker"))
    #expect(verdict == "done, unproven: new consumer can't be told: who consumed before isn't known")
  }

  @Test(arguments: [true, false])
  @LoopActor func aConsumerThatGetsNoMessagesDoesNoWork(_ isActive: Bool) async throws {
    let bench = workBench(left: 0)
    bench.consumers = { since in
      var consumer = QueueConsumer.sample("new", age: since - 2)
      consumer.isActive = isActive
      return .success([consumer])
    }
    let verdict = bench.verdict(try await bench.restart("celery-worker"))
    #expect(verdict.hasPrefix(isActive ? "done, recovered" : "failed: "), "\(verdict)")
  }

  @Test @LoopActor func theGreatestCountsOfAThousandChannelsAddUp() async throws {
    let bench = workBench(left: 0)
    bench.consumers = { since in
      .success((0..<1_030).map { .sample("c\($0)", age: since - 2, acked: 9_007_199_254_740_991) })
    }
    let verdict = bench.verdict(try await bench.restart("celery-worker"))
    #expect(verdict.hasPrefix("done, recovered in"), "\(verdict)")
  }

  /// A worker that needs postgres: what it does while that restarts, and who consumes.
  @Test(arguments: [
    (ServiceReading.State.running, "1", ["celery-worker.here"], true, "done, recovered in"),
    (.running, "2", ["celery-worker.here"], true, "done, recovered in"),
    (.exited(code: 1), "1", ["celery-worker.here"], true, "runs exited 1"),
    (.exited(code: 1), "2", ["celery-worker.here"], true, "runs exited 1"),
    (.running, "1", ["stranger"], true, "done, unproven: own consumer can't be told: whose"),
    (.running, "1", [], true, "own consumer none"),
    (.running, "1", ["backend.here"], true, "own consumer none"),
    (.running, "1", ["celery-worker.here"], false, "queue nothing acknowledged yet"),
  ])
  @LoopActor func aDependentWorkerIsProvenByItselfAlone(
    state: ServiceReading.State,
    life: String,
    hosts: [String],
    isAtWork: Bool,
    words: String
  ) async throws {
    let bench = workBench(left: 4)
    bench.then = ["celery-worker"]
    bench.runtime.tells = { since in
      let worker: ServiceReading =
        since == nil ? .sample("celery-worker") : .sample("celery-worker", life: life, state: state)
      return .success([.sample("postgres", life: since == nil ? "1" : "2"), .sample("backend"), worker])
    }
    bench.consumers = { since in
      let acked = isAtWork ? Int(since) : 0
      return .success(
        hosts.map { .sample("c", host: $0, age: life == "1" ? 600 + since : since - 2, acked: acked) }
      )
    }
    let verdict = bench.verdict(try await bench.restart("postgres"))
    #expect(verdict.contains(words), "\(verdict)")
  }

  @Test(arguments: [
    (SourceFailure.Code.forbidden, "done, unproven: new consumer 403 forbidden"),
    (.unauthorized, "done, unproven: new consumer"),
    (.timedOut, "unknown: started, but "),
  ])
  @LoopActor func whereConsumersCantBeReadAWorkerIsNotProven(
    code: SourceFailure.Code,
    words: String
  ) async throws {
    let bench = workBench(left: 0)
    bench.consumers = { _ in .failure(SourceFailure(code, at: "here")) }
    let verdict = bench.verdict(try await bench.restart("celery-worker"))
    #expect(verdict.hasPrefix(words), "\(verdict)")
  }

  /// Its sibling goes on with its work, and the queue's counter with it.
  @Test(arguments: [nil, 0, 7]) @LoopActor func whatASiblingDoesProvesNoWorker(acked: Int?) async throws {
    let bench = workBench()
    bench.consumers = { since in
      .success([
        .sample("sibling", age: 600 + since, acked: 500 + 4 * Int(since)),
        .sample("new", age: since - 2, acked: acked),
      ])
    }
    let verdict = bench.verdict(try await bench.restart("celery-worker"))
    #expect(verdict.hasPrefix("unknown: started, but queue "), "\(verdict)")
  }

  /// Its results go to a Redis that hangs: what it took at its start is acknowledged, and nothing after.
  @Test(arguments: [true, false])
  @LoopActor func aWorkerIsProvenByWorkThatGoesOn(_ goesOn: Bool) async throws {
    let bench = workBench()
    bench.consumers = { since in
      let count = Int(since / 5)
      return .success([.sample("new", age: since - 1, acked: 4 * (goesOn ? count : min(count, 3)))])
    }
    let verdict = bench.verdict(try await bench.restart("celery-worker"))
    #expect(
      verdict.hasPrefix(goesOn ? "done, recovered in" : "unknown: started, but queue none acknowledged"),
      "\(verdict)"
    )
  }
}
