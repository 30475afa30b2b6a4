public import Facts

/// Redis' own report: memory, clients, uptime, whether it answers PING, and which tasks Celery says have failed.
@LoopActor public final class RedisSource: Source {
  /// How it is polled and told.
  public let descriptor: SourceDescriptor
  /// What Celery keeps in this database.
  public let tasks: TaskResults
  private let client: RedisClient

  /// Makes a source without a connection; every 5 s within 2 s unless told.
  public init(
    id: String = "redis",
    _ options: RedisOptions,
    interval: Duration = .seconds(5),
    deadline: Duration = .seconds(2)
  ) {
    client = RedisClient(options)
    tasks = TaskResults(client)
    descriptor = SourceDescriptor(
      id: id,
      kind: "Redis",
      address: options.address,
      interval: interval,
      deadline: deadline,
      declares: [
        FactDeclaration("redis.state"),
        FactDeclaration("redis.memory", kind: .health, unit: .bytes),
        FactDeclaration("redis.clients"), FactDeclaration("redis.uptime", unit: .seconds),
        FactDeclaration("tasks.failed_1h"),
      ]
    )
  }

  /// Asks PING and INFO, and reads on in Celery's results.
  public func poll() async throws(SourceFailure) -> SourceReading {
    let startedAt = LoopActor.now().monotonic
    let pong = try await client.send(.ping, deadline: descriptor.deadline)
    let left = descriptor.deadline - (LoopActor.now().monotonic - startedAt)
    var info = ""
    var refused: SourceFailure?
    do throws(SourceFailure) {
      let reply = try await client.send(.info, deadline: max(.milliseconds(1), left))
      guard let text = reply.text else {
        throw SourceFailure(.unreadable, at: client.address, detail: "INFO gave no text")
      }
      info = text
    } catch {
      // It answers, and this user may not look further: that is told where the numbers would stand.
      guard case .forbidden = error.code else { throw error }
      refused = error
    }
    var reading = SourceReading(
      Self.observations(pong: pong, info: info, refused: refused, source: descriptor.id)
    )
    let uptime = reading.observations.first { $0.name == "redis.uptime" }
    // So much is as good as for ever, and no clock's arithmetic.
    reading.uptime = uptime?.value?.number.map { .seconds(min($0, 1e9)) }
    do throws(SourceFailure) {
      // Whoever waits for Redis' own state waits for no million keys.
      let begun = LoopActor.now().monotonic
      let told = try await tasks.read(until: min(startedAt + descriptor.deadline, begun + .milliseconds(500)))
      reading.snapshots.append(told)
      reading.observations.append(Self.failed(told, source: descriptor.id))
    } catch {
      // How Redis itself fares is known.
      let origin = Origin(source: descriptor.id, query: TaskResults.query, excerpt: error.detail)
      reading.observations.append(
        Observation("tasks.failed_1h", nil, state: .error, word: error.word, origin: origin)
      )
    }
    return reading
  }

  /// How many tasks ended in an exception within the last hour; without a single result nobody knows.
  nonisolated static func failed(_ told: TaskFailures, source: String) -> Observation {
    // One that can't be read may be one that failed: with some it is a number at least, with none nobody knows.
    let isLeast = !told.isWhole || told.unreadable > 0
    let isKnown = told.results > 0 && (!isLeast || told.lastHour > 0)
    let count = told.lastHour
    var words: [String] = isKnown && isLeast ? ["at least"] : []
    if told.results == 0 { words.append(told.isWhole ? "no results of Celery here" : "still reading") }
    if told.results > 0, !told.isWhole { words.append("not all are read") }
    if told.unreadable > 0 { words.append("\(told.unreadable) unreadable") }
    return Observation(
      "tasks.failed_1h",
      isKnown ? .number(Double(count)) : nil,
      word: words.joined(separator: ", "),
      origin: Origin(
        source: source,
        query: TaskResults.query,
        excerpt: "\(told.results) results, \(told.failures.count) failures known"
      )
    )
  }

  /// Closes the connection.
  public func close() {
    client.close()
  }

  /// Reads `name:value` lines into facts; what INFO doesn't tell has no data.
  nonisolated static func observations(
    pong: RedisReply,
    info: String,
    refused: SourceFailure? = nil,
    source: String
  ) -> [Observation] {
    var fields: [Substring: Substring] = [:]
    for line in info.split(whereSeparator: \.isNewline) {
      guard let colon = line.firstIndex(of: ":") else { continue }
      fields[line[..<colon]] = line[line.index(after: colon)...]
    }
    func origin(_ names: Substring...) -> Origin {
      let lines = names.compactMap { name in fields[name].map { "\(name):\($0)" } }
      return Origin(source: source, query: "INFO", excerpt: refused?.detail ?? lines.joined(separator: "\n"))
    }
    func number(_ name: Substring) -> Double? {
      fields[name].flatMap { Double($0) }.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
    }
    /// A number of its own; one that no Redis has is no number.
    func told(
      _ fact: FactName,
      _ name: Substring,
      unit: FactUnit = .one,
      kind: FactKind = .info,
      _ origin: Origin
    ) -> Observation {
      let problem = fields[name].flatMap { number(name) == nil ? "unreadable: \(name) \($0)" : nil }
      return Observation(
        fact,
        number(name).map { .number($0) },
        unit: unit,
        state: problem == nil ? .ok : .error,
        word: problem ?? refused?.word ?? "",
        kind: kind,
        origin: origin
      )
    }
    var memory = told(
      "redis.memory",
      "used_memory",
      unit: .bytes,
      kind: .health,
      origin("used_memory", "used_memory_human", "maxmemory", "maxmemory_policy")
    )
    if let used = number("used_memory"), let most = number("maxmemory"), most > 0, used / most >= 0.9 {
      (memory.state, memory.word) = (.warn, "90 % of maxmemory")
    }
    let (state, word) = condition(pong, fields)
    return [
      Observation(
        "redis.state",
        state.isKnown ? .text(pong == .status("PONG") ? "up" : pong.text ?? "no PONG") : nil,
        state: state,
        word: refused.map { "\(word), \($0.word)" } ?? word,
        // Whether it is ready then nobody here can tell: nothing is proven by it.
        absence: refused == nil ? nil : .loginRefused,
        origin: Origin(
          source: source,
          query: "PING",
          excerpt: ([pong.text ?? ""] + [
            origin("loading", "async_loading", "role", "master_link_status").excerpt
          ])
          .filter { !$0.isEmpty }.joined(separator: "\n")
        )
      ),
      memory,
      told("redis.clients", "connected_clients", origin("connected_clients", "maxclients")),
      told("redis.uptime", "uptime_in_seconds", unit: .seconds, origin("uptime_in_seconds")),
    ]
  }

  /// How it is: one that answers may still be reading its data, or be cut off from the one that it copies.
  private nonisolated static func condition(
    _ pong: RedisReply,
    _ fields: [Substring: Substring]
  ) -> (FactState, String) {
    if fields["loading"].map({ $0 != "0" }) ?? false { return (.crit, "loading its data") }
    guard pong == .status("PONG") else { return (.crit, "no PONG") }
    // A reply without them tells nothing of it; whom this user may not ask has told nothing at all.
    if !fields.isEmpty, fields["loading"] == nil { return (.error, "whether it is loading is not told") }
    if fields["async_loading"].map({ $0 != "0" }) ?? false {
      return (.warn, "loading its master's data")
    }
    if let link = fields["master_link_status"] {
      if link != "up" { return (.warn, "its master's link is \(link)") }
    } else if fields["role"] == "slave" {
      return (.error, "how its master's link is is not told")
    }
    return (.ok, "PONG")
  }
}
