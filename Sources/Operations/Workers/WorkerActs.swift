public import DataSources
internal import Facts

/// What is asked of the workers that consume a queue, frozen when it was asked for.
public struct WorkerDetails: Sendable, Hashable {
  /// The queue.
  public var place: QueuePlace
  /// The workers that consume it, by Celery's names: nobody else acts.
  public var workers: [String]
  /// What is asked of them.
  public var command: WorkerCommand
}

/// What acting on the workers of a queue has in common: finding them, the preview, asking them.
@LoopActor struct WorkerActs {
  let services: ActionServices
  private var queues: QueueActs { QueueActs(services: services) }

  /// Drafts a command for the workers that consume the queue that is meant; finding them changes nothing.
  /// - Throws: there is no such queue, or no worker of Celery that consumes it.
  func draft(
    _ command: WorkerCommand,
    _ request: ActionRequest,
    danger: DangerClass,
    title: SafeText,
    hits: SafeText,
    proof: SafeText
  ) async throws(Refusal) -> Draft<WorkerDetails> {
    let (place, broker) = try queues.find(request.target)
    let mailbox = WorkerMailbox(broker, vhost: place.vhost)
    let workers: [String]
    do throws(SourceFailure) {
      workers = try await mailbox.workers(of: place.name)
    } catch {
      throw .notPossible("\(SafeText(place.source)) \(SafeText(error.word)) (\(SafeText(error.advice)))")
    }
    guard !workers.isEmpty else {
      throw .notPossible("no worker of Celery is known to consume \(SafeText(place.name))")
    }
    let run = mailbox.shown(command, to: workers)
    return Draft(
      target: request.target,
      danger: danger,
      title: title,
      rows: [
        PlanRow("run", SafeText(run)),
        PlanRow("workers", SafeText(workers.joined(separator: ", "))),
        PlanRow("hits", hits),
        PlanRow("proof", proof),
      ],
      exact: run,
      proof: proof,
      dryRun: ["\(SafeText(Format.count(workers.count))) workers consume it"],
      details: WorkerDetails(place: place, workers: workers, command: command)
    )
  }

  /// Asks the workers, and makes the outcome of what they say.
  func ask(
    _ details: WorkerDetails,
    _ answer: (WorkerMailbox) async throws(SourceFailure) -> ActOutcome.Answer
  ) async -> ActOutcome {
    await queues.ask(details.place) { broker throws(SourceFailure) in
      try await answer(WorkerMailbox(broker, vhost: details.place.vhost))
    }
  }

  /// Sends a command that changes something: accepted, unless a worker says that it can't.
  static func order(
    _ details: WorkerDetails,
    by mailbox: WorkerMailbox
  ) async throws(SourceFailure)
    -> ActOutcome.Answer
  {
    let replies = try await mailbox.ask(details.command, of: details.workers)
    guard let refusal = words(of: replies.errors) else { return .accepted(id: nil) }
    return .decided(Verdict(.failed, refusal))
  }

  /// `celery@a: can't shrink pool`; nil without any.
  static func words(of errors: [String: String]) -> SafeText? {
    guard !errors.isEmpty else { return nil }
    let told = errors.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    return SafeText(told.joined(separator: "; "), limit: 400)
  }

  /// A number that an action is given, 1 unless told.
  /// - Throws: it is none, or more than anybody means.
  static func count(_ text: String?) throws(Refusal) -> Int {
    guard let text else { return 1 }
    guard let count = Int(text), (1...64).contains(count) else {
      throw .notPossible("\(SafeText(text)) is no number from 1 to 64")
    }
    return count
  }
}
