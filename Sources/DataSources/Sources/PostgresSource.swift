public import Facts

/// The stack's own database: runs that need attention, confidence, latency and connections.
///
/// It finds out on every new connection which generation of the schema it faces.
@LoopActor public final class PostgresSource: Source {
  /// How it is polled and told.
  public let descriptor: SourceDescriptor
  /// What counts as low confidence; the next poll uses it.
  public var threshold: Double
  private let thresholds: Thresholds
  private let client: PostgresClient
  private var schema: PostgresSchema?
  private var schemaConnection = 0
  private var measure: ConfidenceMeasure?

  /// What decides about states; the defaults are the documented ones.
  public struct Thresholds: Sendable, Hashable {
    /// Below this a confidence is low.
    public var confidence = 0.5
    /// An unfinished run that hasn't moved for this long is stuck.
    public var stuckAfter: Duration = .seconds(1_800)
    /// A provider whose 95th percentile takes longer is slow.
    public var slow: Duration = .seconds(5)
    /// How far back runs and validations are read.
    public var window: Duration = .seconds(86_400)

    /// The documented ones: 0.5, 30 minutes, 5 s, 24 hours.
    public init() {}
  }

  /// Makes a source without a connection; every 10 s within 5 s unless told.
  public init(
    id: String = "postgres", _ options: PostgresOptions, thresholds: Thresholds = Thresholds(),
    interval: Duration = .seconds(10), deadline: Duration = .seconds(5)
  ) {
    self.thresholds = thresholds
    threshold = thresholds.confidence
    client = PostgresClient(options, statementTimeout: deadline)
    descriptor = SourceDescriptor(
      id: id, kind: "PostgreSQL", address: options.address, interval: interval, deadline: deadline,
      declares: [
        FactDeclaration("runs.attention"), FactDeclaration("runs.failed_1h"),
        FactDeclaration("runs.stuck"), FactDeclaration("runs.success_rate_5m"),
        FactDeclaration("validations.low_24h"),
        FactDeclaration("provider.latency", kind: .health, unit: .milliseconds),
        FactDeclaration("postgres.connections", kind: .health),
      ])
  }

  /// Asks for everything; a part that the database refuses has no data and says why.
  public func poll() async throws(SourceFailure) -> SourceReading {
    let until = LoopActor.now().monotonic + descriptor.deadline
    let schema = try await currentSchema(until)
    do throws(SourceFailure) {
      return try await read(schema, until)
    } catch where error.detail.hasPrefix("42P01") || error.detail.hasPrefix("42703") {
      // A table or column was renamed under us: look again, once.
      self.schema = nil
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
    if let schema, schemaConnection == client.connections, schema.runsTable != nil { return schema }
    let found = PostgresSchema(try await ask(PostgresSchema.query, until).rows)
    schema = found
    schemaConnection = client.connections
    measure = nil
    return found
  }

  private func ask(_ query: PostgresQuery, _ until: MonotonicTime) async throws(SourceFailure) -> PostgresTable {
    var query = query
    query.deadline = max(.milliseconds(1), until - LoopActor.now().monotonic)
    return try await client.query(query)
  }

  private func read(_ schema: PostgresSchema, _ until: MonotonicTime) async throws(SourceFailure) -> SourceReading {
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
      } catch where error.isOfStatementAlone {
        let origin = Origin(source: descriptor.id, query: "", excerpt: error.detail)
        outcome = SourceReading(
          part.names.map { Observation($0, nil, word: "\(error.word) \(error.detail.prefix(5))", origin: origin) })
      }
      reading.observations += outcome.observations
      reading.snapshots += outcome.snapshots
    }
    return reading
  }

  private func runs(_ schema: PostgresSchema, _ until: MonotonicTime) async throws(SourceFailure) -> SourceReading {
    guard let table = schema.runsTable else {
      let origin = Origin(source: descriptor.id, query: "to_regclass('test_runs'), to_regclass('suite_runs')")
      let names: [FactName] = ["runs.attention", "runs.failed_1h", "runs.stuck", "runs.success_rate_5m"]
      return SourceReading(
        names.map { Observation($0, nil, word: "no such table", origin: origin) },
        snapshots: [RunsSnapshot(table: nil, window: thresholds.window, total: 0, rows: [])])
    }
    let queries = RunsQueries(
      schema: schema, table: table, window: thresholds.window, stuckAfter: thresholds.stuckAfter)
    let statement = queries.attention
    let answer = RunsReading(try await ask(statement, until))
    let reasons = try await ask(queries.reasons, until)
    let snapshot = RunsSnapshot(
      table: table, window: thresholds.window, total: answer.total, rows: answer.rows,
      reasons: RunsReading.reasons(reasons), failures: reasons.rows.first?.last?.integer ?? 0)
    let origin = Origin(
      source: descriptor.id, query: statement.sql,
      excerpt: "\(table): total \(answer.total), failed in 1 h \(answer.failedLastHour), stuck \(answer.stuck)")
    func count(_ name: FactName, _ number: Int, warns: Bool) -> Observation {
      Observation(
        name, .number(Double(number)), state: warns && number > 0 ? .warn : .ok, word: table, origin: origin)
    }
    return SourceReading(
      [
        count("runs.attention", answer.total, warns: true),
        count("runs.failed_1h", answer.failedLastHour, warns: false),
        count("runs.stuck", answer.stuck, warns: true),
        Observation(
          "runs.success_rate_5m", answer.successRate.map { .number($0) },
          word: answer.successRate == nil ? "no execution ended in 5 min" : table, origin: origin),
      ], snapshots: [snapshot])
  }

  private func validations(
    _ schema: PostgresSchema, _ until: MonotonicTime
  ) async throws(SourceFailure) -> SourceReading {
    var snapshot = ValidationsSnapshot(
      measure: nil, window: thresholds.window, threshold: threshold, total: 0, scored: 0, low: 0,
      histogram: [], lowest: [])
    var sql = "information about validation_results, validation_queue"
    for measure in schema.measures {
      let queries = ValidationsQueries(
        schema: schema, measure: measure, window: thresholds.window, threshold: threshold)
      sql = queries.query.sql
      let found = queries.reading(try await ask(queries.query, until))
      // A column that exists but was left empty is no measure: the next one may be filled.
      if snapshot.measure == nil || found.scored > 0 {
        snapshot = found
        self.measure = measure
      }
      if found.scored > 0 || found.total == 0 { break }
    }
    let isKnown = snapshot.measure != nil && (snapshot.scored > 0 || snapshot.total == 0)
    let word = snapshot.measure.map { isKnown ? $0 : "no scores" } ?? "no such column"
    let excerpt = "\(snapshot.low) of \(snapshot.scored) scored below \(threshold), \(snapshot.total) in all"
    let observation = Observation(
      "validations.low_24h", isKnown ? .number(Double(snapshot.low)) : nil, word: word,
      origin: Origin(source: descriptor.id, query: sql, excerpt: excerpt))
    return SourceReading([observation], snapshots: [snapshot])
  }

  /// Latency of the provider and use of connections: what needs no table of runs.
  private func pulse(_ schema: PostgresSchema, _ until: MonotonicTime) async throws(SourceFailure) -> SourceReading {
    let step = "step_executions"
    let at = ["executed_at", "created_at"].first { schema.has(step, $0) }
    let duration = schema.number(step, "s", "response_time_ms")
    let hasSteps = at != nil && duration != "NULL::float8"
    let latency =
      hasSteps
      ? """
      (SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY \(duration)) FROM \(step) s
        WHERE s.\(at ?? "") >= now() - interval '15 min' AND s.response_time_ms IS NOT NULL)
      """ : "NULL::float8"
    let statement = PostgresQuery(
      """
      SELECT \(latency), (SELECT count(*) FROM pg_stat_activity WHERE datid IS NOT NULL
          AND COALESCE(backend_type, 'client backend') = 'client backend'),
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
      """)
    let row = try await ask(statement, until).rows.first ?? []
    guard row.count == 3 else {
      throw SourceFailure(.unreadable, at: client.address, detail: "no row")
    }
    let slow = Double(thresholds.slow.milliseconds)
    let used = row[1].integer ?? 0
    let most = row[2].integer ?? 0
    let share = most > 0 ? Double(used) / Double(most) : 0
    return SourceReading([
      Observation(
        "provider.latency", row[0].number.map { .number($0) }, unit: .milliseconds,
        state: (row[0].number ?? 0) > slow ? .warn : .ok,
        word: row[0].number == nil ? (hasSteps ? "no steps in 15 min" : "no such column") : "p95 of 15 min",
        kind: .health, origin: Origin(source: descriptor.id, query: statement.sql, excerpt: "p95 \(row[0].number.map { "\($0) ms" } ?? "–")")),
      Observation(
        "postgres.connections", .number(Double(used)),
        state: share >= 0.95 ? .crit : share >= 0.8 ? .warn : .ok, word: "\(used) of \(most)", kind: .health,
        origin: Origin(source: descriptor.id, query: statement.sql, excerpt: "\(used) of \(most)")),
    ])
  }
}

extension SourceFailure {
  /// Whether only this statement was refused and others may do: a missing right, a time limit.
  fileprivate var isOfStatementAlone: Bool {
    switch code {
    case .forbidden: true
    case .timedOut: detail.hasPrefix("57014")
    case .rejected: !detail.hasPrefix("42P01") && !detail.hasPrefix("42703") && !detail.hasPrefix("57P03")
    case .refused, .unresolved, .disconnected, .insecure, .unauthorized, .notFound, .rateLimited,
      .status, .unreadable, .tooLarge, .misconfigured, .cancelled:
      false
    }
  }
}
