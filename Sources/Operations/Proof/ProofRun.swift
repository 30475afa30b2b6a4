internal import DataSources
internal import Facts

/// A proof under way, as a value: what to ask next and, in the end, the verdict.
///
/// Every proof of the console goes through here, so what counts as done is decided once: `done` needs every
/// stage proven, part by part, on values sampled after the act.
struct ProofRun: Sendable {
  /// What to do next.
  enum Step: Sendable, Hashable {
    case ask([ProofQuestion])
    case wait
    case ended(Verdict)
  }

  private(set) var machine: any ProofMachine
  private let begunAt: MonotonicTime
  private let end: MonotonicTime
  private let interval: Duration
  private let doubt: SafeText?
  private var askedAt: [ProofQuestion: MonotonicTime] = [:]
  private var waiting: Set<ProofQuestion> = []
  /// When a stage's standing was clear, by its place: its clock stops there.
  private var settledAt: [Int: MonotonicTime] = [:]

  init(_ machine: any ProofMachine, after outcome: ActOutcome, interval: Duration) {
    self.machine = machine
    self.interval = interval
    doubt = outcome.doubt
    begunAt = outcome.begunAt.monotonic
    end = outcome.endedAt.monotonic
  }

  /// Takes an answer; one to a question begun before the act's end proves nothing.
  mutating func take(
    _ answer: ProofAnswer,
    to question: ProofQuestion,
    startedAt start: MonotonicTime,
    now: MonotonicTime
  ) {
    waiting.remove(question)
    guard start >= end else { return }
    for urgent in machine.take(answer, to: question, startedAt: start, now: now) { askedAt[urgent] = nil }
  }

  /// What to do at `now`; called again after every answer and every tick.
  mutating func next(now: MonotonicTime) -> Step {
    if let verdict = verdict(now) { return .ended(verdict) }
    var seen: Set<ProofQuestion> = []
    let due = machine.questions.filter { question in
      guard seen.insert(question).inserted, !waiting.contains(question) else { return false }
      return askedAt[question].map { now - $0 >= interval } ?? true
    }
    guard !due.isEmpty else { return .wait }
    for question in due {
      askedAt[question] = now
      waiting.insert(question)
    }
    return .ask(due)
  }

  private mutating func verdict(_ now: MonotonicTime) -> Verdict? {
    let stages = machine.stages(at: now)
    for (index, stage) in stages.enumerated() where stage.standing != .open {
      settledAt[index] = settledAt[index] ?? now
    }
    let took = now - begunAt
    guard let own = stages.first else { return nil }
    func verdict(_ outcome: Verdict.Outcome, _ ending: ProofEnding) -> Verdict {
      let sentence = machine.sentence(of: ending)
      guard let doubt, [.done, .doneUnproven].contains(outcome) else {
        return Verdict(outcome, sentence, duration: took)
      }
      return Verdict(.unknown, "\(sentence), but \(doubt)", duration: took)
    }
    var unproven: ProofPart?
    switch own.standing(at: now) {
    case .open: return nil
    case .failed(let part): return verdict(.failed, .failed(part, within: own.within))
    case .unknown(let part): return verdict(.unknown, .unknown(part, within: own.within))
    case .unproven(let part): unproven = part
    case .proven: break
    }
    var missing: [ProofEnding.Missing] = []
    for stage in stages.dropFirst() {
      switch stage.standing(at: now) {
      case .proven: continue
      case .unproven(let part): unproven = unproven ?? part
      case .open: return nil
      case .failed(let part): missing.append(.init(stage.subject ?? "", part: part, isKnown: true))
      case .unknown(let part): missing.append(.init(stage.subject ?? "", part: part, isKnown: false))
      }
    }
    if let first = missing.first {
      var verdict = verdict(missing.contains(where: \.isKnown) ? .failed : .unknown, .notBack(missing))
      verdict.next = machine.next(after: first.service).map {
        ActionRequest(RestartService.descriptor.id, on: $0)
      }
      return verdict
    }
    var whole =
      unproven.map { verdict(.doneUnproven, .unproven($0)) } ?? verdict(.done, .proven(after: took))
    whole.caution = machine.caution
    return whole
  }

  /// Where the proof stands, for the screen: its own, and once that holds, each dependent service's.
  mutating func views(now: MonotonicTime) -> [ActionEvent] {
    machine.stages(at: now).enumerated().map { index, stage in
      let view = stage.view(at: index == 0 ? settledAt[0] ?? now : now)
      guard let subject = stage.subject else { return .gate(view) }
      return .then(ThenView(service: SafeText(subject), gate: view))
    }
  }
}
