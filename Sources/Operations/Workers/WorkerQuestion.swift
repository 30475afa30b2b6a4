internal import DataSources
internal import Facts

/// A question of a proof to the workers of a queue, as one word: no name has a NUL in it.
struct WorkerQuestion: Sendable, Hashable {
  /// The queue.
  let place: QueuePlace
  /// The workers that are asked.
  let workers: [String]
  /// What it is about, where it is about one task; else empty.
  let task: String

  init(_ details: WorkerDetails, task: String = "") {
    place = details.place
    workers = details.workers
    self.task = task
  }

  /// Reads a ``key``; nil if it is none.
  init?(key: String) {
    let parts = key.split(separator: "\0", omittingEmptySubsequences: false).map(String.init)
    guard parts.count > 4 else { return nil }
    place = QueuePlace(source: parts[0], vhost: parts[1], name: parts[2])
    task = parts[3]
    workers = Array(parts[4...])
  }

  var key: String { ([place.key, task] + workers).joined(separator: "\0") }

  /// Asks the workers and makes a fact of each answer; who is silent has none.
  @LoopActor static func read(
    _ key: String,
    _ services: ActionServices,
    _ facts: (WorkerMailbox, WorkerQuestion) async throws(SourceFailure) -> [FactName: FactValue?]
  ) async -> Result<[Observation], SourceFailure> {
    guard let question = WorkerQuestion(key: key),
      let broker = services.offer(QueueBroker.self, question.place.source)
    else { return .failure(SourceFailure(.misconfigured, at: key, detail: "no such broker")) }
    let origin = Origin(source: question.place.source, query: "\(broker.address) celery.pidbox")
    do throws(SourceFailure) {
      let mailbox = WorkerMailbox(broker, vhost: question.place.vhost)
      return .success(
        try await facts(mailbox, question).map { name, value in
          Observation(name, value, state: value == nil ? .nodata : .ok, origin: origin)
        }
      )
    } catch {
      return .failure(error)
    }
  }
}
