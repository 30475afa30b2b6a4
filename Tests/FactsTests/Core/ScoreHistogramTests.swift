import Facts
import Testing

/// Counts of hundredths tell what is below any threshold of whole hundredths, and how two samples differ.
@Suite struct ScoreHistogramTests {
  /// The hundredth of a score as a database sorts it: how many bounds aren't above it.
  private func histogram(_ scores: [Double]) -> ScoreHistogram {
    var counts: [Int: Int] = [:]
    for score in scores { counts[ScoreHistogram.bounds.count { $0 <= score }, default: 0] += 1 }
    return ScoreHistogram(counts)
  }

  /// Every hundredth, its neighbours on both sides, and the ends.
  private var scores: [Double] {
    let hundredths = (0...100).map { Double($0) / 100 }
    return hundredths + hundredths.map(\.nextUp).filter { $0 <= 1 }
      + hundredths.map(\.nextDown).filter { $0 >= 0 }
  }

  @Test func everyThresholdOfWholeHundredthsCountsExactly() {
    let histogram = histogram(scores)
    #expect(histogram.total == scores.count)
    for hundredths in 0...100 {
      let threshold = Double(hundredths) / 100
      #expect(histogram.below(threshold) == scores.count { $0 < threshold }, "\(threshold)")
      #expect(histogram.below(Double("0.\(hundredths < 10 ? "0" : "")\(hundredths)") ?? 1) != nil)
    }
    #expect(histogram.below(1) == scores.count { $0 < 1 }, "1.0 itself is not below it")
  }

  @Test(arguments: [0.455, -0.01, 1.01, 0.333_333, .nan, .infinity])
  func whatHundredthsCannotTellIsNotTold(threshold: Double) {
    #expect(histogram(scores).below(threshold) == nil)
  }

  @Test func tenthsAndMedianFollow() {
    let found = histogram([0.05, 0.095, 0.1, 0.485, 0.999, 1])
    #expect(found.tenths == [2, 1, 0, 0, 1, 0, 0, 0, 0, 2])
    #expect(found.median == 0.1)
    #expect(histogram([1]).median == 1)
    #expect(ScoreHistogram().median == nil)
    #expect((found + found).total == 12)
  }

  @Test func tooFewScoresTellNothingOfDrift() {
    let (few, many) = (ScoreHistogram([10: 29]), ScoreHistogram([90: 1_000]))
    #expect(ScoreDrift(few, many) == nil)
    #expect(ScoreDrift(many, few) == nil)
    #expect(ScoreDrift(ScoreHistogram(), ScoreHistogram()) == nil)
    #expect(ScoreDrift(ScoreHistogram([10: 30]), many)?.isShown == true)
  }

  @Test func theSameScoresHaveNotDrifted() throws {
    let scores = ScoreHistogram([10: 40, 50: 30, 90: 400])
    let drift = try #require(ScoreDrift(scores, scores))
    #expect(drift.distance == 0 && drift.chance == 1 && !drift.isShown)
  }

  /// The critical values of Kolmogorov's distribution: 1.358 at 5 %, 1.628 at 1 %.
  @Test(arguments: [(272, 0.05), (326, 0.01), (390, 0.001)])
  func chanceFollowsKolmogorovsDistribution(moved: Int, chance: Double) throws {
    let now = ScoreHistogram([10: 10_000 + moved, 60: 10_000 - moved])
    let before = ScoreHistogram([10: 10_000, 60: 10_000])
    let drift = try #require(ScoreDrift(now, before))
    #expect((drift.distance - Double(moved) / 20_000).magnitude < 1e-9)
    #expect((drift.chance / chance - 1).magnitude < 0.05, "\(drift.chance)")
  }
}
