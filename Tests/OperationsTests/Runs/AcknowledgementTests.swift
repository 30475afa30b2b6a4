import DataSources
import Facts
import Testing

@testable import Operations

/// What somebody looks after counts no more: for every reader alike, and only as long as it stands as it was seen.
@Suite struct AcknowledgementTests {
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
    let ids = ["postgres", AcknowledgementSource.id]
    monitor.introduce(
      ids.map {
        SourceDescriptor(id: $0, kind: $0, address: $0, interval: .seconds(10), deadline: .seconds(2))
      }
    )
    return monitor
  }

  private func report(
    _ source: String,
    _ second: Int,
    _ result: Result<SourceReading, SourceFailure>
  ) -> SourceReport {
    let now = Self.start + .seconds(second)
    return SourceReport(source: source, startedAt: now, endedAt: now, result: result)
  }

  private func database(_ second: Int, _ rows: [RunRow], further: Int = 0) -> SourceReport {
    let origin = Origin(source: "postgres", query: "SELECT …")
    func count(_ name: FactName, _ number: Int, _ kind: FactKind) -> Observation {
      Observation(
        name,
        .number(Double(number)),
        state: number > 0 ? .warn : .ok,
        word: "suite_runs",
        kind: kind,
        origin: origin
      )
    }
    let total = rows.count + further
    return report(
      "postgres",
      second,
      .success(
        SourceReading(
          [
            count("runs.attention", total, .health),
            count("runs.stuck", rows.count(where: \.isStuck), .info),
          ],
          snapshots: [
            RunsSnapshot(table: "suite_runs", window: .seconds(86_400), total: total, rows: rows)
          ]
        )
      )
    )
  }

  private func book(_ second: Int, _ rows: [RunRow]) -> SourceReport {
    let entries = rows.map { row in
      (
        row.id,
        Acknowledgement(
          person: "ana",
          host: "box",
          at: Self.start.wall,
          sight: Acknowledgement.Sight(row)
        )
      )
    }
    let value = Acknowledgements(Dictionary(uniqueKeysWithValues: entries))
    return report(AcknowledgementSource.id, second, .success(SourceReading([], snapshots: [value])))
  }

  private func fact(_ name: FactName, _ monitor: Monitor, at second: Int) throws -> Fact {
    try #require(monitor.world.facts.fact(name, at: (Self.start + .seconds(second)).monotonic))
  }

  /// What the header says, a bar between its phrases.
  private func header(_ monitor: Monitor, at second: Int) -> String {
    let health = monitor.health(at: (Self.start + .seconds(second)).monotonic)
    return health.phrases.map { "\($0.state.word) \($0.text)" }.joined(separator: " | ")
  }

  @Test func whatEverybodyLooksAfterLeavesTheHeaderGreen() throws {
    var monitor = monitor()
    let rows = [RunRow.sample("a"), RunRow.sample("b", attention: [.stuck])]
    monitor.apply([database(0, rows), book(0, [])])
    #expect(header(monitor, at: 0) == "WARN 2 runs")
    monitor.apply(book(1, [rows[0]]))
    #expect(header(monitor, at: 1) == "WARN 1 run")
    #expect(try fact("runs.attention", monitor, at: 1).word == "suite_runs, 1 acknowledged")
    monitor.apply(book(2, rows))
    #expect(header(monitor, at: 2) == "OK 1 measure")
    let attention = try fact("runs.attention", monitor, at: 2)
    #expect(attention.value == .number(0))
    #expect(attention.state == .ok)
    #expect(attention.word == "suite_runs, 2 acknowledged")
    #expect(try fact("runs.stuck", monitor, at: 2).state == .ok)
    #expect(monitor.health(at: Self.start.monotonic).state(.runs) == .ok)
    // The next poll tells the same, and what is taken back counts again.
    monitor.apply(database(10, rows))
    #expect(header(monitor, at: 10) == "OK 1 measure")
    monitor.apply(book(11, []))
    #expect(header(monitor, at: 11) == "WARN 2 runs")
    #expect(try fact("runs.attention", monitor, at: 11).word == "suite_runs")
  }

  @Test func aRunThatFailsAnewCountsAgain() {
    let seen = RunRow.sample("a")
    var changed = seen
    changed.updatedAt = seen.updatedAt + .milliseconds(1)
    var worse = seen
    worse.failedExecutions += 1
    var judged = seen
    judged.failedValidations += 1
    var stuck = seen
    stuck.attention.insert(.stuck)
    var timeless = seen
    timeless.updatedAt = WallTime(secondsSince1970: .infinity)
    for anew in [changed, worse, judged, stuck, timeless] {
      var monitor = monitor()
      monitor.apply([database(0, [seen]), book(0, [seen])])
      #expect(header(monitor, at: 0) == "OK 1 measure")
      monitor.apply(database(10, [anew]))
      #expect(header(monitor, at: 10) == "WARN 1 run", "\(anew)")
    }
    // Neither is an unreadable time seen for good.
    let sight = Acknowledgement.Sight(timeless)
    #expect(!Acknowledgement(person: "", host: "", at: Self.start.wall, sight: sight).covers(timeless))
    var better = seen
    better.failedExecutions -= 1
    var monitor = monitor()
    monitor.apply([database(0, [better]), book(0, [seen])])
    #expect(header(monitor, at: 0) == "OK 1 measure")
  }

  @Test func whatIsNotListedIsNotAcknowledged() {
    var monitor = monitor()
    let rows = [RunRow.sample("a")]
    monitor.apply([database(0, rows, further: 300), book(0, rows + [RunRow.sample("gone")])])
    #expect(header(monitor, at: 0) == "WARN 300 runs")
  }

  @Test func recordsThatCanNotBeReadAcknowledgeNothing() throws {
    var monitor = monitor()
    let rows = [RunRow.sample("a")]
    monitor.apply([database(0, rows), book(0, rows)])
    #expect(header(monitor, at: 0) == "OK 1 measure")
    let failure = SourceFailure(.unreadable, at: "/state/acknowledged", detail: "line 1")
    monitor.apply(report(AcknowledgementSource.id, 5, .failure(failure)))
    #expect(header(monitor, at: 5) == "ERROR source acknowledgements | WARN 1 run")
    #expect(
      try fact("runs.attention", monitor, at: 5).word == "suite_runs, who acknowledged can't be read"
    )
    monitor.apply(database(10, rows))
    #expect(header(monitor, at: 10) == "ERROR source acknowledgements | WARN 1 run")
    monitor.apply(book(11, rows))
    #expect(header(monitor, at: 11) == "OK 1 measure")
  }

  @Test func aCountThatIsNotKnownIsNotMadeZero() throws {
    var monitor = monitor()
    let rows = [RunRow.sample("a")]
    monitor.apply([database(0, rows), book(0, rows)])
    let lost = Observation(
      "runs.attention",
      nil,
      state: .error,
      word: "42703 no such column",
      kind: .health,
      origin: Origin(source: "postgres", query: "SELECT …")
    )
    monitor.apply(report("postgres", 10, .success(SourceReading([lost]))))
    #expect(try fact("runs.attention", monitor, at: 10).state == .error)
    monitor.apply(book(11, rows))
    let attention = try fact("runs.attention", monitor, at: 11)
    #expect(attention.state == .error)
    #expect(attention.value == nil)
    #expect(attention.word == "42703 no such column")
    monitor.apply(report("postgres", 20, .failure(SourceFailure(.refused, at: "here"))))
    monitor.apply(book(21, rows))
    #expect(try fact("runs.attention", monitor, at: 21).state == .error)
  }

  // MARK: the act

  /// A book in memory.
  @LoopActor private final class ScriptedBook: AcknowledgementKeeper {
    var failure: AuditFailure?
    private(set) var writes: [String] = []

    func acknowledge(_ runs: [String: Acknowledgement.Sight], at time: WallTime) async throws(AuditFailure) {
      if let failure { throw failure }
      writes.append("+" + runs.keys.sorted().joined(separator: " "))
    }

    func takeBack(_ runs: [String]) async throws(AuditFailure) {
      if let failure { throw failure }
      writes.append("-" + runs.sorted().joined(separator: " "))
    }
  }

  @LoopActor private func acknowledge(
    _ ids: [String],
    _ book: ScriptedBook,
    _ bench: Bench,
    acknowledged: [RunRow] = [],
    further: Int = 0
  ) async throws -> ActionEvent {
    var monitor = monitor()
    let rows = ["a", "b", "c"].map { RunRow.sample($0) }
    monitor.apply([database(0, rows, further: further), self.book(0, acknowledged)])
    bench.world = monitor.world
    bench.acknowledgements = book
    // Read-only for good: the console's own records are nobody else's.
    let executor = bench.executor(.forced(why: "--read-only"))
    let targets = ids.map { ActionTarget(.run, name: "name of \($0)", subject: $0) }
    let request = try #require(ActionRequest("run.acknowledge", on: targets))
    return await executor.run(try await executor.plan(request)) { bench.events.append($0) }
  }

  @Test @LoopActor func allMarkedRunsAreAcknowledgedInOneStepAndTakenBack() async throws {
    let (book, bench) = (ScriptedBook(), Bench())
    let last = try await acknowledge(["a", "b"], book, bench)
    #expect(bench.verdict(last) == "done, 2 acknowledged, once more takes it back")
    #expect(book.writes == ["+a b"])
    #expect(bench.runtime.refreshed == [AcknowledgementSource.id])
    #expect(bench.audit.lines.isEmpty)
    #expect(bench.locks.taken.isEmpty)
    let one = RunRow.sample("a")
    _ = try await acknowledge(["a", "b"], book, bench, acknowledged: [one])
    #expect(book.writes.last == "+a b", "one that waits is enough")
    let back = try await acknowledge(["a"], book, bench, acknowledged: [one])
    #expect(bench.verdict(back) == "done, taken back, 1 waiting again")
    #expect(book.writes.last == "-a")
  }

  @Test @LoopActor func whatIsNotListedIsSaidToWaitOn() async throws {
    let (book, bench) = (ScriptedBook(), Bench())
    let last = try await acknowledge(["a", "b", "c"], book, bench, further: 1_231)
    #expect(
      bench.verdict(last)
        == "done, 3 acknowledged, once more takes it back, 1,231 older ones are not listed and wait on"
    )
    guard case .ended(let verdict) = last else { return }
    #expect(verdict.caution != nil)
  }

  @Test @LoopActor func whatCanNotBeWrittenDownIsNotAcknowledged() async throws {
    let (book, bench) = (ScriptedBook(), Bench())
    book.failure = AuditFailure(path: "/state/acknowledged", cause: "disk full")
    let last = try await acknowledge(["a"], book, bench)
    #expect(bench.verdict(last) == "failed: /state/acknowledged can't be written: disk full")
    #expect(book.writes.isEmpty)
  }

  @Test @LoopActor func aRunThatNobodyKnowsIsRefusedWithAllBesideIt() async throws {
    let (book, bench) = (ScriptedBook(), Bench())
    await #expect(throws: Refusal.notPossible("name of z is not among the runs that need attention")) {
      _ = try await acknowledge(["a", "z"], book, bench)
    }
    #expect(book.writes.isEmpty)
  }
}

extension RunRow {
  /// A run that failed in one execution.
  static func sample(_ id: String, attention: Attention = [.status]) -> RunRow {
    RunRow(
      id: id,
      kind: .run,
      name: SafeText("name of \(id)"),
      status: "failed",
      reason: nil,
      createdAt: WallTime(secondsSince1970: 1_699_990_000),
      updatedAt: WallTime(secondsSince1970: 1_699_999_000.123456),
      executions: 2,
      failedExecutions: 1,
      failedValidations: 0,
      attention: attention
    )
  }
}
