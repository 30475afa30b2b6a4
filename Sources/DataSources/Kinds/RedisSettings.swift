public import Facts

/// A Redis server.
public struct RedisSettings: SourceSettings {
  /// The address, `redis://[user@]host[:port][/database]`, `rediss://` over TLS or `unix:///path`, without a password.
  public var url: String
  /// The password; nil: none is sent.
  public var password: SecretReference?
  /// Whether consoles of several hosts tell each other through it who acts on what.
  public var coordinate = true

  /// Makes a server's settings.
  public init(url: String, password: SecretReference? = nil) {
    self.url = url
    self.password = password
  }

  /// The word that stands after `type:`.
  public static let type = "redis"

  /// The keys.
  public static let schema = SchemaTable(
    blank: RedisSettings(url: ""),
    fields: [
      Field(
        "url",
        \.url,
        .address(["redis", "rediss", "unix"]),
        isRequired: true,
        "The address, redis://host:port/database; rediss:// is TLS, with ?sslmode, sslrootcert, sslcert, sslkey."
      ),
      Field(
        "password",
        optional: \.password,
        blank: .environment(""),
        .secret,
        "The password, by reference."
      ),
      Field(
        "coordinate",
        \.coordinate,
        .flag,
        "Whether consoles of several hosts lock targets and tell of their acts here, at keys switchboard:*."
      ),
    ]
  )

  /// The time between two polls unless configured.
  public static let defaultInterval = Duration.seconds(5)
  /// The time a poll may take unless configured.
  public static let defaultDeadline = Duration.seconds(2)

  /// The facts that it gives.
  public static let facts: [FactFamily] = [
    .number("redis.memory", .bytes), .other("redis.state"), .number("redis.clients"),
    .number("redis.uptime", .seconds), .number("tasks.failed_1h", called: "failed tasks"),
  ]

  /// The address.
  public var address: String? { url }

  /// What its client would refuse.
  public func problems() -> [(key: String, message: String)] {
    do throws(SourceFailure) {
      _ = try RedisOptions(address: url, password: nil)
      return []
    } catch {
      return url.isEmpty ? [] : [("url", error.detail)]
    }
  }

  /// `redis` is clear, `rediss` is not.
  public func isClear(_ address: SourceAddress) -> Bool { address.scheme == "redis" }

  /// Makes the source, and the deep probe on a connection of its own.
  ///
  /// One that answers PING may still be reading its data or be cut off from its master: the service is judged, and a
  /// restart proven, by what it says of itself, too.
  @LoopActor public func make(_ context: SourceContext) throws(SourceFailure) -> MadeSource {
    let options = try RedisOptions(address: url, password: context.secret(password))
    let source = RedisSource(
      id: context.id,
      options,
      interval: context.interval,
      deadline: context.deadline
    )
    var made = MadeSource([source])
    made.standings = [options.standing]
    let store = RedisStore(options, tasks: source.tasks)
    made.offers = [RedisTool(options), store, source.tasks]
    made.onClose.append { store.close() }
    if self.coordinate {
      let board = SharedBoard(options)
      made.offers.append(board)
      made.onClose.append { board.close() }
    }
    made.add(RedisProbe(options), of: Self.type, at: options.address, context)
    let state: FactName = "redis.state"
    let probe = Connections.Probe(
      name: context.qualifier.map { "\($0) state" } ?? "state",
      fact: state.qualified(by: context.qualifier),
      source: context.id,
      order: .state
    )
    made.probes.append((context.service, probe))
    return made
  }
}

extension RedisSettings: DiscoverableSource {
  /// Words in the names of its images.
  public static let images = ["redis", "valkey"]
  /// What the runbook uses.
  public static let usual: RedisSettings? = RedisSettings(url: "redis://localhost:6379/0")
  /// The variables by which its images are told who logs in.
  public static let accountVariables = ["REDIS_PASSWORD"]

  /// Found by its port; the password that its command demands is the one in force.
  public static func find(in service: ComposeService) -> SourceFinding? {
    guard let port = service.published(6379) else { return nil }
    let demanded = service.requiredPassword
    let password = demanded ?? service.value(of: accountVariables)
    return SourceFinding(
      RedisSettings(
        url: "redis://\(port.host):\(port.published)/0",
        password: password.map { .discovered(Secret($0)) }
      ),
      password: demanded == nil
        ? service.reference(of: accountVariables) : service.references[ComposeService.passwordFlag],
      passwordPlace: service.place(of: accountVariables)
    )
  }
}
