import Facts
import Operations
import TestSupport
import Testing

@testable import Panels

/// View 3 beyond what the rows' status tells: failed tasks, what is new, and what bears more of a cause than of all tests.
@Suite struct RunTriageViewTests {
  private let view = RunsView()
  private var grouped: PanelLocal {
    var local = PanelLocal()
    local.isGrouped = true
    return local
  }

  private func task(_ id: String, _ exception: SafeText) -> TaskFailure {
    TaskFailure(
      id: id,
      exception: exception,
      traceback: ["Traceback (most recent call last):", "  File \"tasks.py\", line 7", exception],
      endedAt: Fixture.now.wall - .seconds(60)
    )
  }

  /// A busy stack of which a run's task failed, which is known by its time alone, and a task of no run.
  private func monitor(_ change: (inout RunsSnapshot) -> Void = { _ in }) throws -> Monitor {
    var monitor = Fixture.busy()
    var runs = try #require(monitor.world.snapshot(RunsSnapshot.self)).value
    runs.rows[2].tasks = ["t1"]
    runs.rows[2].attention.insert(.tasks)
    runs.askedTasks = ["t1", "t2"]
    runs.placedTasks = ["t1"]
    change(&runs)
    let tasks = TaskFailures(
      failures: [task("t1", "KeyError: 'duration'"), task("t2", "RuntimeError: loop is closed")],
      results: 9
    )
    monitor.apply([
      Fixture.report("redis", at: Fixture.ago(2), snapshots: [tasks]),
      Fixture.report(
        "postgres",
        at: Fixture.ago(1),
        Fixture.database(latency: 900, runs: 37, low: 0),
        snapshots: [runs]
      ),
    ])
    return monitor
  }

  private func page(
    _ title: SafeText,
    _ context: PanelContext,
    _ local: PanelLocal = PanelLocal()
  ) throws
    -> DetailPage
  {
    var local = local
    local.detail = try #require(view.items(local, context).first { $0.title == title }, "\(title)").id
    return try #require(view.openPage(local, context))
  }

  @Test func aRunIsListedWithTheExceptionOfItsTask() throws {
    let context = Fixture.context(try monitor())
    let page = try page("Smoke", context)
    let entries = Dictionary(page.entries.map { ($0.key.string, $0.values[0].plain.string) }) { first, _ in
      first
    }
    #expect(entries["reason"] == "task failed: KeyError: 'duration'")
    #expect(entries["task"]?.contains("≈ by its time") == true)
    #expect(page.text.map(\.plain.string).contains("    File \"tasks.py\", line 7"))
  }

  @Test func aTaskOfNoRunIsARowOfItsOwn() throws {
    let context = Fixture.context(try monitor())
    let item = try #require(view.items(PanelLocal(), context).first { $0.kind == .task })
    #expect(item.name == "t2" && item.edition == nil)
    let page = try page(item.title, context)
    #expect(page.title == "task t2")
    #expect(page.text.map(\.plain.string).first?.hasPrefix("✗ task without a name  t2") == true)
    let entries = page.entries.map(\.key.string)
    #expect(entries.contains("task id") && !entries.contains("failed"))
  }

  @Test func whatWasNotSeenBeforeIsNewAndInDoubtNothingIs() throws {
    func words(_ former: FormerReasons?) throws -> [Bool?] {
      let monitor = try monitor { $0.former = former }
      let causes = try #require(monitor.world.snapshot(RunCauses.self)).value.causes
      return ["Missing entity: ‹…›", "Text-to-speech generation failed: voice not found"].map { template in
        causes.first { $0.template.string == template }?.isNew
      }
    }
    #expect(try words(nil) == [nil, nil])
    let known: SafeText = "Missing entity: 'person'"
    #expect(try words(FormerReasons(texts: [known], isWhole: true)) == [false, true])
    #expect(try words(FormerReasons(texts: [known], isWhole: false)) == [false, nil])
  }

  @Test func whatBearsMoreOfACauseThanOfAllTestsIsTold() throws {
    func label(_ value: SafeText, _ count: Int, of all: Int) -> FailureLabel {
      FailureLabel(name: "language", value: value, count: count, labelled: all)
    }
    let own = [label("fr-FR", 17, of: 19), label("en-US", 2, of: 19)]
    let shares = try shares(own, among: [label("fr-FR", 30, of: 100), label("en-US", 70, of: 100)])
    #expect(shares.map(\.value) == ["fr-FR"])
    try #require(shares.count == 1)
    #expect(abs(shares[0].inCause - 17.0 / 19) < 1e-9 && abs(shares[0].inAll - 0.3) < 1e-9)
    // As of all tests, or of tests nobody knows: nothing is said.
    #expect(try self.shares(own, among: [label("fr-FR", 90, of: 100), label("en-US", 10, of: 100)]) == [])
    #expect(try self.shares(own, among: []) == [])
    let monitor = try monitor { runs in
      runs.reasons[0].labels = own
      runs.tested = [label("fr-FR", 30, of: 100)]
    }
    let page = try page("Missing entity: ‹…›", Fixture.context(monitor), grouped)
    let told = page.entries.first { $0.key == "language" }?.values[0].plain.string
    #expect(told == "fr-FR  89 % of these, 30 % of all tests")
  }

  private func shares(_ own: [FailureLabel], among tested: [FailureLabel]) throws -> [LabelShare] {
    let monitor = try monitor { runs in
      runs.reasons[0].labels = own
      runs.tested = tested
    }
    let causes = try #require(monitor.world.snapshot(RunCauses.self)).value.causes
    return try #require(causes.first { $0.template == "Missing entity: ‹…›" }).shares
  }

  @Test(arguments: [Double.infinity, -.infinity, .nan, 1e300, -1e300])
  func aTimeThatIsNoneIsInNoHour(seconds: Double) throws {
    var runs = try #require(Fixture.busy().world.snapshot(RunsSnapshot.self)).value
    let context = Fixture.context(Fixture.busy())
    let usual = try #require(RunSpread(runs, context)?.text(width: 80)).plain
    runs.rows.append(runs.rows[0])
    runs.rows[runs.rows.count - 1].createdAt = WallTime(secondsSince1970: seconds)
    runs.total += 1
    let text = try #require(RunSpread(runs, context)?.text(width: 80)).plain
    #expect(text.string.prefix(40) == usual.string.prefix(40))
  }
}
