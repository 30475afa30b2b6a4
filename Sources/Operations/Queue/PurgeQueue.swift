public import DataSources
public import Facts

/// Throws away all messages of a queue that are ready, and proves that none of them is left.
@LoopActor public struct PurgeQueue: Action {
  /// What was there when it was planned.
  public struct Details: Sendable, Hashable {
    /// The queue.
    public var place: QueuePlace
    /// How it stood.
    public var before: BrokerQueue
  }

  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "queue.purge",
    title: "purge",
    doing: "purging",
    key: "P",
    targets: [.queue],
    danger: .always(.destructive),
    help: "throw away all messages of this queue that are ready, and prove that they are gone",
    command: "queue purge"
  )

  private let services: ActionServices
  private var acts: QueueActs { QueueActs(services: services) }

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// Drafts it for a queue in which something is ready.
  /// - Throws: there is no such queue, or the broker doesn't tell what is in it.
  public func plan(_ request: ActionRequest, renewing old: Details?) async throws(Refusal) -> Draft<Details> {
    let (place, broker) = try acts.find(request.target)
    let (queue, ready) = try await acts.read(place, of: broker)
    guard queue.type != "stream" else { throw .notPossible("it is a stream, which can't be purged") }
    let run = broker.purgeShown(place.name, vhost: place.vhost)
    var rows = [
      PlanRow("run", SafeText(run)),
      PlanRow("hits", "throws away \(SafeText(Format.count(ready))) messages for good"),
      PlanRow("now", QueueActs.counts(queue)),
      PlanRow("stays", Self.stays(queue)),
    ]
    if queue.type == "classic" {
      let key = SafeText(ExportMessages.descriptor.key)
      rows.append(PlanRow("first", "Esc, then \(key): keep a copy of them in a file"))
    }
    var counts = [PlanCount("ready messages", ready, rule: .growth)]
    if let consumers = queue.consumers { counts.append(PlanCount("consumers", consumers, rule: .presence)) }
    let proof: SafeText = "no message of before is ready, as counted after \(Self.lagWords)"
    rows.append(PlanRow("proof", proof))
    return Draft(
      target: request.target,
      danger: .destructive,
      title: "PURGE \(SafeText(request.target.name))",
      rows: rows,
      exact: run,
      proof: proof,
      counts: counts,
      details: Details(place: place, before: queue)
    )
  }

  private static let lagWords = SafeText(Format.seconds(RabbitMQSource.statisticsLag))

  private static func stays(_ queue: BrokerQueue) -> SafeText {
    switch queue.unacked {
    case 0: "nothing: no consumer holds any"
    case .some(let unacked): "\(SafeText(Format.count(unacked))) unacked: consumers hold them"
    case nil: "what consumers hold: how much isn't told"
    }
  }

  /// Asks the broker for it.
  public func act(
    _ details: Details,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActOutcome {
    await acts.ask(details.place) { broker throws(SourceFailure) in
      try await broker.purge(details.place.name, vhost: details.place.vhost)
      return .accepted(id: nil)
    }
  }

  /// The broker counts afresh.
  public func proof(of details: Details, after outcome: ActOutcome) -> (any ProofMachine)? {
    PurgeProof(details, after: outcome, timing: services.timing)
  }

  /// The queue as it stands now, for the proof.
  public func read(_ key: String) async -> Result<[Observation], SourceFailure> {
    guard let place = QueuePlace(key: key), let broker = services.offer(QueueBroker.self, place.source) else {
      return .failure(SourceFailure(.misconfigured, at: key, detail: "no such broker"))
    }
    do throws(SourceFailure) {
      let queue = try await broker.queue(place.name, vhost: place.vhost)
      let origin = Origin(source: place.source, query: "GET \(broker.address)/api/queues")
      func told(_ name: FactName, _ value: Int?) -> Observation {
        Observation(
          name,
          value.map { .number(Double($0)) },
          state: value == nil ? .nodata : .ok,
          origin: origin
        )
      }
      return .success([
        told(PurgeProof.ready, queue.ready), told(PurgeProof.unacked, queue.unacked),
        told(PurgeProof.published, queue.published),
      ])
    } catch {
      return .failure(error)
    }
  }

  /// The broker.
  public func touches(_ details: Details) -> [String] { [details.place.source] }
}

/// The proof of a purge: what is ready now has been published since.
///
/// A queue gives out its oldest message first, so if no more are ready than were published since the preview, none
/// of those that were ready then is among them.
struct PurgeProof: ProofMachine {
  static let ready: FactName = "purged.ready"
  static let unacked: FactName = "purged.unacked"
  static let published: FactName = "purged.published"

  private let place: QueuePlace
  private let before: BrokerQueue
  private let end: MonotonicTime
  private let within: Duration
  private var emptied = ProofPart("emptied")
  private var remains: (ready: Double, unacked: Double?)?

  init(_ details: PurgeQueue.Details, after outcome: ActOutcome, timing: ProofTiming) {
    place = details.place
    before = details.before
    end = outcome.endedAt.monotonic
    within = max(timing.within, RabbitMQSource.statisticsLag * 3)
  }

  var questions: [ProofQuestion] { [.own(place.key)] }

  mutating func take(
    _ answer: ProofAnswer,
    to question: ProofQuestion,
    startedAt start: MonotonicTime,
    now: MonotonicTime
  ) -> [ProofQuestion] {
    guard case .facts(let result) = answer else { return [] }
    switch result {
    case .failure(let failure): emptied.take(.unclear(failure.word), at: start)
    case .success(let told):
      // Before that the broker may still tell what it counted before the act.
      let isFresh = start - end >= RabbitMQSource.statisticsLag
      emptied.take(isFresh ? evidence(told) : .waiting("the broker counts every 5 s"), at: start)
    }
    return []
  }

  private mutating func evidence(_ told: [Observation]) -> Evidence {
    func number(_ name: FactName) -> Double? { told.first { $0.name == name }?.value?.number }
    guard let ready = number(Self.ready) else { return .unclear("the broker doesn't tell what is ready") }
    remains = (ready, number(Self.unacked))
    let word = "\(Format.count(ready)) ready"
    if ready == 0 { return .holds(word) }
    guard let published = number(Self.published), let earlier = before.published.map(Double.init),
      published >= earlier
    else { return .unclear("\(word): whether they came since isn't told") }
    let since = published - earlier
    let told = "\(Format.count(since)) published since the preview"
    if ready <= since { return .holds("\(word), \(told)") }
    // What consumers held may have come back: a purge doesn't reach that.
    guard let held = before.unacked, ready > since + Double(held) else {
      return .unclear("\(word), \(told): whether consumers gave the others back isn't told")
    }
    return .fails("\(word), only \(told)")
  }

  mutating func stages(at now: MonotonicTime) -> [ProofStage] {
    [ProofStage(parts: [emptied], since: end, within: within)]
  }

  func sentence(of ending: ProofEnding) -> SafeText {
    switch ending {
    case .proven, .unproven, .notBack: return "purged: \(counts)"
    case .failed(let part, let within):
      return "after \(SafeText(Format.seconds(within))): \(SafeText(part.evidence.word))"
    case .unknown(let part, let within):
      let time = SafeText(Format.seconds(within))
      return "whether they are gone isn't known after \(time): \(SafeText(part.evidence.word))"
    }
  }

  /// `5,000 ready before, 0 now; 16 unacked before, 16 now`.
  private var counts: SafeText {
    func told(_ number: Double?) -> String { number.map { Format.count($0) } ?? "not told" }
    func pair(_ what: String, _ before: Int?, _ now: Double?) -> String {
      "\(told(before.map(Double.init))) \(what) before, \(told(now)) now"
    }
    let ready = pair("ready", before.ready, remains?.ready)
    return SafeText("\(ready); \(pair("unacked", before.unacked, remains?.unacked))")
  }
}
