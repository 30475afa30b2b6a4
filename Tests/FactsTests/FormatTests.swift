import Facts
import Testing

@Suite struct FormatTests {
  @Test(
    arguments: [
      (0, "0"), (999, "999"), (1_243, "1,243"), (1_234_567, "1,234,567"), (-1_243, "-1,243"),
      (0.4, "0"), (-0.4, "0"), (999.5, "1,000"), (1e20, "1e+20"), (.infinity, "∞"), (.nan, "–"),
    ])
  func countsHaveThousandsSeparators(number: Double, text: String) {
    #expect(Format.count(number) == text)
  }

  @Test(
    arguments: [
      (0, "0"), (12.5, "12.5"), (0.29, "0.29"), (0.05, "0.05"), (0.0042, "0.0042"), (1_243.4, "1,243"),
      (5, "5"), (2.5, "2.5"), (0.00000042, "4.2e-07"), (-0.5, "-0.5"), (99.96, "100"),
    ])
  func plainNumbersKeepWhatMatters(number: Double, text: String) {
    #expect(Format.number(number) == text)
  }

  @Test(
    arguments: [
      (0, "0"), (999, "999"), (999.4, "999"), (1_000, "1k"), (1_243, "1.2k"), (9_949, "9.9k"),
      (9_960, "10k"), (12_345, "12k"), (999_499, "999k"), (999_950, "1M"), (3_400_000, "3.4M"),
      (2e9, "2G"), (1.5e12, "1.5T"), (7e15, "7P"), (1e20, "1e+20"), (-1_243, "-1.2k"), (.infinity, "∞"),
    ])
  func compactNumbersNeverOverflowTheirSuffix(number: Double, text: String) {
    #expect(Format.compact(number) == text)
  }

  @Test(
    arguments: [
      (0, "0 s"), (0.00001, "<0.1 ms"), (0.0004, "0.4 ms"), (0.012, "12 ms"), (0.9994, "999 ms"),
      (0.9996, "1 s"), (1.3, "1.3 s"), (9.96, "10 s"), (42, "42 s"), (59.6, "1m"), (125, "2m5s"),
      (-0.012, "-12 ms"), (.infinity, "∞"), (.nan, "–"),
    ])
  func latenciesReadAsMeasures(seconds: Double, text: String) {
    #expect(Format.interval(seconds: seconds) == text)
  }

  @Test func aLatencyIsADurationMeasured() {
    #expect(Format.latency(.milliseconds(12)) == "12 ms")
    #expect(Format.latency(.milliseconds(1_300)) == "1.3 s")
  }

  @Test(
    arguments: [
      (0, "0s"), (45, "45s"), (60, "1m"), (14 * 60 + 59, "14m"), (7_200, "2h"), (8_040, "2h 14m"),
      (86_399, "23h 59m"), (86_400, "1d"), (3 * 86_400 + 80_000, "3d"), (-5, "0s"),
    ])
  func uptimesReadAtAGlance(seconds: Int, text: String) {
    #expect(Format.uptime(.seconds(seconds)) == text)
  }

  @Test(
    arguments: [
      (0, "0s"), (500, "500ms"), (9_900, "9s"), (540_000, "9m"), (250_000, "4m10s"),
      (5_400_000, "1h30m"), (266_400_000, "3d2h"), (-90_000, "-1m30s"), (-500, "-500ms"),
    ])
  func durationsAreCutToTwoUnits(milliseconds: Int, text: String) {
    #expect(Format.duration(.milliseconds(milliseconds)) == text)
  }

  @Test func anAgeIsNeverNegative() {
    #expect(Format.age(.seconds(-5)) == "0s")
    #expect(Format.age(.milliseconds(900)) == "0s")
    #expect(Format.age(.seconds(34)) == "34s")
    #expect(Format.age(.seconds(250)) == "4m10s")
  }

  @Test func timersReadLikeAStopwatch() {
    #expect(Format.clock(.seconds(14)) == "0:14")
    #expect(Format.clock(.seconds(3_723)) == "1:02:03")
    #expect(Format.clock(.seconds(-1)) == "0:00")
    #expect(Format.progress(.seconds(14), of: .seconds(120)) == "0:14 of 2:00")
    #expect(Format.progress(.seconds(200), of: .seconds(120)) == "2:00 of 2:00")
  }

  @Test(
    arguments: [
      (0, "live"), (2.9, "live"), (3, "3s"), (9.9, "3s"), (10, "10s"), (29, "20s"), (30, "30s"),
      (59, "50s"), (60, "1m"), (119, "1m"), (120, "2m"), (3_599, "59m"), (3_600, "1h"), (86_399, "23h"),
      (86_400, "1d"), (864_000, "10d"), (-5, "live"),
    ])
  func titleAgesMoveInSteps(seconds: Double, text: String) {
    #expect(Format.titleAge(.milliseconds(Int(seconds * 1_000)), interval: .seconds(2)) == text)
  }

  @Test(
    arguments: [
      (0, "0s"), (-5, "0s"), (0.0004, "0s"), (0.5, "500ms"), (90, "1m30s"), (3_600, "1h"),
      (93_784.005, "1d2h3m4s5ms"),
    ])
  func exactDurationsAreCompleteToTheMillisecond(seconds: Double, text: String) {
    #expect(Format.exactDuration(.microseconds(Int((seconds * 1_000_000).rounded()))) == text)
  }

  @Test func aTitleIsLiveForOneAndAHalfIntervals() {
    #expect(Format.titleAge(.milliseconds(14_999), interval: .seconds(10)) == "live")
    #expect(Format.titleAge(.seconds(15), interval: .seconds(10)) == "10s")
    #expect(Format.titleAge(nil, interval: .seconds(10)) == "–")
  }

  @Test(
    arguments: [
      (0, "0 B"), (512, "512 B"), (1_023, "1023 B"), (1_024, "1 KiB"), (1_288_490_189, "1.2 GiB"),
      (356_515_840, "340 MiB"), (1_048_575, "1 MiB"), (-2_048, "-2 KiB"), (.infinity, "∞"),
    ])
  func sizesAreBinary(bytes: Double, text: String) {
    #expect(Format.size(bytes: bytes) == text)
  }

  @Test(
    arguments: [
      (0, "0%"), (0.4, "0.4%"), (9.96, "10%"), (12.4, "12%"), (99.5, "99.5%"), (99.97, ">99.9%"),
      (100, "100%"), (250, "250%"), (.nan, "–%"),
    ])
  func percentagesNeverRoundUpToAll(number: Double, text: String) {
    #expect(Format.percent(number) == text)
  }

  @Test(
    arguments: [
      (0, "0/s"), (0.001, "<0.01/s"), (0.04, "0.04/s"), (0.4, "0.4/s"), (3, "3/s"), (3.52, "3.5/s"),
      (31.2, "31/s"), (1_243, "1,243/s"),
    ])
  func ratesAboveZeroNeverReadAsZero(number: Double, text: String) {
    #expect(Format.rate(perSecond: number) == text)
  }

  @Test func scoresHaveTwoDecimals() {
    #expect([0.29, 0.9, 1, 0].map(Format.score) == ["0.29", "0.90", "1.00", "0.00"])
  }

  @Test(
    arguments: [
      (FactValue.number(1_243), FactUnit.one, "1,243"), (.number(0.29), .one, "0.29"),
      (.number(12), .milliseconds, "12 ms"), (.number(1.3), .seconds, "1.3 s"),
      (.number(2), .hours, "2h"), (.number(1.2), .gibibytes, "1.2 GiB"), (.number(40), .percent, "40%"),
      (.number(31), .perSecond, "31/s"), (.flag(false), .one, "false"), (.text("x"), .one, "x"),
    ])
  func aValueIsShownWithItsUnit(value: FactValue, unit: FactUnit, text: String) {
    #expect(Format.value(value, unit: unit) == text)
  }

  @Test(arguments: [
    (0.49999, 0.5, "0.49"), (0.5, 0.5, "0.50"), (0.4949, 0.5, "0.49"), (0.285, 0.5, "0.28"),
    (0.5049, 0.505, "0.50"),
    (0.5031, 0.503, "0.51"), (0.999, 1, "0.99"), (0.0001, 0.0001, "0.01"), (-0.001, 0, "-0.01"),
  ])
  func aScoreIsNotRoundedAcrossItsThreshold(number: Double, threshold: Double, text: String) {
    #expect(Format.score(number, against: threshold) == text)
  }
}
