import Facts
import Testing

@testable import Console

private func at(_ milliseconds: Int64) -> MonotonicTime {
  MonotonicTime(nanoseconds: milliseconds * 1_000_000)
}

struct InputSplitterTests {
  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  @Test func plainKeysPassAtOnce() {
    var splitter = InputSplitter()
    #expect(text(splitter.feed(Array("jkü日".utf8), at: at(0))) == "jkü日")
    #expect(splitter.deadline == nil)
  }

  @Test func loneEscapeWaitsForItsTime() {
    var splitter = InputSplitter()
    #expect(splitter.feed([0x1B], at: at(0)) == [])
    #expect(splitter.deadline == at(25))
    #expect(splitter.expire(at: at(24)) == [])
    #expect(splitter.expire(at: at(25)) == [0x1B])
    #expect(splitter.deadline == nil)
  }

  @Test func tornSequenceIsMended() {
    var splitter = InputSplitter()
    #expect(splitter.feed(Array("x\u{1B}[1;".utf8), at: at(0)) == [UInt8(ascii: "x")])
    #expect(text(splitter.feed(Array("5Ay".utf8), at: at(10))) == "\u{1B}[1;5Ay")
    #expect(splitter.deadline == nil)
  }

  @Test func tornCharacterIsMendedOrDropped() {
    var splitter = InputSplitter()
    #expect(splitter.feed([0xE6, 0x97], at: at(0)) == [])
    #expect(text(splitter.feed([0xA5], at: at(5))) == "日")
    #expect(splitter.feed([0xE6, 0x97], at: at(10)) == [])
    #expect(splitter.expire(at: at(60)) == [])
    #expect(splitter.feed([0xFF, 0xC0, 0x80, 0xED, 0xA0, 0x80, 0x71], at: at(70)) == [0x71])
  }

  @Test func answerIsNoKey() {
    var splitter = InputSplitter()
    #expect(text(splitter.feed(Array("a\u{1B}[?2026;2$yb".utf8), at: at(0))) == "ab")
    #expect(splitter.hasSynchronizedOutput == true)
    _ = splitter.feed(Array("\u{1B}[?2026;0$y".utf8), at: at(1))
    #expect(splitter.hasSynchronizedOutput == false)
  }

  @Test func endlessSequenceIsDropped() {
    var splitter = InputSplitter()
    let endless = Array(("\u{1B}[" + String(repeating: "1", count: 200)).utf8)
    _ = splitter.feed(endless, at: at(0))
    #expect(text(splitter.feed(Array("q".utf8), at: at(1))).hasSuffix("q"))
  }

  @Test(arguments: [
    ("\u{1B}Oé", "\u{1B}Oé"), ("\u{1B}[é", "é"), ("\u{1B}[1\u{1B}[A", "\u{1B}[A"), ("\u{1B}[1;\rq", "\rq"),
  ])
  func aSequenceThatBreaksOffTearsNothingElse(typed: String, keys: String) {
    var splitter = InputSplitter()
    #expect(text(splitter.feed(Array(typed.utf8), at: at(0))) == keys)
    #expect(splitter.deadline == nil)
  }

  @Test func doubleEscapeIsTwoKeys() {
    var splitter = InputSplitter()
    #expect(splitter.feed([0x1B, 0x1B], at: at(0)) == [0x1B])
    #expect(splitter.expire(at: at(30)) == [0x1B])
  }
}

struct LoneKeyRuleTests {
  /// What the rule says of batches in turn, each of keys at a time, for a dialog shown at `shownAt`.
  private func verdicts(shownAt: MonotonicTime? = at(0), _ batches: (Int64, [KeyPress])...) -> [Bool] {
    var rule = LoneKeyRule()
    return batches.map { rule.admits(KeyBatch(keys: $0.1, at: at($0.0)), shownAt: shownAt) }
  }

  @Test func keyByItselfCounts() {
    #expect(verdicts((100, [.character("y")]), (130, [.enter])) == [true, true])
  }

  @Test func keysOfOneReadDoNot() {
    #expect(verdicts((100, [.character("y"), .enter])) == [false])
  }

  @Test func keysTooCloseDoNot() {
    let y = [KeyPress.character("y")]
    #expect(verdicts((100, y), (129, y), (158, y), (188, y)) == [true, false, false, true])
  }

  @Test func keyBeforeThePaintDoesNot() {
    #expect(verdicts(shownAt: at(101), (100, [.character("y")])) == [false])
    #expect(verdicts(shownAt: nil, (200, [.character("y")])) == [false])
  }

  @Test func pasteNeverDoes() {
    let y = [KeyPress.character("y")]
    #expect(
      verdicts((100, [.pasteStart]), (200, y), (300, [.pasteEnd]), (400, y)) == [false, false, false, true]
    )
  }
}

struct TerminalLocaleTests {
  @Test func firstThatSaysSomethingDecides() {
    #expect(TerminalLocale.wish([:]) == .unset)
    #expect(TerminalLocale.wish(["LC_ALL": "", "LANG": "de_DE.UTF-8"]) == .named("de_DE.UTF-8"))
    #expect(TerminalLocale.wish(["LC_ALL": "C", "LANG": "de_DE.UTF-8"]) == .plain)
    #expect(TerminalLocale.wish(["LC_CTYPE": "POSIX"]) == .plain)
  }
}
