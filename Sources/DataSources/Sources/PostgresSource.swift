public import Facts

/// The stack's own database: runs that need attention, confidence, latency and connections.
///
/// It finds out on every new connection which generation of the schema it faces.
@LoopActor public final class PostgresSource: Source {
  /// How it is polled and told.
  public let descriptor: SourceDescriptor
  /// What counts as low confidence; the next poll uses it.
  public var threshold: Double
  /// The tasks that failed, as the results of a broker tell: the runs of which they are need attention.
  var failedTasks: @LoopActor () async -> [TaskFailure] = { [] }
  let thresholds: Thresholds
  let client: PostgresClient
  let tables: PostgresTables
  var measure: ConfidenceMeasure?
  /// The most bytes of one answer; tests have less.
  var byteCap = 4 << 20
  /// What was told of each fact last, and when it was asked.
  private var lastGood: [FactName: Observation] = [:]
  /// The statement that was asked last.
  private var lastAsked = ""
  /// The last answer about failures by their text, of which table and when.
  var lastReasons: Reasons?
  /// The runs as they were told in this poll; nil where they were not.
  var lastRuns: RunsSnapshot?
  /// What is told beside the causes of failures, as it was told last.
  var causeMemory = CauseMemory()
  /// How scores are spread, as it was told last.
  var spreadMemory = SpreadMemory()

  /// What all tests are of, and what failed in the window before.
  struct CauseMemory {
    var table: String?
    var tested = SpreadMemory.Part<[FailureLabel]>()
    var former = SpreadMemory.Part<FormerReasons>()
  }

  /// Failures by their text as they were read last.
  struct Reasons {
    var table: String
    var at: MonotonicTime
    /// How long the database took.
    var cost: Duration
    var list: [FailureReason]
    var failures: Int
    /// What is said of a list that isn't whole or new; nil if it is.
    var word: String?
    /// Whether it is that of an earlier answer, since none could be had now.
    var isKept = false
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
      declares: PostgresPart.all.flatMap(\.facts)
    )
  }

  /// Asks for everything, each part on its own: one that the database refuses is an error and keeps its last
  /// values, the others are told.
  public func poll() async throws(SourceFailure) -> SourceReading {
    let startedAt = LoopActor.now().monotonic
    let until = startedAt + descriptor.deadline
    let schema = try await tables.schema(until)
    var reading = SourceReading([])
    for part in PostgresPart.all {
      switch try await outcome(of: part, schema, until) {
      case .success(let told):
        for observation in told.observations {
          lastGood[observation.name] = observation
          lastGood[observation.name]?.sampledAt = startedAt
        }
        reading.observations += told.observations
        for snapshot in told.snapshots {
          // A later part may tell more of what an earlier one told.
          reading.snapshots.removeAll { type(of: $0) == type(of: snapshot) }
          reading.snapshots.append(snapshot)
        }
      case .failure(let failure):
        reading.observations += part.facts.map { left(of: $0, failure) }
      }
    }
    return reading
  }

  /// What one part told, or why the database refused it.
  /// - Throws: what fails for all parts: whatever took the connection away.
  private func outcome(
    of part: PostgresPart,
    _ schema: PostgresSchema,
    _ until: MonotonicTime
  ) async throws(SourceFailure) -> Result<SourceReading, SourceFailure> {
    guard until - LoopActor.now().monotonic > .milliseconds(100) else {
      return .failure(
        SourceFailure(.timedOut, at: client.address, detail: "what was asked before took all the time")
      )
    }
    do throws(SourceFailure) {
      return .success(try await part.read(self, schema, until))
    } catch {
      guard client.isConnected || error.code == .tooLarge else { throw error }
      return .failure(error)
    }
  }

  /// What stays of a fact whose part was refused: its last value with its age, as an error that counts.
  private func left(of fact: FactDeclaration, _ failure: SourceFailure) -> Observation {
    let last = lastGood[fact.name]
    return Observation(
      fact.name,
      last?.value,
      unit: fact.unit,
      state: .error,
      word: failure.wordWithState,
      kind: .health,
      origin: Origin(source: descriptor.id, query: lastAsked, excerpt: failure.detail),
      sampledAt: last?.sampledAt
    )
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
    let until = LoopActor.now().monotonic + descriptor.deadline
    var found = try await detail(.validation, id)
    let schema = try await tables.schema(until)
    do throws(SourceFailure) {
      found.validation = try await validationRecord(id, schema, until)
    } catch  where client.isConnected {
      var record = ValidationRecord()
      record.problem = "what else was recorded can't be read: \(SafeText(error.wordWithState))"
      found.validation = record
    }
    return found
  }

  private func detail(_ subject: RunsDetail.Subject, _ id: String) async throws(SourceFailure) -> RunDetail {
    let until = LoopActor.now().monotonic + descriptor.deadline
    let schema = try await tables.schema(until)
    let statement = RunsDetail(
      schema: schema,
      measure: schema.measures.first { $0 == measure } ?? schema.measures.first
    )
    if let query = statement.query(subject, id: id) {
      let detail = RunsDetail.reading(try await ask(query, until), id: id)
      if !detail.executions.isEmpty { return detail }
    }
    // Nothing was recorded below it: is there such a run or result at all?
    guard let owner = statement.owner(subject, id: id),
      let row = try await ask(owner, until).rows.first
    else { throw SourceFailure(.notFound, at: client.address, detail: id) }
    guard let execution = row.first?.text, let query = statement.query(.run, id: execution) else {
      return RunDetail(id: id, executions: [])
    }
    // A result without a step: its execution is told.
    return RunsDetail.reading(try await ask(query, until), id: id)
  }

  func ask(
    _ query: PostgresQuery,
    _ until: MonotonicTime,
    cap: Int? = nil
  ) async throws(SourceFailure) -> PostgresTable {
    if let table = tables.restricted(in: query.sql) {
      throw SourceFailure(
        .forbidden,
        at: client.address,
        detail: "a policy of \(table) hides rows from this role: it needs BYPASSRLS, or none to apply to it",
        told: "restricted by row security"
      )
    }
    var query = query
    query.byteCap = cap ?? byteCap
    query.deadline = max(.milliseconds(1), until - LoopActor.now().monotonic)
    // What one statement leaves of the time is the others'; and one that the server gives up costs no connection.
    query.statementTimeout = query.deadline * 3 / 5
    lastAsked = query.sql
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
}

extension SourceFailure {
  /// Its word, with the SQLSTATE that begins a server's refusal where the word hasn't got it.
  var wordWithState: String {
    let state = detail.prefix(5)
    let isState =
      state.utf8.count == 5 && state.utf8.allSatisfy { (48...57).contains($0) || (65...90).contains($0) }
    return told == nil && isState ? "\(word) \(state)" : word
  }
}
