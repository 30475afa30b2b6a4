public import DataSources
public import Facts

/// Reads executions from the framework's database, fast and without the API's budget.
@LoopActor public final class PostgresExecutionReader: ExecutionReader {
  /// How it reads.
  public let title = "by SQL"
  /// The least time between two reads.
  public let interval: Duration = .milliseconds(500)
  private let client: PostgresClient
  private let tables: PostgresTables

  /// A reader over `client`, which stays its owner's.
  public init(_ client: PostgresClient) {
    self.client = client
    tables = PostgresTables(client)
  }

  /// The active script of that name, or with nil a `Demo` one before others.
  public func script(named name: String?) async throws(SourceFailure) -> QuickTestScript? {
    let query = try await tables.schema().script(named: name)
    guard let row = try await client.query(query).records.first, let id = row["id"].text else { return nil }
    return QuickTestScript(id: id, name: row["name"].text ?? "")
  }

  /// When the newest execution was created, to the microsecond.
  public func mark() async throws(SourceFailure) -> ExecutionMark {
    let query = try await tables.schema().newestExecution()
    guard let mark = try await client.query(query).records.first?["mark"].text else {
      throw SourceFailure(.unreadable, at: client.address, detail: "no time of the newest execution")
    }
    return .created(mark)
  }

  /// Whether an execution was created since the mark; one that is not there yet will be.
  public func isNew(_ id: String, since mark: ExecutionMark) async throws(SourceFailure) -> Bool? {
    guard case .created(let moment) = mark else { return nil }
    let query = try await tables.schema().isNew(id, since: moment)
    guard let row = try await client.query(query).records.first else { return true }
    return row["is_new"].flag
  }

  /// The executions of a script created since a mark.
  public func executions(
    of script: String,
    since mark: ExecutionMark
  ) async throws(SourceFailure) -> [String]? {
    guard case .created(let moment) = mark else { return nil }
    let query = try await tables.schema().executions(of: script, since: moment)
    return try await client.query(query).records.compactMap { $0["id"].text }
  }

  /// How an execution stands; columns that a schema doesn't have read as absent.
  public func execution(_ id: String) async throws(SourceFailure) -> ExecutionState? {
    let query = try await tables.schema().executionState(id)
    guard let row = try await client.query(query).records.first else { return nil }
    let results = row["results"].integer ?? 0
    // A result without a verdict is no success, whatever the others say.
    let isJudged = row["judged"].integer == results
    return ExecutionState(
      status: row["status"].text ?? "",
      hasEnded: row["ended"].flag ?? false,
      results: results,
      autoFail: isJudged ? row["auto_fail"].integer : nil,
      needsReview: isJudged ? row["needs_review"].integer : nil,
      confidence: row["confidence"].number,
      reason: row["reason"].text ?? ""
    )
  }
}

/// Reads executions over the API, where there is no database: slower, and it can't search.
@LoopActor public final class APIExecutionReader: ExecutionReader {
  /// How it reads.
  public let title = "by the API"
  /// The least time between two reads: the API's budget is shared with people.
  public let interval: Duration = .seconds(2)
  /// How far the clocks of an API and of its database may be apart, in seconds.
  private static let clocksDiffer = 30.0
  private let api: any QuickTestAPI

  /// A reader over an API.
  public init(_ api: any QuickTestAPI) {
    self.api = api
  }

  /// The API's scenarios are asked elsewhere; there is nothing beyond them.
  public func script(named name: String?) async throws(SourceFailure) -> QuickTestScript? { nil }

  /// Now: ``isNew(_:since:)`` goes by when the API was asked.
  public func mark() async throws(SourceFailure) -> ExecutionMark { .asked(LoopActor.now().monotonic) }

  /// The API can't search executions.
  public func executions(
    of script: String,
    since mark: ExecutionMark
  ) async throws(SourceFailure) -> [String]? { nil }

  /// Whether an execution was created after the API was asked for it.
  ///
  /// The API's own clock stamps its replies, and perhaps the database's its executions: one that is older by less
  /// than both may differ counts as new.
  public func isNew(_ id: String, since mark: ExecutionMark) async throws(SourceFailure) -> Bool? {
    guard case .asked(let moment) = mark else { return nil }
    guard let (value, response) = try await reply(id) else { return true }
    let elapsed = LoopActor.now().monotonic - moment
    let told = value["created_at"]?.text ?? value["started_at"]?.text
    guard let created = told.flatMap({ WallTime(timestamp: $0) }),
      let now = response.header("date").flatMap({ WallTime(httpDate: $0) })
    else { return nil }
    let askedAt = now - elapsed
    return askedAt.secondsSince1970 - created.secondsSince1970 < Self.clocksDiffer
  }

  private func reply(_ id: String) async throws(SourceFailure) -> (value: JSONValue, response: HTTPResponse)?
  {
    let path = "/api/v1/multi-turn/executions/\(percentEncoded(id))"
    let response = try await api.send("GET", path, body: "", deadline: .seconds(5))
    if response.status == 404 { return nil }
    if let failure = response.failure(at: api.base + path) { throw failure }
    guard let value = await LoopActor.decodeJSON(response.body), value["status"]?.text != nil else {
      throw SourceFailure(.unreadable, at: api.base + path, detail: "no status in the reply")
    }
    if let other = value["id"]?.text, other.lowercased() != id.lowercased() {
      throw SourceFailure(.unreadable, at: api.base + path, detail: "it tells of another execution: \(other)")
    }
    return (value, response)
  }

  /// How an execution stands; the API tells of one result only, the newest.
  public func execution(_ id: String) async throws(SourceFailure) -> ExecutionState? {
    guard let value = try await reply(id)?.value, let status = value["status"]?.text else { return nil }
    // A word that is none of these is no verdict.
    let review = value["validation_review_status"]?.text.flatMap {
      PostgresSchema.verdicts.contains($0) ? $0 : nil
    }
    return ExecutionState(
      status: status,
      hasEnded: value["completed_at"]?.text != nil,
      results: value["validation_result_id"]?.text == nil ? 0 : 1,
      autoFail: review.map { $0 == "auto_fail" ? 1 : 0 },
      needsReview: review.map { $0 == "needs_review" ? 1 : 0 },
      reason: value["error_message"]?.text ?? ""
    )
  }
}

/// The quick test's calls over the backend's session.
@LoopActor public final class SessionQuickTestAPI: QuickTestAPI {
  /// The address, redacted.
  public let base: String
  /// The email address of the login.
  public let account: String?
  private let session: BackendSession

  /// Calls over `session`, as `account` if it has a login.
  public init(_ session: BackendSession, account: String?) {
    self.session = session
    self.account = session.hasLogin ? account : nil
    base = redacted(session.base)
  }

  /// Sends one request with the session's token.
  public func send(
    _ method: String,
    _ path: String,
    body: String,
    deadline: Duration
  ) async throws(SourceFailure) -> HTTPResponse {
    try await session.call(
      method,
      path,
      json: body.isEmpty ? nil : Array(body.utf8),
      deadline: deadline,
      // What starts a test answers with one execution, and its reply is read between two keys.
      cap: body.isEmpty ? 4 << 20 : 256 << 10
    )
  }
}
