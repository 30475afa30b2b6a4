public import DataSources
internal import Facts

/// Counts the messages of one queue, asked afresh: what a purge would take, and what it would leave.
@LoopActor public struct CountMessages: Action {
  /// Where the number is to be had.
  public struct Details: Sendable, Hashable {
    /// The queue's segment in the names of facts.
    public var queue: String
    /// The source that feeds them.
    public var source: String
  }

  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "queue.count",
    title: "count",
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
    let ready = FactName("queue", request.target.subject, "ready")
    guard let fact = services.world().facts.fact(ready, at: now) else {
      throw .gone(SafeText(request.target.name))
    }
    return Draft(
      target: request.target,
      danger: .look,
      title: "COUNT \(SafeText(request.target.name))",
      rows: [PlanRow("run", SafeText(fact.origin.query))],
      exact: fact.origin.query,
      proof: "nothing to prove: it only looks",
      details: Details(queue: request.target.subject, source: fact.origin.source)
    )
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
      func number(_ measure: String) -> String? {
        let name = FactName("queue", details.queue, measure)
        let value = reading.observations.first { $0.name == name }?.value?.number
        return value.map { Format.count($0) }
      }
      guard let ready = number("ready"), let unacked = number("unacked") else {
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
