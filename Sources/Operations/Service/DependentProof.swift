internal import DataSources
internal import Facts

/// The recovery of one service that needs the target of an act: that it runs, and its own probes, else its health
/// check, else nothing but that it runs.
struct DependentProof: Sendable {
  private let profile: ServiceProfile
  private let before: [ServiceReading]
  private let outcome: ActOutcome
  private let timing: ProofTiming
  private var probes: ServiceProbes
  /// Whether its worker is at its queue; nil of a service that works on no queue.
  private var consumers: ConsumerProof?
  private var health = ProofPart("health check")
  private var running: ProofPart
  private var isChecked = false
  /// Whether its health check says something else than that it is healthy.
  private var isDoubted = false
  /// Whether the runtime knows of it.
  private var isThere = false
  /// The first container or process of it, as the runtime told it last.
  private(set) var identity: ServiceIdentity?
  /// The lives that are told now, and when they were seen first.
  private var lives: Set<ServiceIdentity> = []
  private var livesSince = MonotonicTime(nanoseconds: 0)
  private let instances: Int
  /// The checks that lay ahead of our clock when they were seen first, by the container's id.
  private var checksAhead: [String: WallTime] = [:]
  private var firstAt: MonotonicTime?
  /// How far the clocks of an engine and of this machine may be apart without a word.
  private static let clockTolerance = Duration.seconds(2)

  init(_ dependent: ServiceDetails.Dependent, after outcome: ActOutcome, timing: ProofTiming) {
    self.outcome = outcome
    self.timing = timing
    before = dependent.before
    profile = dependent.profile
    instances = dependent.instances
    running = ProofPart("runs", needed: timing.holding, spacing: timing.spacing)
    probes = ServiceProbes(dependent.profile, counts: dependent.counts, timing: timing)
    lives = Set(before.map(\.identity))
    lookForConsumers()
  }

  /// The service's name.
  var service: String { profile.name }

  /// What is asked of its probes and of its queue.
  var questions: [ProofQuestion] {
    probes.sources.map(ProofQuestion.source)
      + (probes.queueSource.map { [.consumers($0)] } ?? [])
  }

  /// A worker of a new life must come to its queue anew; one that lived on is there.
  private mutating func lookForConsumers() {
    guard let queue = probes.queueSource else { return }
    let isKept = !lives.isEmpty && lives.isSubset(of: before.map(\.identity))
    let consumers = ConsumerProof(
      begunAt: outcome.begunAt.monotonic,
      before: outcome.consumers[queue],
      from: before.reduce(into: []) { $0.formUnion($1.addresses) },
      isAnew: !isKept,
      timing: timing
    )
    self.consumers = consumers
    probes.work = consumers.work
  }

  /// Whether there is a probe that somebody can tell.
  var isTellable: Bool { probes.isTellable }

  /// Takes the runtime's answer: all of its containers or processes count.
  ///
  /// What its health check said before the act's end, at `checkedAfter`, is no word about the time since.
  mutating func take(
    _ readings: [ServiceReading],
    at start: MonotonicTime,
    checkedAfter: WallTime,
    now: MonotonicTime
  ) {
    firstAt = firstAt ?? start
    let mine = readings.filter { $0.name == profile.name }
    let newest = Set(mine.map(\.identity))
    if newest != lives {
      // What was seen belongs to another life of it.
      lives = newest
      livesSince = now
      running.forget()
      health.forget()
      probes.forget()
      lookForConsumers()
    }
    consumers?.take(
      addresses: mine.reduce(into: []) { $0.formUnion($1.addresses) },
      others: readings.filter { $0.name != profile.name }.reduce(into: []) { $0.formUnion($1.addresses) },
      hasSiblings: false
    )
    isThere = !mine.isEmpty
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
    isDoubted = mine.contains { $0.health == .unhealthy || $0.health == .starting }
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
    probes.take(report, earliest: max(earliest, livesSince))
  }

  /// Takes who consumes from the queue of a source.
  mutating func take(
    _ answer: Result<[QueueConsumer], SourceFailure>?,
    of source: String,
    at start: MonotonicTime,
    now: MonotonicTime
  ) {
    guard source == probes.queueSource, start >= livesSince else { return }
    consumers?.take(answer, at: start, now: now)
    probes.work = consumers?.work ?? .ofAll
  }

  func stage(since: MonotonicTime, within: Duration) -> ProofStage {
    // What no runtime here ever knew is known by its probes alone.
    let runs = instances == 0 && !isThere && probes.isTellable ? [] : [running]
    let own = probes.parts + (consumers.map { [$0.part] } ?? [])
    let parts =
      if probes.isTellable {
        // Its probes have the word that was asked for now: a check that was well before adds none to it.
        runs + own + (isDoubted ? [health] : [])
      } else if isChecked {
        runs + [health]
      } else {
        runs + (own.isEmpty ? [RestartProof.unchecked] : own)
      }
    // A health check is made every 30 s unless told otherwise: less would wait in vain.
    let patience = isDoubted || !probes.isTellable && isChecked ? max(within, timing.within) : within
    return ProofStage(subject: profile.name, parts: parts, since: since, within: patience)
  }
}
