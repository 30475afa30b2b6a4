public import Facts

/// What the failed runs of all databases failed for: their recorded reasons grouped by signature.
///
/// It follows from ``RunsSnapshot`` and is as old as that.
public struct RunCauses: Snapshot, Hashable {
  /// The causes, the most frequent first; what has no recorded reason stands last.
  public var causes: [RunCause] = []
  /// How many failures there were, those whose reasons are beyond what was told included.
  public var failures = 0
  /// How many failures are of no cause here, since only so many reasons are told.
  public var untold: Int { failures - causes.reduce(0) { $0 + $1.count } }

  /// What a snapshot of runs tells of their failures: the same is grouped once.
  struct Ground: Sendable, Equatable {
    var reasons: [FailureReason]
    var failures: Int
  }

  /// The name under which ``World`` keeps it.
  static let judge = "causes"

  /// Knows of none.
  init() {}

  /// Groups the reasons of snapshots.
  init(of snapshots: [RunsSnapshot]) {
    var finder = CauseFinder()
    var tickets: [(CauseTicket, FailureReason)] = []
    var unrecorded: [FailureReason] = []
    for reason in snapshots.flatMap(\.reasons) {
      guard let text = reason.text else {
        unrecorded.append(reason)
        continue
      }
      tickets.append((finder.add(text.string, at: reason.lastAt, count: reason.count), reason))
    }
    let report = finder.report()
    var variants: [Int: [FailureReason]] = [:]
    for (ticket, reason) in tickets { variants[report.index(of: ticket), default: []].append(reason) }
    causes = variants.map { index, variants in
      let cause = report.causes[index]
      return RunCause(cause.name, cause.template, cause.kind, Self.joined(variants))
    }.sorted { ($1.count, $0.name) < ($0.count, $1.name) }
    if !unrecorded.isEmpty {
      causes.append(RunCause(RunCause.unrecorded, "no reason recorded", .other, [Self.sum(unrecorded)]))
    }
    failures = snapshots.reduce(0) { $0 + $1.failures }
  }

  /// The causes of a run or execution, the most frequent first.
  public func causes(of id: String) -> [RunCause] { causes.filter { $0.runs.contains(id) } }

  /// The causes of that name or the beginning of it, of that class, or with these words in their template.
  public func named(_ text: String) -> [RunCause] {
    let word = text.lowercased()
    return causes.filter { cause in
      cause.name.hasPrefix(word) || cause.kind.word.contains(word)
        || cause.template.string.lowercased().contains(word)
    }
  }

  /// The same texts of several databases as one, the most frequent first.
  private static func joined(_ reasons: [FailureReason]) -> [FailureReason] {
    Dictionary(grouping: reasons) { $0.text?.string ?? "" }.values.map(sum)
      .sorted { ($1.count, $0.text?.string ?? "") < ($0.count, $1.text?.string ?? "") }
  }

  private static func sum(_ reasons: [FailureReason]) -> FailureReason {
    var sum = reasons[0]
    for reason in reasons.dropFirst() {
      sum.count += reason.count
      sum.ids += reason.ids
      (sum.firstAt, sum.lastAt) = (min(sum.firstAt, reason.firstAt), max(sum.lastAt, reason.lastAt))
      sum.counts = RunCause.sum(sum.counts, reason.counts)
    }
    return sum
  }
}

/// Failures of one kind: a template and its exact texts.
public struct RunCause: Sendable, Hashable, Identifiable {
  /// The name of what failed without a recorded reason.
  public static let unrecorded = "no-reason-recorded"

  /// Its name, the same whenever the template is: `missing-entity-4f0a12`.
  public var name: String
  /// The text, with what varies shown as `‹…›`.
  public var template: SafeText
  /// What kind of failure it is.
  public var kind: CauseClass
  /// Its exact texts, the most frequent first.
  public var variants: [FailureReason]
  /// How many failures it has.
  public var count: Int
  /// The runs, and executions without a run, in which it occurred, as far as they are told: see ``isCut``.
  public var runs: Set<String>
  /// When it occurred first within the window.
  public var firstAt: WallTime
  /// When it occurred last.
  public var lastAt: WallTime
  /// How often in each of the equal parts of the window, oldest first.
  public var counts: [Int]

  /// Its name.
  public var id: String { name }

  /// Whether it may have occurred in more runs than are told.
  public var isCut: Bool { variants.contains { $0.ids.count >= FailureReason.mostIDs } }

  /// Makes a cause of at least one text.
  init(_ name: String, _ template: SafeText, _ kind: CauseClass, _ variants: [FailureReason]) {
    (self.name, self.template, self.kind, self.variants) = (name, template, kind, variants)
    count = variants.reduce(0) { $0 + $1.count }
    runs = Set(variants.flatMap(\.ids))
    firstAt = variants.map(\.firstAt).min() ?? WallTime(secondsSince1970: 0)
    lastAt = variants.map(\.lastAt).max() ?? WallTime(secondsSince1970: 0)
    counts = variants.reduce([]) { Self.sum($0, $1.counts) }
  }

  /// Adds counts part by part.
  static func sum(_ one: [Int], _ other: [Int]) -> [Int] {
    (0..<max(one.count, other.count)).map { index in
      (index < one.count ? one[index] : 0) + (index < other.count ? other[index] : 0)
    }
  }
}
