public import DataSources
public import Facts

/// A statement that somebody wrote, and what came of it.
public struct StatementModel: Sendable {
  /// Another number for every one.
  public var number: Int
  /// The statement, as it was typed.
  public var sql: String
  /// The database's source.
  public var source: String
  /// When it was sent.
  public var startedAt: Moment
  /// What came of it; nil while it runs.
  public var outcome: StatementOutcome?

  /// Makes one that runs.
  public init(number: Int, sql: String, source: String, startedAt: Moment) {
    self.number = number
    self.sql = sql
    self.source = source
    self.startedAt = startedAt
  }

  /// Whether it runs.
  public var isRunning: Bool { outcome == nil }

  /// At which of its characters it is wrong, counted from 0; nil: it isn't, or nobody knows where.
  public var fault: Int? {
    guard case .failed(_, let report?)? = outcome, let position = report.position else { return nil }
    return position - 1
  }

  /// Which picture it is.
  var edition: Int { number * 2 + (isRunning ? 0 : 1) }
}
