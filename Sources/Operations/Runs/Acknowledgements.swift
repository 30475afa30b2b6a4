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

/// Subtracts what was acknowledged from what needs attention: the one place where that is done.
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
      guard case .success(let reading) = report.result else { continue }
      let facts = reading.observations.filter { Self.counting[$0.name.plain] != nil }
      guard !facts.isEmpty || told[report.source] != nil else { continue }
      told[report.source] = facts
      isDue = true
    }
    guard isDue else { return [] }
    let failure = world.status(of: AcknowledgementSource.id)?.failure
    let known = failure == nil ? world.snapshot(Acknowledgements.self)?.value : nil
    return world.snapshots(RunsSnapshot.self).reduce(into: []) { names, runs in
      let snapshot = runs.value.acknowledged(by: known)
      let facts = (told[runs.source] ?? []).map { amended($0, snapshot, isKnown: failure == nil) }
      names.formUnion(world.amend(snapshot, facts, of: runs.source))
    }
  }

  private func amended(_ fact: Observation, _ runs: RunsSnapshot, isKnown: Bool) -> Observation {
    guard let count = fact.value?.number, let counts = Self.counting[fact.name.plain] else { return fact }
    var fact = fact
    let acknowledged = runs.rows.count { $0.acknowledgement != nil && counts($0) }
    let words =
      (isKnown ? [] : ["who acknowledged can't be read"])
      + (acknowledged > 0 ? ["\(Format.count(acknowledged)) acknowledged"] : [])
    fact.word = ([fact.word] + words).filter { !$0.isEmpty }.joined(separator: ", ")
    guard acknowledged > 0 else { return fact }
    let waiting = max(0, count - Double(acknowledged))
    fact.value = .number(waiting)
    if waiting == 0, fact.state == .warn { fact.state = .ok }
    return fact
  }
}
