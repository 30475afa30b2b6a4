internal import Facts

/// An event of a namespace as the API tells it (kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1):
/// what the cluster itself says happened, kept for an hour.
struct KubernetesEvent: Sendable, Hashable {
  var id: String
  var kind: String
  var name: String
  var reason: String
  var message: String
  var time: WallTime

  /// What of a pod's life is worth a line; pulls, starts and probes are every day's.
  private static let reasons: [String: FactState] = [
    "Scheduled": .ok, "Killing": .ok, "ScalingReplicaSet": .ok, "SuccessfulRescale": .ok,
    "DeploymentRollback": .warn, "Evicted": .warn, "Preempted": .warn, "Preempting": .warn,
    "TaintManagerEviction": .warn, "NodeNotReady": .warn, "FailedScheduling": .warn, "FailedCreate": .warn,
    "FailedMount": .warn, "OOMKilling": .crit, "SystemOOM": .crit,
  ]

  /// Reads one; nil for what is worth no line, or tells no time or subject.
  init?(_ value: JSONValue) {
    let (metadata, object) = (value["metadata"], value["involvedObject"] ?? value["regarding"])
    guard let reason = value["reason"]?.text, Self.reasons[reason] != nil, let uid = metadata?["uid"]?.text,
      let kind = object?["kind"]?.text, let name = object?["name"]?.text
    else { return nil }
    let times = [
      value["lastTimestamp"], value["series"]?["lastObservedTime"], value["eventTime"],
      value["firstTimestamp"],
      metadata?["creationTimestamp"],
    ]
    guard let time = times.lazy.compactMap({ $0?.text.flatMap { WallTime(zonedTimestamp: $0) } }).first else {
      return nil
    }
    // One that comes again is counted in the same object.
    let count = value["count"]?.integer ?? value["series"]?["count"]?.integer ?? 1
    id = "event \(uid) \(count)"
    (self.kind, self.name, self.reason, self.time) = (kind, name, reason, time)
    message = value["message"]?.text ?? value["note"]?.text ?? ""
  }

  /// What `kubectl get events -o json` prints; nil if it is none.
  static func all(parsing bytes: [UInt8]) -> [KubernetesEvent]? {
    JSONValue(parsing: bytes)?["items"]?.list?.compactMap(KubernetesEvent.init)
  }

  /// The change of a service that it tells of; nil if it isn't known to be of one.
  func change(among owners: KubernetesOwners) -> RuntimeChange? {
    owners.service(of: kind, name).map { service in
      let subject = name == service ? service : "\(service): \(kind.lowercased()) \(name)"
      return RuntimeChange(
        id: id,
        service: service,
        time: time,
        text: "\(subject): \(reason)" + (message.isEmpty ? "" : ", \(message)"),
        state: Self.reasons[reason] ?? .ok
      )
    }
  }
}
