import Testing

@testable import DataSources

/// Lines are looked through by PCRE2; what is no pattern, or takes too long, is told.
@Suite struct LinePatternTests {
  @Test func linesAreFoundByPattern() throws {
    #expect(try LinePattern("err(or)?").matches(["an error", "none", "ERR"]) == [true, false, false])
    #expect(try LinePattern("err", ignoresCase: true).matches(["ERR"]) == [true])
    #expect(try LinePattern("ä.$").matches(["xäö"]) == [true])
    #expect(try LinePattern("").matches([]) == [])
  }

  @Test func whatIsNoPatternIsToldWithItsPlace() {
    for (text, offset) in [("a(b", 3), ("[", 1), ("\\C", 2)] {
      do {
        _ = try LinePattern(text)
        Issue.record("\(text) is taken")
      } catch {
        #expect(error.offset == offset, "\(text): \(error)")
        #expect(!error.message.isEmpty)
      }
    }
  }

  @Test func aPatternThatNeverEndsIsCutShort() throws {
    let slow = try LinePattern("^(a+)+$")
    #expect(throws: LinePattern.Failure.self) {
      try slow.matches([String(repeating: "a", count: 40) + "b"])
    }
  }
}
