import Facts
import Testing

@testable import DataSources
@testable import Operations

/// The restart of a service of a (fake) cluster from its plan to its proof, and every way in which it isn't proven.
@Suite(.serialized) struct KubernetesRestartTests {
  init() { EventLoop.runOnOwnThread() }

  @Test @LoopActor func aRolloutThatEndsIsProvenByItsNewPods() async throws {
    let bench = try KubernetesBench()
    let verdict = try await bench.run(.restart(service: "backend"))
    #expect(verdict.hasPrefix("done, recovered in"), "\(verdict)")
    #expect(verdict.contains("healthy"), "\(verdict)")
    #expect(bench.audit.lines == ["begin", "end done"])
  }

  @Test @LoopActor func aRolloutThatIsGivenUpHasFailed() async throws {
    let bench = try KubernetesBench()
    bench.fake.set(#"{"stall": true, "trouble": "ImagePullBackOff", "deadline": 1.0}"#)
    let verdict = try await bench.run(.restart(service: "backend"))
    #expect(verdict.hasPrefix("failed: "), "\(verdict)")
    #expect(verdict.contains("timed out progressing") && verdict.contains("ImagePullBackOff"), "\(verdict)")
  }

  @Test @LoopActor func whatStillRunsInItsOldPodsIsNotRestarted() async throws {
    let bench = try KubernetesBench()
    bench.fake.set(#"{"lie": true}"#)
    let verdict = try await bench.run(.restart(service: "backend"))
    #expect(verdict == "failed: start time did not change", "\(verdict)")
  }

  @Test @LoopActor func newPodsThatAreNotReadyProveNothing() async throws {
    let bench = try KubernetesBench(rolloutWithin: 1)
    bench.fake.set(#"{"unready": true}"#)
    let verdict = try await bench.run(.restart(service: "backend"))
    #expect(verdict.hasPrefix("failed: it does not run: "), "\(verdict)")
  }

  /// A field that is missing, an error and silence: none of them is a yes.
  @Test @LoopActor func whatIsNotToldIsNotDone() async throws {
    for (told, expected) in [
      (#"{"omit": {"deployments": ["metadata.generation"]}}"#, "unknown"),
      (#"{"omit": {"deployments": ["status.observedGeneration"]}}"#, "unknown"),
      (#"{"omit": {"deployments": ["spec.replicas"]}}"#, "unknown"),
      (#"{"omit": {"deployments": ["status.readyReplicas"]}}"#, "failed"),
      (#"{"omit": {"pods": ["status.phase"]}}"#, "unknown"),
      (#"{"omit": {"pods": ["status.conditions"]}}"#, "failed"),
      (#"{"codes": {"patch deployments": 500}}"#, "unknown"),
      (#"{"codes": {"patch deployments": 429}}"#, "failed"),
      (#"{"forbid": ["patch deployments"]}"#, "failed"),
    ] {
      let bench = try KubernetesBench(rolloutWithin: 1)
      let verdict = try await bench.run(.restart(service: "backend")) { bench.fake.set(told) }
      #expect(verdict.hasPrefix(expected), "\(told): \(verdict)")
      #expect(bench.audit.lines == ["begin", "end \(expected)"], "\(told)")
      bench.fake.stop()
    }
  }

  /// The same once the change is written: it may have been carried out, and nobody can tell.
  @Test @LoopActor func whatIsNotToldAfterwardsLeavesItUnknown() async throws {
    for told in [
      #"{"omit": {"pods": ["metadata.uid"]}}"#, #"{"omit": {"pods": ["status.containerStatuses"]}}"#,
      #"{"codes": {"get pods": 429}}"#, #"{"codes": {"get deployments": 500}}"#, #"{"forbid": ["pods"]}"#,
      #"{"hang": ["pods"]}"#, #"{"break": ["pods"]}"#,
    ] {
      let bench = try KubernetesBench(rolloutWithin: 1)
      async let verdict = bench.run(.restart(service: "backend"))
      await bench.patched()
      bench.fake.set(told)
      let word = try await verdict
      #expect(word.hasPrefix("unknown"), "\(told): \(word)")
      #expect(bench.audit.lines == ["begin", "end unknown"], "\(told)")
      bench.fake.stop()
    }
  }

  /// What can't be asked before the act is not acted on.
  @Test @LoopActor func whatCannotBeAskedIsRefused() async throws {
    for told in [
      #"{"codes": {"get pods": 429}}"#, #"{"codes": {"get deployments": 500}}"#, #"{"forbid": ["pods"]}"#,
      #"{"hang": ["pods"]}"#, #"{"break": ["pods"]}"#,
    ] {
      let bench = try KubernetesBench()
      let refused = try await bench.run(.restart(service: "backend")) { bench.fake.set(told) }
      #expect(refused.hasPrefix("refused"), "\(told): \(refused)")
      #expect(bench.audit.lines == ["refused"])
      #expect(!bench.fake.requests.contains { $0.contains("PATCH") })
      bench.fake.stop()
    }
  }

  @Test @LoopActor func aContextThatIsChangedBeforeItActsIsLeftAlone() async throws {
    let bench = try KubernetesBench()
    var refusal = ""
    do {
      refusal = try await bench.run(.restart(service: "backend")) {
        bench.fake.writeKubeconfig(server: "http://localhost:\(bench.fake.port)")
      }
    } catch {
      refusal = (error as? Refusal)?.sentence.string ?? "\(error)"
    }
    #expect(refusal.contains("changed underneath") && !refusal.hasPrefix("done"), "\(refusal)")
    #expect(!bench.fake.requests.contains { $0.contains("PATCH") })
  }

  @Test @LoopActor func aContextThatIsChangedMeanwhileLeavesItUnknown() async throws {
    let bench = try KubernetesBench()
    async let verdict = bench.run(.restart(service: "backend"))
    await bench.patched()
    bench.fake.writeKubeconfig(user: "root")
    let told = try await verdict
    #expect(told.hasPrefix("unknown"), "\(told)")
    #expect(told.contains("context was changed"), "\(told)")
  }
}
