/// The Celery tasks that ended in an exception, as the result backend keeps them, newest first.
///
/// A task may fail after it has written its run down as completed: the database alone does not tell.
public struct TaskFailures: Snapshot, Hashable {
  /// What failed; at most ``most`` of the newest.
  public var failures: [TaskFailure]
  /// How many ended within the last hour, those beyond ``most`` included; at least, unless ``isWhole``.
  public var lastHour: Int
  /// How many results there are, whatever they say; those that expired are not among them.
  public var results: Int
  /// How many of them could not be read: larger than 64 KiB, or no JSON.
  public var unreadable: Int
  /// Whether all keys have been looked at since the console began and all failures are kept; else there may be more.
  public var isWhole: Bool

  /// So many failures are told at most.
  public static let most = 1_000

  /// Makes a snapshot.
  public init(
    failures: [TaskFailure] = [],
    lastHour: Int = 0,
    results: Int = 0,
    unreadable: Int = 0,
    isWhole: Bool = true
  ) {
    self.failures = failures
    self.lastHour = lastHour
    self.results = results
    self.unreadable = unreadable
    self.isWhole = isWhole
  }
}

/// One Celery task that ended in an exception.
public struct TaskFailure: Sendable, Hashable, Identifiable {
  /// Celery's id of the task, as it stands in the worker's log.
  public var id: String
  /// The task's name; nil unless the backend keeps extended results.
  public var name: SafeText?
  /// The worker it ran on; nil unless the backend keeps extended results.
  public var worker: SafeText?
  /// The type of the exception and what it says: `AttributeError: no attribute 'duration'`.
  public var exception: SafeText
  /// The traceback, a line each; empty if none was kept.
  public var traceback: [SafeText]
  /// When it ended; nil if the result tells no time.
  public var endedAt: WallTime?
  /// The UUIDs in its arguments, in lower case: the run's, perhaps; none unless the backend keeps extended results.
  public var named: [String]

  /// Makes a failure.
  public init(
    id: String,
    name: SafeText? = nil,
    worker: SafeText? = nil,
    exception: SafeText,
    traceback: [SafeText] = [],
    endedAt: WallTime? = nil,
    named: [String] = []
  ) {
    self.id = id
    self.name = name
    self.worker = worker
    self.exception = exception
    self.traceback = traceback
    self.endedAt = endedAt
    self.named = named
  }
}
