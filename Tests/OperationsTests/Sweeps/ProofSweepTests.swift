import DataSources
import Facts
import TestSupport
import Testing

@testable import Operations

/// Seeded interleavings of whatever servers answer, against every proof: `done` never comes without every
/// part held on a value.
@Suite struct ProofSweepTests {
  init() { EventLoop.runOnOwnThread() }

  private static let cases = 1_000 * UInt64(Sweep.factor)

  /// One sample that was handed out: when it was taken, and whether it is a value that says yes.
  private struct Sample {
    var at: Double
    var isYes: Bool
  }

  /// A source that answers with whatever may come, remembering what it said.
  @LoopActor private final class WildSource {
    private(set) var samples: [Sample] = []
    private var generator: SeededGenerator
    private let fact: FactName
    private let yes: FactValue
    private let no: FactValue
    /// How often it says yes, of ten.
    private var mood = 9

    init(_ fact: FactName, seed: UInt64, yes: FactValue, no: FactValue) {
      self.fact = fact
      self.yes = yes
      self.no = no
      generator = SeededGenerator(state: seed)
    }

    func report(_ id: String, _ now: Moment, lag: Duration) -> SourceReport? {
      if Int.random(in: 0..<12, using: &generator) == 0 { mood = generator.pick([0, 5, 9, 10, 10]) }
      let isYes = Int.random(in: 0..<10, using: &generator) < mood
      // An answer may also be of an older question.
      let age = generator.pick([.zero, .zero, .zero, .seconds(3), .seconds(40)] as [Duration])
      let startedAt = Moment(monotonic: now.monotonic - age, wall: now.wall)
      guard let result = isYes ? .success(SourceReading([told(yes, .ok)])) : other() else { return nil }
      let seconds = Duration.nanoseconds((startedAt.monotonic - lag).nanoseconds).seconds
      samples.append(Sample(at: seconds, isYes: isYes))
      return SourceReport(source: id, startedAt: startedAt, endedAt: now, result: result)
    }

    private func told(_ value: FactValue?, _ state: FactState, _ absence: Absence? = nil) -> Observation {
      Observation(fact, value, state: state, absence: absence, origin: Origin(source: "", query: ""))
    }

    /// Anything but a yes; nil: no such source.
    private func other() -> Result<SourceReading, SourceFailure>? {
      switch Int.random(in: 0..<10, using: &generator) {
      case 0: .success(SourceReading([]))
      case 1: .success(SourceReading([told(nil, .ok)]))
      case 2: .success(SourceReading([told(nil, .nodata, .rateLimited)]))
      case 3: .success(SourceReading([told(nil, .nodata, .starting)]))
      case 4: .success(SourceReading([told(yes, .stale)]))
      case 5: .success(SourceReading([told(yes, .error)]))
      case 6: .failure(SourceFailure(.rateLimited(retryAfter: 1), at: "here"))
      case 7: .failure(SourceFailure(.refused, at: "here"))
      case 8: nil
      default: .success(SourceReading([told(no, .crit)]))
      }
    }

    /// Whether there are three samples, a second apart and none older than `time`, that are a yes, and none
    /// that came after the first of them and was taken after it says anything else.
    func hasHeld(since time: Double) -> Bool {
      samples.indices.contains { index in
        let first = samples[index].at
        let rest = samples[index...].filter { $0.at >= first }
        guard first >= time, rest.allSatisfy(\.isYes) else { return false }
        var counted: [Double] = []
        for sample in rest where counted.last.map({ sample.at - $0 >= 1 }) ?? true {
          counted.append(sample.at)
        }
        return counted.count >= 3
      }
    }
  }

  @Test @LoopActor func noRestartIsDoneWithoutEveryPartHeldOnAValue() async throws {
    var done = 0
    for seed in 0..<Self.cases {
      var generator = SeededGenerator(state: seed &* 7_919)
      let bench = Bench()
      bench.then = ["backend", "celery-worker"]
      bench.timing = ProofTiming(within: .seconds(30), tick: .milliseconds(500))
      let wild = [
        "pg": WildSource("probe.postgres.postgres", seed: seed &+ 1, yes: .flag(true), no: .flag(false)),
        "api": WildSource("service.backend.liveness", seed: seed &+ 2, yes: .flag(true), no: .flag(false)),
        "canary": WildSource("probe.backend.canary", seed: seed &+ 3, yes: .flag(true), no: .flag(false)),
        "rabbitmq": WildSource("queue.celery.consumers", seed: seed &+ 4, yes: .number(4), no: .number(0)),
      ]
      for (id, source) in wild {
        let lag: Duration = id == "rabbitmq" ? .seconds(5) : .zero
        bench.runtime.reports[id] = { source.report(id, $0, lag: lag) }
      }
      let startsAfter = generator.pick([0.3, 0.3, 0.3, 20, 1_000])
      let runtimeFails = generator.pick([0, 0, 3, 9])
      bench.runtime.tells = { since in
        let isNew = since.map { $0 >= startsAfter } == true
        if since != nil, Int.random(in: 0..<10, using: &generator) < runtimeFails {
          return .failure(SourceFailure(.timedOut, at: "here"))
        }
        return .success([
          .sample("postgres", life: isNew ? "2" : "1"), .sample("backend"), .sample("celery-worker"),
        ])
      }
      let last = try await bench.restart("postgres")
      guard case .ended(let verdict) = last, [.done, .doneUnproven].contains(verdict.outcome) else {
        continue
      }
      done += 1
      let end = 0.5
      for (id, source) in wild {
        let since = id == "pg" ? end + startsAfter : end
        let story = source.samples.map { "\($0.at)\($0.isYes ? "y" : "n")" }.joined(separator: " ")
        #expect(source.hasHeld(since: since), "seed \(seed): \(verdict.headline), but \(id): \(story)")
      }
      #expect(verdict.outcome == .done, "seed \(seed): every part can be told here")
    }
    // It must not be so strict that nothing ever recovers.
    #expect(done > Int(Self.cases) / 20)
  }

  @Test @LoopActor func noQuickTestIsDoneWithoutAVerdictReadTwice() async throws {
    let passed = try Condition(parsing: QuickTestSettings().passed)
    var done = 0
    for seed in 0..<Self.cases {
      var generator = SeededGenerator(state: seed &* 104_729)
      func at(_ seconds: Double) -> MonotonicTime { MonotonicTime(nanoseconds: Int64(seconds * 1e9)) }
      let start = Moment(monotonic: at(0), wall: WallTime(secondsSince1970: 0))
      let outcome = ActOutcome(.accepted(id: "e"), begunAt: start, endedAt: start)
      let machine = QuickTestProof(id: "e", passed: passed, within: .seconds(60), begunAt: at(0))
      var run = ProofRun(machine, after: outcome, interval: .milliseconds(500))
      var told: [ExecutionState?] = []
      var verdict: Verdict?
      for step in 0..<200 where verdict == nil {
        let now = at(Double(step) / 2)
        if case .ended(let end) = run.next(now: now) {
          verdict = end
          continue
        }
        let state: ExecutionState? =
          generator.pick([0, 1, 2, 3]) == 0
          ? nil
          : ExecutionState(
            status: generator.pick(["running", "completed", "completed", "completed", "failed", "odd"]),
            hasEnded: generator.pick([true, true, false]),
            results: generator.pick([0, 1, 1, 2]),
            autoFail: generator.pick([nil, 0, 0, 0, 1])
          )
        let answer: Result<[Observation], SourceFailure> =
          generator.pick([0, 1, 2, 3, 4]) == 0
          ? .failure(SourceFailure(.timedOut, at: "here")) : .success(state?.observations ?? [])
        if case .success = answer { told.append(state) }
        run.take(.facts(answer), to: .own("e"), startedAt: now, now: now)
      }
      guard let verdict, verdict.outcome == .done else { continue }
      done += 1
      let pair = told.suffix(2)
      let final = pair.last ?? nil
      #expect(pair.count == 2 && pair.first == pair.last, "seed \(seed): not read twice")
      #expect(final?.status == "completed" && final?.autoFail == 0, "seed \(seed): \(verdict.headline)")
      #expect((final?.results ?? 0) > 0, "seed \(seed): without a result")
    }
    #expect(done > Int(Self.cases) / 20)
  }

  @Test @LoopActor func noStopIsDoneUnlessTheRuntimeSaysSoThreeTimesInARow() async throws {
    var done = 0
    for seed in 0..<Self.cases {
      var generator = SeededGenerator(state: seed &* 32_452_843)
      let bench = Bench()
      bench.timing = ProofTiming(within: .seconds(30), tick: .milliseconds(500))
      let mood = generator.pick([1, 5, 9, 10])
      var told: [Bool] = []
      bench.runtime.tells = { since in
        guard since != nil else { return .success([.sample("postgres")]) }
        let isDown = Int.random(in: 0..<10, using: &generator) < mood
        told.append(isDown)
        var reading = ServiceReading.sample("postgres")
        switch (isDown, Int.random(in: 0..<6, using: &generator)) {
        case (true, let kind): reading.state = kind == 0 ? .exited(code: nil) : .stopped
        case (false, 0): return .failure(SourceFailure(.timedOut, at: "here"))
        case (false, 1): return .success([])
        case (false, 2): return .success([.sample("postgresql")])
        case (false, 3): reading.state = .other("dead?")
        case (false, 4): reading.state = .stopping
        case (false, _): reading.state = .running
        }
        return .success([reading])
      }
      let executor = bench.executor()
      let plan = try await executor.plan(
        ActionRequest("service.stop", on: ActionTarget(.service, name: "postgres"))
      )
      guard case .ended(let verdict) = await executor.run(plan, { _ in }),
        [.done, .doneUnproven].contains(verdict.outcome)
      else { continue }
      done += 1
      #expect(verdict.outcome == .done && told.suffix(3) == [true, true, true], "seed \(seed): \(told)")
    }
    #expect(done > Int(Self.cases) / 20)
  }

  /// Gates and `wait` go by the same facts, in a store that forgets nothing and lets them grow old.
  @Test func noGateIsPassedOnAnythingButNewValues() throws {
    var passed = 0
    for seed in 0..<Self.cases {
      var generator = SeededGenerator(state: seed &* 15_485_863)
      let gate = try Gate(
        parsing: generator.pick([
          "a.b < 5 within 60s holding 3", "a.b < 5 and c.d is ok within 60s holding 2",
          "not a.b >= 5 within 60s holding 2", "c.d is not crit within 60s",
          "all a.* < 5 within 60s holding 3",
        ])
      )
      var store = FactStore()
      store.introduce(source: "s", interval: .seconds(1), declares: [])
      func at(_ seconds: Double) -> Moment {
        Moment(
          monotonic: MonotonicTime(nanoseconds: Int64(seconds * 1e9)),
          wall: WallTime(secondsSince1970: 0)
        )
      }
      var progress = GateProgress(gate, actEndedAt: at(100).monotonic)
      var good = 0
      for step in 0..<130 where progress.outcome == .waiting {
        let now = 100 + Double(step) / 2
        let kind = generator.pick([0, 1, 2, 3, 4, 5, 6, 7, 7, 7, 7, 7])
        let age = kind == 0 ? 30.0 : 0
        let origin = Origin(source: "s", query: "")
        let value: FactValue? =
          kind == 1 ? nil : kind == 2 ? .number(.nan) : kind == 3 ? .number(9) : .number(1)
        let state: FactState = kind == 3 ? .crit : .ok
        var result: Result<SourceReading, SourceFailure> = .success(
          SourceReading([
            Observation("a.b", value, state: state, origin: origin),
            Observation("c.d", value, state: state, origin: origin),
          ])
        )
        if kind == 4 { result = .success(SourceReading([])) }
        if kind == 5 { result = .failure(SourceFailure(.rateLimited(retryAfter: 2), at: "here")) }
        if kind != 6 {
          store.apply(SourceReport(source: "s", startedAt: at(now - age), endedAt: at(now), result: result))
          good = kind == 7 ? good + 1 : 0
        }
        let outcome = progress.advance(FactView(store, at: at(now).monotonic), now: at(now).monotonic)
        if outcome == .passed {
          passed += 1
          #expect(good >= gate.holding, "seed \(seed): \(gate.condition.text) passed after \(good) values")
        }
      }
    }
    #expect(passed > Int(Self.cases) / 20)
  }
}
