/// All that was recorded of one judged answer beside its execution: what was expected, how it was scored, who judged it.
public struct ValidationRecord: Sendable, Hashable {
  /// What was expected beside what was there.
  public struct Comparison: Sendable, Hashable {
    /// What is compared: `command`, `entities`, `response`.
    public var name: SafeText
    /// What should have been; nil: nothing was asked for, or it isn't recorded.
    public var expected: SafeText?
    /// What was; nil: nothing, or it isn't recorded.
    public var actual: SafeText?
    /// Whether the framework took them for the same; nil: it says nothing of it.
    public var matches: Bool?

    /// Makes a comparison.
    public init(_ name: SafeText, expected: SafeText?, actual: SafeText?, matches: Bool? = nil) {
      self.name = name
      self.expected = expected
      self.actual = actual
      self.matches = matches
    }
  }

  /// One score on the scale from 0 to 1, by the name of its column.
  public struct Score: Sendable, Hashable {
    /// `entity_match_score`.
    public var name: SafeText
    /// The score as it is recorded.
    public var value: Double

    /// Makes a score.
    public init(_ name: SafeText, _ value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// What one of the models that judge said.
  public struct Opinion: Sendable, Hashable {
    /// Which one: `evaluator a`, `curator`.
    public var judge: SafeText
    /// Its score; nil: none is recorded.
    public var score: Double?
    /// Its reasons; nil: none are recorded.
    public var reasoning: SafeText?

    /// Makes an opinion.
    public init(_ judge: SafeText, score: Double?, reasoning: SafeText?) {
      self.judge = judge
      self.score = score
      self.reasoning = reasoning
    }
  }

  /// Rows of another table that belong to it, each as one line, or why they are not known.
  public enum Rows: Sendable, Hashable {
    /// The rows, oldest first, and whether there are more.
    case told([SafeText], isCut: Bool)
    /// Why they can't be told.
    case untold(SafeText)
  }

  /// What was expected against what was there.
  public var comparisons: [Comparison] = []
  /// Every score that is recorded.
  public var scores: [Score] = []
  /// Whether the provider's own validator passed it; nil: it did not judge.
  public var providerPassed: Bool?
  /// Whether the models passed it; nil: they did not judge.
  public var modelsPassed: Bool?
  /// What the models agreed upon: `high consensus`; nil: nothing is recorded.
  public var consensus: SafeText?
  /// What each of them said.
  public var opinions: [Opinion] = []
  /// Its place in the reviewers' queue.
  public var queue = Rows.untold("not asked for")
  /// What people decided.
  public var people = Rows.untold("not asked for")
  /// The defects of its execution, or of the run.
  public var defects = Rows.untold("not asked for")
  /// The run that it belongs to: name, status and id; nil: none.
  public var run: SafeText?
  /// What of it could not be taken apart; nil: all could.
  public var problem: SafeText?

  /// A record of which nothing is known.
  public init() {}
}
