import Facts
import Testing

@Suite struct FactInterestTests {
  @Test(arguments: [
    ("queue.depth > 5", "queue.depth", true), ("queue.depth > 5", "queue.celery.depth", false),
    ("any queue.*.depth > 5", "queue.celery.depth", true), ("any queue.*.depth > 5", "queue.depth", false),
    ("count(source.*.state) > 1", "source.redis.state", true), ("a.b is ok or not c.d == 1", "c.d", true),
  ])
  func newsOfWhatIsReadTouches(rule: String, name: String, isTouched: Bool) throws {
    let interest = FactInterest([try Condition(parsing: rule)])
    #expect(interest.isTouched(by: [try FactName(parsing: name), "x.y"]) == isTouched)
    #expect(!interest.isTouched(by: []))
  }
}
