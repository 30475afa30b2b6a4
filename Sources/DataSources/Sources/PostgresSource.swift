public import Facts

/// The stack's own database: runs that need attention, confidence, latency and connections.
///
/// It finds out on every new connection which generation of the schema it faces.
@LoopActor public final class PostgresSource: Source {
  /// How it is polled and told.
  public let descriptor: SourceDescriptor
  /// What counts as low confidence; the next poll uses it.
  public var threshold: Double
  let thresholds: Thresholds
  let client: PostgresClient
  private let tables: PostgresTables
  var measure: ConfidenceMeasure?
  /// The most bytes of one answer; tests have less.
  var byteCap = 4 << 20
  /// The last answer about failures by their text, of which table and when.
  var lastReasons: Reasons?

  /// Failures by their text as they were read last.
  struct Reasons {
    var table: String
    var at: MonotonicTime
    /// How long the database took.
    var cost: Duration
    var list: [FailureReason]
    var failures: Int
    /// What is said of a list that isn't whole; nil if it is.
    var cutWord: String?
  }

  /// What decides about states; the defaults are the documented ones.
  public struct Thresholds: Sendable, Hashable {
    /// Below this a confidence is low.
    public var confidence = 0.5
    /// An unfinished run that hasn't moved for this long is stuck.
    public var stuckAfter: Duration = .seconds(1_800)
    /// A provider whose 95th percentile takes longer is slow.
    public var slow: Duration = .seconds(5)
    /// When results are a reason to look.
    public var tests = TestLimits()
    /// How far back runs and validations are read.
    public var window: Duration = .seconds(86_400)

    /// The documented ones: 0.5, 30 minutes, 5 s, 24 hours.
    public init() {}
  }

  /// Makes a source without a connection; every 10 s within 5 s unless told.
  public init(
    id: String = "postgres",
    _ options: PostgresOptions,
    thresholds: Thresholds = Thresholds(),
    interval: Duration = .seconds(10),
    deadline: Duration = .seconds(5)
  ) {
    self.thresholds = thresholds
    threshold = thresholds.confidence
    client = PostgresClient(options, statementTimeout: deadline)
    tables = PostgresTables(client)
    descriptor = SourceDescriptor(
      id: id,
      kind: "PostgreSQL",
      address: options.address,
      interval: interval,
      deadline: deadline,
      declares: [
        FactDeclaration("runs.attention", kind: .health), FactDeclaration("runs.failed_1h"),
        FactDeclaration("runs.stuck"), FactDeclaration("runs.success_rate_5m"),
        FactDeclaration("validations.low_24h", kind: .health),
        FactDeclaration("provider.latency", kind: .health, unit: .milliseconds),
        FactDeclaration("postgres.connections", kind: .health),
        FactDeclaration("postgres.role", kind: .health),
      ]
    )
  }

  /// Asks for everything; a part that the database refuses has no data and says why.
  public func poll() async throws(SourceFailure) -> SourceReading {
    let until = LoopActor.now().monotonic + descriptor.deadline
    let schema = try await currentSchema(until)
    do throws(SourceFailure) {
      return try await read(schema, until)
    } catch  where error.detail.hasPrefix("42P01") || error.detail.hasPrefix("42703") {
      // A table or column was renamed under us: look again, once.
      tables.forget()
      return try await read(currentSchema(until), until)
    }
  }

  /// Closes the connection.
  public func close() {
    client.close()
  }

  /// Everything recorded of one run, or of one execution without a run.
  /// - Throws: `notFound` if there is none of that id, else as ``PostgresClient/query(_:)``.
  public func runDetail(id: String) async throws(SourceFailure) -> RunDetail {
    try await detail(.run, id)
  }

  /// The execution and step that one validation result belongs to, with that result alone.
  /// - Throws: `notFound` if there is none of that id, else as ``PostgresClient/query(_:)``.
  public func validationDetail(id: String) async throws(SourceFailure) -> RunDetail {
    try await detail(.validation, id)
  }

  private func detail(_ subject: RunsDetail.Subject, _ id: String) async throws(SourceFailure) -> RunDetail {
    let until = LoopActor.now().monotonic + descriptor.deadline
    let schema = try await currentSchema(until)
    let statement = RunsDetail(schema: schema, measure: measure ?? schema.measures.first)
    guard let query = statement.query(subject, id: id) else {
      throw SourceFailure(.notFound, at: client.address, detail: "no table of executions")
    }
    let detail = RunsDetail.reading(try await ask(query, until), id: id)
    guard !detail.executions.isEmpty else {
      throw SourceFailure(.notFound, at: client.address, detail: id)
    }
    return detail
  }

  private func currentSchema(_ until: MonotonicTime) async throws(SourceFailure) -> PostgresSchema {
    let (schema, isNew) = try await tables.schema(until)
    if isNew { measure = nil }
    return schema
  }

  func ask(
    _ query: PostgresQuery,
    _ until: MonotonicTime,
    cap: Int? = nil
  ) async throws(SourceFailure) -> PostgresTable {
    var query = query
    query.byteCap = cap ?? byteCap
    query.deadline = max(.milliseconds(1), until - LoopActor.now().monotonic)
    let table = try await client.query(query)
    // Without a first row there is nothing to tell, least of all that there is nothing.
    guard !table.isCut || !table.rows.isEmpty else {
      throw SourceFailure(
        .tooLarge,
        at: client.address,
        detail: "the answer was cut before its first row was whole"
      )
    }
    return table
  }

  private func read(
    _ schema: PostgresSchema,
    _ until: MonotonicTime
  ) async throws(SourceFailure) -> SourceReading {
    var reading = try await pulse(schema, until)
    let parts: [(names: [FactName], read: @LoopActor () async throws(SourceFailure) -> SourceReading)] = [
      (
        ["runs.attention", "runs.failed_1h", "runs.stuck", "runs.success_rate_5m"],
        { () throws(SourceFailure) in try await self.runs(schema, until) }
      ),
      (["validations.low_24h"], { () throws(SourceFailure) in try await self.validations(schema, until) }),
    ]
    for part in parts {
      let outcome: SourceReading
      do throws(SourceFailure) {
        outcome = try await part.read()
      } catch  where error.isOfStatementAlone {
        let origin = Origin(source: descriptor.id, query: "", excerpt: error.detail)
        outcome = SourceReading(
          part.names.map {
            Observation($0, nil, word: error.wordWithState, origin: origin)
          }
        )
      }
      reading.observations += outcome.observations
      reading.snapshots += outcome.snapshots
    }
    return reading
  }
}

extension SourceFailure {
  /// Whether only this statement was refused and others may do: a missing right, a time limit.
  fileprivate var isOfStatementAlone: Bool {
    switch code {
    case .forbidden, .tooLarge: true
    case .timedOut: detail.hasPrefix("57014")
    case .rejected:
      // A renamed table or column, too few resources, a server that starts or stops: not this alone.
      !["42P01", "42703", "53", "57P"].contains { detail.hasPrefix($0) }
    case .refused, .unresolved, .disconnected, .insecure, .unauthorized, .notFound, .rateLimited,
      .status, .unreadable, .misconfigured, .cancelled:
      false
    }
  }

  /// Its word with the SQLSTATE that begins a server's refusal.
  fileprivate var wordWithState: String {
    code == .tooLarge ? word : "\(word) \(detail.prefix(5))"
  }
}
