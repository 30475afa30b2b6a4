public import DataSources
public import Facts

/// Keeps a task from being run by the workers of a queue, or ends it where it runs, and proves it.
@LoopActor public struct RevokeTask: Action {
  /// What is revoked, frozen when it was asked for.
  public struct Details: Sendable, Hashable {
    /// The workers, and what is asked of them.
    public var asked: WorkerDetails
    /// The task's id.
    public var task: String
    /// Whether it is ended where it runs.
    public var ends: Bool
  }

  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "workers.revoke",
    title: "revoke task",
    doing: "revoking the task",
    key: "u",
    targets: [.queue],
    danger: .always(.disruptive),
    help: "keep a task from being run by the workers of this queue",
    command: "workers revoke",
    arguments: [
      .init("task", help: "the task's id, as `workers active` tells it", isRequired: true),
      .init("terminate", help: "the word `terminate` also ends it where it runs"),
    ]
  )

  private let services: ActionServices
  private var acts: WorkerActs { WorkerActs(services: services) }

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// Drafts it for the workers that consume the queue.
  /// - Throws: no task is named, or there are no such workers.
  public func plan(_ request: ActionRequest, renewing old: Details?) async throws(Refusal) -> Draft<Details> {
    let command = "switchboard \(Self.descriptor.command) \(request.target.name) TASK"
    guard let task = request.arguments["task"], !task.isEmpty else {
      throw .notPossible("which task? \(SafeText(command)) names it")
    }
    let word = request.arguments["terminate"]
    guard word == nil || word == "terminate" else {
      throw .notPossible("only the word terminate may stand behind the task")
    }
    let ends = word != nil
    let arguments = JSONBody.object([.init("task_id", .string(task)), .init("terminate", .bool(ends))])
    let draft = try await acts.draft(
      WorkerCommand("revoke", arguments: arguments.text),
      request,
      danger: .disruptive,
      title: "REVOKE \(SafeText(task)) of \(SafeText(request.target.name))",
      hits: ends
        ? "the process that runs it gets SIGTERM; nobody of them runs it, until they are restarted"
        : "nobody of them runs it, until they are restarted; where it runs already it goes on",
      proof: ends
        ? "each worker lists it as revoked, and none as active" : "each worker lists it as revoked"
    )
    return draft.carrying(Details(asked: draft.details, task: task, ends: ends))
  }

  /// Asks the workers for it.
  public func act(
    _ details: Details,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActOutcome {
    await acts.ask(details.asked) { mailbox throws(SourceFailure) in
      try await WorkerActs.order(details.asked, by: mailbox)
    }
  }

  /// The workers are asked afresh.
  public func proof(of details: Details, after outcome: ActOutcome) -> (any ProofMachine)? {
    RevokeProof(details, after: outcome, timing: services.timing)
  }

  /// Whether each worker lists the task as revoked, and as active.
  public func read(_ key: String) async -> Result<[Observation], SourceFailure> {
    await WorkerQuestion.read(key, services) { mailbox, question throws(SourceFailure) in
      var facts: [FactName: FactValue?] = [:]
      for (worker, answer) in try await mailbox.ask(WorkerCommand("revoked"), of: question.workers).answers {
        facts[RevokeProof.revoked(worker)] = answer.list.map { list in
          .flag(list.contains { $0.text == question.task })
        }
      }
      for (worker, answer) in try await mailbox.ask(WorkerCommand("active"), of: question.workers).answers {
        facts[RevokeProof.active(worker)] = answer.list.map { list in
          .flag(list.contains { $0["id"]?.text == question.task })
        }
      }
      return facts
    }
  }

  /// Each question is two queues made and taken away.
  public var proofInterval: Duration? { .seconds(1) }

  /// The broker: what its workers hold changes.
  public func touches(_ details: Details) -> [String] { [details.asked.place.source] }
}

/// The proof that a task is revoked: each worker says so, and if it was to end, none that it runs it.
struct RevokeProof: ProofMachine {
  static func revoked(_ worker: String) -> FactName { FactName("revoked", worker) }
  static func active(_ worker: String) -> FactName { FactName("active", worker) }

  private let question: ProofQuestion
  private let task: String
  private let end: MonotonicTime
  private let within: Duration
  /// What each part asks for: the fact, and what it must say.
  private let wanted: [(fact: FactName, value: Bool)]
  private var parts: [ProofPart] = []

  init(_ details: RevokeTask.Details, after outcome: ActOutcome, timing: ProofTiming) {
    question = .own(WorkerQuestion(details.asked, task: details.task).key)
    task = details.task
    end = outcome.endedAt.monotonic
    within = timing.within
    let workers = details.asked.workers
    let ended = details.ends ? workers : []
    wanted = workers.map { (Self.revoked($0), true) } + ended.map { (Self.active($0), false) }
    parts = workers.map { ProofPart("revoked at \($0)") } + ended.map { ProofPart("not running at \($0)") }
  }

  var questions: [ProofQuestion] { [question] }

  mutating func take(
    _ answer: ProofAnswer,
    to question: ProofQuestion,
    startedAt start: MonotonicTime,
    now: MonotonicTime
  ) -> [ProofQuestion] {
    guard case .facts(let result) = answer else { return [] }
    for (index, wanted) in wanted.enumerated() {
      switch result {
      case .failure(let failure): parts[index].take(.unclear(failure.word), at: start)
      case .success(let told):
        let fact = told.first { $0.name == wanted.fact }
        guard case .flag(let flag)? = fact?.value else {
          parts[index].take(.unclear("no reply"), at: start)
          continue
        }
        let word = flag ? "yes" : "no"
        parts[index].take(flag == wanted.value ? .holds(word) : .fails(word), at: start)
      }
    }
    return []
  }

  mutating func stages(at now: MonotonicTime) -> [ProofStage] {
    [ProofStage(parts: parts, since: end, within: within)]
  }

  func sentence(of ending: ProofEnding) -> SafeText {
    switch ending {
    case .proven, .unproven, .notBack: "\(SafeText(task)) is revoked at every worker"
    case .failed(let part, let within):
      "\(SafeText(part.name)): \(SafeText(part.evidence.word)) after \(SafeText(Format.seconds(within)))"
    case .unknown(let part, let within):
      "\(SafeText(part.name)): not known after \(SafeText(Format.seconds(within))): \(SafeText(part.evidence.word))"
    }
  }
}
