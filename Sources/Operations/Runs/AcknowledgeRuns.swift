public import DataSources
public import Facts

/// Acknowledges runs: somebody looks after them, and they count no more until they fail anew.
///
/// It touches the console's own records alone. Of runs that are all acknowledged already it takes that back.
@LoopActor public struct AcknowledgeRuns: Action {
  /// What was seen of the runs when the key was pressed.
  public struct Details: Sendable, Hashable {
    /// The runs by their ids.
    public var runs: [String: Acknowledgement.Sight]
    /// Whether what was acknowledged is taken back.
    public var takesBack: Bool
    /// How many more there are than the database tells one by one.
    public var untold = 0
  }

  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "run.acknowledge",
    title: "acknowledge",
    key: "a",
    targets: [.run, .execution, .task, .cause],
    takesSeveral: true,
    danger: .always(.look),
    help: "acknowledge this run, so that it counts no more until it fails anew; once more takes it back",
    command: "runs ack"
  )

  private let services: ActionServices

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// Drafts it for the runs that are meant, all of which must be known.
  ///
  /// A cause means the runs in which it occurred.
  /// - Throws: one of them is not among the runs that need attention.
  public func plan(_ request: ActionRequest, renewing old: Details?) async throws(Refusal) -> Draft<Details> {
    let snapshots = services.world().snapshots(RunsSnapshot.self).map(\.value)
    let known = snapshots.flatMap(\.rows)
    let byID = Dictionary(known.map { ($0.id, $0) }) { first, _ in first }
    var rows: [RunRow] = []
    for target in request.targets {
      if target.kind == .cause {
        let causes = services.world().snapshot(RunCauses.self)?.value.causes ?? []
        let runs = causes.first { $0.name == target.subject }?.runs ?? []
        let own = known.filter { runs.contains($0.id) }
        guard !own.isEmpty else {
          throw .notPossible("no run that needs attention failed for \(SafeText(target.name))")
        }
        rows += own
        continue
      }
      guard let row = byID[target.subject] else {
        throw .notPossible("\(SafeText(target.name)) is not among the runs that need attention")
      }
      rows.append(row)
    }
    let runs = Dictionary(rows.map { ($0.id, $0) }) { first, _ in first }
    let takesBack = rows.allSatisfy { $0.acknowledgement != nil }
    let count = runs.count == 1 ? "1 run" : "\(Format.count(runs.count)) runs"
    let verb = takesBack ? "TAKE BACK" : "ACKNOWLEDGE"
    return Draft(
      target: request.target,
      danger: .look,
      title: "\(SafeText(verb)) \(SafeText(count))",
      rows: [PlanRow("run", "the console's own records")],
      exact: "switchboard runs ack \(runs.keys.sorted().joined(separator: " "))",
      proof: "nothing to prove: only the console's own records change",
      details: Details(
        runs: runs.mapValues { Acknowledgement.Sight($0) },
        takesBack: takesBack,
        untold: snapshots.reduce(0) { $0 + max(0, $1.total - $1.rows.count) }
      )
    )
  }

  /// Writes it down.
  public func act(
    _ details: Details,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActOutcome {
    let begunAt = services.clock.now()
    let verdict = await write(details, at: begunAt.wall)
    return ActOutcome(.decided(verdict), begunAt: begunAt, endedAt: services.clock.now())
  }

  private func write(_ details: Details, at time: WallTime) async -> Verdict {
    guard let book = services.acknowledgements else {
      return Verdict(.failed, "there is nowhere to write it down")
    }
    let count = SafeText(Format.count(details.runs.count))
    do throws(AuditFailure) {
      if details.takesBack {
        try await book.takeBack(Array(details.runs.keys))
        return Verdict(.done, "taken back, \(count) waiting again")
      }
      try await book.acknowledge(details.runs, at: time)
      var verdict = Verdict(.done, "\(count) acknowledged, once more takes it back")
      if details.untold > 0 {
        verdict.caution = "\(SafeText(Format.count(details.untold))) older ones are not listed and wait on"
      }
      return verdict
    } catch {
      return Verdict(.failed, "\(SafeText(error.path)) can't be written: \(SafeText(error.cause))")
    }
  }

  /// It is written down, or it is not.
  public func proof(of details: Details, after outcome: ActOutcome) -> (any ProofMachine)? { nil }

  /// What was written is read at once.
  public func touches(_ details: Details) -> [String] { [AcknowledgementSource.id] }
}
