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

  @Test(
    arguments: [
      (500, [500, 1_000, 2_000, 4_000, 5_000, 5_000]), (2_000, [2_000, 4_000, 5_000, 5_000, 5_000, 5_000]),
      (10_000, [10_000, 10_000, 10_000, 10_000, 10_000, 10_000]),
    ] as [(Int, [Int64])]
  )
  func failuresDoubleTheWaitUpToFiveSecondsOrTheInterval(_ interval: Int, expected: [Int64]) {
    var schedule = PollSchedule(interval: .milliseconds(interval), now: Self.time(0))
    var waits: [Int64] = []
    for _ in expected {
      schedule.begin()
      schedule.end(startedAt: Self.time(0), now: Self.time(0), didSucceed: false)
      waits.append((schedule.due ?? Self.time(-1)).nanoseconds / 1_000_000)
    }
    #expect(waits == expected)
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
