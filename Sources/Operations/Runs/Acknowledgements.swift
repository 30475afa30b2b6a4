public import Facts

/// The runs that somebody has taken note of, by their ids, as all consoles of this user have written them down.
public struct Acknowledgements: Snapshot {
  /// What was acknowledged, by the run's id.
  public var byRun: [String: Acknowledgement]

  /// Makes a list.
  public init(_ byRun: [String: Acknowledgement] = [:]) {
    self.byRun = byRun
  }
}

extension RunsSnapshot {
  /// The same with a row for each failed task that is of no run here or in `others`; those of before are gone.
  ///
  /// One that a database was not yet asked about is nobody's only while that database `isSilent`.
  func with(_ tasks: TaskFailures?, besides others: [RunsSnapshot], isSilent: Bool) -> RunsSnapshot {
    var snapshot = self
    snapshot.rows.removeAll { $0.kind == .task }
    snapshot.total -= rows.count - snapshot.rows.count
    // Without a table of runs nobody looked for them.
    guard table != nil, let tasks, !tasks.failures.isEmpty else { return snapshot }
    let placed = Set((others + [snapshot]).flatMap { $0.rows.flatMap(\.tasks) })
    let own = tasks.failures.filter { !placed.contains($0.id) && (isSilent || askedTasks.contains($0.id)) }
      .map(RunRow.init)
    guard !own.isEmpty else { return snapshot }
    snapshot.rows = (snapshot.rows + own).sorted { $0.createdAt > $1.createdAt }
    snapshot.total += own.count
    return snapshot
  }

  /// The same with who has acknowledged which row; without `known` nobody has any.
  func acknowledged(by known: Acknowledgements?) -> RunsSnapshot {
    var snapshot = self
    for index in snapshot.rows.indices {
      let row = snapshot.rows[index]
      snapshot.rows[index].acknowledgement = known?.byRun[row.id].flatMap { $0.covers(row) ? $0 : nil }
    }
    return snapshot
  }
}

extension RunRow {
  /// The row of a failed task of which nobody knows the run.
  init(_ task: TaskFailure) {
    // One that tells no time stands last, and is no less a failure.
    let time = task.endedAt ?? WallTime(secondsSince1970: 0)
    self.init(
      id: task.id,
      kind: .task,
      name: task.name,
      status: "FAILURE",
      reason: task.exception,
      createdAt: time,
      updatedAt: time,
      executions: 0,
      failedExecutions: 0,
      failedValidations: 0,
      attention: .tasks
    )
    tasks = [task.id]
    areTasksNamed = true
  }
}

/// Adds the failed tasks of no run to what needs attention, and subtracts what was acknowledged: the one place where
/// that is done.
///
/// Header, tabs, `i`, `status` and `check` read the facts that it amends, so that they never tell different
/// things. Records that can't be read acknowledge nothing.
struct RunAttention: Sendable {
  /// The facts that count rows, and which rows they count.
  private static let counting: [FactName: @Sendable (RunRow) -> Bool] = [
    "runs.attention": { _ in true }, "runs.stuck": { $0.isStuck },
  ]

  /// The facts as the sources told them, by the source.
  private var told: [String: [Observation]] = [:]

  /// Takes in what polls have brought; returns the names of the facts that it amended.
  mutating func take(_ reports: [SourceReport], in world: inout World) -> Set<FactName> {
    var isDue = false
    for report in reports {
      if report.source == AcknowledgementSource.id { isDue = true }
      guard case .success(let reading) = report.result else {
        // While a database is silent, nobody knows whose a task is.
        if told[report.source] != nil { isDue = true }
        continue
      }
      if reading.snapshots.contains(where: { $0 is TaskFailures }) { isDue = true }
      let facts = reading.observations.filter { Self.counting[$0.name.plain] != nil }
      guard !facts.isEmpty || told[report.source] != nil else { continue }
      told[report.source] = facts
      isDue = true
    }
    guard isDue else { return [] }
    let failure = world.status(of: AcknowledgementSource.id)?.failure
    let known = failure == nil ? world.snapshot(Acknowledgements.self)?.value : nil
    let all = world.snapshots(RunsSnapshot.self)
    let tasks = world.failedTasks
    // Of several databases the first that has runs tells of what none knows.
    let first = all.first { $0.value.table != nil }?.source
    return all.reduce(into: []) { names, runs in
      let others = all.filter { $0.source != runs.source }.map(\.value)
      let whole = runs.value.with(
        runs.source == first ? tasks : nil,
        besides: others,
        isSilent: world.status(of: runs.source)?.failure != nil
      )
      let snapshot = whole.acknowledged(by: known)
      let facts = (told[runs.source] ?? []).map { amended($0, snapshot, isKnown: failure == nil) }
      names.formUnion(world.amend(snapshot, facts, of: runs.source))
    }
  }

  private func amended(_ fact: Observation, _ runs: RunsSnapshot, isKnown: Bool) -> Observation {
    guard let told = fact.value?.number, let counts = Self.counting[fact.name.plain] else { return fact }
    var fact = fact
    let tasks = runs.rows.count { $0.kind == .task && counts($0) }
    let count = told + Double(tasks)
    if tasks > 0 {
      fact.value = .number(count)
      if fact.state == .ok { fact.state = .warn }
    }
    let acknowledged = runs.rows.count { $0.acknowledgement != nil && counts($0) }
    let words =
      (tasks > 0 ? ["\(Format.count(tasks)) failed tasks of no run"] : [])
      + (isKnown ? [] : ["who acknowledged can't be read"])
      + (acknowledged > 0 ? ["\(Format.count(acknowledged)) acknowledged"] : [])
    fact.word = ([fact.word] + words).filter { !$0.isEmpty }.joined(separator: ", ")
    guard acknowledged > 0 else { return fact }
    let waiting = max(0, count - Double(acknowledged))
    fact.value = .number(waiting)
    if waiting == 0, fact.state == .warn { fact.state = .ok }
    return fact
  }
}

extension World {
  /// The failed tasks that all result backends tell, newest first; nil if none told any.
  public var failedTasks: TaskFailures? {
    let all = snapshots(TaskFailures.self).map(\.value)
    guard let first = all.first else { return nil }
    return all.dropFirst().reduce(first) { sum, more in
      TaskFailures(
        failures: sum.failures + more.failures,
        results: sum.results + more.results,
        unreadable: sum.unreadable + more.unreadable,
        isWhole: sum.isWhole && more.isWhole
      )
    }
  }
}
