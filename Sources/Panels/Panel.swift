public import DataSources
public import Facts
public import Operations

/// What stands on one line of a panel and can be selected, opened and acted upon.
public struct PanelItem: Sendable, Hashable {
  /// What kind of thing it is; actions say which kinds they take.
  public typealias Kind = TargetKind

  /// Unique in its panel and the same from poll to poll: selection goes by it, never by index.
  public var id: String
  /// The kind of thing.
  public var kind: Kind
  /// The name by which an action knows it: the service's name, the queue's segment, a UUID; raw.
  public var name: String
  /// The name as it is shown.
  public var title: SafeText
  /// How bad it is; the focus starts at the worst.
  public var state: FactState
  /// The facts that it shows, the chief one first: what `i` explains.
  public var facts: [FactName]
  /// What is copied by `c`, raw: the id or the whole line.
  public var copy: String
  /// The source that told it, where there are several of its kind; nil: the only one.
  public var source: String?
  /// What its detail is of, where details are asked for: with another one it is asked for anew; nil has none.
  public var edition: String? = ""
  /// Whether its detail is asked for as soon as it is told beside or below the list, not only when it is opened.
  public var isAskedAtSight = true
  /// Whether it stays below the others however they are sorted, as what somebody has dealt with.
  public var staysLast = false
  /// What an action of it is told beside its name: which one exactly it was when it was read.
  public var arguments: [String: String] = [:]

  /// Makes an item.
  public init(
    id: String,
    kind: Kind,
    name: String,
    title: SafeText,
    state: FactState,
    facts: [FactName] = [],
    copy: String? = nil,
    source: String? = nil
  ) {
    self.id = id
    self.kind = kind
    self.name = name
    self.title = title
    self.state = state
    self.facts = facts
    self.copy = copy ?? name
    self.source = source
  }
}

/// What the user has done to one panel: kept in the state, given back to the panel when it draws.
public struct PanelLocal: Sendable, Hashable {
  /// The selected item's id; nil selects the first.
  public var selection: String?
  /// Where the selected item stood: the row that is selected when it is gone.
  public var selectionIndex = 0
  /// Whether it stood below the others then, as what is dealt with.
  var isSelectionLast = false
  /// The filter text; empty shows all.
  public var filter = ""
  /// The index of the column to sort by; nil keeps the panel's own order.
  public var sortColumn: Int?
  /// Whether the sort is turned round.
  public var isDescending = false
  /// The id of the item whose detail is open; nil shows the list.
  public var detail: String? { didSet { if detail != oldValue { pageFilter = "" } } }
  /// The text that the lines of the open detail must hold; empty shows all.
  public var pageFilter = ""
  /// How many lines the detail is scrolled down.
  public var detailOffset = 0
  /// Whether its rows are told by what they have in common: runs by their causes.
  public var isGrouped = false
  /// Whether lines that are longer than a row go on in the next.
  public var isWrapped = false
  /// By which of the view's groupings its rows are told; 0: by none.
  public var grouping = 0
  /// The group whose rows are listed, which `Esc` leaves; nil: all are.
  public var within: PanelItem?
  /// Which of its sections a view shows that has several; nil shows the first.
  public var section: String?
  /// The marked items' ids.
  public var marks: Set<String> = []

  /// A panel as it is at first.
  public init() {}
}

/// What panels know beside the world: limits, names and what was asked by key.
public struct PanelSettings: Sendable, Hashable {
  /// Queue depth beyond which it is WARN, and CRIT.
  public var queueWarning = 500
  /// Queue depth beyond which it is CRIT.
  public var queueCritical = 1_000
  /// The score below which a validation is low, on the 0-1 scale.
  public var lowConfidence = 0.5

  /// The defaults of the runbook.
  public init() {}
}

/// All that a panel may draw from.
///
/// Nothing here moves while it draws.
public struct PanelContext: Sendable {
  /// What is known.
  public var world: World { didSet { derived = Derived(world, at: now.monotonic) } }
  /// When the frame is drawn; ages come from it.
  public var now: Moment { didSet { derived = Derived(world, at: now.monotonic) } }
  /// What follows from what is known.
  private(set) var derived: Derived
  /// What counts: the one judgement of tabs, tiles and header.
  public var health: Health { derived.health }
  /// Samples of facts over time, for sparklines and charts.
  public var history: [FactName: HistoryRing]
  /// Limits and names.
  public var settings: PanelSettings
  /// Whether only ASCII may be drawn.
  public var isASCII: Bool
  /// Whether the selected row is told beside or below its list.
  public var hasPane = false
  /// Whether a page is shown in another view, whose silence it explains: the keys of its own are not heard there.
  public var isElsewhere = false
  /// Details that were asked for by key, by item id: `RunDetail` and the like.
  public var details: [String: Loadable]
  /// The run of a runbook that is gone through; nil: none is.
  public var run: RunModel?
  /// What is told of logs while somebody looks at them; nil: nothing yet.
  public var logs: LogsSnapshot?
  /// Where they can't be told: nothing runs the services.
  public var hasLogs = true
  /// What is told of datastores while somebody looks at them; nil: nothing yet.
  public var datastores: DatastoresSnapshot?
  /// What was done to their view: which section it is about.
  public var datastoresLocal = PanelLocal()
  /// The statement that somebody wrote last; nil: none was written.
  public var statement: StatementModel?
  /// Wall time in the local zone.
  public var clock: PanelClock

  /// Makes a context; `derived` is what follows from that world, where it was looked at already.
  public init(
    world: World,
    now: Moment,
    derived: Derived? = nil,
    history: [FactName: HistoryRing] = [:],
    settings: PanelSettings = PanelSettings(),
    isASCII: Bool = false,
    details: [String: Loadable] = [:],
    clock: PanelClock
  ) {
    self.world = world
    self.now = now
    self.derived = derived ?? Derived(world, at: now.monotonic)
    self.history = history
    self.settings = settings
    self.isASCII = isASCII
    self.details = details
    self.clock = clock
  }
}

/// A detail on its way, arrived or failed.
public enum Loadable: Sendable {
  case loading
  case loaded(any Snapshot)
  case failed(SourceFailure)

  /// Whether it is on its way.
  public var isLoading: Bool {
    if case .loading = self { true } else { false }
  }
}

/// One view's drawing: pure functions of values.
///
/// It does no I/O, owns no state and reads no clock. A list is a ``ListPanel``, which does most of it.
public protocol Panel: Sendable {
  /// What everything but drawing must know of it.
  var descriptor: ViewDescriptor { get }

  /// The selectable items in the order in which they are drawn, filter and sort applied.
  func items(_ local: PanelLocal, _ context: PanelContext) -> PanelItems

  /// How many items it has, the filter applied.
  func count(_ local: PanelLocal, _ context: PanelContext) -> Int

  /// The id of the source that it is fed by and that has fallen silent; nil while it tells.
  func silentSource(_ context: PanelContext) -> String?

  /// What it warns of that stands in none of its rows; nil if there is nothing like that.
  func concern(_ context: PanelContext) -> FactName?

  /// The worst state that it shows: its tab's mark and its tile's colour.
  func state(_ context: PanelContext) -> FactState

  /// The title of its tile: name, source and age.
  func title(_ context: PanelContext) -> TileTitle

  /// What it says in one cell of the strip on small screens: `1,243`, `11/12`.
  func summary(_ context: PanelContext) -> SafeText

  /// The columns that `<` `>` sort by, as its rows are told now.
  func sortColumns(_ local: PanelLocal) -> [SortColumn]

  /// What it says on one line when it has nothing to show: its tile gives its room away; nil while it has.
  func quiet(_ context: PanelContext) -> StyledText?

  /// The columns that its list would like, to cut nothing; nil if any will do.
  func wish(_ local: PanelLocal, _ context: PanelContext) -> Int?

  /// The open row told in full, or the selected one while none is open; nil if there is none.
  func page(_ local: PanelLocal, _ context: PanelContext) -> DetailPage?

  /// What `Enter` on an item lists in place of its page, asked for as its detail; nil: its page is opened.
  func inside(_ item: PanelItem, _ local: PanelLocal) -> PanelLocal?

  /// Where an item's row comes from, what it says first; nil if it is gone.
  func origin(of item: PanelItem, _ context: PanelContext) -> RowOrigin?

  /// The page of the row that is open; nil if none is, or its row is gone.
  func openPage(_ local: PanelLocal, _ context: PanelContext) -> DetailPage?

  /// What its list shows, to be written down; nil if it is no list.
  func export(_ local: PanelLocal, _ context: PanelContext) -> ListExport?

  /// Draws the inside of its tile (the frame is drawn by the caller), list or open detail.
  ///
  /// - Returns: Which of its rows or lines are seen; nil if it has none.
  @discardableResult
  func render(
    _ local: PanelLocal,
    _ context: PanelContext,
    isFocused: Bool,
    into buffer: inout CellBuffer,
    area: Rect
  ) -> ListPosition?
}

extension Panel {
  /// Which view it is.
  public var id: ViewID { descriptor.id }

  /// As many as can be selected.
  public func count(_ local: PanelLocal, _ context: PanelContext) -> Int { items(local, context).count }

  /// None unless a view says otherwise.
  public func silentSource(_ context: PanelContext) -> String? { nil }

  /// Nothing unless a view is a list.
  public func export(_ local: PanelLocal, _ context: PanelContext) -> ListExport? { nil }

  /// A row leads to its page unless a view says otherwise.
  public func inside(_ item: PanelItem, _ local: PanelLocal) -> PanelLocal? { nil }

  /// Nothing unless a view says otherwise.
  public func concern(_ context: PanelContext) -> FactName? { nil }

  /// Any width will do unless a view says otherwise.
  public func wish(_ local: PanelLocal, _ context: PanelContext) -> Int? { nil }
}

/// A column by which a view's rows can be sorted.
public struct SortColumn: Sendable, Hashable {
  /// Its index in the view: what ``PanelLocal/sortColumn`` holds.
  public var index: Int
  /// Its title.
  public var title: SafeText
}

/// The title line of a tile.
public struct TileTitle: Sendable, Hashable {
  /// What it shows: `Queues`.
  public var name: SafeText
  /// Where it comes from: `rabbitmq voiceai`.
  public var source: SafeText
  /// `live`, or the age, or the failure: `10s`, `ERROR refused 2m`.
  public var age: SafeText
  /// The state of the age: ok while live, `stale`, `error`, `nodata` while starting.
  public var ageState: FactState

  /// Makes a title line.
  public init(name: SafeText, source: SafeText, age: SafeText, ageState: FactState) {
    self.name = name
    self.source = source
    self.age = age
    self.ageState = ageState
  }
}
