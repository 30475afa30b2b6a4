import Facts
import Testing

@testable import DataSources

/// Since when lines are asked for, and when those of a program were written.
@Suite struct LogTimeTests {
  @Test func aDurationAndAnInstantAreRead() throws {
    let now = try #require(WallTime(timestamp: "2026-11-28T05:00:00Z"))
    #expect(try #require(LogStart("5m")).time(at: now) == WallTime(timestamp: "2026-11-28T04:55:00Z"))
    #expect(try #require(LogStart("2h30m")).time(at: now) == WallTime(timestamp: "2026-11-28T02:30:00Z"))
    #expect(
      LogStart("2026-11-28T05:00:00+01:00") == WallTime(timestamp: "2026-11-28T04:00:00Z").map { .at($0) }
    )
    // Nobody knows by how many hours an instant without a zone is off.
    for none in ["2026-11-28T05:00:00", "200", "0s", "-5m", "yesterday", ""] {
      #expect(LogStart(none) == nil, "\(none)")
    }
  }

  @Test(arguments: [
    "2026-11-28T05:00:01Z text", "2026-11-28 05:00:01.000+00:00 [info] <0.1.0> text",
    "2026-11-28 06:00:01,000+01:00 INFO text", "2026-11-28 05:00:01.000 UTC [7] LOG:  text",
    "[2026-11-28T05:00:01+0000] text", "INFO 2026-11-28 05:00:01Z: text",
  ]) func theTimeBeforeALineIsRead(line: String) {
    #expect(LineTimes.time(of: line) == WallTime(timestamp: "2026-11-28T05:00:01Z"))
  }

  @Test(arguments: [
    "INFO:     127.0.0.1:5 - \"GET / HTTP/1.1\" 200 OK", "7:M 28 Nov 2026 05:00:01.000 * Ready", "",
    "2026-11-28",
    "Traceback (most recent call last): in the file that was written at last, on 2026-11-28 05:00:01Z",
    "2026-11-28 is a day", "2026-99-99 05:00:01Z text",
  ]) func aLineWithoutATimeHasNone(line: String) {
    #expect(LineTimes.time(of: line) == nil)
  }

  @Test func aTimeWithoutAZoneIsThisMachines() throws {
    let told = try #require(LineTimes.time(of: "[2026-11-28 05:00:01,500: INFO/MainProcess] text"))
    let utc = try #require(WallTime(timestamp: "2026-11-28T05:00:01.5Z"))
    // Whole quarters of an hour, whatever the zone of the tests is.
    let offset = told.secondsSince1970 - utc.secondsSince1970
    #expect(abs(offset) <= 14 * 3_600 && offset.remainder(dividingBy: 900) == 0)
  }

  @Test func linesWithoutATimeStayBehindTheirs() throws {
    let lines = ["cut", "2026-11-28 05:00:00Z a", "  of a", "2026-11-28 05:00:09Z b", "  of b", ""]
    func first(_ time: String) throws -> Int? {
      LineTimes.suffix(of: lines, since: try #require(WallTime(timestamp: time)))
    }
    #expect(try first("2026-11-28T04:00:00Z") == 1)
    #expect(try first("2026-11-28T05:00:01Z") == 3)
    #expect(try first("2026-11-28T06:00:00Z") == lines.count)
    // Without any time nobody knows which are meant.
    #expect(LineTimes.suffix(of: ["a", "b"], since: WallTime(secondsSince1970: 0)) == nil)
  }
}
