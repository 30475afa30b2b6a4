internal import Facts

/// What keeps pods running, as the API tells it, with its pods: a Deployment, a StatefulSet, a DaemonSet.
///
/// Of a count that is zero the API leaves the field out; a status that its controller has not written yet is no status.
struct KubernetesWorkload: Sendable, Hashable {
  /// The kinds that are services.
  enum Kind: String, Sendable, Hashable {
    case deployment = "Deployment"
    case statefulSet = "StatefulSet"
    case daemonSet = "DaemonSet"

    /// What kubectl calls it: `deployment`.
    var word: String { rawValue.lowercased() }
    var hasReplicas: Bool { self != .daemonSet }
  }

  /// Where a stop keeps how many there were, so that any console can start as many again.
  static let rememberedKey = "switchboard/replicas-before-stop"

  var kind: Kind
  var name: String
  var uid: String
  var generation: Int?
  var observedGeneration: Int?
  /// How many there shall be; nil if that isn't told.
  var wanted: Int?
  /// How many there are, of the old and the new.
  var total: Int
  /// How many are of the newest template.
  var updated: Int
  var ready: Int
  var available: Int
  var matchLabels: [String: String]
  /// Whether it selects its pods by more than equal labels.
  var hasExpressions: Bool
  var strategy: String
  /// The lowest number that an update reaches, of a StatefulSet.
  var partition: Int
  var isPaused: Bool
  var progressDeadline: Int?
  /// The reason and message of a rollout that its controller has given up.
  var givenUp: String?
  /// How many there were before it was stopped here.
  var remembered: Int?
  var image: String
  var problem: String?
  var pods: [KubernetesPod] = []

  init?(_ value: JSONValue) {
    guard let kind = value["kind"]?.text.flatMap(Kind.init) else { return nil }
    let (metadata, spec, status) = (value["metadata"], value["spec"], value["status"])
    var unreadable: [String] = []
    func count(_ holder: JSONValue?, _ key: String) -> Int? {
      guard let member = holder?[key] else { return nil }
      guard let number = member.integer, number >= 0 else {
        unreadable.append(key)
        return nil
      }
      return number
    }
    self.kind = kind
    name = metadata?["name"]?.text ?? ""
    uid = metadata?["uid"]?.text ?? ""
    generation = count(metadata, "generation")
    observedGeneration = count(status, "observedGeneration")
    let daemons = kind == .daemonSet
    wanted = daemons ? count(status, "desiredNumberScheduled") : count(spec, "replicas")
    total = count(status, daemons ? "currentNumberScheduled" : "replicas") ?? 0
    updated = count(status, daemons ? "updatedNumberScheduled" : "updatedReplicas") ?? 0
    ready = count(status, daemons ? "numberReady" : "readyReplicas") ?? 0
    // StatefulSets tell it since 1.22 only.
    let available = count(status, daemons ? "numberAvailable" : "availableReplicas")
    self.available = available ?? (kind == .statefulSet ? ready : 0)
    matchLabels = KubernetesList.texts(spec?["selector"]?["matchLabels"])
    hasExpressions = spec?["selector"]?["matchExpressions"]?.list?.isEmpty == false
    strategy = (spec?["updateStrategy"] ?? spec?["strategy"])?["type"]?.text ?? ""
    partition = count(spec?["updateStrategy"]?["rollingUpdate"], "partition") ?? 0
    isPaused = spec?["paused"]?.flag ?? false
    progressDeadline = count(spec, "progressDeadlineSeconds")
    let progressing = status?["conditions"]?.list?.first { $0["type"]?.text == "Progressing" }
    let isOver = progressing?["reason"]?.text == "ProgressDeadlineExceeded"
    givenUp = isOver ? progressing?["message"]?.text ?? "ProgressDeadlineExceeded" : nil
    remembered = metadata?["annotations"]?[Self.rememberedKey]?.text.flatMap(Int.init)
    image = spec?["template"]?["spec"]?["containers"]?.list?.first?["image"]?.text ?? ""
    if name.isEmpty || uid.isEmpty { unreadable.append("name or uid") }
    problem = unreadable.isEmpty ? nil : unreadable.joined(separator: ", ")
  }

  /// What it is called beside others: `deployment/backend`.
  var instance: String { "\(kind.word)/\(name)" }

  /// Whether a pod is one of its own.
  func owns(_ pod: KubernetesPod) -> Bool {
    guard !matchLabels.isEmpty || hasExpressions,
      matchLabels.allSatisfy({ pod.labels[$0.key] == $0.value })
    else { return false }
    switch kind {
    case .deployment:
      guard pod.ownerKind == "ReplicaSet" else { return false }
      // Its controller writes the hash into both: what begins with the same name is another's.
      return pod.labels["pod-template-hash"].map { pod.owner == "\(name)-\($0)" }
        ?? pod.owner.hasPrefix(name + "-")
    case .statefulSet, .daemonSet: return pod.ownerKind == kind.rawValue && pod.owner == name
    }
  }

  /// Its pods in which there is or shall be a process.
  var live: [KubernetesPod] { pods.filter(\.isLive) }

  /// What it does, by its controller and its pods.
  func state(at now: WallTime) -> ServiceReading.State {
    if let problem = problem ?? pods.lazy.compactMap(\.problem).first {
      return .unreadable("unreadable: \(problem)")
    }
    guard let wanted else { return .unreadable("it doesn't tell how many there shall be") }
    guard let generation, let observedGeneration else { return .unreadable("no status of its controller") }
    if wanted == 0, kind.hasReplicas { return live.isEmpty && total == 0 ? .stopped : .stopping }
    if observedGeneration < generation { return .degraded("change not seen by its controller yet") }
    if wanted == 0 { return .degraded("no node is to run it") }
    let share = "\(ready) of \(wanted) ready"
    let trouble = pods.lazy.compactMap(\.trouble).first
    if let trouble { return .failing("\(trouble.reason), \(share)") }
    if givenUp != nil { return .failing("rollout given up, \(share)") }
    let readyPods = live.count { $0.isReady && !$0.isEnding }
    let isUpdated = updated >= min(wanted, max(0, wanted - partition)) && (partition > 0 || total <= updated)
    guard ready >= wanted, available >= wanted, readyPods >= wanted else {
      if ready == 0 || readyPods == 0 { return isYoung(at: now) ? .starting : .failing(share) }
      return .degraded(isUpdated ? "\(min(ready, readyPods)) of \(wanted) ready" : rolling)
    }
    return isUpdated ? .running : .degraded(rolling)
  }

  private var rolling: String { "rolling out, \(updated) of \(wanted ?? 0) new" }

  /// Whether one of its pods is so new that it may still be starting.
  private func isYoung(at now: WallTime) -> Bool { live.contains { !$0.isReady && $0.isYoung(at: now) } }

  /// Whether a change of this generation, or a later one, has been carried out to its end: no pod of before is left.
  func isSettled(by generation: Int, at now: WallTime) -> Bool {
    guard let observedGeneration, observedGeneration >= generation, state(at: now) == .running else {
      return false
    }
    return !pods.contains(where: \.isEnding) && live.count == wanted
  }

  /// The reasons of its pods, `backend-1: ImagePullBackOff: …`; empty if they have none.
  var reasons: String {
    let troubles = pods.compactMap { pod in
      pod.trouble.map { "\(pod.name): \($0.reason)" + ($0.message.isEmpty ? "" : ": \($0.message)") }
    }
    return troubles.joined(separator: "; ")
  }

  /// The life of its oldest pod: what a restart must have ended.
  var oldest: (pod: KubernetesPod, began: WallTime)? {
    live.compactMap { pod in pod.lifeBegan.map { (pod, $0) } }.min { $0.1 < $1.1 }
  }
}
