internal import Facts

/// What `INFO` tells, as measures with their limits; what it doesn't tell is unknown.
struct RedisInfo {
  private var fields: [Substring: Substring] = [:]

  init(_ text: String) {
    for line in text.split(whereSeparator: \.isNewline) {
      guard let colon = line.firstIndex(of: ":") else { continue }
      fields[line[..<colon]] = line[line.index(after: colon)...]
    }
  }

  private func number(_ name: Substring) -> Double? {
    fields[name].flatMap { Double($0) }.flatMap { $0.isFinite && $0 >= 0 && $0 < 1e18 ? $0 : nil }
  }

  private func count(_ name: Substring) -> Int? { number(name).map { Int($0) } }

  private static func row(
    _ measure: SafeText,
    _ value: DatastoreValue,
    of limit: DatastoreValue = .none,
    used: DatastoreValue = .none,
    _ state: FactState = .ok,
    _ word: SafeText = ""
  ) -> DatastoreRow {
    var row = DatastoreRow(
      id: measure.string,
      [.text(measure), value, limit, used, word.isEmpty ? .none : .text(word)]
    )
    (row.state, row.word) = (state, word)
    return row
  }

  var table: DatastoreTable {
    var table = DatastoreTable([memory, clients, hits] + role + keys + persistence + rest)
    table.empty = "it told nothing"
    return table
  }

  private var memory: DatastoreRow {
    let used = number("used_memory")
    let policy = fields["maxmemory_policy"].map { "when it is full: \($0)" } ?? ""
    guard let used, let most = number("maxmemory") else {
      return Self.row("memory", .bytes(told: used), of: .unknown("not told"), .nodata, SafeText(policy))
    }
    guard most > 0 else {
      return Self.row("memory", .bytes(used), .ok, "no maxmemory: the machine's is the limit")
    }
    let share = used / most
    return Self.row(
      "memory",
      .bytes(used),
      of: .bytes(most),
      used: .percent(share * 100),
      share >= 0.9 ? .warn : .ok,
      SafeText(policy)
    )
  }

  private var clients: DatastoreRow {
    let (now, most) = (count("connected_clients"), count("maxclients"))
    let share = now.flatMap { now in most.flatMap { $0 > 0 ? Double(now) / Double($0) : nil } }
    let blocked = count("blocked_clients").map { "\(Format.count($0)) wait in a blocking command" } ?? ""
    return Self.row(
      "clients",
      .count(now),
      of: .count(most),
      used: share.map { .percent($0 * 100) } ?? .unknown("not told"),
      share.map { $0 >= 0.9 ? .warn : .ok } ?? .nodata,
      SafeText(blocked)
    )
  }

  private var hits: DatastoreRow {
    guard let hits = number("keyspace_hits"), let misses = number("keyspace_misses") else {
      return Self.row("hit rate", .unknown("not told"), .nodata)
    }
    guard hits + misses > 0 else {
      return Self.row("hit rate", .none, .ok, "nothing was looked up since its start")
    }
    let words = "\(Format.count(hits)) of \(Format.count(hits + misses)) look-ups since its start"
    return Self.row("hit rate", .percent(hits / (hits + misses) * 100), .ok, SafeText(words))
  }

  private var role: [DatastoreRow] {
    guard let role = fields["role"] else { return [Self.row("role", .unknown("not told"), .nodata)] }
    guard role == "slave" else {
      let replicas = (0..<64).compactMap { index in fields["slave\(index)"].map { (index, $0) } }
      let told = count("connected_slaves")
      let head = Self.row(
        "role",
        .text(SafeText(String(role))),
        .ok,
        told.map { SafeText($0 == 0 ? "no replica" : "\(Format.count($0)) replicas") }
          ?? "replicas are not told"
      )
      return [head]
        + replicas.map { index, words in
          let isOnline = words.contains("state=online")
          return Self.row("replica \(index)", .none, isOnline ? .ok : .warn, SafeText(String(words)))
        }
    }
    let link = fields["master_link_status"].map(String.init)
    let master = [fields["master_host"], fields["master_port"]].compactMap { $0 }.joined(separator: ":")
    return [
      Self.row(
        "role",
        .text("replica"),
        link == "up" ? .ok : link == nil ? .nodata : .warn,
        SafeText("of \(master), its link is \(link ?? "not told")")
      )
    ]
  }

  private var keys: [DatastoreRow] {
    fields.filter { $0.key.hasPrefix("db") && $0.key.dropFirst(2).allSatisfy(\.isNumber) && $0.key.count > 2 }
      .sorted { Int($0.key.dropFirst(2)) ?? 0 < Int($1.key.dropFirst(2)) ?? 0 }
      .map { name, words in
        var parts: [Substring: Int] = [:]
        for part in words.split(separator: ",") {
          let pair = part.split(separator: "=")
          if pair.count == 2 { parts[pair[0]] = Int(pair[1]) }
        }
        let expiring = parts["expires"].map { "\(Format.count($0)) of them expire" } ?? ""
        return Self.row(SafeText("keys in \(name)"), .count(parts["keys"]), .ok, SafeText(expiring))
      }
  }

  private var persistence: [DatastoreRow] {
    [("rdb_last_bgsave_status", "last snapshot"), ("aof_last_write_status", "append-only file")].map {
      field,
      name in
      let told = fields[Substring(field)].map(String.init)
      return Self.row(
        SafeText(name),
        .text(told: told),
        told == "ok" ? .ok : told == nil ? .nodata : .warn,
        told == "ok" || told == nil ? "" : "what is written since is lost with the process"
      )
    }
  }

  private var rest: [DatastoreRow] {
    let rejected = count("rejected_connections")
    return [
      Self.row("peak memory", .bytes(told: number("used_memory_peak"))),
      Self.row(
        "fragmentation",
        number("mem_fragmentation_ratio").map { .number($0) } ?? .unknown("not told")
      ),
      Self.row("commands a second", .count(count("instantaneous_ops_per_sec"))),
      Self.row("evicted keys", .count(count("evicted_keys")), .ok, "since its start"),
      Self.row("expired keys", .count(count("expired_keys")), .ok, "since its start"),
      Self.row(
        "refused connections",
        .count(rejected),
        rejected.map { $0 > 0 ? .warn : .ok } ?? .nodata,
        "since its start, maxclients was reached"
      ),
      Self.row("uptime", .seconds(number("uptime_in_seconds"))),
      Self.row("version", .text(told: fields["redis_version"].map(String.init))),
    ]
  }
}
