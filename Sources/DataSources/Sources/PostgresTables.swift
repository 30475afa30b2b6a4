public import Facts

/// The stack's tables as a database has them: looked up on every new connection, and until runs are found.
@LoopActor public final class PostgresTables {
  private let client: PostgresClient
  private var known: (schema: PostgresSchema, connection: Int)?

  /// Looks up nothing yet; `client` stays its owner's.
  public init(_ client: PostgresClient) {
    self.client = client
  }

  /// What is there, and whether that was looked up just now.
  func schema(_ until: MonotonicTime) async throws(SourceFailure) -> (schema: PostgresSchema, isNew: Bool) {
    if let known, known.connection == client.connections, known.schema.runsTable != nil {
      return (known.schema, false)
    }
    var query = PostgresSchema.query
    query.deadline = max(.milliseconds(1), until - LoopActor.now().monotonic)
    let columns = try await client.query(query)
    guard !columns.isCut else {
      throw SourceFailure(.tooLarge, at: client.address, detail: "the list of columns was cut")
    }
    let found = PostgresSchema(columns.rows)
    known = (found, client.connections)
    return (found, true)
  }

  /// What is there, asked within 5 s where it isn't known.
  public func schema() async throws(SourceFailure) -> PostgresSchema {
    try await schema(LoopActor.now().monotonic + .seconds(5)).schema
  }

  /// Looks again the next time: something was renamed.
  func forget() {
    known = nil
  }
}
