internal import Facts

extension KubernetesWorkload {
  /// The workload as the console's services are told; `place` is where its cluster is.
  func reading(at place: String, now: WallTime) -> ServiceReading {
    let oldest = oldest
    var reading = ServiceReading(
      name: name.isEmpty ? "a \(kind.word) without a name" : name,
      instance: instance,
      identity: ServiceIdentity(
        id: "\(instance)/\(uid) at \(place)",
        // One pod of several that is made anew is no new life of the service; the last of the old ones ends it.
        incarnation: oldest.map { "\($0.pod.uid)@\(Int($0.began.secondsSince1970))" } ?? "",
        begunAt: oldest?.began
      ),
      state: state(at: now),
      health: health(at: now),
      startedAt: live.compactMap(\.lifeBegan).max(),
      restarts: pods.isEmpty && wanted != 0 ? nil : live.reduce(0) { $0 + $1.restarts },
      isOutOfMemory: live.contains { $0.isOutOfMemory(at: now) },
      isOneShot: false,
      image: image,
      detail: detail
    )
    reading.addresses = live.reduce(into: []) { $0.formUnion($1.addresses) }
    reading.replicas = wanted.map { ServiceReading.Replicas(wanted: $0, ready: ready) }
    return reading
  }

  private var detail: String {
    let ending = pods.count(where: \.isEnding)
    let parts = [givenUp ?? "", reasons, ending == 0 ? "" : "\(ending) still end", isPaused ? "paused" : ""]
    return parts.filter { !$0.isEmpty }.joined(separator: "; ")
  }

  /// What its readiness probes say; a pod without one is "ready" as soon as it runs, which says nothing.
  private func health(at now: WallTime) -> ServiceReading.Health {
    guard let wanted, wanted > 0, !live.isEmpty, live.allSatisfy(\.hasReadinessProbe) else { return .none }
    if state(at: now) == .starting { return .starting }
    return live.count { $0.isReady && !$0.isEnding } >= wanted && ready >= wanted ? .healthy : .unhealthy
  }
}

extension KubernetesPod {
  /// A pod of no workload, or the newest one of a job, as the console's services are told.
  func reading(at place: String, now: WallTime) -> ServiceReading {
    let isJob = ownerKind == "Job"
    var reading = ServiceReading(
      name: service,
      instance: "pod/\(name)",
      identity: ServiceIdentity(
        id: "pod/\(name)/\(uid) at \(place)",
        incarnation: lifeBegan.map { "\(uid)@\(Int($0.secondsSince1970))" } ?? "",
        begunAt: lifeBegan
      ),
      state: state(at: now),
      health: isLive && hasReadinessProbe ? (isReady ? .healthy : .unhealthy) : .none,
      startedAt: lifeBegan,
      restarts: containers.isEmpty ? nil : restarts,
      isOutOfMemory: isOutOfMemory(at: now),
      isOneShot: isJob ? true : nil,
      image: image,
      detail: trouble.map { "\($0.reason): \($0.message)" } ?? reason
    )
    reading.endedAt = isLive ? nil : containers.compactMap { $0.ended?.at }.max()
    reading.addresses = isLive ? addresses : []
    return reading
  }

  /// What it is called as a service: the job's name, or its own.
  var service: String {
    ownerKind == "Job" ? Self.jobName(owner) : name.isEmpty ? "a pod without a name" : name
  }

  /// Those of a CronJob end in its time: `backup-28877290` is `backup`.
  private static func jobName(_ job: String) -> String {
    guard let dash = job.lastIndex(of: "-") else { return job }
    let tail = job[job.index(after: dash)...]
    return tail.count >= 8 && tail.allSatisfy(\.isNumber) ? String(job[..<dash]) : job
  }

  private func state(at now: WallTime) -> ServiceReading.State {
    if let problem { return .unreadable("unreadable: \(problem)") }
    if isEnding { return .stopping }
    if let trouble { return .failing(trouble.reason) }
    switch phase {
    case "Running": return containers.contains { $0.runningSince != nil } ? .running : .starting
    case "Pending": return isYoung(at: now) ? .starting : .failing("pending")
    case "Succeeded": return .exited(code: 0)
    case "Failed":
      let code = containers.compactMap { $0.ended?.code }.first { $0 != 0 }
      return code.map { .exited(code: $0) } ?? .failing(reason.isEmpty ? "failed" : reason)
    default: return .other(phase)
    }
  }
}
