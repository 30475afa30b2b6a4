public import DataSources
public import Facts

/// Takes all containers of the compose files away, and proves that none is left; volumes and images stay.
@LoopActor public struct ComposeDown: Action {
  /// What runs, and of which services nothing may be left.
  public struct Details: Sendable, Hashable {
    /// What runs.
    public var call: ComposeControl.Call
    /// The services of the files that have containers.
    public var services: [String]
  }

  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "compose.down",
    title: "compose down",
    doing: "taking everything down",
    key: "",
    targets: [.environment],
    danger: .always(.destructive),
    help:
      "take all containers of the compose files away, keep volumes and images, and prove that none is left",
    command: "compose down"
  )

  private let services: ActionServices
  private var acts: ComposeActs { ComposeActs(services: services) }

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// There is no compose project.
  public var obstacle: SafeText? { acts.obstacle }

  /// Drafts it for the project.
  /// - Throws: there is no project, a CLI rejects it, or nothing is there.
  public func plan(_ request: ActionRequest, renewing old: Details?) async throws(Refusal) -> Draft<Details> {
    let (runner, project) = try await acts.read()
    let (_, readings) = try await ServiceActs(services: services).readings()
    let active = project.active.map(\.name)
    let mine = readings.filter { active.contains($0.name) }
    guard !mine.isEmpty else { throw .notPossible("no container of \(SafeText(runner.project)) is there") }
    let names = active.filter { name in mine.contains { $0.name == name } }
    let others = Set(readings.map(\.name)).subtracting(active).sorted()
    let call = project.call(["down"])
    let proof: SafeText =
      "no container is left ×\(services.timing.holding), \(SafeText(Format.seconds(services.timing.within)))"
    var rows = [
      PlanRow("run", SafeText(call.shown)), PlanRow("in", SafeText(call.directory)),
      PlanRow("hits", "\(ScaleService.containers(mine.count)): \(ComposeUp.list(names))"),
      PlanRow("loses", ComposeActs.lost), PlanRow("stays", "volumes and images"),
      PlanRow("proof", proof), PlanRow("undo", "compose up makes them anew, with the volumes that stayed"),
    ]
    if !others.isEmpty {
      rows.insert(PlanRow("leaves", "\(ComposeUp.list(others)): not on in the files"), at: 5)
    }
    return Draft(
      target: ActionTarget(.environment, name: runner.project),
      danger: .destructive,
      title: "COMPOSE DOWN \(SafeText(runner.project))",
      rows: rows,
      exact: call.shown,
      proof: proof,
      dryRun: ["\(SafeText(project.program.joined(separator: " "))) accepts the files"],
      counts: [PlanCount("containers", mine.count, rule: .growth)],
      details: Details(call: call, services: names)
    )
  }

  /// Runs the compose CLI.
  public func act(_ details: Details, _ emit: @escaping @LoopActor (ActionEvent) -> Void) async -> ActOutcome
  {
    await acts.run(details.call, by: services.offer((any ComposeRunner).self))
  }

  /// The runtime knows none of them any more.
  public func proof(of details: Details, after outcome: ActOutcome) -> (any ProofMachine)? {
    DownProof(details, after: outcome, timing: services.timing)
  }

  /// The runtime.
  public func touches(_ details: Details) -> [String] { acts.touches }
}

/// The proof that a project is down: its runtime answers, and tells no container of its services.
struct DownProof: ServicesProof {
  private let services: Set<String>
  let end: MonotonicTime
  let within: Duration
  var parts: [ProofPart]

  init(_ details: ComposeDown.Details, after outcome: ActOutcome, timing: ProofTiming) {
    services = Set(details.services)
    end = outcome.endedAt.monotonic
    within = timing.within
    parts = [ProofPart("no container is left", needed: timing.holding, spacing: timing.spacing)]
  }

  func evidence(_ readings: [ServiceReading]) -> [Evidence] {
    let left = readings.filter { services.contains($0.name) }.map(\.instance)
    return [left.isEmpty ? .holds("yes") : .fails("\(left.joined(separator: ", ")) still there")]
  }

  func sentence(of ending: ProofEnding) -> SafeText {
    switch ending {
    case .proven(let took): "nothing is left after \(SafeText(Format.seconds(took))); volumes and images stay"
    case .failed(let part, let within):
      SafeText("\(part.evidence.word) after \(Format.seconds(within))", limit: 300)
    case .unknown(let part, let within):
      SafeText("what is left is not known after \(Format.seconds(within)): \(part.evidence.word)", limit: 300)
    case .unproven, .notBack: "down"
    }
  }
}
