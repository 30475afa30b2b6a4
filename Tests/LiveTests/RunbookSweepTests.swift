import DataSources
import Foundation
import TestSupport
import Testing

/// Every shipped runbook against what it is for: the same end each time, once, and with `SWEEP` twelve times on a
/// machine whose processors have other work.
@Suite(.serialized) struct LiveRunbookSweepTests {
  private static let times = Sweep.factor > 1 ? 12 : 1

  /// Those alone that `SWEEP_CASES` has parts of, if it is there: `redis-down,orphan-queue`.
  static func meant(_ cases: [RunbookCase]) -> [RunbookCase] {
    guard let parts = ProcessInfo.processInfo.environment["SWEEP_CASES"]?.split(separator: ",") else {
      return cases
    }
    return cases.filter { example in parts.contains { example.testDescription.contains($0) } }
  }

  @Test(arguments: LiveRunbookSweepTests.meant(RunbookCase.healing)) func aHealingRunbookHealsWhatItIsFor(
    _ example: RunbookCase
  ) async throws {
    try await sweep(example)
  }

  @Test(arguments: LiveRunbookSweepTests.meant(RunbookCase.investigating))
  func anInvestigatingRunbookNamesTheCause(
    _ example: RunbookCase
  ) async throws {
    try await sweep(example)
  }

  private func sweep(_ example: RunbookCase) async throws {
    let stack = try await LiveStack.shared.value
    let load = Self.times > 1 ? try ProcessorLoad() : nil
    var ends: [String] = []
    for _ in 0..<Self.times { ends.append(try await example.run(on: stack)) }
    withExtendedLifetime(load) {}
    let counted = Dictionary(grouping: ends) { $0 }.mapValues(\.count)
    // Told as it comes: all of them take an hour.
    defer { fflush(nil) }
    print(
      "runbook \(example.testDescription): \(counted.map { "\($1) x \($0)" }.sorted().joined(separator: "; "))"
    )
    #expect(counted.count == 1, "\(counted)")
    try await stack.heal()
  }

  /// What ships is tried: a runbook without a case here proves nothing.
  @Test func everyShippedRunbookHasACase() throws {
    let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../runbooks")
    let names = try FileManager.default.contentsOfDirectory(atPath: directory.path).map {
      $0.prefix { $0 != "." }
    }
    let tried = Set((RunbookCase.healing + RunbookCase.investigating).map { $0.words[0][...] })
    // A rotation needs a compose project and somebody at the provider's portal: it has tests of its own.
    #expect(names.filter { !tried.contains($0) } == ["rotate-credentials"])
  }
}
