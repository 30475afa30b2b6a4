public import Facts

/// The name of a view; each view's file adds its own.
public struct ViewID: RawRepresentable, Sendable, Hashable {
  /// The name, as commands write it: `view.queues`.
  public var rawValue: String

  /// Names a view.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// Names a view.
  public init(_ rawValue: String) { self.rawValue = rawValue }

  /// All tiles at once.
  public static let overview = ViewID("overview")
}

/// What everything but drawing must know of a view: tabs, keys, help, the overview's layout.
public struct ViewDescriptor: Sendable {
  /// Where a view's tile stands on the overview.
  public enum Column: Sendable, Hashable {
    case left, right
  }

  /// What opening a row takes.
  public enum Detail: Sendable, Hashable {
    /// Everything is known already.
    case known
    /// The row's detail is asked for by its item; see ``PanelContext/details`` and ``PanelItem/edition``.
    case asked
  }

  /// The rows that its tile would like on the overview.
  public struct Room: Sendable, Hashable {
    /// The fewest, frame included.
    public var least: Int
    /// How many while it has no item; nil wants `least`.
    public var empty: Int?
    /// How many beside one for each item; nil wants `least` whatever its items are.
    public var beside: Int?
    /// The most; nil is no limit.
    public var most: Int?
    /// The share of the overview's height in percent that it may want: the most of a tile that counts its
    /// items, the least of one that doesn't.
    public var percent: Int?

    /// Describes a wish.
    public init(least: Int, empty: Int? = nil, beside: Int? = nil, most: Int? = nil, percent: Int? = nil) {
      self.least = least
      self.empty = empty
      self.beside = beside
      self.most = most
      self.percent = percent
    }

    /// The rows wanted for so many items on an overview of that height.
    func rows(items: Int, height: Int) -> Int {
      if items == 0, let empty { return empty }
      let share = percent.map { height * $0 / 100 }
      guard let beside else { return max(least, share ?? 0) }
      return max(least, min(items + beside, most ?? .max, share ?? .max))
    }
  }

  /// Its name.
  public var id: ViewID
  /// The digit that opens it; nil: it is opened by its command, and has a tab only while it is open.
  public var key: Character?
  /// What is typed in the palette to open it, where it has no key: `db`.
  public var command: String?
  /// How it is opened, as it is written: `5`, `:db`.
  public var opener: String { key.map(String.init) ?? command.map { ":\($0)" } ?? "" }
  /// The title in the tabs.
  public var title: SafeText
  /// The title in four letters, for narrow screens.
  public var shortTitle: SafeText
  /// Where its tile stands; nil has none.
  public var column: Column?
  /// What share it takes of the rows that no tile asked for; 0 takes none.
  public var weight: Int
  /// The rows that its tile would like.
  public var room: Room
  /// The kinds of its rows.
  public var kinds: Set<PanelItem.Kind>
  /// What opening a row takes.
  public var detail: Detail
  /// Whether it shows what services use, which is measured only while somebody looks.
  public var showsUsage: Bool
  /// Whether its tile fills the room that another view's list and page leave.
  public var fillsRoom: Bool
  /// The keys that hold in it alone.
  public var keys: [ViewKey]

  /// Describes a view.
  public init(
    id: ViewID,
    key: Character?,
    command: String? = nil,
    title: SafeText,
    shortTitle: SafeText,
    column: Column?,
    weight: Int = 1,
    room: Room = Room(least: 6, beside: 4),
    kinds: Set<PanelItem.Kind> = [],
    detail: Detail = .known,
    showsUsage: Bool = false,
    fillsRoom: Bool = false,
    keys: [ViewKey] = []
  ) {
    self.id = id
    self.key = key
    self.command = command
    self.title = title
    self.shortTitle = shortTitle
    self.column = column
    self.weight = weight
    self.room = room
    self.kinds = kinds
    self.detail = detail
    self.showsUsage = showsUsage
    self.fillsRoom = fillsRoom
    self.keys = keys
  }
}

/// A key that holds in one view and changes only how it is seen, or which row is selected.
public struct ViewKey: Sendable {
  /// The key.
  public var key: Character
  /// Its word on the hint line; nil leaves it out there.
  public var hint: String?
  /// Its line in the help.
  public var help: String
  /// What it changes.
  public var change: @Sendable (inout PanelLocal, inout PanelSettings) -> Void = { _, _ in }
  /// Which row it selects, by its place, or why there is none; nil where it doesn't select any.
  public var move: (@Sendable (PanelLocal, PanelContext) -> Result<Int, Nowhere>)?

  /// Why there is no row to go to, in words.
  public struct Nowhere: Error, Sendable, Hashable {
    /// The words.
    public var words: SafeText
  }

  /// Describes a key.
  public init(
    _ key: Character,
    hint: String? = nil,
    help: String,
    change: @escaping @Sendable (inout PanelLocal, inout PanelSettings) -> Void
  ) {
    self.key = key
    self.hint = hint
    self.help = help
    self.change = change
  }

  /// Describes a key that selects a row.
  public init(
    _ key: Character,
    hint: String? = nil,
    help: String,
    move: @escaping @Sendable (PanelLocal, PanelContext) -> Result<Int, Nowhere>
  ) {
    self.key = key
    self.hint = hint
    self.help = help
    self.move = move
  }
}
