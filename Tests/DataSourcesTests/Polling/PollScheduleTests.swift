import DataSources
import Facts
import Testing

@Suite struct PollScheduleTests {
  private static func time(_ milliseconds: Int64) -> MonotonicTime {
    MonotonicTime(nanoseconds: milliseconds * 1_000_000)
  }

  @Test func firstPollIsDueAtOnceAndNoneWhileOneIsUnderWay() {
    var schedule = PollSchedule(interval: .seconds(2), now: Self.time(0))
    #expect(schedule.due == Self.time(0))
    schedule.begin()
    #expect(schedule.due == nil)
    #expect(schedule.isPolling)
  }

  @Test func nextPollIsOneIntervalAfterTheStartOnTheWheel() {
    var schedule = PollSchedule(interval: .seconds(2), now: Self.time(30))
    schedule.begin()
    schedule.end(startedAt: Self.time(30), now: Self.time(90), didSucceed: true)
    #expect(schedule.due == Self.time(2_100))
  }

  @Test func failuresDoubleTheWaitUpToFiveSecondsInUseAndThirtyElse() {
    var inUse = PollSchedule(interval: .seconds(2), now: Self.time(0))
    var unused = inUse
    var waits: [Int64] = []
    var longWaits: [Int64] = []
    for _ in 0..<7 {
      inUse.begin()
      inUse.end(startedAt: Self.time(0), now: Self.time(0), didSucceed: false)
      waits.append((inUse.due ?? Self.time(-1)).nanoseconds / 1_000_000)
      unused.begin()
      unused.end(startedAt: Self.time(0), now: Self.time(0), didSucceed: false, isInUse: false)
      longWaits.append((unused.due ?? Self.time(-1)).nanoseconds / 1_000_000)
    }
    #expect(waits == [2_000, 4_000, 5_000, 5_000, 5_000, 5_000, 5_000])
    #expect(longWaits == [2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
  }

  @Test func askingAtOnceGoesPastBackoffAndRepeatsAPollUnderWay() {
    var schedule = PollSchedule(interval: .seconds(10), now: Self.time(0))
    schedule.begin()
    schedule.end(startedAt: Self.time(0), now: Self.time(5), didSucceed: false)
    schedule.pollNow(Self.time(7))
    #expect(schedule.due == Self.time(7))
    schedule.begin()
    schedule.pollNow(Self.time(8))
    schedule.end(startedAt: Self.time(7), now: Self.time(9), didSucceed: true)
    #expect(schedule.due == Self.time(9))
  }
}
