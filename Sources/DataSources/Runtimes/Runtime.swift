public import Facts

/// One service as its runtime tells it: a container, a supervised process.
public struct ServiceReading: Sendable, Hashable {
  /// What the runtime says the service does.
  public enum State: Sendable, Hashable {
    case running
    case starting
    case restarting
    /// Some of it runs as it should and some not yet, or not any more: how, in a few words.
    case degraded(String)
    /// It is meant to run and doesn't, and that doesn't pass by itself: why, in a few words.
    case failing(String)
    case paused
    case stopping
    /// Not running, and not meant to have ended (FATAL, dead, exited with a code).
    case exited(code: Int?)
    /// Stopped on request, or never started.
    case stopped
    /// A word that this console doesn't know, as it came.
    case other(String)
    /// What the runtime tells of it can't be read, or could not be asked, and why: it may be in any state.
    case unreadable(String)

    /// Whether a life of it is over, even if the next one is about to begin.
    public var hasEnded: Bool {
      switch self {
      case .restarting, .exited: true
      case .running, .starting, .degraded, .failing, .paused, .stopping, .stopped, .other, .unreadable: false
      }
    }

    /// Whether it is none that tells if something runs.
    public var isUntold: Bool {
      switch self {
      case .other, .unreadable: true
      case .running, .starting, .restarting, .degraded, .failing, .paused, .stopping, .exited, .stopped: false
      }
    }
  }

  /// What the runtime's own health check says.
  public enum Health: Sendable, Hashable {
    /// There is no check: neither healthy nor unhealthy.
    case none
    case starting
    case healthy
    case unhealthy
  }

  /// The service's name in its project: `backend`.
  public var name: String
  /// What the runtime calls the thing itself: the container's name, the process' group:name.
  public var instance: String
  /// What is meant by "the same one": see ``ServiceIdentity``.
  public var identity: ServiceIdentity
  /// What it does.
  public var state: State
  /// Its own health check.
  public var health: Health
  /// When that check was made last, by the runtime's clock; nil if there was none, or it isn't told.
  public var checkedAt: WallTime?
  /// Wall time of its start; nil if it isn't running or that isn't known.
  public var startedAt: WallTime?
  /// How often the runtime has restarted it; nil if that isn't known.
  public var restarts: Int?
  /// Whether the kernel killed it for memory.
  public var isOutOfMemory: Bool
  /// How long a life that is over was; nil while it lives, or if that isn't known.
  public var lived: Duration?
  /// When a life that is over ended, by the runtime's clock; nil while it lives, or if that isn't known.
  public var endedAt: WallTime?
  /// Whether it is meant to end (a one-shot such as `migrate`); nil if that isn't known.
  public var isOneShot: Bool?
  /// Whether it ended as what has done its work does: well, soon after its start, nobody reaches it and nobody was
  /// seen to stop it.
  public var looksDone = false
  /// The image or program, without passwords; may be empty.
  public var image: String {
    didSet { image = CredentialWords.struckOut(of: image) }
  }
  /// The runtime's own words (supervisor's spawnerr, the last health output) without passwords; may be empty.
  public var detail: String {
    didSet { detail = CredentialWords.struckOut(of: detail) }
  }
  /// Which one of a service of several it is, from 1; nil if the runtime doesn't number them.
  public var number: Int?
  /// Where its connections come from, as who is connected to sees it: a container's own addresses, the `address:port` of
  /// a process' sockets; empty if that can't be told.
  public var addresses: Set<String> = []
  /// How many pods of it there shall be and how many are ready, where one service is several; nil where it is one.
  public var replicas: Replicas?

  /// How many there are of a service that its runtime keeps several of.
  public struct Replicas: Sendable, Hashable {
    /// How many there shall be.
    public var wanted: Int
    /// How many are ready.
    public var ready: Int

    /// Counts them.
    public init(wanted: Int, ready: Int) {
      self.wanted = wanted
      self.ready = ready
    }
  }

  /// Makes a reading.
  public init(
    name: String,
    instance: String,
    identity: ServiceIdentity,
    state: State,
    health: Health = .none,
    startedAt: WallTime? = nil,
    restarts: Int? = nil,
    isOutOfMemory: Bool = false,
    isOneShot: Bool? = nil,
    image: String = "",
    detail: String = "",
    number: Int? = nil
  ) {
    self.name = name
    self.instance = instance
    self.identity = identity
    self.state = state
    self.health = health
    self.startedAt = startedAt
    self.restarts = restarts
    self.isOutOfMemory = isOutOfMemory
    self.isOneShot = isOneShot
    self.image = CredentialWords.struckOut(of: image)
    self.detail = CredentialWords.struckOut(of: detail)
    self.number = number
  }
}

/// The immutable identity of a running thing: what a preview freezes and the executor checks again.
public struct ServiceIdentity: Sendable, Hashable {
  /// What stays through a restart: the full container id, or the supervisor's group:name.
  public var id: String
  /// What changes with every start: the start time or `pid@start`; empty when no start is known.
  public var incarnation: String
  /// When this incarnation began, by the runtime's own clock; nil if it doesn't tell.
  public var begunAt: WallTime?

  /// Names one incarnation of one thing.
  public init(id: String, incarnation: String, begunAt: WallTime? = nil) {
    self.id = id
    self.incarnation = incarnation
    self.begunAt = begunAt
  }
}

/// All services of one runtime's project, in its own order.
public struct ServicesSnapshot: Snapshot {
  /// What runs them: `compose voiceai`, `supervisor`.
  public var runtime: String
  /// The services.
  public var services: [ServiceReading]
  /// What those that run use of the machine, by identity's id; empty while it isn't measured.
  public var usage: [String: ServiceUsage]

  /// Makes a snapshot.
  public init(runtime: String, services: [ServiceReading], usage: [String: ServiceUsage] = [:]) {
    self.runtime = runtime
    self.services = services
    self.usage = usage
  }
}

/// What runs the services: Docker Engine, supervisor.
///
/// Asked for services, told by verbs what to do to one of them.
///
/// Reading never changes anything. ``perform(_:)`` is called by the executor alone.
@LoopActor public protocol Runtime: Source {
  /// How a person would say where it runs: `compose voiceai`, `supervisor`.
  var title: String { get }

  /// The services, asked now.
  func services() async throws(SourceFailure) -> [ServiceReading]

  /// What would be sent to do this to exactly the thing with this identity's id; nil: it can't.
  func request(_ verb: RuntimeVerb, _ service: ServiceReading) -> RuntimeRequest?

  /// Whether it changes by itself how many there are of a service, without a compose file.
  var scales: Bool { get }

  /// What would be sent so that there are that many of a service; nil: it can't.
  /// - Throws: why they can't be changed now: something else owns the number, or that can't be known.
  func request(scaling service: ServiceReading, to count: Int) async throws(SourceFailure) -> RuntimeRequest?

  /// Why it can't do that to this service, and what to do instead; nil if it can, or nothing is known to say.
  func obstacle(_ verb: RuntimeVerb, _ service: ServiceReading) -> String?

  /// Sends a request of its own; returns when the runtime says that it is done.
  /// - Throws: the runtime's refusal; `timedOut` leaves the outcome unknown.
  func perform(_ request: RuntimeRequest) async throws(SourceFailure)

  /// Whether somebody looks at what services use, or an expression needs it: while nobody does, no stream is
  /// open and nothing is read for it, and polls tell nothing of it.
  func watchUsage(_ isWatched: Bool)

  /// What these services use now, of those that run, by identity's id.
  func usage(of services: [ServiceReading]) async -> [String: ServiceUsage]

  /// The last lines that a service has written, at most so many, and none from before `since` (nil: however old).
  ///
  /// What was written and isn't among them is told as a gap: nobody may take it for silence.
  /// - Throws: why they can't be had; the runtime's own words among it. Where nobody knows when a line was written none
  ///   is had `since` a time.
  func logs(of service: ServiceReading, tail: Int, since: WallTime?) async throws(SourceFailure) -> LogTail

  /// How long to wait before a log is read on: what that costs.
  var logInterval: Duration { get }

  /// What a service has written since `mark` (nil: the last lines), at most about `most` lines.
  ///
  /// What was written and isn't among them is told as a gap.
  /// - Throws: why it can't be read.
  func logs(
    of service: ServiceReading,
    after mark: LogMark?,
    most: Int
  ) async throws(SourceFailure) -> LogStretch
}

extension Runtime {
  /// The last lines that a service has written, at most so many.
  /// - Throws: why they can't be had; the runtime's own words among it.
  public func logs(of service: ServiceReading, tail: Int) async throws(SourceFailure) -> LogTail {
    try await logs(of: service, tail: tail, since: nil)
  }

  /// A second: no more than a request on a connection that is open.
  public var logInterval: Duration { .seconds(1) }

  /// It can't be read on unless a runtime says how.
  public func logs(
    of service: ServiceReading,
    after mark: LogMark?,
    most: Int
  ) async throws(SourceFailure) -> LogStretch {
    throw SourceFailure(.misconfigured, at: service.name, detail: "\(title) reads no log on")
  }

  /// It doesn't.
  public var scales: Bool { false }

  /// It can't.
  public func request(
    scaling service: ServiceReading,
    to count: Int
  ) async throws(SourceFailure) -> RuntimeRequest? { nil }

  /// Nothing is known to say.
  public func obstacle(_ verb: RuntimeVerb, _ service: ServiceReading) -> String? { nil }
}
