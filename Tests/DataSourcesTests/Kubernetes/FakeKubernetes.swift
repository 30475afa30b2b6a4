import Facts
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

/// A fake API server, `Tests/Stack/fake-kubernetes`, and a kubeconfig that leads to it.
///
/// The kubectl that asks it is the real one.
final class FakeKubernetes: Sendable {
  let directory = TestProcess.directory()
  let port = TestProcess.freePort()
  private let process: TestProcess

  init() {
    // Other targets have a link to this file.
    let tests = #filePath.ranges(of: "/Tests/").last.map { #filePath[..<$0.upperBound] } ?? ""
    process = TestProcess(
      ["/usr/bin/python3", "\(tests)Stack/fake-kubernetes", "\(port)", "voiceai", "\(directory)/log"],
      log: "\(directory)/out"
    )
    writeKubeconfig()
    var tries = 0
    while !answers(), tries < 500 {
      usleep(20_000)
      tries += 1
    }
    precondition(answers(), "the fake doesn't listen, see \(directory)/out")
  }

  private func answers() -> Bool {
    TestProcess(["/usr/bin/curl", "-sf", "http://127.0.0.1:\(port)/version"], log: "/dev/null").wait() == 0
  }

  var kubeconfig: String { "\(directory)/config" }

  /// Writes the kubeconfig: where its context leads is the test's to say.
  func writeKubeconfig(server: String? = nil, user: String = "jane") {
    let text = """
      apiVersion: v1
      kind: Config
      clusters: [{name: fake, cluster: {server: '\(server ?? "http://127.0.0.1:\(port)")'}}]
      users: [{name: \(user), user: {token: canary-token}}]
      contexts: [{name: prod, context: {cluster: fake, user: \(user), namespace: elsewhere}}]
      """
    let file = fopen(kubeconfig, "w")
    fputs(text, file)
    fclose(file)
  }

  /// Changes how it behaves, or what it holds.
  func tell(_ path: String, _ json: String) {
    runToItsEnd([
      "/usr/bin/curl", "-sf", "-X", "POST", "-d", json, "http://127.0.0.1:\(port)/fake/\(path)",
    ])
  }

  func set(_ json: String) { tell("set", json) }

  /// The requests so far, one line of JSON each.
  var requests: [String] { Self.lines("\(directory)/log") }

  static func lines(_ path: String) -> [String] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 4 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @LoopActor func runtime(
    context: String = "prod",
    namespace: String = "voiceai",
    selector: String? = nil,
    program: [String] = ["kubectl"],
    deadline: Duration = .seconds(20),
    patience: Duration = .seconds(30)
  ) -> KubernetesRuntime {
    KubernetesRuntime(
      KubernetesSettings(context: context, namespace: namespace, selector: selector, kubeconfig: kubeconfig),
      program: program,
      environment: ["HOME": directory],
      deadline: deadline,
      followEvery: .milliseconds(100),
      patience: patience
    )
  }

  func stop() {
    process.send(SIGKILL)
    process.wait()
  }
}

/// The failure that `body` throws, or nil (and an issue) if it throws none or another error.
@LoopActor func told(
  sourceLocation: SourceLocation = #_sourceLocation,
  _ body: @LoopActor @Sendable () async throws -> Void
) async -> SourceFailure? {
  do {
    try await body()
    Issue.record("it didn't fail", sourceLocation: sourceLocation)
  } catch {
    if let failure = error as? SourceFailure { return failure }
    Issue.record(error, sourceLocation: sourceLocation)
  }
  return nil
}
