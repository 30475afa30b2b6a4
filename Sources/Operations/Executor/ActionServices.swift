public import DataSources
public import Facts

/// The time as acting sees it; tests move it by hand.
@LoopActor public protocol ActionClock: AnyObject {
  /// Both clocks, read now.
  func now() -> Moment
  /// Suspends the caller.
  func sleep(for duration: Duration) async
}

/// The real time, on the event loop.
@LoopActor public final class LoopClock: ActionClock {
  /// Makes the clock.
  public init() {}

  /// Both clocks, read now.
  public func now() -> Moment { LoopActor.now() }

  /// Suspends the caller on a timer of the loop.
  public func sleep(for duration: Duration) async {
    await LoopActor.sleep(for: duration)
  }
}

/// What asks the sources of facts afresh, past intervals and backoff.
@LoopActor public protocol FactProber: AnyObject {
  /// The report of a poll that began after this call; nil if there is no such source.
  func freshReport(of id: String) async -> SourceReport?
  /// Asks a source (nil: all) for a poll at once, without waiting for it.
  func pollNow(_ id: String?)
}

extension SourceScheduler: FactProber {}

/// The times of a proof, as the design gives them; tests shorten them.
public struct ProofTiming: Sendable, Hashable {
  /// Between two questions to one source.
  public var interval: Duration
  /// How many samples in a row must hold.
  public var holding: Int
  /// The least time between two samples that count.
  public var spacing: Duration
  /// The time that the proof may take.
  public var within: Duration
  /// The time that each dependent service is waited for.
  public var thenWithin: Duration
  /// How long an unprovable service must stay up to count as done, unproven.
  public var settling: Duration
  /// The step of the loop that drives the proof.
  public var tick: Duration

  /// Makes a timing; the design's unless told.
  public init(
    interval: Duration = .milliseconds(500),
    holding: Int = 3,
    spacing: Duration = .seconds(1),
    within: Duration = .seconds(90),
    thenWithin: Duration = .seconds(30),
    settling: Duration = .seconds(10),
    tick: Duration = .milliseconds(100)
  ) {
    self.interval = interval
    self.holding = holding
    self.spacing = spacing
    self.within = within
    self.thenWithin = thenWithin
    self.settling = settling
    self.tick = tick
  }
}

extension ProofTiming {
  /// The configured times.
  public init(_ gate: GateSettings) {
    self.init(
      interval: gate.interval,
      holding: gate.holding,
      spacing: gate.spacing,
      within: gate.within,
      thenWithin: gate.then,
      settling: gate.settling
    )
  }
}

/// What the sources have to offer to acts, such as a broker's queues.
@LoopActor public protocol OfferingSources: AnyObject {
  /// What that source, or with nil the first that has such a thing, offers; nil if it has none.
  func offer<Offer>(_ type: Offer.Type, of source: String?) -> Offer?
}

extension Connections: OfferingSources {}

/// Everything that performers need of one environment.
@LoopActor public struct ActionServices {
  /// The environment's name.
  public var environment: String
  /// The configured services.
  public var profiles: [ServiceProfile]
  /// What runs the services; nil if nothing does.
  public var runtime: (any Runtime)?
  /// What asks the sources afresh.
  public var prober: any FactProber
  /// All that is known now.
  public var world: @LoopActor @Sendable () -> World
  /// The time.
  public var clock: any ActionClock
  /// The times of a proof.
  public var timing: ProofTiming
  /// Who tells since when the consumers of a queue are there, by the id of the queue's source.
  public var consumers: [String: any QueueConsumerReader]
  /// What a quick test needs; nil if there is no API.
  public var quickTest: QuickTestServices?
  /// Where it is written down which runs were acknowledged; nil if nowhere.
  public var acknowledgements: (any AcknowledgementKeeper)?
  /// What a rotation of credentials needs; nil if there are none.
  public var credentials: CredentialServices?
  /// What the sources offer to acts; nil if there are none.
  public var offers: (any OfferingSources)?
  /// Where files are written that somebody asked for; nil if nowhere.
  public var exports: ExportDirectory?
  /// Who gives the terminal to a program for a while; nil where there is none.
  public var terminal: (any TerminalLender)?
  /// The variables of the console that secrets were taken from.
  public var secretVariables: Set<String> = []

  /// What that source, or with nil the first that has such a thing, offers; nil if it has none.
  public func offer<Offer>(_ type: Offer.Type, _ source: String? = nil) -> Offer? {
    offers?.offer(type, of: source)
  }

  /// Bundles the services.
  public init(
    environment: String,
    profiles: [ServiceProfile],
    runtime: (any Runtime)?,
    prober: any FactProber,
    world: @escaping @LoopActor @Sendable () -> World,
    clock: any ActionClock,
    timing: ProofTiming = ProofTiming(),
    consumers: [String: any QueueConsumerReader] = [:],
    quickTest: QuickTestServices? = nil,
    acknowledgements: (any AcknowledgementKeeper)? = nil,
    offers: (any OfferingSources)? = nil,
    exports: ExportDirectory? = nil,
    terminal: (any TerminalLender)? = nil
  ) {
    self.environment = environment
    self.profiles = profiles
    self.runtime = runtime
    self.prober = prober
    self.world = world
    self.clock = clock
    self.timing = timing
    self.consumers = consumers
    self.quickTest = quickTest
    self.acknowledgements = acknowledgements
    self.offers = offers
    self.exports = exports
    self.terminal = terminal
  }
}

/// How the request of an act was answered.
public struct ActOutcome: Sendable, Hashable {
  /// What is known of it.
  public enum Answer: Sendable, Hashable {
    /// It was accepted; with the id of what it began, if it began something.
    case accepted(id: String?)
    /// Nobody knows: it timed out, or the connection broke. It may have happened.
    case uncertain(SourceFailure)
    /// It surely was not done.
    case rejected(SourceFailure)
    /// It is decided already, without a proof.
    case decided(Verdict)
  }

  /// What is known of it.
  public var answer: Answer
  /// When the request was sent.
  public var begunAt: Moment
  /// When it was answered; samples begun later prove it.
  public var endedAt: Moment

  /// What the answer itself said against a success: then no proof makes it one; nil if nothing.
  public var doubt: SafeText?
  /// What the verdict must mention of the way there; nil if nothing.
  public var note: SafeText?
  /// What the act began: an execution; nil if it is about its target alone.
  public var subject: ActionTarget?
  /// What was counted right before the request was sent, by name: what its proof compares with.
  public var counted: [String: Int] = [:]
  /// What a program that did it printed, line by line: the verdict shows it.
  public var output: [SafeText] = []
  /// Who consumed right before it, by the id of the queue's source; what could not be read is absent.
  public var consumers: [String: [QueueConsumer]] = [:]

  /// Makes an outcome.
  public init(
    _ answer: Answer,
    begunAt: Moment,
    endedAt: Moment,
    doubt: SafeText? = nil,
    note: SafeText? = nil,
    subject: ActionTarget? = nil
  ) {
    self.doubt = doubt
    self.note = note
    self.subject = subject
    self.answer = answer
    self.begunAt = begunAt
    self.endedAt = endedAt
  }
}

extension SourceFailure {
  /// Whether it is a gateway's own word (502, 503, 504): what stands behind it may have heard what was sent.
  var isOfGateway: Bool { [.status(502), .status(503), .status(504)].contains(code) }

  /// Whether an act may have been done although its request failed so: it may have gone out, and no answer says no.
  var mayHaveHappened: Bool {
    switch code {
    case .timedOut, .disconnected, .unreadable, .tooLarge, .cancelled: true
    case .refused, .unresolved, .insecure, .unauthorized, .forbidden, .notFound, .rateLimited,
      .status, .rejected, .misconfigured, .exhausted:
      false
    }
  }
}
