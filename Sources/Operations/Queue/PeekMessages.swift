public import DataSources
internal import Facts

/// Shows the first messages of a queue: they are taken and put back, which marks them as redelivered.
@LoopActor public struct PeekMessages: Action {
  /// What is looked at.
  public struct Details: Sendable, Hashable {
    /// The queue.
    public var place: QueuePlace
    /// How many messages at most.
    public var count: Int
  }

  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "queue.peek",
    title: "peek",
    doing: "peeking",
    key: "v",
    targets: [.queue],
    danger: .always(.mild),
    help: "show the first messages of this queue (marks them as redelivered)",
    command: "queue peek",
    arguments: [.init("count", help: "how many messages, 1 to 100; 10 unless told")]
  )

  private static let usual = 10
  private static let most = 100

  private let services: ActionServices
  private var acts: QueueActs { QueueActs(services: services) }

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// Drafts it for a classic queue in which something is ready.
  /// - Throws: there is no such queue, or its kind doesn't bear it.
  public func plan(_ request: ActionRequest, renewing old: Details?) async throws(Refusal) -> Draft<Details> {
    let count = try Self.count(request.arguments["count"])
    let (place, broker) = try acts.find(request.target)
    let (queue, ready) = try await acts.read(place, of: broker)
    try acts.refuseUnlessClassic(queue)
    let run = broker.messagesShown(place.name, vhost: place.vhost, count: count)
    return Draft(
      target: request.target,
      danger: .mild,
      title: "PEEK \(SafeText(request.target.name))",
      rows: [
        PlanRow("run", SafeText(run)),
        PlanRow("hits", QueueActs.marking(min(count, ready))),
        PlanRow("now", QueueActs.counts(queue)),
      ],
      exact: run,
      proof: "nothing to prove: what is read is shown",
      details: Details(place: place, count: count)
    )
  }

  private static func count(_ text: String?) throws(Refusal) -> Int {
    guard let text else { return usual }
    guard let count = Int(text), (1...most).contains(count) else {
      throw .notPossible("\(SafeText(text)) is no number from 1 to \(SafeText(String(most)))")
    }
    return count
  }

  /// Reads the messages.
  public func act(
    _ details: Details,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActOutcome {
    await acts.ask(details.place) { broker throws(SourceFailure) in
      let place = details.place
      let messages = try await broker.messages(of: place.name, vhost: place.vhost, count: details.count)
      var verdict = Verdict(.done, "\(SafeText(Format.count(messages.count))) messages read and put back")
      verdict.output = messages.enumerated().flatMap { Self.lines($0.element, $0.offset + 1) }
      return .decided(verdict)
    }
  }

  /// A line on where a message came from and what task it is, and one with its payload.
  private static func lines(_ message: BrokerMessage, _ number: Int) -> [SafeText] {
    let headers = message.whole["properties"]?["headers"]
    let head = [
      "\(number)", message.exchange.isEmpty ? "default exchange" : message.exchange, message.routingKey,
      headers?["task"]?.text, headers?["id"]?.text,
      message.isRedelivered ? "redelivered before" : nil,
    ]
    let payload = message.isBase64 ? "base64 \(message.payload)" : message.payload
    return [
      SafeText(head.compactMap { $0 }.joined(separator: " · "), limit: 400),
      SafeText("  " + payload, limit: 4_000),
    ]
  }

  /// What was read is shown.
  public func proof(of details: Details, after outcome: ActOutcome) -> (any ProofMachine)? { nil }

  /// Nothing is changed that a source tells of.
  public func touches(_ details: Details) -> [String] { [] }
}
