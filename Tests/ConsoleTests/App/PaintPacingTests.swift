import Facts
import Testing

@testable import Console

@Suite struct PaintPacingTests {
  private func at(_ milliseconds: Int) -> MonotonicTime {
    MonotonicTime(nanoseconds: Int64(milliseconds) * 1_000_000)
  }

  @Test func aKeyIsAnsweredAtOnceRightAfterAPollsPaint() {
    var pacing = PaintPacing()
    for time in [0, 10, 20] {
      if pacing.due(after: .milliseconds(60), now: at(time)) <= at(time + 60) { pacing.painted(at: at(time)) }
      #expect(pacing.due(after: .zero, now: at(time + 1)) == at(time + 1))
    }
  }

  @Test func aStormOfKeysIsPaintedThirtyTimesASecondAtMost() {
    var pacing = PaintPacing()
    var paints = 0
    for time in 0..<10_000 where pacing.due(after: .zero, now: at(time)) <= at(time) {
      pacing.painted(at: at(time))
      paints += 1
      if time == 1_000 { #expect(paints <= 30) }
    }
    #expect(paints <= 264)
    #expect(paints >= 250)
  }

  @Test func pollsWaitForTheirDelay() {
    #expect(PaintPacing().due(after: .milliseconds(60), now: at(5)) == at(65))
  }
}
