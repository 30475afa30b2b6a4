public import DataSources
public import Facts

/// Changes how many containers a service has, and proves it by counting them.
@LoopActor public struct ScaleService: Action {
  /// What was there when it was planned, and what runs.
  public struct Details: Sendable, Hashable {
    /// The service, by its first container.
    public var service: ServiceDetails
    /// All its containers.
    public var containers: [ServiceReading]
    /// How many there shall be.
    public var wanted: Int
    /// What the compose CLI runs; nil where the runtime does it.
    public var call: ComposeControl.Call?
  }

  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "service.scale",
    title: "scale",
    doing: "scaling",
    key: "#",
    targets: [.service],
    danger: .always(.disruptive),
    help: "change how many containers this service has, and count them before and after",
    command: "scale",
    arguments: [.init("count", help: "how many there shall be", isRequired: true)]
  )

  private let services: ActionServices
  private var acts: ComposeActs { ComposeActs(services: services) }

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// Neither the runtime nor a compose project changes numbers.
  public var obstacle: SafeText? { services.runtime?.scales == true ? nil : acts.obstacle }

  /// Drafts it for the service, if it can be there several times.
  /// - Throws: its files allow one container alone, or the number is none.
  public func plan(_ request: ActionRequest, renewing old: Details?) async throws(Refusal) -> Draft<Details> {
    guard let text = request.arguments["count"], !text.isEmpty else {
      throw .notPossible(
        "how many? switchboard \(SafeText(Self.descriptor.command)) \(SafeText(request.target.subject)) COUNT names it"
      )
    }
    guard let wanted = Int(text), (1...64).contains(wanted) else {
      throw .notPossible("\(SafeText(text)) is no number from 1 to 64; what shall be down is stopped")
    }
    if let runtime = services.runtime, runtime.scales {
      return try await plan(request, to: wanted, renewing: old)
    }
    let found = try await acts.find(request, renewing: old?.service.reading)
    let (name, before) = (found.reading.name, found.containers.count)
    if wanted > 1, let reason = Self.reason(found.service) {
      throw .notPossible("\(SafeText(name)) can't be scaled: \(reason)\(alternative(to: name))")
    }
    guard wanted != before else {
      throw .notPossible("\(SafeText(name)) has \(Self.containers(before)) already")
    }
    let words = ["up", "-d", "--no-deps", "--no-recreate", "--scale", "\(name)=\(wanted)", name]
    let call = found.project.call(words)
    var draft = try acts.draft(.scale, request, on: found, provesThen: false, calling: call) { _ in
      "\(SafeText("\(wanted)")) run ×\(services.timing.holding), \(SafeText(Format.seconds(services.timing.within)))"
    }
    draft.title = "SCALE \(SafeText(name)) to \(SafeText("\(wanted)"))"
    draft.advice = nil
    draft.rows.insert(PlanRow("before", Self.containers(before)), at: 2)
    if wanted < before { draft.rows.append(PlanRow("loses", ComposeActs.lost)) }
    draft.rows.append(PlanRow("undo", "scale \(SafeText(name)) \(SafeText("\(before)"))"))
    return draft.carrying(
      Details(service: draft.details, containers: found.containers, wanted: wanted, call: call)
    )
  }

  /// Drafts it for a runtime that keeps several of a service by itself.
  private func plan(
    _ request: ActionRequest,
    to wanted: Int,
    renewing old: Details?
  ) async throws(Refusal) -> Draft<Details> {
    let acts = ServiceActs(services: services)
    let (runtime, readings) = try await acts.readings()
    let targets = ServiceTargets(readings: readings)
    let reading: ServiceReading
    if let old {
      guard let successor = targets.successor(of: old.service.reading) else {
        throw .gone(SafeText(request.target.name))
      }
      reading = successor
    } else {
      reading = try targets.find(request.target)
    }
    let name = SafeText(reading.name)
    guard let before = reading.replicas?.wanted else {
      throw .notPossible(
        "\(name) can't be scaled: \(SafeText(runtime.title)) doesn't tell how many there are"
      )
    }
    guard wanted != before else { throw .notPossible("\(name) has \(ReplicaProof.pods(before)) already") }
    let call: RuntimeRequest?
    do throws(SourceFailure) {
      call = try await runtime.request(scaling: reading, to: wanted)
    } catch {
      let words = [error.word, error.detail].filter { !$0.isEmpty }.joined(separator: ": ")
      throw .notPossible(
        "\(name) can't be scaled: \(SafeText(error.code == .rejected ? error.detail : words, limit: 400))"
      )
    }
    var draft = try acts.draft(
      .scale,
      request,
      on: reading,
      of: readings,
      runtime,
      provesThen: false,
      proof: { _ in
        "\(SafeText("\(wanted)")) ready ×\(services.timing.holding), \(SafeText(Format.seconds(services.timing.within)))"
      },
      call: { call }
    )
    draft.danger = .disruptive
    draft.title = "SCALE \(name) to \(SafeText("\(wanted)"))"
    draft.advice = nil
    draft.rows.insert(PlanRow("before", ReplicaProof.pods(before)), at: 1)
    if before > 0 { draft.rows.append(PlanRow("undo", "scale \(name) \(SafeText("\(before)"))")) }
    return draft.carrying(Details(service: draft.details, containers: [reading], wanted: wanted, call: nil))
  }

  /// Why the files allow one container of it alone; nil if they don't.
  static func reason(_ service: ComposeService) -> SafeText? {
    if let name = service.containerName { return "its container_name \(SafeText(name)) is for one alone" }
    return service.ports.first.map { port in
      "it publishes port \(SafeText("\(port.published)")) of this machine, which one alone can have"
    }
  }

  /// What does the same without further containers, where the service works on a queue.
  private func alternative(to name: String) -> SafeText {
    let profile = services.profiles.first { $0.name == name }
    let queues = profile?.probes.filter(\.isCount).compactMap { probe -> String? in
      let segments = probe.fact.segments
      guard let place = segments.firstIndex(of: "queue"), segments.count > place + 1 else { return nil }
      return segments[place + 1]
    }
    guard let queue = queues?.first else { return "" }
    let grow = GrowPool.descriptor
    return
      "; give its workers more processes instead: \(SafeText(grow.key)) on the queue \(SafeText(queue)), or switchboard \(SafeText(grow.command)) \(SafeText(queue))"
  }

  /// `1 container`, `3 containers`.
  nonisolated static func containers(_ count: Int) -> SafeText {
    "\(SafeText("\(count)")) container\(count == 1 ? "" : "s")"
  }

  /// Runs the compose CLI, or asks the runtime.
  public func act(_ details: Details, _ emit: @escaping @LoopActor (ActionEvent) -> Void) async -> ActOutcome
  {
    guard let call = details.call else {
      return await ServiceActs(services: services).perform(details.service)
    }
    return await acts.run(call, by: services.offer((any ComposeRunner).self))
  }

  /// The runtime counts them.
  public func proof(of details: Details, after outcome: ActOutcome) -> (any ProofMachine)? {
    details.call == nil
      ? ReplicaProof(details, after: outcome, timing: services.timing)
      : ScaleProof(details, after: outcome, timing: services.timing)
  }

  /// The runtime and the sources of the probes.
  public func touches(_ details: Details) -> [String] { acts.touches + details.service.probeSources }
}

/// The proof of a scaling: as many containers run as were asked for, and those that were there before still do.
struct ScaleProof: ServicesProof {
  private let name: String
  private let before: [ServiceReading]
  private let wanted: Int
  let end: MonotonicTime
  let within: Duration
  /// How many run, and whether those from before do still.
  var parts: [ProofPart]

  init(_ details: ScaleService.Details, after outcome: ActOutcome, timing: ProofTiming) {
    name = details.service.reading.name
    before = details.containers
    wanted = details.wanted
    end = outcome.endedAt.monotonic
    within = timing.within
    parts = [
      ProofPart("\(wanted) run", needed: timing.holding, spacing: timing.spacing, isCount: true),
      ProofPart("the others stayed", needed: timing.holding, spacing: timing.spacing),
    ]
  }

  func evidence(_ readings: [ServiceReading]) -> [Evidence] {
    let mine = readings.filter { $0.name == name }
    // Of those before as many stay as there is room for.
    let kept = before.count { old in mine.contains { $0.identity.id == old.identity.id } }
    let expected = min(before.count, wanted)
    return [running(mine), kept >= expected ? .holds("\(kept)") : .fails("\(kept) of \(expected)")]
  }

  private func running(_ mine: [ServiceReading]) -> Evidence {
    guard mine.count == wanted else { return .fails("\(mine.count) there") }
    if let unknown = mine.first(where: { $0.state.isUntold }) {
      return .unclear(ServiceAssessor.runtimeWord(unknown))
    }
    if let down = mine.first(where: { $0.state != .running }) {
      return .fails("\(down.instance) \(ServiceAssessor.runtimeWord(down))")
    }
    if let sick = mine.first(where: { $0.health == .unhealthy }) {
      return .fails("\(sick.instance) unhealthy")
    }
    if mine.contains(where: { $0.health == .starting }) { return .waiting("starting") }
    return .holds("\(mine.count)")
  }

  func sentence(of ending: ProofEnding) -> SafeText {
    switch ending {
    case .proven, .unproven, .notBack:
      "before: \(ScaleService.containers(before.count)); now: \(ScaleService.containers(wanted))"
    case .failed(let part, let within):
      "\(SafeText(part.name)): \(SafeText(part.evidence.word)) after \(SafeText(Format.seconds(within)))"
    case .unknown(let part, let within):
      "\(SafeText(part.name)) is not known after \(SafeText(Format.seconds(within))): \(SafeText(part.evidence.word))"
    }
  }
}
