import Facts
import Testing

/// What is kept of what a service has written.
@Suite struct LogTailTests {
  private func lines(_ text: String, most: Int = 20) -> [String] {
    LogTail(of: text.utf8, most: most).lines.map(\.string)
  }

  @Test func lastLinesAreKeptInTheirOrder() {
    #expect(lines("one\ntwo\r\n\nfour\n\n", most: 3) == ["two", "", "four"])
    #expect(lines("no end") == ["no end"])
    #expect(lines("").isEmpty)
    #expect(lines("\n\r\n\n").isEmpty, "nothing but ends of lines is nothing")
  }

  @Test func coloursAreTakenOffAndNothingElse() {
    #expect(lines("\u{1B}[1;31mERROR\u{1B}[0m pool \u{1B}[2J\u{1B}[") == ["ERROR pool ␛[2J␛["])
  }

  @Test func hostileBytesAreHarmlessAndLongLinesCut() {
    let bytes =
      Array("a\u{07}\u{202E}b".utf8) + [0xFF, 0x0A] + Array(repeating: UInt8(ascii: "x"), count: 100_000)
    let tail = LogTail(of: bytes, most: 20)
    #expect(tail.lines.first == "a␇\u{FFFD}b\u{FFFD}")
    #expect(tail.lines.last?.string.utf8.count == 16_384 + "…".utf8.count)
    #expect(tail.gaps == [LogGap("", .longLines(1))])
    #expect(tail.shown.first { $0.string.utf8.count > 1_000 }?.string.utf8.count == 2_048 + "…".utf8.count)
    #expect(tail.lines.last?.string.hasSuffix("…") == true)
  }
}
