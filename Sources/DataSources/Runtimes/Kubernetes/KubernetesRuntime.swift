public import Facts

/// The workloads of one namespace of a Kubernetes cluster, by kubectl.
///
/// A service is a Deployment, a StatefulSet or a DaemonSet with all its pods, a job by its newest pod, or a pod that
/// nothing keeps running. A poll is one call of kubectl.
@LoopActor public final class KubernetesRuntime: Runtime {
  /// How it is polled and told.
  public let descriptor: SourceDescriptor
  /// How a person would say where it runs: `kubernetes prod/voiceai`.
  public let title: String

  let kubectl: Kubectl
  let followEvery: Duration
  let patience: Duration
  private var known: [String: KubernetesWorkload] = [:]
  /// The pods of no workload, as they were told last.
  private(set) var others: [KubernetesPod] = []
  private var isUsageWatched = false
  private let history: KubernetesHistory

  nonisolated static let list = "deployments,statefulsets,daemonsets,pods"

  /// Makes a runtime; asks nothing yet.
  public convenience init(
    id: String = "runtime",
    _ settings: KubernetesSettings,
    interval: Duration = .seconds(5),
    deadline: Duration = .seconds(5)
  ) {
    self.init(id: id, settings, program: ["kubectl"], interval: interval, deadline: deadline)
  }

  /// The same with another kubectl, and other times.
  init(
    id: String = "runtime",
    _ settings: KubernetesSettings,
    program: [String],
    environment: [String: String?] = [:],
    interval: Duration = .seconds(5),
    deadline: Duration = .seconds(5),
    followEvery: Duration = .seconds(1),
    patience: Duration = .seconds(30)
  ) {
    kubectl = Kubectl(settings, program: program, environment: environment)
    self.followEvery = followEvery
    self.patience = patience
    history = KubernetesHistory(kubectl, deadline: deadline)
    title = "kubernetes \(settings.context)/\(settings.namespace)"
    descriptor = SourceDescriptor(
      id: id,
      kind: "Kubernetes",
      address: kubectl.address,
      interval: interval,
      deadline: deadline
    )
  }

  /// The workloads, jobs and other pods, by name.
  /// - Throws: `forbidden` with the right that is missing, `unauthorized`, `timedOut`, `misconfigured` (no kubectl, no
  ///   such context), `notFound` where the namespace has nothing at all, `rejected` where the context was changed.
  public func services() async throws(SourceFailure) -> [ServiceReading] {
    try await kubectl.pin()
    return try await list()
  }

  private func list() async throws(SourceFailure) -> [ServiceReading] { readings(of: try await snapshot()) }

  private func readings(of list: KubernetesList) -> [ServiceReading] {
    let place = kubectl.identity.map(\.description) ?? ""
    let now = LoopActor.now().wall
    let workloads = list.workloads.map { ($0, $0.reading(at: place, now: now)) }
    known = Dictionary(workloads.map { ($1.identity.id, $0) }) { first, _ in first }
    others = list.others
    return workloads.map(\.1) + Self.newest(list.others).map { $0.reading(at: place, now: now) }
  }

  /// One list of all that is there.
  func snapshot() async throws(SourceFailure) -> KubernetesList {
    let output = try await listed(within: descriptor.deadline)
    guard let list = await LoopActor.onThreadPool({ KubernetesList(parsing: output) }) else {
      throw SourceFailure(.unreadable, at: descriptor.address, detail: "kubectl printed no list")
    }
    // An empty answer is what a namespace gives that doesn't exist: nobody's services are well there.
    guard !list.workloads.isEmpty || !list.others.isEmpty else {
      let among = kubectl.settings.selector.map { " of \($0)" } ?? ""
      throw SourceFailure(
        .notFound,
        at: descriptor.address,
        detail:
          "nothing\(among) runs in the namespace \(kubectl.settings.namespace): does it exist, is its name right?",
        told: "nothing there"
      )
    }
    return list
  }

  /// What kubectl prints of all that is there: with `everything` of what the selector leaves out, too.
  func listed(
    _ kinds: String = KubernetesRuntime.list,
    everything: Bool = false,
    within deadline: Duration
  ) async throws(SourceFailure) -> [UInt8] {
    let selector = everything ? [] : kubectl.settings.selector.map { ["--selector", $0] } ?? []
    let words = ["get", kinds, "-o", "json", Kubectl.timeout(deadline)] + selector
    return try await kubectl.run(kubectl.words(words), within: deadline)
  }

  /// Of a job the newest pod alone; of it the ones before are history.
  private static func newest(_ pods: [KubernetesPod]) -> [KubernetesPod] {
    var chosen: [String: KubernetesPod] = [:]
    let now = WallTime(secondsSince1970: 0)
    for pod in pods {
      let key =
        pod.ownerKind == "Job" ? "job " + pod.reading(at: "", now: now).name : "pod " + pod.name + pod.uid
      if let old = chosen[key], let at = old.createdAt, pod.createdAt ?? now <= at { continue }
      chosen[key] = pod
    }
    return chosen.values.sorted { $0.name < $1.name }
  }

  /// One poll: the services, and the uptime and restarts of each.
  ///
  /// A service is as old as its youngest pod and restarted as often as all together.
  public func poll() async throws(SourceFailure) -> SourceReading {
    try await kubectl.pin(atMostOften: true)
    let list = try await snapshot()
    let services = readings(of: list)
    let changes = history.changes(upTo: list)
    let now = LoopActor.now().wall
    let origin = Origin(source: descriptor.id, query: kubectl.advice(["get", Self.list]))
    let observations = services.flatMap { service in
      [
        Observation(
          FactName("service", service.name, "uptime"),
          service.startedAt.map { .number(max(0, now.secondsSince1970 - $0.secondsSince1970)) },
          unit: .seconds,
          word: service.startedAt != nil ? "" : service.state.isUntold ? "not known" : "not running",
          origin: origin
        ),
        Observation(
          FactName("service", service.name, "restarts"),
          service.restarts.map { .number(Double($0)) },
          origin: origin
        ),
      ]
    }
    var seen: Set<FactName> = []
    var reading = reading(
      of: services,
      observations.filter { seen.insert($0.name).inserted },
      usage: isUsageWatched ? await usage(of: services) : nil,
      by: "the metrics API"
    )
    reading.snapshots.append(changes)
    return reading
  }

  /// Whether the metrics API is asked with each poll.
  public func watchUsage(_ isWatched: Bool) { isUsageWatched = isWatched }

  /// What the pods of each use, by the metrics API, where the cluster has one.
  public func usage(of services: [ServiceReading]) async -> [String: ServiceUsage] {
    guard isUsageWatched else { return [:] }
    let running = services.filter { !$0.identity.incarnation.isEmpty }
    let answer = await podUsage()
    return Dictionary(
      running.map { service in
        let pods = known[service.identity.id]?.live.map(\.name) ?? [String(service.instance.dropFirst(4))]
        return (service.identity.id, PodUsage.sum(of: pods, in: answer))
      }
    ) { first, _ in first }
  }

  private func podUsage() async -> Result<PodUsage, SourceFailure> {
    let path = "/apis/metrics.k8s.io/v1beta1/namespaces/\(kubectl.settings.namespace)/pods"
    let deadline = descriptor.deadline
    do throws(SourceFailure) {
      let words = kubectl.words(["get", "--raw", path, Kubectl.timeout(deadline)])
      let output = try await kubectl.run(words, within: deadline)
      guard let usage = await LoopActor.onThreadPool({ PodUsage(parsing: output) }) else {
        throw SourceFailure(.unreadable, at: descriptor.address, detail: "no list of pods' metrics")
      }
      return .success(usage)
    } catch {
      return .failure(error)
    }
  }

  /// What would be patched, with the uid of the one that is meant: another of its name is left alone.
  public func request(_ verb: RuntimeVerb, _ service: ServiceReading) -> RuntimeRequest? {
    guard obstacle(verb, service) == nil, let workload = known[service.identity.id],
      let change = workload.change(verb, at: LoopActor.now().wall)
    else { return nil }
    return request(verb, service, workload, change)
  }

  private func request(
    _ verb: RuntimeVerb,
    _ service: ServiceReading,
    _ workload: KubernetesWorkload,
    _ change: KubernetesChange
  ) -> RuntimeRequest {
    let words = kubectl.words(
      [
        "patch", workload.kind.word, workload.name, "--type", "strategic", "-o", "json",
        Kubectl.timeout(Self.within),
      ]
        + ["--patch", change.patch]
    )
    var request = RuntimeRequest(verb, service, shown: ShellWords.line(words))
    request.words = words
    request.remarks = change.remarks
    return request
  }

  /// Why a verb can't be had of a service, in words; nil if it can, or the verb is none of this runtime's.
  public func obstacle(_ verb: RuntimeVerb, _ service: ServiceReading) -> String? {
    guard let workload = known[service.identity.id] else {
      return
        "\(service.instance) is kept running by nothing that could be told to: make it anew by what made it"
    }
    return workload.obstacle(verb)
  }

  /// A patch changes it.
  public var scales: Bool { true }

  /// A change of how many there shall be, once it is known that no autoscaler would undo it.
  /// - Throws: `rejected` if one owns the number; why it can't be known.
  public func request(
    scaling service: ServiceReading,
    to count: Int
  ) async throws(SourceFailure) -> RuntimeRequest? {
    guard let workload = known[service.identity.id] else { return nil }
    if let obstacle = workload.obstacle(.scale) {
      throw SourceFailure(.rejected, at: descriptor.address, detail: obstacle)
    }
    if let owner = try await autoscaler(of: workload) {
      throw SourceFailure(
        .rejected,
        at: descriptor.address,
        detail:
          "the autoscaler \(owner) owns how many \(workload.name) has and would undo it: change its minReplicas and maxReplicas instead"
      )
    }
    return request(.scale, service, workload, workload.scaling(to: count))
  }

  /// The HorizontalPodAutoscaler that changes how many there are of a workload; nil if none does.
  private func autoscaler(of workload: KubernetesWorkload) async throws(SourceFailure) -> String? {
    let within = descriptor.deadline
    let words = kubectl.words(["get", "horizontalpodautoscalers", "-o", "json", Kubectl.timeout(within)])
    let output = try await kubectl.run(words, within: within)
    guard let items = await LoopActor.decodeJSON(output)?["items"]?.list else {
      throw SourceFailure(
        .unreadable,
        at: descriptor.address,
        detail: "kubectl printed no list of autoscalers"
      )
    }
    let owner = items.first { item in
      let target = item["spec"]?["scaleTargetRef"]
      return target?["kind"]?.text == workload.kind.rawValue && target?["name"]?.text == workload.name
    }
    return owner.map { $0["metadata"]?["name"]?.text ?? "without a name" }
  }

  /// Nothing stays open between two calls.
  public func close() {}

  nonisolated static let within = Duration.seconds(10)

  /// The workload as it was told last.
  func workload(_ service: ServiceReading) -> KubernetesWorkload? { known[service.identity.id] }
}
