import Facts
import Testing

@testable import DataSources

/// What a workload and its pods are told as; whatever is unknown is never "running".
@Suite struct KubernetesWorkloadTests {
  private static let now = WallTime(timestamp: "2026-11-23T18:00:00Z") ?? WallTime(secondsSince1970: 0)

  private static let status =
    #"{"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2}"#

  /// A Deployment of two, and pods whose status is that, or a well one.
  private static func workload(
    status: String = status,
    spec: String = #""replicas": 2"#,
    pods: [String] = [pod(1), pod(2)]
  ) throws -> KubernetesWorkload {
    let text = """
      {"kind": "List", "items": [{"kind": "Deployment",
        "metadata": {"name": "backend", "uid": "u", "generation": 2},
        "spec": {\(spec), "selector": {"matchLabels": {"app": "backend"}},
          "template": {"spec": {"containers": [{"name": "backend", "image": "b:1"}]}}},
        "status": \(status)}\(pods.map { "," + $0 }.joined())]}
      """
    return try #require(KubernetesList(parsing: Array(text.utf8))?.workloads.first)
  }

  private static let running =
    #""phase": "Running", "conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": [{"name": "backend", "ready": true, "restartCount": 0, "state": {"running": {"startedAt": "2026-11-23T17:00:00Z"}}}]"#

  private static func pod(
    _ number: Int,
    _ status: String = running,
    metadata: String = "",
    created: String = "2026-11-23T17:00:00Z"
  ) -> String {
    """
    {"kind": "Pod", "metadata": {"name": "backend-5c9f-\(number)", "uid": "p\(number)", "creationTimestamp": "\(created)",
      "labels": {"app": "backend"}\(metadata),
      "ownerReferences": [{"kind": "ReplicaSet", "name": "backend-5c9f", "controller": true}]},
     "spec": {"containers": [{"name": "backend", "image": "b:1"}]}, "status": {\(status)}}
    """
  }

  private static func waiting(_ reason: String, last: String = "") -> String {
    """
    "phase": "Pending", "conditions": [{"type": "Ready", "status": "False"}], "containerStatuses": [{"name": "backend",
    "ready": false, "restartCount": 7, "state": {"waiting": {"reason": "\(reason)", "message": "back-off 40s"}}\(last)}]
    """
  }

  private func state(_ workload: KubernetesWorkload) -> ServiceReading.State { workload.state(at: Self.now) }

  @Test func aWorkloadWithAllItsPodsRuns() throws {
    let workload = try Self.workload()
    #expect(state(workload) == .running)
    #expect(workload.isSettled(by: 2, at: Self.now))
    #expect(RolloutStanding(of: workload, 2, at: Self.now) == .done)
    #expect(workload.reading(at: "x", now: Self.now).health == .none)
  }

  @Test func aMissingStatusIsNotKnown() throws {
    #expect(state(try Self.workload(status: "{}")).isUntold)
    #expect(state(try Self.workload(status: #"{"replicas": 2, "readyReplicas": 2}"#)).isUntold)
    #expect(state(try Self.workload(status: "null")).isUntold)
    #expect(state(try Self.workload(spec: #""paused": false"#)).isUntold)
    let text = #"{"observedGeneration": 2, "readyReplicas": "2"}"#
    #expect(state(try Self.workload(status: text)) == .unreadable("unreadable: readyReplicas"))
    #expect(state(try Self.workload(pods: [Self.pod(1, ""), Self.pod(2)])).isUntold)
  }

  @Test func aChangeThatItsControllerHasNotSeenIsNotCarriedOut() throws {
    let old = Self.status.replacing(#""observedGeneration": 2"#, with: #""observedGeneration": 1"#)
    let workload = try Self.workload(status: old)
    #expect(state(workload) == .degraded("change not seen by its controller yet"))
    #expect(!workload.isSettled(by: 2, at: Self.now))
    // Seen, but a later one is asked for.
    #expect(!(try Self.workload().isSettled(by: 3, at: Self.now)))
  }

  @Test func aRolloutIsOverWhenTheOldOnesAreGone() throws {
    let half = Self.status.replacing(#""updatedReplicas": 2"#, with: #""updatedReplicas": 1"#)
    #expect(state(try Self.workload(status: half)) == .degraded("rolling out, 1 of 2 new"))
    let surplus = Self.status.replacing(#""replicas": 2"#, with: #""replicas": 3"#)
    #expect(state(try Self.workload(status: surplus)) == .degraded("rolling out, 2 of 2 new"))
    let ending = Self.pod(3, metadata: #", "deletionTimestamp": "2026-11-23T17:59:00Z""#)
    let workload = try Self.workload(pods: [Self.pod(1), Self.pod(2), ending])
    #expect(state(workload) == .running)
    #expect(RolloutStanding(of: workload, 2, at: Self.now) == .going("running, 1 old pods still end"))
  }

  @Test func noneOfNoneIsStoppedAndNotWell() throws {
    let none = #"{"observedGeneration": 2}"#
    #expect(state(try Self.workload(status: none, spec: #""replicas": 0"#, pods: [])) == .stopped)
    #expect(state(try Self.workload(spec: #""replicas": 0"#)) == .stopping)
    let workload = try Self.workload(status: none, pods: [])
    #expect(state(workload) == .failing("0 of 2 ready"))
    #expect(workload.reading(at: "x", now: Self.now).restarts == nil)
  }

  @Test func podsThatDisagreeWithTheStatusAreBelieved() throws {
    let unready = Self.running.replacing(#""status": "True""#, with: #""status": "False""#)
    #expect(state(try Self.workload(pods: [Self.pod(1), Self.pod(2, unready)])) == .degraded("1 of 2 ready"))
    #expect(state(try Self.workload(pods: [])) == .failing("2 of 2 ready"))
  }

  @Test(arguments: ["CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "CreateContainerConfigError"])
  func aPodInTroubleFailsItsService(reason: String) throws {
    let workload = try Self.workload(pods: [Self.pod(1), Self.pod(2, Self.waiting(reason))])
    #expect(state(workload) == .failing("\(reason), 2 of 2 ready"))
    #expect(
      workload.reading(at: "x", now: Self.now).detail.contains("backend-5c9f-2: \(reason): back-off 40s")
    )
  }

  @Test func whatWasKilledForMemorySaysSo() throws {
    let last = #", "lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137}}"#
    let workload = try Self.workload(pods: [
      Self.pod(1), Self.pod(2, Self.waiting("CrashLoopBackOff", last: last)),
    ])
    let reading = workload.reading(at: "x", now: Self.now)
    #expect(reading.isOutOfMemory)
    #expect(reading.detail.contains("OOMKilled"))
    let long =
      #""lastState": {"terminated": {"reason": "OOMKilled", "finishedAt": "2026-11-20T17:00:00Z"}}, "ready""#
    let since = Self.running.replacing(#""ready""#, with: long)
    #expect(
      !(try Self.workload(pods: [Self.pod(1, since), Self.pod(2)]).reading(at: "x", now: Self.now)
        .isOutOfMemory)
    )
  }

  @Test func aPodThatNoNodeTakesIsTold() throws {
    let pending =
      #""phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available: 3 Insufficient memory."}]"#
    let workload = try Self.workload(pods: [Self.pod(1), Self.pod(2, pending)])
    #expect(state(workload) == .failing("unschedulable, 2 of 2 ready"))
    #expect(workload.reasons.contains("Insufficient memory"))
  }

  @Test func whatStartsForTooLongDoesNotStart() throws {
    let pending = #""phase": "Pending", "conditions": []"#
    let none = #"{"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2}"#
    let young = [1, 2].map { Self.pod($0, pending, created: "2026-11-23T17:59:30Z") }
    #expect(state(try Self.workload(status: none, pods: young)) == .starting)
    let old = [1, 2].map { Self.pod($0, pending) }
    #expect(state(try Self.workload(status: none, pods: old)) == .failing("0 of 2 ready"))
  }

  @Test func aRolloutThatIsGivenUpIsNoRunningService() throws {
    let given = Self.status.replacing(
      "}",
      with:
        #", "conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out progressing"}]}"#
    )
    let workload = try Self.workload(status: given)
    #expect(state(workload) == .failing("rollout given up, 2 of 2 ready"))
    #expect(RolloutStanding(of: workload, 2, at: Self.now) == .failed("timed out progressing"))
  }

  @Test func oneNewPodOfTwoIsNoNewLife() throws {
    let fresh = Self.running.replacing("17:00:00Z", with: "17:58:00Z")
    let before = try Self.workload().reading(at: "x", now: Self.now)
    let one = try Self.workload(pods: [Self.pod(1), Self.pod(3, fresh)]).reading(at: "x", now: Self.now)
    #expect(one.identity == before.identity)
    let both = try Self.workload(pods: [Self.pod(4, fresh), Self.pod(3, fresh)]).reading(
      at: "x",
      now: Self.now
    )
    #expect(both.identity.incarnation != before.identity.incarnation)
  }

  @Test func podsOfOthersAreNotItsOwn() throws {
    let stranger = Self.pod(9).replacing("\"name\": \"backend-5c9f\"", with: "\"name\": \"backendish-1\"")
    let workload = try Self.workload(pods: [Self.pod(1), Self.pod(2), stranger])
    #expect(workload.pods.map(\.name) == ["backend-5c9f-1", "backend-5c9f-2"])
  }

  @Test func whatARestartWouldNotReachIsRefused() throws {
    #expect(try Self.workload().obstacle(.restart) == nil)
    #expect(
      try Self.workload(spec: #""replicas": 2, "paused": true"#).obstacle(.restart)?.contains("resume")
        == true
    )
    let onDelete = #""replicas": 2, "updateStrategy": {"type": "OnDelete"}"#
    #expect(try Self.workload(spec: onDelete).obstacle(.restart)?.contains("OnDelete") == true)
    let part =
      #""replicas": 2, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}"#
    #expect(try Self.workload(spec: part).obstacle(.restart)?.contains("partition") == true)
  }

  @Test func quantitiesAreRead() {
    #expect(PodUsage.quantity("250m") == 0.25)
    #expect(PodUsage.quantity("12345678n") == 12345678e-9)
    #expect(PodUsage.quantity("2") == 2)
    #expect(PodUsage.quantity("64Ki") == 65_536)
    #expect(PodUsage.quantity("64Q") == nil)
    #expect(PodUsage.quantity("") == nil)
    #expect(PodUsage.quantity("-1") == nil)
  }

  @Test func aListThatIsNoneIsNone() {
    #expect(KubernetesList(parsing: Array(#"{"kind": "Status"}"#.utf8)) == nil)
    #expect(KubernetesList(parsing: Array("".utf8)) == nil)
  }
}
