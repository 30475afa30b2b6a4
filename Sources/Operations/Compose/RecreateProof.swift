internal import DataSources
internal import Facts

/// The proof of a recreation: all containers of the service are others than before, have the files' values, and are
/// well as after a restart; then the services that need it are back.
struct RecreateProof: ProofMachine {
  /// The fact of how many variables differ from the files.
  static let differing: FactName = "compose.differing"

  private let details: RecreateService.Details
  private let timing: ProofTiming
  private let outcome: ActOutcome
  private let old: Set<String>
  private var recreated: ProofPart
  private var values = ProofPart("values")
  private var stays = ProofPart("stays up")
  private var ended = ProofPart("ends well", needed: 3)
  /// The lives that are proven now, and since when.
  private var lives: Set<ServiceIdentity> = []
  private var since: MonotonicTime
  private var well: DependentProof
  private var then: [DependentProof]
  private var thenSince: MonotonicTime?
  /// The first containers that were not there before: whoever made others did it after us.
  private var made: Set<String> = []
  private var isMadeAnew = false
  private var fell = false

  init(_ details: RecreateService.Details, after outcome: ActOutcome, timing: ProofTiming) {
    self.details = details
    self.timing = timing
    self.outcome = outcome
    old = Set(details.containers.map(\.identity.id))
    recreated = ProofPart(details.containers.count == 1 ? "new container" : "new containers")
    since = outcome.endedAt.monotonic
    well = DependentProof(Self.own(details), after: outcome, timing: timing)
    then = details.service.then.map { DependentProof($0, after: outcome, timing: timing) }
  }

  /// The service itself, as one whose recovery is proven.
  private static func own(_ details: RecreateService.Details) -> ServiceDetails.Dependent {
    ServiceDetails.Dependent(
      details.service.profile,
      counts: details.service.counts,
      before: details.containers
    )
  }

  private var name: String { details.service.reading.name }

  var questions: [ProofQuestion] {
    [.services] + (details.tellsValues ? [.own(name)] : [])
      + (thenSince == nil ? well.questions : then.flatMap(\.questions))
  }

  mutating func take(
    _ answer: ProofAnswer,
    to question: ProofQuestion,
    startedAt start: MonotonicTime,
    now: MonotonicTime
  ) -> [ProofQuestion] {
    switch answer {
    case .services(.failure(let failure)):
      if lives.isEmpty { recreated.take(.unclear(failure.word), at: start) }
    case .services(.success(let readings)):
      for index in then.indices {
        then[index].take(readings, at: start, checkedAfter: outcome.endedAt.wall, now: now)
      }
      return follow(readings, at: start, now: now)
    case .report(let report?):
      if !lives.isEmpty { well.take(report, earliest: since) }
      if let thenSince {
        for index in then.indices { then[index].take(report, earliest: thenSince) }
      }
    case .facts(let result): take(result, at: start)
    case .consumers(let answer):
      guard case .consumers(let source) = question else { break }
      if let thenSince, start >= thenSince {
        for index in then.indices { then[index].take(answer, of: source, at: start, now: now) }
      }
      if !lives.isEmpty, start >= since { well.take(answer, of: source, at: start, now: now) }
    case .report(nil): break
    }
    return []
  }

  private mutating func follow(
    _ readings: [ServiceReading],
    at start: MonotonicTime,
    now: MonotonicTime
  ) -> [ProofQuestion] {
    let mine = readings.filter { $0.name == name }
    let ids = Set(mine.map(\.identity.id))
    guard ids.isDisjoint(with: old), mine.count >= details.containers.count,
      mine.allSatisfy({ !$0.identity.incarnation.isEmpty })
    else {
      if !lives.isEmpty { fell = true }
      lives = []
      forget(at: now)
      recreated.take(absence(mine, ids), at: start)
      return []
    }
    if made.isEmpty { made = ids } else if ids != made { isMadeAnew = true }
    var urgent: [ProofQuestion] = []
    let found = Set(mine.map(\.identity))
    if found != lives {
      if !lives.isEmpty, ids == made { fell = true }
      lives = found
      forget(at: now)
      urgent = well.questions + (details.tellsValues ? [.own(name)] : [])
    }
    recreated.take(.holds("yes"), at: start)
    well.take(readings, at: start, checkedAfter: outcome.endedAt.wall, now: now)
    let age = now - since
    let isSettled = age >= timing.settling
    let words = Format.progress(age, of: timing.settling)
    if fell, !isSettled {
      stays.take(.fails("does not stay up"), at: start)
    } else {
      stays.take(isSettled ? .holds("yes") : .waiting(words), at: start)
    }
    let hasEnded = mine.allSatisfy { $0.state == .exited(code: 0) }
    ended.take(hasEnded ? .holds("exited 0") : .waiting("runs"), at: start)
    return urgent
  }

  private mutating func forget(at now: MonotonicTime) {
    since = now
    well = DependentProof(Self.own(details), after: outcome, timing: timing)
    values.forget()
    stays.forget()
    ended.forget()
  }

  private func absence(_ mine: [ServiceReading], _ ids: Set<String>) -> Evidence {
    guard !mine.isEmpty else { return .fails("gone") }
    guard ids.isDisjoint(with: old) else { return .fails("still the old one") }
    guard mine.count >= details.containers.count else {
      return .fails("\(mine.count) of \(details.containers.count) there")
    }
    return .fails("not started")
  }

  private mutating func take(_ result: Result<[Observation], SourceFailure>, at start: MonotonicTime) {
    switch result {
    case .failure(let failure): values.take(.unclear(failure.word), at: start)
    case .success(let told):
      guard let fact = told.first(where: { $0.name == Self.differing }), let count = fact.value?.number else {
        values.take(.unclear("not told"), at: start)
        return
      }
      values.take(count == 0 ? .holds("the files'") : .fails("\(fact.word) differs"), at: start)
    }
  }

  mutating func stages(at now: MonotonicTime) -> [ProofStage] {
    let within = max(timing.within, well.stage(since: since, within: timing.within).within)
    let own = ProofStage(parts: parts, since: outcome.endedAt.monotonic, within: within)
    switch own.standing {
    case .proven, .unproven: break
    case .failed, .unknown, .open:
      thenSince = nil
      return [own]
    }
    guard !then.isEmpty else { return [own] }
    let begun = thenSince ?? now
    thenSince = begun
    return [own] + then.map { $0.stage(since: begun, within: timing.thenWithin) }
  }

  private var parts: [ProofPart] {
    let first = [recreated] + (details.tellsValues ? [values] : [])
    if details.service.profile.isMeantToEnd(details.service.reading) == true { return first + [ended] }
    let own = well.stage(since: since, within: timing.within).parts
    if well.isTellable { return first + own }
    // What nothing checks must at least stay.
    return first + own + (own.contains { $0.name == RestartProof.unchecked.name } ? [stays] : [])
  }

  /// Whoever made them once more is told, and nothing is done against it.
  var caution: SafeText? {
    let cautions =
      well.cautions + then.flatMap(\.cautions)
      + (isMadeAnew ? ["made once more meanwhile, by somebody else"] : [])
    return cautions.isEmpty ? nil : SafeText(cautions.joined(separator: ", "), limit: 300)
  }

  func next(after service: String) -> ActionTarget? {
    then.first { $0.service == service }.map { dependent in
      ActionTarget(.service, name: service, identity: dependent.identity)
    }
  }

  func sentence(of ending: ProofEnding) -> SafeText {
    switch ending {
    case .proven(let took):
      let values = details.tellsValues ? ", with the files' values" : ""
      return SafeText("recreated in \(Format.seconds(took))\(values)")
    case .unproven(let part):
      let word = part.untellable ?? part.evidence.word
      let values = details.tellsValues ? ", with the files' values" : ""
      return SafeText("recreated\(values); \(word)", limit: 300)
    case .failed(let part, let within):
      return SafeText("\(part.name): \(part.evidence.word) after \(Format.seconds(within))", limit: 300)
    case .unknown(let part, let within):
      return SafeText(
        "\(part.name) is not known after \(Format.seconds(within)): \(part.evidence.word)",
        limit: 300
      )
    case .notBack(let missing):
      let words = missing.map { $0.service + ($0.part.map { ": \($0.name) \($0.evidence.word)" } ?? "") }
      return SafeText("\(name) is back, not recovered: \(words.joined(separator: ", "))", limit: 300)
    }
  }
}
