public import Facts

/// What the failed runs of all databases failed for: their recorded reasons and their tasks' exceptions grouped by signature.
///
/// It follows from ``RunsSnapshot`` and is as old as that.
public struct RunCauses: Snapshot, Hashable {
  /// The causes: what began within the last hour and was not known before, then the most frequent; what has no recorded
  /// reason stands last.
  public var causes: [RunCause] = []
  /// How many failures there were, those whose reasons are beyond what was told included.
  public var failures = 0
  /// How many failures are of no cause here, since only so many reasons are told.
  public var untold: Int { failures - causes.reduce(0) { $0 + $1.count } }

  /// What a snapshot of runs tells of their failures: the same is grouped once.
  struct Ground: Sendable, Equatable {
    var reasons: [FailureReason]
    var failures: Int
    var tested: [FailureLabel] = []
    var former: FormerReasons?
  }

  /// What begins within so long stands first, if it is not known from before: that is what somebody is called for.
  private static let freshFor = Duration.seconds(3_600)

  /// The exceptions of failed tasks as failures of the runs that they are of, else of the tasks themselves.
  ///
  /// One that its run already tells as its reason is no second failure.
  static func reasons(
    of tasks: TaskFailures?,
    in snapshots: [RunsSnapshot],
    at now: WallTime
  ) -> [FailureReason] {
    guard let tasks, !tasks.failures.isEmpty else { return [] }
    let rows = snapshots.flatMap(\.rows)
    let owners = rows.reduce(into: [String: RunRow]()) { owners, row in
      for task in row.tasks { owners[task] = row }
    }
    // A text of a task's that its run tells, too: in which runs.
    let exceptions = Set(tasks.failures.map(\.exception))
    let told = snapshots.flatMap(\.reasons).reduce(into: [SafeText: Set<String>]()) { told, reason in
      guard let text = reason.text, exceptions.contains(text) else { return }
      told[text, default: []].formUnion(reason.ids)
    }
    let window = snapshots.map(\.window).max() ?? .seconds(86_400)
    let parts = snapshots.flatMap(\.reasons).map(\.counts.count).max() ?? 24
    struct Key: Hashable {
      var text: SafeText
      var isAfterwards: Bool
    }
    var byText: [Key: FailureReason] = [:]
    for task in tasks.failures {
      guard let endedAt = task.endedAt else { continue }
      let age = now.secondsSince1970 - endedAt.secondsSince1970
      let owner = owners[task.id]
      let item = owner?.id ?? task.id
      let isAfterwards = owner.map(isOver) ?? false
      let key = Key(text: task.exception, isAfterwards: isAfterwards)
      guard age < window.seconds, told[task.exception]?.contains(item) != true else { continue }
      let part = parts - 1 - min(parts - 1, max(0, Int(age / window.seconds * Double(parts))))
      var reason =
        byText[key]
        ?? FailureReason(
          text: task.exception,
          count: 0,
          ids: [],
          firstAt: endedAt,
          lastAt: endedAt,
          counts: Array(repeating: 0, count: parts)
        )
      reason.isAfterwards = isAfterwards
      reason.count += 1
      reason.counts[part] += 1
      (reason.firstAt, reason.lastAt) = (min(reason.firstAt, endedAt), max(reason.lastAt, endedAt))
      if reason.ids.count < FailureReason.mostIDs, !reason.ids.contains(item) { reason.ids.append(item) }
      byText[key] = reason
    }
    return byText.values.sorted { ($1.count, $0.text?.string ?? "") < ($0.count, $1.text?.string ?? "") }
  }

  /// Whether what a run came to had been written down: a task that failed then is not what made it fail.
  private static func isOver(_ run: RunRow) -> Bool {
    switch run.status.string.lowercased() {
    case "completed", "passed": true
    case "failed", "partial", "error": run.reason != nil
    default: false
    }
  }

  /// The name under which ``World`` keeps it.
  static let judge = "causes"

  /// Knows of none.
  init() {}

  /// Groups the reasons of snapshots, and the exceptions of failed tasks as ``reasons(of:in:at:)`` tells them.
  init(of snapshots: [RunsSnapshot], tasks: [FailureReason] = [], at now: WallTime) {
    var finder = CauseFinder()
    var tickets: [(CauseTicket, FailureReason)] = []
    var unrecorded: [FailureReason] = []
    for reason in snapshots.flatMap(\.reasons) + tasks {
      guard let text = reason.text else {
        unrecorded.append(reason)
        continue
      }
      tickets.append((finder.add(text.string, at: reason.lastAt, count: reason.count), reason))
    }
    let isTask = Set(tasks)
    // What failed the day before is grouped with it, and counts for nothing.
    let formers = snapshots.map(\.former)
    let former = formers.compactMap { $0 }.flatMap(\.texts).map { finder.add($0.string) }
    let isFormerWhole = formers.allSatisfy { $0?.isWhole ?? false }
    let report = finder.report()
    let known = Set(former.map { report.index(of: $0) })
    let tested = snapshots.map(\.tested)
    var variants: [Int: [FailureReason]] = [:]
    for (ticket, reason) in tickets { variants[report.index(of: ticket), default: []].append(reason) }
    causes = variants.map { index, variants in
      let cause = report.causes[index]
      var made = RunCause(cause.name, cause.template, cause.kind, Self.joined(variants))
      // Nobody keeps what tasks failed with the day before.
      let isOfTasks = variants.allSatisfy { isTask.contains($0) }
      made.isNew = known.contains(index) ? false : isFormerWhole && !isOfTasks ? true : nil
      made.shares = LabelShare.all(of: variants, among: tested)
      return made
    }.sorted { Self.order($0, now) < Self.order($1, now) }
    if !unrecorded.isEmpty {
      causes.append(RunCause(RunCause.unrecorded, "no reason recorded", .other, [Self.sum(unrecorded)]))
    }
    failures = (snapshots.map(\.failures) + tasks.map(\.count)).reduce(0, +)
  }

  /// What began just now first, then the most frequent; what failed after its run was completed behind what made runs fail.
  private static func order(_ cause: RunCause, _ now: WallTime) -> (Int, Int, String) {
    let isFresh =
      cause.isNew != false && now.secondsSince1970 - cause.firstAt.secondsSince1970 < freshFor.seconds
    return (cause.isAfterwards ? 2 : isFresh ? 0 : 1, -cause.count, cause.name)
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
      sum.labels += reason.labels
      sum.isAfterwards = sum.isAfterwards && reason.isAfterwards
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
  /// Whether nothing of it failed in the window before; nil where that isn't known.
  public var isNew: Bool?
  /// Which languages and scenarios bear more of it than of all tests, the most over-represented first.
  public var shares: [LabelShare] = []

  /// Its name.
  public var id: String { name }

  /// Whether all of it came after runs had been written down as completed: what tests say stands before it.
  public var isAfterwards: Bool { variants.allSatisfy(\.isAfterwards) }

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
