public import Facts

/// RabbitMQ's management API.
public struct RabbitMQSettings: SourceSettings {
  /// The address of the management API, without `/api`.
  public var url: String
  /// The virtual host.
  public var vhost: String
  /// The queue that `queue.depth` is about.
  public var queue: String
  /// The service that works on that queue; nil: none is known.
  public var worker: String?
  /// The user.
  public var user: String
  /// The password; nil: the broker's own default for `guest` is not assumed, nothing is sent.
  public var password: SecretReference?
  /// Patterns (`*`, `?`) of queues that are not told nor judged; the main queue always is.
  public var ignore: [String]

  /// Makes a broker's settings; vhost `/`, queue `celery`, user `guest` unless told.
  public init(
    url: String,
    vhost: String = "/",
    queue: String = "celery",
    worker: String? = nil,
    user: String = "guest",
    password: SecretReference? = nil,
    ignore: [String] = []
  ) {
    self.url = url
    self.vhost = vhost
    self.queue = queue
    self.worker = worker
    self.user = user
    self.password = password
    self.ignore = ignore
  }

  /// The word that stands after `type:`.
  public static let type = "rabbitmq"
  /// A test waits in its queues.
  public static let isChangedByTests = true

  /// The keys.
  public static let schema = SchemaTable(
    blank: RabbitMQSettings(url: ""),
    fields: [
      Field(
        "url",
        \.url,
        .address(["http", "https"]),
        isRequired: true,
        "The management API, without /api."
      ),
      Field("vhost", \.vhost, .text, "The virtual host."),
      Field("queue", \.queue, .text, "The queue that `queue.depth` is about."),
      Field(
        "worker",
        optional: \.worker,
        blank: "",
        .text,
        "The service that works on the queue and is judged by that; found in the compose file unless told."
      ),
      Field("user", \.user, .text, "The user."),
      Field("ignore", \.ignore, .texts, "Patterns of queues that are not judged, such as `audit.*`."),
      Field(
        "password",
        optional: \.password,
        blank: .environment(""),
        .secret,
        "The password, by reference."
      ),
    ]
  )

  /// The time between two polls unless configured.
  public static let defaultInterval = Duration.seconds(5)
  /// The time a poll may take unless configured.
  public static let defaultDeadline = Duration.seconds(2)

  /// The facts that it gives.
  public static let facts: [FactFamily] = [
    .number("queue.depth", called: "queue depth", "backlog"), .number("queue.*.ready"),
    .number("queue.*.unacked"), .number("queue.*.depth"), .number("queue.*.consumers"),
    .number("queue.*.publish_rate", .perSecond), .number("queue.*.ack_rate", .perSecond),
    .number("queue.*.acked"), .other("queue.*.orphaned"), .other("queue.*.stalled"),
    .other("queue.*.consuming"),
    .number("rabbitmq.alarms", called: "broker alarms"),
  ]

  /// The depth of its queue, and the broker's alarms.
  public var measures: [FactName] { ["queue.depth", "rabbitmq.alarms"] }

  /// The address.
  public var address: String? { url }

  /// Makes the source, the deep probe, and what the worker is judged by.
  ///
  /// A worker is alive as long as its queue has consumers, and works as long as they acknowledge what waits;
  /// asking it itself publishes a message.
  @LoopActor public func make(_ context: SourceContext) -> MadeSource {
    let credentials = context.credentials(password.map { .basic(user: user, password: $0) }, at: url)
    var made = MadeSource([
      RabbitMQSource(
        id: context.id,
        base: url,
        vhost: vhost,
        mainQueue: queue,
        credentials: credentials,
        ignored: ignore,
        stalledAfter: context.thresholds.queuesStalledAfter,
        client: context.client,
        interval: context.interval,
        deadline: context.deadline
      )
    ])
    made.offers = [
      QueueBroker(source: context.id, base: url, credentials: credentials, client: context.client),
      RabbitMQStore(base: url, credentials: credentials, client: context.client),
    ]
    var probe = ServiceProbe.rabbitMQ(
      base: url,
      credentials: credentials,
      services: [context.service] + context.dependents,
      latencyOf: context.service,
      client: context.client
    )
    probe.name = context.probeName(probe.name)
    made.add(probe, context)
    if worker != nil {
      made.offers.append(
        RabbitMQConsumerReader(
          base: url,
          vhost: vhost,
          queue: queue,
          credentials: credentials,
          client: context.client,
          deadline: context.deadline
        )
      )
    }
    for (name, measure) in [("consumers", "consumers"), ("queue", "consuming")] {
      guard let worker else { continue }
      func fact(_ measure: String) -> FactName {
        FactName("queue", queue, measure).qualified(by: context.qualifier)
      }
      let depth: FactName = "queue.depth"
      let probe = Connections.Probe(
        name: name,
        fact: fact(measure),
        source: context.id,
        isCount: measure == "consumers",
        progress: measure == "consuming"
          ? .init(done: fact("acked"), left: depth.qualified(by: context.qualifier)) : nil,
        lag: RabbitMQSource.statisticsLag,
        order: .work
      )
      made.probes.append((worker, probe))
    }
    return made
  }

  /// Takes the service that works on its queue: the one of the queue's name, else one that runs such a worker.
  public mutating func complete(by services: [ComposeService]) {
    guard worker == nil else { return }
    let queue = queue
    let named = services.first { $0.name == "\(queue)-worker" }
    worker = (named ?? services.first { $0.runsCeleryWorker(of: queue) })?.name
  }
}

extension RabbitMQSettings: DiscoverableSource {
  /// Words in the names of its images.
  public static let images = ["rabbitmq"]
  /// What the runbook uses.
  public static let usual: RabbitMQSettings? = RabbitMQSettings(
    url: "http://localhost:15672",
    password: .discovered(Secret("guest"))
  )

  private static let users = ["RABBITMQ_DEFAULT_USER", "RABBITMQ_USERNAME"]
  private static let passwords = ["RABBITMQ_DEFAULT_PASS", "RABBITMQ_PASSWORD"]
  private static let vhosts = ["RABBITMQ_DEFAULT_VHOST", "RABBITMQ_VHOST"]
  /// The variables by which its images are told who logs in where.
  public static let accountVariables = users + passwords + vhosts

  /// Found by the port of its management API.
  public static func find(in service: ComposeService) -> SourceFinding? {
    guard let url = service.webAddress(15672) else { return nil }
    let password = service.value(of: passwords) ?? (service.isBitnami ? "bitnami" : "guest")
    let settings = RabbitMQSettings(
      url: url,
      vhost: service.value(of: vhosts) ?? "/",
      user: service.value(of: users) ?? (service.isBitnami ? "user" : "guest"),
      password: .discovered(Secret(password))
    )
    var places: [String: Location] = [:]
    places["user"] = service.place(of: users) ?? service.home
    places["vhost"] = service.place(of: vhosts) ?? service.home
    return SourceFinding(
      settings,
      password: service.reference(of: passwords),
      passwordPlace: service.place(of: passwords),
      places: places
    )
  }
}

extension ComposeService {
  /// Whether its command is `celery … worker` of a queue: Celery's own where it names none.
  fileprivate func runsCeleryWorker(of queue: String) -> Bool {
    let words = command.flatMap { $0.split(whereSeparator: \.isWhitespace).map(String.init) }
    guard let program = words.firstIndex(where: { $0 == "celery" || $0.hasSuffix("/celery") }),
      words[program...].contains("worker")
    else { return false }
    var queues: [Substring] = []
    for (index, word) in words.enumerated().dropFirst(program) {
      if word == "-Q" || word == "--queues" {
        queues += words.dropFirst(index + 1).first?.split(separator: ",") ?? []
      } else if word.hasPrefix("--queues=") {
        queues += word.dropFirst("--queues=".count).split(separator: ",")
      }
    }
    return queues.isEmpty ? queue == "celery" : queues.contains { $0 == queue }
  }
}
