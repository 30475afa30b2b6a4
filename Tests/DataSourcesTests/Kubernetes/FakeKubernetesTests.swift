import Facts
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

/// The real kubectl against a fake API server: what is sent, and what each answer is told as.
@Suite(.serialized) struct FakeKubernetesTests {
  private let fake = FakeKubernetes()

  init() { EventLoop.runOnOwnThread() }

  @LoopActor private func find(_ name: String, _ runtime: KubernetesRuntime) async throws -> ServiceReading {
    try #require(try await runtime.services().first { $0.name == name })
  }

  @Test func workloadsOfAFakeClusterAreServices() async throws {
    let runtime = await fake.runtime()
    let services = try await runtime.services()
    #expect(
      services.map(\.instance) == [
        "deployment/backend", "deployment/celery-worker", "daemonset/node-exporter", "statefulset/postgres",
      ]
    )
    let backend = services[0]
    #expect(backend.state == .running)
    #expect(backend.health == .healthy)
    #expect(backend.replicas == ServiceReading.Replicas(wanted: 2, ready: 2))
    #expect(backend.addresses.count == 2)
    #expect(backend.restarts == 0)
    #expect(backend.identity.begunAt != nil)
    #expect(backend.image == "voiceai/backend:1")
    // Nobody asks a worker without a probe whether it is ready: that it runs is no health.
    #expect(services[1].health == .none)
    let poll = try await runtime.poll()
    #expect(poll.observations.contains { $0.name == FactName("service", "backend", "uptime") })
    #expect(fake.requests.contains { $0.contains("/namespaces/voiceai/pods?") })
    #expect(!fake.requests.contains { $0.contains("elsewhere") })
  }

  @Test func aMissingRightOfOneKindIsNoEmptyAnswer() async throws {
    let runtime = await fake.runtime()
    for kind in ["pods", "daemonsets"] {
      fake.set(#"{"forbid": ["\#(kind)"]}"#)
      let found = try #require(await told { _ = try await runtime.services() })
      #expect(found.code == .forbidden)
      #expect(found.word == "403: may not list \(kind == "pods" ? "pods" : "daemonsets.apps")")
      #expect(found.detail.contains("--context prod --namespace voiceai auth can-i list \(kind)"))
    }
  }

  @Test func whoIsNotLoggedInSeesNoServices() async throws {
    fake.set(#"{"unauthorized": true}"#)
    let runtime = await fake.runtime()
    #expect(await told { _ = try await runtime.services() }?.code == .unauthorized)
  }

  @Test func aServerThatHangsOrBreaksOffIsAFailure() async throws {
    let runtime = await fake.runtime(deadline: .seconds(1))
    _ = try? await runtime.services()
    fake.set(#"{"hang": ["pods"]}"#)
    #expect(await told { _ = try await runtime.services() }?.code == .timedOut)
    fake.set(#"{"hang": [], "break": ["pods"]}"#)
    #expect(await told { _ = try await runtime.services() }?.code == .unreadable)
    fake.stop()
    #expect(await told { _ = try await runtime.services() }?.code == .refused)
  }

  @Test func aNamespaceWithNothingInItIsAFailure() async throws {
    let runtime = await fake.runtime(namespace: "voiceay")
    let found = await told { _ = try await runtime.services() }
    #expect(found?.code == .notFound)
    #expect(found?.detail.contains("namespace voiceay") == true)
  }

  @Test func aContextThatIsNotThereIsAFailure() async throws {
    let runtime = await fake.runtime(context: "staging")
    let found = await told { _ = try await runtime.services() }
    #expect(found?.code == .misconfigured)
    #expect(found?.word == "no such context")
  }

  @Test func withoutKubectlThatIsSaid() async throws {
    let runtime = await fake.runtime(program: ["kubectl-that-is-not-there"])
    let found = await told { _ = try await runtime.services() }
    #expect(found?.word == "no kubectl")
    #expect(found?.detail.contains("kubernetes-client") == true)
  }

  @Test func aKubectlThatHangsIsKilledWithItsChildren() async throws {
    let script = "\(fake.directory)/hangs"
    let marker = "\(fake.directory)/child"
    let file = fopen(script, "w")
    fputs("#!/bin/sh\ntrap '' TERM\nsleep 1000 &\necho $! >\(marker)\nwait\nsleep 1000\n", file)
    fclose(file)
    chmod(script, 0o755)
    let kubectl = await Kubectl(KubernetesSettings(context: "prod", namespace: "voiceai"), program: [script])
    let words = await kubectl.words(["get", "pods"])
    #expect(
      await told { _ = try await kubectl.run(words, within: .milliseconds(300)) }?.code == .timedOut
    )
    let child = try #require(FakeKubernetes.lines(marker).first.flatMap { pid_t($0) })
    await eventually("its child is gone") { kill(child, 0) != 0 }
  }

  @Test func aRestartIsFollowedToItsEnd() async throws {
    let runtime = await fake.runtime()
    let before = try await find("backend", runtime)
    let request = try #require(await runtime.request(.restart, before))
    #expect(
      request.shown.contains("--context prod --namespace voiceai --cluster fake --server http://127.0.0.1:")
    )
    #expect(request.shown.contains("kubectl.kubernetes.io/restartedAt"))
    #expect(request.remarks.first?.contains("2 new pods") == true)
    try await runtime.perform(request)
    let after = try await find("backend", runtime)
    #expect(after.state == .running)
    #expect(after.identity.id == before.identity.id)
    #expect(after.identity.incarnation != before.identity.incarnation)
    #expect(try #require(after.identity.begunAt) > #require(before.identity.begunAt))
    let patch = try #require(fake.requests.first { $0.contains("PATCH") })
    #expect(patch.contains("application/strategic-merge-patch+json"))
    #expect(patch.contains(#"\"uid\":\"u-backend\""#))
    // What is left of the words is what runs, byte for byte.
    #expect(ShellWords.line(request.words) == request.shown)
  }

  @Test func aRolloutThatIsGivenUpFailsWithTheReasonsOfItsPods() async throws {
    fake.set(#"{"stall": true, "trouble": "ImagePullBackOff", "deadline": 1.0}"#)
    let runtime = await fake.runtime()
    let backend = try await find("backend", runtime)
    let found = await told { try await runtime.restart(backend) }
    #expect(found?.code == .rejected)
    #expect(found?.detail.contains("timed out progressing") == true)
    #expect(found?.detail.contains("ImagePullBackOff: back-off, as told") == true)
  }

  @Test func aContextThatIsChangedUnderneathAbortsTheAct() async throws {
    let runtime = await fake.runtime()
    let backend = try await find("backend", runtime)
    let request = try #require(await runtime.request(.restart, backend))
    for change in ["server", "user"] {
      fake.writeKubeconfig(
        server: change == "server" ? "http://localhost:\(fake.port)" : nil,
        user: change == "user" ? "root" : "jane"
      )
      let acted = try #require(await told { try await runtime.perform(request) })
      #expect(acted.code == .rejected)
      #expect(acted.detail.contains("was changed underneath"))
      // Neither is it shown as if it were the same one.
      #expect(await told { _ = try await runtime.services() }?.word == "its context was changed")
    }
    #expect(!fake.requests.contains { $0.contains("PATCH") })
    fake.writeKubeconfig()
    // A plan of another cluster is refused by what it was frozen with, too.
    let other = RuntimeRequest(
      .restart,
      ServiceReading(
        name: "backend",
        instance: "deployment/backend",
        identity: ServiceIdentity(id: "deployment/backend/u-backend at elsewhere", incarnation: ""),
        state: .running
      ),
      shown: ""
    )
    var forged = other
    forged.words = request.words
    let refused = forged
    #expect(await told { try await runtime.perform(refused) }?.code == .rejected)
    #expect(!fake.requests.contains { $0.contains("PATCH") })
  }

  @Test func aWorkloadThatWasMadeAnewIsLeftAlone() async throws {
    let runtime = await fake.runtime()
    let backend = try await find("backend", runtime)
    fake.tell("merge?collection=deployments&name=backend", #"{"metadata": {"uid": "u-another"}}"#)
    let found = await told { try await runtime.restart(backend) }
    #expect(found?.code == .rejected)
    #expect(found?.detail.contains("UID in precondition") == true)
  }

  @Test func whatIsStoppedStartsWithAsManyAsBefore() async throws {
    let runtime = await fake.runtime()
    let backend = try await find("backend", runtime)
    let stop = try #require(await runtime.request(.stop, backend))
    #expect(stop.remarks.first?.contains("start brings 2 back") == true)
    try await runtime.perform(stop)
    try await eventually("it is stopped") { try await find("backend", runtime).state == .stopped }
    // Another console, which knows nothing of the stop.
    let other = await fake.runtime()
    let stopped = try await find("backend", other)
    #expect(stopped.identity.incarnation.isEmpty)
    try await other.perform(try #require(await other.request(.start, stopped)))
    try await eventually("both are back") {
      let now = try await find("backend", other)
      return now.state == .running && now.replicas == ServiceReading.Replicas(wanted: 2, ready: 2)
    }
  }

  @Test func whatOthersScaledToNothingIsNotStartedByGuess() async throws {
    let runtime = await fake.runtime()
    fake.tell("merge?collection=deployments&name=backend", #"{"spec": {"replicas": 0}}"#)
    let backend = try await find("backend", runtime)
    #expect(await runtime.request(.start, backend) == nil)
    #expect(await runtime.obstacle(.start, backend)?.contains("scale backend COUNT") == true)
    #expect(await runtime.request(.restart, backend) == nil)
    let exporter = try await find("node-exporter", runtime)
    #expect(await runtime.request(.stop, exporter) == nil)
    #expect(await runtime.obstacle(.stop, exporter)?.contains("every node") == true)
  }

  @Test func scalingAsksWhetherAnAutoscalerOwnsTheNumber() async throws {
    let runtime = await fake.runtime()
    let backend = try await find("backend", runtime)
    fake.set(#"{"forbid": ["horizontalpodautoscalers"]}"#)
    #expect(
      await told { _ = try await runtime.request(scaling: backend, to: 3) }?.code == .forbidden
    )
    fake.set(#"{"forbid": []}"#)
    let postgres = try await find("postgres", runtime)
    let ordered = try #require(try await runtime.request(scaling: postgres, to: 3))
    #expect(ordered.remarks.first?.contains("postgres-1 up to postgres-2") == true)
    let scale = try #require(try await runtime.request(scaling: backend, to: 3))
    try await runtime.perform(scale)
    try await eventually("three run") {
      try await find("backend", runtime).replicas == ServiceReading.Replicas(wanted: 3, ready: 3)
    }
    fake.tell(
      "put?collection=horizontalpodautoscalers",
      #"{"kind": "HorizontalPodAutoscaler", "apiVersion": "autoscaling/v1", "metadata": {"name": "backend-hpa", "namespace": "voiceai"}, "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "backend"}}}"#
    )
    let owned = await told { _ = try await runtime.request(scaling: backend, to: 4) }
    #expect(owned?.detail.contains("autoscaler backend-hpa owns") == true)
  }

  @Test func linesOfAllPodsAreShownByTime() async throws {
    let runtime = await fake.runtime()
    let backend = try await find("backend", runtime)
    let lines = try await runtime.logs(of: backend, tail: 6).lines.map(\.string)
    #expect(lines.count == 6)
    #expect(lines.last?.hasPrefix("[pod/backend-5c9f-") == true)
    #expect(lines.last?.hasSuffix("line 29") == true)
    #expect(lines.contains { $0.hasPrefix("[pod/backend-5c9f-1/backend]") })
    #expect(lines.contains { $0.hasPrefix("[pod/backend-5c9f-2/backend]") })
    let since = try #require(WallTime(timestamp: "2026-11-28T05:00:27Z"))
    let newest = try await runtime.logs(of: backend, tail: 100, since: since)
    let late = newest.lines.map(\.string)
    #expect(late.count == 6 && late.allSatisfy { $0.contains(" line 2") }, "\(late)")
    #expect(newest.gaps.isEmpty)
    // The logs begin at 05:00:00: whether something was written before nobody knows.
    let early = try #require(WallTime(timestamp: "2026-11-28T04:00:00Z"))
    let all = try await runtime.logs(of: backend, tail: 100, since: early).gaps
    #expect(all.map(\.part) == ["pod/backend-5c9f-1/backend", "pod/backend-5c9f-2/backend"])
    #expect(all.allSatisfy { $0.sentence.string.contains(" begins later, at 2026-11-28T05:00:0") })
    let few = try await runtime.logs(of: backend, tail: 20, since: early).gaps
    #expect(few.contains { $0.reason == .cut })
    fake.set(#"{"forbid": ["pods"]}"#)
    #expect(await told { _ = try await runtime.logs(of: backend, tail: 6) }?.code == .forbidden)
  }

  @Test func logsOfAllPodsAreReadOnByTheirTimes() async throws {
    let runtime = await fake.runtime()
    let backend = try await find("backend", runtime)
    let first = try await runtime.logs(of: backend, after: nil, most: 10)
    #expect(
      first.hasOlder && Set(first.lines.map(\.part)).count == 2 && first.lines.allSatisfy { $0.time != nil }
    )
    #expect(first.lines.last.map { String(decoding: $0.bytes, as: UTF8.self) }?.hasSuffix("line 29") == true)
    let next = try await runtime.logs(of: backend, after: first.mark, most: 10)
    #expect(next.lines.isEmpty && next.gaps.isEmpty)
    // What was told is not read again but for its last second.
    #expect(
      fake.requests.last { $0.contains("/log?") }?.contains("sinceTime=2026-11-28T05%3A00%3A29Z") == true
    )
    fake.set(#"{"mute": ["backend-5c9f-2"]}"#)
    let part = try await runtime.logs(of: backend, after: nil, most: 100)
    #expect(
      part.lines.count == 30 && part.gaps.map(\.part) == ["pod/backend-5c9f-2"] && part.gaps[0].isUnread
    )
    fake.set(#"{"mute": []}"#)
  }

  /// What isn't among the lines is told as that, and never as a line of the service.
  @Test func whatIsMissingOfALogIsAGap() async throws {
    let runtime = await fake.runtime()
    let backend = try await find("backend", runtime)
    #expect(try await runtime.logs(of: backend, tail: 60).gaps.isEmpty)
    #expect(try await runtime.logs(of: backend, tail: 59).gaps == [LogGap("deployment/backend", .cut)])
    fake.set(#"{"mute": ["backend-5c9f-2"]}"#)
    let part = try await runtime.logs(of: backend, tail: 60)
    #expect(part.lines.count == 30 && part.lines.allSatisfy { !$0.string.contains("401") })
    #expect(part.gaps.map(\.part) == ["pod/backend-5c9f-2"] && part.gaps[0].isUnread)
    #expect(part.shown.last?.string.hasPrefix("[pod/backend-5c9f-2] can't be read: ") == true)
    fake.set(#"{"mute": []}"#)
    fake.tell(
      "merge?collection=pods&name=backend-5c9f-1",
      #"{"status": {"containerStatuses": [{"name": "backend", "ready": true, "restartCount": 2, "state": {"running": {"startedAt": "2026-11-28T05:00:10Z"}}, "lastState": {}}]}}"#
    )
    let again = try await find("backend", runtime)
    let lives = LogGap("pod/backend-5c9f-1/backend", .earlierLives(2))
    #expect(try await runtime.logs(of: again, tail: 60).gaps == [lives])
    let early = try #require(WallTime(timestamp: "2026-11-28T05:00:05Z"))
    let late = try #require(WallTime(timestamp: "2026-11-28T05:00:20Z"))
    #expect(try await runtime.logs(of: again, tail: 60, since: early).gaps.contains(lives))
    #expect(try await !runtime.logs(of: again, tail: 60, since: late).gaps.contains(lives))
  }

  @Test func aShellIsOpenedInTheNewestReadyPodAndNamesItsPlace() async throws {
    let runtime = await fake.runtime()
    let backend = try await find("backend", runtime)
    let tool = try #require(await ShellTool(kubernetes: runtime).tool(for: backend))
    let place = ["--context", "prod", "--namespace", "voiceai", "--cluster", "fake", "--server"]
    #expect(tool.arguments.starts(with: ["kubectl", "--kubeconfig", fake.kubeconfig] + place))
    let words = ["exec", "-it", "backend-5c9f-2", "--container", "backend", "--", "/bin/sh"]
    #expect(tool.arguments.suffix(words.count) == words[...])
    // The call itself, without the terminal that kubectl wants for -t.
    let call = tool.arguments.map { $0 == "-it" ? "-i" : $0 }
    let command = ChildCommand(call, environment: ["HOME": fake.directory], input: Array("ls\n".utf8))
    let result = try await ChildProcess.run(command)
    #expect(result.isSuccess)
    #expect(
      String(decoding: result.stdout, as: UTF8.self) == "a shell of backend-5c9f-2 backend$ you typed ls\r\n"
    )
    fake.tell("merge?collection=deployments&name=backend", #"{"spec": {"replicas": 0}}"#)
    for pod in ["backend-5c9f-1", "backend-5c9f-2"] { fake.tell("drop?collection=pods&name=\(pod)", "{}") }
    let gone = try await find("backend", runtime)
    #expect(await ShellTool(kubernetes: runtime).tool(for: gone) == nil)
  }

  @Test func withoutAMetricsServerNothingIsZero() async throws {
    let runtime = await fake.runtime()
    await runtime.watchUsage(true)
    let backend = try await find("backend", runtime)
    let none = await runtime.usage(of: [backend])
    #expect(none[backend.identity.id] == ServiceUsage(gap: "no metrics API"))
    func put(_ pod: String) {
      fake.tell(
        "put?collection=metrics",
        #"{"metadata": {"name": "\#(pod)"}, "containers": [{"name": "backend", "usage": {"cpu": "250m", "memory": "64Mi"}}]}"#
      )
    }
    put("backend-5c9f-1")
    // What isn't known of one pod isn't known of both.
    #expect(await runtime.usage(of: [backend])[backend.identity.id]?.cpu == nil)
    put("backend-5c9f-2")
    let usage = await runtime.usage(of: [backend])[backend.identity.id]
    #expect(usage?.cpu == 50)
    #expect(usage?.memory == 134_217_728.0)
  }
}
