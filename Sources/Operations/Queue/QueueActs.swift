internal import DataSources
internal import Facts

/// A queue of one broker, frozen when an action on it was asked for.
public struct QueuePlace: Sendable, Hashable {
  /// The source that tells of it.
  public var source: String
  /// Its virtual host.
  public var vhost: String
  /// Its name there.
  public var name: String

  init(source: String, vhost: String, name: String) {
    self.source = source
    self.vhost = vhost
    self.name = name
  }

  /// Reads a ``key``; nil if it is none.
  init?(key: String) {
    let parts = key.split(separator: "\0", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3 else { return nil }
    self.init(source: parts[0], vhost: parts[1], name: parts[2])
  }

  /// All of it in one word, as proofs ask about it: no name has a NUL in it.
  var key: String { "\(source)\0\(vhost)\0\(name)" }
}

/// What acting on one queue has in common: finding it, reading it as it stands, asking its broker.
@LoopActor struct QueueActs {
  let services: ActionServices

  /// The queue of that subject: `celery`, `vhost/name` outside the configured one, `ID:celery` of a further broker.
  /// - Throws: there is none, or the name is that of two.
  func find(_ target: ActionTarget) throws(Refusal) -> (place: QueuePlace, broker: QueueBroker) {
    let world = services.world()
    var found: [(place: QueuePlace, broker: QueueBroker)] = []
    for told in world.snapshots(QueuesSnapshot.self) {
      guard let broker = services.offer(QueueBroker.self, told.source) else { continue }
      let prefix = world.status(of: told.source)?.qualifier.map { "\($0):" } ?? ""
      for queue in told.value.queues where prefix + told.value.segment(of: queue) == target.subject {
        found.append((QueuePlace(source: told.source, vhost: queue.vhost, name: queue.name), broker))
      }
    }
    guard let first = found.first else { throw .gone(SafeText(target.name)) }
    guard found.count == 1 else { throw .nameOfTwoQueues(target.name) }
    return first
  }

  /// The queue as it stands now, and how many messages are ready: at least one.
  /// - Throws: it is gone or can't be asked, or there is nothing to act on.
  func read(
    _ place: QueuePlace,
    of broker: QueueBroker
  ) async throws(Refusal) -> (queue: BrokerQueue, ready: Int) {
    let queue: BrokerQueue
    do throws(SourceFailure) {
      queue = try await broker.queue(place.name, vhost: place.vhost)
    } catch {
      guard error.code != .notFound else { throw .gone(SafeText(place.name)) }
      throw .notPossible("\(SafeText(place.source)) \(SafeText(error.word)) (\(SafeText(error.advice)))")
    }
    guard let ready = queue.ready else {
      throw .notPossible("the broker doesn't tell how many messages are ready")
    }
    guard ready > 0 else { throw .notPossible("nothing is ready in \(SafeText(place.name))") }
    return (queue, ready)
  }

  /// Asks the broker once; whatever it says is the outcome.
  ///
  /// A gateway's own word leaves open whether the broker heard of it.
  func ask(
    _ place: QueuePlace,
    _ question: (QueueBroker) async throws(SourceFailure) -> ActOutcome.Answer
  ) async -> ActOutcome {
    let begunAt = services.clock.now()
    var answer = ActOutcome.Answer.decided(
      Verdict(.failed, "there is no source \(SafeText(place.source)) any more")
    )
    if let broker = services.offer(QueueBroker.self, place.source) {
      do throws(SourceFailure) {
        answer = try await question(broker)
      } catch {
        answer = error.mayHaveHappened || error.isOfGateway ? .uncertain(error) : .rejected(error)
      }
    }
    return ActOutcome(answer, begunAt: begunAt, endedAt: services.clock.now())
  }

  /// Refuses what a queue's kind doesn't bear: taking messages from a quorum queue to look at them counts as a
  /// delivery, and what was delivered too often is gone; a stream has no such thing.
  func refuseUnlessClassic(_ queue: BrokerQueue) throws(Refusal) {
    guard let type = queue.type else {
      throw .notPossible("the broker doesn't tell what kind of queue it is")
    }
    switch type {
    case "classic": return
    case "stream": throw .notPossible("it is a stream: messages can't be taken from it and put back")
    default:
      throw .notPossible(
        "it is a \(SafeText(type)) queue: looking at its messages counts as a delivery, and may lose them"
      )
    }
  }

  /// What taking messages to look at them does to them.
  static func marking(_ count: Int) -> SafeText {
    """
    marks \(SafeText(Format.count(count))) messages as redelivered; they stay where they are, \
    and reach no consumer meanwhile
    """
  }

  /// `4,920 ready · 16 unacked · 4 consumers`, each unknown one said so.
  static func counts(_ queue: BrokerQueue) -> SafeText {
    func told(_ number: Int?, _ what: String) -> String {
      number.map { "\(Format.count($0)) \(what)" } ?? "\(what) unknown"
    }
    let parts = [
      told(queue.ready, "ready"), told(queue.unacked, "unacked"),
      told(queue.consumers, queue.consumers == 1 ? "consumer" : "consumers"),
    ]
    return SafeText(parts.joined(separator: " · "))
  }
}

extension Refusal {
  /// A name that queues of two brokers have: which is meant is not guessed.
  static func nameOfTwoQueues(_ name: String) -> Refusal {
    .notPossible("queues of two brokers go by the name \(SafeText(name))")
  }
}
