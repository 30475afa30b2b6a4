public import DataSources
public import Facts

/// An action that asks the workers of a queue something and shows their answers.
///
/// The answers need a queue of their own on the broker for some seconds, so it is refused in read-only.
@LoopActor public protocol WorkerInquiry: Action where Details == WorkerDetails {
  /// What it needs of its environment.
  var services: ActionServices { get }
  /// The command.
  nonisolated static var method: String { get }
  /// What a worker's answer says, line by line; nil if it is no answer to this.
  nonisolated static func lines(of answer: JSONValue, at now: WallTime) -> [String]?
}

extension WorkerInquiry {
  /// Drafts it for the workers that consume the queue.
  public func plan(
    _ request: ActionRequest,
    renewing old: WorkerDetails?
  ) async throws(Refusal) -> Draft<WorkerDetails> {
    try await WorkerActs(services: services).draft(
      WorkerCommand(Self.method),
      request,
      danger: .mild,
      title: "\(SafeText(Self.descriptor.title.uppercased())) \(SafeText(request.target.name))",
      hits: "nothing; a queue for the answers is there for a moment",
      proof: "nothing to prove: what is answered is shown"
    )
  }

  /// Asks them.
  public func act(
    _ details: WorkerDetails,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActOutcome {
    await WorkerActs(services: services).ask(details) { mailbox throws(SourceFailure) in
      let replies = try await mailbox.ask(details.command, of: details.workers)
      return .decided(Self.verdict(replies, details.workers, at: services.clock.now().wall))
    }
  }

  /// Done only if everybody answered: who is silent may be busy, frozen or gone, and is never "none".
  nonisolated static func verdict(_ replies: WorkerReplies, _ workers: [String], at now: WallTime) -> Verdict
  {
    var output: [SafeText] = []
    var missing: [String] = []
    for worker in workers {
      if let lines = replies.answers[worker].flatMap({ Self.lines(of: $0, at: now) }) {
        output += (lines.isEmpty ? ["nothing"] : lines).map { SafeText("\(worker) · \($0)", limit: 400) }
      } else {
        let said = replies.errors[worker] ?? (replies.answers[worker] == nil ? "no reply" : "not an answer")
        output.append(SafeText("\(worker) · \(said) (busy, frozen or gone)", limit: 400))
        missing.append(worker)
      }
    }
    let answered = "\(workers.count - missing.count) of \(workers.count) workers answered"
    var verdict =
      missing.isEmpty
      ? Verdict(.done, SafeText(answered))
      : Verdict(.unknown, SafeText("\(answered): nothing is known of \(missing.joined(separator: ", "))"))
    verdict.output = output
    return verdict
  }

  /// What was answered is shown.
  public func proof(of details: WorkerDetails, after outcome: ActOutcome) -> (any ProofMachine)? { nil }

  /// Nothing is changed that a source tells of.
  public func touches(_ details: WorkerDetails) -> [String] { [] }
}

/// A task as a worker tells of it.
enum TaskList {
  /// `tasks.run · 387cca44… · for 12 s · process 25204`, a line a task; nil if it is no list of tasks.
  static func lines(of answer: JSONValue, at now: WallTime) -> [String]? {
    guard let tasks = answer.list else { return nil }
    let lines = tasks.compactMap { task -> String? in
      guard let name = task["name"]?.text ?? task["type"]?.text, let id = task["id"]?.text else { return nil }
      let begun = task["time_start"]?.number.map { now.secondsSince1970 - $0 }
      let age = begun.flatMap { $0 >= 0 ? "for \(Format.seconds(.seconds($0)))" : nil }
      let process = task["worker_pid"]?.integer.map { "process \($0)" }
      return [name, id, age, process].compactMap { $0 }.joined(separator: " · ")
    }
    return lines.count == tasks.count ? lines : nil
  }
}
