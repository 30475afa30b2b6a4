import Facts
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

/// The real kubectl against a fake API server that holds a Secret.
@Suite(.serialized) struct FakeKubernetesSecretTests {
  private let fake = FakeKubernetes()
  private static let name = "soundhound-credentials"
  private static let canary = "canary-d41d8cd98f-value"

  init() { EventLoop.runOnOwnThread() }

  @Test func aValueIsReplacedAndTheOthersStay() async throws {
    let secrets = await KubernetesSecrets(fake.runtime())
    let before = try await secrets.read(Self.name)
    #expect(before.keys == ["api-key", "client-id", "other"])
    #expect(before.value("api-key")?.matches(Secret("old-key")) == true)
    let after = try await secrets.replace(["api-key": Secret(Self.canary)], of: before)
    #expect(after.value("api-key")?.matches(Secret(Self.canary)) == true)
    #expect(after.value("client-id")?.matches(Secret("old-id")) == true)
    #expect(after.resourceVersion != before.resourceVersion)
    let put = try #require(fake.requests.first { $0.contains("PUT") })
    #expect(put.contains(before.resourceVersion))
    #expect(!put.contains("last-applied-configuration"))
  }

  @Test func aSecretThatWasChangedUnderneathIsLeftAlone() async throws {
    let secrets = await KubernetesSecrets(fake.runtime())
    let before = try await secrets.read(Self.name)
    _ = try await secrets.replace(["other": Secret("theirs")], of: before)
    let refused = await told { _ = try await secrets.replace(["api-key": Secret("mine")], of: before) }
    #expect(refused?.code == .rejected)
    #expect(refused?.detail.contains("changed underneath") == true)
    let now = try await secrets.read(Self.name)
    #expect(now.value("api-key")?.matches(Secret("old-key")) == true)
    // A key that isn't there is a mistake, not a new one.
    let missing = await told { _ = try await secrets.replace(["apikey": Secret("mine")], of: now) }
    #expect(missing?.code == .notFound)
    #expect(fake.requests.filter { $0.contains("PUT") }.count == 1)
  }

  @Test func aWriteThatIsOvertakenIsRefusedByTheServer() async throws {
    let secrets = await KubernetesSecrets(fake.runtime())
    let before = try await secrets.read(Self.name)
    fake.set(#"{"hold": true}"#)
    async let refused = told {
      _ = try await secrets.replace(["api-key": Secret(Self.canary)], of: before)
    }
    await eventually("the write waits") { fake.requests.contains { $0.contains("PUT") } }
    // While it waits its value is in no process' words and variables.
    for pid in Self.processes() {
      let told = (FakeKubernetes.lines("/proc/\(pid)/cmdline") + FakeKubernetes.lines("/proc/\(pid)/environ"))
      #expect(!told.contains { $0.contains(Self.canary) || $0.contains("Y2FuYXJ5LWQ0MWQ4Y2Q5OGYtdmFsdWU") })
    }
    fake.tell("merge?collection=secrets&name=\(Self.name)", #"{"metadata": {"resourceVersion": "9999"}}"#)
    fake.set(#"{"hold": false}"#)
    let found = try #require(await refused)
    #expect(found.word == "changed underneath")
    #expect(!found.detail.contains(Self.canary))
  }

  private static func processes() -> [Int] {
    guard let directory = opendir("/proc") else { return [] }
    defer { closedir(directory) }
    var pids: [Int] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if let pid = Int(name) { pids.append(pid) }
    }
    return pids
  }

  /// The workloads by which variables are found, and what is told of each.
  private static func deployment(_ name: String, _ spec: String) -> String {
    #"{"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": "\#(name)", "namespace": "voiceai", "uid": "u-\#(name)", "generation": 1}, "spec": {"replicas": 0, "template": {"spec": \#(spec)}}}"#
  }

  @Test func whoIsGivenAKeyIsFoundByWhateverNameAndWay() async throws {
    let fill = #""image": "a", "name": "c""#
    fake.tell(
      "put?collection=deployments",
      Self.deployment(
        "filed",
        #"{"volumes": [{"name": "v", "secret": {"secretName": "soundhound-credentials"}}], "containers": [{\#(fill), "volumeMounts": [{"name": "v", "mountPath": "/etc/keys"}]}]}"#
      )
    )
    fake.tell(
      "put?collection=deployments",
      Self.deployment(
        "all",
        #"{"containers": [{\#(fill), "envFrom": [{"prefix": "SH_", "secretRef": {"name": "soundhound-credentials"}}]}]}"#
      )
    )
    fake.tell("put?collection=deployments", Self.deployment("plain", #"{"containers": [{\#(fill)}]}"#))
    let keeper = await KubernetesCredentials(fake.runtime())
    let place = try #require(try await keeper.find(["SOUNDHOUND_API_KEY", "SOUNDHOUND_CLIENT_ID"]))
    #expect(place.path == "secret/soundhound-credentials")
    #expect(place.names == ["SOUNDHOUND_API_KEY"])
    #expect(
      place.carriers.sorted { $0.service < $1.service } == [
        CredentialPlace.Carrier("all", variables: ["SH_api-key"]),
        CredentialPlace.Carrier("backend", variables: ["SOUNDHOUND_API_KEY"]),
        CredentialPlace.Carrier("filed", variables: ["/etc/keys/api-key"]),
      ]
    )
    #expect(try await keeper.find(["SOMETHING_ELSE"]) == nil)
    let prefixed = try #require(try await keeper.find(["SH_client-id"]))
    #expect(prefixed.carriers.map(\.service).sorted() == ["all", "filed"])
  }

  @Test func aPathIsTheSameHoweverItIsWritten() async throws {
    let volume = #""volumes": [{"name": "v", "secret": {"secretName": "soundhound-credentials"}}]"#
    let parted =
      #""volumes": [{"name": "v", "projected": {"sources": [{"secret": {"name": "soundhound-credentials", "items": [{"key": "api-key", "path": "sub/key"}]}}]}}]"#
    for (name, volumes, mount) in [
      ("slashed", volume, #""mountPath": "/etc/keys/""#), ("doubled", volume, #""mountPath": "/etc//keys""#),
      ("single", volume, #""mountPath": "/etc/keys/api-key/", "subPath": "api-key""#),
      ("parted", parted, #""mountPath": "/run/", "subPath": "sub/""#),
    ] {
      let container =
        #"{"image": "a", "name": "c", "volumeMounts": [{"name": "v", \#(mount)}]}"#
      fake.tell(
        "put?collection=deployments",
        Self.deployment(name, "{\(volumes), \"containers\": [\(container)]}")
      )
    }
    let keeper = await KubernetesCredentials(fake.runtime())
    let place = try #require(try await keeper.find(["/etc/keys/api-key"]))
    let carriers = place.carriers.filter { $0.service != "backend" }.sorted { $0.service < $1.service }
    #expect(
      carriers == [
        .init("doubled", variables: ["/etc/keys/api-key"]), .init("parted", variables: ["/run/key"]),
        .init("single", variables: ["/etc/keys/api-key"]), .init("slashed", variables: ["/etc/keys/api-key"]),
      ]
    )
  }

  /// What a rotation doesn't start anew must be told, whatever the selector hides.
  @Test func whoElseIsGivenTheKeyIsTold() async throws {
    let variable =
      #"{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "soundhound-credentials", "key": "api-key"}}}"#
    let spec = #"{"containers": [{"image": "a", "name": "c", "env": [\#(variable)]}]}"#
    func pod(_ name: String, _ owner: String, _ spec: String) -> String {
      #"{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "\#(name)", "namespace": "voiceai", "uid": "u-\#(name)", "ownerReferences": [\#(owner)]}, "spec": \#(spec), "status": {"phase": "Running"}}"#
    }
    fake.tell("put?collection=pods", pod("debug", "", spec))
    let setUp = spec.replacing("containers", with: "initContainers")
    fake.tell(
      "put?collection=pods",
      pod("import-x", #"{"kind": "Job", "name": "import", "controller": true}"#, setUp)
    )
    fake.tell("put?collection=pods", pod("plain", "", #"{"containers": [{"image": "a", "name": "c"}]}"#))
    fake.tell(
      "put?collection=cronjobs",
      #"{"kind": "CronJob", "apiVersion": "batch/v1", "metadata": {"name": "nightly", "namespace": "voiceai"}, "spec": {"jobTemplate": {"spec": {"template": {"spec": \#(spec)}}}}}"#
    )
    fake.tell("put?collection=deployments", Self.deployment("hidden", spec))
    let names = ["SOUNDHOUND_API_KEY"]
    func told(_ selector: String?) async throws -> [String] {
      let keeper = await KubernetesCredentials(fake.runtime(selector: selector))
      return try await keeper.bystanders(of: names).map { "\($0.name) \($0.words) \($0.holdsOld)" }
    }
    let others = [
      "job/import keeps the old one until its pod import-x ends true",
      "pod/debug keeps the old one: nothing makes it anew true",
      "cronjob/nightly gets the new one when it runs next false",
    ]
    #expect(try await told(nil) == others, "the deployment is restarted")
    #expect(
      try await told("app=backend") == [
        "deployment/hidden keeps the old one until it is restarted (app=backend leaves it out) true"
      ] + others
    )
    fake.set(#"{"forbid": ["cronjobs"]}"#)
    #expect(try await told(nil).last?.hasPrefix("cronjobs that get it are not known: 403") == true)
  }

  /// It would keep the old value, and a rotation that doesn't see it would be told as done.
  @Test func aPodThatNothingHereStartsAnewForbidsTheRotation() async throws {
    let keeper = await KubernetesCredentials(fake.runtime())
    let place = try #require(try await keeper.find(["SOUNDHOUND_API_KEY"]))
    let values = ["SOUNDHOUND_API_KEY": Secret("new-value")]
    _ = try await keeper.draft(values, at: place)
    let variable =
      #"{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "soundhound-credentials", "key": "api-key"}}}"#
    let spec = #"{"containers": [{"image": "a", "name": "c", "env": [\#(variable)]}]}"#
    let owner = #"{"kind": "Rollout", "name": "stray", "controller": true}"#
    fake.tell(
      "put?collection=pods",
      #"{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "stray-1", "namespace": "voiceai", "uid": "u-stray", "ownerReferences": [\#(owner)]}, "spec": \#(spec), "status": {"phase": "Running"}}"#
    )
    let refused = await told { _ = try await keeper.draft(values, at: place) }
    #expect(refused?.detail.contains("pod stray-1 of a Rollout is given KEY") == true)
  }

  @Test func aKeyThatWasTakenAwayIsNotTakenForTheNewOne() async throws {
    let keeper = await KubernetesCredentials(fake.runtime())
    let names = ["SOUNDHOUND_API_KEY"]
    let place = try #require(try await keeper.find(names))
    let change = try await keeper.draft([names[0]: Secret("new-value")], at: place)
    fake.tell("merge?collection=secrets&name=soundhound-credentials", #"{"data": {"api-key": null}}"#)
    let standing = try await keeper.standing(of: names, since: change.before)
    #expect(standing == CredentialStanding(changed: names, left: names))
  }

  @Test func whatStandsInTwoPlacesIsNotGuessedAt() async throws {
    let variable =
      #"{"name": "SOUNDHOUND_API_KEY", "valueFrom": {"secretKeyRef": {"name": "soundhound-credentials", "key": "other"}}}"#
    fake.tell(
      "put?collection=deployments",
      Self.deployment("odd", #"{"containers": [{"image": "a", "name": "c", "env": [\#(variable)]}]}"#)
    )
    let keeper = await KubernetesCredentials(fake.runtime())
    let refused = await told { _ = try await keeper.find(["SOUNDHOUND_API_KEY"]) }
    #expect(refused?.detail.contains("is api-key and other of the Secret") == true)
  }

  @Test func whatEachPodWasStartedWithIsAskedInIt() async throws {
    let runtime = await fake.runtime()
    let keeper = await KubernetesCredentials(runtime)
    let secrets = await KubernetesSecrets(runtime)
    let carrier = CredentialPlace.Carrier("backend", variables: ["SOUNDHOUND_API_KEY"])
    let backend = try #require(try await runtime.services().first { $0.name == "backend" })
    #expect(await keeper.differing(carrier, in: backend) == [])
    _ = try await secrets.replace(["api-key": Secret(Self.canary)], of: secrets.read(Self.name))
    #expect(await keeper.differing(carrier, in: backend) == ["SOUNDHOUND_API_KEY"])
    try await runtime.restart(backend)
    #expect(await keeper.differing(carrier, in: backend) == [])
    // Nobody knows what can't be asked, isn't there, or doesn't run.
    for unknown in [#""deaf": true"#, #""forbid": ["pods/exec"]"#, #""codes": {"get pods": 500}"#] {
      fake.set("{\(unknown)}")
      #expect(await keeper.differing(carrier, in: backend) == nil, "\(unknown)")
      fake.set(#"{"deaf": false, "forbid": [], "codes": {}}"#)
    }
    let other = CredentialPlace.Carrier("backend", variables: ["SOUNDHOUND_API_KEY", "NOT_THERE"])
    #expect(await keeper.differing(other, in: backend) == nil)
    fake.set(#"{"omit": {"pods": ["status.containerStatuses"]}}"#)
    #expect(await keeper.differing(carrier, in: backend) == nil)
    fake.set(#"{"omit": {"pods": ["spec.containers"]}}"#)
    #expect(await keeper.differing(carrier, in: backend) == nil)
  }

  @Test func withoutTheRightTheSecretIsNotKnown() async throws {
    fake.set(#"{"forbid": ["secrets"]}"#)
    let secrets = await KubernetesSecrets(fake.runtime())
    let found = await told { _ = try await secrets.read(Self.name) }
    #expect(found?.word == "403: may not get secrets")
    #expect(await told { _ = try await secrets.read("-f/etc/passwd") }?.code == .misconfigured)
  }
}
