internal import Facts

/// A patch of a workload, and what its preview says beside it.
struct KubernetesChange: Sendable, Hashable {
  var patch: String
  var remarks: [String] = []

  fileprivate init(_ workload: KubernetesWorkload, annotations: JSONBody? = nil, _ spec: [JSONBody.Member]) {
    var metadata = [JSONBody.Member("uid", .string(workload.uid))]
    if let annotations { metadata.append(JSONBody.Member("annotations", annotations)) }
    patch =
      JSONBody.object([
        JSONBody.Member("metadata", .object(metadata)), JSONBody.Member("spec", .object(spec)),
      ]).text
  }
}

extension KubernetesWorkload {
  private typealias Member = JSONBody.Member

  /// Why a verb can't be had of it, in words; nil if it can.
  func obstacle(_ verb: RuntimeVerb) -> String? {
    switch verb {
    case .restart:
      if wanted == 0 { return "\(name) is scaled to 0: start it instead" }
      if isPaused {
        return "\(name) is paused: `kubectl rollout resume \(instance)` first, nothing rolls out before"
      }
      if strategy == "OnDelete" {
        return
          "\(instance) has the update strategy OnDelete: its pods are made anew only when they are deleted"
      }
      if partition > 0 {
        return "\(instance) keeps its pods below \(partition) (partition): a restart would not reach them"
      }
      return nil
    case .stop, .start, .scale:
      if !kind.hasReplicas {
        return "\(instance) runs on every node that it fits: it has no number to change"
      }
      if verb == .start, remembered == nil, wanted == 0 {
        return
          "how many of \(name) there were isn't known, it was not stopped from here: `scale \(name) COUNT` says it"
      }
      return nil
    case .recreate: return "a restart makes all pods of \(name) anew, from what is written of it: use that"
    default: return nil
    }
  }

  /// What a verb changes; nil for one that is unknown here.
  func change(_ verb: RuntimeVerb, at now: WallTime) -> KubernetesChange? {
    switch verb {
    case .restart: restarting(at: now)
    case .stop: stopping
    case .start: starting
    default: nil
    }
  }

  /// What `kubectl rollout restart` does: an annotation of the template, which makes it another one.
  private func restarting(at now: WallTime) -> KubernetesChange {
    let time = JSONBody.string(Format.timestamp(now))
    let annotations = JSONBody.object([Member("kubectl.kubernetes.io/restartedAt", time)])
    let template = JSONBody.object([Member("metadata", .object([Member("annotations", annotations)]))])
    var change = KubernetesChange(self, [Member("template", template)])
    change.remarks = ["rolls out \(wanted.map { "\($0) " } ?? "")new pods; \(order)"]
    return change
  }

  private var order: String {
    switch kind {
    case .deployment: "the old ones end as the new ones are ready"
    case .statefulSet: "one after the other from the highest number down"
    case .daemonSet: "node after node"
    }
  }

  private var stopping: KubernetesChange? {
    guard let wanted else { return nil }
    let kept = JSONBody.object([Member(Self.rememberedKey, .string("\(wanted)"))])
    var change = KubernetesChange(self, annotations: kept, [Member("replicas", .integer(0))])
    change.remarks = ["start brings \(wanted) back, from any console: an annotation keeps the number"]
    return change
  }

  private var starting: KubernetesChange? {
    remembered.map { count in
      let forgotten = JSONBody.object([Member(Self.rememberedKey, .null)])
      return KubernetesChange(self, annotations: forgotten, [Member("replicas", .integer(count))])
    }
  }

  /// A change of how many there shall be.
  func scaling(to count: Int) -> KubernetesChange {
    var change = KubernetesChange(self, [Member("replicas", .integer(count))])
    if kind == .statefulSet, let wanted {
      change.remarks = [
        count > wanted
          ? "one after the other: \(name)-\(wanted) up to \(name)-\(count - 1), each when the one before is ready"
          : "one after the other: \(name)-\(wanted - 1) down to \(name)-\(count); their volumes stay"
      ]
    }
    return change
  }
}
