internal import Facts

/// One statement with its parameters, deadline and caps.
public struct PostgresQuery: Sendable, Hashable {
  /// One SQL statement; it names its parameters `$1`, `$2` and so on.
  public var sql: String
  /// The parameters in text form, nil for NULL; cast in the statement (`$1::uuid`).
  public var parameters: [String?]
  /// The time until the whole answer must be there, connecting and queueing included.
  public var deadline: Duration
  /// The time after which the server itself gives it up, where that is less than the client's own limit.
  ///
  /// Below the deadline it leaves the connection, and what else is asked on it, alone.
  public var statementTimeout: Duration?
  /// The most rows kept.
  public var rowCap: Int
  /// The most bytes of answer read.
  public var byteCap: Int
  /// Whether somebody wrote it: its names are looked up as in psql, its values come as the server writes them, and its
  /// transaction is rolled back however it ends.
  var isAdHoc = false

  /// Makes a query; 5 s, 10,000 rows and 4 MiB unless told.
  public init(
    _ sql: String,
    _ parameters: [String?] = [],
    deadline: Duration = .seconds(5),
    rowCap: Int = 10_000,
    byteCap: Int = 4 << 20
  ) {
    self.sql = sql
    self.parameters = parameters
    self.deadline = deadline
    self.rowCap = rowCap
    self.byteCap = byteCap
  }
}

/// The answer to one query.
public struct PostgresTable: Sendable, Hashable {
  /// The columns' names; empty when the server told none.
  public var columns: [String] = []
  /// The rows, each with one value a column.
  public var rows: [[PostgresValue]] = []
  /// Whether a cap cut the answer; the rows before the cut are good.
  public var isCut = false
  /// From the sending of the query to the end of the answer.
  public var duration: Duration = .zero

  /// What is said of an answer that a cap cut: `first 12 rows, the answer was cut`; nil if it is whole.
  var cutWord: String? {
    isCut ? "first \(rows.count) row\(rows.count == 1 ? "" : "s"), the answer was cut" : nil
  }

  /// The rows as values by their columns' names; handy for the few rows of a detail.
  public var records: [PostgresRecord] {
    var positions: [String: Int] = [:]
    for (position, column) in columns.enumerated() { positions[column] = position }
    return rows.map { PostgresRecord(positions: positions, values: $0) }
  }
}

/// One row whose values are found by the column's name.
public struct PostgresRecord: Sendable {
  let positions: [String: Int]
  let values: [PostgresValue]

  /// The value in the column; `.null` when there is no such column.
  public subscript(_ column: String) -> PostgresValue {
    guard let position = positions[column], values.indices.contains(position) else { return .null }
    return values[position]
  }
}
