import DataSources
import Facts
import Testing

@testable import Operations

/// What proves a purge, and what doesn't.
@Suite struct PurgeProofTests {
  /// What the broker says at one moment, in seconds after the purge; nil: it doesn't answer.
  private typealias Answer = (ready: Double?, published: Double?)

  private static func details(unacked: Int? = 16, published: Int? = 1_000) -> PurgeQueue.Details {
    PurgeQueue.Details(
      place: QueuePlace(source: "rabbitmq", vhost: "v", name: "celery"),
      before: BrokerQueue(
        vhost: "v",
        name: "celery",
        type: "classic",
        ready: 5_000,
        unacked: unacked,
        consumers: 1,
        published: published
      )
    )
  }

  /// The verdict where the broker always answers so; `uncertain` is a purge of which nobody knows.
  private func verdict(
    _ details: PurgeQueue.Details = details(),
    _ answer: (Double) -> Answer?
  ) throws -> Verdict {
    let start = Moment(
      monotonic: MonotonicTime(nanoseconds: 0),
      wall: WallTime(secondsSince1970: 1_700_000_000)
    )
    let outcome = ActOutcome(.accepted(id: nil), begunAt: start, endedAt: start)
    var timing = ProofTiming()
    timing.within = .seconds(20)
    var run = ProofRun(
      PurgeProof(details, after: outcome, timing: timing),
      after: outcome,
      interval: .seconds(1)
    )
    for second in 0...60 {
      let now = start.monotonic + .seconds(second)
      switch run.next(now: now) {
      case .ended(let verdict): return verdict
      case .wait: continue
      case .ask(let questions):
        for question in questions {
          run.take(told(answer(Double(second))), to: question, startedAt: now, now: now)
        }
      }
    }
    throw Endless()
  }

  private struct Endless: Error {}

  private func told(_ answer: Answer?) -> ProofAnswer {
    guard let answer else { return .facts(.failure(SourceFailure(.timedOut, at: "here"))) }
    func fact(_ name: FactName, _ value: Double?) -> Observation {
      Observation(name, value.map { .number($0) }, origin: Origin(source: "rabbitmq", query: ""))
    }
    return .facts(
      .success([
        fact(PurgeProof.ready, answer.ready), fact(PurgeProof.published, answer.published),
        fact(PurgeProof.unacked, 16),
      ])
    )
  }

  @Test func nothingReadyIsDoneOnceTheBrokerHasCountedAgain() throws {
    // What it counted before the purge says nothing, whatever it is.
    var asked: [Double] = []
    let verdict = try verdict { second in
      asked.append(second)
      return (ready: 0, published: 1_000)
    }
    #expect(verdict.headline == "done, purged: 5,000 ready before, 0 now; 16 unacked before, 16 now")
    #expect(asked.last == 5)
  }

  @Test func whatArrivesMeanwhileIsNotWhatWasThere() throws {
    let arriving = try verdict { (ready: 31 * $0, published: 1_000 + 31 * $0) }
    #expect(arriving.outcome == .done)
    #expect(arriving.sentence.string.contains("5,000 ready before, 155 now"))
  }

  @Test func whatIsStillThereIsAFailure() throws {
    let verdict = try verdict { (ready: 5_000 + 31 * $0, published: 1_000 + 31 * $0) }
    #expect(verdict.outcome == .failed)
    #expect(verdict.sentence.string.contains("5,589 ready, only 589 published since the preview"))
  }

  @Test func whatConsumersMayHaveGivenBackIsUnknown() throws {
    let verdict = try verdict { _ in (ready: 16, published: 1_000) }
    #expect(verdict.outcome == .unknown)
    #expect(verdict.sentence.string.contains("whether consumers gave the others back isn't told"))
    #expect(try self.verdict { _ in (ready: 17, published: 1_000) }.outcome == .failed)
    #expect(
      try self.verdict(Self.details(unacked: nil)) { _ in (ready: 17, published: 1_000) }.outcome == .unknown
    )
  }

  @Test func aCountThatCannotBeReadIsUnknown() throws {
    let silent = try verdict { _ in nil }
    #expect(silent.outcome == .unknown)
    #expect(silent.sentence.string.contains("whether they are gone isn't known after 20 s: timed out"))
    #expect(try verdict { _ in (ready: nil, published: 1_000) }.outcome == .unknown)
    // Without statistics nobody knows what came since.
    #expect(try verdict { _ in (ready: 3, published: nil) }.outcome == .unknown)
    #expect(try verdict(Self.details(published: nil)) { _ in (ready: 3, published: 9) }.outcome == .unknown)
    // A broker that began to count anew.
    #expect(try verdict { _ in (ready: 3, published: 9) }.outcome == .unknown)
    // It fell silent before it counted again.
    #expect(try verdict { $0 < 5 ? (ready: 0, published: 1_000) : nil }.outcome == .unknown)
  }
}
