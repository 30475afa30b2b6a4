public import Facts

/// What the server says of a statement that it refused, in its own words.
public struct PostgresReport: Sendable, Hashable {
  /// The SQLSTATE.
  public var state: String
  /// What is wrong.
  public var message: String
  /// More of it; nil: nothing.
  public var detail: String?
  /// What the server advises; nil: nothing.
  public var hint: String?
  /// At which character of the statement, counted from 1; nil: it doesn't say.
  public var position: Int?

  /// Makes one.
  public init(
    state: String,
    message: String,
    detail: String? = nil,
    hint: String? = nil,
    position: Int? = nil
  ) {
    (self.state, self.message, self.detail) = (state, message, detail)
    (self.hint, self.position) = (hint, position)
  }
}

/// What came of a statement that somebody wrote.
public enum StatementOutcome: Sendable {
  /// It was answered.
  case answered(StatementAnswer)
  /// It was not sent: it does more than read, and why.
  case notSent(SafeText)
  /// The server refused it, or there is no answer; with the server's own report where it gave one.
  case failed(SourceFailure, PostgresReport?)
}

/// The rows that a statement gave.
public struct StatementAnswer: Sendable {
  /// The columns' names.
  public var columns: [SafeText]
  /// The rows as the server writes their values; nil is NULL.
  public var rows: [[String?]]
  /// Why there are no more of them; nil: these are all.
  public var cut: SafeText?
  /// From its sending to the end of the answer.
  public var duration: Duration

  /// Makes an answer.
  public init(columns: [SafeText], rows: [[String?]], cut: SafeText? = nil, duration: Duration) {
    (self.columns, self.rows, self.cut, self.duration) = (columns, rows, cut, duration)
  }
}

/// Statements that somebody writes, of which none can change anything that a transaction can.
///
/// Each goes over a connection of its own, alone (the extended protocol takes one statement), in a transaction that began
/// read-only, can't be made another and is rolled back. What a statement may do beside its transaction is kept out by
/// ``StatementCheck`` as far as the statement names it; what a function does there by itself is the server's to allow, by
/// the role.
@LoopActor public final class PostgresStatements {
  /// Where it is, as it may be shown.
  public let address: String
  private let options: PostgresOptions
  /// The server gives a statement up after this, and the client so much later.
  private let limit: Duration

  /// The most rows that are read.
  public nonisolated static let mostRows = 1_000
  /// The most bytes that are read.
  public nonisolated static let mostBytes = 1 << 20
  /// How long a statement may take unless told.
  public nonisolated static let usualLimit = Duration.seconds(15)
  private nonisolated static let grace = Duration.seconds(5)

  /// Connects nothing yet.
  public init(_ options: PostgresOptions, limit: Duration = usualLimit) {
    self.options = options
    self.limit = limit
    address = options.address
  }

  /// Runs one statement; cancelling the task ends it on the server, too.
  public func run(_ statement: String) async -> StatementOutcome {
    if let reason = StatementCheck.reason(against: statement) { return .notSent(reason) }
    return await send(statement)
  }

  /// The same whatever it is: what the server itself keeps from being changed.
  func send(_ statement: String) async -> StatementOutcome {
    let outcome = await send(statement, over: options.readOnly)
    // A pooler lets no session be set so; the statement's own transaction is read-only all the same.
    // What a statement itself can make an error say is no such thing.
    guard case .failed(let failure, _) = outcome, failure.detail.hasPrefix("08P01"),
      failure.detail.contains("startup parameter")
    else {
      return outcome
    }
    return await send(statement, over: options)
  }

  private func send(_ statement: String, over options: PostgresOptions) async -> StatementOutcome {
    let client = PostgresClient(options, statementTimeout: limit)
    defer { client.close() }
    var query = PostgresQuery(
      statement,
      deadline: limit + Self.grace,
      rowCap: Self.mostRows,
      byteCap: Self.mostBytes
    )
    query.isAdHoc = true
    do throws(SourceFailure) {
      let table = try await client.query(query)
      return .answered(
        StatementAnswer(
          columns: table.columns.map { SafeText($0, limit: 200) },
          rows: table.rows.map { row in row.map(\.text) },
          cut: table.isCut ? Self.cut(table) : nil,
          duration: table.duration
        )
      )
    } catch {
      return .failed(error, client.report)
    }
  }

  private static func cut(_ table: PostgresTable) -> SafeText {
    let rows = Format.count(table.rows.count)
    return table.rows.count >= mostRows
      ? "cut after \(SafeText(rows)) rows: there are more"
      : "cut after \(SafeText(Format.size(bytes: Double(mostBytes)))): these \(SafeText(rows)) rows are not all"
  }
}
