public import DataSources
public import Facts

/// An action that the runtime carries out on one service: what differs is its plan and its proof.
@LoopActor public protocol ServiceAction: Action where Details == ServiceDetails {
  /// What it needs of its environment.
  var services: ActionServices { get }
  /// Whether of several those that others need come first; else last.
  nonisolated static var needsFirst: Bool { get }
}

extension ServiceAction {
  /// They come first.
  public nonisolated static var needsFirst: Bool { true }

  /// Those that are meant in the order of their needs; all that it is of use to where all are meant.
  public func targets(of request: ActionRequest) async throws(Refusal) -> [ActionTarget] {
    try await acts.targets(of: request, Self.descriptor.use, needsFirst: Self.needsFirst)
  }

  /// What acting on a service has in common.
  public var acts: ServiceActs { ServiceActs(services: services) }

  /// Asks the runtime for it.
  public func act(
    _ details: ServiceDetails,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActOutcome {
    await acts.perform(details)
  }

  /// The runtime and the sources of the probes.
  public func touches(_ details: ServiceDetails) -> [String] { acts.touches(details) }
}

/// What acting on one service has in common, whatever the verb: finding it, the preview, the runtime's call.
@LoopActor public struct ServiceActs {
  let services: ActionServices

  /// Drafts a verb for the service that is meant, or for what has taken the place of `old`.
  ///
  /// `proof` says in one line what will prove it.
  /// - Throws: why it can't be done.
  public func draft(
    _ verb: RuntimeVerb,
    _ request: ActionRequest,
    renewing old: ServiceDetails?,
    provesThen: Bool = true,
    proof: (ServiceDetails) -> SafeText
  ) async throws(Refusal) -> Draft<ServiceDetails> {
    let (runtime, readings) = try await readings()
    let reading: ServiceReading
    if let old {
      guard let successor = ServiceTargets(readings: readings).successor(of: old.reading) else {
        throw .gone(SafeText(request.target.name))
      }
      reading = successor
    } else {
      reading = try ServiceTargets(readings: readings).find(request.target)
    }
    return try draft(verb, request, on: reading, of: readings, runtime, provesThen: provesThen, proof: proof)
    {
      runtime.request(verb, reading)
    }
  }

  /// Drafts a verb for one of the readings; `call` is what runs, nil where it can't be done.
  func draft(
    _ verb: RuntimeVerb,
    _ request: ActionRequest,
    on reading: ServiceReading,
    of readings: [ServiceReading],
    _ runtime: any Runtime,
    provesThen: Bool,
    proof: (ServiceDetails) -> SafeText,
    call: () -> RuntimeRequest?
  ) throws(Refusal) -> Draft<ServiceDetails> {
    guard let call = call() else {
      if let obstacle = runtime.obstacle(verb, reading) { throw .notPossible(SafeText(obstacle, limit: 300)) }
      throw .notPossible("\(SafeText(runtime.title)) can't \(SafeText(verb.name)) a service")
    }
    let world = services.world()
    let now = services.clock.now()
    let statuses = world.snapshot(ServiceStatuses.self)?.value
    let profile = profile(reading.name)
    let details = ServiceDetails(
      request: call,
      profile: profile,
      counts: counts(profile, world, now),
      then: provesThen ? profile.then.map { dependent($0, readings, statuses, world, now) } : []
    )
    let proof = proof(details)
    // What is proven afterwards is hit as well, whether or not the configuration says that it needs this one.
    let hits = dependents(of: reading.name, and: details.then.map(\.profile.name))
    var rows = [
      PlanRow("run", SafeText(call.shown)),
      PlanRow("hits", hits.isEmpty ? "nothing that is known" : SafeText(hits.joined(separator: ", "))),
      PlanRow("now", nowLine(reading, statuses, world, now)),
      PlanRow("proof", proof),
    ]
    rows.insert(contentsOf: call.remarks.map { PlanRow("note", SafeText($0, limit: 300)) }, at: 1)
    if let recent = justStarted(reading, now) { rows.insert(PlanRow("just", recent), at: rows.count - 1) }
    if let next = details.then.first?.profile.name {
      rows.append(PlanRow("next", "only if \(SafeText(next)) stays down: Enter restarts it"))
    }
    let target = ActionTarget(
      .service,
      name: request.target.name,
      subject: reading.name,
      identity: reading.identity
    )
    return Draft(
      target: target,
      // Whatever the configuration says of it, it is no mere look.
      danger: max(.mild, DangerClass(nearest: profile.dangerClass)),
      title: "\(SafeText(verb.name.uppercased())) \(SafeText(request.target.name))",
      rows: rows,
      exact: call.shown,
      advice: advice(profile, statuses, request.action),
      proof: proof,
      counts: profile.probes.compactMap { probe in
        details.counts[probe.fact].map { PlanCount(probe.name, $0, rule: .presence) }
      },
      details: details
    )
  }

  /// The targets in the order of their needs; those to which it is of use in place of ``ActionTarget/allServices``.
  func targets(
    of request: ActionRequest,
    _ use: ActionDescriptor.Use,
    needsFirst: Bool
  ) async throws(Refusal) -> [ActionTarget] {
    guard request.targets.contains(.allServices) else {
      return DependencyOrder.sorted(request.targets, services.profiles, needsFirst: needsFirst)
    }
    let (_, readings) = try await readings()
    let all = ServiceTargets(readings: readings).all { reading in
      // What is meant to end has nothing that a restart brings back.
      guard profile(reading.name).isMeantToEnd(reading) != true else { return false }
      return switch use {
      case .always: true
      case .whileUp: reading.state.isUp
      case .whileDown: reading.state.isDown
      }
    }
    return DependencyOrder.sorted(all, services.profiles, needsFirst: needsFirst)
  }

  /// Sends the call of a confirmed plan.
  func perform(_ details: ServiceDetails) async -> ActOutcome {
    // Who is there already is nobody who came by the act; after a stop nobody is looked for.
    let consumers = details.request.verb == .stop ? [:] : await consumers(of: details)
    var outcome = await send(details)
    outcome.consumers = consumers
    return outcome
  }

  /// Who consumes now from the queues of those whose workers are to be proven.
  private func consumers(of details: ServiceDetails) async -> [String: [QueueConsumer]] {
    let profiles = [details.profile] + details.then.map(\.profile)
    let sources = Set(profiles.flatMap(\.probes).filter { $0.isOwn && $0.progress != nil }.map(\.source))
    var consumers: [String: [QueueConsumer]] = [:]
    // One that gives no answer leaves it unknown, and its proof says so.
    for source in sources { consumers[source] = try? await services.consumers[source]?.consumers() }
    return consumers
  }

  private func send(_ details: ServiceDetails) async -> ActOutcome {
    let begunAt = services.clock.now()
    guard let runtime = services.runtime else {
      let failure = SourceFailure(.misconfigured, at: services.environment, detail: "no runtime")
      return ActOutcome(.rejected(failure), begunAt: begunAt, endedAt: begunAt)
    }
    do throws(SourceFailure) {
      try await runtime.perform(details.request)
      return ActOutcome(.accepted(id: nil), begunAt: begunAt, endedAt: services.clock.now())
    } catch {
      let detail = error.detail.isEmpty ? "" : ": \(error.detail)"
      let said = SafeText("the runtime said \(error.word)\(detail)", limit: 300)
      return ActOutcome(
        error.mayHaveHappened || error.isOfGateway ? .uncertain(error) : .decided(Verdict(.failed, said)),
        begunAt: begunAt,
        endedAt: services.clock.now()
      )
    }
  }

  /// The sources to ask afterwards: the runtime and those of the probes.
  func touches(_ details: ServiceDetails) -> [String] {
    (services.runtime.map { [$0.descriptor.id] } ?? []) + details.probeSources
  }

  /// What a new life is proven by, in one line.
  func proofOfLife(_ details: ServiceDetails) -> SafeText {
    let timing = services.timing
    var parts = ["new start"]
    let probes = ServiceProbes(details.profile, counts: details.counts, timing: timing).parts.map {
      "\($0.name) ×\($0.needed)"
    }
    switch details.reading.health {
    case _ where details.profile.isMeantToEnd(details.reading) == true: parts.append("exited 0")
    case .none where probes.isEmpty:
      parts.append("still the same \(Format.seconds(timing.settling)) later (unproven)")
    case .starting where probes.isEmpty, .healthy where probes.isEmpty, .unhealthy where probes.isEmpty:
      parts.append("its health check")
    case .none: parts += probes
    case .starting, .healthy, .unhealthy: parts += probes + ["its health check"]
    }
    parts += details.then.map { "then \($0.profile.name) ×\(timing.holding)" }
    return SafeText(parts.joined(separator: ", ") + ", " + Format.seconds(timing.within))
  }

  /// The runtime, and its services as they are now.
  func readings() async throws(Refusal) -> (any Runtime, [ServiceReading]) {
    guard let runtime = services.runtime else {
      throw .notPossible("nothing is configured that runs the services")
    }
    do throws(SourceFailure) {
      return (runtime, try await runtime.services())
    } catch {
      // What a server said of itself, a missing right or a changed context, says more than its kind does.
      let words = error.told == nil || error.detail.isEmpty ? error.advice : error.detail
      throw .notPossible(
        "\(SafeText(runtime.title)) \(SafeText(error.word)) (\(SafeText(words, limit: 400)))"
      )
    }
  }

  private func dependent(
    _ name: String,
    _ readings: [ServiceReading],
    _ statuses: ServiceStatuses?,
    _ world: World,
    _ now: Moment
  ) -> ServiceDetails.Dependent {
    let profile = profile(name)
    return ServiceDetails.Dependent(
      profile,
      counts: counts(profile, world, now),
      wasUnwell: statuses?.service(name).flatMap { $0.state == .crit ? $0.word : nil },
      before: readings.filter { $0.name == name }
    )
  }

  /// What has started a moment ago: somebody else may have been faster, from another machine even.
  private func justStarted(_ reading: ServiceReading, _ now: Moment) -> SafeText? {
    guard reading.state == .running, let startedAt = reading.startedAt else { return nil }
    let age = now.wall.secondsSince1970 - startedAt.secondsSince1970
    guard age >= 0, age < 30 else { return nil }
    return "it started \(Format.age(.seconds(age))) ago: was it restarted by somebody else?"
  }

  /// The service's profile with its own probes alone: what it needs may answer while it doesn't.
  private func profile(_ service: String) -> ServiceProfile {
    var profile = services.profiles.first { $0.name == service } ?? ServiceProfile(name: service)
    profile.probes.removeAll { !$0.isOwn }
    return profile
  }

  /// The services that need this one, directly or through others, and `further` ones, in the order of the
  /// profiles.
  private func dependents(of service: String, and further: [String]) -> [String] {
    let others = further.filter { $0 != service }
    let found = others + DependencyOrder.dependents(of: Set(others).union([service]), services.profiles)
    let order = services.profiles.map(\.name)
    return found.sorted { (order.firstIndex(of: $0) ?? 0) < (order.firstIndex(of: $1) ?? 0) }
  }

  /// What the counting probes of a service tell now: what must be reached again.
  private func counts(_ profile: ServiceProfile, _ world: World, _ now: Moment) -> [FactName: Int] {
    var counts: [FactName: Int] = [:]
    for probe in profile.probes where probe.isCount {
      guard let number = world.facts.fact(probe.fact, at: now.monotonic)?.knownValue?.number else { continue }
      counts[probe.fact] = Int(exactly: number.rounded())
    }
    return counts
  }

  private func nowLine(
    _ reading: ServiceReading,
    _ statuses: ServiceStatuses?,
    _ world: World,
    _ now: Moment
  ) -> SafeText {
    var parts: [String] = []
    let status =
      statuses?.services.first { $0.reading?.identity.id == reading.identity.id }
    parts.append(status?.word ?? ServiceAssessor.runtimeWord(reading))
    if let status, !status.probes.isEmpty { parts.append("probes \(status.passed)/\(status.probes.count)") }
    if let startedAt = reading.startedAt {
      let seconds = max(0, now.wall.secondsSince1970 - startedAt.secondsSince1970)
      parts.append("up \(Format.uptime(.seconds(seconds)))")
    }
    // What a restart interrupts, where a source of the service's name counts it.
    let connections = world.facts.fact(FactName(reading.name, "connections"), at: now.monotonic)
    if let number = connections?.knownValue?.number {
      parts.append("\(Format.count(number)) connections")
    } else if let connections, connections.value != nil {
      parts.append("connections unknown")
    }
    return SafeText(parts.joined(separator: " · "))
  }

  /// If what it needs is CRIT, restarting this one helps nobody.
  private func advice(
    _ profile: ServiceProfile,
    _ statuses: ServiceStatuses?,
    _ action: ActionID
  ) -> PlanAdvice? {
    guard let statuses,
      let cause = profile.needs.first(where: { statuses.service($0)?.state == .crit }),
      let status = statuses.service(cause), cause != profile.name
    else { return nil }
    return PlanAdvice(
      "\(SafeText(cause)) is CRIT: restart that first",
      instead: ActionRequest(action, on: ActionTarget(status))
    )
  }
}
