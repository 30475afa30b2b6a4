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
    "INFO:     127.0.0.1:5 - \"GET / HTTP/1.1\" 200 OK", "7:M 28 Nov 2026 is a day", "",
    "2026-11-28",
    "Traceback (most recent call last): in the file that was written at last, on 2026-11-28 05:00:01Z",
    "2026-11-28 is a day", "2026-99-99 05:00:01Z text",
  ]) func aLineWithoutATimeHasNone(line: String) {
    #expect(LineTimes.time(of: line) == nil)
  }

  @Test func aTimeWithoutAZoneIsThisMachinesAndToldSo() throws {
    let told = try #require(LineTimes.stamp(of: "[2026-11-28 05:00:01,500: INFO/MainProcess] text"))
    let utc = try #require(WallTime(timestamp: "2026-11-28T05:00:01.5Z"))
    // Whole quarters of an hour, whatever the zone of the tests is.
    let offset = utc.secondsSince1970 - told.time.secondsSince1970
    #expect(abs(offset) <= 14 * 3_600 && offset.remainder(dividingBy: 900) == 0)
    #expect(told.assumedOffset == Int(offset))
    #expect(LineTimes.stamp(of: "2026-11-28 05:00:01Z text")?.assumedOffset == nil)
    #expect(LineTimes.stamp(of: "2026-11-28 05:00:01 UTC text")?.assumedOffset == nil)
  }

  @Test func redisTellsItsTimeToo() throws {
    let told = try #require(LineTimes.stamp(of: "7:M 28 Nov 2026 05:00:01.250 * Ready to accept connections"))
    let utc = try #require(WallTime(timestamp: "2026-11-28T05:00:01.25Z"))
    #expect(told.assumedOffset.map { told.time.secondsSince1970 + Double($0) } == utc.secondsSince1970)
    #expect(LineTimes.time(of: "7:M 31 Feb 2026 05:00:01.250 * Ready") == nil)
  }

  @Test func zonesAreWrittenAsTheyAreSpoken() {
    #expect(
      [0, 3_600, -12_600, 20_700, -300].map { LineTimes.zone(ahead: $0) } == [
        "UTC+0", "UTC+1", "UTC-3:30", "UTC+5:45", "UTC-0:05",
      ]
    )
  }

  @Test func linesWithoutATimeStayBehindTheirs() throws {
    let lines = ["cut", "2026-11-28 05:00:00Z a", "  of a", "2026-11-28 05:00:09Z b", "  of b", ""]
    func since(_ time: String) throws -> LineTimes.Since? {
      LineTimes.since(try #require(WallTime(timestamp: time)), of: lines)
    }
    #expect(try since("2026-11-28T04:00:00Z")?.first == 1)
    #expect(try since("2026-11-28T05:00:01Z")?.first == 3)
    #expect(try since("2026-11-28T05:00:01Z")?.untimed == 2)
    #expect(try since("2026-11-28T06:00:00Z")?.first == lines.count)
    #expect(try since("2026-11-28T06:00:00Z")?.begins == WallTime(timestamp: "2026-11-28T05:00:00Z"))
    #expect(try since("2026-11-28T06:00:00Z")?.assumedZone == nil)
    // Without any time nobody knows which are meant.
    #expect(LineTimes.since(WallTime(secondsSince1970: 0), of: ["a", "b"]) == nil)
  }

  /// The lines of a program of supervisor since 05:00:05, and what is not known of them.
  private func timed(_ output: [SafeText], _ errors: [SafeText]) throws -> (lines: [SafeText], LogTail) {
    let since = try #require(WallTime(timestamp: "2026-11-28T05:00:05Z"))
    let timed = SupervisorRuntime.timed(["stdout": output, "stderr": errors], since)
    return ((timed.lines["stdout"] ?? []) + (timed.lines["stderr"] ?? []), timed.tail)
  }

  @Test func aStreamReachesBackIfALineFromBeforeIsThere() throws {
    let (lines, whole) = try timed(["2026-11-28 05:00:00Z old"], [])
    #expect(lines.isEmpty && whole.remarks.isEmpty)
    let (late, cut) = try timed(["2026-11-28 05:00:00Z old"], ["2026-11-28 05:00:07Z new", "  of new"])
    #expect(late == ["2026-11-28 05:00:07Z new", "  of new"])
    #expect(cut.gaps.map(\.part) == ["stderr"] && cut.untimed == 1)
    #expect(cut.remarks.first == "stderr begins later, at 2026-11-28T05:00:07Z")
    // Nothing can be had of either.
    #expect(try timed([], []).1.gaps == [LogGap("", .beginsLater(nil))])
    let (_, timeless) = try timed(["no time"], ["2026-11-28 05:00:00Z old"])
    #expect(timeless.gaps == [LogGap("stdout", .timeless)] && timeless.gaps[0].isUnread)
    let (_, zoneless) = try timed(["2026-11-20 05:00:00 old"], [])
    #expect(zoneless.assumedZone != nil && zoneless.gaps.isEmpty)
  }

  @Test func theEnginesLinesReachBackIfOneFromBeforeIsThere() throws {
    let since = try #require(WallTime(timestamp: "2026-11-28T05:00:05Z"))
    func tail(_ seconds: ClosedRange<Int>, most: Int = 5) -> LogTail {
      let text = seconds.map { "2026-11-28T05:00:0\($0).500000000Z line \($0)\n" }.joined()
      return DockerLogs.lines(of: Array(text.utf8), since: since, most: most, part: "shop-1")
    }
    #expect(tail(4...7).lines == ["line 5", "line 6", "line 7"])
    #expect(tail(4...7).gaps.isEmpty)
    #expect(tail(1...4).lines.isEmpty && tail(1...4).gaps.isEmpty)
    // Rotated away, or never written.
    #expect(tail(6...7).remarks == ["shop-1 begins later, at 2026-11-28T05:00:06Z"])
    #expect(tail(5...8, most: 3).lines == ["line 6", "line 7", "line 8"])
    #expect(tail(5...8, most: 3).gaps == [LogGap("shop-1", .cut)])
    #expect(tail(4...7, most: 3).gaps.isEmpty)
    let none = DockerLogs.lines(of: [], since: since, most: 5, part: "shop-1")
    #expect(none.gaps == [LogGap("shop-1", .beginsLater(nil))])
  }
}
