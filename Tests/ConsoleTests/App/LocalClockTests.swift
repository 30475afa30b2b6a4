import Facts
import Glibc
import Testing

@testable import Console

@Suite struct LocalClockTests {
  @Test(arguments: [.infinity, -.infinity, .nan, 9.3e18, -1e12])
  func timeThatNoCalendarHasIsDashes(seconds: Double) {
    #expect(LocalClock.text(WallTime(secondsSince1970: seconds)) == "--:--:--")
    #expect(LocalClock.day(WallTime(secondsSince1970: seconds)) == "----------")
  }

  @Test(arguments: [
    ("UTC", "14 22:13:20"), ("IST-5:30", "15 03:43:20"), ("NST3:30", "14 18:43:20"),
  ]) func timeAndDayAreTheZonesOwn(zone: String, time: String) {
    let before = getenv("TZ").map { String(cString: $0) }
    defer {
      if let before { setenv("TZ", before, 1) } else { unsetenv("TZ") }
      tzset()
    }
    setenv("TZ", zone, 1)
    tzset()
    let moment = WallTime(secondsSince1970: 1_700_000_000)
    #expect("\(LocalClock.day(moment)) \(LocalClock.text(moment))" == "2023-11-\(time)")
  }
}
