public import DataSources
public import Facts

/// What a quick test needs of its environment.
@LoopActor public struct QuickTestServices {
  /// The recipe.
  public var recipe: QuickTestSettings
  /// The backend's API.
  public var api: any QuickTestAPI
  /// What tells how an execution stands: the database, else the API.
  public var reader: any ExecutionReader

  /// The ids of the sources whose facts a test changes: they are asked afterwards.
  public var touches: [String]

  /// Bundles the services.
  public init(
    recipe: QuickTestSettings,
    api: any QuickTestAPI,
    reader: any ExecutionReader,
    touches: [String] = []
  ) {
    self.recipe = recipe
    self.api = api
    self.reader = reader
    self.touches = touches
  }
}

/// The backend's API, as far as a quick test calls it.
@LoopActor public protocol QuickTestAPI: AnyObject {
  /// The address without a path, redacted.
  var base: String { get }
  /// The email address that calls are made as; nil without a login.
  var account: String? { get }
  /// Sends one request once, logging in before if need be, and returns the reply whatever its status.
  /// - Throws: why there is no reply; `timedOut` and `disconnected` leave the outcome unknown.
  func send(
    _ method: String,
    _ path: String,
    body: String,
    deadline: Duration
  ) async throws(SourceFailure) -> HTTPResponse
}

/// A script that a quick test can run.
public struct QuickTestScript: Sendable, Hashable {
  /// The UUID.
  public var id: String
  /// The name; empty if unknown.
  public var name: String

  /// Names a script.
  public init(id: String, name: String = "") {
    self.id = id
    self.name = name
  }
}

/// What came before a test: executions that are new came after it.
public enum ExecutionMark: Sendable, Hashable {
  /// When the newest execution was created, by the clock that stamps them, so that no skew matters.
  case created(String)
  /// When the console was about to ask, for a reader that can't look executions up.
  case asked(MonotonicTime)
}

/// Whether an execution came after what a test comes after.
public enum ExecutionAge: Sendable, Hashable {
  /// It did.
  case new
  /// It was there before.
  case old
  /// It isn't there, or not yet: of what comes later nobody knows whether it is the same.
  case absent
  /// It can't be told, and why.
  case untold(String)
}

/// Reads scripts and executions; it never changes anything.
@LoopActor public protocol ExecutionReader: AnyObject {
  /// How it reads, for the preview: `by SQL`.
  var title: String { get }
  /// The least time between two reads.
  var interval: Duration { get }
  /// The active script of that name, or with nil the one to take: a `Demo` one before others.
  func script(named name: String?) async throws(SourceFailure) -> QuickTestScript?
  /// What a test that begins now comes after.
  func mark() async throws(SourceFailure) -> ExecutionMark
  /// The ids of all executions of a script created since a mark, the newest first, a few at most; nil if this reader
  /// can't look for them.
  func executions(of script: String, since mark: ExecutionMark) async throws(SourceFailure) -> [String]?
  /// Whether an execution is of a script and came after a mark: anything else is not what was asked for.
  func age(
    of id: String,
    of script: String,
    since mark: ExecutionMark
  ) async throws(SourceFailure) -> ExecutionAge
  /// How an execution stands; nil if there is none of that id.
  func execution(_ id: String) async throws(SourceFailure) -> ExecutionState?
}
