import Facts
import Testing

@Suite struct ExpressionFuzzTests {
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

  private static func pick(_ texts: [String], using generator: inout SeededGenerator) -> String {
    texts[Int.random(in: 0..<texts.count, using: &generator)]
  }

  /// Random bytes, a heap of tokens, or a readable line with up to three tokens put over its bytes.
  private func randomLine(_ round: Int, using generator: inout SeededGenerator) -> String {
    var bytes: [UInt8] = []
    switch round % 3 {
    case 0:
      bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
    case 1:
      for _ in 0..<Int.random(in: 0...24, using: &generator) {
        bytes += Array(Self.pick(Self.pieces, using: &generator).utf8)
        if Bool.random(using: &generator) { bytes.append(0x20) }
      }
    default:
      bytes = Array(Self.pick(Self.readableLines, using: &generator).utf8)
      for _ in 0..<Int.random(in: 0...3, using: &generator) {
        let index = Int.random(in: 0..<bytes.count, using: &generator)
        bytes.replaceSubrange(
          index...index,
          with: Self.pick(Self.pieces, using: &generator).utf8
        )
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func randomLinesAreReadOrRefusedWithAnOffsetButNeverTrap() {
    var generator = SeededGenerator(state: 20_261_124)
    let facts: FactTable = ["a": .number(5), "b.c": .text("x")]
    var readable = 0
    for round in 0..<6_000 {
      let line = randomLine(round, using: &generator)
      let errors = [
        expressionError { () throws(ExpressionError) in
          try readCondition(line, facts)
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
          let again = try FactName(parsing: name.description)
          #expect(again == name)
        },
        expressionError { () throws(ExpressionError) in _ = try FactPattern(parsing: line) },
        expressionError { () throws(ExpressionError) in _ = try Duration(parsing: line) },
      ]
      for case let error? in errors {
        #expect((0...line.utf8.count).contains(error.offset), "\(line)")
        #expect(!error.message.isEmpty)
      }
    }
    // Were none of them readable, the round trips above would have tested nothing.
    #expect(readable > 1_000)
  }

  /// What was read once is read again from its own text, to the same end.
  private func readCondition(_ line: String, _ facts: FactTable) throws(ExpressionError) {
    let condition = try Condition(parsing: line)
    let again = try Condition(parsing: condition.text)
    #expect(again.evaluate(facts) == condition.evaluate(facts))
    #expect(condition.explain(facts).count > 0)
    _ = condition.check(facts)
  }

  @Test func manyShortTestsOnOneLineAreDecided() throws {
    let line = Array(repeating: "a == 5", count: 100).joined(separator: " or ")
    #expect(try Condition(parsing: line).evaluate(["a": .number(5)] as FactTable) == .yes)
    let clauses = String(repeating: "not (", count: 32) + "a == 5" + String(repeating: ")", count: 32)
    #expect(try Condition(parsing: clauses).evaluate(["a": .number(5)] as FactTable) == .yes)
  }
}
