import Facts
import Testing

@Suite struct TimestampTests {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00Z"), (1_795_492_134.9, "2026-11-24T03:48:54Z"),
      (951_782_400, "2000-02-29T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"),
      (-0.5, "1969-12-31T23:59:59Z"), (4_102_444_799, "2099-12-31T23:59:59Z"),
      (-62_135_596_800, "0001-01-01T00:00:00Z"), (1e300, "9999-12-31T23:59:59Z"),
      (-1e300, "0000-01-01T00:00:00Z"),
    ])
  func aWallTimeIsWrittenInUTC(seconds: Double, text: String) {
    #expect(Format.timestamp(WallTime(secondsSince1970: seconds)) == text)
  }

  @Test func millisecondsAreTheNearest() {
    func written(_ seconds: Double) -> String {
      Format.timestampWithMilliseconds(WallTime(secondsSince1970: seconds))
    }
    #expect(written(1_795_492_134.123) == "2026-11-24T03:48:54.123Z")
    #expect(written(1_795_492_134.9996) == "2026-11-24T03:48:55.000Z")
    #expect(written(1_795_492_134.007) == "2026-11-24T03:48:54.007Z")
  }

  @Test(
    arguments: [
      ("2026-11-24T03:48:54Z", 1_795_492_134), ("2026-11-24t03:48:54z", 1_795_492_134),
      ("2026-11-23T17:21:47.279340904Z", 1_795_454_507.279340904),
      ("2026-11-24 03:48:54.123+00", 1_795_492_134.123),
      ("2026-11-24T05:18:54+01:30", 1_795_492_134), ("2026-11-23T22:48:54-0500", 1_795_492_134),
      ("2026-11-24T03:48:54", 1_795_492_134), ("2026-11-24T03:48:54,5", 1_795_492_134.5),
      ("2026-11-24T03:48Z", 1_795_492_080), ("2016-12-31T23:59:60Z", 1_483_228_799),
      ("0001-01-01T00:00:00Z", -62_135_596_800), ("2024-02-29T00:00:00Z", 1_709_164_800),
    ])
  func everyServersTimestampIsRead(text: String, seconds: Double) throws {
    let time = try #require(WallTime(timestamp: text))
    #expect(abs(time.secondsSince1970 - seconds) < 1e-6)
  }

  @Test(
    arguments: [
      "", "now", "2026-11-24", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z",
      "1900-02-29T00:00:00Z", "2026-11-31T00:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T03:60:00Z",
      "2026-11-24T03:48:61Z", "2026-11-24T03:48:54.Z", "2026-11-24T03:48:54Zx", "2026-11-24T03:48:54+",
      "2026-11-24T03:48:54+1", "2026-11-24T03:48:54+24:00", "2026-11-24T03:48:54+01:60",
      "2026-11-24X03:48:54Z", "26-11-24T03:48:54Z", "+026-11-24T03:48:54Z", "２０26-11-24T03:48:54Z",
    ])
  func anythingElseIsNoTimestamp(text: String) {
    #expect(WallTime(timestamp: text) == nil)
  }

  @Test func everyDaySurvivesWritingAndReading() {
    var previous = ""
    for day in stride(from: -719_528, through: 2_932_896, by: 61) {
      let time = WallTime(secondsSince1970: Double(day) * 86_400 + 12_345)
      let text = Format.timestamp(time)
      #expect(WallTime(timestamp: text) == time)
      #expect(text > previous)
      previous = text
    }
  }

  @Test func millisecondsSurviveWritingAndReading() throws {
    for millisecond in 0..<1_000 {
      let digits = String(1_000 + millisecond).dropFirst()
      let text = "2026-11-24T03:48:54.\(digits)Z"
      let time = try #require(WallTime(timestamp: text))
      #expect(Format.timestampWithMilliseconds(time) == text)
    }
  }

  @Test func theDateOfAReplyIsRead() {
    let time = WallTime(timestamp: "1994-11-06T08:49:37Z")
    #expect(WallTime(httpDate: "Sun, 06 Nov 1994 08:49:37 GMT") == time)
    for text in [
      "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 CET",
      "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT",
    ] {
      #expect(WallTime(httpDate: text) == nil, "\(text)")
    }
  }
}
