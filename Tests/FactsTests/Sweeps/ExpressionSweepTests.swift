import Facts
import TestSupport
import Testing

@Suite struct ExpressionSweepTests {
  private static let pieces = [
    "and", "or", "not", "is", "any", "all", "sum(", "count(", "(", ")", ".", "*", "\"", "\\", "a", "b.c",
    "5", "0.5", "-", "%", "/s", "GiB", "==", "!=", "<", ">=", "=", "for", "within", "holding", "2m",
    "ok", "unknown", "true", " ", " ", " ", "é", "\u{1F600}", "\u{0}", "\n", "9999999999999999999",
  ]

  private static let readableLines = [
    "queue.\"vhost/name\".ready > 1000 and not (a is ok or b.c < 1.5s) for 2m30s",
    "sum(queue.*.ready) >= 5% or any *.x == \"é\\\"\" within 90s holding 3",
    "-5 == a.b-c", "10.0.0.1 is ok", "b.c == \"x\" or a > 4",
  ]

  /// Random bytes, a heap of tokens, or a readable line with up to three tokens put over its bytes.
  private static func randomLine(_ generator: inout SeededGenerator) -> [UInt8] {
    switch Int.random(in: 0..<3, using: &generator) {
    case 0:
      return (0..<Int.random(in: 0...40, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
    case 1:
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 0...24, using: &generator) {
        bytes += Array(generator.pick(pieces).utf8)
        if Bool.random(using: &generator) { bytes.append(0x20) }
      }
      return bytes
    default:
      var bytes = Array(generator.pick(readableLines).utf8)
      for _ in 0..<Int.random(in: 0...3, using: &generator) {
        let index = Int.random(in: 0..<bytes.count, using: &generator)
        bytes.replaceSubrange(index...index, with: generator.pick(pieces).utf8)
      }
      return bytes
    }
  }

  @Test func randomLinesAreReadOrRefusedWithAnOffsetButNeverTrap() {
    let facts: FactTable = ["a": .number(5), "b.c": .text("x")]
    var readable = 0
    let failures = Sweep(seed: 20_261_124, cases: 6_000).failures(Self.randomLine) { bytes in
      let line = String(decoding: bytes, as: UTF8.self)
      var broken: String?
      let errors = [
        expressionError { () throws(ExpressionError) in
          broken = try Self.contradiction(in: line, facts)
          readable += 1
        },
        expressionError { () throws(ExpressionError) in
          _ = try Rule(parsing: line)
          readable += 1
        },
        expressionError { () throws(ExpressionError) in
          _ = try Gate(parsing: line)
          readable += 1
        },
        expressionError { () throws(ExpressionError) in
          let name = try FactName(parsing: line)
          if try FactName(parsing: name.description) != name { broken = "the name reads back differently" }
        },
        expressionError { () throws(ExpressionError) in _ = try FactPattern(parsing: line) },
        expressionError { () throws(ExpressionError) in _ = try Duration(parsing: line) },
      ]
      for case let error? in errors {
        if !(0...line.utf8.count).contains(error.offset) { broken = "an error at \(error.offset)" }
        if error.message.isEmpty { broken = "an error without words" }
      }
      return broken
    }
    #expect(failures == [])
    // Were none of them readable, the round trips above would have tested nothing.
    #expect(readable > 1_000)
  }

  /// What was read once is read again from its own text, to the same end.
  ///
  /// - Returns: what doesn't hold of that; nil if all does.
  private static func contradiction(
    in line: String,
    _ facts: FactTable
  ) throws(ExpressionError) -> String? {
    let condition = try Condition(parsing: line)
    let again = try Condition(parsing: condition.text)
    _ = condition.check(facts)
    guard again.evaluate(facts) == condition.evaluate(facts) else {
      return "its own text means another thing"
    }
    return condition.explain(facts).isEmpty ? "no explanation" : nil
  }

  @Test func manyShortTestsOnOneLineAreDecided() throws {
    let line = Array(repeating: "a == 5", count: 100).joined(separator: " or ")
    #expect(try Condition(parsing: line).evaluate(["a": .number(5)] as FactTable) == .yes)
    let clauses = String(repeating: "not (", count: 32) + "a == 5" + String(repeating: ")", count: 32)
    #expect(try Condition(parsing: clauses).evaluate(["a": .number(5)] as FactTable) == .yes)
  }

  @Test func durationsReadBackAsWritten() {
    var read = 0
    let mutation = Mutation(of: "500ms", "1h30m", "2d", "30s", "1d2h3m4s5ms", pieces: ["m", "s", "h", "d"])
    let failures = Sweep(seed: 3_000, cases: 3_000).failures(of: mutation) { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      guard let duration = try? Duration(parsing: text) else { return nil }
      read += 1
      let written = Format.exactDuration(duration)
      return (try? Duration(parsing: written)) == duration ? nil : "\(duration) is written \(written)"
    }
    #expect(failures == [])
    #expect(read > 100)
  }
}
