public import Facts

/// Redis' own report: memory, clients, uptime, and whether it answers PING.
@LoopActor public final class RedisSource: Source {
  /// How it is polled and told.
  public let descriptor: SourceDescriptor
  private let client: RedisClient

  /// Makes a source without a connection; every 5 s within 2 s unless told.
  public init(
    id: String = "redis",
    _ options: RedisOptions,
    interval: Duration = .seconds(5),
    deadline: Duration = .seconds(2)
  ) {
    client = RedisClient(options)
    descriptor = SourceDescriptor(
      id: id,
      kind: "Redis",
      address: options.address,
      interval: interval,
      deadline: deadline,
      declares: [
        FactDeclaration("redis.state", kind: .health),
        FactDeclaration("redis.memory", kind: .health, unit: .bytes),
        FactDeclaration("redis.clients"), FactDeclaration("redis.uptime", unit: .seconds),
      ]
    )
  }

  /// Asks PING and INFO.
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
    return SourceReading(
      Self.observations(pong: pong, info: info, refused: refused, source: descriptor.id)
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
      let told = refused?.detail ?? lines.joined(separator: "\n")
      return Origin(source: source, query: "INFO", excerpt: told)
    }
    func number(_ name: Substring) -> FactValue? {
      fields[name].flatMap { Double($0) }.map { .number($0) }
    }
    let used = number("used_memory")
    let most = number("maxmemory")?.number ?? 0
    let share = most > 0 ? (used?.number ?? 0) / most : 0
    let isPong = pong == .status("PONG")
    return [
      Observation(
        "redis.state",
        .text(isPong ? "up" : pong.text ?? "no PONG"),
        state: isPong ? .ok : .crit,
        word: isPong ? "PONG" : "no PONG",
        kind: .health,
        origin: Origin(source: source, query: "PING", excerpt: pong.text ?? "")
      ),
      Observation(
        "redis.memory",
        used,
        unit: .bytes,
        state: share >= 0.9 ? .warn : .ok,
        word: refused?.word ?? (share >= 0.9 ? "90 % of maxmemory" : ""),
        kind: .health,
        origin: origin("used_memory", "used_memory_human", "maxmemory", "maxmemory_policy")
      ),
      Observation(
        "redis.clients",
        number("connected_clients"),
        word: refused?.word ?? "",
        origin: origin("connected_clients", "maxclients")
      ),
      Observation(
        "redis.uptime",
        number("uptime_in_seconds"),
        unit: .seconds,
        word: refused?.word ?? "",
        origin: origin("uptime_in_seconds")
      ),
    ]
  }
}
