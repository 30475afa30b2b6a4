internal import Facts

extension RedisStore {
  nonisolated static let keys = DatastoreSection(
    "keys",
    of: RedisSettings.type,
    "Redis",
    title: "keys",
    every: .seconds(30),
    columns: [
      .init("name like", least: 16, priority: 0, isFlexible: true),
      .init("keys", isFigure: true, priority: 0),
      .init("share", isFigure: true, priority: 1), .init("type", least: 4, priority: 2),
      .init("expires in", isFigure: true, priority: 3),
    ]
  )

  nonisolated static let failures = DatastoreSection(
    "celery",
    of: RedisSettings.type,
    "Redis",
    title: "task failures",
    every: .seconds(10),
    columns: [
      .init("ended", isFigure: true, priority: 1), .init("task", least: 8, priority: 2),
      .init("exception", least: 12, priority: 0, isFlexible: true),
    ]
  )

  /// So many names are read at most, and for so long: SCAN holds no other client up for longer than one step of it.
  nonisolated static let mostNames = 10_000
  private nonisolated static let longest = Duration.milliseconds(1_500)
  private nonisolated static let mostShapes = 50

  /// Names by SCAN, each once, and whether they are all that there are.
  private func scan(
    most: Int,
    until: MonotonicTime
  ) async throws(SourceFailure) -> (names: [String], isWhole: Bool) {
    var names: [String] = []
    var seen: Set<String> = []
    var cursor = "0"
    while names.count < most, LoopActor.now().monotonic < until {
      let reply = try await client.send(.scan(from: cursor, prefix: ""), deadline: .seconds(2))
      guard case .list(let parts) = reply, parts.count == 2, let next = parts[0].text,
        next.allSatisfy(\.isNumber), case .list(let found) = parts[1]
      else { throw SourceFailure(.unreadable, at: address, detail: "SCAN gave no cursor and list") }
      // A name may be given twice.
      for name in found.compactMap(\.text) where seen.insert(name).inserted { names.append(name) }
      cursor = next
      if cursor == "0" { return (names, true) }
    }
    return (names, false)
  }

  func readKeys() async throws(SourceFailure) -> DatastoreTable {
    let until = LoopActor.now().monotonic + Self.longest
    guard let size = RedisCommand(allowing: ["DBSIZE"]) else { return DatastoreTable() }
    let total: Int? =
      if case .integer(let count) = try await client.send(size) { Int(count) } else { nil }
    let (names, isWhole) = try await scan(most: Self.mostNames, until: until)
    let shapes = await LoopActor.onThreadPool { Self.shapes(of: names) }
    var table = DatastoreTable()
    for found in shapes.prefix(Self.mostShapes) {
      // Of each shape one key is looked at while there is time.
      let isInTime = LoopActor.now().monotonic < until + .seconds(1)
      let (type, expires) =
        isInTime ? await look(at: found.sample) : (.unknown("no time"), .unknown("no time"))
      table.rows.append(
        DatastoreRow(
          id: found.shape,
          [
            .text(SafeText(found.shape)), .count(found.count),
            .percent(Double(found.count) / Double(max(1, names.count)) * 100), type, expires,
          ]
        )
      )
    }
    table.figures = [
      DatastoreFigure("keys", .count(total)), DatastoreFigure("names read", .count(names.count)),
      DatastoreFigure("shapes", .count(shapes.count)),
    ]
    if !isWhole {
      table.notes.append("only the first \(SafeText(Format.count(names.count))) names were read")
    }
    if shapes.count > Self.mostShapes {
      table.notes.append("the \(Self.mostShapes) most frequent of more shapes")
    }
    table.empty = "no key"
    return table
  }

  /// What names are made like, with how many are and one of them; the most frequent first.
  private nonisolated static func shapes(
    of names: [String]
  ) -> [(shape: String, count: Int, sample: String)] {
    var shapes: [String: (count: Int, sample: String)] = [:]
    for name in names {
      let shape = KeyShape.of(name)
      shapes[shape] = ((shapes[shape]?.count ?? 0) + 1, shapes[shape]?.sample ?? name)
    }
    return shapes.map { (shape: $0.key, count: $0.value.count, sample: $0.value.sample) }
      .sorted { ($1.count, $0.shape) < ($0.count, $1.shape) }
  }

  /// The type and the life of one key; what isn't told of it is unknown.
  private func look(at key: String) async -> (type: DatastoreValue, expires: DatastoreValue) {
    guard let type = RedisCommand(allowing: ["TYPE", key]), let life = RedisCommand(allowing: ["TTL", key])
    else {
      return (.unknown("not told"), .unknown("not told"))
    }
    let told = try? await client.send(type).text
    let left: DatastoreValue =
      switch try? await client.send(life) {
      case .integer(-1): .text("never")
      case .integer(-2): .unknown("gone by now")
      case .integer(let seconds): .duration(.seconds(max(0, min(seconds, 1_000_000_000))))
      default: .unknown("not told")
      }
    return (.text(told: told == "none" ? nil : told), left)
  }

  /// The tasks that ended in an exception, as the source reads them on: nobody asks Redis for a result twice.
  func readFailures() async throws(SourceFailure) -> DatastoreTable {
    guard let tasks else {
      throw SourceFailure(.misconfigured, at: address, detail: "nobody reads Celery's results here")
    }
    // A Redis that answers no more says so here: what is known already would look like news.
    let told = try await tasks.read(until: LoopActor.now().monotonic + Self.longest)
    return Self.failures(tasks.failures, told)
  }

  /// The failures that are known, newest first, and how much is known.
  nonisolated static func failures(_ known: [TaskFailure], _ told: TaskFailures) -> DatastoreTable {
    var table = DatastoreTable(known.prefix(TaskFailures.most).map(row))
    let failed = DatastoreFigure("failed", .count(known.count), state: known.isEmpty ? .ok : .warn)
    // A failure is known for longer than its result is kept: it is not one of so many.
    table.figures = [failed, DatastoreFigure("results kept", .count(told.results))]
    if !told.isWhole { table.notes.append("not all results are read: there may be more failures") }
    if told.unreadable > 0 {
      let count = SafeText(Format.count(told.unreadable))
      table.notes.append("\(count) results can't be read: too long, or none of Celery's")
    }
    if known.count > table.rows.count {
      table.notes.append("only the newest \(SafeText(Format.count(table.rows.count))) failures are listed")
    }
    let results = SafeText(Format.count(told.results))
    table.empty =
      if !told.isWhole {
        "no failure is known yet: not all results are read"
      } else if told.results == 0 {
        "no result is kept: Celery drops them after a time (result_expires)"
      } else if told.unreadable > 0 {
        "no failure is known among the \(results) results that are kept"
      } else {
        "none of the \(results) results that are kept is a failure"
      }
    return table
  }

  private nonisolated static func row(_ failure: TaskFailure) -> DatastoreRow {
    let name: DatastoreValue = failure.name.map { .text($0) } ?? .unknown("not kept")
    let worker: DatastoreValue = failure.worker.map { .text($0) } ?? .unknown("not kept")
    let ended: DatastoreValue = failure.endedAt.map { .time($0) } ?? .unknown("not told")
    var row = DatastoreRow(id: failure.id, [ended, name, .text(failure.exception)])
    row.state = .warn
    row.details = [("task", .text(SafeText(failure.id))), ("name", name), ("worker", worker)]
    row.text = failure.traceback
    return row
  }
}
