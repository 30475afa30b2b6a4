import DataSources
import Testing

@Suite struct DurationTextTests {
  @Test func durationsBeyondTheClockAreRefused() {
    #expect(DurationText.parse("2147483648m") == nil)
    #expect(DurationText.parse("106751d") == .seconds(106_751 * 86_400))
    #expect(DurationText.parse("106752d") == nil)
  }
}
