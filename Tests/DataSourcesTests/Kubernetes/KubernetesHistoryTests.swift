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
        "celery-worker-7d-x",
        #", "lastTimestamp": null, "eventTime": "2026-11-28T04:58:00.5Z""#
      ),
      Self.event("ScalingReplicaSet", "Deployment", "backend", time + #", "count": 3"#),
      // Every day's work, somebody else's pod, one that tells no time.
      Self.event("Pulled", "Pod", "backend-5c9f-1", time), Self.event("Killing", "Pod", "stranger-1", time),
      Self.event("Killing", "Pod", "backend-5c9f-2", ""),
    ]
    let text = #"{"items": [\#(events.joined(separator: ","))]}"#
    let read = try #require(KubernetesEvent.all(parsing: Array(text.utf8)))
    let told = read.compactMap { $0.change(among: ["backend", "celery", "celery-worker"], pods: []) }
    #expect(
      told.map(\.text) == [
        "backend: pod backend-5c9f-1: Killing, as told",
        "celery-worker: pod celery-worker-7d-x: Evicted, as told", "backend: ScalingReplicaSet, as told",
      ]
    )
    #expect(told.map(\.state) == [.ok, .warn, .ok])
    #expect(told[1].time == WallTime(timestamp: "2026-11-28T04:58:00.5Z"))
    #expect(told[2].id.hasSuffix(" 3"), "one that comes again is another line")
    #expect(KubernetesEvent.all(parsing: Array("{}".utf8)) == nil)
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
