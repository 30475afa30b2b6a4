public import DataSources
public import Facts

/// What is known and what follows from it: reports go in; services are judged, alerts timed, samples kept and changes told.
///
/// A pure value: the screen and every command without a screen share it.
public struct Monitor: Sendable {
  /// Samples that a history keeps: 30 minutes at 2 s.
  private static let historyCapacity = 900
  /// How long a history outlives its fact: queues that come and go by the hour must not pile up.
  private static let historyOutlives = Duration.seconds(30 * 60)
  /// After so long everything is looked at again, whether there is news of it or not: samples grow stale.
  private static let lookAgainAfter = Duration.seconds(1)
  private static let groupAgainAfter = Duration.seconds(300)

  /// What is known.
  public private(set) var world = World()
  /// What follows from it, as it was found when reports or time last came in; nil where something else changed
  /// since.
  public private(set) var derived: Derived?
  /// Samples of the facts that sparklines and charts show.
  public private(set) var history: [FactName: HistoryRing] = [:]
  /// Whether nothing is under way that is told in seconds: every source answers, no alert counts.
  public private(set) var isQuiet = false
  /// How services are judged.
  public let assessor: ServiceAssessor
  /// Whom to tell, by level.
  public let escalation: [EscalationSettings]
  private var restarts = RestartWatch()
  private var attention = RunAttention()
  /// What was grouped last.
  private var failures: [RunCauses.Ground] = []
  private var groupedAt: MonotonicTime?
  private var alerts: AlertEngine
  private var timeline: Timeline
  private var sourceIDs: [String] = []
  /// When histories of facts that are gone were last looked for.
  private var sweptAt: MonotonicTime?
  /// When everything was last looked at.
  private var lookedAt: MonotonicTime?
  /// When it went on after it had been stopped: what was asked before was not heard.
  private var resumedAt: MonotonicTime?

  /// Makes a monitor that knows nothing yet.
  public init(
    assessor: ServiceAssessor,
    alerts: [AlertSettings],
    escalation: [EscalationSettings] = EscalationSettings.builtIn,
    author: AuditAuthor
  ) {
    self.assessor = assessor
    self.escalation = escalation
    self.alerts = AlertEngine(alerts, escalation: escalation)
    timeline = Timeline(author: author)
  }

  /// Tells of the acts that consoles before left open.
  public mutating func take(leftOpen acts: [AuditEntry]) {
    timeline.take(leftOpen: acts)
  }

  /// Introduces the sources before their first polls.
  public mutating func introduce(_ descriptors: [SourceDescriptor]) {
    derived = nil
    for descriptor in descriptors {
      sourceIDs.append(descriptor.id)
      world.introduce(
        source: descriptor.id,
        interval: descriptor.interval,
        qualifier: descriptor.qualifier,
        waitingFor: descriptor.waitsFor,
        declares: descriptor.declares.map { ($0.name, $0.kind, $0.unit) }
      )
    }
  }

  /// Sources are polled `pace` times slower than configured from now on.
  public mutating func setPace(_ pace: Double) {
    derived = nil
    world.setPace(pace)
  }

  /// Takes in one finished poll.
  public mutating func apply(_ report: SourceReport) {
    apply([report])
  }

  /// Takes in the polls that ended in one turn of the loop, and draws the conclusions once.
  public mutating func apply(_ reports: [SourceReport]) {
    let reports = reports.filter(isHeard)
    guard let now = reports.map(\.endedAt).max(by: { $0.monotonic < $1.monotonic }) else { return }
    var news: Set<FactName> = []
    for report in reports {
      let told = world.apply(report)
      keepSamples(of: told, in: report)
      news.formUnion(told)
    }
    news.formUnion(attention.take(reports, in: &world))
    groupFailures(reports, at: now)
    sweepHistory(at: now.monotonic)
    // A runtime that has told nothing yet, and fails, says something of every service that should run.
    let runtimes = [assessor.runtime, world.servicesOrigin?.source].compactMap { $0 }
    // Who stopped a service is told by the audit log.
    let hasServices = reports.contains { runtimes.contains($0.source) || $0.source == AuditSource.id }
    derive(news, judgesServices: hasServices, at: now)
  }

  /// Takes in that the console itself was stopped for so long and goes on at `now`.
  public mutating func takeStop(of duration: Duration, at now: Moment) {
    resumedAt = now.monotonic
    timeline.takeStop(of: duration, at: now)
  }

  /// Whether an answer, or its lack, says anything: not of a poll that the console slept through.
  private func isHeard(_ report: SourceReport) -> Bool {
    guard let resumedAt else { return true }
    return report.startedAt.monotonic >= resumedAt || report.endedAt.monotonic < resumedAt
  }

  private mutating func keepSamples(of told: Set<FactName>, in report: SourceReport) {
    guard case .success(let reading) = report.result else { return }
    for observation in reading.observations
    where observation.isDrawn && told.contains(observation.name) {
      history[observation.name, default: HistoryRing(capacity: Self.historyCapacity)].append(
        observation.state.isKnown ? observation.value?.number : nil,
        at: report.startedAt.monotonic
      )
    }
  }

  /// Groups what runs failed for, where the reasons are others than before.
  private mutating func groupFailures(_ reports: [SourceReport], at now: Moment) {
    let isTold = reports.contains { report in
      guard case .success(let reading) = report.result else { return false }
      return reading.snapshots.contains { $0 is RunsSnapshot || $0 is TaskFailures }
    }
    guard isTold else { return }
    let runs = world.snapshots(RunsSnapshot.self).map(\.value)
    let tasks = RunCauses.reasons(of: world.failedTasks, in: runs, at: now.wall)
    let reasons =
      runs.map {
        RunCauses.Ground(reasons: $0.reasons, failures: $0.failures, tested: $0.tested, former: $0.former)
      } + [RunCauses.Ground(reasons: tasks, failures: 0)]
    // What is new grows old by itself.
    let isOld = groupedAt.map { now.monotonic - $0 >= Self.groupAgainAfter } ?? true
    guard isOld || reasons != failures else { return }
    (failures, groupedAt) = (reasons, now.monotonic)
    world.conclude(RunCauses(of: runs, tasks: tasks, at: now.wall), by: RunCauses.judge, at: now.monotonic)
  }

  /// Forgets, once a minute, the histories of facts that nobody has told for long.
  private mutating func sweepHistory(at now: MonotonicTime) {
    if let sweptAt, now - sweptAt < .seconds(60) { return }
    sweptAt = now
    history = history.filter { _, ring in
      ring.newest.map { now - $0.time < Self.historyOutlives } ?? false
    }
  }

  /// Lets time pass: staleness, alerts' timers.
  public mutating func tick(at now: Moment) {
    lookedAt = nil
    derive([], judgesServices: true, at: now)
  }

  /// Draws the conclusions from what there is news of.
  private mutating func derive(_ news: Set<FactName>, judgesServices: Bool, at now: Moment) {
    let isDue = lookedAt.map { now.monotonic - $0 >= Self.lookAgainAfter } ?? true
    if isDue { lookedAt = now.monotonic }
    var news = news
    if isDue || judgesServices || assessor.isTouched(by: news) {
      news.formUnion(judgeServices(at: now))
    }
    let (snapshot, events) = alerts.advance(world, now: now, news: isDue ? nil : news)
    world.conclude(snapshot, AlertEngine.facts(of: snapshot), by: AlertEngine.source, at: now.monotonic)
    timeline.take(events)
    let told = timeline.advance(world, now: now, news: isDue ? nil : news)
    world.conclude(told, by: Timeline.source, at: now.monotonic)
    derived = Derived(world, at: now.monotonic)
    isQuiet =
      hasHeardAll && failingSources.isEmpty
      && snapshot.alerts.allSatisfy { $0.state == .inactive || $0.state == .unknown }
  }

  private mutating func judgeServices(at now: Moment) -> Set<FactName> {
    if let reading = world.snapshot(ServicesSnapshot.self) {
      restarts.take(reading.value.services, at: reading.sampledAt)
    }
    guard let statuses = assessor.assess(world, restarts: restarts, at: now) else { return [] }
    let facts = assessor.facts(of: statuses, world)
    return world.conclude(statuses, facts, by: ServiceAssessor.source, at: now.monotonic)
  }

  /// The services as they are judged; nil before anything is known.
  public var services: ServiceStatuses? {
    world.snapshot(ServiceStatuses.self)?.value
  }

  /// What follows from all that is known at `now`.
  public func derived(at now: MonotonicTime) -> Derived {
    guard let derived, derived.at == now else { return Derived(world, at: now) }
    return derived
  }

  /// What counts now.
  public func health(at now: MonotonicTime) -> Health {
    derived(at: now).health
  }

  /// The worst state of all that counts; no data when nothing does.
  public func worst(at now: MonotonicTime) -> FactState {
    health(at: now).worst
  }

  /// How many sources are well, of all: they answer, and nothing that they probe says no.
  public var sourceStates: (well: Int, all: Int) {
    let states = sourceIDs.compactMap { world.status(of: $0) }
    return (states.count(where: \.isWell), states.count)
  }

  /// The sources that fail now, and how.
  public var failingSources: [(id: String, word: String)] {
    sourceIDs.compactMap { id in world.status(of: id)?.failure.map { (id, $0.word) } }
  }

  /// Whether every source has ended its first poll.
  public var hasHeardAll: Bool {
    sourceIDs.allSatisfy { !(world.status(of: $0)?.isStarting ?? true) }
  }
}
