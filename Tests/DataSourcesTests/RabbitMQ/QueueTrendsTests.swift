import Facts
import Testing

@testable import DataSources

/// What several polls tell together: stalled queues, rates over a minute.
@Suite struct QueueTrendsTests {
  typealias Queue = QueuesSnapshot.Queue

  /// One poll of the main queue; nil counts are those that the reply lacks.
  private struct Poll {
    var at: Int
    var ready: Int?
    /// Nil: what a prefetching worker takes of what waits.
    var unacked: Int?
    var consumers: Int? = 1
    var published = 0
    var acked: Int?
    var ackRate: Double? = 0
    var problem: String?
  }

  /// The trend of `celery` after each poll, and what `queue.celery.stalled` says.
  private func run(
    _ polls: [Poll],
    limit: Duration = .seconds(30)
  ) -> [(trend: QueueTrends.Trend?, stalled: Observation?, consuming: Observation?, depth: Observation?)] {
    var trends = QueueTrends(stalledAfter: limit)
    let facts = QueueFacts(source: "r", query: "GET", mainQueue: "celery", thresholds: .init())
    return polls.map { poll in
      var queue = Queue(
        vhost: "v",
        name: "celery",
        ready: poll.ready,
        unacked: poll.ready.map { poll.unacked ?? ($0 == 0 ? 0 : 4) },
        consumers: poll.consumers,
        ackRate: poll.ackRate,
        published: poll.published
      )
      queue.acked = poll.acked
      queue.problem = poll.problem
      let snapshot = QueuesSnapshot(vhost: "v", mainQueue: "celery", queues: [queue])
      let now = MonotonicTime(nanoseconds: Int64(poll.at) * 1_000_000_000)
      let lately = trends.update(with: snapshot, at: now)
      let told = facts.observations(of: snapshot, trends: lately)
      return (
        lately["celery"], told.first { $0.name == "queue.celery.stalled" },
        told.first { $0.name == "queue.celery.consuming" }, told.first { $0.name == "queue.depth" }
      )
    }
  }

  @Test func whatIsHeldLongGoesByTheConfiguredLimit() {
    for limit in [30, 90] {
      let times = [0, limit - 1, limit, limit * 10 - 1, limit * 10]
      let polls = times.map { Poll(at: $0, ready: 0, unacked: 3, published: 3, acked: 0) }
      let results = run(polls, limit: .seconds(limit))
      #expect(
        results.map { $0.trend?.work } == [
          .held(.zero, .short), .held(.seconds(limit - 1), .short), .held(.seconds(limit), .long),
          .held(.seconds(limit * 10 - 1), .long), .held(.seconds(limit * 10), .tooLong),
        ]
      )
      #expect(results.map { $0.depth?.state } == [.ok, .ok, .ok, .ok, .warn])
      #expect(results.map { $0.depth?.word.isEmpty } == [true, true, false, false, false])
    }
  }

  @Test func messagesThatNobodyAcknowledgesAreStalledAfterHalfAMinute() {
    let results = run([
      Poll(at: 0, ready: 0, published: 100, acked: 100),
      Poll(at: 5, ready: 60, published: 160, acked: 100),
      Poll(at: 30, ready: 60, published: 160, acked: 100),
      Poll(at: 36, ready: 60, published: 160, acked: 100),
      Poll(at: 41, ready: 59, published: 160, acked: 101),
    ])
    #expect(
      results.map { $0.stalled?.value } == [
        .flag(false), .flag(false), .flag(false), .flag(true), .flag(false),
      ]
    )
    #expect(results.map { $0.stalled?.state } == [.ok, .ok, .ok, .crit, .ok])
    #expect(results[3].stalled?.word == "not consuming")
  }

  @Test func whoComesToMessagesHasToShowThatItWorks() {
    let results = run([
      Poll(at: 0, ready: 60, consumers: 0, published: 60, acked: 0),
      Poll(at: 5, ready: 60, published: 60, acked: 0),
      Poll(at: 10, ready: 60, published: 60, acked: 0),
      Poll(at: 36, ready: 60, published: 60, acked: 0),
    ])
    #expect(results.map { $0.stalled?.value } == [.flag(false), nil, nil, .flag(true)])
    // Not known yet, which a proof waits for.
    #expect(results[1].stalled?.state == .nodata)
    #expect(results[1].stalled?.absence == .starting)
    let works = run([
      Poll(at: 0, ready: 60, published: 60, acked: 0), Poll(at: 5, ready: 50, published: 60, acked: 10),
    ])
    #expect(works.map { $0.stalled?.value } == [nil, .flag(false)])
    // The broker saw it at work before the console came.
    let before = run([Poll(at: 0, ready: 60, published: 90, acked: 30, ackRate: 2)])
    #expect(before[0].stalled?.value == .flag(false))
  }

  @Test func consumingIsAClaimThatOnlyAValueProves() {
    let polls = [
      Poll(at: 0, ready: nil, consumers: nil), Poll(at: 5, ready: 60, consumers: 0, published: 60, acked: 0),
      Poll(at: 10, ready: 60, published: 60, acked: 0), Poll(at: 15, ready: 50, published: 60, acked: 10),
      Poll(at: 46, ready: 50, published: 60, acked: 10), Poll(at: 50, ready: 0, published: 60, acked: 60),
    ]
    let told = run(polls).map(\.consuming)
    #expect(told.map { $0?.value } == [nil, .flag(false), nil, .flag(true), .flag(false), .flag(true)])
    #expect(
      told.map { $0?.word } == [
        "starting", "no consumers", "starting", "works", "not consuming", "nothing waits",
      ]
    )
    #expect(told.map { $0?.absence } == [.starting, nil, .starting, nil, nil, nil])
  }

  @Test func aReplyWithoutItsFieldsIsNoValueAndBeginsAnew() {
    let results = run([
      Poll(at: 0, ready: 0, published: 100, acked: 100),
      Poll(at: 5, ready: nil, consumers: nil),
      Poll(at: 10, ready: 60, consumers: nil, published: 60, acked: 0),
      Poll(at: 15, ready: 60, published: 60, acked: 0),
      Poll(at: 20, ready: 60, published: 60, acked: 0, problem: "ack -1"),
    ])
    #expect(results.map { $0.stalled?.value } == [.flag(false), nil, nil, nil, nil])
    #expect(results.map { $0.stalled?.state } == [.ok, .nodata, .nodata, .nodata, .error])
    #expect(results[1].trend == nil && results[2].trend == nil)
  }

  @Test func countersThatBeginAnewStallNothing() {
    let results = run([
      Poll(at: 0, ready: 0, published: 100, acked: 100),
      Poll(at: 5, ready: 10, published: 110, acked: 100),
      Poll(at: 30, ready: 10, published: 0, acked: 0),
      Poll(at: 40, ready: 10, published: 0, acked: 0),
    ])
    #expect(results[3].stalled?.value == nil)
    #expect(results[3].trend?.rates?.acked == 0)
  }

  @Test func ratesAreThoseOfTheLastMinute() {
    let results = run([
      Poll(at: 0, ready: 100, published: 100, acked: 0),
      Poll(at: 30, ready: 130, published: 160, acked: 30),
      Poll(at: 60, ready: 100, published: 160, acked: 60),
      Poll(at: 90, ready: 40, published: 160, acked: 120),
    ])
    #expect(results[0].trend?.rates == nil)
    func rates(_ published: Double, _ acked: Double, _ span: Int, shrunkBy: Int, now: Double) -> Queue.Rates {
      Queue.Rates(
        published: published,
        acked: acked,
        span: .seconds(span),
        shrunkBy: shrunkBy,
        shrinkingLately: now
      )
    }
    #expect(results[1].trend?.rates == rates(2, 1, 30, shrunkBy: -30, now: -1))
    #expect(results[2].trend?.rates == rates(1, 1, 60, shrunkBy: 0, now: 1))
    #expect(results[3].trend?.rates == rates(0, 1.5, 60, shrunkBy: 90, now: 2))
  }

  @Test func aQueueThatWasFilledAtOnceIsSeenToGetShorter() {
    let results = run([
      Poll(at: 0, ready: 0, published: 0, acked: 0),
      Poll(at: 10, ready: 1_285, published: 1_285, acked: 0),
      Poll(at: 50, ready: 1_265, published: 1_285, acked: 20),
      Poll(at: 60, ready: 1_260, published: 1_285, acked: 25),
      Poll(at: 70, ready: 1_255, published: 1_285, acked: 30),
    ])
    var queue = Queue(vhost: "v", name: "q", ready: 1_255, unacked: 0, consumers: 1)
    for result in results[3...] {
      queue.lately = result.trend?.rates
      #expect(!queue.neverDrains)
      #expect(queue.timeToDrain.map { $0 > .seconds(2_000) && $0 < .seconds(2_600) } == true)
    }
  }

  @Test func neverIsSaidOnlyOfAWholeMinute() {
    var queue = Queue(vhost: "v", name: "q", ready: 893, unacked: 0, consumers: 1, publishRate: 5, ackRate: 0)
    // One sample of the broker's rates says "never"; one earlier said "in 15 minutes".
    #expect(queue.timeToDrain == nil && !queue.neverDrains)
    queue.lately = Queue.Rates(published: 0, acked: 1, span: .seconds(20))
    #expect(queue.timeToDrain == .seconds(893) && !queue.neverDrains)
    queue.lately = Queue.Rates(published: 2, acked: 1, span: .seconds(55))
    #expect(queue.timeToDrain == nil && !queue.neverDrains)
    queue.lately = Queue.Rates(published: 2, acked: 1, span: .seconds(60))
    #expect(queue.neverDrains)
    queue.lately?.shrunkBy = 1
    #expect(queue.timeToDrain == nil && !queue.neverDrains, "it gets shorter, whatever the counters tell")
    queue.lately?.shrunkBy = -1
    #expect(queue.neverDrains)
    queue.lately?.shrinkingLately = 0.5
    #expect(queue.timeToDrain == .seconds(1_786) && !queue.neverDrains, "it was filled, and gets shorter")
    queue.lately?.shrinkingLately = 0
    queue.ready = 0
    #expect(!queue.neverDrains)
  }

  @Test func whoHoldsAllMessagesAndAcknowledgesNoneIsNotKnownToWork() {
    let results = run([
      Poll(at: 0, ready: 0, published: 100, acked: 100),
      Poll(at: 5, ready: 0, unacked: 3, published: 103, acked: 100),
      Poll(at: 45, ready: 0, unacked: 3, published: 103, acked: 100),
      Poll(at: 304, ready: 0, unacked: 3, published: 103, acked: 100),
      Poll(at: 305, ready: 0, unacked: 3, published: 103, acked: 100),
      Poll(at: 310, ready: 0, unacked: 2, published: 103, acked: 101),
      Poll(at: 345, ready: 0, unacked: 2, published: 103, acked: 101),
      Poll(at: 350, ready: 0, published: 103, acked: 103),
    ])
    #expect(
      results.map { $0.consuming?.value } == [.flag(true), nil, nil, nil, nil, .flag(true), nil, .flag(true)]
    )
    #expect(
      results.map { $0.stalled?.value } == [
        .flag(false), nil, nil, nil, nil, .flag(false), nil, .flag(false),
      ]
    )
    // An answer has come: nothing is starting.
    #expect(results[2].consuming?.absence == nil && results[2].consuming?.state == .nodata)
    #expect(results[1].consuming?.word == "3 unacked, none acknowledged yet")
    #expect(results[2].consuming?.word == "3 unacked, none acknowledged for 40s")
    // A long task is no failure at once.
    #expect(results.map { $0.depth?.state } == [.ok, .ok, .ok, .ok, .warn, .ok, .ok, .ok])
    #expect(results[1].depth?.word == "" && results[5].depth?.word == "")
    #expect(results[2].depth?.word == "3 unacked, none acknowledged for 40s")
    #expect(results[4].depth?.word == "3 unacked, none acknowledged for 5m")
    #expect(results[6].depth?.word == "2 unacked, none acknowledged for 35s")
  }

  @Test func aConsoleThatFindsThemHeldKnowsNothing() {
    let results = run([Poll(at: 0, ready: 0, unacked: 3, published: 3, acked: 0, ackRate: 0)])
    #expect(results[0].consuming?.value == nil && results[0].depth?.state == .ok)
    #expect(run([Poll(at: 0, ready: 0, unacked: 3, ackRate: 2)])[0].consuming?.value == .flag(true))
  }
}
