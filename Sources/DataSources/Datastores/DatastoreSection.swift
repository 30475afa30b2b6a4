public import Facts

/// One part of what is told of datastores: the activity of a database, the keys of a Redis.
public struct DatastoreSection: Sendable, Hashable {
  /// A column of its rows.
  public struct Column: Sendable, Hashable {
    /// Its title.
    public var title: SafeText
    /// Whether its values are figures, which stand at the right.
    public var isFigure: Bool
    /// The fewest columns that make sense.
    public var least: Int
    /// When there is no room the greatest goes first; 0 is never dropped.
    public var priority: Int
    /// Whether it takes what is left over.
    public var isFlexible: Bool

    /// Describes a column.
    public init(
      _ title: SafeText,
      isFigure: Bool = false,
      least: Int = 4,
      priority: Int = 1,
      isFlexible: Bool = false
    ) {
      self.title = title
      self.isFigure = isFigure
      self.least = least
      self.priority = priority
      self.isFlexible = isFlexible
    }
  }

  /// Its name: `activity`.
  public var id: String
  /// The type of the sources that tell it: `postgres`.
  public var store: String
  /// What the server is called: `Postgres`.
  public var server: SafeText
  /// What it is called on the screen.
  public var title: SafeText
  /// Its columns.
  public var columns: [Column]
  /// How often it is asked while somebody looks.
  public var interval: Duration

  /// Describes a section.
  public init(
    _ id: String,
    of store: String,
    _ server: SafeText,
    title: SafeText,
    every interval: Duration = .seconds(2),
    columns: [Column]
  ) {
    self.id = id
    self.store = store
    self.server = server
    self.title = title
    self.interval = interval
    self.columns = columns
  }

  /// All that there are, in the order in which keys go through them.
  public static let all = PostgresStore.sections + RedisStore.sections + RabbitMQStore.sections

  /// The section of that name; nil if there is none.
  public static func named(_ id: String) -> DatastoreSection? { all.first { $0.id == id } }
}

extension TargetKind {
  /// A client's connection of a database.
  public static let connection: TargetKind = "connection"
}

/// What tells of a datastore while somebody looks: offered by its source, on connections of its own.
@LoopActor public protocol DatastoreReader: AnyObject, Sendable {
  /// The type of its source: which sections it tells.
  var store: String { get }
  /// Where it is, as it may be shown.
  var address: String { get }
  /// Reads a section now, within a deadline of its own.
  /// - Throws: why it can't be told.
  func read(_ section: DatastoreSection) async throws(SourceFailure) -> DatastoreTable
}
