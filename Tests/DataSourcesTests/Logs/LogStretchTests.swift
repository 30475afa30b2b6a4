import Facts
import Testing

@testable import DataSources

/// Logs that are read on from where they were left: nothing twice, nothing lost unseen.
@Suite struct LogStretchTests {
  private func docker(_ lines: [String], after mark: LogMark = LogMark(), most: Int = 10) -> LogStretch {
    let text = lines.map { "2026-11-28T05:00:\($0)\n" }.joined()
    return DockerLogs.stretch(of: Array(text.utf8), after: mark, most: most, part: "web")
  }

  private func texts(_ stretch: LogStretch) -> [String] {
    stretch.lines.map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  @Test func aMomentIsKeptToTheNanosecond() {
    #expect(LogMark.key("2026-11-28T05:00:01.123456789Z") == "1795842001.123456789")
    #expect(LogMark.key("2026-11-28T05:00:01.5Z") == "1795842001.500000000")
    #expect(LogMark.key("2026-11-28T06:00:01+01:00") == "1795842001.000000000")
    #expect(LogMark.key("2026-11-28T05:00:01") == nil && LogMark.key("GET") == nil)
  }

  @Test func theEnginesAnswerOverlapsAndNothingIsToldTwice() {
    let first = docker(["01.000000001Z a", "01.000000002Z b", "01.000000002Z c"])
    #expect(texts(first) == ["a", "b", "c"])
    // `since` that moment tells its lines once more, and another of the same moment.
    let next = docker(
      ["01.000000002Z b", "01.000000002Z c", "01.000000002Z d", "01.000000003Z e"],
      after: first.mark
    )
    #expect(texts(next) == ["d", "e"])
    #expect(texts(docker(["01.000000003Z e"], after: next.mark)).isEmpty)
    #expect(texts(docker(["01.000000003Z e", "01.000000003Z f"], after: next.mark)) == ["f"])
  }

  @Test func whatTheEngineLeftOutIsAGap() {
    let first = docker(["01.000000001Z a"], most: 2)
    let next = docker(["05.000000001Z x", "05.000000002Z y", "05.000000003Z z"], after: first.mark, most: 2)
    #expect(next.gaps == [LogGap("web", .cut)])
    // At first there are older ones by their nature.
    #expect(docker(["05.000000001Z x", "05.000000002Z y", "05.000000003Z z"], most: 2).gaps.isEmpty)
    let whole = docker(["01.000000001Z a", "05.000000002Z y", "05.000000003Z z"], after: first.mark, most: 2)
    #expect(whole.gaps.isEmpty && texts(whole) == ["y", "z"])
  }

  @Test func linesWithoutTimesAreToldOnceAndThatIsAGap() {
    let plain = DockerLogs.stretch(of: Array("a\nb\n".utf8), after: LogMark(), most: 10, part: "web")
    #expect(texts(plain) == ["a", "b"] && plain.gaps == [LogGap("web", .timeless)])
    let again = DockerLogs.stretch(of: Array("a\nb\nc\n".utf8), after: plain.mark, most: 10, part: "web")
    #expect(texts(again).isEmpty && again.gaps == [LogGap("web", .timeless)])
  }

  private func supervisor(
    _ text: String,
    size: Int,
    asked: Int?,
    isCut: Bool = false
  ) -> (lines: [String], next: Int) {
    let told = SupervisorRuntime.lines(of: Array(text.utf8), endingAt: size, asked: asked, isCut: isCut)
    return (told.lines.map { String(decoding: $0, as: UTF8.self) }, told.next)
  }

  @Test func supervisorsBytesAreCountedToTheEndOfTheLastWholeLine() {
    #expect(supervisor("a\nb\nhal", size: 7, asked: 0) == (["a", "b"], 4))
    #expect(supervisor("half\n", size: 9, asked: 4) == (["half"], 9))
    #expect(supervisor("hal", size: 7, asked: 4) == ([], 4))
    #expect(supervisor("", size: 4, asked: 4) == ([], 4))
    // The end alone: its first line has lost its beginning.
    #expect(supervisor("st\nb\n", size: 100, asked: nil, isCut: true) == (["b"], 100))
    #expect(supervisor("a\nb\n", size: 4, asked: nil) == (["a", "b"], 4))
    // Shorter than it was: begun anew.
    #expect(supervisor("", size: 3, asked: 10) == ([], 0))
    #expect(supervisor("\u{7F}[31mred \n", size: 10, asked: 0).lines == ["\u{1B}[31mred"])
  }

  /// Two streams of one container are told in the order in which the engine took them, not in that of their moments.
  @Test func momentsOutOfOrderAreToldOnce() {
    let first = docker(["01.000000002Z b", "01.000000001Z a"])
    #expect(texts(first) == ["b", "a"])
    let next = docker(["01.000000002Z b", "01.000000001Z a", "01.000000003Z c"], after: first.mark)
    #expect(texts(next) == ["c"] && next.gaps.isEmpty)
  }

  /// The last line that was told isn't there any more: the log was begun anew, and nobody knows what it held before.
  @Test func aLogThatWasBegunAnewIsAGap() {
    let first = docker(["01.000000001Z a", "01.000000002Z b"])
    let next = docker(["09.000000001Z x"], after: first.mark)
    #expect(texts(next) == ["x"] && next.gaps == [LogGap("web", .cut)])
    #expect(docker([], after: first.mark).gaps == [LogGap("web", .cut)])
  }
}
