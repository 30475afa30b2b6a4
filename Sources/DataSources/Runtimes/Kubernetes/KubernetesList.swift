internal import Facts

/// What `kubectl get deployments,statefulsets,daemonsets,pods -o json` prints.
struct KubernetesList: Sendable {
  /// The workloads, each with its pods.
  var workloads: [KubernetesWorkload] = []
  /// The pods of no workload: those of jobs, and those that somebody made by hand.
  var others: [KubernetesPod] = []

  /// Reads it; nil if it is none.
  init?(parsing bytes: [UInt8]) {
    guard let items = JSONValue(parsing: bytes)?["items"]?.list else { return nil }
    workloads = items.compactMap(KubernetesWorkload.init)
    for pod in items.filter({ $0["kind"]?.text == "Pod" }).map(KubernetesPod.init) {
      if let owner = workloads.firstIndex(where: { $0.owns(pod) }) {
        workloads[owner].pods.append(pod)
      } else {
        others.append(pod)
      }
    }
    workloads.sort { ($0.name, $0.kind.rawValue) < ($1.name, $1.kind.rawValue) }
  }

  /// A mapping of texts; what is none is left out.
  static func texts(_ value: JSONValue?) -> [String: String] {
    guard case .object(let members) = value else { return [:] }
    return members.compactMapValues(\.text)
  }
}
