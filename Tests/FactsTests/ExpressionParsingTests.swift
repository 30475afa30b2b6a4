import Facts
import Testing

@Suite struct ExpressionParsingTests {
  @Test(
    arguments: [
      "queue.depth > 1000", "queue.celery.ready<=5", "queue.\"vhost/name\".ready == 0",
      "\"a b\".c is ok", "\"a b\" is not stale", "service.backend.state is not known",
      "status == 200 and body.status == \"healthy\"", "header.\"x-request-id\" != \"\"",
      "execution.auto_fail == 0", "latency < 1.5s", "latency < 500 ms", "redis.memory >= 1.2 GiB",
      "rate > 31/s", "rate > 0.5 /s", "x > 5%", "x > 5 %", "x == -1", "x >= -0.5s", "flag == true",
      "not a is ok", "not (a > 1 or b > 2) and c < 3", "any service.*.state is crit",
      "all queue.*.ready < 5", "any *.*.latency > 2s", "sum(queue.*.ready) > 10",
      "max(service.*.latency) < min(limit.*)", "count(queue.*.orphaned) == 0",
      "postgres.connections.max > 5", "10.0.0.1 is ok", "4xx.count > 1", "1 == 1", "a == b",
      "\ta  ==\tb ", "x == \"say \\\"hi\\\" \\\\ é\"", "a.b-c.d_e > 1", "service.x is crit or x.y is ok",
    ])
  func everyFormOfTheGrammarIsRead(line: String) throws {
    let condition = try Condition(parsing: line)
    #expect(try Condition(parsing: condition.text) == condition)
  }

  @Test(
    arguments: [
      ("", 0, "expected a name"),
      ("   ", 3, "not the end of the line"),
      ("queue.depth", 11, "expected a comparison"),
      ("queue.depth = 5", 12, "did you mean '=='"),
      ("a =~ \"x\"", 2, "no regular expressions"),
      ("a > 1 && b > 1", 6, "did you mean 'and'"),
      ("a > 1 || b > 1", 6, "did you mean 'or'"),
      ("!a", 0, "did you mean 'not'"),
      ("a <> 1", 2, "did you mean '!='"),
      ("a + b > 1", 2, "no arithmetic"),
      ("a - b > 1", 2, "no arithmetic"),
      ("a > 5-3", 5, "no arithmetic"),
      ("a > -b", 4, "right before a number"),
      ("a > - 5", 4, "right before a number"),
      ("a * 2 > 1", 2, "no arithmetic"),
      ("1 < a < 5", 6, "comparisons don't chain"),
      ("(a > 1) == true", 8, "can't be compared"),
      ("not not a is ok", 4, "'not' stands once"),
      ("a is fine", 5, "'fine' is no state"),
      ("a is crti", 5, "did you mean 'crit'?"),
      ("a is", 4, "expected a state"),
      ("5 is ok", 2, "a name before it"),
      ("a == ok", 5, "write 'is ok', or \"ok\" for the text"),
      ("and > 1", 0, "reserved word"),
      ("sum > 1", 0, "sum(queue.*.ready)"),
      ("sum(a.*", 7, "expected ')'"),
      ("(a > 1", 6, "the '(' in column 1"),
      ("a > 1)", 5, "the end of the line"),
      ("a > 1 adn b > 1", 6, "did you mean 'and'?"),
      ("a > 1 for 5m", 6, "'for' has no place here"),
      ("a > 10q", 6, "'q' is no unit"),
      ("a > 10gib", 6, "did you mean 'GiB'?"),
      ("a > 1.5x", 7, "'x' is no unit"),
      ("a > 5.", 6, "right after the '.'"),
      ("a. b > 1", 3, "right after the '.'"),
      ("a.*.b > 1", 2, "'*' stands only in a pattern"),
      ("any a* is ok", 5, "a whole segment"),
      ("any a.*b is ok", 7, "a whole segment"),
      ("any a.* == b", 11, "a literal only"),
      ("any a.* < \"x\"", 10, "text has no order"),
      ("a < \"x\"", 4, "text has no order"),
      ("a >= true", 5, "true and false have no order"),
      ("\"x\" == 5", 7, "a text can't be compared with a number"),
      ("5s == 5B", 6, "a time can't be compared with a size"),
      ("count(a.*) > 5s", 13, "a plain number can't be compared with a time"),
      ("sum(a.*) == \"x\"", 12, "a number can't be compared with a text"),
      ("a == 'x'", 5, "double quotes"),
      ("a == \"x", 5, "never closed"),
      ("a == \"x\\n\"", 7, "after a backslash"),
      ("a > 1\nb > 1", 5, "one line"),
      ("vhost/name.ready > 1", 5, "no arithmetic"),
      ("é > 1", 0, "need double quotes"),
      ("a == \"é\" x", 10, "'x' is unexpected"),
    ])
  func everyMistakeIsLocatedAndExplained(line: String, offset: Int, message: String) {
    let error = expressionError { () throws(ExpressionError) in _ = try Condition(parsing: line) }
    #expect(error?.offset == offset)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "no error")")
  }

  @Test func theFirstOfTwoMistakesIsReported() {
    let error = expressionError { () throws(ExpressionError) in
      _ = try Condition(parsing: "a >> 1 and b == 'x'")
    }
    #expect(error?.offset == 3)
  }

  @Test func aBareLiteralTakesTheUnitOfTheOther() throws {
    #expect(try Condition(parsing: "5 == 5s").evaluate(FactTable()) == .yes)
    #expect(try Condition(parsing: "5ms < 1s").evaluate(FactTable()) == .yes)
  }

  @Test func aConditionTellsItsNamesAndPatterns() throws {
    let condition = try Condition(
      parsing: "a.b > 1 and (c is ok or any d.* > 1) and sum(e.*) > max(d.*) and a.b < limit"
    )
    #expect(condition.names == ["a.b", "c", "limit"])
    #expect(condition.patterns.map(\.description) == ["d.*", "e.*", "d.*"])
  }

  @Test func nestingIsReadUpToItsLimitAndRefusedBeyond() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "(", count: depth) + "a is ok" + String(repeating: ")", count: depth)
    }
    #expect(try Condition(parsing: nested(32)).names == ["a"])
    let error = expressionError { () throws(ExpressionError) in
      _ = try Condition(parsing: nested(33))
    }
    #expect(error?.offset == 32)
    #expect(error?.message == "nested too deeply: at most 32 levels")
  }

  @Test func aLineOfAKilobyteIsReadAndALongerOneRefused() throws {
    let text = "a == \"" + String(repeating: "x", count: 1_017) + "\""
    #expect(text.utf8.count == 1_024)
    #expect(try Condition(parsing: text).text == text)
    for line in [text + " ", String(repeating: "a", count: 10_000)] {
      let error = expressionError { () throws(ExpressionError) in _ = try Condition(parsing: line) }
      #expect(error == ExpressionError("the line is too long: at most 1024 bytes", at: 1_024))
    }
  }

  @Test func anEndlessNumberIsRefused() {
    let line = "a > " + String(repeating: "9", count: 400)
    let error = expressionError { () throws(ExpressionError) in _ = try Condition(parsing: line) }
    #expect(error == ExpressionError("the number is too large", at: 4))
  }

  @Test(
    arguments: [
      ["queue", "celery", "ready"], ["queue", "vhost/name", "ready"], ["a b"], ["count"], [""],
      ["x", "*", "y"], ["-a", "7", "ok"], ["a\"b\\c", "é.ü"], ["not"], ["1", "5", "s"],
    ])
  func aNameSurvivesWritingAndReading(segments: [String]) throws {
    let name = FactName(segments: segments)
    #expect(try FactName(parsing: name.description) == name)
    let pattern = FactPattern(name)
    #expect(try FactPattern(parsing: pattern.description) == pattern)
    #expect(pattern.matches(name))
  }

  @Test(arguments: [("", 0), ("a.", 2), (".a", 0), ("a b", 2), ("a..b", 2), ("a.*", 2), ("a/b", 1)])
  func aBadNameIsLocated(text: String, offset: Int) {
    let error = expressionError { () throws(ExpressionError) in _ = try FactName(parsing: text) }
    #expect(error?.offset == offset)
  }

  @Test func aStarMatchesOneWholeSegment() throws {
    let pattern = try FactPattern(parsing: "queue.*.ready")
    #expect(pattern.matches("queue.celery.ready"))
    #expect(pattern.matches(FactName("queue", "vhost/a.b", "ready")))
    #expect(!pattern.matches("queue.ready"))
    #expect(!pattern.matches("queue.a.b.ready"))
    #expect(!pattern.matches("queue.celery.unacked"))
    #expect(!(try FactPattern(parsing: "queue.\"*\".ready")).matches("queue.celery.ready"))
  }
}
