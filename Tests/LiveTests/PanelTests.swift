import DataSources
import ScreenSupport
import Testing

/// The panels over real servers: soon live, and right for both generations of the schema.
@Suite(.serialized) struct LivePanelTests {
  /// Whether all six tiles of the overview are live.
  private func isLive(_ screen: VirtualScreen) -> Bool {
    screen.liveTiles == 6
  }

  @Test func everyPanelIsLiveSoonAfterTheFirstFrame() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let console = try stack.console()
    console.see("┌─ Services")
    #expect(console.wait(until: isLive), "\(console.screen.text)")
    console.see("suite_runs, last 24 h")
    console.see("validation_results.houndify_result->>'validation_")
    console.press("q")
    #expect(console.exitStatus() == 0)
  }

  @Test func servicesTellWhatTheyUseWhileLookedAtAndTheLastLinesOfWhatIsBroken() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let console = try stack.console()
    #expect(console.wait(seconds: 15, until: isLive), "\(console.screen.text)")
    #expect(!console.screen.text.contains("CPU"))
    console.selectService("backend")
    console.see("CPU")
    #expect(
      console.wait(seconds: 20) { screen in
        screen.text.firstMatch(of: /uses +cpu [0-9<]+% .* memory [0-9.]+ MiB/) != nil
      },
      "\(console.screen.text)"
    )
    #expect(!console.screen.text.contains("│ last lines"), "it is well, and nobody opened it")
    try await stack.fault("db-down")
    console.selectService("postgres")
    console.see("last lines")
    console.seeBeside("database system is shut down")
    console.seeBeside("it does not run: S starts it")
    try await stack.heal()
    console.press("q", "q")
    #expect(console.exitStatus() == 0)
  }

  @Test func theRunbooksSchemaFillsThePanelsToo() async throws {
    let stack = try await LiveStack.older.value
    let console = try stack.console()
    #expect(console.wait(until: isLive), "\(console.screen.text)")
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

  @Test func whatFailedIsGroupedByKeyAndByCommand() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let told = try await stack.switchboard("causes", "--json")
    let causes = told.json.list ?? []
    #expect(told.code == 0 && causes.count > 1, "\(told)")
    let first = try #require(causes.first)
    let (name, template) = try (#require(first["cause"]?.text), #require(first["template"]?.text))
    let runs = first["runs"]?.list?.compactMap(\.text) ?? []
    #expect(first["variants"]?.list?.isEmpty == false && !runs.isEmpty, "\(first)")
    let listed = try await stack.switchboard("runs", "failed", "--cause", name, "--json", "--limit", "999")
      .json
    let ids = listed.list?.compactMap { $0["id"]?.text } ?? []
    #expect(!ids.isEmpty && Set(ids).isSubset(of: runs), "\(ids) \(runs)")
    let none = try await stack.switchboard("runs", "failed", "--cause", "no such cause")
    #expect(none.output.isEmpty && none.errors.contains("no cause is called no such cause"), "\(none)")
    #expect(try await stack.switchboard("runs", "failed", "--since", "soon").code == 64)

    let shown = try await stack.switchboard("run", "show", ids[0])
    #expect(shown.code == 0 && shown.output.contains("said"), "\(shown)")
    let record = try await stack.switchboard("run", "show", ids[0], "--json").json
    #expect(record["executions"]?.list?.first?["steps"]?.list?.isEmpty == false, "\(record)")
    let missing = try await stack.switchboard("run", "show", "00000000-0000-4000-8000-000000000000")
    #expect(missing.code != 0 && missing.errors.contains("no run or execution has the id"), "\(missing)")
    #expect(try await stack.switchboard("run", "show", "nightly").code == 64)

    let console = try stack.console(width: 160, height: 40)
    console.see("runs need attention")
    console.press("3", "v")
    console.see(String(template.prefix(24)))
    console.press(Key.enter)
    console.see("Its text")
    console.press("v")
    console.see("status")
    console.press("Q")
    #expect(console.exitStatus() == 0)
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

  /// Control sequences, C1 bytes, bidirectional marks, combining marks, wide characters and long lines, as
  /// a name and as an error's text: visible, harmless and aligned.
  @Test func hostileTextOfTheDatabaseIsVisibleHarmlessAndAligned() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let sql = """
      INSERT INTO suite_runs (id, name, status, created_at, updated_at) VALUES (gen_random_uuid(),
        E'HOSTILE\\x1b[2J\\x1b]0;owned\\x07\\x1b[31m\\u009b5A\\u202Eleft\\u200B 漢字 e\\u0301\\r\\n', 'failed', now(), now());
      INSERT INTO suite_runs (id, name, status, created_at, updated_at)
        VALUES (gen_random_uuid(), 'HOSTILE time', 'failed', 'infinity', now());
      INSERT INTO multi_turn_executions (id, script_id, user_id, conversation_state_id, current_step_order,
          total_steps, status, started_at, created_at, updated_at, tenant_id, error_message)
        SELECT gen_random_uuid(), id, 'u', 'c', 1, 1, 'failed', now(), now(), now(), tenant_id,
          repeat(E'\\x1b[1;1HX\\t漢', 6000) FROM scenario_scripts LIMIT 1;
      """
    try await self.run(sql, on: stack)
    let console = try stack.console()
    console.see("HOSTILE␛[2J␛]")
    #expect(!String(decoding: console.takeOutput(), as: UTF8.self).contains("]0;owned\u{07}"))
    console.expectAligned()
    console.press("3")
    console.see("┌─ Failed runs")
    console.see("--:--  failed     HOSTILE time")
    console.see("HOSTILE␛[2J")
    console.expectAligned()
    // The list is narrow beside the details; the page has the whole name.
    console.press("/")
    console.type("[2J")
    console.press(Key.enter, Key.enter)
    console.see("HOSTILE␛[2J␛]0;owned␇")
    console.expectAligned()
    console.press(Key.escape, Key.escape)
    console.see("HOSTILE time")
    console.press("/")
    console.type("[1;1HX")
    console.press(Key.enter, Key.enter)
    console.see("X 漢␛[1;1HX 漢␛[1;1HX")
    console.expectAligned()
    console.press("Q")
    #expect(console.exitStatus() == 0)
    let removal = "DELETE FROM suite_runs WHERE name LIKE 'HOSTILE%';"
    try await self.run(removal + "DELETE FROM multi_turn_executions WHERE user_id = 'u'", on: stack)
  }

  private func run(_ sql: String, on stack: LiveStack) async throws {
    let url = stack.variables["STACK_PG_URL"] ?? ""
    let outcome = try await LiveStack.run(["/usr/bin/psql", url, "-v", "ON_ERROR_STOP=1", "-c", sql])
    #expect(outcome.code == 0, "\(outcome.errors)")
  }
}
