import Facts
import Testing

@Suite struct AlertTimerTests {
  /// One step of a transcript: sampled and asked at the same second, every five seconds.
  private func step(
    _ timer: inout AlertTimer,
    _ seconds: Double,
    _ truth: Truth,
    sampledAt: Double? = nil,
    clear: Truth = .unknown
  ) -> AlertTimer.Transition? {
    timer.advance(
      truth: truth,
      sampledAt: truth == .unknown ? nil : at(sampledAt ?? seconds),
      clear: clear,
      now: moment(seconds),
      interval: .seconds(5)
    )
  }

  @Test func anAlertIsPendingThenFiresThenResolves() {
    var timer = AlertTimer(duration: .seconds(10))
    #expect(step(&timer, 0, .no) == nil)
    #expect(step(&timer, 5, .yes) == .pending(since: moment(5)))
    #expect(timer.elapsed(at: at(9)) == .seconds(4))
    #expect(step(&timer, 10, .yes) == nil)
    #expect(step(&timer, 15, .yes) == .fired(since: moment(5)))
    #expect(timer.state == .firing(since: moment(5), firedAt: moment(15)))
    #expect(timer.elapsed(at: at(20)) == nil)
    #expect(step(&timer, 20, .yes) == nil)
    #expect(step(&timer, 25, .no) == .resolved(at: moment(25)))
    #expect(timer.state == .resolved(at: moment(25)))
    #expect(step(&timer, 30, .no) == nil)
    #expect(step(&timer, 35, .yes) == .pending(since: moment(35)))
  }

  @Test func timeCountsFromTheSampleNotFromTheQuestion() {
    var timer = AlertTimer(duration: .seconds(10))
    #expect(step(&timer, 8, .yes, sampledAt: 5) == .pending(since: moment(5)))
    #expect(step(&timer, 14, .yes, sampledAt: 10) == nil)
    #expect(step(&timer, 15, .yes, sampledAt: 14) == .fired(since: moment(5)))
  }

  @Test func withoutADurationItFiresAtOnce() {
    var timer = AlertTimer(duration: .zero)
    #expect(step(&timer, 8, .yes, sampledAt: 7) == .fired(since: moment(7)))
    #expect(timer.state == .firing(since: moment(7), firedAt: moment(8)))
  }

  @Test func aSampleOldEnoughFiresAtOnce() {
    var timer = AlertTimer(duration: .seconds(3))
    #expect(step(&timer, 8, .yes, sampledAt: 5) == .fired(since: moment(5)))
  }

  @Test func aSampleFromTheFutureCountsAsNow() {
    var timer = AlertTimer(duration: .seconds(10))
    #expect(step(&timer, 8, .yes, sampledAt: 50) == .pending(since: moment(8)))
  }

  @Test func aFalseSampleCancelsWhatIsPending() {
    var timer = AlertTimer(duration: .seconds(10))
    #expect(step(&timer, 0, .yes) == .pending(since: moment(0)))
    #expect(step(&timer, 5, .no) == .cancelled)
    #expect(timer.state == .inactive)
    #expect(step(&timer, 10, .yes) == .pending(since: moment(10)))
  }

  @Test func aShortGapIsBridged() {
    var timer = AlertTimer(duration: .seconds(20))
    #expect(step(&timer, 0, .yes) == .pending(since: moment(0)))
    #expect(step(&timer, 5, .unknown) == nil)
    #expect(step(&timer, 14.9, .unknown) == nil)
    #expect(step(&timer, 14.95, .yes) == nil)
    #expect(step(&timer, 20, .yes) == .fired(since: moment(0)))
  }

  @Test func unknownNeverFires() {
    var timer = AlertTimer(duration: .seconds(10))
    #expect(step(&timer, 0, .yes) == .pending(since: moment(0)))
    #expect(step(&timer, 10, .unknown) == nil)
    #expect(step(&timer, 12, .yes) == .fired(since: moment(0)))
  }

  @Test func aLongGapEndsWhatIsPending() {
    var timer = AlertTimer(duration: .seconds(60))
    #expect(step(&timer, 0, .yes) == .pending(since: moment(0)))
    #expect(step(&timer, 5, .yes) == nil)
    #expect(step(&timer, 19, .unknown) == nil)
    #expect(step(&timer, 20, .unknown) == .lost)
    #expect(timer.state == .inactive)
    #expect(step(&timer, 25, .yes) == .pending(since: moment(25)))
  }

  @Test func aLongIntervalWidensTheGapThatIsBridged() {
    #expect(FactStore.staleAfter(.seconds(2)) == .seconds(15))
    #expect(FactStore.staleAfter(.seconds(10)) == .seconds(30))
  }

  @Test func aGapInWhichNobodyLookedBeginsAnew() {
    var timer = AlertTimer(duration: .seconds(60))
    #expect(step(&timer, 0, .yes) == .pending(since: moment(0)))
    #expect(step(&timer, 3_600, .yes) == .pending(since: moment(3_600)))
    #expect(step(&timer, 3_605, .yes) == nil)
  }

  @Test func unknownNeverResolvesButSaysSinceWhenNothingWasSeen() {
    var timer = AlertTimer(duration: .zero)
    #expect(step(&timer, 0, .yes) == .fired(since: moment(0)))
    #expect(step(&timer, 10, .unknown) == nil)
    #expect(timer.notSeenSince == nil)
    #expect(step(&timer, 15, .unknown) == .notSeen(since: moment(0)))
    #expect(step(&timer, 5_000, .unknown) == nil)
    #expect(timer.notSeenSince == moment(0))
    #expect(timer.state == .firing(since: moment(0), firedAt: moment(0)))
    #expect(step(&timer, 5_005, .yes) == .seenAgain)
    #expect(timer.notSeenSince == nil)
    #expect(step(&timer, 5_050, .unknown) == .notSeen(since: moment(5_005)))
    #expect(step(&timer, 5_055, .no) == .resolved(at: moment(5_055)))
    #expect(timer.notSeenSince == nil)
  }

  @Test func withAClearConditionOnlyThatResolves() {
    var timer = AlertTimer(duration: .zero, hasClear: true)
    #expect(step(&timer, 0, .yes, clear: .no) == .fired(since: moment(0)))
    #expect(step(&timer, 5, .no, clear: .no) == nil)
    #expect(step(&timer, 10, .no, clear: .unknown) == nil)
    #expect(step(&timer, 15, .yes, clear: .no) == nil)
    #expect(step(&timer, 20, .no, clear: .yes) == .resolved(at: moment(20)))
  }

  @Test func aClearConditionMayHoldWhereTheRuleIsUnknown() {
    var timer = AlertTimer(duration: .zero, hasClear: true)
    #expect(step(&timer, 0, .yes) == .fired(since: moment(0)))
    #expect(step(&timer, 5, .unknown, clear: .yes) == .resolved(at: moment(5)))
  }

  @Test func overlappingConditionsDoNotFlap() {
    var timer = AlertTimer(duration: .zero, hasClear: true)
    #expect(step(&timer, 0, .yes, clear: .yes) == .fired(since: moment(0)))
    #expect(step(&timer, 5, .yes, clear: .yes) == nil)
  }

  @Test func aClearConditionDoesNotHoldUpWhatIsPending() {
    var timer = AlertTimer(duration: .seconds(10), hasClear: true)
    #expect(step(&timer, 0, .yes, clear: .no) == .pending(since: moment(0)))
    #expect(step(&timer, 5, .no, clear: .no) == .cancelled)
  }
}
