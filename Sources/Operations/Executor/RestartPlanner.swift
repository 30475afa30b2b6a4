internal import DataSources
internal import Facts

/// Makes the plan of a restart from what is known now.
@LoopActor struct RestartPlanner {
  let services: ActionServices
  let runtime: any Runtime
  let readings: [ServiceReading]

  func plan(_ request: ActionRequest, _ reading: ServiceReading) -> Plan {
    let world = services.world()
    let now = services.clock.now()
    let statuses = world.snapshot(ServiceStatuses.self)?.value
    let profile = profile(reading.name)
    let danger = DangerClass(nearest: profile.dangerClass)
    let target = ActionTarget(
      .service,
      name: request.target.name,
      service: reading.name,
      identity: reading.identity
    )
    let details = RestartDetails(
      reading: reading,
      profile: profile,
      counts: counts(profile, world, now),
      then: profile.then.map { name in
        let profile = self.profile(name)
        return RestartDetails.Dependent(
          profile,
          counts: counts(profile, world, now),
          wasUnwell: statuses?.service(name).flatMap { $0.state == .crit ? $0.word : nil }
        )
      }
    )
    let exact = runtime.restartPreview(of: reading)
    let proof = proof(details)
    let hits = dependents(of: reading.name)
    var rows = [
      PlanRow("run", SafeText(exact)),
      PlanRow("hits", hits.isEmpty ? "nothing that is known" : SafeText(hits.joined(separator: ", "))),
      PlanRow("now", nowLine(reading, statuses, world, now)),
      PlanRow("proof", proof),
    ]
    if let next = profile.then.first {
      rows.append(PlanRow("next", "only if \(SafeText(next)) stays down: Enter restarts it"))
    }
    let sameTarget = SafeText("target \(reading.identity.id) is there")
    return Plan(
      environment: services.environment,
      request: request,
      target: target,
      danger: danger,
      title: "RESTART \(SafeText(request.target.name))",
      rows: rows,
      exact: exact,
      advice: advice(profile, statuses),
      proof: proof,
      dryRun: ["would run \(SafeText(exact))", sameTarget, "then prove: \(proof)", "nothing was sent"],
      details: .restart(details)
    )
  }

  /// The service's profile with its own probes alone: what it needs may answer while it doesn't.
  private func profile(_ service: String) -> ServiceProfile {
    var profile = services.profiles.first { $0.name == service } ?? ServiceProfile(name: service)
    profile.probes.removeAll { !$0.isOwn }
    return profile
  }

  /// The services that need this one, directly or through others, in the order of the profiles.
  private func dependents(of service: String) -> [String] {
    var hit: Set<String> = [service]
    var found: [String] = []
    var grew = true
    while grew {
      grew = false
      for profile in services.profiles where !hit.contains(profile.name) {
        guard profile.needs.contains(where: hit.contains) else { continue }
        hit.insert(profile.name)
        found.append(profile.name)
        grew = true
      }
    }
    let order = services.profiles.map(\.name)
    return found.sorted { (order.firstIndex(of: $0) ?? 0) < (order.firstIndex(of: $1) ?? 0) }
  }

  private func proof(_ details: RestartDetails) -> SafeText {
    let timing = services.timing
    var parts = ["new start"]
    let probes = ServiceProbes(details.profile, counts: details.counts, timing: timing).parts.map {
      "\($0.name) ×\($0.needed)"
    }
    switch details.reading.health {
    case _ where details.reading.isOneShot == true: parts.append("exited 0")
    case .none where probes.isEmpty:
      parts.append("still the same \(Format.seconds(timing.settling)) later (unproven)")
    case .starting where probes.isEmpty, .healthy where probes.isEmpty, .unhealthy where probes.isEmpty:
      parts.append("its health check")
    case .none, .starting, .healthy, .unhealthy:
      parts += probes
    }
    parts += details.then.map { "then \($0.profile.name) ×\(timing.holding)" }
    return SafeText(parts.joined(separator: ", ") + ", " + Format.seconds(timing.within))
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
  private func advice(_ profile: ServiceProfile, _ statuses: ServiceStatuses?) -> PlanAdvice? {
    guard let statuses,
      let cause = profile.needs.first(where: { statuses.service($0)?.state == .crit }),
      let status = statuses.service(cause), cause != profile.name
    else { return nil }
    return PlanAdvice("\(SafeText(cause)) is CRIT: restart that first", instead: .restart(status))
  }
}
