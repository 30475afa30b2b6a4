import Facts
import Testing

@testable import Console

private func at(_ milliseconds: Int64) -> MonotonicTime {
  MonotonicTime(nanoseconds: milliseconds * 1_000_000)
}

/// Transcripts of the stream of a terminal's bytes: what comes in, and what it is.
struct InputMachineTests {
  /// Feeds pieces at their times and gives up at the end what is still held.
  private func transcript(
    patience: Duration = InputMachine.patience,
    _ pieces: (time: Int64, bytes: String)...
  ) -> [InputToken] {
    var machine = InputMachine(patience: patience)
    var tokens: [InputToken] = []
    for piece in pieces {
      tokens += machine.expire(at: at(piece.time))
      tokens += machine.feed(Array(piece.bytes.utf8), at: at(piece.time))
    }
    if let deadline = machine.deadline { tokens += machine.expire(at: deadline) }
    #expect(machine.deadline == nil)
    return tokens
  }

  private func typed(_ text: String) -> [InputToken] { text.map { .key(.character($0)) } }

  private func sequence(_ text: String) -> InputToken { .sequence(Array("\u{1B}\(text)".utf8)) }

  @Test func plainKeysPassAtOnce() {
    var machine = InputMachine()
    #expect(
      machine.feed(Array("jkü日\u{3}\r\t\u{7F}".utf8), at: at(0))
        == typed("jkü日") + [.key(.control("c")), .key(.enter), .key(.tab), .key(.backspace)]
    )
    #expect(machine.deadline == nil)
  }

  @Test func loneEscapeWaitsForItsTime() {
    var machine = InputMachine()
    #expect(machine.feed([0x1B], at: at(0)) == [])
    #expect(machine.deadline == at(75))
    #expect(machine.expire(at: at(74)) == [])
    #expect(machine.expire(at: at(75)) == [.key(.escape)])
    #expect(machine.deadline == nil)
  }

  @Test(arguments: [
    (nil, 75), ("", 75), ("x", 75), ("-1", 75), ("0", 0), ("25", 25), ("1000", 1_000), ("99999", 75),
  ])
  func escapeDelayIsObeyed(text: String?, milliseconds: Int) {
    #expect(InputMachine.patience(escapeDelay: text) == .milliseconds(milliseconds))
  }

  @Test func aSequenceMayComeInPiecesOfFiftyMilliseconds() {
    let arrow = sequence("[1;5A")
    #expect(
      transcript((0, "x\u{1B}"), (50, "["), (100, "1"), (150, ";5"), (200, "Ay"))
        == typed("x") + [arrow] + typed("y")
    )
    // Once it is surely a sequence, it may take longer than an Escape.
    #expect(transcript((0, "\u{1B}[1;"), (800, "5A")) == [arrow])
    #expect(transcript((0, "\u{1B}[1;"), (1_100, "5A")) == typed("5A"))
    #expect(transcript(patience: .milliseconds(300), (0, "\u{1B}"), (299, "OA")) == [sequence("OA")])
    #expect(transcript((0, "\u{1B}"), (76, "[A")) == [.key(.escape)] + typed("[A"))
  }

  @Test func tornCharacterIsMendedOrDropped() {
    var machine = InputMachine()
    #expect(machine.feed([0xE6, 0x97], at: at(0)) == [])
    #expect(machine.feed([0xA5], at: at(5)) == typed("日"))
    #expect(machine.feed([0xE6, 0x97], at: at(10)) == [])
    #expect(machine.expire(at: at(85)) == [])
    #expect(machine.feed([0xFF, 0xC0, 0x80, 0xED, 0xA0, 0x80, 0x71], at: at(90)) == typed("q"))
  }

  @Test(arguments: [
    "\u{1B}[>0;276;0c", "\u{1B}[?1;2c", "\u{1B}[?62;4c", "\u{1B}[0n", "\u{1B}[?2026;2$y", "\u{1B}[?997;1n",
    "\u{1B}]52;c;aGVsbG8=\u{07}", "\u{1B}]52;c;aGVsbG8=\u{1B}\\", "\u{1B}]11;rgb:0000/0000/0000\u{1B}\\",
    "\u{1B}P>|XTerm(380)\u{1B}\\", "\u{1B}P1$r0m\u{1B}\\", "\u{1B}_Gi=1;OK\u{1B}\\", "\u{1B}^x\u{1B}\\",
    "\u{1B}Xx\u{1B}\\", "\u{1B}]0;title with ✜ in it\u{07}", "\u{1B}[M !!", "\u{1B}[97;1:3u", "\u{1B}[57358u",
    "\u{1B}[201~", "\u{1B}]52;c;\(String(repeating: "QUJD", count: 5_000))\u{07}",
  ])
  func answersAreNoKeys(answer: String) {
    #expect(transcript((0, "a\(answer)b")) == typed("ab"))
    // However slowly it comes: a byte every fifty milliseconds.
    guard answer.utf8.count < 100 else { return }
    var machine = InputMachine()
    var tokens: [InputToken] = []
    for (index, byte) in answer.utf8.enumerated() {
      tokens += machine.expire(at: at(Int64(index) * 50)) + machine.feed([byte], at: at(Int64(index) * 50))
    }
    #expect(tokens == [])
    #expect(machine.deadline == nil)
  }

  @Test func anEightBitIntroducerThatBeginsNothingIsNoKey() {
    var machine = InputMachine()
    let tokens = machine.feed([0x6A, 0x8F, 0x0D, 0x8F, 0x18], at: MonotonicTime(nanoseconds: 0))
    #expect(tokens.first == .key(.character("j")) && tokens.count == 3, "\(tokens)")
  }

  @Test func eightBitSequencesAreSequences() {
    var machine = InputMachine()
    let bytes = [0x9B, 0x32, 0x35, 0x7E, 0x9D, 0x31, 0x31, 0x9C, 0x8F, 0x41, 0x71] as [UInt8]
    #expect(machine.feed(bytes, at: at(0)) == [sequence("[25~"), sequence("OA")] + typed("q"))
  }

  @Test(arguments: [
    ("[25~", "[25~"), ("[A", "[A"), ("[1;1A", "[A"), ("[1;129A", "[A"), ("[1;1:1A", "[A"), ("[1;2A", "[1;2A"),
    ("[5;1~", "[5~"), ("OP", "OP"), ("O5A", "O5A"), ("[[A", "[[A"), ("[Z", "[Z"),
  ])
  func aKeyOfTheTypeIsAskedForWhole(bytes: String, asked: String) {
    #expect(transcript((0, "\u{1B}\(bytes)q")) == [sequence(asked)] + typed("q"))
  }

  @Test(arguments: [
    ("27u", KeyPress.escape), ("27;1u", .escape), ("13u", .enter), ("9u", .tab), ("9;2u", .backTab),
    ("127u", .backspace), ("57414u", .enter), ("57417u", .left), ("57404u", .character("5")),
    ("97u", .character("a")), ("97:65;2u", .character("A")), ("97;2u", .character("A")),
    ("99;5u", .control("c")), ("99;69u", .control("c")), ("252u", .character("ü")),
    ("97;1:2u", .character("a")),
    ("27;5;99~", .control("c")), ("27;1;27~", .escape), ("27;2;65~", .character("A")),
    ("64;5u", .control("@")),
  ])
  func keyboardsThatTellMoreAreUnderstood(bytes: String, key: KeyPress) {
    #expect(transcript((0, "\u{1B}[\(bytes)")) == [.key(key)])
  }

  @Test(arguments: [
    "97;3u", "97;9u", "97;1:3u", "u", ";u", "99999999999u", "0u", "55296u", "57376u", "27;5~", "1;5u",
  ])
  func whatIsNoKeyHereIsNothing(bytes: String) {
    #expect(transcript((0, "\u{1B}[\(bytes)q")) == typed("q"))
  }

  @Test func endlessSequenceIsOneSequence() {
    let endless = "\u{1B}[" + String(repeating: "1", count: 200_000)
    #expect(transcript((0, endless), (900, "111"), (1_800, "mq")) == typed("q"))
    #expect(transcript((0, endless), (1_100, "q")) == typed("q"))
  }

  @Test(arguments: [
    ("\u{1B}[é", "é"), ("\u{1B}[1\u{1B}[201~", ""), ("\u{1B}[1;\u{7F}q", "q"), ("\u{1B}]0;x\u{18}q", "q"),
    ("\u{1B}]0;x\u{1B}[0nq", "q"),
  ])
  func aSequenceThatBreaksOffTearsNothingElse(bytes: String, keys: String) {
    let tokens = transcript((0, bytes)).filter { $0 != .key(.backspace) }
    #expect(tokens == typed(keys))
  }

  @Test func aStringThatNeverEndsMakesNobodyDeaf() {
    let begun = "\u{1B}]52;c;abc"
    #expect(transcript((0, begun), (100, "\u{3}"), (200, "j")) == [.key(.control("c"))] + typed("j"))
    #expect(transcript((0, begun), (1_001, "j")) == typed("j"))
  }

  @Test func somebodyQuickTypesTwoKeys() {
    for letter in "[O]P_^X" {
      #expect(transcript((0, "\u{1B}\(letter)")) == [.key(.escape)] + typed("\(letter)"))
      #expect(transcript((0, "\u{1B}"), (80, "\(letter)")) == [.key(.escape)] + typed("\(letter)"))
    }
    #expect(transcript((0, "\u{1B}x")) == [.key(.escape)] + typed("x"))
    #expect(transcript((0, "\u{1B}\u{1B}")) == [.key(.escape), .key(.escape)])
    #expect(transcript((0, "\u{1B}\u{1B}[A")) == [.key(.escape), sequence("[A")])
  }

  @Test func pasteIsOneThing() {
    let text = "y\rr\u{1B}[A\u{9B}é\u{1B}[201"
    #expect(
      transcript((0, "a\u{1B}[200~\(text)\u{1B}[201~b"))
        == typed("a") + [.key(.pasted("yr[Aé[201"))] + typed("b")
    )
    let long = String(repeating: "x", count: 100_000)
    let kept = String(repeating: "x", count: 4_096)
    #expect(transcript((0, "\u{1B}[200~\(long)\u{1B}[201~b")) == [.key(.pasted(kept))] + typed("b"))
    #expect(transcript((0, "\u{1B}[200~ab\u{1B}"), (900, "[20"), (1_800, "1~")) == [.key(.pasted("ab"))])
  }

  @Test func aPasteWithoutAnEndEndsByItself() {
    #expect(transcript((0, "\u{1B}[200~abc"), (1_000, "j")) == [.key(.pasted("abc"))] + typed("j"))
    #expect(
      transcript((0, "\u{1B}[200~abc"), (300, "\u{3}"), (400, "j")) == [.key(.pasted("abc"))] + typed("j")
    )
    // Within a paste the same byte ends nothing, or its rest would be typed.
    #expect(transcript((0, "\u{1B}[200~abc"), (300, "\u{3}rry\u{1B}[201~")) == [.key(.pasted("abcrry"))])
  }

  @Test(arguments: [
    ("rgb:1e1e/1e1e/2e2e", 0x1E, 0x1E, 0x2E), ("rgb:ffff/ffff/ffff", 255, 255, 255),
    ("#fdf6e3", 0xFD, 0xF6, 0xE3),
    ("rgba:0000/8080/ffff/ffff", 0, 0x80, 255), ("rgb:f/0/8", 255, 0, 136),
  ])
  func theBackgroundIsTold(text: String, red: UInt8, green: UInt8, blue: UInt8) {
    var machine = InputMachine()
    _ = machine.feed(Array("\u{1B}]11;\(text)\u{1B}\\".utf8), at: at(0))
    #expect(machine.answers.background == TerminalAnswers.Background(red: red, green: green, blue: blue))
  }

  @Test(arguments: ["", "?", "rgb:", "rgb:1/2", "rgb:12345/1/1", "rgb:g/g/g", "#fff", "rgb:-1/-1/-1"])
  func whatIsNoColourTellsNoBackground(text: String) {
    var machine = InputMachine()
    _ = machine.feed(Array("\u{1B}]11;\(text)\u{07}".utf8), at: at(0))
    #expect(machine.answers.background == nil)
  }

  @Test func synchronizedOutputIsTold() {
    var machine = InputMachine()
    _ = machine.feed(Array("a\u{1B}[?2026;2$yb".utf8), at: at(0))
    #expect(machine.answers.hasSynchronizedOutput == true)
    _ = machine.feed(Array("\u{1B}[?2026;0$y".utf8), at: at(1))
    #expect(machine.answers.hasSynchronizedOutput == false)
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
    #expect(verdicts((100, [.pasted("y")]), (129, y), (160, y)) == [false, false, true])
    #expect(verdicts((100, y + [.pasted("x")])) == [false])
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
