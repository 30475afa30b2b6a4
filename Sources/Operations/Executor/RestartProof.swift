internal import DataSources
internal import Facts

/// The proof of a restart: a state machine that says what to ask and, in the end, the verdict.
///
/// Only samples begun after the act's end count, and of those only samples of the new life: a probe
/// answered by the old process, or by one that has died since, proves nothing.
struct RestartProof: Sendable {
  /// What may be asked.
  ///
  /// Each question is its own: a hung one delays no other.
  enum Question: Sendable, Hashable {
    case runtime
    case source(String)
  }

  /// What to do next.
  enum Step: Sendable, Hashable {
    case ask([Question])
    case wait
    case ended(Verdict)
  }

  let details: RestartDetails
  let timing: ProofTiming
  let outcome: ActOutcome
  let before: ServiceIdentity
  var own: ProbeRow
  var then: [ProbeRow]
  /// Since when the proof of `then` runs; nil while the target's own does.
  var thenSince: MonotonicTime?
  var ownVerdict: Verdict?
  /// When that was clear.
  var ownSettledAt: MonotonicTime?
  /// The target as the runtime told it last, and how many such readings there were.
  var reading: ServiceReading?
  var runtimeFailure: SourceFailure?
  var hasSeenRuntime = false
  /// The new life, and when it was first seen.
  var life: (incarnation: String, since: MonotonicTime)?
  var healthySince: MonotonicTime?
  /// The target as it was last seen down after the act; nil if it never was.
  var lastDown: ServiceReading?
  var consumers: Double?
  var others: [String: ServiceReading] = [:]
  private var askedAt: [Question: MonotonicTime] = [:]
  private var waiting: Set<Question> = []

  init(_ details: RestartDetails, target: ServiceIdentity, after outcome: ActOutcome, timing: ProofTiming) {
    self.details = details
    self.timing = timing
    self.outcome = outcome
    before = target
    own = ProbeRow(details.profile, needed: timing.holding, spacing: timing.spacing)
    then = details.then.map { ProbeRow($0, needed: timing.holding, spacing: timing.spacing) }
  }

  var end: MonotonicTime { outcome.endedAt.monotonic }

  /// Takes the runtime's answer to a question begun at `start` and answered at `now`.
  mutating func take(
    _ result: Result<[ServiceReading], SourceFailure>,
    startedAt start: MonotonicTime,
    now: MonotonicTime
  ) {
    waiting.remove(.runtime)
    guard start >= end else { return }
    switch result {
    case .failure(let failure):
      runtimeFailure = failure
    case .success(let readings):
      runtimeFailure = nil
      hasSeenRuntime = true
      for reading in readings { others[reading.name] = reading }
      let found =
        readings.first { $0.identity.id == before.id }
        ?? readings.first { $0.name == details.reading.name && details.reading.instance == $0.instance }
      reading = found
      follow(found, now: now)
    }
  }

  private mutating func follow(_ reading: ServiceReading?, now: MonotonicTime) {
    guard let reading, reading.state == .running, !reading.identity.incarnation.isEmpty,
      reading.identity != before
    else {
      if let reading, reading.state.hasEnded { lastDown = reading }
      if life != nil { own.forget() }
      life = nil
      healthySince = nil
      return
    }
    if life?.incarnation != reading.identity.incarnation {
      life = (reading.identity.incarnation, now)
      own.forget()
      healthySince = nil
      // The old life's answers may still be under way: ask the new one at once.
      for source in details.profile.probeSources { askedAt[.source(source)] = nil }
    }
    healthySince = reading.health == .healthy ? healthySince ?? now : nil
  }

  /// Takes a source's answer; nil says that there is no such source.
  mutating func take(_ report: SourceReport?, from id: String) {
    waiting.remove(.source(id))
    guard let report else { return }
    if let life {
      own.take(report, earliest: life.since)
    }
    if let thenSince {
      for index in then.indices { then[index].take(report, earliest: thenSince) }
    }
    guard let wanted = details.consumers, report.startedAt.monotonic >= life?.since ?? end,
      case .success(let reading) = report.result
    else { return }
    for observation in reading.observations where observation.name == wanted.fact {
      consumers = observation.value?.number
    }
  }

  /// What to do at `now`; called again after every answer and every tick.
  mutating func next(now: MonotonicTime) -> Step {
    if ownVerdict == nil, let verdict = judge(now) {
      ownVerdict = verdict
      ownSettledAt = now
    }
    if let verdict = ownVerdict {
      guard verdict.outcome == .done || verdict.outcome == .doneUnproven, !then.isEmpty else {
        return .ended(verdict)
      }
      let since = thenSince ?? now
      thenSince = since
      if let whole = judgeThen(verdict, since: since, now: now) { return .ended(whole) }
    }
    let due = questions.filter { question in
      guard !waiting.contains(question) else { return false }
      return askedAt[question].map { now - $0 >= timing.interval } ?? true
    }
    guard !due.isEmpty else { return .wait }
    for question in due {
      askedAt[question] = now
      waiting.insert(question)
    }
    return .ask(due)
  }

  private var questions: [Question] {
    var sources: [String] = []
    if thenSince == nil {
      sources = details.profile.probeSources
      if let consumers = details.consumers { sources.append(consumers.source) }
    } else {
      sources = then.flatMap(\.profile.probeSources)
    }
    var seen: Set<String> = []
    return [.runtime] + sources.filter { seen.insert($0).inserted }.map(Question.source)
  }

  private func judge(_ now: MonotonicTime) -> Verdict? {
    if let life, let verdict = judge(life: life.since, now) { return verdict }
    guard now - end >= timing.within else { return nil }
    return verdict(atDeadline: now)
  }

  /// The verdict of a new life, nil while it isn't clear.
  private func judge(life since: MonotonicTime, _ now: MonotonicTime) -> Verdict? {
    let took = now - outcome.begunAt.monotonic
    guard hasConsumers else { return nil }
    if own.isSettled, own.untellable.count < own.profile.probes.count {
      guard let first = own.untellable.first else {
        return Verdict(.done, "recovered in \(Self.shown(took))", duration: took)
      }
      let word = first.word.contains("no login") ? "no login" : "\(first.name) \(first.word)"
      return Verdict(.doneUnproven, SafeText(word), duration: took)
    }
    guard own.profile.probes.isEmpty || own.isSettled else { return nil }
    if healthySince != nil {
      return Verdict(.done, "recovered in \(Self.shown(took)): healthy", duration: took)
    }
    guard reading?.health == ServiceReading.Health.none, now - since >= timing.settling else { return nil }
    let why = own.untellable.first.map { "\($0.name) \($0.word)" } ?? "nothing to prove it by"
    return Verdict(
      .doneUnproven,
      "\(SafeText(why)); same start time \(Self.shown(timing.settling)) later",
      duration: took
    )
  }

  /// A worker that was down before must consume again; one that was up, as much as before.
  var hasConsumers: Bool {
    guard let wanted = details.consumers else { return true }
    return (consumers ?? -1) >= Double(max(1, wanted.count))
  }

  private func judgeThen(_ verdict: Verdict, since: MonotonicTime, now: MonotonicTime) -> Verdict? {
    let missing = then.filter { !isBack($0) }
    let took = now - outcome.begunAt.monotonic
    if missing.isEmpty {
      var whole = verdict
      whole.duration = took
      return whole
    }
    guard now - since >= timing.thenWithin, let first = missing.first else { return nil }
    let names = missing.map(\.profile.name).joined(separator: ", ")
    return Verdict(
      verdict.outcome,
      SafeText("\(names) not recovered"),
      next: ActionTarget(
        .service,
        name: first.profile.name,
        identity: others[first.profile.name]?.identity
      ),
      duration: took
    )
  }

  /// Whether a dependent service is back: by its own probes, else by what the runtime says.
  func isBack(_ row: ProbeRow) -> Bool {
    if row.isSettled, row.untellable.count < row.profile.probes.count { return true }
    guard row.profile.probes.isEmpty || row.isSettled else { return false }
    guard let reading = others[row.profile.name], reading.state == .running else { return false }
    return reading.health == .healthy || reading.health == .none
  }
}
