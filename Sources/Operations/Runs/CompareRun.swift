public import DataSources
internal import Facts

/// Compares what failed in a run with the last time that the same scenario was well: what differs.
@LoopActor public struct CompareRun: Action {
  /// What is compared.
  public struct Details: Sendable, Hashable {
    /// The run's, or the execution's, UUID.
    public var id: String
    /// The database that tells of it; nil: the only one.
    public var source: String?
  }

  /// What the tables tell of it.
  public nonisolated static let descriptor: ActionDescriptor = {
    var descriptor = ActionDescriptor(
      id: "run.compare",
      title: "compare",
      doing: "asking the database",
      key: "=",
      targets: [.run, .execution],
      danger: .always(.look),
      help: "compare what failed in this run with the last time that its scenarios were well",
      command: "runs compare"
    )
    descriptor.takesUnlisted = true
    return descriptor
  }()

  /// So many executions of a run that failed are compared.
  private static let most = 5

  private let services: ActionServices

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// Drafts it for the run that is meant.
  /// - Throws: there is no database.
  public func plan(_ request: ActionRequest, renewing old: Details?) async throws(Refusal) -> Draft<Details> {
    let id = request.target.subject
    let rows = services.world().snapshots(RunsSnapshot.self).filter { runs in
      runs.value.rows.contains { $0.id == id }
    }
    guard services.offer(PostgresSource.self, rows.first?.source) != nil else {
      throw .notPossible("no postgres source is configured")
    }
    return Draft(
      target: request.target,
      danger: .look,
      title: "COMPARE \(SafeText(request.target.name))",
      rows: [PlanRow("with", "the last good execution of the same scenario")],
      exact: "SELECT … FROM multi_turn_executions, step_executions, validation_results",
      proof: "nothing to prove: what is answered is shown",
      details: Details(id: id, source: rows.first?.source)
    )
  }

  /// Reads both and shows what differs.
  public func act(
    _ details: Details,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActOutcome {
    let begunAt = services.clock.now()
    let verdict = await verdict(of: details)
    return ActOutcome(.decided(verdict), begunAt: begunAt, endedAt: services.clock.now())
  }

  private func verdict(of details: Details) async -> Verdict {
    guard let database = services.offer(PostgresSource.self, details.source) else {
      return Verdict(.unknown, "no postgres source is configured")
    }
    do throws(SourceFailure) {
      let run = try await database.runDetail(id: details.id)
      let failed = run.executions.filter(RunComparison.hasFailed)
      guard !failed.isEmpty else { return withoutFailure(run, details.id) }
      var lines: [SafeText] = []
      var compared = 0
      for execution in failed.prefix(Self.most) {
        if !lines.isEmpty { lines.append("") }
        guard let good = try await database.lastGood(before: execution.id) else {
          lines += RunComparison.withoutGood(execution)
          continue
        }
        compared += 1
        lines += RunComparison(failed: execution, good: good).lines
      }
      if failed.count > Self.most {
        lines += ["", "\(SafeText(Format.count(failed.count - Self.most))) more failed and are not compared"]
      }
      let count = SafeText(Format.count(compared))
      let words: SafeText =
        compared == 0
        ? "never seen well: there is nothing to compare with"
        : "\(count) of \(SafeText(Format.count(failed.count))) failed executions compared"
      var verdict = Verdict(.done, words)
      verdict.output = lines
      if run.isCut { verdict.caution = "not all of its executions were looked through" }
      return verdict
    } catch {
      return Verdict(.unknown, SafeText("\(error.word): \(error.detail)", limit: 300))
    }
  }

  /// What is said where no execution is known to have failed: that none did only where all are known.
  private func withoutFailure(_ run: RunDetail, _ id: String) -> Verdict {
    if run.isCut { return Verdict(.unknown, "not all of its executions could be looked through") }
    let rows = services.world().snapshots(RunsSnapshot.self).flatMap(\.value.rows)
    if let row = rows.first(where: { $0.id == id }), row.failedExecutions + row.failedValidations > 0 {
      return Verdict(.unknown, "what failed in it is of no step that was recorded")
    }
    return Verdict(
      .done,
      run.executions.isEmpty ? "no execution of it was recorded" : "no execution of it failed"
    )
  }

  /// It only looks.
  public func proof(of details: Details, after outcome: ActOutcome) -> (any ProofMachine)? { nil }

  /// Nothing is changed.
  public func touches(_ details: Details) -> [String] { [] }
}
