public import Facts

/// A broker's nodes and alarms, as its management API tells them.
@LoopActor public final class RabbitMQStore: DatastoreReader {
  /// The type of its source.
  public let store = RabbitMQSettings.type
  /// Where it is, as it may be shown.
  public let address: String
  private let base: String
  private let credentials: HTTPCredentials?
  private let client: HTTPClient
  private let standing: HTTPStanding

  private nonisolated static let deadline = Duration.seconds(3)

  /// Makes a reader for the management API at `base`.
  public init(base: String, credentials: HTTPCredentials?, client: HTTPClient) {
    self.base = withoutSlash(base)
    self.credentials = credentials
    self.client = client
    standing = credentials?.standing ?? HTTPStanding()
    address = redacted(base)
  }

  /// The sections that it tells.
  nonisolated static let sections = [nodes]

  nonisolated static let nodes = DatastoreSection(
    "rabbitmq",
    of: RabbitMQSettings.type,
    "RabbitMQ",
    title: "rabbitmq",
    every: .seconds(5),
    columns: [
      .init("node", least: 8, priority: 3), .init("measure", least: 8, priority: 0),
      .init("value", isFigure: true, least: 6, priority: 0), .init("limit", isFigure: true, priority: 1),
      .init("used", isFigure: true, priority: 1), .init("", least: 10, priority: 2, isFlexible: true),
    ]
  )

  private nonisolated static let columns = [
    "name", "running", "uptime", "fd_used", "fd_total", "sockets_used", "sockets_total", "proc_used",
    "proc_total",
    "mem_used", "mem_limit", "mem_alarm", "disk_free", "disk_free_limit", "disk_free_alarm", "partitions",
  ].joined(separator: ",")

  /// Reads the nodes and the alarms.
  public func read(_ section: DatastoreSection) async throws(SourceFailure) -> DatastoreTable {
    async let asked = alarms()
    let request = request("/api/nodes?columns=\(Self.columns)")
    let nodes = try await client.send(request).document(of: "RabbitMQ", at: request.place)
    guard let list = nodes.list else {
      throw SourceFailure(.unreadable, at: request.place, detail: "no list of nodes")
    }
    return Self.table(list, await asked)
  }

  private func request(_ path: String) -> HTTPRequest {
    var request = HTTPRequest("GET", base + path, credentials: credentials, deadline: Self.deadline)
    request.standing = standing
    return request
  }

  private func alarms() async -> RabbitMQAlarms.Answer {
    var request = RabbitMQAlarms.request(base, credentials, deadline: Self.deadline)
    request.standing = standing
    return await RabbitMQAlarms.ask(request, client)
  }

  /// The measures of each node, and the alarms by their names.
  nonisolated static func table(_ nodes: [JSONValue], _ alarms: RabbitMQAlarms.Answer) -> DatastoreTable {
    var table = DatastoreTable(nodes.flatMap(rows))
    switch alarms {
    case .clear: table.figures = [DatastoreFigure("alarms", .text("none"))]
    case .inEffect(let names):
      let words = SafeText(names.joined(separator: ", "))
      table.figures = [DatastoreFigure("alarms", .text(words), state: .crit)]
      table.notes.append("ALARM \(words): publishers are held up until it is over")
    case .failure(let failure):
      table.figures = [DatastoreFigure("alarms", .unknown(SafeText(failure.word)), state: .error)]
      table.notes.append("whether an alarm is set is not known: \(SafeText(failure.word))")
    }
    table.figures.append(DatastoreFigure("nodes", .count(nodes.count)))
    table.empty = "it tells of no node"
    return table
  }

  private nonisolated static func rows(_ node: JSONValue) -> [DatastoreRow] {
    let name = node["name"]?.text ?? "unnamed"
    func row(
      _ measure: SafeText,
      _ value: DatastoreValue,
      of limit: DatastoreValue = .none,
      used: DatastoreValue = .none,
      _ state: FactState = .ok,
      _ word: SafeText = ""
    ) -> DatastoreRow {
      var row = DatastoreRow(
        id: "\(name) \(measure)",
        [.text(SafeText(name)), .text(measure), value, limit, used, word.isEmpty ? .none : .text(word)]
      )
      (row.state, row.word) = (state, word)
      return row
    }
    func number(_ member: String) -> Double? {
      node[member]?.number.flatMap { $0.isFinite && $0 >= 0 && $0 < 1e18 ? $0 : nil }
    }
    func counted(_ measure: SafeText, _ used: String, _ total: String) -> DatastoreRow {
      let (now, most) = (number(used), number(total))
      let share = now.flatMap { now in most.flatMap { $0 > 0 ? now / $0 : nil } }
      return row(
        measure,
        .count(now.map { Int($0) }),
        of: .count(most.map { Int($0) }),
        used: share.map { .percent($0 * 100) } ?? .unknown("not told"),
        share.map { $0 >= 0.9 ? .warn : .ok } ?? .nodata
      )
    }
    guard let isRunning = node["running"]?.flag else {
      return [row("state", .unknown("not told"), .nodata, "the broker doesn't say whether it runs")]
    }
    guard isRunning else { return [row("state", .text("down"), .crit, "the node does not run")] }
    let (memory, limit) = (number("mem_used"), number("mem_limit"))
    let share = memory.flatMap { memory in limit.flatMap { $0 > 0 ? memory / $0 : nil } }
    let memoryAlarm = node["mem_alarm"]?.flag
    let diskAlarm = node["disk_free_alarm"]?.flag
    let (free, least) = (number("disk_free"), number("disk_free_limit"))
    let isDiskLow = free.flatMap { free in least.map { free < $0 * 2 } }
    let partitions = node["partitions"]?.list
    return [
      row(
        "memory",
        .bytes(told: memory),
        of: .bytes(told: limit),
        used: share.map { .percent($0 * 100) } ?? .unknown("not told"),
        memoryAlarm == true ? .crit : share.map { $0 >= 0.9 ? .warn : .ok } ?? .nodata,
        alarmWord(memoryAlarm)
      ),
      row(
        "disk free",
        .bytes(told: free),
        of: .bytes(told: least),
        diskAlarm == true ? .crit : isDiskLow.map { $0 ? .warn : .ok } ?? .nodata,
        alarmWord(diskAlarm)
      ),
      counted("file descriptors", "fd_used", "fd_total"), counted("sockets", "sockets_used", "sockets_total"),
      counted("processes", "proc_used", "proc_total"),
      row(
        "partitions",
        .count(partitions?.count),
        partitions.map { $0.isEmpty ? .ok : .crit } ?? .nodata,
        SafeText((partitions ?? []).compactMap(\.text).joined(separator: ", "))
      ),
      row("uptime", .seconds(number("uptime").map { $0 / 1_000 })),
    ]
  }

  private nonisolated static func alarmWord(_ isSet: Bool?) -> SafeText {
    switch isSet {
    case true?: "ALARM"
    case false?: "no alarm"
    case nil: "whether an alarm is set is not told"
    }
  }
}
