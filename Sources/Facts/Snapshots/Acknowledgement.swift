/// That somebody has taken note of a run as it stood then: it no longer waits for anybody.
public struct Acknowledgement: Sendable, Hashable {
  /// What was seen of the run.
  ///
  /// The moment is the database's own, so that a console whose clock is another's loses no failure.
  public struct Sight: Sendable, Hashable {
    /// When the run had last changed, in microseconds since 1970.
    public var changedAt: Int64
    /// How many of its executions had failed.
    public var failedExecutions: Int
    /// How many of its results had been failed automatically.
    public var failedValidations: Int
    /// Why it needed attention.
    public var attention: RunRow.Attention

    /// Makes a sight.
    public init(
      changedAt: Int64,
      failedExecutions: Int,
      failedValidations: Int,
      attention: RunRow.Attention
    ) {
      self.changedAt = changedAt
      self.failedExecutions = failedExecutions
      self.failedValidations = failedValidations
      self.attention = attention
    }

    /// What is seen of a run now.
    public init(_ row: RunRow) {
      self.init(
        // A time that can't be told is later than any other: ``Acknowledgement/covers(_:)`` takes none of it.
        changedAt: Int64(exactly: (row.updatedAt.secondsSince1970 * 1_000_000).rounded()) ?? .max,
        failedExecutions: row.failedExecutions,
        failedValidations: row.failedValidations,
        attention: row.attention
      )
    }
  }

  /// Who it was: the user, or who became root.
  public var person: String
  /// The host of the console.
  public var host: String
  /// When.
  public var at: WallTime
  /// What was seen of the run.
  public var sight: Sight

  /// Makes an acknowledgement.
  public init(person: String, host: String, at: WallTime, sight: Sight) {
    self.person = person
    self.host = host
    self.at = at
    self.sight = sight
  }

  /// Whether it still holds: a run that has changed since, or fails in more ways, waits anew.
  public func covers(_ row: RunRow) -> Bool {
    let now = Sight(row)
    return now.changedAt < .max && now.changedAt <= sight.changedAt
      && now.failedExecutions <= sight.failedExecutions
      && now.failedValidations <= sight.failedValidations && sight.attention.isSuperset(of: now.attention)
  }
}
