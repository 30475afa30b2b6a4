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
    pieces: [
      "\u{1B}", "\u{1B}[", "\u{1B}O", ";", "?", "$y", "~", "1111111111111111111111", "\u{7F}", "\u{3}",
    ]
  )
  private static let start = MonotonicTime(nanoseconds: 0)

  @Test func whatComesOutIsWholeAndNothingIsHeldForEver() {
    let failures = Sweep(seed: 1, cases: 6_000).failures(of: Self.mutation) { bytes in
      var splitter = InputSplitter()
      let keys = splitter.feed(bytes, at: Self.start)
      if String(validating: keys, as: UTF8.self) == nil { return "a torn character comes out" }
      if keys.count > bytes.count { return "more comes out than went in" }
      guard let deadline = splitter.deadline else { return nil }
      let rest = splitter.expire(at: deadline)
      if rest.count > InputSplitter.longestSequence + 1 { return "\(rest.count) bytes were held" }
      return splitter.deadline == nil && splitter.feed([], at: deadline).isEmpty
        ? nil : "bytes are still held"
    }
    #expect(failures == [])
  }

  @Test func readsThatTearKeysChangeNothing() {
    let failures = Sweep(seed: 10_000, cases: 4_000).failures(of: Self.mutation) { bytes in
      // A longer sequence is given up where the read ends.
      guard bytes.count <= InputSplitter.longestSequence else { return nil }
      var whole = InputSplitter()
      var torn = InputSplitter()
      let expected = whole.feed(bytes, at: Self.start)
      var found: [UInt8] = []
      for byte in bytes { found += torn.feed([byte], at: Self.start) }
      if found != expected { return "torn: \(found)" }
      return whole == torn ? nil : "another state"
    }
    #expect(failures == [])
  }
}
