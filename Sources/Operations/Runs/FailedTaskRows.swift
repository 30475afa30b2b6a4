public import Facts

extension World {
  /// Whether a source that tells of failed tasks has failed, or could not read them.
  func cannotTellTasks(at now: MonotonicTime) -> Bool {
    snapshots(TaskFailures.self).contains { status(of: $0.source)?.failure != nil }
      || facts.fact("tasks.failed_1h", at: now)?.state == .error
  }

  /// The failed tasks that all result backends tell, newest first; nil if none told any.
  public var failedTasks: TaskFailures? {
    let all = snapshots(TaskFailures.self).map(\.value)
    guard let first = all.first else { return nil }
    return all.dropFirst().reduce(first) { sum, more in
      TaskFailures(
        failures: sum.failures + more.failures,
        lastHour: sum.lastHour + more.lastHour,
        results: sum.results + more.results,
        unreadable: sum.unreadable + more.unreadable,
        isWhole: sum.isWhole && more.isWhole
      )
    }
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
    let placed = (others + [snapshot]).reduce(into: Set<String>()) { $0.formUnion($1.placedTasks) }
    let own = tasks.failures.filter { !placed.contains($0.id) && (isSilent || askedTasks.contains($0.id)) }
      .map(RunRow.init)
    guard !own.isEmpty else { return snapshot }
    snapshot.rows = (snapshot.rows + own).sorted { $0.createdAt > $1.createdAt }
    snapshot.total += own.count
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
