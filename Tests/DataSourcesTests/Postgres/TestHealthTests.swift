import Facts
import Testing

@testable import DataSources

/// When results of tests are a reason to look.
@Suite struct TestHealthTests {
  private let health = TestHealth(limits: TestLimits())

  @Test(arguments: [
    (100, 100, FactState.ok), (95, 100, .ok), (94, 100, .warn), (80, 100, .warn), (79, 100, .crit),
    (0, 10, .crit), (34, 100, .crit),
  ])
  func passIsJudgedByItsShare(good: Int, ended: Int, state: FactState) {
    #expect(health.pass(good: good, of: ended) == (state, .health))
  }

  @Test(arguments: [0, 1, 9]) func fewExecutionsCountNeitherWay(ended: Int) {
    for good in [0, ended] { #expect(health.pass(good: good, of: ended) == (.nodata, .info)) }
  }

  @Test func moreThanAFifthOfLowScoresIsAWarning() {
    #expect(health.low(100, of: 139) == .warn)
    #expect(health.low(28, of: 139) == .warn)
    #expect(health.low(27, of: 139) == .ok)
    #expect(health.low(0, of: 0) == .ok)
    #expect(health.low(1, of: 1) == .warn)
  }

  @Test func oneRunIsEnough() {
    #expect(health.attention(1) == .warn)
    #expect(health.attention(0) == .ok)
  }

  @Test func limitsAreThoseOfTheConfiguration() {
    var limits = TestLimits()
    limits.passWarning = 1
    limits.passLeast = 1
    limits.lowShare = 0
    let strict = TestHealth(limits: limits)
    #expect(strict.pass(good: 1, of: 2).state == .crit)
    #expect(strict.pass(good: 9, of: 10) == (.warn, .health))
    #expect(strict.low(1, of: 100) == .warn)
  }
}
