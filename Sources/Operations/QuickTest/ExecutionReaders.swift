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

  /// Whether an execution of the script was created since the mark, by the database's own clock.
  public func age(
    of id: String,
    of script: String,
    since mark: ExecutionMark
  ) async throws(SourceFailure) -> ExecutionAge {
    guard case .created(let moment) = mark else { return .untold("the test's beginning is not known") }
    let query = try await tables.schema().age(of: id, since: moment)
    guard let row = try await client.query(query).records.first else { return .absent }
    if let other = row["script"].text, other != script.lowercased() {
      return .untold("it is of another script: \(other)")
    }
    guard let isNew = row["is_new"].flag, let isAhead = row["is_ahead"].flag else {
      return .untold("no time is told")
    }
    if isAhead { return .untold("it was created in the future") }
    return isNew ? .new : .old
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
  /// How far this clock and the API's may be apart, in seconds: a reply that is further off may be a cache's.
  private static let clocksDiffer = 300.0
  /// How far the clocks of an API and of its database may be apart, in seconds, with what `Date` is cut by.
  private static let tolerance = 2.0
  /// An execution so much older than the test, in seconds, is another one by any clock.
  private static let surelyOld = 30.0
  private let now: @LoopActor () -> Moment
  private let api: any QuickTestAPI

  /// A reader over an API; `now` is the console's time.
  public init(_ api: any QuickTestAPI, now: @escaping @LoopActor () -> Moment = { LoopActor.now() }) {
    self.api = api
    self.now = now
  }

  /// The API's scenarios are asked elsewhere; there is nothing beyond them.
  public func script(named name: String?) async throws(SourceFailure) -> QuickTestScript? { nil }

  /// Now: ``age(of:of:since:)`` goes by when the API was asked.
  public func mark() async throws(SourceFailure) -> ExecutionMark { .asked(now().monotonic) }

  /// The API can't search executions.
  public func executions(
    of script: String,
    since mark: ExecutionMark
  ) async throws(SourceFailure) -> [String]? { nil }

  /// Whether an execution of the script was created after the API was asked for it.
  ///
  /// The API's own clock stamps its replies, and perhaps the database's its executions: what lies between them is told
  /// neither new nor old.
  public func age(
    of id: String,
    of script: String,
    since mark: ExecutionMark
  ) async throws(SourceFailure) -> ExecutionAge {
    guard case .asked(let moment) = mark else { return .untold("the test's beginning is not known") }
    guard let (value, response) = try await reply(id) else { return .absent }
    if let other = value["script_id"], other != .null, other.text?.lowercased() != script.lowercased() {
      return .untold("it is of another script: \(other.text ?? "what is no id")")
    }
    let here = now()
    guard let date = response.header("date").flatMap({ WallTime(httpDate: $0) }) else {
      return .untold("the reply tells no time")
    }
    let told = value["created_at"]?.text ?? value["started_at"]?.text
    guard let created = told.flatMap({ WallTime(zonedTimestamp: $0) }) else {
      return .untold(told == nil ? "no time is told" : "its time can't be read, or has no zone")
    }
    guard abs(date.secondsSince1970 - here.wall.secondsSince1970) <= Self.clocksDiffer else {
      return .untold("the reply is of another time: an old one of a cache, or by a clock that is wrong")
    }
    let asked = (date - (here.monotonic - moment)).secondsSince1970
    let latest = date.secondsSince1970 + Self.tolerance
    if created.secondsSince1970 > latest { return .untold("it was created in the future") }
    if created.secondsSince1970 < asked - Self.surelyOld { return .old }
    // Another's that began a moment before must not pass for this one.
    if created.secondsSince1970 < asked {
      return .untold("it was created before it was asked for, or by a clock that differs")
    }
    if let ended = try ended(value, id), ended < created || ended.secondsSince1970 > latest {
      return .untold("it ended before it began, or in the future")
    }
    return .new
  }

  /// When an execution ended; nil if it has not.
  /// - Throws: `unreadable` for what is no time, or lies before its beginning.
  private func ended(_ value: JSONValue, _ id: String) throws(SourceFailure) -> WallTime? {
    guard let told = value["completed_at"], told != .null else { return nil }
    guard let time = told.text.flatMap({ WallTime(zonedTimestamp: $0) }) else {
      throw SourceFailure(.unreadable, at: address(id), detail: "completed_at is no time with a zone")
    }
    if let created = value["created_at"]?.text.flatMap({ WallTime(zonedTimestamp: $0) }), time < created {
      throw SourceFailure(.unreadable, at: address(id), detail: "it ended before it was created")
    }
    return time
  }

  private func address(_ id: String) -> String { api.base + path(id) }

  private func path(_ id: String) -> String { "/api/v1/multi-turn/executions/\(percentEncoded(id))" }

  private func reply(_ id: String) async throws(SourceFailure) -> (value: JSONValue, response: HTTPResponse)?
  {
    let response = try await api.send("GET", path(id), body: "", deadline: .seconds(5))
    if response.status == 404 { return nil }
    if let failure = response.failure(at: address(id)) { throw failure }
    func unreadable(_ detail: String) -> SourceFailure {
      SourceFailure(.unreadable, at: address(id), detail: detail)
    }
    guard let value = await LoopActor.decodeJSON(response.body), value["status"]?.text != nil else {
      throw unreadable("no status in the reply")
    }
    guard let told = value["id"]?.text else { throw unreadable("no id in the reply") }
    guard told.lowercased() == id.lowercased() else {
      throw unreadable("it tells of another execution: \(told)")
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
    let result = value["validation_result_id"] ?? .null
    func unreadable(_ detail: String) -> SourceFailure {
      SourceFailure(.unreadable, at: address(id), detail: detail)
    }
    guard result == .null || result.text.map({ UUIDText.isWhole($0) }) ?? false else {
      throw unreadable("validation_result_id is no id")
    }
    let reason = value["error_message"] ?? .null
    guard reason == .null || reason.text != nil else { throw unreadable("error_message is no text") }
    let hasEnded = try ended(value, id) != nil
    if status == "completed" {
      guard hasEnded else { throw unreadable("completed, and no time of it") }
      // A failed one tells its own reason; one that passed must say nothing against it.
      if let denial = QuickTestDenial.words(in: value) { throw unreadable(denial) }
    }
    return ExecutionState(
      status: status,
      hasEnded: hasEnded,
      results: result == .null ? 0 : 1,
      autoFail: review.map { $0 == "auto_fail" ? 1 : 0 },
      needsReview: review.map { $0 == "needs_review" ? 1 : 0 },
      reason: reason.text ?? ""
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
