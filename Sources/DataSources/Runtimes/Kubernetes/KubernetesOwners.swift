internal import Facts

/// Whose a thing of a namespace is, as lists have told: by owners and never by how names begin, which two may share.
///
/// What is gone meanwhile stays known; what no list told while it was there isn't.
struct KubernetesOwners: Sendable {
  private static let most = 4_096

  /// The services by kind and name: `Pod/backend-5c9f-1`.
  private var services: [String: String] = [:]
  private var workloads: Set<String> = []
  /// In the order in which they were told.
  private var told: [String] = []

  /// Takes what a list tells.
  mutating func take(_ list: KubernetesList) {
    workloads = []
    for workload in list.workloads {
      workloads.insert("\(workload.kind.rawValue)/\(workload.name)")
      for pod in workload.pods {
        take("Pod/\(pod.name)", of: workload.name)
        if pod.ownerKind == "ReplicaSet" { take("ReplicaSet/\(pod.owner)", of: workload.name) }
      }
    }
    for pod in list.others { take("Pod/\(pod.name)", of: pod.service) }
  }

  private mutating func take(_ thing: String, of service: String) {
    if services.updateValue(service, forKey: thing) == nil { told.append(thing) }
    while told.count > Self.most { services[told.removeFirst()] = nil }
  }

  /// The service that a thing is of, or was; nil if nobody has told.
  func service(of kind: String, _ name: String) -> String? {
    workloads.contains("\(kind)/\(name)") ? name : services["\(kind)/\(name)"]
  }
}
