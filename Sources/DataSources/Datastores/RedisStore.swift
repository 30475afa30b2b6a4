public import Facts

/// A Redis as the datastores' view tells it, on a connection of its own.
@LoopActor public final class RedisStore: DatastoreReader {
  /// The type of its source.
  public let store = RedisSettings.type
  /// Where it is, as it may be shown.
  public let address: String
  let client: RedisClient
  /// Celery's results, as the source of the same Redis reads them; nil: nobody does.
  let tasks: TaskResults?

  /// Makes a reader without a connection; `tasks` stays its owner's, and without it no failed task is told.
  public init(_ options: RedisOptions, tasks: TaskResults? = nil) {
    client = RedisClient(options)
    self.tasks = tasks
    address = options.address
  }

  /// The sections that it tells.
  nonisolated static let sections = [server, slowLog, keys, failures]

  /// Reads a section within 5 s.
  public func read(_ section: DatastoreSection) async throws(SourceFailure) -> DatastoreTable {
    switch section {
    case Self.server: try await readServer()
    case Self.slowLog: try await readSlowLog()
    case Self.keys: try await readKeys()
    case Self.failures: try await readFailures()
    default:
      throw SourceFailure(.misconfigured, at: address, detail: "no section \(section.id)")
    }
  }

  /// Closes the connection.
  public func close() { client.close() }

  nonisolated static let server = DatastoreSection(
    "redis",
    of: RedisSettings.type,
    "Redis",
    title: "redis",
    columns: [
      .init("measure", least: 10, priority: 0), .init("value", isFigure: true, least: 6, priority: 0),
      .init("of", isFigure: true, least: 4, priority: 1), .init("used", isFigure: true, priority: 1),
      .init("", least: 10, priority: 2, isFlexible: true),
    ]
  )

  nonisolated static let slowLog = DatastoreSection(
    "slowlog",
    of: RedisSettings.type,
    "Redis",
    title: "slow log",
    every: .seconds(5),
    columns: [
      .init("time", isFigure: true, priority: 1), .init("took", isFigure: true, priority: 0),
      .init("command", least: 16, priority: 0, isFlexible: true), .init("client", least: 8, priority: 2),
    ]
  )

  private func readServer() async throws(SourceFailure) -> DatastoreTable {
    let reply = try await client.send(.info, deadline: .seconds(3))
    guard let text = reply.text else {
      throw SourceFailure(.unreadable, at: address, detail: "INFO gave no text")
    }
    return RedisInfo(text).table
  }

  private func readSlowLog() async throws(SourceFailure) -> DatastoreTable {
    guard let command = RedisCommand(allowing: ["SLOWLOG", "GET", "64"]),
      case .list(let entries) = try await client.send(command, deadline: .seconds(3))
    else { throw SourceFailure(.unreadable, at: address, detail: "SLOWLOG GET gave no list") }
    var table = Self.slowLog(entries)
    // The log keeps so many alone: what was slow before them is not there.
    if entries.count >= 64 { table.notes.append("the newest 64 of more") }
    return table
  }

  /// Reads the entries of `SLOWLOG GET`: id, time, microseconds, words, client's address and name.
  nonisolated static func slowLog(_ entries: [RedisReply]) -> DatastoreTable {
    var unread = 0
    var table = DatastoreTable(
      entries.compactMap { entry in
        guard case .list(let parts) = entry, parts.count >= 4, case .integer(let id) = parts[0],
          case .integer(let time) = parts[1], case .integer(let took) = parts[2],
          case .list(let words) = parts[3]
        else {
          unread += 1
          return nil
        }
        let client = parts.dropFirst(4).compactMap(\.text).filter { !$0.isEmpty }.joined(separator: " ")
        return DatastoreRow(
          id: String(id),
          [
            .time(WallTime(secondsSince1970: Double(time))), .duration(.microseconds(max(0, took))),
            .text(command(words.map { $0.text ?? "?" })), client.isEmpty ? .none : .text(SafeText(client)),
          ]
        )
      }
    )
    if unread > 0 { table.notes = ["\(unread) entries can't be read"] }
    table.empty = "no command was slow (slowlog-log-slower-than says from when on one is)"
    return table
  }

  /// A command without its values, which may be secrets: `SET celery-task-meta-* and 1 more`.
  nonisolated static func command(_ words: [String]) -> SafeText {
    guard let name = words.first else { return "none" }
    let key = words.dropFirst().first.map { " \(KeyShape.of($0))" } ?? ""
    let more = words.count > 2 ? " and \(words.count - 2) more" : ""
    return SafeText(told: "\(name)\(key)\(more)", limit: 200)
  }
}
