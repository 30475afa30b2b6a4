public import DataSources
public import Facts

/// Counts the messages of one queue, asked afresh: what a purge would take, and what it would leave.
@LoopActor public struct CountMessages: Action {
  /// Where the number is to be had.
  public struct Details: Sendable, Hashable {
    /// The fact that tells what is ready.
    public var ready: FactName
    /// The fact that tells what is delivered and not acknowledged.
    public var unacked: FactName
    /// The source that feeds them.
    public var source: String
  }

  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "queue.count",
    title: "count",
    doing: "counting",
    key: "C",
    targets: [.queue],
    danger: .always(.look),
    help: "count this queue's messages now",
    command: "queue count"
  )

  private let services: ActionServices

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// Drafts it for a queue that the broker told of.
  /// - Throws: there is no such queue.
  public func plan(_ request: ActionRequest, renewing old: Details?) async throws(Refusal) -> Draft<Details> {
    let now = services.clock.now().monotonic
    let facts = services.world().facts
    let told = Self.names("ready", of: request.target.subject, facts).compactMap { facts.fact($0, at: now) }
    guard let fact = told.first else { throw .gone(SafeText(request.target.name)) }
    guard told.count == 1 else {
      throw .notPossible("queues of two brokers go by the name \(SafeText(request.target.name))")
    }
    return Draft(
      target: request.target,
      danger: .look,
      title: "COUNT \(SafeText(request.target.name))",
      rows: [PlanRow("run", SafeText(fact.origin.query))],
      exact: fact.origin.query,
      proof: "nothing to prove: it only looks",
      details: Details(
        ready: fact.name,
        unacked: FactName(segments: fact.name.segments.dropLast() + ["unacked"]),
        source: fact.origin.source
      )
    )
  }

  /// The facts that may be meant: the first broker's, and those of brokers whose id stands before the name.
  private static func names(_ measure: String, of subject: String, _ facts: FactStore) -> [FactName] {
    let further = facts.sources.values.compactMap(\.qualifier).sorted().compactMap { source in
      subject.hasPrefix("\(source):")
        ? FactName("queue", String(subject.dropFirst(source.count + 1)), measure).qualified(by: source) : nil
    }
    return [FactName("queue", subject, measure)] + further
  }

  /// Asks the broker, and tells what it says.
  public func act(
    _ details: Details,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActOutcome {
    let begunAt = services.clock.now()
    let report = await services.prober.freshReport(of: details.source)
    return ActOutcome(
      .decided(verdict(report, details)),
      begunAt: begunAt,
      endedAt: services.clock.now()
    )
  }

  private func verdict(_ report: SourceReport?, _ details: Details) -> Verdict {
    guard let report else { return Verdict(.unknown, "there is no source \(SafeText(details.source))") }
    switch report.result {
    case .failure(let failure):
      return Verdict(.unknown, "\(SafeText(details.source)) \(SafeText(failure.word))")
    case .success(let reading):
      func number(_ name: FactName) -> String? {
        let told = reading.observations.first { $0.name == name }
        return told.flatMap { $0.state.isKnown ? $0.value?.number : nil }.map { Format.count($0) }
      }
      guard let ready = number(details.ready), let unacked = number(details.unacked) else {
        return Verdict(.unknown, "the broker does not tell its messages now")
      }
      return Verdict(
        .done,
        "\(SafeText(ready)) ready, \(SafeText(unacked)) unacked, as the broker counted last"
      )
    }
  }

  /// It only looks.
  public func proof(of details: Details, after outcome: ActOutcome) -> (any ProofMachine)? { nil }

  /// Nothing is changed.
  public func touches(_ details: Details) -> [String] { [] }
}
