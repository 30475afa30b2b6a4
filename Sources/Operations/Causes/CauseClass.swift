/// What kind of failure a cause is: what the runbook greps for, and then some.
public enum CauseClass: String, Sendable, Hashable, CaseIterable {
  /// Connections of a pool are used up (`pool.*exhausted`).
  case poolExhaustion = "pool exhaustion"
  /// The speech provider is slow (`houndify.*latency`).
  case providerLatency = "provider latency"
  /// Somebody wasn't let in.
  case authentication
  /// Something took too long (`timeout`).
  case timeout
  /// The database is named (`database`, `postgres`, `sqlalchemy`).
  case database
  /// What was heard is not what was expected (`validation`).
  case validation
  /// None of these.
  case other

  /// The class as one word, by which a runbook says that it is for it: `pool-exhaustion`.
  public var word: String { rawValue.split(separator: " ").joined(separator: "-") }

  /// Words of each class, in the order in which they are looked for; a `*` parts words that follow each other.
  private static let table: [(CauseClass, [String])] = [
    (
      .poolExhaustion,
      ["pool*exhaust", "queuepool limit", "too many clients", "connection slots are reserved"]
    ),
    (.providerLatency, ["houndify*latency", "provider*latency", "houndify*slow", "provider*slow"]),
    (
      .authentication,
      [
        "authentication", "unauthorized", "unauthorised", "forbidden", "permission denied", "access denied",
        "api key",
        "invalid credentials", "failed password", "not_authorized", "noauth", "login*failed", "token*expired",
      ]
    ),
    (.timeout, ["timeout", "timed out", "time limit", "deadline exceeded", "timelimit"]),
    (
      .database,
      [
        "database", "postgres", "sqlalchemy", "psycopg", "asyncpg", "deadlock detected",
        "relation*does not exist", "violates*constraint",
      ]
    ),
    (
      .validation,
      [
        "validation", "mismatch", "confidence too low", "missing required", "missing entity",
        "pattern not matched",
        "expected*got",
      ]
    ),
  ]

  /// The class of an exact text; letters of either case are the same.
  static func of(_ text: [UInt8]) -> CauseClass {
    let lower = text.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    for (cause, patterns) in table where patterns.contains(where: { holds($0, in: lower) }) { return cause }
    return .other
  }

  private static func holds(_ pattern: String, in text: [UInt8]) -> Bool {
    var start = 0
    for part in pattern.utf8.split(separator: UInt8(ascii: "*")) {
      guard let end = find(Array(part), in: text, from: start) else { return false }
      start = end
    }
    return true
  }

  private static func find(_ part: [UInt8], in text: [UInt8], from start: Int) -> Int? {
    guard text.count >= part.count, start <= text.count - part.count else { return nil }
    for at in start...(text.count - part.count)
    where text[at] == part[0] && text[at..<at + part.count].elementsEqual(part) {
      return at + part.count
    }
    return nil
  }
}
