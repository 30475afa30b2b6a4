/// A snapshot of which several sources may tell one each, and that is shown as one.
public protocol MergeableSnapshot: Snapshot {
  /// All of several sources' together, each row with its source; of one or more.
  static func merged(_ parts: [(source: String, snapshot: Self)]) -> Self
}

extension RunsSnapshot: MergeableSnapshot {
  /// The rows of all databases, newest first.
  public static func merged(_ parts: [(source: String, snapshot: RunsSnapshot)]) -> RunsSnapshot {
    let rows = parts.flatMap { source, snapshot in
      snapshot.rows.map { row in
        var row = row
        row.source = source
        return row
      }
    }
    return RunsSnapshot(
      table: names(parts.map(\.snapshot.table)),
      window: parts.map(\.snapshot.window).max() ?? .zero,
      total: parts.reduce(0) { $0 + $1.snapshot.total },
      rows: rows.sorted { $0.createdAt > $1.createdAt },
      reasons: parts.flatMap(\.snapshot.reasons).sorted { $0.count > $1.count },
      failures: parts.reduce(0) { $0 + $1.snapshot.failures },
      tested: parts.flatMap(\.snapshot.tested)
    )
  }
}

extension ValidationsSnapshot: MergeableSnapshot {
  /// The scores of all databases, lowest first.
  public static func merged(
    _ parts: [(source: String, snapshot: ValidationsSnapshot)]
  ) -> ValidationsSnapshot {
    let lowest = parts.flatMap { source, snapshot in
      snapshot.lowest.map { row in
        var row = row
        row.source = source
        return row
      }
    }
    // One without scores has no histogram.
    let histograms = parts.map(\.snapshot.histogram).filter { !$0.isEmpty }
    let bins = histograms.map(\.count).min() ?? 0
    return ValidationsSnapshot(
      measure: names(parts.map(\.snapshot.measure)),
      window: parts.map(\.snapshot.window).max() ?? .zero,
      threshold: parts.first?.snapshot.threshold ?? 0,
      total: parts.reduce(0) { $0 + $1.snapshot.total },
      scored: parts.reduce(0) { $0 + $1.snapshot.scored },
      low: parts.reduce(0) { $0 + $1.snapshot.low },
      histogram: (0..<bins).map { bin in histograms.reduce(0) { $0 + $1[bin] } },
      lowest: lowest.sorted { $0.score < $1.score }
    )
  }
}

/// What was found in the databases, each once; nil if it was found in none.
private func names(_ names: [String?]) -> String? {
  var found: [String] = []
  for case let name? in names where !found.contains(name) { found.append(name) }
  return found.isEmpty ? nil : found.joined(separator: " + ")
}
