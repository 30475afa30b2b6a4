import DataSources
import Foundation
import ScreenSupport
import Testing

/// The console itself on a (fake) cluster, by the real kubectl: by key and by command.
@Suite(.serialized) struct LiveKubernetesTests {
  private let fake = FakeKubernetes()
  private let variables: [String: String]

  init() throws {
    EventLoop.runOnOwnThread()
    variables = try fake.console(
      """
          services:
            backend: {class: 1}
      gate: {within: 10s, settling: 1s}
      """
    )
  }

  private func switchboard(_ words: String...) async throws -> LiveStack.Outcome {
    try await LiveStack.run([LiveStack.binary] + words, variables, in: fake.directory)
  }

  @Test func aKeyLeadsFromThePreviewThroughTheRolloutToItsProof() throws {
    let console = try PseudoTerminal(
      [LiveStack.binary],
      environment: variables,
      width: 160,
      height: 48
    )
    console.see(" services ")
    console.selectService("backend")
    console.press("r")
    console.see("RESTART backend")
    console.see("rolls out 2 new pods")
    #expect(!fake.requests.contains { $0.contains("PATCH") }, "a preview changes nothing")
    console.confirm()
    console.see("✓ recovered in ")
    #expect(fake.requests.count { $0.contains("PATCH") } == 1)
    console.press(Key.enter, "9")
    console.see("restart backend: done")
    // The change shows to have been seen, too, by whomever it was made.
    console.see("seen: backend was changed: generation 1 to 2")
    console.press("Q")
  }

  @Test func aCommandIsDoneOnlyWhereNewPodsAreReady() async throws {
    let done = try await switchboard("restart", "backend", "--yes")
    #expect(done.code == 0 && done.output.contains("✓ done: recovered in"), "\(done)")
    fake.set(#"{"lie": true}"#)
    let lied = try await switchboard("restart", "backend", "--yes")
    #expect(lied.code == 5 && lied.output.contains("start time did not change"), "\(lied)")
    let logs = try await switchboard("logs", "backend", "2026-11-28T05:00:28Z")
    #expect(logs.code == 0 && logs.output.contains("line 28") && !logs.output.contains("line 27"), "\(logs)")
    let shell = try await switchboard("shell", "backend", "--dry-run")
    #expect(shell.code == 0 && shell.output.contains("--context prod --namespace voiceai"), "\(shell)")
  }

  @Test func aSecretIsRotatedByCommandAndNobodySeesItsValue() async throws {
    let canary = "L1veCanary-77-value"
    let path = "\(fake.directory)/new"
    try canary.write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    let watch = ProcessWatch(for: canary)
    let outcome = try await switchboard(
      "rotate",
      "SOUNDHOUND_API_KEY",
      "--from-file",
      path,
      "--yes"
    )
    #expect(watch.end().isEmpty)
    // Without an API for a quick test nothing proves that it is taken, and the way back stays open.
    #expect(outcome.code == 1, "\(outcome)")
    #expect(outcome.output.contains("the old key is still needed"), "\(outcome)")
    #expect(!(outcome.output + outcome.errors).contains(canary))
    let back = try await switchboard("rotate", "--rollback", "--yes")
    #expect(back.code == 0 && back.output.contains("the old values are in secret/"), "\(back)")
  }
}
