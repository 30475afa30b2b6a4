internal import DataSources
internal import Facts

/// The proof of a restart: the target has a new start and its own probes hold in that new life, then the
/// services that need it are back.
///
/// Only samples of the new life count: a probe answered by the old process, or by one that has died since,
/// proves nothing.
struct RestartProof: ProofMachine {
  /// The newest life of the target, and when it was first seen.
  private struct Life: Sendable {
    var incarnation: String
    var since: MonotonicTime
  }

  let details: ServiceDetails
  let timing: ProofTiming
  let outcome: ActOutcome
  private let before: ServiceIdentity
  private var start = ProofPart("new start")
  private var probes: ServiceProbes
  /// Whether its worker has come anew; nil of a service that works on no queue.
  private var consumers: ConsumerProof?
  private var health = ProofPart("health check")
  private var stays = ProofPart("stays up")
  private var ended = ProofPart("ends well", needed: 3)
  /// Whether the newest reading is of a good end in the new life.
  private var hasEnded = false
  private var then: [DependentProof]
  /// Since when the services of `then` are waited for; nil while the target is not back itself.
  private var thenSince: MonotonicTime?
  private var life: Life?
  /// How the target was last seen down after it had been up in a new life; nil if it was not.
  private var fell: Fall?
  /// What is said of the start where it is not proven.
  private var trouble = "the runtime gave no answer"
  private var isChecked: Bool
  /// Whether its new life is that of another container: somebody made one meanwhile.
  private var isAnother = false

  /// How a new life ended: with the runtime's words, or unseen.
  private enum Fall {
    case seen(String)
    case unseen
  }

  init(_ details: ServiceDetails, after outcome: ActOutcome, timing: ProofTiming) {
    self.details = details
    self.timing = timing
    self.outcome = outcome
    before = details.reading.identity
    isChecked = details.reading.health != .none
    probes = ServiceProbes(details.profile, counts: details.counts, timing: timing)
    if probes.queueSource != nil {
      let consumers = ConsumerProof(
        begunAt: outcome.begunAt.monotonic,
        before: probes.queueSource.flatMap { outcome.consumers[$0] },
        from: details.reading.addresses,
        isAnew: true,
        timing: timing
      )
      self.consumers = consumers
      probes.work = consumers.work
    }
    then = details.then.map { DependentProof($0, after: outcome, timing: timing) }
  }

  private var end: MonotonicTime { outcome.endedAt.monotonic }

  var questions: [ProofQuestion] {
    guard thenSince == nil else { return [.services] + then.flatMap(\.questions) }
    let queue = probes.queueSource.map { [ProofQuestion.consumers($0)] } ?? []
    return [.services] + probes.sources.map(ProofQuestion.source) + queue
  }

  mutating func take(
    _ answer: ProofAnswer,
    to question: ProofQuestion,
    startedAt start: MonotonicTime,
    now: MonotonicTime
  ) -> [ProofQuestion] {
    switch answer {
    case .services(.failure(let failure)):
      guard life == nil else { return [] }
      trouble = "the runtime did not answer for \(Format.seconds(timing.within)): \(failure.word)"
      self.start.take(.unclear(failure.word), at: start)
    case .services(.success(let readings)):
      for index in then.indices {
        then[index].take(readings, at: start, checkedAfter: outcome.endedAt.wall, now: now)
      }
      let found =
        readings.first { $0.identity.id == before.id }
        ?? readings.first { $0.name == details.reading.name && details.reading.instance == $0.instance }
      consumers?.take(
        addresses: found?.addresses ?? [],
        others: readings.filter { $0.identity.id != found?.identity.id }
          .reduce(into: []) { $0.formUnion($1.addresses) },
        hasSiblings: readings.count { $0.name == details.reading.name } > 1
      )
      return follow(found, at: start, now: now)
    case .report(let report?):
      if let life { probes.take(report, earliest: life.since, begunAt: outcome.begunAt.monotonic) }
      if let thenSince {
        for index in then.indices { then[index].take(report, earliest: thenSince) }
      }
    case .consumers(let answer):
      if let thenSince, start >= thenSince, case .consumers(let source) = question {
        for index in then.indices { then[index].take(answer, of: source, at: start, now: now) }
      }
      guard let life, start >= life.since else { break }
      consumers?.take(answer, at: start, now: now)
      probes.work = consumers?.work ?? .ofAll
    case .report(nil), .facts: break
    }
    return []
  }

  private mutating func follow(
    _ reading: ServiceReading?,
    at start: MonotonicTime,
    now: MonotonicTime
  ) -> [ProofQuestion] {
    guard let reading, reading.identity != before, !reading.identity.incarnation.isEmpty,
      beganAfterTheAct(reading, now: now), reading.state == .running || hasEndedWell(reading)
    else {
      if life != nil { fell = .seen(reading.map(words) ?? "gone") }
      life = nil
      forgetLife()
      self.start.take(absence(of: reading), at: start)
      return []
    }
    var urgent: [ProofQuestion] = []
    if life?.incarnation != reading.identity.incarnation {
      if life != nil { fell = .unseen }
      life = Life(incarnation: reading.identity.incarnation, since: now)
      isAnother = reading.identity.id != before.id
      forgetLife()
      // The old life's answers may still be under way: ask the new one at once.
      urgent = probes.sources.map(ProofQuestion.source)
    }
    take(reading, at: start, now: now)
    return urgent
  }

  /// By how much the runtime's clock may differ from this one.
  private static let clockTolerance = Duration.seconds(300)

  /// Whether the start that is told lies after the one before and, as far as clocks agree, after the act: another
  /// text for the same start, an older one and one in the future are no new start.
  private func beganAfterTheAct(_ reading: ServiceReading, now: MonotonicTime) -> Bool {
    guard let begun = reading.identity.begunAt else { return true }
    if reading.identity.id == before.id, let old = before.begunAt, begun <= old { return false }
    let wallNow = outcome.endedAt.wall + (now - outcome.endedAt.monotonic)
    return begun >= outcome.begunAt.wall - Self.clockTolerance && begun <= wallNow + Self.clockTolerance
  }

  private mutating func forgetLife() {
    probes.forget()
    consumers?.forget()
    probes.work = consumers?.work ?? .ofAll
    health.forget()
    stays.forget()
    ended.forget()
    hasEnded = false
  }

  /// What one reading of the new life says.
  private mutating func take(_ reading: ServiceReading, at start: MonotonicTime, now: MonotonicTime) {
    let age = life.map { now - $0.since } ?? .zero
    let isSettled = age >= timing.settling
    switch fell {
    case .seen(let words) where !isSettled:
      trouble = "it does not stay up: \(words)"
      self.start.take(.fails("does not stay up"), at: start)
    case .unseen where !isSettled:
      trouble = "it restarted again or answered too rarely for \(Format.seconds(timing.within))"
      self.start.take(.unclear("restarted again"), at: start)
    case nil, .seen, .unseen: self.start.take(.holds("yes"), at: start)
    }
    isChecked = isChecked || reading.health != .none
    switch reading.health {
    case .healthy where isCheckedBefore(reading):
      health.take(.waiting("healthy before, not checked since"), at: start)
    case .healthy: health.take(.holds("healthy"), at: start)
    case .unhealthy: health.take(.fails("unhealthy"), at: start)
    case .starting: health.take(.waiting("starting"), at: start)
    case .none: health.take(.waiting(), at: start)
    }
    stays.take(isSettled ? .holds("yes") : .waiting(Format.progress(age, of: timing.settling)), at: start)
    hasEnded = hasEndedWell(reading)
    if hasEnded, details.profile.isMeantToEnd(reading) == true {
      ended.take(.holds("exited 0"), at: start)
    } else if hasEnded {
      // It may have been a server that could not begin.
      ended.take(.untellable("exited 0, and nothing says that it is meant to end"), at: start)
    } else {
      ended.take(isSettled ? .untellable("it runs and has not ended yet") : .waiting("runs"), at: start)
    }
  }

  /// Whether its last health check was made before this life began, by the runtime's own clock.
  private func isCheckedBefore(_ reading: ServiceReading) -> Bool {
    guard let checked = reading.checkedAt, let begun = reading.identity.begunAt else { return false }
    return checked < begun
  }

  /// Whether it is meant to end, and has, in a life after the act.
  private func hasEndedWell(_ reading: ServiceReading) -> Bool {
    guard reading.state == .exited(code: 0) else { return false }
    let isMeantTo = details.profile.isMeantToEnd(reading)
    // Of what only looks so the life before must have ended so, too: what served for days has died.
    return isMeantTo == true || isMeantTo == nil && reading.looksDone && details.reading.looksDone
  }

  private var isOneShot: Bool { hasEnded || details.profile.isMeantToEnd(details.reading) == true }

  /// What a reading without a new life says of the start.
  private mutating func absence(of reading: ServiceReading?) -> Evidence {
    guard let reading else {
      trouble = "it is gone: the runtime does not know it any more"
      return .fails("gone")
    }
    if reading.identity != before, reading.state == .running {
      trouble = "the start that is told is not after the act: another one's, or by a clock that is wrong"
      return .unclear("not after the act")
    }
    if case .unreadable = reading.state {
      trouble = "whether it runs is not known: \(words(reading))"
      return .unclear("not known")
    }
    guard reading.identity == before, reading.state == .running else {
      trouble = "it does not run: \(words(reading))"
      return .fails(ServiceAssessor.runtimeWord(reading))
    }
    if case .uncertain(let failure) = outcome.answer {
      trouble = "the request \(failure.word) and the start time did not change"
      return .unclear("not yet")
    }
    trouble = "start time did not change"
    return .fails("not yet")
  }

  /// What the runtime says of it; of a new life that is over how long it was, too.
  private func words(_ reading: ServiceReading) -> String {
    var words = ServiceAssessor.runtimeWord(reading)
    if case .exited(let code?) = reading.state, let lived = reading.lived,
      reading.identity.incarnation != before.incarnation
    {
      let again = details.reading.state.hasEnded ? " again" : ""
      words = "exited\(again) after \(Format.seconds(lived)) with code \(code)"
    }
    return words + (reading.detail.isEmpty ? "" : ": \(reading.detail)")
  }

  mutating func stages(at now: MonotonicTime) -> [ProofStage] {
    let own = ProofStage(parts: parts, since: end, within: timing.within)
    switch own.standing {
    case .proven, .unproven: break
    case .failed, .unknown, .open:
      thenSince = nil
      return [own]
    }
    guard !then.isEmpty else { return [own] }
    let since = thenSince ?? now
    thenSince = since
    return [own] + then.map { $0.stage(since: since, within: timing.thenWithin) }
  }

  /// Recovered is not well: a Prometheus is back whose targets are down, it is another's container, or its values are
  /// old.
  var caution: SafeText? {
    var cautions = probes.cautions + then.flatMap(\.cautions)
    // Whoever it was: it is told, and not done again.
    if fell != nil, !isAnother { cautions.append("it started once more meanwhile, not by this console") }
    if isAnother {
      cautions.append("made anew meanwhile, by somebody else: it is another container")
    } else if !details.outdated.isEmpty {
      cautions.append("it keeps the old \(details.outdated.joined(separator: ", ")); recreate it")
    }
    return cautions.isEmpty ? nil : SafeText(cautions.joined(separator: ", "), limit: 300)
  }

  /// By its own probes, else its health check, else by nothing but that it stays up.
  private var parts: [ProofPart] {
    if isOneShot { return [start, ended] }
    let own = probes.parts + (consumers.map { [$0.part] } ?? [])
    if probes.isTellable { return [start] + own + (isChecked ? [health] : []) }
    if isChecked { return [start, health] }
    return [start, stays] + (probes.parts.isEmpty ? [Self.unchecked] : probes.parts)
  }

  /// What stands for a check where there is none.
  static var unchecked: ProofPart {
    var part = ProofPart("check")
    part.take(.untellable("nothing to prove it by"), at: MonotonicTime(nanoseconds: 0))
    return part
  }

  func next(after service: String) -> ActionTarget? {
    then.first { $0.service == service }.map { dependent in
      ActionTarget(.service, name: service, identity: dependent.identity)
    }
  }

  func sentence(of ending: ProofEnding) -> SafeText {
    switch ending {
    case .proven(let took):
      if isOneShot { return "ran and exited 0 in \(SafeText(Format.seconds(took)))" }
      let word = parts.contains(health) ? ": healthy" : ""
      return "recovered in \(SafeText(Format.seconds(took)))\(SafeText(word))"
    case .unproven(let part): return unproven(part)
    case .failed(let part, let within): return SafeText(failed(part, Format.seconds(within)), limit: 300)
    case .unknown(let part, let within): return SafeText(unknown(part, Format.seconds(within)), limit: 300)
    case .notBack(let missing):
      let words = missing.map { missing in
        let part = missing.part.map { ": \($0.name) \($0.evidence.word)" } ?? ""
        let wasUnwell = details.then.first { $0.profile.name == missing.service }?.wasUnwell
        return missing.service + part + (wasUnwell.map { " (before the restart: \($0))" } ?? "")
      }
      return SafeText(
        "\(details.reading.name) is back, not recovered: \(words.joined(separator: ", "))",
        limit: 300
      )
    }
  }

  private func unproven(_ part: ProofPart) -> SafeText {
    let word = part.untellable ?? part.evidence.word
    let isPlain = [Self.unchecked.name, ended.name].contains(part.name) || word == "no login"
    let stayed = parts.contains(stays) ? "; same start time \(Format.seconds(timing.settling)) later" : ""
    return SafeText((isPlain ? word : "\(part.name) \(word)") + stayed)
  }

  private func failed(_ part: ProofPart, _ limit: String) -> String {
    if part.name == start.name { return trouble }
    if part.name == health.name { return "starts but is unhealthy for \(limit)" }
    if let first = probes.parts.first, first.name != part.name, first.held > 0 {
      return "starts and answers, but \(part.name) \(part.evidence.word) for \(limit)"
    }
    return part.isCount
      ? "starts, but after \(limit): \(part.name) is \(part.evidence.word)"
      : "starts but never answers: \(part.name) \(part.evidence.word) for \(limit)"
  }

  private func unknown(_ part: ProofPart, _ limit: String) -> String {
    if part.name == start.name { return trouble }
    if part.name == health.name { return "its health check is still starting" }
    switch part.evidence {
    case .holds: return "it restarted again or answered too rarely for \(limit)"
    case .waiting(let word) where word != Evidence.waiting().word:
      return "started, but \(part.name) \(word), for \(limit)"
    case .waiting: return "started, but \(part.name) gave no answer for \(limit)"
    case .fails, .unclear, .untellable: return "started, but \(part.name) \(part.evidence.word)"
    }
  }
}
