import DataSources
import Facts
import Operations
import Panels
import Testing

/// The runbooks' view: the list, a run at a step, one that failed; read the pictures in the diff.
@Suite struct RunbookScreens {
  private static let sizes = [(160, 48), (120, 40), (80, 24), (40, 14)]
  private static let shipped = RunbooksSnapshot(RunbookLibrary.shipped)

  private static func script(_ id: String) throws -> RunScript {
    try #require(shipped.entries.first { $0.runbook.id == id }?.script)
  }

  private static func run(
    _ script: RunScript,
    id: String = "20231114T222100000-7",
    ago seconds: Double = 700,
    _ events: [RunEvent.Kind]
  ) -> RunbookRun {
    let all = [.began(RunBeginning(of: script, by: "anna"))] + events
    return RunbookRun(
      id: id,
      events: all.enumerated().map { RunEvent($1, at: Fixture.ago(seconds - Double($0) * 11).wall) }
    )
  }

  private static func model(_ snapshot: RunbooksSnapshot, _ width: Int, _ height: Int) -> ScreenModel {
    var monitor = Fixture.down()
    monitor.apply([
      SourceReport(
        source: RunbookSource.id,
        startedAt: Fixture.now,
        endedAt: Fixture.now,
        result: .success(SourceReading([], snapshots: [snapshot]))
      )
    ])
    var model = Fixture.model(monitor, width: width, height: height)
    model.view = .runbooks
    return model
  }

  @Test func theListLooksLikeItsPicture() throws {
    var snapshot = Self.shipped
    let (worker, redis) = (try Self.script("worker-down"), try Self.script("redis-down"))
    snapshot.runs = [
      Self.run(worker, [.stepEnded(0, .shown, "100 lines"), .stepBegan(1)]),
      Self.run(
        redis,
        id: "2",
        ago: 9_000,
        [.stepEnded(0, .shown, ""), .stepEnded(1, .passed, ""), .stepEnded(2, .passed, "")]
      ),
      Self.run(
        try Self.script("rabbitmq-down"),
        id: "3",
        ago: 90_000,
        [.stepEnded(0, .failed, ""), .gaveUp("", by: "ben")]
      ),
    ]
    snapshot.unreadable = [.init(id: "4", cause: "a line of it can't be read")]
    snapshot.problems = [
      ConfigurationProblem(
        "there is no step kind `chek`, did you mean `check`?",
        at: Location(file: "/home/anna/.config/switchboard/runbooks/own.md", line: 12, column: 1)
      )
    ]
    for (width, height) in Self.sizes {
      var model = Self.model(snapshot, width, height)
      model.locals[.runbooks] = PanelLocal()
      expectScreen(ScreenRenderer.render(model), named: "runbooks-list-\(width)x\(height)")
      model.locals[.runbooks]?.select(
        1,
        in: model.catalog.panel(.runbooks).items(PanelLocal(), model.context)
      )
      expectScreen(ScreenRenderer.render(model), named: "runbooks-book-\(width)x\(height)")
    }
  }

  /// A run in the state that its events lead to, as it is gone through.
  private func draw(
    _ name: String,
    _ id: String,
    _ events: [RunEvent.Kind],
    former: [[RunEvent.Kind]] = [],
    _ change: (inout RunModel) -> Void = { _ in }
  ) throws {
    let script = try Self.script(id)
    var snapshot = Self.shipped
    snapshot.runs = former.enumerated().map {
      Self.run(script, id: "former \($0)", ago: Double($0 + 1) * 90_000, $1)
    }
    for (width, height) in Self.sizes {
      var model = Self.model(snapshot, width, height)
      var run = RunModel(script, Self.run(script, events), environment: "dev")
      change(&run)
      model.context.run = run
      var local = PanelLocal()
      local.detail = run.rowID
      model.locals[.runbooks] = local
      model.hints = [KeyHint("Enter", "does it"), KeyHint("s", "skip…"), KeyHint("Esc", "leaves it open")]
      expectScreen(ScreenRenderer.render(model), named: "runbooks-\(name)-\(width)x\(height)")
    }
  }

  @Test func anActLooksLikeItsPicture() throws {
    try draw(
      "act",
      "database-connection-issues",
      [.stepEnded(0, .shown, "100 lines"), .stepEnded(1, .shown, "on to step 3", next: 2)],
      former: [
        [.stepEnded(0, .shown, ""), .stepEnded(1, .failed, ""), .gaveUp("", by: "ben")],
        [0, 1, 2, 3, 4, 5].map { .stepEnded($0, .passed, "") },
      ]
    ) { model in
      model.output = (
        step: 0,
        lines: (1...100).map { number in
          "2023-11-14 22:20:\(SafeText("\(number % 60)")) FATAL  sorry, too many clients already"
        }
      )
    }
  }

  @Test func aPreparedRunLooksLikeItsPicture() throws {
    for (width, height) in Self.sizes {
      let script = try Self.script("backend-not-responding")
      var model = Self.model(Self.shipped, width, height)
      let run = RunModel(script, RunbookRun(id: "r9"), environment: "dev")
      model.context.run = run
      var local = PanelLocal()
      local.detail = run.rowID
      model.locals[.runbooks] = local
      model.hints = [KeyHint("Enter", "last lines"), KeyHint("D", "dry run"), KeyHint("Esc", "back")]
      expectScreen(ScreenRenderer.render(model), named: "runbooks-prepared-\(width)x\(height)")
    }
  }

  @Test func aDryRunLooksLikeItsPicture() throws {
    for (width, height) in Self.sizes {
      var model = Self.model(Self.shipped, width, height)
      let script = try Self.script("redis-down")
      model.overlays = [
        .sheet(
          DryRunSheet.make(
            script,
            RunbookRun(id: ""),
            [1: .failure(.notPossible("redis is gone"))],
            model.context,
            catalog: .standard,
            environment: "dev"
          )
        )
      ]
      expectScreen(ScreenRenderer.render(model), named: "runbooks-dry-\(width)x\(height)")
    }
  }

  @Test func aDecisionLooksLikeItsPicture() throws {
    try draw("decide", "high-queue-depth", [.stepEnded(0, .shown, "2,431 ready, 16 unacked")])
  }

  @Test func aGateThatIsWaitedForLooksLikeItsPicture() throws {
    try draw(
      "gate",
      "database-connection-issues",
      [.stepEnded(0, .shown, "100 lines"), .stepEnded(1, .shown, "on to step 3", next: 2), .stepBegan(2)]
    ) { model in
      model.isBusy = true
      model.gate = GateView(
        probes: [GateView.Probe("probe.postgres.postgres is ok", value: "no new sample", state: .nodata)],
        held: 1,
        needed: 3,
        elapsed: .seconds(12),
        deadline: .seconds(120)
      )
    }
  }

  @Test func aStepThatFailedLooksLikeItsPicture() throws {
    try draw(
      "failed",
      "database-connection-issues",
      [
        .stepEnded(0, .shown, "100 lines"), .stepEnded(1, .shown, "on to step 3", next: 2),
        .stepEnded(
          2,
          .failed,
          "start time did not change; probe.postgres.postgres is ok (refused): held 0 of 3"
        ),
      ]
    )
  }

  @Test func aMessageLooksLikeItsPicture() throws {
    try draw(
      "message",
      "backend-not-responding",
      [
        .stepEnded(0, .shown, ""), .stepEnded(1, .shown, "", next: 2),
        .stepEnded(2, .skipped, "it does not help"),
        .stepEnded(3, .shown, "", next: 4),
      ]
    )
  }

  @Test func aRunThatIsOverLooksLikeItsPicture() throws {
    try draw(
      "over",
      "redis-down",
      [.stepEnded(0, .shown, "100 lines"), .stepEnded(1, .passed, "recovered"), .stepEnded(2, .passed, "ok")]
    )
  }

  /// What nobody knows is drawn as neither held nor failed.
  @Test func aTestThatNobodyCanTellIsNoTick() throws {
    let books = RunbookReader(parsing: "# A\n```{check=\"no.such.fact > 1\"}\n```\n", file: "a.md", name: "a")
      .runbooks
    let script = try RunScript(try #require(books.first), in: books)
    var model = Self.model(Self.shipped, 120, 40)
    let run = RunModel(script, Self.run(script, []), environment: "dev")
    model.context.run = run
    var local = PanelLocal()
    local.detail = run.rowID
    model.locals[.runbooks] = local
    let rows = lines(of: ScreenRenderer.render(model))
    let row = try #require(rows.first { $0.contains("no such fact") })
    #expect(row.contains("◌ no.such.fact > 1") && !row.contains("✓") && !row.contains("✗"))
  }
}
