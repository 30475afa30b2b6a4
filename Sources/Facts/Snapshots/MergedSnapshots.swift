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
    var merged = ValidationsSnapshot(
      measure: names(parts.map(\.snapshot.measure)),
      window: parts.map(\.snapshot.window).max() ?? .zero,
      threshold: parts.first?.snapshot.threshold ?? 0,
      total: parts.reduce(0) { $0 + $1.snapshot.total },
      scored: parts.reduce(0) { $0 + $1.snapshot.scored },
      low: parts.reduce(0) { $0 + $1.snapshot.low },
      scores: parts.reduce(ScoreHistogram()) { $0 + $1.snapshot.scores },
      lowest: lowest.sorted { $0.score < $1.score }
    )
    // Of all that is listed no row may be missing in between: what one left out may be lower than another's last.
    let lasts = parts.filter { $0.snapshot.scored > $0.snapshot.lowest.count }
      .map { $0.snapshot.lowest.last?.score ?? 0 }
    if let last = lasts.min() { merged.lowest.removeAll { $0.score > last } }
    merged.missing = parts.first?.snapshot.missing ?? ""
    return merged
  }
}

extension ValidationSpread: MergeableSnapshot {
  /// The groups of all databases, each with its source; what one of them doesn't tell is told of none.
  public static func merged(_ parts: [(source: String, snapshot: ValidationSpread)]) -> ValidationSpread {
    let silent = parts.first { $0.snapshot.before.value == nil }?.snapshot.before
    let before = parts.reduce(ScoreHistogram()) { $0 + ($1.snapshot.before.value ?? ScoreHistogram()) }
    var list: [ValidationGroup] = []
    var missing: [ValidationGrouping: SafeText] = [:]
    var leftOut: [ValidationGrouping: Int] = [:]
    for (source, snapshot) in parts {
      guard let groups = snapshot.groups.value else { continue }
      list += groups.list.map { group in
        var group = group
        group.source = source
        return group
      }
      leftOut.merge(groups.leftOut) { $0 + $1 }
      missing.merge(groups.missing.mapValues { "\(SafeText(source)): \($0)" }) { first, _ in first }
    }
    let untold = parts.first { $0.snapshot.groups.value == nil }?.snapshot.groups
    return ValidationSpread(
      measure: names(parts.map(\.snapshot.measure)),
      groups: untold
        ?? Part(
          Groups(list, missing: missing, leftOut: leftOut),
          askedAt: parts.compactMap(\.snapshot.groups.askedAt).min { $0.monotonic < $1.monotonic }
        ),
      before: silent
        ?? Part(
          before,
          askedAt: parts.compactMap(\.snapshot.before.askedAt).min { $0.monotonic < $1.monotonic }
        )
    )
  }
}

/// What was found in the databases, each once; nil if it was found in none.
private func names(_ names: [String?]) -> String? {
  var found: [String] = []
  for case let name? in names where !found.contains(name) { found.append(name) }
  return found.isEmpty ? nil : found.joined(separator: " + ")
}
