#if canImport(Glibc)
internal import Glibc
#endif

/// How many scores lie in each hundredth of the scale from 0 to 1.
///
/// As fine as a threshold can be set: how many are below one of whole hundredths follows from it exactly.
public struct ScoreHistogram: Sendable, Hashable {
  /// The hundredths of the scale, and one more for 1.0 itself.
  public static let bins = 101

  /// 101 counts: at `n` of the scores from n/100 to below (n + 1)/100; the last of those of 1.0.
  public private(set) var counts = [Int](repeating: 0, count: bins)

  /// A histogram of no score.
  public init() {}

  /// Makes a histogram of the counts of some hundredths, 0 to 100; others are of no score.
  public init(_ counts: [Int: Int]) {
    for (bin, count) in counts where self.counts.indices.contains(bin) { self.counts[bin] = count }
  }

  /// The lower bounds of all hundredths but the first, in order: what a database sorts scores into.
  ///
  /// Each is the number that a threshold of so many hundredths is, bit by bit: n/100 as it is read from text.
  public static let bounds = (1..<bins).map { Double($0) / 100 }

  /// How many scores there are.
  public var total: Int { counts.reduce(0, +) }

  /// How many are below a threshold; nil of one that isn't of whole hundredths, which they can't tell.
  public func below(_ threshold: Double) -> Int? {
    let hundredths = (threshold * 100).rounded()
    guard (0...100).contains(hundredths), (hundredths / 100 - threshold).magnitude < 1e-9 else { return nil }
    return counts.prefix(Int(hundredths)).reduce(0, +)
  }

  /// The counts of the ten tenths; 1.0 counts to the last.
  public var tenths: [Int] {
    (0..<10).map { tenth in
      counts[(tenth * 10)..<(tenth * 10 + 10)].reduce(0, +) + (tenth == 9 ? counts[100] : 0)
    }
  }

  /// The lower bound of the hundredth that the lower median lies in; nil of no score.
  public var median: Double? {
    let middle = (total + 1) / 2
    var seen = 0
    for (bin, count) in counts.enumerated() where count > 0 {
      seen += count
      if seen >= middle { return Double(bin) / 100 }
    }
    return nil
  }

  /// All scores of both.
  public static func + (left: ScoreHistogram, right: ScoreHistogram) -> ScoreHistogram {
    var sum = left
    for bin in 0..<bins { sum.counts[bin] += right.counts[bin] }
    return sum
  }
}

/// How far the scores of now are from those of before: the two-sample Kolmogorov–Smirnov test.
public struct ScoreDrift: Sendable, Hashable {
  /// The fewest scores of either time of which something is said.
  public static let least = 30
  /// A difference that chance makes more rarely is called drift.
  public static let level = 0.01

  /// The greatest distance between the two shares of scores below any whole hundredth, 0-1.
  ///
  /// That between single scores may be greater: what is called drift by this is drift.
  public let distance: Double
  /// How often chance alone makes a distance as great, 0-1, as the asymptotic distribution has it.
  public let chance: Double

  /// Compares two samples; nil where one of them is too small to tell.
  public init?(_ now: ScoreHistogram, _ before: ScoreHistogram) {
    let (many, others) = (now.total, before.total)
    guard min(many, others) >= Self.least else { return nil }
    var (below, belowBefore, distance) = (0, 0, 0.0)
    for (count, former) in zip(now.counts, before.counts) {
      below += count
      belowBefore += former
      let gap = Double(below) / Double(many) - Double(belowBefore) / Double(others)
      distance = max(distance, gap.magnitude)
    }
    self.distance = distance
    chance = Self.chance(of: distance, samples: many, others)
  }

  /// Whether it is more than chance.
  public var isShown: Bool { chance < Self.level }

  /// Kolmogorov's distribution with Stephens' correction for small samples (Numerical Recipes, 14.3).
  private static func chance(of distance: Double, samples many: Int, _ others: Int) -> Double {
    let size = (Double(many) * Double(others) / (Double(many) + Double(others))).squareRoot()
    let lambda = (size + 0.12 + 0.11 / size) * distance
    // Below it the series doesn't converge, and chance makes it nearly always.
    guard lambda > 0.2 else { return 1 }
    var (sum, sign) = (0.0, 1.0)
    for term in 1...100 {
      let part = exp(-2 * Double(term * term) * lambda * lambda)
      sum += sign * part
      sign = -sign
      if part < 1e-12 { break }
    }
    return max(0, min(1, 2 * sum))
  }
}
