import Facts
import Testing

@testable import Operations

/// What differs between an execution that failed and the last good one of its scenario.
@Suite struct RunComparisonTests {
  private static func step(
    _ order: Int,
    heard: SafeText? = "lights off",
    took: Duration? = .milliseconds(800),
    verdict: SafeText? = "auto_pass",
    score: Double? = 0.93,
    errors: [SafeText] = [],
    error: SafeText? = nil
  ) -> StepDetail {
    StepDetail(
      id: "s\(order)",
      order: order,
      utterance: "turn off the lights",
      transcription: heard,
      response: "done",
      commandKind: "SmartHome",
      responseTime: took,
      error: error,
      validations: [
        ValidationDetail(
          id: "v\(order)",
          score: score,
          asrScore: nil,
          reviewStatus: verdict,
          decision: nil,
          language: "en-US",
          errors: errors,
          createdAt: WallTime(secondsSince1970: 0)
        )
      ]
    )
  }

  private static func execution(
    _ id: String,
    at second: Double,
    status: SafeText = "completed",
    error: SafeText? = nil,
    _ steps: [StepDetail]
  ) -> ExecutionDetail {
    ExecutionDetail(
      id: id,
      scenario: "Lights",
      status: status,
      error: error,
      createdAt: WallTime(secondsSince1970: second),
      duration: .seconds(1),
      steps: steps
    )
  }

  @Test func onlyWhatDiffersIsTold() {
    let good = Self.execution("good", at: 0, [Self.step(1), Self.step(2), Self.step(3)])
    let bad = Self.execution(
      "bad",
      at: 5_400,
      [
        Self.step(1, took: .milliseconds(1_000)),
        Self.step(
          2,
          heard: "flights off",
          took: .seconds(6),
          verdict: "auto_fail",
          score: 0.31,
          errors: ["Missing entity: room"]
        ),
      ]
    )
    #expect(
      RunComparison(failed: bad, good: good).lines.map(\.string) == [
        "Lights  completed 1970-01-01T01:30:00Z  bad", "  against good, well 1h30m before",
        "  step 1  the same",
        "  step 2", "    heard    now  flights off", "             was  lights off",
        "    took     now  6 s",
        "             was  800 ms", "    verdict  now  auto_fail", "             was  auto_pass",
        "    score    now  0.31", "             was  0.93", "    reason   now  Missing entity: room",
        "             was  –", "  step 3  was not reached",
      ]
    )
  }

  @Test func nothingMissingCountsAsTheSame() {
    let good = Self.execution("good", at: 0, [Self.step(1)])
    let bad = Self.execution(
      "bad",
      at: 1,
      status: "failed",
      error: "boom",
      [Self.step(1, heard: nil, took: nil, score: nil)]
    )
    let lines = RunComparison(failed: bad, good: good).lines.map(\.string)
    #expect(lines.contains("  error    now  boom"))
    #expect(lines.contains("    heard    now  –"))
    #expect(lines.contains("    took     now  –"))
    #expect(lines.contains("    score    now  –"))
  }

  @Test func whatFailedIsNoMatterOfItsStatusAlone() {
    #expect(RunComparison.hasFailed(Self.execution("a", at: 0, [Self.step(1, verdict: "auto_fail")])))
    #expect(RunComparison.hasFailed(Self.execution("a", at: 0, [Self.step(1, error: "boom")])))
    #expect(RunComparison.hasFailed(Self.execution("a", at: 0, status: "Failed", [])))
    #expect(!RunComparison.hasFailed(Self.execution("a", at: 0, [Self.step(1)])))
  }

  @Test(arguments: [Double.infinity, -.infinity, .nan, 1e300])
  func aTimeThatIsNoneIsToldAsThat(seconds: Double) {
    let good = Self.execution("good", at: 0, [Self.step(1)])
    let bad = Self.execution("bad", at: seconds, [Self.step(1, verdict: "auto_fail")])
    #expect(RunComparison(failed: bad, good: good).lines.count > 2)
  }
}
