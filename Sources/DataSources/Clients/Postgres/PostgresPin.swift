internal import Facts

/// What every query runs between: a read-only transaction with settings of its own.
///
/// Nothing is left to the connection. Startup options don't reach the server through a pooler, and a
/// pooler's server may be another at every transaction; roles and databases have settings of their own,
/// which whoever may alter them chooses. What a transaction sets for itself holds over all of those, and is
/// gone with it. A query that fails to set it is skipped by the server.
///
/// `search_path` is what keeps others' code from running: where anybody may create a function, an operator
/// or a type in a schema of the path, one whose arguments fit better than the system's own is called in its
/// stead, by a superuser with a superuser's rights. With `pg_catalog` alone, where only a superuser can
/// create anything, an unqualified operator can only be the system's; functions, types and tables are
/// written with their schema besides. `pg_temp` stands last because it would stand first if it were left
/// out; functions and operators are never looked up there. Casts don't follow the path: whoever owns a type
/// decides how it is cast, which ``PostgresSchema`` looks after.
struct PostgresPin: Sendable, Equatable {
  /// Read-only for good: that can't be changed once the settings are read.
  static let begin = "BEGIN READ ONLY"
  /// What ends a transaction whose query was answered; a rollback would count as one in the server's statistics.
  static let end = "COMMIT"
  /// What ends a transaction whose query was refused.
  static let undo = "ROLLBACK"
  /// The commands before the query itself: the beginning and the settings.
  static let commandsBeforeQuery = 2

  /// The server gives up a query after it, or earlier where the query says so.
  let statementTimeout: Duration

  /// The statement that sets everything for this transaction; qualified, since nothing is pinned before it.
  ///
  /// What only spares the server (no JIT, little memory, no parallel workers) leaves the user's own
  /// `userOptions` alone.
  ///
  /// A statement that somebody wrote names its tables as in psql: where they are looked up stays as the role has it, and
  /// so does whose operators are called. It can't change more by them than by what it calls itself.
  func settings(
    within limit: Duration?,
    serverEncoding: String?,
    userOptions: String,
    isAdHoc: Bool = false
  ) -> String {
    let path = isAdHoc ? ("default_transaction_read_only", "on") : ("search_path", "pg_catalog, pg_temp")
    let firm = [
      path,
      // Never 0, which is none.
      ("statement_timeout", "\(max(1, min(statementTimeout, limit ?? statementTimeout).milliseconds))ms"),
      // A table that somebody has locked must leave time to ask about the others.
      ("lock_timeout", "\(max(100, statementTimeout.milliseconds / 10))ms"),
      // Rows that a policy hides are an error, not rows that aren't there; and no policy's functions run.
      ("row_security", "off"),
      // A database without an encoding may hold any bytes: as UTF8 one bad one would refuse the whole answer.
      ("client_encoding", serverEncoding == "SQL_ASCII" ? "SQL_ASCII" : "UTF8"),
    ]
    let frugal = [("jit", "off"), ("work_mem", "16MB"), ("max_parallel_workers_per_gather", "0")]
    let settings = firm + frugal.filter { !userOptions.contains($0.0) }
    let calls = settings.map { "pg_catalog.set_config('\($0.0)', '\($0.1)', true)" }
    return "SELECT \(calls.joined(separator: ", "))"
  }
}
