/// The runs, and executions without a run, that need attention within a window of time.
///
/// "Needs attention" is not "status failed": that word only means that an execution crashed. Runs whose
/// validations failed stay `completed`.
public struct RunsSnapshot: Snapshot {
  /// The table that was found: `test_runs` or `suite_runs`; nil if there is neither.
  public var table: String?
  /// How far back it looks, by the last change; what hasn't ended is looked at however old it is.
  public var window: Duration
  /// How many need attention in all; `rows` holds at most a capped number of them.
  public var total: Int
  /// The newest that need attention, newest first.
  public var rows: [RunRow]
  /// What failed, by its exact text, most frequent first.
  public var reasons: [FailureReason]
  /// How many failures there are in all, those without a recorded reason included.
  public var failures: Int
  /// How many tests there were of each language and scenario, failed or not; empty where that isn't known.
  public var tested: [FailureLabel]
  /// What failed in the window before this one; nil where that isn't known.
  public var former: FormerReasons?
  /// The failed tasks of which it was asked whether they are of any run.
  public var askedTasks: Set<String> = []
  /// Those of them that are of a run or an execution, whether or not that is among the rows.
  public var placedTasks: Set<String> = []

  /// How many of the rows somebody has acknowledged: they are told, and count no more.
  public var acknowledged: Int { rows.count { $0.acknowledgement != nil } }

  /// How many wait for somebody.
  public var waiting: Int { total - acknowledged }

  /// Makes a snapshot.
  public init(
    table: String?,
    window: Duration,
    total: Int,
    rows: [RunRow],
    reasons: [FailureReason] = [],
    failures: Int = 0,
    tested: [FailureLabel] = [],
    former: FormerReasons? = nil
  ) {
    self.table = table
    self.window = window
    self.total = total
    self.rows = rows
    self.reasons = reasons
    self.failures = failures
    self.tested = tested
    self.former = former
  }
}

/// One run, or one execution that belongs to no run, that needs attention.
public struct RunRow: Sendable, Hashable, Identifiable {
  /// Which table the row is of.
  public enum Kind: Sendable, Hashable {
    /// A run of a suite or category.
    case run
    /// An execution without a run, such as a quick test.
    case execution
    /// A Celery task that failed, of which nobody knows the run.
    case task
  }

  /// Why a run needs attention; often several hold.
  public struct Attention: OptionSet, Sendable, Hashable {
    /// The bits, in the order of the constants.
    public let rawValue: UInt8
    /// Makes a set from its bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// Its status is failed or partial.
    public static let status = Attention(rawValue: 1)
    /// Executions of it failed.
    public static let executions = Attention(rawValue: 2)
    /// Results of it were failed automatically.
    public static let validations = Attention(rawValue: 4)
    /// It is unfinished and nothing has moved for too long.
    public static let stuck = Attention(rawValue: 8)
    /// Its Celery task failed, perhaps after it was written down as completed.
    public static let tasks = Attention(rawValue: 16)
  }

  /// The UUID, as it stands in logs.
  public var id: String
  /// Which table it is of.
  public var kind: Kind
  /// The run's name, or the scenario's of an execution; nil for retries and the like.
  public var name: SafeText?
  /// The status as it came.
  public var status: SafeText
  /// The first recorded error; nil if none was recorded, or none was found where not all was searched.
  public var reason: SafeText?
  /// Whether a nil reason means that none was recorded: of very many rows only the newest are searched.
  public var isSearched = true
  /// When it was created.
  public var createdAt: WallTime
  /// When it last changed; finished rows change too.
  public var updatedAt: WallTime
  /// How many executions it has.
  public var executions: Int
  /// How many of them failed.
  public var failedExecutions: Int
  /// How many of its results were failed automatically.
  public var failedValidations: Int
  /// Why it needs attention.
  public var attention: Attention
  /// The ids of its Celery tasks that failed, newest first: see ``TaskFailures``.
  public var tasks: [String] = []
  /// Whether all of them name it; else some of them ended just after it, and no other run did.
  public var areTasksNamed = false
  /// The source that told it, where there are several; nil: the only one.
  public var source: String?
  /// Who has taken note of it as it stands; nil while it waits for somebody.
  public var acknowledgement: Acknowledgement?

  /// Whether it is unfinished and nothing has moved for too long.
  public var isStuck: Bool { attention.contains(.stuck) }

  /// Makes a row.
  public init(
    id: String,
    kind: Kind,
    name: SafeText?,
    status: SafeText,
    reason: SafeText?,
    createdAt: WallTime,
    updatedAt: WallTime,
    executions: Int,
    failedExecutions: Int,
    failedValidations: Int,
    attention: Attention
  ) {
    self.id = id
    self.kind = kind
    self.name = name
    self.status = status
    self.reason = reason
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.executions = executions
    self.failedExecutions = failedExecutions
    self.failedValidations = failedValidations
    self.attention = attention
  }
}

/// One exact failure text and where it occurred: a variant of a cause.
public struct FailureReason: Sendable, Hashable {
  /// So many ids are told of a text at most.
  public static let mostIDs = 200

  /// The text; nil for the failures without a recorded one.
  public var text: SafeText?
  /// How many results and executions failed with it.
  public var count: Int
  /// The runs, and executions without a run, it occurred in: at most ``mostIDs``.
  public var ids: [String]
  /// When it occurred first within the window.
  public var firstAt: WallTime
  /// When it occurred last.
  public var lastAt: WallTime
  /// How often in each of 24 equal parts of the window, oldest first.
  public var counts: [Int]
  /// Of which languages and scenarios they are, the most frequent values of each.
  public var labels: [FailureLabel]
  /// Whether all of them came after their runs had been written down as completed.
  public var isAfterwards = false

  /// Makes a reason.
  public init(
    text: SafeText?,
    count: Int,
    ids: [String],
    firstAt: WallTime,
    lastAt: WallTime,
    counts: [Int],
    labels: [FailureLabel] = []
  ) {
    self.text = text
    self.count = count
    self.ids = ids
    self.firstAt = firstAt
    self.lastAt = lastAt
    self.counts = counts
    self.labels = labels
  }
}

/// How many failures, or tests, bear a label: a language, a scenario.
public struct FailureLabel: Sendable, Hashable {
  /// What the label tells of: `language`, `scenario`.
  public var name: String
  /// What it tells: `fr-FR`.
  public var value: SafeText
  /// How many bear it.
  public var count: Int
  /// How many bear any value of that label.
  public var labelled: Int

  /// Makes a label.
  public init(name: String, value: SafeText, count: Int, labelled: Int) {
    self.name = name
    self.value = value
    self.count = count
    self.labelled = labelled
  }
}

/// The texts with which something failed in the window before.
public struct FormerReasons: Sendable, Hashable {
  /// The texts.
  public var texts: [SafeText]
  /// Whether these are all, of a time in which something was tested.
  public var isWhole: Bool

  /// Makes it.
  public init(texts: [SafeText], isWhole: Bool) {
    self.texts = texts
    self.isWhole = isWhole
  }
}
