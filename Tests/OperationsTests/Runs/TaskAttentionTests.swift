import DataSources
import Facts
import Testing

@testable import Operations

/// A task that failed is told whatever the database says of its run: of the run it is known to be of, else by itself.
@Suite struct TaskAttentionTests {
  private static let start = Moment(
    monotonic: MonotonicTime(nanoseconds: 0),
    wall: WallTime(secondsSince1970: 1_700_000_000)
  )

  init() { EventLoop.runOnOwnThread() }

  private func monitor() -> Monitor {
    var monitor = Monitor(
      assessor: ServiceAssessor(profiles: []),
      alerts: [],
      author: AuditAuthor(user: "anna", host: "box", process: 1)
    )
    monitor.introduce(
      ["postgres", "redis", AcknowledgementSource.id].map {
        SourceDescriptor(id: $0, kind: $0, address: $0, interval: .seconds(10), deadline: .seconds(2))
      }
    )
    return monitor
  }

  private func report(_ source: String, _ second: Int, _ reading: SourceReading) -> SourceReport {
    let now = Self.start + .seconds(second)
    return SourceReport(source: source, startedAt: now, endedAt: now, result: .success(reading))
  }

  private func database(
    _ second: Int,
    _ rows: [RunRow],
    reasons: [FailureReason] = [],
    table: String? = "suite_runs",
    asked: Set<String> = ["t1", "t2", "t3"]
  ) -> SourceReport {
    let attention = Observation(
      "runs.attention",
      .number(Double(rows.count)),
      state: rows.isEmpty ? .ok : .warn,
      word: "suite_runs",
      kind: .health,
      origin: Origin(source: "postgres", query: "SELECT …")
    )
    var snapshot = RunsSnapshot(
      table: table,
      window: .seconds(86_400),
      total: rows.count,
      rows: rows,
      reasons: reasons,
      failures: reasons.reduce(0) { $0 + $1.count }
    )
    snapshot.askedTasks = asked
    snapshot.placedTasks = Set(rows.flatMap(\.tasks))
    return report("postgres", second, SourceReading([attention], snapshots: [snapshot]))
  }

  private func redis(_ second: Int, _ tasks: [TaskFailure]) -> SourceReport {
    report(
      "redis",
      second,
      SourceReading([], snapshots: [TaskFailures(failures: tasks, results: tasks.count)])
    )
  }

  private func task(
    _ id: String,
    _ exception: SafeText = "KeyError: a",
    before seconds: Double = 60
  ) -> TaskFailure {
    TaskFailure(id: id, exception: exception, endedAt: Self.start.wall - .seconds(seconds))
  }

  private func header(_ monitor: Monitor, at second: Int) -> String {
    let health = monitor.health(at: (Self.start + .seconds(second)).monotonic)
    return health.phrases.map { "\($0.state.word) \($0.text)" }.joined(separator: " | ")
  }

  private func runs(_ monitor: Monitor) throws -> RunsSnapshot {
    try #require(monitor.world.snapshot(RunsSnapshot.self)?.value)
  }

  @Test func aTaskOfNoRunIsARowOfItsOwnAndCounts() throws {
    var monitor = monitor()
    monitor.apply(database(0, []))
    #expect(header(monitor, at: 0) == "OK 1 measure")
    monitor.apply(redis(1, [task("t1"), task("t2")]))
    #expect(header(monitor, at: 1) == "WARN 2 runs")
    #expect(try runs(monitor).rows.map(\.kind) == [.task, .task])
    #expect(try runs(monitor).total == 2)
    // The same told again, by whomever, makes no more of it.
    monitor.apply([database(10, []), redis(10, [task("t1"), task("t2")])])
    monitor.apply(redis(15, [task("t1"), task("t2")]))
    #expect(header(monitor, at: 15) == "WARN 2 runs")
    #expect(try runs(monitor).total == 2)
  }

  @Test func oneThatItsRunTellsIsNoSecondRow() throws {
    var monitor = monitor()
    var row = RunRow.sample("a", attention: [.tasks])
    row.tasks = ["t1"]
    monitor.apply([database(0, [row]), redis(0, [task("t1"), task("t2")])])
    #expect(try runs(monitor).rows.map(\.id).sorted() == ["a", "t2"])
    #expect(header(monitor, at: 0) == "WARN 2 runs")
  }

  @Test func oneThatNobodyHasAskedAboutIsNoRowYetButWhileTheDatabaseIsSilent() throws {
    var monitor = monitor()
    monitor.apply([database(0, [], asked: []), redis(1, [task("t1")])])
    #expect(try runs(monitor).rows == [])
    let now = Self.start + .seconds(10)
    monitor.apply(
      SourceReport(
        source: "postgres",
        startedAt: now,
        endedAt: now,
        result: .failure(SourceFailure(.refused, at: "postgres"))
      )
    )
    #expect(try runs(monitor).rows.map(\.id) == ["t1"])
    monitor.apply(database(20, [], asked: []))
    #expect(try runs(monitor).rows == [])
  }

  @Test func withoutATableOfRunsNobodyLookedForThem() throws {
    var monitor = monitor()
    monitor.apply([database(0, [], table: nil), redis(0, [task("t1")])])
    #expect(try runs(monitor).rows == [])
  }

  @Test func acknowledgedTasksCountNoMore() throws {
    var monitor = monitor()
    monitor.apply([database(0, []), redis(0, [task("t1"), task("t2")])])
    let rows = try runs(monitor).rows
    let entries = rows.map { row in
      (
        row.id,
        Acknowledgement(person: "ana", host: "box", at: Self.start.wall, sight: Acknowledgement.Sight(row))
      )
    }
    let book = Acknowledgements(Dictionary(uniqueKeysWithValues: entries))
    monitor.apply(report(AcknowledgementSource.id, 1, SourceReading([], snapshots: [book])))
    #expect(header(monitor, at: 1) == "OK 1 measure")
    monitor.apply(redis(2, [task("t1"), task("t2"), task("t3")]))
    #expect(header(monitor, at: 2) == "WARN 1 run")
  }

  @Test func exceptionsAreCausesOfTheRunsTheyAreOf() throws {
    var monitor = monitor()
    var row = RunRow.sample("a", attention: [.tasks])
    row.tasks = ["t1", "t2"]
    monitor.apply([
      database(0, [row]),
      redis(0, [task("t1"), task("t2"), task("t3"), task("old", before: 90_000)]),
    ])
    let causes = try #require(monitor.world.snapshot(RunCauses.self)?.value)
    #expect(causes.causes.map(\.template) == ["KeyError: a"])
    #expect(causes.causes.first?.count == 3)
    #expect(causes.causes.first?.runs == ["a", "t3"])
    #expect(causes.failures == 3)
    #expect(causes.untold == 0)
  }

  @Test func whatTheRunTellsAlreadyIsNoSecondFailure() throws {
    var monitor = monitor()
    var row = RunRow.sample("a", attention: [.tasks])
    row.tasks = ["t1"]
    let reason = FailureReason(
      text: "KeyError: a",
      count: 1,
      ids: ["a"],
      firstAt: Self.start.wall,
      lastAt: Self.start.wall,
      counts: [1]
    )
    monitor.apply([database(0, [row], reasons: [reason]), redis(0, [task("t1")])])
    #expect(try #require(monitor.world.snapshot(RunCauses.self)?.value).failures == 1)
  }
}
