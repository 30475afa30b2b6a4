/// By what validations are grouped.
public enum ValidationGrouping: String, Sendable, Hashable, CaseIterable {
  /// The scenario that was tested.
  case scenario
  /// The language's code.
  case language
  /// Which validators judged it: the provider's own, models, both.
  case validator
}

/// The validations that have a scenario, a language or their validators in common.
public struct ValidationGroup: Sendable, Hashable {
  /// What they have in common.
  public var grouping: ValidationGrouping
  /// By what the database knows it: the scenario's UUID, the language's code, the validators' number; nil: none was
  /// recorded.
  public var key: String?
  /// What it is called; nil: none was recorded.
  public var name: SafeText?
  /// Their scores.
  public var scores: ScoreHistogram
  /// How many of them have no usable score.
  public var unscored: Int
  /// The source that told it, where there are several; nil: the only one.
  public var source: String?

  /// Makes a group.
  public init(
    _ grouping: ValidationGrouping,
    key: String?,
    name: SafeText?,
    scores: ScoreHistogram,
    unscored: Int = 0
  ) {
    self.grouping = grouping
    self.key = key
    self.name = name
    self.scores = scores
    self.unscored = unscored
  }

  /// The same from poll to poll, and no other's: `language fr-FR`.
  public var id: String { (source.map { "\($0) " } ?? "") + subject }

  /// By what its validations are asked for: `language fr-FR`, `language ` where an empty one was recorded, `language` where none
  /// was.
  public var subject: String { grouping.rawValue + (key.map { " \($0)" } ?? "") }

  /// How many scores are below a threshold, of whole hundredths; nil: not known for that one.
  public func low(below threshold: Double) -> Int? { scores.below(threshold) }
}

/// How confidence is spread over scenarios, languages and validators, and how it was a week ago.
///
/// Asked for less often than ``ValidationsSnapshot``, since it costs more.
public struct ValidationSpread: Snapshot {
  /// One part of it, as it was told last.
  public struct Part<Value: Sendable & Hashable>: Sendable, Hashable {
    /// What was told; nil: it isn't known.
    public var value: Value?
    /// When it was asked for; nil: never.
    public var askedAt: Moment?
    /// Why it isn't known, in a word or two; nil: not asked yet.
    public var word: SafeText?

    /// Makes a part.
    public init(_ value: Value?, askedAt: Moment? = nil, word: SafeText? = nil) {
      self.value = value
      self.askedAt = askedAt
      self.word = word
    }
  }

  /// All groups.
  public struct Groups: Sendable, Hashable {
    /// The groups, of each grouping at most 300, those of most validations.
    public var list: [ValidationGroup]
    /// Why there is none of a grouping: what the schema lacks.
    public var missing: [ValidationGrouping: SafeText]
    /// How many groups of a grouping are left out.
    public var leftOut: [ValidationGrouping: Int]

    /// Makes a list of groups.
    public init(
      _ list: [ValidationGroup],
      missing: [ValidationGrouping: SafeText] = [:],
      leftOut: [ValidationGrouping: Int] = [:]
    ) {
      self.list = list
      self.missing = missing
      self.leftOut = leftOut
    }
  }

  /// The measure that the scores are of; nil: there is none.
  public var measure: String?
  /// The groups of the last window.
  public var groups: Part<Groups>
  /// The scores of the same window a week earlier.
  public var before: Part<ScoreHistogram>

  /// Makes a snapshot.
  public init(measure: String?, groups: Part<Groups>, before: Part<ScoreHistogram>) {
    self.measure = measure
    self.groups = groups
    self.before = before
  }
}
