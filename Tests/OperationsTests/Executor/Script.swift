import DataSources
import Facts
import Operations

/// A clock that a test's sleeps move on at once.
@LoopActor final class ManualClock: ActionClock {
  private(set) var time = Moment(
    monotonic: MonotonicTime(nanoseconds: 0),
    wall: WallTime(secondsSince1970: 1_700_000_000)
  )

  func now() -> Moment { time }

  func sleep(for duration: Duration) async {
    time = time + duration
    // Let what was asked be answered before the next step.
    for _ in 0..<8 { await Task.yield() }
  }

  var seconds: Double { Duration.nanoseconds(time.monotonic.nanoseconds).seconds }
}

/// Audit lines in memory.
@LoopActor final class ScriptedAudit: AuditSink {
  private(set) var records: [AuditRecord] = []
  var failure: AuditFailure?
  /// The event from which on nothing can be written.
  var failsFrom: AuditRecord.Event?

  func append(_ record: AuditRecord) async throws(AuditFailure) {
    if let failure, failsFrom == nil || failsFrom == record.event { throw failure }
    records.append(record)
  }

  /// What was recorded and told to no server.
  private(set) var kept: [AuditRecord] = []

  func keep(_ record: AuditRecord) async throws(AuditFailure) {
    if let failure { throw failure }
    kept.append(record)
  }

  /// Whether other consoles are told, and why a note can't be.
  var isShared = false
  var untold: SourceFailure?

  func note(_ record: AuditRecord) async throws(AuditFailure) -> SourceFailure? {
    try await append(record)
    return untold
  }

  /// The lines in short: `begin`, `end done`.
  var lines: [String] {
    records.map { record in record.event.rawValue + (record.verdict.map { " \($0)" } ?? "") }
  }
}

/// Locks that remember who took them.
@LoopActor final class ScriptedLocks: TargetLocking {
  /// Why the next one is not to be had.
  var refusal: Refusal?
  /// How those that were taken stand at the n-th look.
  var stands: (Int) -> TargetLock.Standing = { _ in .held }
  private(set) var taken: [String] = []
  private(set) var held: Set<String> = []
  private var looks = 0

  func take(_ target: String, for act: SafeText, askedAt: WallTime) async throws(Refusal) -> TargetLock {
    if let refusal { throw refusal }
    taken.append(target)
    held.insert(target)
    return TargetLock(
      standing: {
        self.looks += 1
        return self.stands(self.looks)
      },
      { _ in self.held.remove(target) }
    )
  }
}

/// A runtime and sources whose answers are functions of the time since the restart.
@LoopActor final class ScriptedRuntime: Runtime, FactProber {
  let descriptor = SourceDescriptor(
    id: "runtime",
    kind: "scripted",
    address: "here",
    interval: .seconds(2),
    deadline: .seconds(2)
  )
  let title = "scripted"
  let clock: ManualClock
  /// What the runtime tells, given the seconds since the restart (nil: not restarted yet).
  var tells: (Double?) -> Result<[ServiceReading], SourceFailure>
  /// What a source's facts say, given the same.
  var says: [String: (Double?) -> [Observation]] = [:]
  /// A source's whole report, where it is not plainly what `says` says; nil is no such source.
  var reports: [String: (Moment) -> SourceReport?] = [:]
  var restartFailure: SourceFailure?
  /// What services have written; nothing unless told.
  var lines: [String: Result<[String], SourceFailure>] = [:]
  /// What happens while it is asked; once.
  var whileAsked: (@LoopActor () async -> Void)?
  private(set) var restarts: [ServiceIdentity] = []
  private(set) var performed: [String] = []
  private(set) var refreshed: [String] = []
  private var restartedAt: Double?

  init(_ clock: ManualClock, _ tells: @escaping (Double?) -> Result<[ServiceReading], SourceFailure>) {
    self.clock = clock
    self.tells = tells
  }

  /// Notes that the services were acted on, by another way than a request.
  func act() async {
    await clock.sleep(for: .milliseconds(500))
    restartedAt = clock.seconds
  }

  var since: Double? { restartedAt.map { clock.seconds - $0 } }

  func services() async throws(SourceFailure) -> [ServiceReading] {
    if let happens = whileAsked {
      whileAsked = nil
      await happens()
    }
    return try tells(since).get()
  }
  func request(_ verb: RuntimeVerb, _ service: ServiceReading) -> RuntimeRequest? {
    obstacles[verb] == nil
      ? RuntimeRequest(verb, service, shown: "POST /\(verb)/\(service.identity.id)") : nil
  }
  /// Whether it keeps several of a service by itself; then what a scaling to a number is answered.
  var scaling: ((ServiceReading, Int) -> Result<RuntimeRequest?, SourceFailure>)?
  /// Why a verb can't be had.
  var obstacles: [RuntimeVerb: String] = [:]

  var scales: Bool { scaling != nil }
  func request(scaling service: ServiceReading, to count: Int) async throws(SourceFailure) -> RuntimeRequest?
  {
    try scaling?(service, count).get()
  }
  func obstacle(_ verb: RuntimeVerb, _ service: ServiceReading) -> String? { obstacles[verb] }
  func poll() async throws(SourceFailure) -> SourceReading { SourceReading([]) }
  func watchUsage(_ isWatched: Bool) {}
  func usage(of services: [ServiceReading]) async -> [String: ServiceUsage] { [:] }
  /// What of the lines of a service is missing.
  var gaps: [String: [LogGap]] = [:]
  /// Since when lines were asked for, and how many; none unless they were.
  private(set) var askedLogs: [String] = []
  /// The zone in which the times of its lines are read where they tell none.
  var assumedZone: SafeText?

  func logs(of service: ServiceReading, tail: Int, since: WallTime?) async throws(SourceFailure) -> LogTail {
    askedLogs.append("\(tail) since \(since.map { Format.timestamp($0) } ?? "ever")")
    var told = LogTail(
      lines: (try lines[service.name]?.get() ?? []).map { SafeText($0) },
      gaps: gaps[service.name] ?? []
    )
    if since != nil { told.assumedZone = assumedZone }
    return told
  }
  func close() {}

  func perform(_ request: RuntimeRequest) async throws(SourceFailure) {
    performed.append(request.shown)
    restarts.append(request.service.identity)
    await act()
    if let restartFailure { throw restartFailure }
  }

  func freshReport(of id: String) async -> SourceReport? {
    if let report = reports[id] { return report(clock.now()) }
    guard let answer = says[id] else { return nil }
    let now = clock.now()
    return SourceReport(
      source: id,
      startedAt: now,
      endedAt: now,
      result: .success(SourceReading(answer(since)))
    )
  }

  func pollNow(_ id: String?) { refreshed.append(id ?? "all") }
}

extension ServiceReading {
  /// A service in one life.
  static func sample(
    _ name: String,
    id: String? = nil,
    life: String = "1",
    begunAt: Double? = nil,
    state: State = .running,
    health: Health = .none,
    checkedAt: Double? = nil,
    addresses: Set<String>? = nil
  ) -> ServiceReading {
    func time(_ seconds: Double) -> WallTime { WallTime(secondsSince1970: 1_700_000_000 + seconds) }
    var reading = ServiceReading(
      name: name,
      instance: name,
      identity: ServiceIdentity(id: id ?? name, incarnation: life, begunAt: begunAt.map(time)),
      state: state,
      health: health
    )
    reading.checkedAt = checkedAt.map(time)
    reading.addresses = addresses ?? ["\(name).here"]
    return reading
  }
}

extension Observation {
  /// A probe's fact.
  static func probe(
    _ name: FactName,
    _ state: FactState,
    _ word: String = "",
    _ absence: Absence? = nil
  ) -> Observation {
    Observation(
      name,
      state == .nodata ? nil : .flag(state == .ok),
      state: state,
      word: word,
      absence: absence,
      origin: Origin(source: "", query: "")
    )
  }
}

/// A queue whose consumers are a function of the time.
@LoopActor final class ScriptedConsumers: QueueConsumerReader {
  private let tells: () -> Result<[QueueConsumer], SourceFailure>

  init(_ tells: @escaping () -> Result<[QueueConsumer], SourceFailure>) { self.tells = tells }

  func consumers() async throws(SourceFailure) -> [QueueConsumer] { try tells().get() }
}

extension QueueConsumer {
  /// One whose connection is so many seconds old.
  static func sample(
    _ connection: String,
    host: String = "celery-worker.here",
    age: Double?,
    acked: Int? = 0
  ) -> QueueConsumer {
    QueueConsumer(
      connection: connection,
      host: host,
      age: age.map { .seconds(max(0, $0))...Duration.seconds(max(0, $0) + 1) },
      acked: acked
    )
  }
}

/// One environment with postgres (proven by `pg`) and backend (by `api` and the canary).
@LoopActor final class Bench {
  let clock = ManualClock()
  let audit = ScriptedAudit()
  let locks = ScriptedLocks()
  let runtime: ScriptedRuntime
  var world = World()
  /// What is known, where it changes by itself; nil: `world`.
  var tells: (@LoopActor () -> World)?
  var events: [ActionEvent] = []
  var then: [String] = []
  var timing = ProofTiming()
  var catalog = ActionCatalog.standard
  var acknowledgements: (any AcknowledgementKeeper)?
  var offers: (any OfferingSources)?
  var credentials: CredentialServices?
  var workerProbes: [ServiceProfile.Probe] = []
  /// Who consumes from the queue, given the seconds since the restart.
  var consumers: ((Double) -> Result<[QueueConsumer], SourceFailure>)?
  /// Who did before the act.
  var consumersBefore: Result<[QueueConsumer], SourceFailure> = .success([])
  var backendProbes = [
    ServiceProfile.Probe("liveness", "service.backend.liveness", source: "api"),
    ServiceProfile.Probe("canary", "probe.backend.canary", source: "canary"),
  ]

  init() {
    runtime = ScriptedRuntime(clock) { since in
      let life = since.map { $0 >= 0.3 } == true ? "2" : "1"
      return .success([.sample("postgres", life: life), .sample("backend", life: life)])
    }
    runtime.says["pg"] = { since in
      [.probe("probe.postgres.postgres", (since ?? 9) < 1 ? .crit : .ok, "refused")]
    }
    runtime.says["api"] = { _ in [.probe("service.backend.liveness", .ok, "200")] }
    runtime.says["canary"] = { _ in [.probe("probe.backend.canary", .ok)] }
  }

  func executor(_ restriction: WriteMode.Restriction = .none) -> Executor {
    let profiles = [
      ServiceProfile(
        name: "postgres",
        then: then,
        probes: [.init("postgres", "probe.postgres.postgres", source: "pg")]
      ),
      ServiceProfile(
        name: "backend",
        needs: ["postgres"],
        dangerClass: 1,
        probes: backendProbes
      ),
      ServiceProfile(
        name: "celery-worker",
        needs: ["backend"],
        probes: [
          .init("consumers", "queue.celery.consumers", source: "rabbitmq", isCount: true, lag: .seconds(5))
        ] + workerProbes
      ),
    ]
    var services = ActionServices(
      environment: "dev",
      profiles: profiles,
      runtime: runtime,
      prober: runtime,
      world: { self.tells?() ?? self.world },
      clock: clock,
      timing: timing,
      consumers: consumers.map { tells in
        ["rabbitmq": ScriptedConsumers { self.runtime.since.map(tells) ?? self.consumersBefore }]
      } ?? [:],
      acknowledgements: acknowledgements,
      offers: offers
    )
    services.credentials = credentials
    return Executor(
      services: services,
      audit: audit,
      locks: locks,
      mode: WriteMode(restriction),
      catalog: catalog
    )
  }

  /// Plans and runs the restart of a service and returns the last event.
  func restart(_ service: String, _ restriction: WriteMode.Restriction = .none) async throws -> ActionEvent {
    let executor = executor(restriction)
    let plan = try await executor.plan(.restart(service: service))
    return await executor.run(plan) { self.events.append($0) }
  }

  func verdict(_ event: ActionEvent) -> String {
    guard case .ended(let verdict) = event else { return "\(event)" }
    return verdict.headline.string
  }
}
