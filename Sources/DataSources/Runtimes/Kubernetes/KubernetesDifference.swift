internal import Facts

/// What two lists of a namespace show to have changed between them: what no event tells.
enum KubernetesDifference {
  /// The changes from `old` to `new`, which was read at `now`.
  static func changes(
    from old: KubernetesList,
    to new: KubernetesList,
    at now: WallTime
  ) -> [RuntimeChange] {
    var changes: [RuntimeChange] = []
    func add(_ workload: KubernetesWorkload, _ words: String, _ state: FactState = .ok) {
      changes.append(
        RuntimeChange(
          id: "\(workload.uid) \(workload.generation ?? 0) \(words)",
          service: workload.name,
          time: now,
          text: "\(workload.name) \(words)",
          state: state
        )
      )
    }
    for workload in new.workloads where workload.problem == nil {
      guard let before = old.workloads.first(where: { $0.instance == workload.instance }) else {
        add(workload, "was made")
        continue
      }
      // What could not be read before is not known to be another.
      guard before.problem == nil else { continue }
      guard before.uid == workload.uid else {
        add(workload, "was deleted and made anew", .warn)
        continue
      }
      if let words = written(before, workload) { add(workload, words) }
      for pod in workload.pods {
        guard let earlier = before.pods.first(where: { $0.uid == pod.uid }) else { continue }
        for (words, state) in ended(earlier, pod) { add(workload, words, state) }
      }
    }
    for workload in old.workloads
    where workload.problem == nil && !new.workloads.contains(where: { $0.instance == workload.instance }) {
      add(workload, "was deleted", .warn)
    }
    return changes
  }

  /// What was written of a workload, if its generation says that something was.
  private static func written(_ old: KubernetesWorkload, _ new: KubernetesWorkload) -> String? {
    guard let before = old.generation, let after = new.generation, after > before else { return nil }
    var parts: [String] = []
    if old.image != new.image { parts.append("image \(old.image) to \(new.image)") }
    // Of a DaemonSet the nodes decide.
    if new.kind.hasReplicas, let wanted = new.wanted, let had = old.wanted, wanted != had {
      parts.append("\(had) to \(wanted) pods")
    }
    if old.isPaused != new.isPaused { parts.append(new.isPaused ? "paused" : "resumed") }
    let words = parts.isEmpty ? "" : ", \(parts.joined(separator: ", "))"
    return "was changed: generation \(before) to \(after)\(words)"
  }

  /// How containers of a pod ended since, of those that were started anew.
  private static func ended(_ old: KubernetesPod, _ new: KubernetesPod) -> [(String, FactState)] {
    new.containers.compactMap { container in
      guard let before = old.containers.first(where: { $0.name == container.name }),
        container.restarts > before.restarts
      else { return nil }
      let end = container.lastEnd ?? container.ended
      let isOutOfMemory = end?.reason == "OOMKilled"
      let words =
        "pod \(new.name): \(container.name) was started anew (\(container.restarts)), ended before: "
      return (words + (end?.words ?? "not told how"), isOutOfMemory ? .crit : .warn)
    }
  }
}
