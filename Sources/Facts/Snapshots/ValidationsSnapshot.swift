/// The confidence of validations within a window of time, on one scale from 0 to 1.
public struct ValidationsSnapshot: Snapshot {
  /// Where the confidence is read, as a person would look it up:
  /// `validation_results.houndify_result->>'validation_score'`; nil if no such column was found.
  public var measure: String?
  /// What was looked for and is not there; empty where there is a measure.
  public var missing: SafeText = ""
  /// How far back it looks, by the time of creation.
  public var window: Duration
  /// What is low: below this.
  public var threshold: Double
  /// How many results there are.
  public var total: Int
  /// How many of them have a usable score.
  public var scored: Int
  /// How many scores are below the threshold.
  public var low: Int
  /// How many scores lie in each hundredth of the scale.
  public var scores: ScoreHistogram
  /// The lowest scores, lowest first, at most 200, whether or not they are below the threshold.
  public var lowest: [ValidationRow]
  /// When it was asked for; nil: with the poll that told it.
  public var askedAt: Moment?

  /// Makes a snapshot.
  public init(
    measure: String?,
    window: Duration,
    threshold: Double,
    total: Int,
    scored: Int,
    low: Int,
    scores: ScoreHistogram,
    lowest: [ValidationRow]
  ) {
    self.measure = measure
    self.window = window
    self.threshold = threshold
    self.total = total
    self.scored = scored
    self.low = low
    self.scores = scores
    self.lowest = lowest
  }
}

extension ValidationsSnapshot {
  /// How many scores lie in each tenth of the scale; 1.0 counts to the last.
  public var histogram: [Int] { scores.tenths }

  /// How many scores are below a threshold, and whether that is known exactly: for whole hundredths and the
  /// threshold that was asked with it always is; else it is the least that there are.
  public func low(below threshold: Double) -> (count: Int, isExact: Bool) {
    if (threshold - self.threshold).magnitude < 1e-9 { return (low, true) }
    if let count = scores.below(threshold) { return (count, true) }
    let count = lowest.count { $0.score < threshold }
    return (count, count < lowest.count || lowest.count >= scored)
  }
}

/// One validation of low confidence.
public struct ValidationRow: Sendable, Hashable, Identifiable {
  /// The UUID of the validation result.
  public var id: String
  /// The confidence, 0-1.
  public var score: Double
  /// The recogniser's own confidence; nil if it wasn't recorded.
  public var asrScore: Double?
  /// The scenario's name.
  public var scenario: SafeText?
  /// The language's code.
  public var language: SafeText?
  /// What was said: what should have been heard.
  public var expected: SafeText?
  /// What was heard.
  public var heard: SafeText?
  /// The first recorded error.
  public var reason: SafeText?
  /// The UUID of the execution; nil if it belongs to none.
  public var executionID: String?
  /// When it was created.
  public var createdAt: WallTime
  /// The source that told it, where there are several; nil: the only one.
  public var source: String?

  /// Makes a row.
  public init(
    id: String,
    score: Double,
    asrScore: Double?,
    scenario: SafeText?,
    language: SafeText?,
    expected: SafeText?,
    heard: SafeText?,
    reason: SafeText?,
    executionID: String?,
    createdAt: WallTime
  ) {
    self.id = id
    self.score = score
    self.asrScore = asrScore
    self.scenario = scenario
    self.language = language
    self.expected = expected
    self.heard = heard
    self.reason = reason
    self.executionID = executionID
    self.createdAt = createdAt
  }
}
