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
    /// Messages acknowledged (or delivered without) since the counters began; nil if none.
    public var acked: Int?
    /// What comes and goes over the last minute, or as much of it as was seen; nil before a second sample.
    public var lately: Rates?
    /// The broker's own word for its state, such as `running` or `down`; nil if it told none.
    public var state: String?
    /// What of its entry can't be read, such as `messages_ready -5`; nil if all can.
    public var problem: String?
    /// Whether it keeps what was read: a depth says nothing of work to be done.
    public var isStream = false
    /// Whether messages wait in it for their time to pass on: nobody consumes from it.
    public var isDelay = false
    /// Whether other queues send what is dead to it.
    public var isDeadLetterTarget = false
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

    /// What comes and goes a second, as the counters tell over a span of time.
    public struct Rates: Sendable, Hashable {
      /// Messages published a second.
      public var published: Double
      /// Messages acknowledged (or delivered without) a second.
      public var acked: Double
      /// The time between the two samples compared.
      public var span: Duration
      /// How many messages fewer there are at its end: some go by ways that no counter tells of.
      public var shrunkBy: Int
      /// The same since the newest sample that is at least ``lately`` old, messages a second: who has filled a queue
      /// within the span hides that it gets shorter now.
      public var shrinkingLately: Double

      /// What is looked at to see whether a queue gets shorter now.
      public static let lately = Duration.seconds(20)

      /// Makes rates over `span`.
      public init(
        published: Double,
        acked: Double,
        span: Duration,
        shrunkBy: Int = 0,
        shrinkingLately: Double = 0
      ) {
        self.published = published
        self.acked = acked
        self.span = span
        self.shrunkBy = shrunkBy
        self.shrinkingLately = shrinkingLately
      }
    }

    /// What a queue is for, as far as its type and arguments tell.
    public enum Role: String, Sendable {
      /// Messages wait for somebody to work on them.
      case work = ""
      /// A log that may be read again: its length says nothing.
      case stream = "stream"
      /// Messages wait for their time to pass on to another queue.
      case delay = "delayed messages"
      /// What other queues gave up.
      case deadLetters = "dead letters"
    }

    /// What it is for.
    ///
    /// A queue that is consumed from is worked on, wherever its messages come from.
    public var role: Role {
      if isStream { return .stream }
      if consumers ?? 0 > 0 { return .work }
      return isDelay ? .delay : isDeadLetterTarget ? .deadLetters : .work
    }

    /// States in which a queue delivers nothing (its leader's node is gone, it crashed, too few replicas are left).
    private static let brokenStates: Set = ["down", "crashed", "stopped", "terminated", "minority"]

    /// Whether the broker says that the queue can't be used.
    public var isBroken: Bool { state.map(Self.brokenStates.contains) ?? false }

    /// All messages in the queue: ready and unacknowledged.
    public var depth: Int? {
      guard let ready, let unacked else { return nil }
      return ready + unacked
    }

    /// Whether messages wait that nobody will ever take.
    public var isOrphaned: Bool {
      guard let depth, let consumers else { return false }
      return depth > 0 && consumers == 0 && role == .work
    }

    /// A century: a queue that needs longer to drain never will.
    private static let neverInSeconds = 3.2e9

    /// What is judged "never" must have been so for this long: one sample of a rate is an accident.
    private static let window = Duration.seconds(60)

    /// The time until the queue is empty at the rates of the last minute, else as fast as it gets shorter now; nil if
    /// it never will be or is unknown.
    public var timeToDrain: Duration? {
      guard let depth, depth > 0, let published = lately?.published ?? publishRate,
        let acked = lately?.acked ?? ackRate
      else { return nil }
      let rate = acked > published ? acked - published : lately?.shrinkingLately ?? 0
      guard rate > 0 else { return nil }
      let seconds = Double(depth) / rate
      return seconds < Self.neverInSeconds ? .seconds(seconds) : nil
    }

    /// Whether it has not been getting shorter for a whole minute.
    public var neverDrains: Bool {
      guard let depth, depth > 0, let lately, lately.span >= Self.window, lately.shrunkBy <= 0 else {
        return false
      }
      return timeToDrain == nil
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
  /// How many queues were left out because the configuration says so.
  public var ignored: Int
  /// Why entries of the broker's list could not be read; one a broken entry.
  public var unreadable: [String]
  /// The estimated least age of each queue's oldest message, by fact name segment.
  public var oldest: [String: Duration]

  /// Makes a snapshot.
  public init(
    vhost: String,
    mainQueue: String,
    queues: [Queue],
    hidden: Int = 0,
    omitted: Int = 0,
    ignored: Int = 0,
    unreadable: [String] = [],
    oldest: [String: Duration] = [:]
  ) {
    self.vhost = vhost
    self.mainQueue = mainQueue
    self.queues = queues
    self.hidden = hidden
    self.omitted = omitted
    self.ignored = ignored
    self.unreadable = unreadable
    self.oldest = oldest
  }

  /// The segments by which facts call the queues.
  public var segments: [String] { queues.map(segment) }

  /// The segment by which facts call a queue: `celery`, or `vhost/name` outside the configured vhost.
  public func segment(of queue: Queue) -> String {
    queue.vhost == vhost ? queue.name : "\(queue.vhost)/\(queue.name)"
  }
}
