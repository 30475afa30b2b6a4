import DataSources
import Facts
import Testing

@testable import Operations

/// What runs failed for, of the reasons that databases tell.
@Suite struct RunCausesTests {
  private static let start = WallTime(secondsSince1970: 1_700_000_000)

  /// So late that nothing of these has just begun.
  private static let later = start + .seconds(40_000)

  private func reason(_ text: SafeText?, _ count: Int, _ ids: String..., after: Double = 0) -> FailureReason {
    FailureReason(
      text: text,
      count: count,
      ids: ids,
      firstAt: Self.start + .seconds(after),
      lastAt: Self.start + .seconds(after + 60),
      counts: [count, 0]
    )
  }

  private func snapshot(_ reasons: FailureReason..., failures: Int? = nil) -> RunsSnapshot {
    RunsSnapshot(
      table: "suite_runs",
      window: .seconds(86_400),
      total: 0,
      rows: [],
      reasons: reasons,
      failures: failures ?? reasons.reduce(0) { $0 + $1.count }
    )
  }

  @Test func textsOfOneStatementAreOneCauseWithTheirNumbers() throws {
    let causes = RunCauses(
      of: [
        snapshot(
          reason("Missing entity: 'time'", 3, "a", "b"),
          reason("Missing entity: 'location'", 20, "b", "c", after: -600),
          reason("Text-to-speech generation failed: voice not found", 4, "d", after: 30)
        )
      ],
      at: Self.later
    )
    #expect(
      causes.causes.map(\.template) == [
        "Missing entity: ‹…›", "Text-to-speech generation failed: voice not found",
      ]
    )
    let first = try #require(causes.causes.first)
    #expect(first.count == 23 && first.runs == ["a", "b", "c"] && first.counts == [23, 0])
    #expect(first.variants.map(\.count) == [20, 3])
    #expect(first.firstAt == Self.start - .seconds(600) && first.lastAt == Self.start + .seconds(60))
    #expect(first.kind == .validation)
    #expect(causes.causes(of: "b").map(\.name) == [first.name])
    #expect(causes.failures == 27 && causes.untold == 0)
  }

  @Test func severalDatabasesAreOneList() {
    let one = snapshot(reason("Missing entity: 'time'", 3, "a"), reason("disk full", 1, "z"))
    let other = snapshot(reason("Missing entity: 'time'", 2, "x"), reason("Missing entity: 'date'", 1, "y"))
    let causes = RunCauses(of: [one, other], at: Self.later)
    #expect(causes.causes.map(\.count) == [6, 1])
    // The same text in two of them is one variant.
    #expect(causes.causes[0].variants.map(\.count) == [5, 1])
    #expect(causes.causes[0].runs == ["a", "x", "y"])
  }

  @Test func whatIsNotToldIsNoCauseAndNotNothing() {
    let causes = RunCauses(
      of: [
        snapshot(reason(nil, 9, "a"), reason("disk full", 1, "b"), failures: 500)
      ],
      at: Self.later
    )
    // What has no recorded reason stands below what has, however many there are.
    #expect(causes.causes.map(\.name).last == RunCause.unrecorded)
    #expect(causes.causes.map(\.count) == [1, 9])
    #expect(causes.failures == 500 && causes.untold == 490)
    #expect(
      RunCauses(of: [], at: Self.later).causes.isEmpty && RunCauses(of: [], at: Self.later).failures == 0
    )
  }

  @Test func whatBeganJustNowStandsFirstAndWhatCameAfterwardsLast() {
    func names(_ former: FormerReasons?) -> [SafeText] {
      var runs = snapshot(
        reason("Missing entity: 'time'", 30, "a", after: -50_000),
        reason("read timed out", 2, "b", after: -600),
        reason("disk full", 1, "c", after: -60)
      )
      runs.former = former
      var task = reason("KeyError: a", 99, "d", after: -60)
      task.isAfterwards = true
      return RunCauses(of: [runs], tasks: [task], at: Self.start).causes.map(\.template)
    }
    let usual: [SafeText] = ["read timed out", "disk full", "Missing entity: ‹…›", "KeyError: a"]
    func plain(_ names: [SafeText]) -> [String] { names.map { $0.string.replacing("'time'", with: "‹…›") } }
    #expect(plain(names(nil)) == usual.map(\.string))
    // One that the day before had, too, has not begun now.
    let known = names(FormerReasons(texts: ["read timed out"], isWhole: true))
    #expect(plain(known).prefix(2) == ["disk full", "Missing entity: ‹…›"])
  }

  @Test func aMonitorGroupsThemAnewOnlyWhenTheyAreOthers() throws {
    var monitor = Monitor(
      assessor: ServiceAssessor(profiles: []),
      alerts: [],
      author: AuditAuthor(user: "ana", host: "h", process: 1)
    )
    func report(_ snapshot: RunsSnapshot, at seconds: Double) -> SourceReport {
      let moment = Moment(
        monotonic: MonotonicTime(nanoseconds: Int64(seconds * 1e9)),
        wall: Self.start + .seconds(seconds)
      )
      return SourceReport(
        source: "postgres",
        startedAt: moment,
        endedAt: moment,
        result: .success(SourceReading([], snapshots: [snapshot]))
      )
    }
    let runs = snapshot(reason("disk full", 1, "a"))
    monitor.apply(report(runs, at: 10))
    let first = try #require(monitor.world.snapshot(RunCauses.self))
    #expect(first.value.causes.map(\.template) == ["disk full"])
    monitor.apply(report(runs, at: 20))
    #expect(monitor.world.snapshot(RunCauses.self)?.sampledAt == first.sampledAt)
    monitor.apply(report(snapshot(), at: 30))
    #expect(monitor.world.snapshot(RunCauses.self)?.value.causes.isEmpty == true)
  }
}
