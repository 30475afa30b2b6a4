import Facts
import Testing

@Suite struct HistoryRingTests {
  private func ring(capacity: Int = 100, _ samples: (Double, Double?)...) -> HistoryRing {
    var ring = HistoryRing(capacity: capacity)
    for (time, value) in samples { ring.append(value, at: at(time)) }
    return ring
  }

  @Test func aFullRingForgetsTheOldest() {
    var ring = HistoryRing(capacity: 3)
    #expect(ring.isEmpty)
    for second in 1...8 { ring.append(Double(second), at: at(Double(second))) }
    #expect(ring.count == 3)
    #expect(ring.samples == [6, 7, 8].map { .init(at($0), $0) })
    #expect(ring.newest == .init(at(8), 8))
  }

  @Test func aSampleThatIsNotNewerIsLeftOut() {
    var ring = ring((1, 5))
    let added = [1, 0, 2].map { ring.append(6, at: at($0)) }
    #expect(added == [false, false, true])
    #expect(ring.samples == [.init(at(1), 5), .init(at(2), 6)])
  }

  @Test func aBucketShowsItsPeak() {
    let ring = ring((0, 1), (1, 9), (2, 3), (5, 4), (9, 2))
    #expect(ring.buckets(2, over: .seconds(10), endingAt: at(10)) == [9, 4])
    #expect(ring.buckets(2, over: .seconds(10), endingAt: at(10), reduction: .min) == [1, 2])
    #expect(ring.buckets(2, over: .seconds(10), endingAt: at(10), reduction: .last) == [3, 2])
    #expect(ring.buckets(2, over: .seconds(10), endingAt: at(10), reduction: .mean) == [13.0 / 3, 3])
  }

  @Test func aGapIsAGapAndNeverZero() {
    let ring = ring((0, 1), (9, 2))
    #expect(
      ring.buckets(5, over: .seconds(10), endingAt: at(10)) == [1, nil, nil, nil, 2]
    )
  }

  @Test func aValueHoldsUntilTheNextButNotForever() {
    let ring = ring((0, 1), (4, 2))
    #expect(
      ring.buckets(10, over: .seconds(10), endingAt: at(10), holdingFor: .seconds(15))
        == [1, 1, 1, 1, 2, 2, 2, 2, 2, 2]
    )
    #expect(
      ring.buckets(10, over: .seconds(10), endingAt: at(10), holdingFor: .seconds(3))
        == [1, 1, 1, nil, 2, 2, 2, nil, nil, nil]
    )
  }

  @Test func aValueFromBeforeTheWindowHoldsIntoIt() {
    let ring = ring((-2, 7))
    #expect(
      ring.buckets(4, over: .seconds(4), endingAt: at(4), holdingFor: .seconds(4)) == [7, 7, nil, nil]
    )
  }

  @Test func aMarkedGapEndsWhatHolds() {
    let ring = ring((0, 1), (2, nil), (6, 3), (7, .nan), (8, 4))
    #expect(
      ring.buckets(10, over: .seconds(10), endingAt: at(10), holdingFor: .seconds(60))
        == [1, 1, nil, nil, nil, nil, 3, nil, 4, 4]
    )
  }

  @Test func samplesOutsideTheWindowDoNotShow() {
    let ring = ring((0, 1), (5, 2), (20, 9))
    #expect(ring.buckets(2, over: .seconds(4), endingAt: at(6)) == [nil, 2])
    #expect(ring.buckets(2, over: .seconds(4), endingAt: at(5)) == [nil, 2])
    #expect(ring.buckets(2, over: .seconds(4), endingAt: at(100)) == [nil, nil])
  }

  @Test func anOddWindowIsAnsweredAllTheSame() {
    let ring = ring((0, 1), (5, 2))
    #expect(ring.buckets(0, over: .seconds(4), endingAt: at(6)) == [])
    #expect(ring.buckets(2, over: .zero, endingAt: at(6)) == [nil, nil])
    #expect(HistoryRing(capacity: 1).buckets(2, over: .seconds(1), endingAt: at(0)) == [nil, nil])
    #expect(ring.buckets(2, over: .nanoseconds(1), endingAt: at(5)) == [nil, 2])
  }

  @Test func theExtentSpansTheValuesSinceATime() {
    let ring = ring((0, 100), (5, 2), (6, nil), (7, -3))
    #expect(ring.extent(from: at(1)) == -3...2)
    #expect(ring.extent(from: at(8)) == nil)
  }
}
