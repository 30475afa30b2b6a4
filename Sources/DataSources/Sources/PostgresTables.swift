public import Facts

/// The stack's tables as a database has them.
@LoopActor public final class PostgresTables {
  private let client: PostgresClient
  private var known: (schema: PostgresSchema, connection: Int)?

  /// Looks up nothing yet; `client` stays its owner's.
  public init(_ client: PostgresClient) {
    self.client = client
  }

  /// What is there now.
  ///
  /// Asked at every poll: a column that got another type under us would be read as something it isn't.
  func schema(_ until: MonotonicTime) async throws(SourceFailure) -> PostgresSchema {
    var query = PostgresSchema.query
    query.deadline = max(.milliseconds(1), until - LoopActor.now().monotonic)
    let columns = try await client.query(query)
    guard !columns.isCut else {
      throw SourceFailure(.tooLarge, at: client.address, detail: "the list of columns was cut")
    }
    let found = PostgresSchema(columns.rows)
    known = (found, client.connections)
    return found
  }

  /// What is there, asked once a connection, within 5 s.
  public func schema() async throws(SourceFailure) -> PostgresSchema {
    if let known, known.connection == client.connections { return known.schema }
    return try await schema(LoopActor.now().monotonic + .seconds(5))
  }

  /// The table of a statement whose rows a policy hides from us; nil if there is none.
  func restricted(in sql: String) -> String? {
    known.flatMap { known in known.schema.restricted.first { sql.contains(known.schema.table($0)) } }
  }
}
