import Facts
import Testing

@Suite struct RuleParsingTests {
  @Test func aRuleHasADurationOrNone() throws {
    #expect(try Rule(parsing: "queue.depth > 1000").duration == .zero)
    let rule = try Rule(parsing: " queue.depth > 1000 for 2m ")
    #expect(rule.duration == .seconds(120))
    #expect(rule.condition.text == "queue.depth > 1000")
    #expect(try Rule(parsing: "a > 5 for 1h30m10s").duration == .seconds(5_410))
    #expect(try Rule(parsing: "a > 5 m for 500 ms").duration == .milliseconds(500))
  }

  @Test(
    arguments: [
      ("a > 1 for", 9, "expected a duration"), ("a > 1 for 5", 11, "a unit is missing"),
      ("a > 1 for 5x", 11, "'x' is no unit of time"), ("a > 1 for 5B", 11, "no unit of time"),
      ("a > 1 for 1.5m", 11, "a unit is missing"), ("a > 1 for 2m within 5s", 13, "'within'"),
      ("a > 1 for 400d", 10, "at most 366d"), ("a > 1 for 99999999999999999999d", 10, "at most 366d"),
      ("a > 1 fro 5m", 6, "did you mean 'for'?"), ("a > 1 for 5m 3", 14, "a unit is missing"),
    ])
  func aBadDurationIsLocated(line: String, offset: Int, message: String) {
    let error = expressionError { () throws(ExpressionError) in _ = try Rule(parsing: line) }
    #expect(error?.offset == offset)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "no error")")
  }

  @Test func aGateWaitsNinetySecondsForOneSampleUnlessToldOtherwise() throws {
    let plain = try Gate(parsing: "probe.backend.postgres is ok")
    #expect(plain.within == .seconds(90))
    #expect(plain.holding == 1)
    let told = try Gate(parsing: "probe.backend.postgres is ok within 2m holding 3")
    #expect(told.within == .seconds(120))
    #expect(told.holding == 3)
    #expect(told.condition == plain.condition)
    #expect(try Gate(parsing: "a > 1 holding 100").holding == 100)
  }

  @Test(
    arguments: [
      ("a is ok within 0s", 15, "some time"), ("a is ok holding 0", 16, "from 1 to 100"),
      ("a is ok holding 101", 16, "from 1 to 100"), ("a is ok holding x", 16, "from 1 to 100"),
      ("a is ok holding 3 within 9s", 18, "'within' has no place here"),
      ("a is ok holdng 3", 8, "did you mean 'holding'?"), ("a is ok for 3s", 8, "'for' has no place"),
    ])
  func aBadGateIsLocated(line: String, offset: Int, message: String) {
    let error = expressionError { () throws(ExpressionError) in _ = try Gate(parsing: line) }
    #expect(error?.offset == offset)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "no error")")
  }

  @Test func durationsSurviveWritingAndReading() throws {
    for seconds in [1, 59, 60, 90, 3_600, 5_400, 86_400, 90_000] {
      let duration = Duration.seconds(seconds)
      #expect(try Duration(parsing: Format.duration(duration)) == duration)
    }
    #expect(try Duration(parsing: "250ms") == .milliseconds(250))
    #expect(try Duration(parsing: "366d") == .seconds(366 * 86_400))
    for tooLong in ["367d", "99999999999d", "2147483648m"] {
      let error = expressionError { () throws(ExpressionError) in _ = try Duration(parsing: tooLong) }
      #expect(error?.message == "the duration is too long: at most 366d")
    }
    #expect(expressionError { () throws(ExpressionError) in _ = try Duration(parsing: "15m x") }?.offset == 4)
  }
}
