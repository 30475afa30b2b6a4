public import DataSources
public import Facts

/// Judges services: the runtime's reading, the probes' facts and the configuration give one state.
///
/// The rules are those of the design's "Which state?": a failing probe is CRIT and named; no check and
/// no probe is "no check", which never counts; a service explained by a CRIT need doesn't count twice.
public struct ServiceAssessor: Sendable {
  /// Who judges: the id under which judgements stand beside what sources told.
  public static let source = "services"
  /// How long "starting" is no data before it becomes a warning, where no start period is known.
  private static let startPeriod = 60.0

  private let profiles: [String: ServiceProfile]
  private let order: [String]
  /// The id of the source that tells what runs; nil where nothing runs the services.
  let runtime: String?
  /// The facts that services are judged by, beside the runtime's reading.
  private let reads: Set<FactName>

  /// Makes an assessor of the services that the configuration names; `runtime` is the source that tells what
  /// runs.
  public init(profiles: [ServiceProfile], runtime: String? = nil) {
    self.runtime = runtime
    order = profiles.map(\.name)
    self.profiles = Dictionary(profiles.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    reads = profiles.reduce(into: []) { reads, profile in
      reads.insert(FactName("service", profile.name, "latency"))
      reads.formUnion(profile.probes.map(\.fact))
    }
  }

  /// Whether any of `news` could change a judgement; the runtime's reading always can.
  func isTouched(by news: Set<FactName>) -> Bool {
    !reads.isDisjoint(with: news)
  }

  /// The profile of a service; a plain one for a service that the configuration doesn't name.
  public func profile(of service: String) -> ServiceProfile {
    profiles[service] ?? ServiceProfile(name: service)
  }

  /// Judges all services as they stand at `now`; nil while nothing is known of any.
  public func assess(
    _ world: World,
    restarts: RestartWatch = RestartWatch(),
    at now: Moment
  ) -> ServiceStatuses? {
    let snapshot = world.snapshot(ServicesSnapshot.self)
    let readings = snapshot?.value.services ?? []
    var statuses: [ServiceStatus] = []
    var seen: [String: Int] = [:]
    let stops = AskedStops(world.snapshot(AuditTrail.self)?.value)
    let counts = readings.reduce(into: [String: Int]()) { $0[$1.name, default: 0] += 1 }
    for reading in readings {
      seen[reading.name, default: 0] += 1
      let count = counts[reading.name] ?? 1
      let number = seen[reading.name] ?? 1
      let stopper = stops.person(who: reading).map { "stop asked for by \($0)" }
      var status = judge(reading.name, reading, snapshot?.sampledAt, stoppedBy: stopper, world, now)
      status.usage = snapshot?.value.usage[reading.identity.id]
      // Nobody can tell, and nothing is to be done about what ended long ago.
      if status.state == .ok, stops.isBeforeAllThatIsKnown(reading) {
        (status.state, status.kind) = (.nodata, .info)
        status.word += " or stopped: the audit log is cut"
      }
      status.name = count > 1 ? "\(reading.name) \(number)" : reading.name
      let recent = restarts.recent(reading)
      if recent >= RestartWatch.limit, status.state != .crit {
        status.state = .crit
        status.word = "\(recent) restarts in 10 min"
        status.kind = .health
      }
      statuses.append(status)
    }
    // A runtime that never answered hides no service that should run.
    let silence = snapshot == nil ? runtime.flatMap { world.status(of: $0)?.failure } : nil
    for service in order where seen[service] == nil {
      let profile = profile(of: service)
      let isMissing = (snapshot != nil || silence != nil) && profile.isExpected
      let hasOwnProbe = profile.probes.contains(where: \.isOwn)
      guard isMissing || hasOwnProbe else { continue }
      var status = judge(service, nil, isMissing ? snapshot?.sampledAt : nil, stoppedBy: nil, world, now)
      if let silence, !hasOwnProbe {
        status.state = .error
        status.word = "runtime \(silence.word)"
      }
      statuses.append(status)
    }
    guard !statuses.isEmpty else { return nil }
    let critical = Set(statuses.filter { $0.state == .crit }.map(\.service))
    excuse(&statuses, for: critical, world, now)
    for index in statuses.indices where [.crit, .error].contains(statuses[index].state) {
      guard let cause = cause(of: statuses[index].service, critical) else { continue }
      statuses[index].because = cause
      statuses[index].kind = .info
    }
    let services = ServiceOrder.worstFirst(statuses) { ServiceOrder.Key($0, $0.state) }
    return ServiceStatuses(runtime: snapshot?.value.runtime ?? "", services: services)
  }

  /// A Prometheus that misses only targets whose services are CRIT does what it should: they count, it doesn't.
  private func excuse(
    _ statuses: inout [ServiceStatus],
    for critical: Set<String>,
    _ world: World,
    _ now: Moment
  ) {
    let excused = world.snapshots(TargetsDown.self).filter { $0.value.areAmong(critical) }
      .map { FactName("prom", "targets").qualified(by: world.status(of: $0.source)?.qualifier) }
    guard !excused.isEmpty else { return }
    for index in statuses.indices where statuses[index].state == .warn {
      var probes = statuses[index].probes
      for place in probes.indices where excused.contains(probes[place].fact) && probes[place].state == .warn {
        probes[place].state = .ok
      }
      guard probes != statuses[index].probes else { continue }
      let profile = profile(of: statuses[index].service)
      let verdict = verdict(profile, statuses[index].reading, probes, now)
      (statuses[index].state, statuses[index].word, statuses[index].kind) = verdict
    }
  }

  /// The facts `service.NAME.state` of judged services.
  ///
  /// A fact is as old as what it is judged by. While the runtime fails, a service that no probe knows
  /// anything of is in error, whatever the runtime said last.
  func facts(of statuses: ServiceStatuses, _ world: World) -> [Observation] {
    let failure = world.snapshot(ServicesSnapshot.self).flatMap { world.status(of: $0.source)?.failure }
    var worst: [String: ServiceStatus] = [:]
    for status in statuses.services {
      let known = worst[status.service]
      if let known, known.state.severity >= status.state.severity { continue }
      worst[status.service] = status
    }
    return worst.values.map { status in
      let failed = status.probes.filter { $0.state != .ok }.map { "\($0.name) \($0.word)" }
      let isUnseen = status.reading != nil && !status.probes.contains { $0.state.isKnown }
      let silence = isUnseen ? failure?.word : nil
      let because = status.because.map { ", because \($0)" } ?? ""
      return Observation(
        FactName("service", status.service, "state"),
        .text(status.word),
        state: silence == nil ? status.state : .error,
        word: silence ?? status.word + because,
        kind: status.kind,
        origin: Origin(
          source: Self.source,
          query: "\(statuses.runtime) and probes of \(status.service)",
          excerpt: "\(Self.runtimeWord(status.reading)) \(failed.joined(separator: ", "))"
        ),
        sampledAt: status.sampledAt
      )
    }
  }

  /// The first CRIT service that it needs and that does not need it in turn: in a circle none explains
  /// another, and all of them count.
  private func cause(of service: String, _ critical: Set<String>) -> String? {
    profile(of: service).needs.first { need in
      guard critical.contains(need) else { return false }
      var reached: Set = [need]
      var open = [need]
      while let next = open.popLast() {
        for need in profile(of: next).needs where critical.contains(need) && reached.insert(need).inserted {
          open.append(need)
        }
      }
      return !reached.contains(service)
    }
  }

  private func judge(
    _ service: String,
    _ reading: ServiceReading?,
    _ readAt: MonotonicTime?,
    stoppedBy stopper: String?,
    _ world: World,
    _ now: Moment
  ) -> ServiceStatus {
    var sampledAt = readAt
    let probes = profile(of: service).probes.map { probe -> ServiceStatus.ProbeOutcome in
      let fact = world.facts.fact(probe.fact, at: now.monotonic)
      if let fact, fact.state.isKnown, let time = fact.sampledAt { sampledAt = min(sampledAt ?? time, time) }
      return ServiceStatus.ProbeOutcome(
        name: probe.name,
        fact: probe.fact,
        state: fact?.state ?? .nodata,
        word: fact?.word ?? FactStore.starting,
        isOwn: probe.isOwn,
        isWithoutLogin: fact?.absence == .noLogin,
        isStarting: fact.map { $0.state == .nodata && $0.absence == .starting } ?? true,
        left: probe.progress.map {
          world.facts.fact($0.left, at: now.monotonic)?.knownValue?.number ?? 0
        }
      )
    }
    let latency = world.facts.fact(FactName("service", service, "latency"), at: now.monotonic)
    var (state, word, kind) = verdict(profile(of: service), reading, probes, now)
    if let stopper {
      // What was stopped in its work has not done it, whatever it exited with.
      if state.severity < FactState.warn.severity { state = .warn }
      (word, kind) = ("\(Self.runtimeWord(reading)), \(stopper)", .health)
    }
    let failed = probes.first { $0.state == .crit }
    let runtimeWord = Self.runtimeWord(reading)
    return ServiceStatus(
      name: service,
      service: service,
      reading: reading,
      state: state,
      word: word,
      detail: failed != nil && runtimeWord != "running" ? runtimeWord : "",
      kind: kind,
      because: nil,
      needs: profile(of: service).needs,
      then: profile(of: service).then,
      probes: probes,
      latency: latency?.knownValue?.number,
      sampledAt: sampledAt,
      readers: profile(of: service).readers
    )
  }

  private func verdict(
    _ profile: ServiceProfile,
    _ reading: ServiceReading?,
    _ probes: [ServiceStatus.ProbeOutcome],
    _ now: Moment
  ) -> (FactState, String, FactKind) {
    if let reading, reading.isOutOfMemory { return (.crit, "out of memory", .health) }
    if let reading, case .exited(0) = reading.state, profile.isMeantToEnd(reading) == true {
      return (.ok, "done", .health)
    }
    if reading?.state != .starting, let failed = probes.first(where: { $0.state == .crit }) {
      return (.crit, Self.told(failed, beside: probes), .health)
    }
    guard let reading else { return unseen(probes.filter(\.isOwn)) }
    switch reading.state {
    case .running: return running(reading, probes, now)
    // Done or stopped: nobody here can tell. What lived as what sets something up does is no reason to worry.
    case .exited(0) where profile.isMeantToEnd(reading) == nil && reading.looksDone:
      return (.nodata, Self.runtimeWord(reading), .info)
    case .exited(0) where profile.isMeantToEnd(reading) == nil:
      return (.warn, Self.runtimeWord(reading), .health)
    case .starting: return starting(reading, now)
    case .restarting, .failing, .paused, .stopping, .stopped, .exited:
      return (.crit, Self.runtimeWord(reading), .health)
    case .degraded(let word), .other(let word): return (.warn, word, .health)
    case .unreadable(let word): return (.error, word, .health)
    }
  }

  /// What its own probes say of a service that the runtime doesn't know.
  private func unseen(_ own: [ServiceStatus.ProbeOutcome]) -> (FactState, String, FactKind) {
    guard !own.isEmpty else { return (.nodata, "not there", .health) }
    if let unknown = own.first(where: { !$0.state.isKnown }) {
      return (unknown.state, Self.told(unknown, beside: own), .health)
    }
    if let doubtful = own.first(where: { $0.state == .warn }) {
      return (.warn, Self.told(doubtful, beside: own), .health)
    }
    return (.ok, "answers", .health)
  }

  private func running(
    _ reading: ServiceReading,
    _ probes: [ServiceStatus.ProbeOutcome],
    _ now: Moment
  ) -> (FactState, String, FactKind) {
    switch reading.health {
    case .unhealthy: return (.crit, "unhealthy", .health)
    case .starting: return starting(reading, now)
    case .healthy, .none: break
    }
    // What it needs may answer well while it hangs itself: only its own probes speak for it.
    let own = probes.filter(\.isOwn)
    // Who takes work is well if that goes on, however many there are to take it.
    if let work = own.first(where: { $0.left != nil }), !work.state.isKnown {
      guard work.isStarting else {
        return (work.state, Self.told(work, beside: probes), work.state == .nodata ? .info : .health)
      }
      if work.left ?? 0 > 0, !isYoung(reading, now) { return (.nodata, "not seen to work yet", .health) }
    }
    // Where one can't be read (429, a server that is silent, an answer in part) no other one speaks for it.
    if let unknown = own.first(where: { !$0.state.isKnown && !$0.isStarting && !$0.isWithoutLogin }) {
      return (unknown.state, Self.told(unknown, beside: probes), .health)
    }
    // Where there is no login for it, those that need none may speak.
    if let unknown = own.first(where: { !$0.state.isKnown && !$0.isStarting }),
      own.allSatisfy({ !$0.state.isKnown })
    {
      return (unknown.state, Self.told(unknown, beside: probes), .health)
    }
    // A login that is refused, a Prometheus that scrapes nothing: it runs, and something is to be done.
    if let doubtful = own.first(where: { $0.state == .warn }) {
      return (.warn, Self.told(doubtful, beside: probes), .health)
    }
    if reading.health == .healthy { return (.ok, "healthy", .health) }
    if own.isEmpty { return (.nodata, "no check", .info) }
    if own.contains(where: { !$0.state.isKnown && $0.isStarting }) {
      return (.nodata, "starting", .info)
    }
    if own.contains(where: { $0.state == .ok }) { return (.ok, "healthy", .health) }
    return (.nodata, "starting", .info)
  }

  /// Whether its start is so near that nothing is to be seen of it yet; also where the start isn't known.
  private func isYoung(_ reading: ServiceReading, _ now: Moment) -> Bool {
    guard let startedAt = reading.startedAt else { return true }
    return now.wall.secondsSince1970 - startedAt.secondsSince1970 <= Self.startPeriod
  }

  private func starting(_ reading: ServiceReading, _ now: Moment) -> (FactState, String, FactKind) {
    guard let startedAt = reading.startedAt else { return (.nodata, "starting", .info) }
    let elapsed = now.wall.secondsSince1970 - startedAt.secondsSince1970
    if elapsed > Self.startPeriod { return (.warn, "still starting", .health) }
    // By a clock that was set back it would be starting for as long as that took.
    if elapsed < -Self.startPeriod { return (.warn, "starting, clock changed", .health) }
    return (.nodata, "starting", .info)
  }

  /// A probe's word, named unless it is the service's own check: `refused`, `canary timed out`.
  private static func told(
    _ probe: ServiceStatus.ProbeOutcome,
    beside probes: [ServiceStatus.ProbeOutcome]
  ) -> String {
    probe.name == probes.first?.name ? probe.word : "\(probe.name) \(probe.word)"
  }

  /// What the runtime says, in a word.
  public static func runtimeWord(_ reading: ServiceReading?) -> String {
    reading?.state.word ?? "not known to the runtime"
  }
}
