import Facts
import Testing

@testable import DataSources
@testable import Operations

/// The rotation of a Secret of a (fake) cluster: written, rolled out, asked in each pod, or taken back.
@Suite(.serialized) struct KubernetesRotationTests {
  private static let canary = "N3wCanary-42-value"
  private static let encoded = "TjN3Q2FuYXJ5LTQyLXZhbHVl"

  init() { EventLoop.runOnOwnThread() }

  @Test @LoopActor func aKeyIsWrittenRolledOutAndFoundInEachPod() async throws {
    let bench = try KubernetesBench()
    let verdict = try await bench.rotate(to: Self.canary)
    #expect(
      verdict.hasPrefix(
        "done, SOUNDHOUND_API_KEY of secret/soundhound-credentials is in backend, by fingerprint"
      ),
      "\(verdict)"
    )
    #expect(try await bench.value() == Self.canary)
    #expect(bench.kept == ["rotations.jsonl"], "what held the old value is gone")
    let asked = bench.fake.requests.filter { $0.contains("/exec?") && $0.contains("-r2-") }
    #expect(asked.contains { $0.contains("backend-r2-1") } && asked.contains { $0.contains("backend-r2-2") })
    // The value goes to the server in the write of the Secret and in the trial of it, and nowhere else.
    let told = bench.fake.requests.filter { $0.contains(Self.canary) || $0.contains(Self.encoded) }
    #expect(told.count == 2 && told.allSatisfy { $0.contains(#""m": "PUT""#) }, "\(told)")
    #expect(told.map { $0.contains("dryRun=All") } == [true, false], "\(told)")
    #expect(!"\(bench.events)\(bench.audit.records)".contains(Self.canary))
    #expect(!"\(bench.events)\(bench.audit.records)".contains(Self.encoded))
  }

  @Test @LoopActor func aSecretThatIsChangedUnderneathIsPlannedAnew() async throws {
    let bench = try KubernetesBench()
    let verdict = try await bench.rotate(to: Self.canary) {
      bench.fake.tell(
        "merge?collection=secrets&name=soundhound-credentials",
        #"{"metadata": {"resourceVersion": "9999"}, "data": {"other": "dGhlaXJz"}}"#
      )
    }
    #expect(verdict.hasPrefix("failed: "), "\(verdict)")
    #expect(verdict.contains("changed underneath") && verdict.contains("nothing was changed"), "\(verdict)")
    #expect(try await bench.value() == "old-key")
    #expect(bench.kept.isEmpty)
    #expect(!bench.fake.requests.contains { $0.contains("PATCH") }, "nothing was rolled out")
    let again = try await bench.rotate(to: Self.canary)
    #expect(again.hasPrefix("done, "), "\(again)")
  }

  @Test @LoopActor func aMissingRightIsSaidBeforeAnythingIsWritten() async throws {
    for (right, named) in [
      ("update secrets", "cannot update resource"), ("secrets", "cannot get resource"),
      ("pods/exec", "cannot create resource"),
      ("deployments", "cannot list resource"),
    ] {
      let bench = try KubernetesBench()
      bench.fake.set(#"{"forbid": ["\#(right)"]}"#)
      var refusal = ""
      do {
        refusal = try await bench.rotate(to: Self.canary)
      } catch {
        refusal = (error as? Refusal)?.sentence.string ?? "\(error)"
      }
      #expect(refusal.contains(named), "\(right): \(refusal)")
      #expect(bench.kept.isEmpty && bench.writes == 0)
      bench.fake.stop()
    }
    // A right that was taken away between the preview and the write.
    let bench = try KubernetesBench()
    let verdict = try await bench.rotate(to: Self.canary) {
      bench.fake.set(#"{"forbid": ["update secrets"]}"#)
    }
    #expect(verdict.hasPrefix("failed: ") && verdict.contains("nothing was changed"), "\(verdict)")
    #expect(try await bench.value() == "old-key" && bench.kept.isEmpty)
  }

  /// What is said of a write that was not tried is a guess.
  @Test @LoopActor func thePreviewSaysWhatTheServerSaidToTheWrite() async throws {
    let bench = try KubernetesBench()
    let tried = try await bench.preview("tried", value: Self.canary)
    #expect(tried.count == 1)
    #expect(tried.first?.contains("the server would take it") == true, "\(tried)")
    #expect(tried.first?.contains("secret/soundhound-credentials") == true, "\(tried)")
    #expect(try await bench.value() == "old-key" && bench.writes == 0)
    bench.fake.set(#"{"codes": {"update secrets": 503}}"#)
    let unknown = try await bench.preview("tried", value: Self.canary)
    #expect(unknown.first?.hasPrefix("whether the server would take it is not known: ") == true, "\(unknown)")
    #expect(!"\(tried)\(unknown)".contains(Self.encoded))
  }

  @Test @LoopActor func aPodWhoseLogCannotBeReadLeavesTheProofUnknown() async throws {
    let bench = try KubernetesBench()
    let verdict = try await bench.rotate(to: Self.canary) {
      bench.fake.set(#"{"mute": ["backend-r2-2"]}"#)
    }
    #expect(
      verdict.hasPrefix("unknown: the logs can't be read whole: pod/backend-r2-2 can't be read: "),
      "\(verdict)"
    )
    #expect(verdict.contains("no refusal in the 30 lines that were read"), "\(verdict)")
    #expect(bench.kept == ["rotation.json", "rotation.old"])
    bench.fake.set(#"{"mute": [], "lines": 6000}"#)
    let long = try await bench.rotate("credentials.resume")
    #expect(long.contains("deployment/backend has more lines before those that were read"), "\(long)")
    #expect(long.contains("no refusal in the 10000 lines"), "\(long)")
    bench.fake.set(#"{"lines": 30}"#)
    #expect(try await bench.rotate("credentials.resume").hasPrefix("done, "))
  }

  @Test @LoopActor func aRollBackThatNobodyCanAskAfterIsOverAndNotDone() async throws {
    let bench = try KubernetesBench()
    _ = try await bench.rotate(to: Self.canary) { bench.fake.set(#"{"deaf": true}"#) }
    let back = try await bench.rotate("credentials.rollback")
    #expect(back.hasPrefix("unknown: rolled back, unproven: the old values are in secret/"), "\(back)")
    #expect(try await bench.value() == "old-key")
    #expect(bench.kept == ["rollbacks.jsonl"])
  }

  @Test @LoopActor func aRolloutThatIsGivenUpKeepsTheWayBackOpen() async throws {
    let bench = try KubernetesBench()
    bench.fake.set(#"{"stall": true, "trouble": "CrashLoopBackOff", "deadline": 1.0}"#)
    let verdict = try await bench.rotate(to: Self.canary)
    #expect(verdict.hasPrefix("failed: backend: "), "\(verdict)")
    #expect(verdict.contains("the old key is still needed"), "\(verdict)")
    #expect(bench.kept == ["rotation.json", "rotation.old"])
    #expect(try await bench.value() == Self.canary)
    bench.fake.set(#"{"stall": false, "trouble": ""}"#)
    let back = try await bench.rotate("credentials.rollback")
    #expect(
      back == "done, rolled back: the old values are in secret/soundhound-credentials and in backend",
      "\(back)"
    )
    #expect(try await bench.value() == "old-key")
    #expect(bench.kept.isEmpty)
  }

  @Test @LoopActor func aRotationThatWasLeftGoesOnFromWhereThePodsStand() async throws {
    let bench = try KubernetesBench()
    bench.fake.set(#"{"forbid": ["patch deployments"]}"#)
    let left = try await bench.rotate(to: Self.canary)
    #expect(left.hasPrefix("failed: backend: "), "\(left)")
    bench.fake.set(#"{"forbid": []}"#)
    let resumed = try await bench.rotate("credentials.resume")
    #expect(resumed.hasPrefix("done, "), "\(resumed)")
    #expect(bench.kept == ["rotations.jsonl"])
  }

  @Test @LoopActor func whatContainersHoldDecidesAndUnknownIsNoYes() async throws {
    let spoilt = try KubernetesBench()
    let other = try await spoilt.rotate(to: Self.canary) { spoilt.fake.set(#"{"spoil": true}"#) }
    #expect(
      other.hasPrefix("failed: backend has another SOUNDHOUND_API_KEY than secret/soundhound-credentials"),
      "\(other)"
    )
    let deaf = try KubernetesBench()
    let unknown = try await deaf.rotate(to: Self.canary) { deaf.fake.set(#"{"deaf": true}"#) }
    #expect(unknown.hasPrefix("unknown: with which values backend was started is not known"), "\(unknown)")
    #expect(deaf.kept == ["rotation.json", "rotation.old"])
  }

  @Test @LoopActor func aWriteThatMayHaveHappenedStaysOpen() async throws {
    let bench = try KubernetesBench()
    bench.fake.set(#"{"codes": {"update secrets": 500}}"#)
    let verdict = try await bench.rotate(to: Self.canary)
    #expect(verdict.hasPrefix("unknown: "), "\(verdict)")
    #expect(bench.kept == ["rotation.json", "rotation.old"])
    bench.fake.set(#"{"codes": {}}"#)
    let resumed = try await bench.rotate("credentials.resume")
    #expect(resumed.contains("nothing had been written"), "\(resumed)")
    #expect(bench.kept.isEmpty)
  }

  @Test @LoopActor func aSecretThatWasMadeAnewIsNotWrittenOver() async throws {
    let bench = try KubernetesBench()
    bench.fake.set(#"{"forbid": ["patch deployments"]}"#)
    _ = try await bench.rotate(to: Self.canary)
    bench.fake.tell(
      "merge?collection=secrets&name=soundhound-credentials",
      #"{"metadata": {"uid": "u-new"}}"#
    )
    var refusal = ""
    do {
      refusal = try await bench.rotate("credentials.rollback")
    } catch {
      refusal = (error as? Refusal)?.sentence.string ?? "\(error)"
    }
    #expect(refusal.contains("deleted and made anew meanwhile"), "\(refusal)")
    #expect(bench.writes == 1)
  }
}
