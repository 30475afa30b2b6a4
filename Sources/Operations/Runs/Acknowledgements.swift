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
