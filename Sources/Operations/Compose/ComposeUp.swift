public import DataSources
public import Facts

/// Brings everything up that the compose files name, and proves that it runs.
@LoopActor public struct ComposeUp: Action {
  /// What runs, and of which services it is proven.
  public struct Details: Sendable, Hashable {
    /// What runs.
    public var call: ComposeControl.Call
    /// The services of the files that are on.
    public var services: [Service]

    /// A service that must run afterwards.
    public struct Service: Sendable, Hashable {
      /// Its name.
      public var name: String
      /// Whether it is meant to end; nil if that isn't known.
      public var isOneShot: Bool?
      /// What was wrong with it before; nil if nothing was known to be.
      public var wasUnwell: String?
    }
  }

  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "compose.up",
    title: "compose up",
    doing: "bringing everything up",
    key: "",
    targets: [.environment],
    danger: .always(.disruptive),
    help:
      "make and start what the compose files name and is not there, recreate what they changed, and prove it",
    command: "compose up"
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
  /// - Throws: there is no project, or a CLI rejects it.
  public func plan(_ request: ActionRequest, renewing old: Details?) async throws(Refusal) -> Draft<Details> {
    let (runner, project) = try await acts.read()
    let (_, readings) = try await ServiceActs(services: services).readings()
    let containers = Dictionary(grouping: readings, by: \.name)
    let active = project.active
    // Compose would take those beyond the files' number away.
    let several = active.map(\.name).filter { (containers[$0]?.count ?? 0) > 1 }
    let scales = several.flatMap { ["--scale", "\($0)=\(containers[$0]?.count ?? 1)"] }
    let call = project.call(["up", "-d"] + scales)
    let statuses = services.world().snapshot(ServiceStatuses.self)?.value
    let wanted = active.map { service in
      let profile = services.profiles.first { $0.name == service.name }
      return Details.Service(
        name: service.name,
        isOneShot: profile?.isOneShot ?? containers[service.name]?.first?.isOneShot,
        wasUnwell: statuses?.service(service.name).flatMap { $0.state == .crit ? $0.word : nil }
      )
    }
    let missing = active.map(\.name).filter { containers[$0] == nil }
    let down = active.map(\.name).filter { name in
      containers[name]?.contains { $0.state != .running } == true
        && wanted.first { $0.name == name }?.isOneShot != true
    }
    let changed = active.filter { service in
      guard let own = containers[service.name], let first = own.first else { return false }
      return runner.differing(own, from: service.name)?.isEmpty == false
        || ComposeControl.isAnotherImage(first, service) == true
    }
    .map(\.name)
    let proof: SafeText =
      "\(SafeText("\(wanted.count)")) services run ×\(services.timing.holding), \(SafeText(Format.seconds(services.timing.within)))"
    return Draft(
      target: ActionTarget(.environment, name: runner.project),
      danger: .disruptive,
      title: "COMPOSE UP \(SafeText(runner.project))",
      rows: [
        PlanRow("run", SafeText(call.shown)), PlanRow("in", SafeText(call.directory)),
        PlanRow("makes", Self.list(missing)), PlanRow("starts", Self.list(down)),
        PlanRow("changes", "\(Self.list(changed)); what else is changed compose finds itself"),
        PlanRow("proof", proof),
        PlanRow("undo", "none; compose down takes all of it down"),
      ],
      exact: call.shown,
      proof: proof,
      dryRun: ["\(SafeText(project.program.joined(separator: " "))) accepts the files"],
      details: Details(call: call, services: wanted)
    )
  }

  static func list(_ names: [String]) -> SafeText {
    names.isEmpty ? "nothing" : SafeText(names.joined(separator: ", "), limit: 600)
  }

  /// Runs the compose CLI.
  public func act(_ details: Details, _ emit: @escaping @LoopActor (ActionEvent) -> Void) async -> ActOutcome
  {
    await acts.run(details.call, by: services.offer((any ComposeRunner).self))
  }

  /// Each service of the files runs.
  public func proof(of details: Details, after outcome: ActOutcome) -> (any ProofMachine)? {
    UpProof(details, after: outcome, timing: services.timing)
  }

  /// The runtime.
  public func touches(_ details: Details) -> [String] { acts.touches }
}

/// The proof that a project is up: each of its services runs, healthy where it is checked, or has ended as it should.
///
/// What was unwell before must be there, and is told if it still is.
struct UpProof: ServicesProof {
  private let services: [ComposeUp.Details.Service]
  let end: MonotonicTime
  let within: Duration
  /// One for each service.
  var parts: [ProofPart]
  private var unwell: [String: String] = [:]

  init(_ details: ComposeUp.Details, after outcome: ActOutcome, timing: ProofTiming) {
    services = details.services
    end = outcome.endedAt.monotonic
    within = timing.within
    parts = details.services.map { ProofPart($0.name, needed: timing.holding, spacing: timing.spacing) }
  }

  mutating func evidence(_ readings: [ServiceReading]) -> [Evidence] {
    unwell = [:]
    return services.map { service in
      let mine = readings.filter { $0.name == service.name }
      let evidence = Self.evidence(mine, service)
      guard service.wasUnwell != nil, case .fails(let word) = evidence, !mine.isEmpty else { return evidence }
      unwell[service.name] = word
      return .holds("there, \(word) as before")
    }
  }

  private static func evidence(_ mine: [ServiceReading], _ service: ComposeUp.Details.Service) -> Evidence {
    guard !mine.isEmpty else { return .fails("not there") }
    if let unknown = mine.first(where: { $0.state.isUntold }) {
      return .unclear(ServiceAssessor.runtimeWord(unknown))
    }
    let isEnded = mine.allSatisfy { $0.state == .exited(code: 0) }
    if isEnded, service.isOneShot == true || service.isOneShot == nil && mine.allSatisfy(\.looksDone) {
      return .holds("done")
    }
    if service.isOneShot == true, mine.allSatisfy({ $0.state == .running }) { return .waiting("runs") }
    if let down = mine.first(where: { $0.state != .running }) {
      return .fails(ServiceAssessor.runtimeWord(down))
    }
    if mine.contains(where: { $0.health == .unhealthy }) { return .fails("unhealthy") }
    if mine.contains(where: { $0.health == .starting }) { return .waiting("starting") }
    return .holds("runs")
  }

  var caution: SafeText? {
    guard !unwell.isEmpty else { return nil }
    let words = unwell.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    return SafeText("not well before, nor now: \(words.joined(separator: ", "))", limit: 300)
  }

  func sentence(of ending: ProofEnding) -> SafeText {
    switch ending {
    case .proven(let took):
      "all \(SafeText("\(services.count)")) services are up after \(SafeText(Format.seconds(took)))"
    case .failed(let part, let within):
      "\(SafeText(part.name)) is \(SafeText(part.evidence.word)) after \(SafeText(Format.seconds(within)))"
    case .unknown(let part, let within):
      "whether \(SafeText(part.name)) is up is not known after \(SafeText(Format.seconds(within))): \(SafeText(part.evidence.word))"
    case .unproven, .notBack: "up"
    }
  }
}
