public import Facts

/// What the consoles of several hosts tell each other through Redis: notes that end by themselves, and a list.
///
/// All its keys begin with `switchboard:`; nothing else of the server is touched.
@LoopActor public final class SharedBoard {
  /// One of the console's own keys.
  public struct Key: Sendable, Hashable {
    /// The key as it stands in Redis.
    public let text: String

    /// The key of a thing in an environment: `switchboard:ENVIRONMENT:KIND[:NAME]`.
    public init(_ environment: String, _ kind: String, _ name: String? = nil) {
      text = (["switchboard", environment, kind] + (name.map { [$0] } ?? [])).joined(separator: ":")
    }
  }

  /// One entry of a list.
  public struct Entry: Sendable, Hashable {
    /// Its place in the list, as Redis gave it.
    public var id: String
    /// What was told; nil: it has another form than a console gives it.
    public var text: String?

    /// Makes an entry.
    public init(id: String, text: String?) {
      self.id = id
      self.text = text
    }
  }

  /// How long any command may take: an act waits for it.
  private static let deadline = Duration.seconds(1)
  /// How many entries a list holds, about.
  private static let length = "500"
  /// Changes a note only if it is still the one that was put there.
  private static let renewing = """
    if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0
    """
  private static let removing = """
    if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0
    """

  private let client: RedisClient
  /// The server, as it may be shown.
  public var address: String { client.address }

  /// A board on a connection of its own, made when it is first needed.
  public init(_ options: RedisOptions) {
    client = RedisClient(options)
  }

  /// Puts a note at a key that has none, for that long; false if there is one.
  ///
  /// All throw what ``RedisClient/send(_:deadline:)`` does.
  public func put(_ note: String, at key: Key, for time: Duration) async throws(SourceFailure) -> Bool {
    let reply = try await send("SET", key, [note, "NX", "PX", Self.milliseconds(time)])
    return reply.text == "OK"
  }

  /// Lets a note stay that long from now; false if it is not there any more, or another is.
  public func renew(_ note: String, at key: Key, for time: Duration) async throws(SourceFailure) -> Bool {
    try await eval(Self.renewing, key, [note, Self.milliseconds(time)]) == .integer(1)
  }

  /// Takes a note away, if it is still there.
  public func remove(_ note: String, at key: Key) async throws(SourceFailure) {
    _ = try await eval(Self.removing, key, [note])
  }

  /// Puts a note in place of whatever stands there, for that long.
  public func replace(_ note: String, at key: Key, for time: Duration) async throws(SourceFailure) {
    _ = try await send("SET", key, [note, "PX", Self.milliseconds(time)])
  }

  /// The note at a key; nil if there is none.
  public func note(at key: Key) async throws(SourceFailure) -> String? {
    try await send("GET", key, []).text
  }

  /// The server's own clock in seconds since 1970: what hosts with other clocks can compare.
  public func clock() async throws(SourceFailure) -> Double {
    guard case .list(let parts) = try await client.send(.time, deadline: Self.deadline), parts.count == 2,
      let seconds = parts[0].text.flatMap(Double.init), let rest = parts[1].text.flatMap(Double.init)
    else { throw unreadable("TIME") }
    return seconds + rest / 1e6
  }

  /// Adds an entry to a list, whose oldest go.
  public func add(_ text: String, to list: Key) async throws(SourceFailure) {
    _ = try await send("XADD", list, ["MAXLEN", "~", Self.length, "*", "entry", text])
  }

  /// The newest entries of a list, or those behind `id`, at most 100, oldest first.
  public func entries(of list: Key, after id: String?) async throws(SourceFailure) -> [Entry] {
    let reply =
      if let id {
        // With the one that is known already: ranges that leave it out are of newer servers.
        try await send("XRANGE", list, [id, "+", "COUNT", "101"])
      } else {
        try await send("XREVRANGE", list, ["+", "-", "COUNT", "100"])
      }
    guard case .list(let items) = reply else { throw unreadable("XRANGE") }
    var entries: [Entry] = []
    for item in items {
      guard case .list(let parts) = item, parts.count == 2, let place = parts[0].text else {
        throw unreadable("XRANGE")
      }
      var text: String?
      if case .list(let fields) = parts[1], fields.count == 2 { text = fields[1].text }
      entries.append(Entry(id: place, text: text))
    }
    return id == nil ? entries.reversed() : entries.filter { $0.id != id }
  }

  /// Closes the connection.
  public func close() { client.close() }

  private func send(_ name: String, _ key: Key, _ rest: [String]) async throws(SourceFailure) -> RedisReply {
    try await client.send(.ownKey(key, [name], rest), deadline: Self.deadline)
  }

  private func eval(_ script: String, _ key: Key, _ words: [String]) async throws(SourceFailure) -> RedisReply
  {
    try await client.send(.ownKey(key, ["EVAL", script, "1"], words), deadline: Self.deadline)
  }

  private func unreadable(_ command: String) -> SourceFailure {
    SourceFailure(.unreadable, at: client.address, detail: "another answer to \(command) than Redis gives")
  }

  private static func milliseconds(_ time: Duration) -> String {
    String(Int(time.components.seconds) * 1_000 + Int(time.components.attoseconds / 1_000_000_000_000_000))
  }
}
