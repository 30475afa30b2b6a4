public import DataSources
public import Facts

/// An action that changes how many processes each worker of a queue has.
@LoopActor public protocol PoolChange: Action where Details == PoolDetails {
  /// What it needs of its environment.
  var services: ActionServices { get }
  /// The command.
  nonisolated static var method: String { get }
  /// Which way a pool changes: 1 or -1.
  nonisolated static var sign: Int { get }
}

/// What is changed, frozen when it was asked for.
public struct PoolDetails: Sendable, Hashable {
  /// The workers, and what is asked of them.
  public var asked: WorkerDetails
  /// How many processes more each has afterwards; negative: fewer.
  public var change: Int
}

extension PoolChange {
  private var acts: WorkerActs { WorkerActs(services: services) }

  /// Drafts it for the workers that consume the queue; their processes are counted right before the act.
  public func plan(
    _ request: ActionRequest,
    renewing old: PoolDetails?
  ) async throws(Refusal) -> Draft<PoolDetails> {
    let count = try WorkerActs.count(request.arguments["count"])
    let change = SafeText("\(count) process\(count == 1 ? "" : "es") \(Self.sign > 0 ? "more" : "fewer")")
    let draft = try await acts.draft(
      WorkerCommand(Self.method, arguments: #"{"n":\#(count)}"#),
      request,
      danger: Self.sign > 0 ? .mild : .disruptive,
      title: "\(SafeText(Self.descriptor.title.uppercased())) of \(SafeText(request.target.name))",
      hits: "each worker has \(change), until it is restarted; busy ones are left alone",
      proof: "\(change) each, counted before and after"
    )
    return draft.carrying(PoolDetails(asked: draft.details, change: count * Self.sign))
  }

  /// Counts the processes, and asks for the change.
  public func act(
    _ details: PoolDetails,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActOutcome {
    var counted: [String: Int] = [:]
    var outcome = await acts.ask(details.asked) { mailbox throws(SourceFailure) in
      do throws(SourceFailure) {
        counted = try await PoolSize.counts(of: details.asked.workers, by: mailbox)
      } catch {
        return .rejected(error)
      }
      if let reason = Self.refusal(counted, details) { return .decided(Verdict(.failed, reason)) }
      emit(.note(SafeText("before: \(PoolSize.words(counted))")))
      return try await WorkerActs.order(details.asked, by: mailbox)
    }
    outcome.counted = counted
    return outcome
  }

  /// Why nothing is sent: who can't be counted can't be proven, and a worker without a process does nothing.
  private nonisolated static func refusal(_ counted: [String: Int], _ details: PoolDetails) -> SafeText? {
    if let worker = details.asked.workers.first(where: { counted[$0] == nil }) {
      return "nothing was sent: \(SafeText(worker)) doesn't tell its processes"
    }
    guard let least = counted.min(by: { ($0.value, $0.key) < ($1.value, $1.key) }),
      least.value + details.change < 1
    else { return nil }
    let (worker, count) = (SafeText(least.key), SafeText(Format.count(least.value)))
    return "nothing was sent: \(worker) has \(count), and would have none"
  }

  /// The workers are counted afresh.
  public func proof(of details: PoolDetails, after outcome: ActOutcome) -> (any ProofMachine)? {
    PoolProof(details, after: outcome, timing: services.timing)
  }

  /// How many processes each worker has now, for the proof.
  public func read(_ key: String) async -> Result<[Observation], SourceFailure> {
    await WorkerQuestion.read(key, services) { mailbox, question throws(SourceFailure) in
      let counts = try await PoolSize.counts(of: question.workers, by: mailbox)
      return Dictionary(
        uniqueKeysWithValues: counts.map { (PoolSize.fact($0.key), .number(Double($0.value))) }
      )
    }
  }

  /// Each question is a queue made and taken away.
  public var proofInterval: Duration? { .seconds(1) }

  /// The broker: what its workers hold changes.
  public func touches(_ details: PoolDetails) -> [String] { [details.asked.place.source] }
}

/// How many processes workers have.
enum PoolSize {
  /// The fact of a worker.
  static func fact(_ worker: String) -> FactName { FactName("pool", worker) }

  /// The processes of each worker that tells them; `max-concurrency` stays as it was configured, so they are counted.
  @LoopActor static func counts(
    of workers: [String],
    by mailbox: WorkerMailbox
  ) async throws(SourceFailure) -> [String: Int] {
    try await mailbox.ask(WorkerCommand("stats"), of: workers).answers.compactMapValues {
      $0["pool"]?["processes"]?.list?.count
    }
  }

  /// `celery@a 2, celery@b 4`.
  static func words(_ counts: [String: Int]) -> String {
    counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
  }
}

/// The proof of a change: each worker has as many processes more, or fewer, as were asked for.
struct PoolProof: ProofMachine {
  private let question: ProofQuestion
  private let before: [String: Int]
  private let change: Int
  private let end: MonotonicTime
  private let within: Duration
  private let workers: [String]
  private var parts: [ProofPart]
  private var now: [String: Int] = [:]

  init(_ details: PoolDetails, after outcome: ActOutcome, timing: ProofTiming) {
    question = .own(WorkerQuestion(details.asked).key)
    before = outcome.counted
    change = details.change
    end = outcome.endedAt.monotonic
    within = timing.within
    workers = details.asked.workers
    parts = workers.map { ProofPart($0, needed: timing.holding, spacing: timing.spacing) }
  }

  var questions: [ProofQuestion] { [question] }

  mutating func take(
    _ answer: ProofAnswer,
    to question: ProofQuestion,
    startedAt start: MonotonicTime,
    now: MonotonicTime
  ) -> [ProofQuestion] {
    guard case .facts(let result) = answer else { return [] }
    for (index, worker) in workers.enumerated() {
      switch result {
      case .failure(let failure): parts[index].take(.unclear(failure.word), at: start)
      case .success(let told): parts[index].take(evidence(of: worker, told), at: start)
      }
    }
    return []
  }

  private mutating func evidence(of worker: String, _ told: [Observation]) -> Evidence {
    let fact = told.first { $0.name == PoolSize.fact(worker) }
    guard let number = fact?.value?.number, let count = Int(exactly: number) else {
      return .unclear("no reply")
    }
    now[worker] = count
    guard let before = before[worker] else { return .unclear("not counted before") }
    let wanted = before + change
    let isReached = change > 0 ? count >= wanted : count <= wanted && count > 0
    return isReached ? .holds("\(count) processes") : .fails("\(count) processes, \(wanted) wanted")
  }

  mutating func stages(at now: MonotonicTime) -> [ProofStage] {
    [ProofStage(parts: parts, since: end, within: within)]
  }

  func sentence(of ending: ProofEnding) -> SafeText {
    switch ending {
    case .proven, .unproven, .notBack:
      SafeText("processes before: \(PoolSize.words(before)); now: \(PoolSize.words(now))")
    case .failed(let part, let within):
      "\(SafeText(part.name)) has \(SafeText(part.evidence.word)) after \(SafeText(Format.seconds(within)))"
    case .unknown(let part, let within):
      "how many processes \(SafeText(part.name)) has isn't known after \(SafeText(Format.seconds(within))): \(SafeText(part.evidence.word))"
    }
  }
}
