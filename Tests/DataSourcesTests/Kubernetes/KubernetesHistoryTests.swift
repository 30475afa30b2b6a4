import Facts
import Testing

@testable import DataSources

/// What is told to have happened in a namespace, whoever did it.
@Suite struct KubernetesHistoryTests {
  private static let now = WallTime(timestamp: "2026-11-28T05:00:00Z") ?? WallTime(secondsSince1970: 0)

  private static func list(
    uid: String = "u",
    generation: String = "1",
    image: String = "b:1",
    replicas: Int = 2,
    restarts: Int = 0,
    last: String = "{}",
    name: String = "backend"
  ) throws -> KubernetesList {
    let text = """
      {"items": [{"kind": "Deployment", "metadata": {"name": "\(name)", "uid": "\(uid)", "generation": \(generation)},
        "spec": {"replicas": \(replicas), "selector": {"matchLabels": {"app": "backend"}},
          "template": {"spec": {"containers": [{"name": "c", "image": "\(image)"}]}}}, "status": {}},
       {"kind": "Pod", "metadata": {"name": "\(name)-5c9f-1", "uid": "p", "labels": {"app": "backend"},
        "ownerReferences": [{"kind": "ReplicaSet", "name": "\(name)-5c9f", "controller": true}]},
        "spec": {}, "status": {"phase": "Running", "containerStatuses": [{"name": "c", "restartCount": \(restarts),
          "state": {}, "lastState": \(last)}]}}]}
      """
    return try #require(KubernetesList(parsing: Array(text.utf8)))
  }

  private func told(_ new: KubernetesList) throws -> [String] {
    KubernetesDifference.changes(from: try Self.list(), to: new, at: Self.now).map {
      $0.state == .ok ? $0.text : "\($0.text) (\($0.state.word))"
    }
  }

  @Test func whatNoEventTellsIsSeenFromListToList() throws {
    #expect(try told(Self.list()).isEmpty)
    #expect(
      try told(Self.list(generation: "3", image: "b:2", replicas: 4))
        == ["backend was changed: generation 1 to 3, image b:1 to b:2, 2 to 4 pods"]
    )
    #expect(try told(Self.list(generation: "2")) == ["backend was changed: generation 1 to 2"])
    #expect(try told(Self.list(uid: "v")) == ["backend was deleted and made anew (WARN)"])
    #expect(try told(Self.list(name: "other")) == ["other was made", "backend was deleted (WARN)"])
    let killed = #"{"terminated": {"reason": "OOMKilled", "exitCode": 137}}"#
    #expect(
      try told(Self.list(restarts: 1, last: killed))
        == ["backend pod backend-5c9f-1: c was started anew (1), ended before: OOMKilled (CRIT)"]
    )
    #expect(try told(Self.list(restarts: 2)).first?.contains("not told how") == true)
    // A generation that is missing is no change, and none is made up of it.
    #expect(try told(Self.list(generation: "null", image: "b:2")).isEmpty)
  }

  private static func event(_ reason: String, _ kind: String, _ name: String, _ more: String) -> String {
    """
    {"metadata": {"uid": "\(reason)-\(name)"}, "involvedObject": {"kind": "\(kind)", "name": "\(name)"},
     "reason": "\(reason)", "message": "as told"\(more)}
    """
  }

  @Test func eventsOfItsServicesAreTold() throws {
    let time = #", "lastTimestamp": "2026-11-28T04:59:00Z""#
    let events = [
      Self.event("Killing", "Pod", "backend-5c9f-1", time),
      Self.event(
        "Evicted",
        "Pod",
        "celery-worker-5c9f-1",
        #", "lastTimestamp": null, "eventTime": "2026-11-28T04:58:00.5Z""#
      ),
      Self.event("ScalingReplicaSet", "Deployment", "backend", time + #", "count": 3"#),
      // Every day's work, somebody else's pod, one that tells no time.
      Self.event("Pulled", "Pod", "backend-5c9f-1", time), Self.event("Killing", "Pod", "stranger-1", time),
      Self.event("Killing", "Pod", "backend-5c9f-2", ""),
    ]
    let text = #"{"items": [\#(events.joined(separator: ","))]}"#
    let read = try #require(KubernetesEvent.all(parsing: Array(text.utf8)))
    var owners = KubernetesOwners()
    owners.take(try Self.list())
    owners.take(try Self.list(name: "celery-worker"))
    owners.take(try Self.list())
    let told = read.compactMap { $0.change(among: owners) }
    #expect(
      told.map(\.text) == [
        "backend: pod backend-5c9f-1: Killing, as told",
        "celery-worker: pod celery-worker-5c9f-1: Evicted, as told", "backend: ScalingReplicaSet, as told",
      ]
    )
    #expect(told.map(\.state) == [.ok, .warn, .ok])
    #expect(told[1].time == WallTime(timestamp: "2026-11-28T04:58:00.5Z"))
    #expect(told[2].id.hasSuffix(" 3"), "one that comes again is another line")
    #expect(KubernetesEvent.all(parsing: Array("{}".utf8)) == nil)
  }
}

/// Whose events are, where names begin alike.
@Suite struct KubernetesOwnersTests {
  private static func pod(_ name: String, _ owner: String) -> String {
    """
    {"kind": "Pod", "metadata": {"name": "\(name)", "uid": "\(name)", "labels": {"tier": "x"}, "ownerReferences": [\(owner)]},
     "spec": {}, "status": {"phase": "Running"}}
    """
  }

  private static func deployment(_ name: String) -> String {
    """
    {"kind": "Deployment", "metadata": {"name": "\(name)", "uid": "u-\(name)"},
     "spec": {"selector": {"matchLabels": {"app": "\(name)"}}}, "status": {}}
    """
  }

  /// The longest name that a pod's begins with would have taken each of these.
  @Test func noServiceIsGivenWhatOnlyBeginsWithItsName() throws {
    let set = #"{"kind": "ReplicaSet", "name": "web-api-7d", "controller": true}"#
    let job = #"{"kind": "Job", "name": "web-backup-28877290", "controller": true}"#
    let items = [
      Self.deployment("web"), Self.deployment("web-api"), Self.pod("web-stray-7d-x", set),
      Self.pod("web-backup-28877290-q", job), Self.pod("web-debug", ""),
    ]
    var owners = KubernetesOwners()
    let text = #"{"items": [\#(items.joined(separator: ","))]}"#
    owners.take(try #require(KubernetesList(parsing: Array(text.utf8))))
    #expect(owners.service(of: "Deployment", "web-api") == "web-api")
    #expect(owners.service(of: "Pod", "web-backup-28877290-q") == "web-backup")
    #expect(owners.service(of: "Pod", "web-debug") == "web-debug")
    #expect(owners.service(of: "Pod", "web-api-55f-gone") == nil, "no list told whose it was")
    #expect(owners.service(of: "ReplicaSet", "web-api-55f") == nil)
    #expect(owners.service(of: "HorizontalPodAutoscaler", "web") == nil, "it may scale another one")
    #expect(owners.service(of: "StatefulSet", "web") == nil)
  }

  @Test func aPodOfAnotherDeploymentWithTheSameLabelsIsNotItsOwn() throws {
    let hash = #""labels": {"app": "web", "pod-template-hash": "7d"}"#
    let items =
      ["web", "web-api"].map { name in
        Self.deployment(name).replacing(#""app": "web-api""#, with: #""app": "web""#)
      } + [
        Self.pod("p", #"{"kind": "ReplicaSet", "name": "web-api-7d", "controller": true}"#)
          .replacing(#""labels": {"tier": "x"}"#, with: hash)
      ]
    let text = #"{"items": [\#(items.joined(separator: ","))]}"#
    let list = try #require(KubernetesList(parsing: Array(text.utf8)))
    #expect(list.workloads.map { $0.pods.map(\.name) } == [[], ["p"]])
  }

  @Test func whatIsGoneStaysKnownAsLongAsItWasTold() throws {
    var owners = KubernetesOwners()
    let pod = Self.pod("b-5c-1", #"{"kind": "ReplicaSet", "name": "b-5c", "controller": true}"#)
      .replacing(#""tier": "x""#, with: #""app": "b""#)
    let full = #"{"items": [\#(Self.deployment("b")),\#(pod)]}"#
    owners.take(try #require(KubernetesList(parsing: Array(full.utf8))))
    owners.take(try #require(KubernetesList(parsing: Array(#"{"items": [\#(Self.deployment("b"))]}"#.utf8))))
    #expect(owners.service(of: "Pod", "b-5c-1") == "b" && owners.service(of: "ReplicaSet", "b-5c") == "b")
  }
}

/// The same by the real kubectl from a fake API server.
@Suite(.serialized) struct FakeKubernetesHistoryTests {
  private let fake = FakeKubernetes()

  init() { EventLoop.runOnOwnThread() }

  private static func changes(_ runtime: KubernetesRuntime) async throws -> [String] {
    let poll = try await runtime.poll()
    let told = poll.snapshots.lazy.compactMap { $0 as? RuntimeChanges }.first
    return try #require(told).changes.map(\.text)
  }

  @Test func whatOthersDoIsToldAndAMissingRightOnce() async throws {
    fake.tell(
      "put?collection=events",
      #"{"kind": "Event", "apiVersion": "v1", "metadata": {"name": "e", "namespace": "voiceai", "uid": "e1"}, "involvedObject": {"kind": "Pod", "name": "backend-5c9f-1"}, "reason": "Evicted", "message": "low on memory", "lastTimestamp": "2026-11-28T04:59:00Z"}"#
    )
    let runtime = await fake.runtime()
    #expect(try await Self.changes(runtime).isEmpty)
    fake.tell(
      "merge?collection=deployments&name=celery-worker",
      #"{"metadata": {"generation": 2}, "spec": {"replicas": 3}}"#
    )
    try await eventually("both are told") {
      try await Self.changes(runtime) == [
        "backend: pod backend-5c9f-1: Evicted, low on memory",
        "celery-worker was changed: generation 1 to 2, 1 to 3 pods",
      ]
    }
    fake.set(#"{"forbid": ["events"]}"#)
    let other = await fake.runtime()
    _ = try await other.poll()
    try await eventually("it is said") {
      try await Self.changes(other) == ["what happens to pods is not told: 403: may not list events"]
    }
  }
}
