public import DataSources
public import Facts

/// Makes new containers of a service in the place of the old ones, from its files as they are now, and proves that they
/// have the files' values and are well.
///
/// It is what brings a changed `.env`, variable or image: a restart keeps what the container was made with.
@LoopActor public struct RecreateService: Action {
  /// What was there when it was planned, and what runs.
  public struct Details: Sendable, Hashable {
    /// The service, by its first container.
    public var service: ServiceDetails
    /// All its containers.
    public var containers: [ServiceReading]
    /// What runs.
    public var call: ComposeControl.Call
    /// Whether the values that containers were given can be compared with the files.
    public var tellsValues: Bool
  }

  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "service.recreate",
    title: "recreate",
    doing: "recreating",
    key: "R",
    targets: [.service],
    takesSeveral: true,
    danger: .always(.disruptive),
    help:
      "make this service's containers anew from its compose files, after a change of .env or image, and prove it",
    command: "recreate"
  )

  private let services: ActionServices
  private var acts: ComposeActs { ComposeActs(services: services) }

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// There is no compose project.
  public var obstacle: SafeText? { acts.obstacle }

  /// Each service once, in the order of their needs.
  public func targets(of request: ActionRequest) async throws(Refusal) -> [ActionTarget] {
    let sorted = try await ServiceActs(services: services).targets(of: request, .always, needsFirst: true)
    var seen: Set<String> = []
    return sorted.filter { seen.insert($0.subject).inserted }
  }

  /// Drafts it for all containers of the service.
  /// - Throws: why it can't be done; a CLI's rejection in its own words.
  public func plan(_ request: ActionRequest, renewing old: Details?) async throws(Refusal) -> Draft<Details> {
    let found = try await acts.find(request, renewing: old?.service.reading)
    let (name, count) = (found.reading.name, found.containers.count)
    // Without it compose would take those beyond the files' number away.
    let scale = count > 1 ? ["--scale", "\(name)=\(count)"] : []
    let call = found.project.call(["up", "-d", "--no-deps", "--force-recreate"] + scale + [name])
    let differing = found.runner.differing(found.containers, from: name)
    var draft = try acts.draft(.recreate, request, on: found, provesThen: true, calling: call) { details in
      proof(details, count, tellsValues: differing != nil)
    }
    draft.rows.insert(PlanRow("change", Self.change(found, differing)), at: 2)
    if count > 1 { draft.rows.insert(PlanRow("all", "its \(SafeText("\(count)")) containers"), at: 2) }
    draft.rows.append(PlanRow("loses", ComposeActs.lost))
    draft.rows.append(PlanRow("undo", "the files as they were, and recreate once more"))
    return draft.carrying(
      Details(
        service: draft.details,
        containers: found.containers,
        call: call,
        tellsValues: differing != nil
      )
    )
  }

  private func proof(_ details: ServiceDetails, _ count: Int, tellsValues: Bool) -> SafeText {
    let life = ServiceActs(services: services).proofOfLife(details).string.replacing("new start, ", with: "")
    let values = tellsValues ? "the files' values, " : ""
    return SafeText("new container\(count == 1 ? "" : "s"), \(values)\(life)")
  }

  /// What would be another thing in the new containers; never a value.
  private static func change(_ found: ComposeActs.Found, _ differing: [String]?) -> SafeText {
    var words: [String] =
      switch differing {
      case nil: ["what the containers were given can't be compared with the files"]
      case []?: ["no variable differs from the files"]
      case let names?:
        ["\(names.joined(separator: ", ")) differ\(names.count == 1 ? "s" : "") from the files"]
      }
    if let image = found.service.image, ComposeControl.isAnotherImage(found.reading, found.service) == true {
      words.append("image \(found.reading.image) → \(image)")
    }
    return SafeText(words.joined(separator: "; "), limit: 400)
  }

  /// Runs the compose CLI.
  public func act(_ details: Details, _ emit: @escaping @LoopActor (ActionEvent) -> Void) async -> ActOutcome
  {
    await acts.run(details.call, by: services.offer((any ComposeRunner).self))
  }

  /// Other containers, with the files' values, that are well as after a restart.
  public func proof(of details: Details, after outcome: ActOutcome) -> (any ProofMachine)? {
    RecreateProof(details, after: outcome, timing: services.timing)
  }

  /// How many variables of the service differ from the files, for the proof.
  public func read(_ key: String) async -> Result<[Observation], SourceFailure> {
    guard let runner = services.offer((any ComposeRunner).self), let runtime = services.runtime else {
      return .failure(SourceFailure(.misconfigured, at: key, detail: "no compose project"))
    }
    do throws(SourceFailure) {
      let containers = try await runtime.services().filter { $0.name == key }
      guard let names = runner.differing(containers, from: key) else { return .success([]) }
      let origin = Origin(source: runtime.descriptor.id, query: "the containers' environment")
      return .success([
        Observation(
          RecreateProof.differing,
          .number(Double(names.count)),
          word: names.joined(separator: ", "),
          origin: origin
        )
      ])
    } catch {
      return .failure(error)
    }
  }

  /// The runtime and the sources of the probes.
  public func touches(_ details: Details) -> [String] { acts.touches + details.service.probeSources }
}
