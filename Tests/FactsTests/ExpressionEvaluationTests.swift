import Facts
import Testing

@Suite struct ExpressionEvaluationTests {
  private var facts: FactTable {
    var table: FactTable = [
      "queue.celery.ready": .number(1_243), "queue.default.ready": .number(0),
      "body.status": .text("healthy"), "flag": .flag(true), "status": .number(200),
    ]
    table.set("service.a.latency", .number(12), unit: .milliseconds)
    table.set("service.b.latency", .number(1.3), unit: .seconds, state: .warn)
    table.set("redis.memory", .number(1.5), unit: .gibibytes)
    table.set("old", .number(7), state: .stale)
    table.set("broken", .number(7), state: .error, word: "refused")
    table.set("empty", nil, word: "no such series")
    table.set("bad", .number(9), state: .crit)
    table.set("load", .number(80), unit: .percent)
    table.set("third", .number(0.3), unit: .seconds)
    return table
  }

  @Test(
    arguments: [
      ("queue.celery.ready > 1000", Truth.yes), ("queue.celery.ready < 1000", .no),
      ("1000 < queue.celery.ready", .yes), ("queue.celery.ready != 1243", .no),
      ("body.status == \"healthy\"", .yes), ("body.status != \"healthy\"", .no),
      ("flag == true", .yes), ("flag == false", .no), ("flag != false", .yes),
      ("old > 1", .unknown), ("broken > 1", .unknown), ("empty == 0", .unknown),
      ("missing == 0", .unknown), ("bad == 9", .yes),
      ("old is stale", .yes), ("old is known", .no), ("broken is error", .yes),
      ("broken is not error", .no), ("empty is nodata", .yes), ("missing is nodata", .yes),
      ("missing is unknown", .yes), ("missing is not ok", .yes), ("bad is known", .yes),
      ("service.b.latency is warn", .yes), ("bad is crit", .yes), ("flag is ok", .yes),
      ("service.a.latency == 12", .yes), ("service.a.latency == 12ms", .yes),
      ("service.a.latency < 0.02s", .yes), ("service.b.latency == 1300ms", .yes),
      ("service.b.latency > service.a.latency", .yes), ("third == 300ms", .yes),
      ("redis.memory == 1536 MiB", .yes), ("redis.memory > 1.6 GB", .yes),
      ("redis.memory < 2", .yes), ("load >= 80%", .yes), ("load < 80", .no),
      ("service.a.latency > 5B", .unknown), ("status == 200s", .unknown),
      ("status == \"200\"", .unknown), ("body.status > status", .unknown),
      ("not old > 1", .unknown), ("not status == 200", .no),
      ("status == 200 and old > 1", .unknown), ("status == 500 and old > 1", .no),
      ("status == 200 or old > 1", .yes), ("status == 500 or old > 1", .unknown),
      ("status == 500 or status == 200 and flag == true", .yes),
      ("(status == 200 or flag == true) and status == 500", .no),
      ("any queue.*.ready > 1000", .yes), ("all queue.*.ready > 1000", .no),
      ("all queue.*.ready >= 0", .yes), ("any queue.*.ready > 5000", .no),
      ("any nothing.* > 1", .unknown), ("all nothing.* is ok", .unknown),
      ("any service.*.latency is warn", .yes), ("all service.*.latency is known", .yes),
      ("all service.*.latency is not crit", .yes), ("any service.*.latency > 1s", .yes),
      ("any * > 8", .yes), ("all * is known", .no),
      ("sum(queue.*.ready) == 1243", .yes), ("max(queue.*.ready) > 1242", .yes),
      ("min(queue.*.ready) == 0", .yes), ("count(queue.*.ready) == 2", .yes),
      ("count(nothing.*) == 0", .unknown), ("sum(nothing.*) == 0", .unknown),
      ("sum(service.*.latency) == 1312ms", .yes), ("max(service.*.latency) == 1.3s", .yes),
      ("sum(*) > 1", .unknown), ("max(old) > 1", .unknown), ("min(body.*) > 1", .unknown),
    ])
  func everyTestIsDecidedByItsFacts(line: String, expected: Truth) throws {
    let condition = try Condition(parsing: line)
    #expect(condition.evaluate(facts) == expected)
    #expect(condition.evaluateExplaining(facts).truth == expected)
  }

  @Test func theTruthTablesAreKleenes() {
    for left in Truth.allCases {
      for right in Truth.allCases {
        #expect(left.and(right) == left.negated.or(right.negated).negated)
        #expect(left.and(right) == right.and(left))
        #expect(left.or(right) == right.or(left))
      }
      #expect(left.negated.negated == left)
      #expect(left.and(.yes) == left)
      #expect(left.or(.no) == left)
      #expect(left.and(.no) == .no)
      #expect(left.or(.yes) == .yes)
    }
    #expect(Truth.all([]) == .unknown)
    #expect(Truth.any([]) == .unknown)
    #expect(Truth.yes.and(.unknown) == .unknown)
  }

  @Test(
    arguments: [
      ("service.a.latency > 5B", 20, "a time can't be compared with a size"),
      ("flag == true and status == 5s", 27, "a plain number can't be compared with a time"),
      ("status == \"200\"", 10, "a plain number can't be compared with a text"),
      ("body.status > 5", 14, "text has no order: compare it with == or !="),
      ("status > body.status", 9, "text has no order: compare it with == or !="),
      ("load > 5/s", 7, "a percentage can't be compared with a rate"),
      ("any service.*.latency > 5%", 24, "service.a.latency: a time can't be compared with a percentage"),
      ("sum(body.*) > 5", 14, "body.status is not a number"),
      ("redis.memory > sum(service.*.latency)", 15, "a size can't be compared with a time"),
      // A stale or failed fact still has the unit of its last value.
      ("old > 5s", 6, "a plain number can't be compared with a time"),
    ])
  func aMisfitOfUnitsOrTypesIsLocated(line: String, offset: Int, message: String) throws {
    let condition = try Condition(parsing: line)
    #expect(condition.check(facts) == ExpressionError(message, at: offset))
    let notes = condition.evaluateExplaining(facts).notes
    #expect(notes.map(\.message) == [message])
  }

  @Test func anOffsetCountsFromTheBeginningOfTheRulesLine() throws {
    let rule = try Rule(parsing: "  status > 5s for 2m")
    #expect(rule.condition.check(facts)?.offset == 11)
  }

  @Test func whatIsNotKnownYetIsNoMisfit() throws {
    for line in ["missing > 5s", "empty == \"x\"", "sum(nothing.*) > 5s", "any nothing.* > 5s"] {
      #expect(try Condition(parsing: line).check(facts) == nil)
    }
  }

  @Test func anExplanationShowsEachTestItsLiveValueAndItsTruth() throws {
    let condition = try Condition(
      parsing:
        "queue.celery.ready > 1000 and service.a.latency < service.b.latency or broken is ok"
        + " and any service.*.latency > 1s and sum(queue.*.ready) > 5 and missing == 1 and old > 1"
        + " and broken > 1 and body.status == \"x\""
    )
    #expect(
      condition.explain(facts) == [
        TestExplanation(text: "queue.celery.ready > 1000", value: "1,243", truth: .yes),
        TestExplanation(
          text: "service.a.latency < service.b.latency",
          value: "12 ms and 1.3 s",
          truth: .yes
        ),
        TestExplanation(text: "broken is ok", value: "ERROR refused", truth: .no),
        TestExplanation(text: "any service.*.latency > 1s", value: "1 of 2", truth: .yes),
        TestExplanation(text: "sum(queue.*.ready) > 5", value: "1,243", truth: .yes),
        TestExplanation(text: "missing == 1", value: "no such fact", truth: .unknown),
        TestExplanation(text: "old > 1", value: "STALE", truth: .unknown),
        TestExplanation(text: "broken > 1", value: "ERROR refused", truth: .unknown),
        TestExplanation(text: "body.status == \"x\"", value: "healthy", truth: .no),
      ]
    )
  }

  @Test func onlySamplesAfterATimeCountWhereThatIsAsked() throws {
    var table = FactTable()
    table.set("a", .number(1), sampledAt: at(10))
    table.set("b", .number(1), sampledAt: at(20))
    let both = try Condition(parsing: "a == 1 and b is ok")
    #expect(both.evaluate(table) == .yes)
    #expect(both.evaluate(table, sampledAfter: at(9)) == .yes)
    #expect(both.evaluate(table, sampledAfter: at(10)) == .unknown)
    #expect(try Condition(parsing: "b is not ok").evaluate(table, sampledAfter: at(20)) == .unknown)
    #expect(try Condition(parsing: "a == 2 and b == 2").evaluate(table, sampledAfter: at(15)) == .no)
    var gone = table
    gone.set("b", nil, sampledAt: at(20))
    let claims: [(String, Truth)] = [
      ("is ok", .unknown), ("is not crit", .unknown), ("is not known", .unknown), ("is nodata", .yes),
    ]
    for (claim, truth) in claims {
      #expect(try Condition(parsing: "b \(claim)").evaluate(gone, sampledAfter: at(10)) == truth, "\(claim)")
    }
    #expect(
      both.explain(table, sampledAfter: at(15)).map(\.value) == ["no new sample", "OK"]
    )
  }

  @Test func theNewestSampleOfTheKnownFactsDatesACondition() throws {
    var table = FactTable()
    table.set("a.x", .number(1), sampledAt: at(10))
    table.set("a.y", .number(1), sampledAt: at(20))
    table.set("b", .number(1), state: .error, sampledAt: at(30))
    #expect(try Condition(parsing: "a.x == 1 and b == 1").newestSample(in: table) == at(10))
    #expect(try Condition(parsing: "any a.* == 1").newestSample(in: table) == at(20))
    #expect(try Condition(parsing: "b is error").newestSample(in: table) == nil)
  }

  @Test func aNumberThatIsNoneIsUnknown() throws {
    var table = FactTable()
    table.set("a", .number(.nan))
    table.set("b.x", .number(.infinity))
    table.set("b.y", .number(-.infinity))
    #expect(try Condition(parsing: "a == a").evaluate(table) == .unknown)
    #expect(try Condition(parsing: "b.x > 1").evaluate(table) == .yes)
    #expect(try Condition(parsing: "sum(b.*) > 1").evaluate(table) == .unknown)
  }
}
