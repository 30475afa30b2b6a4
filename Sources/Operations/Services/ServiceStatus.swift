public import DataSources
public import Facts

/// What the configuration says of one service, as far as judging and restarting it needs.
public struct ServiceProfile: Sendable, Hashable {
  /// The service's name.
  public var name: String
  /// The services that it can't do without.
  public var needs: [String]
  /// The services whose recovery a restart of this one must prove, too.
  public var then: [String]
  /// 1 mild or 2 disruptive: the confirmation that restarting it takes.
  public var dangerClass: Int
  /// The facts of its probes, by the name shown: `("liveness", service.backend.liveness)`.
  public var probes: [Probe]
  /// The ids of the sources that read it: while it is CRIT their failures count with it.
  public var readers: Set<String>
  /// Whether the runtime should know it: the configuration or the compose file names it.
  public var isExpected: Bool
  /// Whether the configuration or the compose file says that it is meant to end; nil if neither does.
  public var isOneShot: Bool?

  /// One probe of a service.
  public struct Probe: Sendable, Hashable {
    /// The name shown.
    public var name: String
    /// The fact that tells whether it passes.
    public var fact: FactName
    /// The id of the source that feeds the fact, asked at once by a proof.
    public var source: String
    /// Whether it asks the service itself; a probe of what the service needs proves nothing of it.
    public var isOwn: Bool
    /// Whether its fact is a number that an act must not lessen: a worker's consumers.
    public var isCount: Bool
    /// What must go on for the fact to be proven; nil if its value proves itself.
    public var progress: Progress?
    /// How old the fact may be when its source is asked: what a server counts now and then only.
    public var lag: Duration

    /// The numbers that show whether work goes on, told by the probe's source.
    public struct Progress: Sendable, Hashable {
      /// How much was done so far.
      public var done: FactName
      /// How much is left to do.
      public var left: FactName

      /// Names the two.
      public init(done: FactName, left: FactName) {
        self.done = done
        self.left = left
      }
    }

    /// Names a probe; the service's own, and up to date, unless told.
    public init(
      _ name: String,
      _ fact: FactName,
      source: String,
      isOwn: Bool = true,
      isCount: Bool = false,
      progress: Progress? = nil,
      lag: Duration = .zero
    ) {
      self.name = name
      self.fact = fact
      self.source = source
      self.isOwn = isOwn
      self.isCount = isCount
      self.progress = progress
      self.lag = lag
    }
  }

  /// The ids of the sources that feed its probes.
  public var probeSources: [String] { probes.map(\.source) }

  /// Makes a profile; class 2 unless told.
  public init(
    name: String,
    needs: [String] = [],
    then: [String] = [],
    dangerClass: Int = 2,
    probes: [Probe] = [],
    readers: Set<String> = [],
    isExpected: Bool = false,
    isOneShot: Bool? = nil
  ) {
    self.name = name
    self.needs = needs
    self.then = then
    self.dangerClass = dangerClass
    self.probes = probes
    self.readers = readers.union(probes.filter(\.isOwn).map(\.source))
    self.isExpected = isExpected
    self.isOneShot = isOneShot
  }

  /// Whether the service is meant to end, so that its good end is well: the one place that says so.
  ///
  /// What has a probe of its own is there to answer.
  /// - Returns: nil if nobody knows: it may have done its work or been stopped.
  func isMeantToEnd(_ reading: ServiceReading) -> Bool? {
    probes.contains(where: \.isOwn) ? false : isOneShot ?? reading.isOneShot
  }
}

/// One service as it is judged: the runtime's word, the probes and what follows from both.
public struct ServiceStatus: Sendable, Hashable {
  /// One probe's outcome.
  public struct ProbeOutcome: Sendable, Hashable {
    /// The name shown.
    public var name: String
    /// The fact that tells it.
    public var fact: FactName
    /// Its state.
    public var state: FactState
    /// Its word.
    public var word: String
    /// Whether it asks the service itself.
    public var isOwn = true
    /// Whether it needs a login, and none is configured.
    public var isWithoutLogin = false
    /// Whether it was asked, and the first answer isn't there yet.
    public var isStarting = false
    /// Of what tells whether work goes on: how much of it is left, 0 if that isn't known; nil for any other.
    public var left: Double?
  }

  /// The service's name; with several containers the number is added: `worker 2`.
  public var name: String
  /// The service's name in the configuration and in facts.
  public var service: String
  /// What the runtime says; nil where no runtime knows it.
  public var reading: ServiceReading?
  /// The state.
  public var state: FactState
  /// Why, in a word or two: `healthy`, `refused`, `canary timed out`.
  public var word: String
  /// What the runtime says beside a failed probe: `stopped`; may be empty.
  public var detail: String
  /// Whether it counts: a service without any check, or one down with its cause, does not.
  public var kind: FactKind
  /// The service that is CRIT and explains this one; nil if none.
  public var because: String?
  /// The services that it can't do without, as far as the configuration names them.
  public var needs: [String] = []
  /// The services whose recovery a restart of it must prove, too.
  public var then: [String] = []
  /// The probes, in order.
  public var probes: [ProbeOutcome]
  /// The latency of its own check, in milliseconds; nil if unknown.
  public var latency: Double?
  /// What it uses of the machine; nil while that isn't measured, or it doesn't run.
  public var usage: ServiceUsage?
  /// When the oldest of what it is judged by was sampled; nil if nothing is known of it.
  public var sampledAt: MonotonicTime?
  /// The ids of the sources that read it: what they can't tell while it is down counts with it.
  public var readers: Set<String> = []

  /// How many probes pass.
  public var passed: Int { probes.count { $0.state == .ok } }
}

/// All services, judged.
public struct ServiceStatuses: Snapshot {
  /// Where they run: `supervisor`, `compose voiceai`.
  public var runtime: String
  /// The services, those that aren't well first: see ``ServiceOrder``.
  public var services: [ServiceStatus]

  /// Makes a list.
  public init(runtime: String, services: [ServiceStatus]) {
    self.runtime = runtime
    self.services = services
  }

  /// The service of that name.
  public func service(_ name: String) -> ServiceStatus? {
    services.first { $0.service == name }
  }
}
