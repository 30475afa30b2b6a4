/// The queues of a broker, as its management API tells them.
public struct QueuesSnapshot: Snapshot {
  /// One queue.
  public struct Queue: Sendable, Hashable {
    /// The virtual host.
    public var vhost: String
    /// The name in its virtual host.
    public var name: String
    /// `classic`, `quorum` or `stream`, as told.
    public var type: String
    /// Messages ready for delivery; nil while the broker has no statistics yet.
    public var ready: Int?
    /// Messages delivered and not acknowledged; nil while the broker has no statistics yet.
    public var unacked: Int?
    /// Consumers; nil while the broker has no statistics yet.
    public var consumers: Int?
    /// Messages published a second; nil if never published or unknown.
    public var publishRate: Double?
    /// Messages acknowledged (or delivered without) a second; nil if unknown.
    public var ackRate: Double?
    /// Messages published since the counters began; nil if none.
    public var published: Int?
    /// Consumers' connection names, as far as they were told.
    public var consumerNames: [String]

    /// Makes a queue.
    public init(
      vhost: String,
      name: String,
      type: String = "classic",
      ready: Int?,
      unacked: Int?,
      consumers: Int?,
      publishRate: Double? = nil,
      ackRate: Double? = nil,
      published: Int? = nil,
      consumerNames: [String] = []
    ) {
      self.vhost = vhost
      self.name = name
      self.type = type
      self.ready = ready
      self.unacked = unacked
      self.consumers = consumers
      self.publishRate = publishRate
      self.ackRate = ackRate
      self.published = published
      self.consumerNames = consumerNames
    }

    /// All messages in the queue: ready and unacknowledged.
    public var depth: Int? {
      guard let ready, let unacked else { return nil }
      return ready + unacked
    }

    /// Whether messages wait that nobody will ever take.
    public var isOrphaned: Bool {
      guard let depth, let consumers else { return false }
      return depth > 0 && consumers == 0
    }

    /// A century: a queue that needs longer to drain never will.
    private static let neverInSeconds = 3.2e9

    /// The time until the queue is empty at today's rates; nil if it never will be or is unknown.
    public var timeToDrain: Duration? {
      guard let depth, depth > 0, let publishRate, let ackRate, ackRate > publishRate else {
        return nil
      }
      let seconds = Double(depth) / (ackRate - publishRate)
      return seconds < Self.neverInSeconds ? .seconds(seconds) : nil
    }
  }

  /// The virtual host of the configuration: its queues go by their bare names.
  public var vhost: String
  /// The main queue of the configuration: `celery`.
  public var mainQueue: String
  /// The queues, without the brokers' and Celery's own ones, the main queue first, then by name.
  public var queues: [Queue]
  /// How many queues were left out (`*.pidbox`, `celeryev.*`).
  public var hidden: Int
  /// How many more queues there are: of very many only the worst are told.
  public var omitted: Int
  /// The estimated least age of each queue's oldest message, by fact name segment.
  public var oldest: [String: Duration]

  /// Makes a snapshot.
  public init(
    vhost: String,
    mainQueue: String,
    queues: [Queue],
    hidden: Int = 0,
    omitted: Int = 0,
    oldest: [String: Duration] = [:]
  ) {
    self.vhost = vhost
    self.mainQueue = mainQueue
    self.queues = queues
    self.hidden = hidden
    self.omitted = omitted
    self.oldest = oldest
  }

  /// The segment by which facts call a queue: `celery`, or `vhost/name` outside the configured vhost.
  public func segment(of queue: Queue) -> String {
    queue.vhost == vhost ? queue.name : "\(queue.vhost)/\(queue.name)"
  }
}
