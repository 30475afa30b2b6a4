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
      .init("exception", least: 10, priority: 0), .init("message", least: 12, priority: 0, isFlexible: true),
    ]
  )

  /// So many names are read at most, and for so long: SCAN holds no other client up for longer than one step of it.
  nonisolated static let mostNames = 10_000
  private nonisolated static let longest = Duration.milliseconds(1_500)
  private nonisolated static let step = 500
  private nonisolated static let mostResults = 1_000
  private nonisolated static let mostShapes = 50

  /// Names by SCAN, each once, and whether they are all that there are.
  private func scan(
    match: String? = nil,
    most: Int,
    until: MonotonicTime
  ) async throws(SourceFailure) -> (names: [String], isWhole: Bool) {
    var names: [String] = []
    var seen: Set<String> = []
    var cursor = "0"
    while names.count < most, LoopActor.now().monotonic < until {
      let reply = try await client.send(.scan(cursor, match: match, count: Self.step), deadline: .seconds(2))
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
    var shapes: [String: (count: Int, sample: String)] = [:]
    for name in names {
      let shape = KeyShape.of(name)
      shapes[shape] = ((shapes[shape]?.count ?? 0) + 1, shapes[shape]?.sample ?? name)
    }
    let sorted = shapes.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
    var table = DatastoreTable()
    for (shape, found) in sorted.prefix(Self.mostShapes) {
      // Of each shape one key is looked at while there is time.
      let isInTime = LoopActor.now().monotonic < until + .seconds(1)
      let (type, expires) =
        isInTime ? await look(at: found.sample) : (.unknown("no time"), .unknown("no time"))
      table.rows.append(
        DatastoreRow(
          id: shape,
          [
            .text(SafeText(shape)), .count(found.count),
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

  func readFailures() async throws(SourceFailure) -> DatastoreTable {
    let until = LoopActor.now().monotonic + Self.longest
    let (names, isWhole) = try await scan(match: "celery-task-meta-*", most: Self.mostResults, until: until)
    var results: [CeleryResult] = []
    var (unread, asked) = (0, 0)
    for name in names.prefix(Self.mostResults) {
      guard LoopActor.now().monotonic < until + .seconds(1) else { break }
      asked += 1
      let text = try await client.send(.get(name)).text ?? ""
      // It may have expired since its name was read.
      guard !text.isEmpty else { continue }
      if let result = CeleryResult(text) { results.append(result) } else { unread += 1 }
    }
    var table = CeleryResult.table(results)
    if unread > 0 { table.notes.append("\(unread) results can't be read: too long, or none of Celery's") }
    if !isWhole || asked < names.count {
      table.notes.append("only \(SafeText(Format.count(asked))) results were looked at")
    }
    return table
  }
}

extension RedisCommand {
  /// One step through the names of keys: `SCAN cursor MATCH pattern COUNT n`.
  static func scan(_ cursor: String, match: String?, count: Int) -> RedisCommand {
    looking(["SCAN", cursor] + (match.map { ["MATCH", $0] } ?? []) + ["COUNT", String(count)])
  }
}
