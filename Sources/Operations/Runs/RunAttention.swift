internal import Facts

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
    let now = reports.map(\.endedAt.monotonic).max() ?? MonotonicTime(nanoseconds: 0)
    let isTaskless = world.cannotTellTasks(at: now)
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
      let facts = (told[runs.source] ?? []).map { amended($0, snapshot, isKnown: failure == nil, isTaskless) }
      names.formUnion(world.amend(snapshot, facts, of: runs.source))
    }
  }

  private func amended(
    _ fact: Observation,
    _ runs: RunsSnapshot,
    isKnown: Bool,
    _ isTaskless: Bool
  ) -> Observation {
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
      + (isTaskless ? ["which tasks failed can't be read"] : [])
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
