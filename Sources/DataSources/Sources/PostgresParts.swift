internal import Facts

/// One part of a poll: the facts that it tells, and how it asks for them.
struct PostgresPart {
  typealias Read =
    @LoopActor (PostgresSource, PostgresSchema, MonotonicTime) async throws(SourceFailure) ->
    SourceReading

  var facts: [FactDeclaration]
  var read: Read

  /// All parts, the cheapest first: what one takes too long for is missing to those behind it.
  static let all = [
    PostgresPart(
      facts: [
        FactDeclaration("postgres.connections", kind: .health),
        FactDeclaration("postgres.role", kind: .health),
      ],
      read: { source, _, until throws(SourceFailure) in try await source.session(until) }
    ),
    PostgresPart(
      facts: [
        FactDeclaration("runs.attention", kind: .health), FactDeclaration("runs.failed_1h"),
        FactDeclaration("runs.stuck"), FactDeclaration("runs.success_rate_5m"),
        FactDeclaration("runs.failures"),
      ],
      read: { source, schema, until throws(SourceFailure) in try await source.runs(schema, until) }
    ),
    PostgresPart(
      facts: [FactDeclaration("validations.low_24h", kind: .health)],
      read: { source, schema, until throws(SourceFailure) in try await source.validations(schema, until) }
    ),
    PostgresPart(
      facts: [FactDeclaration("provider.latency", kind: .health, unit: .milliseconds)],
      read: { source, schema, until throws(SourceFailure) in try await source.latency(schema, until) }
    ),
    // No fact hangs on these, and they may take all the time that is left.
    PostgresPart(
      facts: [],
      read: { source, schema, until throws(SourceFailure) in try await source.labels(schema, until) }
    ),
    PostgresPart(
      facts: [],
      read: { source, schema, until throws(SourceFailure) in try await source.spread(schema, until) }
    ),
  ]
}

extension PostgresSource {
  var testHealth: TestHealth { TestHealth(limits: thresholds.tests) }

  /// A table that is there and can't be read is no table without rows.
  func expectReadable(
    _ names: [String],
    in schema: PostgresSchema
  ) throws(SourceFailure) {
    for name in names {
      guard let defect = schema.defect(name) else { continue }
      throw SourceFailure(.unreadable, at: client.address, detail: defect, told: defect)
    }
  }

  func runs(
    _ schema: PostgresSchema,
    _ until: MonotonicTime
  ) async throws(SourceFailure) -> SourceReading {
    lastRuns = nil
    guard let table = schema.runsTable else {
      try expectReadable(["suite_runs", "test_runs"], in: schema)
      let origin = Origin(source: descriptor.id, query: PostgresSchema.query.sql)
      let names: [FactName] = [
        "runs.attention", "runs.failed_1h", "runs.stuck", "runs.success_rate_5m", "runs.failures",
      ]
      return SourceReading(
        names.map { name in
          // What should be looked at and can't be read counts; what follows from it would count twice.
          Observation(
            name,
            nil,
            word: "no such table",
            kind: name == "runs.attention" ? .health : .info,
            origin: origin
          )
        },
        snapshots: [RunsSnapshot(table: nil, window: thresholds.window, total: 0, rows: [])]
      )
    }
    try expectReadable(PostgresSchema.executionTables + ["validation_results"], in: schema)
    let queries = RunsQueries(
      schema: schema,
      table: table,
      window: thresholds.window,
      stuckAfter: thresholds.stuckAfter,
      tasks: await failedTasks()
    )
    let statement = queries.attention
    let rows = try await ask(statement, until)
    let answer = RunsReading(rows, tasks: queries.tasks)
    let reasons = try await reasons(queries, until)
    var snapshot = RunsSnapshot(
      table: table,
      window: thresholds.window,
      total: answer.total,
      rows: answer.rows,
      reasons: reasons.list,
      failures: reasons.failures
    )
    snapshot.placedTasks = answer.placedTasks
    snapshot.askedTasks = Set(queries.tasks.prefix(FailedTasks.most).map(\.id))
    lastRuns = snapshot
    let origin = Origin(
      source: descriptor.id,
      query: statement.sql,
      excerpt:
        "\(table): total \(answer.total), failed in 1 h \(answer.failedLastHour), stuck \(answer.stuck)"
    )
    let cut = [rows.cutWord, reasons.word.map { "failures: \($0)" }].compactMap { $0 }
    func count(
      _ name: FactName,
      _ number: Int,
      warns: Bool,
      _ kind: FactKind = .info,
      further words: [String] = []
    ) -> Observation {
      Observation(
        name,
        .number(Double(number)),
        state: warns ? testHealth.attention(number) : .ok,
        word: ([table] + words).joined(separator: ", "),
        kind: kind,
        origin: origin
      )
    }
    let pass = testHealth.pass(good: answer.good, of: answer.ended)
    let counted = "\(answer.good) of \(answer.ended), \(table)"
    return SourceReading(
      [
        count("runs.attention", answer.total, warns: true, .health, further: cut),
        count("runs.failed_1h", answer.failedLastHour, warns: false),
        // Stuck runs are among those that need attention: here they would count twice.
        count("runs.stuck", answer.stuck, warns: true),
        Observation(
          "runs.success_rate_5m",
          pass.state.isKnown ? .number(Double(answer.good) / Double(answer.ended)) : nil,
          state: pass.state,
          word: pass.state.isKnown
            ? counted : answer.ended > 0 ? "too few: \(counted)" : "no execution ended in 5 min",
          kind: pass.kind,
          origin: origin
        ),
        // What is kept of an earlier answer is no number of now.
        Observation(
          "runs.failures",
          reasons.isKept ? nil : .number(Double(reasons.failures)),
          state: reasons.isKept ? .error : .ok,
          word: reasons.word ?? "",
          origin: Origin(
            source: descriptor.id,
            query: queries.reasons.sql,
            excerpt: "\(reasons.failures) failures, \(reasons.list.count) texts"
          ),
          sampledAt: reasons.at
        ),
      ],
      snapshots: [snapshot]
    )
  }

  /// Failures by their text: the same again while asking anew would take more than a 20th of the time.
  private func reasons(
    _ queries: RunsQueries,
    _ until: MonotonicTime
  ) async throws(SourceFailure) -> Reasons {
    let now = LoopActor.now().monotonic
    if let last = lastReasons, last.table == queries.table, now - last.at < last.cost * 20 { return last }
    let answer: PostgresTable
    do throws(SourceFailure) {
      answer = try await ask(queries.reasons, until)
    } catch  where client.isConnected {
      // The runs themselves are known.
      return Reasons(
        table: queries.table,
        at: now,
        cost: .zero,
        list: lastReasons?.list ?? [],
        failures: lastReasons?.failures ?? 0,
        word: error.wordWithState,
        isKept: true
      )
    }
    // Hundreds of texts with hundreds of ids each take milliseconds to take apart.
    let list = await LoopActor.onThreadPool { RunsReading.reasons(answer) }
    let found = Reasons(
      table: queries.table,
      at: now,
      cost: answer.duration,
      list: list,
      failures: answer.rows.first?.last?.integer ?? 0,
      word: answer.cutWord
    )
    lastReasons = found
    return found
  }

  /// So long it is told again what failed in the window before: it hardly changes.
  private static let formerInterval = Duration.seconds(600)

  /// What all tests are of, and what failed the window before, beside the runs as they were told: no fact hangs on it.
  func labels(_ schema: PostgresSchema, _ until: MonotonicTime) async throws(SourceFailure) -> SourceReading {
    guard var runs = lastRuns, let table = runs.table, !runs.reasons.isEmpty else { return SourceReading([]) }
    if causeMemory.table != table { causeMemory = CauseMemory(table: table) }
    let queries = RunsQueries(
      schema: schema,
      table: table,
      window: thresholds.window,
      stuckAfter: thresholds.stuckAfter
    )
    var memory = causeMemory
    try await renew(&memory.tested, queries.tested, until) { RunsReading.labels($0) }
    try await renew(&memory.former, queries.former, until, every: Self.formerInterval) {
      RunsReading.former($0)
    }
    causeMemory = memory
    (runs.tested, runs.former) = (memory.tested.told.value ?? [], memory.former.told.value)
    return SourceReading([], snapshots: [runs])
  }

  /// The statement about the provider's latency; nil without the columns.
  func latencyQuery(_ schema: PostgresSchema) -> PostgresQuery? {
    let step = "step_executions"
    let duration = schema.number(step, "s", "response_time_ms")
    let times = ["executed_at", "created_at"].map { schema.time(step, "s", $0) }
    guard let at = times.first(where: { $0 != SQLNull.time }), duration != SQLNull.number else { return nil }
    return PostgresQuery(
      """
      SELECT pg_catalog.percentile_cont(0.95) WITHIN GROUP (ORDER BY \(duration)) FROM \(schema.table(step)) s
      WHERE \(at) >= pg_catalog.now() - interval '15 min' AND s.response_time_ms IS NOT NULL
      """
    )
  }

  /// How long the provider takes to answer.
  func latency(
    _ schema: PostgresSchema,
    _ until: MonotonicTime
  ) async throws(SourceFailure) -> SourceReading {
    try expectReadable(["step_executions"], in: schema)
    let statement = latencyQuery(schema)
    var number: Double?
    if let statement { number = try await ask(statement, until).rows.first?.first?.number }
    return SourceReading([
      Observation(
        "provider.latency",
        number.map { .number($0) },
        unit: .milliseconds,
        state: (number ?? 0) > Double(thresholds.slow.milliseconds) ? .warn : .ok,
        word: number != nil ? "p95 of 15 min" : statement == nil ? "no such column" : "no steps in 15 min",
        // A night without tests says nothing about the provider: no reason to call anything unknown.
        kind: number == nil ? .info : .health,
        origin: Origin(
          source: descriptor.id,
          query: statement?.sql ?? PostgresSchema.query.sql,
          excerpt: "p95 \(number.map { "\($0) ms" } ?? "–")"
        )
      )
    ])
  }

  /// Asks what needs none of the stack's tables.
  static let sessionQuery = PostgresQuery(
    """
    SELECT (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity WHERE datid IS NOT NULL
        AND COALESCE(backend_type, 'client backend') = 'client backend'),
      pg_catalog.current_setting('max_connections')::int
        - pg_catalog.current_setting('superuser_reserved_connections')::int
        - COALESCE(pg_catalog.current_setting('reserved_connections', true)::int, 0),
      session_user::pg_catalog.text,
      (SELECT pg_catalog.bool_or(rolsuper) FROM pg_catalog.pg_roles
        WHERE rolname IN (current_user, session_user)),
      EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = 'pg_execute_server_program'
        AND pg_catalog.pg_has_role(session_user, r.oid, 'MEMBER'))
    """
  )

  /// The connections in use, and who we are.
  func session(_ until: MonotonicTime) async throws(SourceFailure) -> SourceReading {
    let sql = Self.sessionQuery.sql
    let row = try await ask(Self.sessionQuery, until).rows.first ?? []
    guard row.count == 5, let used = row[0].integer, let most = row[1].integer else {
      throw SourceFailure(.unreadable, at: client.address, detail: "no row of numbers")
    }
    let share = most > 0 ? Double(used) / Double(most) : 0
    return SourceReading([
      Observation(
        "postgres.connections",
        .number(Double(used)),
        state: share >= 0.95 ? .crit : share >= 0.8 ? .warn : .ok,
        word: "\(used) of \(most)",
        kind: .health,
        origin: Origin(source: descriptor.id, query: sql, excerpt: "\(used) of \(most)")
      ),
      role(row[2], isSuperuser: row[3].flag, runsPrograms: row[4].flag, sql),
    ])
  }

  /// Who the console is there: a role that may run commands on the server is more than it needs.
  private func role(
    _ name: PostgresValue,
    isSuperuser: Bool?,
    runsPrograms: Bool?,
    _ sql: String
  ) -> Observation {
    let power: String? =
      isSuperuser != false ? "a superuser" : runsPrograms != false ? "may run programs there" : nil
    return Observation(
      "postgres.role",
      name.text.map { .text($0) },
      state: power == nil ? .ok : .warn,
      word: power.map { "\($0): connect as a role that may only read" } ?? "no superuser",
      kind: .health,
      origin: Origin(
        source: descriptor.id,
        query: sql,
        excerpt: "\(name.text ?? "–"), \(power ?? "no superuser")"
      )
    )
  }
}
