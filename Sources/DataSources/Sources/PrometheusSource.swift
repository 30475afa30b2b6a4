public import Facts

/// Instant queries to Prometheus, each one fact `prom.NAME`.
///
/// An empty result is "no such series": never 0 and never green (an expression over series that do
/// not exist answers `success` with `[]`). NaN and infinities are no values either, and said.
@LoopActor public final class PrometheusSource: Source {
  /// One named expression.
  public struct Query: Sendable, Hashable {
    /// The fact that it feeds: `prom.queue_depth`.
    public var fact: FactName
    /// The expression.
    public var expression: String
    /// The unit of its value.
    public var unit: FactUnit
    /// Whether samples are kept: what it says of the queue's depth is called a disagreement only if it lasts.
    public var isDrawn: Bool

    /// Names an expression.
    public init(
      _ fact: FactName,
      _ expression: String,
      unit: FactUnit = .one,
      isDrawn: Bool = false
    ) {
      self.fact = fact
      self.expression = expression
      self.unit = unit
      self.isDrawn = isDrawn
    }
  }

  /// What the runbook asks Prometheus for, and what today's backend really exports (STACK: the
  /// runbook's `queue_depth` and `test_executions_total` are never there).
  public static let standardQueries: [Query] = [
    Query("prom.queue_depth", "max(queue_depth)", isDrawn: true),
    Query("prom.celery_tasks_in_queue", "max(celery_tasks_in_queue)", isDrawn: true),
    Query(
      "prom.success_rate_5m",
      "100 * sum(rate(test_executions_total{result=\"success\"}[5m]))"
        + " / sum(rate(test_executions_total[5m]))",
      unit: .percent
    ),
    Query(
      "prom.failed_1h",
      "sum(increase(test_executions_total{result=\"failure\"}[1h]))"
    ),
    Query(
      "prom.http_p95",
      "histogram_quantile(0.95, sum(rate(http_request_duration_seconds_bucket[5m])) by (le))",
      unit: .seconds
    ),
    Query(
      "prom.http_errors_5m",
      "100 * sum(rate(http_requests_total{status=~\"5..\"}[5m]))"
        + " / sum(rate(http_requests_total[5m]))",
      unit: .percent
    ),
    Query("prom.targets_up", "sum(up)"),
    Query("prom.targets_known", "count(up)"),
  ]

  /// How it is polled and told.
  public let descriptor: SourceDescriptor
  private let client: HTTPClient
  private let base: String
  private let credentials: HTTPCredentials?
  private let queries: [Query]
  private let standing: HTTPStanding

  /// Makes a source for the Prometheus-compatible API at `base`.
  public init(
    id: String,
    base: String,
    credentials: HTTPCredentials? = nil,
    queries: [Query] = PrometheusSource.standardQueries,
    client: HTTPClient,
    interval: Duration = .seconds(10),
    deadline: Duration = .seconds(5)
  ) {
    self.client = client
    self.base = withoutSlash(base)
    self.credentials = credentials
    self.queries = queries
    standing = credentials?.standing ?? HTTPStanding()
    descriptor = SourceDescriptor(
      id: id,
      kind: "Prometheus",
      address: redacted(base),
      interval: interval,
      deadline: deadline,
      declares: queries.map { FactDeclaration($0.fact, unit: $0.unit) }
        + (queries.contains { $0.fact == "prom.targets_up" } ? [FactDeclaration("prom.targets")] : [])
    )
  }

  /// Asks once; an expression that is refused has no data and says why, as long as others are answered.
  public func poll() async throws(SourceFailure) -> SourceReading {
    // Children of the poll: a poll that is given up ends its questions, too.
    let answers = await withTaskGroup(of: (Int, Result<Observation, SourceFailure>).self) { group in
      for (index, query) in queries.enumerated() {
        group.addTask { (index, await self.answer(query)) }
      }
      var answers: [Int: Result<Observation, SourceFailure>] = [:]
      while let (index, answer) = await group.next() { answers[index] = answer }
      return answers
    }
    var observations: [Observation] = []
    var failures: [(query: Query, failure: SourceFailure)] = []
    for (index, query) in queries.enumerated() {
      switch answers[index] {
      case .success(let observation)?: observations.append(observation)
      case .failure(let failure)?: failures.append((query, failure))
      case nil: break
      }
    }
    if observations.isEmpty, let first = failures.first { throw first.failure }
    for (query, failure) in failures {
      observations.append(
        Observation(
          query.fact,
          nil,
          unit: query.unit,
          word: failure.word,
          origin: Origin(source: descriptor.id, query: query.expression, excerpt: failure.detail)
        )
      )
    }
    let down = await judgeTargets(&observations)
    return SourceReading(observations, snapshots: down.map { [$0] } ?? [])
  }

  /// Targets that are down, and a server that scrapes nothing, are a warning on the server that is to scrape them.
  ///
  /// `prom.targets` is what its service's probe reads: whether anything is scraped at all.
  ///
  /// - Returns: Those that are down; nil if that isn't known.
  private func judgeTargets(_ observations: inout [Observation]) async -> TargetsDown? {
    guard let index = observations.firstIndex(where: { $0.name == "prom.targets_up" }),
      let known = observations.first(where: { $0.name == "prom.targets_known" })
    else { return nil }
    var told = observations[index]
    var down: TargetsDown?
    let isEmpty = told.word == Self.noSeries && known.word == Self.noSeries
    switch (told.value?.number, known.state == .ok ? known.value?.number : nil) {
    case (let up?, let all?) where up < 0 || up > all || all > Self.mostKnown:
      (told.value, told.state) = (nil, .error)
      told.word = "\(Format.count(up)) up of \(Format.count(all))"
    case (let up?, let all?) where told.state == .ok && up < all:
      told.state = .warn
      let (targets, jobs) = await targetsDown(Int(all - up))
      down = targets
      told.word = "\(Format.count(all - up)) of \(Format.count(all)) down\(jobs)"
    case (_?, _?): if told.state == .ok { down = TargetsDown(names: [], areAll: true) }
    default:
      if isEmpty {
        (told.value, told.state, told.word) = (.number(0), .warn, "none scraped")
      } else if told.state == .ok {
        // Without the number of all nobody knows whether one is down.
        (told.value, told.state) = (nil, known.state == .ok ? .nodata : known.state)
        told.word = "of how many isn't known" + (known.word.isEmpty ? "" : ": \(known.word)")
      }
    }
    if isEmpty || told.value != nil { observations[index] = told }
    let value: FactValue? = told.value.flatMap(\.number).map { .flag($0 > 0) }
    observations.append(
      Observation("prom.targets", value, state: told.state, word: told.word, origin: told.origin)
    )
    return down
  }

  /// No Prometheus knows more targets than that.
  private static let mostKnown = 1e9

  /// The most targets that are looked at: of thousands none is down alone.
  private static let mostTargets = 100

  /// So many targets that are down, and the jobs of some of them as they are appended; nil and empty if that can't
  /// be told.
  private func targetsDown(_ count: Int) async -> (targets: TargetsDown?, jobs: String) {
    guard let reply = try? await instant("topk(\(Self.mostTargets), up == 0)") else { return (nil, "") }
    let names = reply.samples.map { series -> Set<String> in
      let host = series.labels["instance"]?.prefix { $0 != ":" }
      return Set([series.labels["job"], host.map(String.init)].compactMap { $0 })
    }
    let jobs = Set(reply.samples.compactMap { $0.labels["job"] }).sorted().prefix(3)
    return (
      TargetsDown(names: names, areAll: names.count == count && reply.warnings.isEmpty),
      jobs.isEmpty ? "" : ": " + jobs.joined(separator: ", ")
    )
  }

  private static let noSeries = "no such series"

  /// Closes what is open; no poll follows.
  public func close() {}

  private func answer(_ query: Query) async -> Result<Observation, SourceFailure> {
    do throws(SourceFailure) {
      return .success(try await observe(query))
    } catch {
      return .failure(error)
    }
  }

  private func observe(_ query: Query) async throws(SourceFailure) -> Observation {
    // One is meant; thousands come of a slip, and would be freed on the loop.
    let reply = try await ask("/api/v1/query", [("query", query.expression)], keeping: 1)
    let origin = Origin(
      source: descriptor.id,
      query: query.expression,
      excerpt: reply.excerpt
    )
    func told(_ value: Double?, _ state: FactState, _ word: String) -> Observation {
      Observation(
        query.fact,
        value.map(FactValue.number),
        unit: query.unit,
        state: state,
        word: word,
        origin: origin,
        isDrawn: query.isDrawn
      )
    }
    guard reply.count <= 1 else {
      // Which of them is meant nobody can tell; the first would be one by accident.
      return told(nil, .error, "\(reply.count) series, one is meant")
    }
    let partly = reply.warnings.first.map { "perhaps not all of it: \($0)" }
    guard let sample = reply.samples.first?.values.last else {
      // Of what was left out nobody knows whether there is any.
      return partly.map { told(nil, .error, $0) } ?? told(nil, .nodata, Self.noSeries)
    }
    guard sample.value.isFinite else {
      return told(nil, .nodata, sample.value.isNaN ? "NaN" : sample.value > 0 ? "+Inf" : "-Inf")
    }
    let age = Duration.seconds(LoopActor.now().wall.secondsSince1970 - sample.time.secondsSince1970)
    if age > Self.oldest { return told(sample.value, .stale, "sample \(Format.age(age)) old") }
    if age < .zero - Self.oldest {
      return told(sample.value, .stale, "sample \(Format.age(.zero - age)) ahead")
    }
    return partly.map { told(sample.value, .error, $0) } ?? told(sample.value, .ok, "")
  }

  /// As long as Prometheus itself looks back for a sample; clocks of two machines differ by less.
  private static let oldest = Duration.seconds(300)

  /// One instant query: all samples of its result.
  /// - Throws: `rejected` with Prometheus' own words for an expression that it can't parse.
  public func instant(_ expression: String) async throws(SourceFailure) -> PrometheusReply {
    try await ask("/api/v1/query", [("query", expression)])
  }

  /// One range query from `start` to `end` in steps of `step`.
  public func range(
    _ expression: String,
    from start: WallTime,
    to end: WallTime,
    step: Duration
  ) async throws(SourceFailure) -> PrometheusReply {
    try await ask(
      "/api/v1/query_range",
      [
        ("query", expression), ("start", "\(start.secondsSince1970)"),
        ("end", "\(end.secondsSince1970)"), ("step", "\(step.seconds)"),
      ]
    )
  }

  /// What Prometheus answers while it starts (it reads its log, which may take minutes) or stops, in plain words:
  /// its own health path says that it is well all the time.
  private static func named(_ failure: SourceFailure) -> SourceFailure {
    guard failure.code == .status(503), failure.detail.hasPrefix("Service Unavailable") else {
      return failure
    }
    var failure = failure
    failure.told = "not ready: it starts or stops"
    return failure
  }

  private func ask(
    _ path: String,
    _ parameters: [(String, String)],
    keeping most: Int = .max
  ) async throws(SourceFailure) -> PrometheusReply {
    let query = parameters.map { "\($0.0)=\(percentEncoded($0.1))" }.joined(separator: "&")
    var request = HTTPRequest(
      "GET",
      "\(base)\(path)?\(query)",
      credentials: credentials,
      deadline: descriptor.deadline,
      cap: 16 << 20
    )
    request.standing = standing
    let response = try await client.send(request)
    let address = "\(redacted(base))\(path)"
    // It tells an expression that it can't answer by 400, 422 or 503 and a document with its words.
    if let failure = response.failure(at: address) {
      guard [400, 422, 503].contains(response.status), let json = await LoopActor.decodeJSON(response.body),
        json["status"]?.text == "error"
      else { throw Self.named(failure) }
      return try PrometheusReply(json, status: response.status, at: address)
    }
    let status = response.status
    return try await response.read(of: "Prometheus", at: address) { json throws(SourceFailure) in
      guard json["status"]?.text == "success" || json["error"]?.text != nil else { return nil }
      return try PrometheusReply(json, keeping: most, status: status, at: address)
    }
  }
}
