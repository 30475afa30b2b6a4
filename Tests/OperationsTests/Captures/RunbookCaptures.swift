import DataSources
import Facts
import TestSupport
import Testing

@testable import Operations

/// The team's own runbook, as it is.
@Suite(.enabled(if: Captures.areHere, Comment(rawValue: Captures.reason)))
struct RunbookCaptureTests {
  private let text = Captures.text("../RUNBOOK.md")

  @Test func everyFencedBlockBecomesTypedSteps() throws {
    let reader = RunbookReader(parsing: text, file: "RUNBOOK.md", name: "RUNBOOK")
    #expect(reader.problems.map(\.description) == [])
    let steps = reader.runbooks.flatMap(\.steps)
    let blocks = MarkdownDocument(parsing: text).blocks.filter { block in
      if case .code = block.kind { true } else { false }
    }
    try #require(!blocks.isEmpty)
    for block in blocks {
      let lines = block.line...(block.line + block.text.count { $0 == "\n" })
      let own = steps.filter { lines.contains($0.line) }
      #expect(!own.isEmpty, "line \(block.line): \(block.text)")
      for step in own { #expect(step.kind != .copy, "line \(step.line): \(step.text)") }
    }
  }

  /// What is known to go wrong with its commands, run as they stand there.
  @Test func whatWouldHarmAsWrittenIsNamed() {
    let steps = RunbookReader(parsing: text, file: "RUNBOOK.md", name: "RUNBOOK").runbooks.flatMap(\.steps)
    let harmful = steps.filter { $0.harm != nil }.map(\.text)
    for words in [
      "docker-compose restart", "docker-compose down", "--scale celery-worker=4", "purge", "quick-test",
      "/health", "FROM test_runs", "confidence_score < 0.5", "queue_depth", "test_run_id=",
      "kubectl create secret",
      "sleep 30",
    ] {
      #expect(harmful.contains { $0.contains(words) }, "\(words)")
    }
    let rotation = steps.filter { $0.text == "docker-compose restart backend" }.compactMap { $0.harm?.string }
    #expect(rotation.contains { $0.hasPrefix("a restart keeps the old values") })
  }
}
