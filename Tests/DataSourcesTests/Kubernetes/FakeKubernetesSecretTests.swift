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

  @Test func whereASecretIsUsedIsReadFromThePods() async throws {
    let runtime = await fake.runtime()
    let secrets = await KubernetesSecrets(runtime)
    let before = try await secrets.uses(of: Self.name)
    #expect(before.map(\.pod).sorted() == ["backend-5c9f-1", "backend-5c9f-2"])
    #expect(before.allSatisfy { $0.way == .variable("SOUNDHOUND_API_KEY", key: "api-key") })
    let uids = Set(before.map(\.podUID))
    #expect(before.allSatisfy { $0.standing(before: uids) == .old })
    let backend = try #require(try await runtime.services().first { $0.name == "backend" })
    try await runtime.restart(backend)
    let after = try await secrets.uses(of: Self.name)
    #expect(after.count == 2)
    #expect(after.allSatisfy { $0.standing(before: uids) == .new })
  }

  @Test func whatDoesNotRunOrReadsFilesHasNoNewValueYet() {
    var use = SecretUse(pod: "p", podUID: "u", container: "c", way: .files, isRunning: true)
    #expect(use.standing(before: []) == .files)
    use.isRunning = false
    #expect(use.standing(before: []) == .notRunning)
  }

  @Test func withoutTheRightTheSecretIsNotKnown() async throws {
    fake.set(#"{"forbid": ["secrets"]}"#)
    let secrets = await KubernetesSecrets(fake.runtime())
    let found = await told { _ = try await secrets.read(Self.name) }
    #expect(found?.word == "403: may not get secrets")
    #expect(await told { _ = try await secrets.read("-f/etc/passwd") }?.code == .misconfigured)
  }
}
