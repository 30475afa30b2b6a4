import Facts
import TestSupport
import Testing

@testable import Console

/// Bytes of a terminal: of keys, of pastes, of answers, of noise.
@Suite struct InputSweepTests {
  private static let mutation = Mutation(
    of: "jkü日y\r\u{1B}",
    "\u{1B}[1;5A\u{1B}OP\u{1B}[Z",
    "\u{1B}[200~pasted\u{1B}[201~",
    "\u{1B}[?2026;2$y\u{1B}[6~",
    "\u{1B}]11;rgb:1e1e/1e1e/1e1e\u{1B}\\\u{1B}P>|x(1)\u{1B}\\\u{1B}[27;5;99~\u{1B}[97:65;2u",
    pieces: [
      "\u{1B}", "\u{1B}[", "\u{1B}O", "\u{1B}]", "\u{1B}P", "\u{1B}\\", "\u{07}", ";", ":", "?", "$y", "~",
      "u",
      "[", "M", "1111111111111111111111", "\u{7F}", "\u{3}", "\u{18}",
    ]
  )
  private static let start = MonotonicTime(nanoseconds: 0)

  @Test func nothingIsHeldForEverAndNoSequenceIsTorn() {
    let failures = Sweep(seed: 1, cases: 6_000).failures(of: Self.mutation) { bytes in
      var machine = InputMachine()
      var tokens = machine.feed(bytes, at: Self.start)
      if let deadline = machine.deadline {
        tokens += machine.expire(at: deadline)
        guard machine.deadline == nil, machine.feed([], at: deadline).isEmpty else {
          return "bytes are still held"
        }
      }
      if tokens.count > bytes.count { return "more comes out than went in" }
      for case .sequence(let sequence) in tokens {
        let isWhole =
          sequence.count > 2 && sequence.dropFirst(2).dropLast().allSatisfy { $0 < 0x40 || $0 == 0x5B }
        if !isWhole || sequence[0] != 0x1B { return "a torn sequence: \(sequence)" }
      }
      // Afterwards it listens.
      guard machine.feed([UInt8(ascii: "q")], at: Self.start + .seconds(9)) == [.key(.character("q"))] else {
        return "deaf"
      }
      return nil
    }
    #expect(failures == [])
  }

  @Test func readsThatTearKeysChangeNothing() {
    let failures = Sweep(seed: 10_000, cases: 4_000).failures(of: Self.mutation) { bytes in
      var whole = InputMachine()
      var torn = InputMachine()
      let expected = whole.feed(bytes, at: Self.start)
      var found: [InputToken] = []
      // Ctrl-C by itself ends a paste; in the middle of a read it ends nothing.
      for byte in bytes where byte != 3 { found += torn.feed([byte], at: Self.start) }
      if bytes.contains(3) { return nil }
      if found != expected { return "torn: \(found)" }
      return whole == torn ? nil : "another state"
    }
    #expect(failures == [])
  }
}
