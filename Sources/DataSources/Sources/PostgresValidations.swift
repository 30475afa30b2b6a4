internal import Facts

/// What is asked about confidence: with every poll the counts and the lowest scores, less often how they are spread.
extension PostgresSource {
  /// What was told last of how scores are spread, and what it cost.
  struct SpreadMemory {
    /// One part: its answer, or why there is none.
    struct Part<Value: Sendable & Hashable> {
      var told = ValidationSpread.Part<Value>(nil)
      /// Not before this it is asked for again.
      var next: MonotonicTime?
    }

    var measure: ConfidenceMeasure?
    var groups = Part<ValidationSpread.Groups>()
    var before = Part<ScoreHistogram>()
  }

  /// What of the last week can still change isn't much: it is asked for so often at most.
  private static let beforeInterval: Duration = .seconds(600)
  /// The share of the database's time that such a part takes at most, as its inverse.
  private static let rarity = 40

  func validations(
    _ schema: PostgresSchema,
    _ until: MonotonicTime
  ) async throws(SourceFailure) -> SourceReading {
    try expectReadable(["validation_results"], in: schema)
    var snapshot = ValidationsSnapshot(
      measure: nil,
      window: thresholds.window,
      threshold: threshold,
      total: 0,
      scored: 0,
      low: 0,
      scores: ScoreHistogram(),
      lowest: []
    )
    snapshot.missing = schema.measures.isEmpty ? SafeText(schema.missingMeasure) : ""
    var cutWord: String?
    var sql = PostgresSchema.query.sql
    for measure in schema.measures {
      let queries = statements(schema, measure)
      guard let query = queries.query else { continue }
      sql = query.sql
      let answer = try await ask(query, until)
      let found = await LoopActor.onThreadPool { queries.reading(answer) }
      // A column that exists but was left empty is no measure: the next one may be filled.
      if snapshot.measure == nil || found.scored > 0 {
        snapshot = found
        cutWord = answer.cutWord
        self.measure = measure
      }
      if found.scored > 0 || found.total == 0 { break }
    }
    let isKnown = snapshot.measure != nil && (snapshot.scored > 0 || snapshot.total == 0)
    let word =
      snapshot.measure.map { isKnown ? $0 : "no scores" }
      ?? (schema.columns["validation_results"] == nil ? "no such table" : "no such column")
    let excerpt = "\(snapshot.low) of \(snapshot.scored) scored below \(threshold), \(snapshot.total) in all"
    let observation = Observation(
      "validations.low_24h",
      isKnown ? .number(Double(snapshot.low)) : nil,
      state: testHealth.low(snapshot.low, of: snapshot.scored),
      word: [word, cutWord].compactMap { $0 }.joined(separator: ", "),
      kind: .health,
      origin: Origin(source: descriptor.id, query: sql, excerpt: excerpt)
    )
    return SourceReading([observation], snapshots: [snapshot])
  }

  private func statements(
    _ schema: PostgresSchema,
    _ measure: ConfidenceMeasure,
    group: (grouping: ValidationGrouping, key: String?)? = nil
  ) -> ValidationsQueries {
    ValidationsQueries(
      schema: schema,
      measure: measure,
      window: thresholds.window,
      threshold: threshold,
      group: group
    )
  }

  /// How scores are spread, as far as it can be told without taking much of the database's time.
  func spread(
    _ schema: PostgresSchema,
    _ until: MonotonicTime
  ) async throws(SourceFailure) -> SourceReading {
    guard let measure, schema.measures.contains(measure) else {
      spreadMemory = SpreadMemory()
      let word: SafeText = schema.measures.isEmpty ? "no measure" : "the scores were not told"
      return SourceReading(
        [],
        snapshots: [
          ValidationSpread(
            measure: nil,
            groups: ValidationSpread.Part(nil, word: word),
            before: ValidationSpread.Part(nil, word: word)
          )
        ]
      )
    }
    if spreadMemory.measure != measure { spreadMemory = SpreadMemory(measure: measure) }
    let queries = statements(schema, measure)
    var memory = spreadMemory
    if let query = queries.groups {
      try await renew(&memory.groups, query, until) { queries.groupsReading($0) }
    } else {
      memory.groups.told = ValidationSpread.Part(ValidationSpread.Groups([], missing: queries.missing))
    }
    try await renew(&memory.before, queries.before, until, every: Self.beforeInterval) {
      ValidationsQueries.beforeReading($0)
    }
    spreadMemory = memory
    let told = ValidationSpread(
      measure: measure.name,
      groups: memory.groups.told,
      before: memory.before.told
    )
    return SourceReading([], snapshots: [told])
  }

  /// Asks for a part again where it is due; what can't be had is told as that, and what was told before is not.
  func renew<Value: Sendable & Hashable>(
    _ part: inout SpreadMemory.Part<Value>,
    _ query: PostgresQuery,
    _ until: MonotonicTime,
    every interval: Duration = .zero,
    _ read: @Sendable @escaping (PostgresTable) -> Value
  ) async throws(SourceFailure) {
    let begun = LoopActor.now()
    if let next = part.next, begun.monotonic < next { return }
    // Better a later poll than half an answer: what was asked before may have taken the time.
    guard until - begun.monotonic > .milliseconds(500) else {
      if part.told.value == nil { part.told.word = "no time was left for it" }
      return
    }
    do throws(SourceFailure) {
      let answer = try await ask(query, until)
      let cut = answer.cutWord
      let value = await LoopActor.onThreadPool { read(answer) }
      // Half of the groups is not all: nobody could tell what is missing.
      part.told = ValidationSpread.Part(
        cut == nil ? value : nil,
        askedAt: begun,
        word: cut.map { SafeText($0) }
      )
    } catch  where client.isConnected {
      part.told = ValidationSpread.Part(nil, askedAt: begun, word: SafeText(error.wordWithState))
    }
    let cost = LoopActor.now().monotonic - begun.monotonic
    part.next = begun.monotonic + max(interval, cost * Self.rarity)
  }

  /// The validations of one group, asked for now.
  /// - Throws: `notFound` if there is no such grouping, else as ``PostgresClient/query(_:)``.
  func validations(ofGroup name: String) async throws(SourceFailure) -> ValidationsSnapshot {
    let until = LoopActor.now().monotonic + descriptor.deadline
    let schema = try await tables.schema(until)
    let begun = LoopActor.now()
    let words = name.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    let key = words.count > 1 ? String(words[1]) : nil
    guard let grouping = words.first.flatMap({ ValidationGrouping(rawValue: String($0)) }),
      let measure = schema.measures.first(where: { $0 == measure }) ?? schema.measures.first,
      let query = statements(schema, measure, group: (grouping, key)).query
    else { throw SourceFailure(.notFound, at: client.address, detail: name) }
    var found = statements(schema, measure).reading(try await ask(query, until))
    found.askedAt = begun
    return found
  }
}

extension PostgresSchema {
  /// What was looked for as a measure of confidence, and is not there.
  var missingMeasure: String {
    let results = "validation_results"
    guard columns[results] != nil else {
      let place = name.map { " in the schema \($0)" } ?? ""
      return "there is no table validation_results\(place)"
    }
    return
      "validation_results has no confidence_score and no JSON houndify_result, "
      + (columns["validation_queue"] == nil
        ? "and there is no table validation_queue" : "validation_queue no confidence_score")
  }
}
