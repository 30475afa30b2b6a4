internal import Facts

/// One pod as the API tells it (kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1).
struct KubernetesPod: Sendable, Hashable {
  /// What one container does.
  struct Container: Sendable, Hashable {
    var name: String
    var isReady: Bool
    var restarts: Int
    /// Why it waits, in the kubelet's word, and its message; nil if it doesn't.
    var waiting: Word?
    /// When its life began; nil if it doesn't run.
    var runningSince: WallTime?
    /// How it ended, if it has and has not begun anew.
    var ended: End?
    /// How its life before ended.
    var lastEnd: End?
  }

  struct Word: Sendable, Hashable {
    var reason: String
    var message: String
  }

  struct End: Sendable, Hashable {
    var reason: String
    var code: Int?
    var at: WallTime?
  }

  var name: String
  var uid: String
  var labels: [String: String]
  /// The kind and name of its controller; empty for a pod of its own.
  var ownerKind = ""
  var owner = ""
  var createdAt: WallTime?
  var phase: String
  /// The reason that the API gives for the phase: `Evicted`, `NodeLost`.
  var reason: String
  /// Whether it is being taken away.
  var isEnding: Bool
  var isReady: Bool
  /// Why no node takes it; nil if one has.
  var unscheduled: String?
  var addresses: Set<String>
  var containers: [Container]
  var initContainers: [Container]
  /// Whether somebody asks a container of it whether it is ready.
  var hasReadinessProbe: Bool
  var image: String
  /// What of it can't be read.
  var problem: String?

  init(_ value: JSONValue) {
    let (metadata, spec, status) = (value["metadata"], value["spec"], value["status"])
    name = metadata?["name"]?.text ?? ""
    uid = metadata?["uid"]?.text ?? ""
    labels = KubernetesList.texts(metadata?["labels"])
    let controller = metadata?["ownerReferences"]?.list?.first { $0["controller"]?.flag == true }
    ownerKind = controller?["kind"]?.text ?? ""
    owner = controller?["name"]?.text ?? ""
    createdAt = metadata?["creationTimestamp"]?.text.flatMap { WallTime(zonedTimestamp: $0) }
    phase = status?["phase"]?.text ?? ""
    reason = status?["reason"]?.text ?? ""
    isEnding = metadata?["deletionTimestamp"] != nil
    let conditions = status?["conditions"]?.list ?? []
    func condition(_ type: String) -> JSONValue? { conditions.first { $0["type"]?.text == type } }
    isReady = condition("Ready")?["status"]?.text == "True"
    let scheduled = condition("PodScheduled")
    unscheduled =
      scheduled?["status"]?.text == "False"
      ? scheduled?["message"]?.text ?? scheduled?["reason"]?.text ?? "no node takes it" : nil
    let told = (status?["podIPs"]?.list ?? []).compactMap { $0["ip"]?.text }
    addresses = Set(told + [status?["podIP"]?.text].compactMap { $0 })
    containers = (status?["containerStatuses"]?.list ?? []).map(Container.init)
    initContainers = (status?["initContainerStatuses"]?.list ?? []).map(Container.init)
    let written = spec?["containers"]?.list ?? []
    hasReadinessProbe = written.contains { $0["readinessProbe"]?.isObject == true }
    image = written.first?["image"]?.text ?? ""
    if name.isEmpty || uid.isEmpty {
      problem = "a pod without a name or uid"
    } else if phase.isEmpty {
      problem = "\(name): no status"
    }
  }

  /// Whether it holds or may hold a process: neither done nor failed for good.
  var isLive: Bool { phase != "Succeeded" && phase != "Failed" }

  /// When the life that it leads began: that of the container that started last; nil if none runs.
  var lifeBegan: WallTime? { containers.compactMap(\.runningSince).max() }

  /// Whether it was made so lately that it may still be starting.
  func isYoung(at now: WallTime) -> Bool {
    guard let createdAt, !isEnding, restarts == 0 else { return false }
    return now.secondsSince1970 - createdAt.secondsSince1970 < 120
  }

  /// How often its containers were started anew.
  var restarts: Int { containers.reduce(0) { $0 + $1.restarts } }

  /// Whether the kernel killed one of it for memory, and that is not long past.
  func isOutOfMemory(at now: WallTime) -> Bool {
    containers.contains { container in
      if container.ended?.reason == "OOMKilled" { return true }
      guard let last = container.lastEnd, last.reason == "OOMKilled" else { return false }
      guard container.runningSince != nil, let at = last.at else { return true }
      return now.secondsSince1970 - at.secondsSince1970 < 600
    }
  }

  /// What keeps it from running that doesn't pass by itself, in a word; nil if nothing does.
  var trouble: Word? {
    guard isLive, !isEnding else { return nil }
    if let unscheduled { return Word(reason: "unschedulable", message: unscheduled) }
    if ["NodeLost", "NodeAffinity", "Unknown"].contains(reason) || phase == "Unknown" {
      return Word(reason: "its node is lost", message: reason)
    }
    for container in initContainers + containers {
      let last = container.lastEnd.map { ", ended before: \($0.words)" } ?? ""
      if let waiting = container.waiting,
        !["ContainerCreating", "PodInitializing", ""].contains(waiting.reason)
      {
        return Word(reason: waiting.reason, message: waiting.message + last)
      }
      // A container that did its work beside others, or prepared it, is no trouble.
      if let ended = container.ended, ended.code != 0 { return Word(reason: ended.words, message: "") }
    }
    return nil
  }
}

extension KubernetesPod.Container {
  fileprivate init(_ value: JSONValue) {
    name = value["name"]?.text ?? ""
    isReady = value["ready"]?.flag ?? false
    restarts = value["restartCount"]?.integer ?? 0
    let state = value["state"]
    waiting = state?["waiting"].map {
      KubernetesPod.Word(reason: $0["reason"]?.text ?? "", message: $0["message"]?.text ?? "")
    }
    runningSince = state?["running"]?["startedAt"]?.text.flatMap { WallTime(zonedTimestamp: $0) }
    ended = KubernetesPod.End(state?["terminated"])
    lastEnd = KubernetesPod.End(value["lastState"]?["terminated"])
  }
}

extension KubernetesPod.End {
  fileprivate init?(_ value: JSONValue?) {
    guard let value, value.isObject else { return nil }
    reason = value["reason"]?.text ?? ""
    code = value["exitCode"]?.integer
    at = value["finishedAt"]?.text.flatMap { WallTime(zonedTimestamp: $0) }
  }

  /// `OOMKilled`, `exited 3`, `killed by SIGKILL`.
  var words: String { reason == "OOMKilled" ? reason : ExitWords.words(code) }
}
