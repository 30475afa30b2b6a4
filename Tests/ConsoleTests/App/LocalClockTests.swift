import Facts
import Testing

@testable import Console

@Suite struct LocalClockTests {
  @Test(arguments: [.infinity, -.infinity, .nan, 9.3e18, -1e12])
  func timeThatNoCalendarHasIsDashes(seconds: Double) {
    #expect(LocalClock.text(WallTime(secondsSince1970: seconds)) == "--:--:--")
  }

  @Test func timeIsTheZonesOwn() {
    let text = LocalClock.text(WallTime(secondsSince1970: 1_700_000_000))
    #expect(text.count == 8 && text.hasSuffix(":20"))
  }
}
