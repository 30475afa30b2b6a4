internal import DataSources
internal import Facts

/// The recovery of one service that needs the target of an act: by its own probes, else by its health check,
/// else by nothing but that it runs.
struct DependentProof: Sendable {
  private let profile: ServiceProfile
  private var probes: ServiceProbes
  private var health = ProofPart("health check")
  private var running = ProofPart("runs")
  private var isChecked = false
  /// The first container or process of it, as the runtime told it last.
  private(set) var identity: ServiceIdentity?
  private let checkWithin: Duration
  private let instances: Int
  /// The checks that lay ahead of our clock when they were seen first, by the container's id.
  private var checksAhead: [String: WallTime] = [:]
  private var firstAt: MonotonicTime?
  /// How far the clocks of an engine and of this machine may be apart without a word.
  private static let clockTolerance = Duration.seconds(2)

  init(_ dependent: ServiceDetails.Dependent, timing: ProofTiming) {
    checkWithin = timing.within
    profile = dependent.profile
    instances = dependent.instances
    probes = ServiceProbes(dependent.profile, counts: dependent.counts, timing: timing)
  }

  /// The service's name.
  var service: String { profile.name }

  /// The sources that feed its probes.
  var sources: [String] { probes.sources }

  /// The source of the queue that it works on; nil if it works on none.
  var queueSource: String? { probes.queueSource }

  /// Whose work proves that work goes on.
  var work: ServiceProbes.Work {
    get { probes.work }
    set { probes.work = newValue }
  }

  /// Whether there is a probe that somebody can tell.
  var isTellable: Bool { probes.isTellable }

  /// Takes the runtime's answer: all of its containers or processes count.
  ///
  /// What its health check said before the act's end, at `checkedAfter`, is no word about the time since.
  mutating func take(_ readings: [ServiceReading], at start: MonotonicTime, checkedAfter: WallTime) {
    firstAt = firstAt ?? start
    let mine = readings.filter { $0.name == profile.name }
    identity = mine.first?.identity
    guard let worst = mine.first(where: { $0.state != .running }) ?? mine.first else {
      running.take(.fails("not there"), at: start)
      health.take(.waiting(), at: start)
      return
    }
    if mine.count < instances {
      running.take(.fails("\(mine.count) of \(instances) there"), at: start)
      health.take(.waiting(), at: start)
      return
    }
    running.take(
      worst.state == .running ? .holds("yes") : .fails(ServiceAssessor.runtimeWord(worst)),
      at: start
    )
    isChecked = mine.contains { $0.health != .none }
    if mine.contains(where: { $0.health == .unhealthy }) {
      health.take(.fails("unhealthy"), at: start)
    } else if mine.contains(where: { $0.health == .starting }) {
      health.take(.waiting("starting"), at: start)
    } else if mine.contains(where: { $0.health == .healthy && !isCheckedSince($0, checkedAfter, start) }) {
      health.take(.waiting("healthy before, not checked since"), at: start)
    } else {
      health.take(isChecked ? .holds("healthy") : .waiting(), at: start)
    }
  }

  /// Whether its last check was made after the act: by a clock that is ahead of ours only a further one tells.
  private mutating func isCheckedSince(
    _ reading: ServiceReading,
    _ end: WallTime,
    _ start: MonotonicTime
  ) -> Bool {
    guard let checked = reading.checkedAt, checked > end else { return false }
    let now = end + (start - (firstAt ?? start))
    guard checked > now + Self.clockTolerance else { return true }
    guard let first = checksAhead[reading.identity.id] else {
      checksAhead[reading.identity.id] = checked
      return false
    }
    return checked != first
  }

  /// What of it isn't well though it is back.
  var cautions: [String] { probes.cautions.map { "\(service): \($0)" } }

  /// Takes a source's answer.
  mutating func take(_ report: SourceReport, earliest: MonotonicTime) {
    probes.take(report, earliest: earliest)
  }

  func stage(since: MonotonicTime, within: Duration) -> ProofStage {
    let parts =
      if probes.isTellable {
        probes.parts
      } else if isChecked {
        [running, health]
      } else {
        [running] + (probes.parts.isEmpty ? [RestartProof.unchecked] : probes.parts)
      }
    // A health check is made every 30 s unless told otherwise: less would wait in vain.
    let patience = !probes.isTellable && isChecked ? max(within, checkWithin) : within
    return ProofStage(subject: profile.name, parts: parts, since: since, within: patience)
  }
}
