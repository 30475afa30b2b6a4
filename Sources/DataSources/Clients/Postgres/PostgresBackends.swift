public import Facts

/// One connection of a server, as `pg_stat_activity` tells it.
public struct PostgresBackend: Sendable, Hashable {
  /// The process; it may be another's later.
  public var pid: Int
  /// When the connection began, in microseconds since 1970: with the pid it names this one for good; nil where the role
  /// may not see it.
  public var begun: Int?
  /// When its query began, in microseconds since 1970; nil before the first, or where the role may not see it.
  public var queryBegun: Int?
  /// `active`, `idle`, `idle in transaction`; nil where the role may not see it.
  public var state: String?
  /// How long it has been in that state; nil if that isn't known.
  public var lasted: Duration?
  /// Who is connected.
  public var user: String
  /// What the client calls itself.
  public var application: String
  /// Whether it is a connection of a console like this one.
  public var isOurs: Bool
  /// The beginning of its newest query.
  public var query: String

  /// Tells of a connection.
  public init(
    pid: Int,
    begun: Int?,
    queryBegun: Int? = nil,
    state: String?,
    lasted: Duration? = nil,
    user: String = "",
    application: String = "",
    isOurs: Bool = false,
    query: String = ""
  ) {
    self.pid = pid
    self.begun = begun
    self.queryBegun = queryBegun
    self.state = state
    self.lasted = lasted
    self.user = user
    self.application = application
    self.isOurs = isOurs
    self.query = query
  }

  /// Whether no query of it runs.
  public var isIdle: Bool { state == "idle" || state?.hasPrefix("idle in transaction") == true }
}

/// What can tell of a server's connections, and end them.
@LoopActor public protocol PostgresBackends: AnyObject, Sendable {
  /// Where it is, as it may be shown.
  var address: String { get }
  /// The clients' connections, without the one that asks.
  func backends() async throws(SourceFailure) -> [PostgresBackend]
  /// Ends these connections, or with `isQueryAlone` the queries that they run, if they are still the same ones.
  ///
  /// - Returns: how many were told to.
  func end(_ backends: [PostgresBackend], isQueryAlone: Bool) async throws(SourceFailure) -> Int
}

extension PostgresClient: PostgresBackends {
  private nonisolated static let microseconds = "(extract(epoch FROM %) * 1000000)::bigint"

  private nonisolated static func microseconds(_ column: String) -> String {
    microseconds.replacing("%", with: column)
  }

  /// Asks `pg_stat_activity`.
  public func backends() async throws(SourceFailure) -> [PostgresBackend] {
    let table = try await query(
      PostgresQuery(
        """
        SELECT a.pid, \(Self.microseconds("a.backend_start")) AS begun, \(Self.microseconds("a.query_start")) AS query_begun,
          a.state, extract(epoch FROM pg_catalog.clock_timestamp() - a.state_change)::float8 AS lasted,
          a.usename::text AS "user", a.application_name AS application,
          a.application_name = pg_catalog.current_setting('application_name') AS ours, pg_catalog."left"(a.query, 200) AS query
        FROM pg_catalog.pg_stat_activity a
        WHERE \(PostgresStore.isOfClient) AND a.pid <> pg_catalog.pg_backend_pid() ORDER BY a.pid
        """
      )
    )
    guard !table.isCut else {
      throw SourceFailure(.tooLarge, at: address, detail: "more connections than can be listed")
    }
    return table.records.compactMap { record in
      record["pid"].integer.map { pid in
        PostgresBackend(
          pid: pid,
          begun: record["begun"].integer,
          queryBegun: record["query_begun"].integer,
          state: record["state"].text,
          lasted: record["lasted"].number.map { .seconds(max(0, $0)) },
          user: record["user"].text ?? "",
          application: record["application"].text ?? "",
          isOurs: record["ours"].flag == true,
          query: record["query"].text ?? ""
        )
      }
    }
  }

  /// Signals those that are still the same: a pid alone may be another's by now.
  public func end(
    _ backends: [PostgresBackend],
    isQueryAlone: Bool
  ) async throws(SourceFailure) -> Int {
    func list(_ values: [Int?]) -> String {
      "{\(values.map { $0.map(String.init) ?? "NULL" }.joined(separator: ","))}"
    }
    let same =
      isQueryAlone ? "AND a.state = 'active' AND \(Self.microseconds("a.query_start")) = t.query_begun" : ""
    let call = isQueryAlone ? "pg_cancel_backend" : "pg_terminate_backend"
    let table = try await query(
      PostgresQuery(
        """
        SELECT pg_catalog.\(call)(a.pid) AS told
        FROM unnest($1::int4[], $2::int8[], $3::int8[]) AS t(pid, begun, query_begun)
        JOIN pg_catalog.pg_stat_activity a ON a.pid = t.pid AND \(Self.microseconds("a.backend_start")) = t.begun \(same)
        """,
        [list(backends.map(\.pid)), list(backends.map(\.begun)), list(backends.map(\.queryBegun))]
      )
    )
    return table.records.count { $0["told"].flag == true }
  }
}
