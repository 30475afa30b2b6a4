import DataSources
import ScreenSupport
import Testing

/// The panels over real servers: soon live, and right for both generations of the schema.
@Suite(.serialized) struct LivePanelTests {
  /// Whether all six tiles of the overview are live.
  private func isLive(_ screen: VirtualScreen) -> Bool {
    screen.text.split(separator: " live ").count == 7
  }

  @Test func everyPanelIsLiveSoonAfterTheFirstFrame() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let console = try stack.console()
    console.see("┌─ Services", seconds: 5)
    #expect(console.wait(seconds: 15, until: isLive), "\(console.screen.text)")
    console.see("suite_runs, last 24 h")
    console.see("validation_results.houndify_result->>'validation_")
    console.press("q")
    #expect(console.exitStatus() == 0)
  }

  @Test func theRunbooksSchemaFillsThePanelsToo() async throws {
    let stack = try await LiveStack(schema: "runbook")
    let console = try stack.console()
    #expect(console.wait(seconds: 20, until: isLive), "\(console.screen.text)")
    console.see("test_runs, last 24 h")
    console.see("validation_results.confidence_score")
    console.press("q")
    #expect(console.exitStatus() == 0)
    let runs = try await stack.switchboard("runs", "failed", "--json", "--limit", "200").json.list ?? []
    // The trap: status says completed, and the validations have failed.
    #expect(
      runs.contains {
        $0["kind"]?.text == "run" && $0["status"]?.text == "completed"
          && ($0["failed_validations"]?.number ?? 0) > 0
      }
    )
    let low = try await stack.switchboard("validations", "low", "--json").json.list ?? []
    #expect(!low.isEmpty)
    #expect(low.allSatisfy { (0...0.5).contains($0["score"]?.number ?? 1) })
  }

  @Test func detailsOfRunsAndValidationsOpen() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let console = try stack.console(width: 120, height: 40)
    console.see("runs need attention")
    console.press("3", Key.enter)
    console.see("said")
    console.press(Key.escape, "4", Key.enter)
    console.see("recogniser")
    console.press(Key.escape, "i")
    console.see("asked")
    console.see("SELECT")
    console.press(Key.escape, "q", "q")
    #expect(console.exitStatus() == 0)
  }
}
