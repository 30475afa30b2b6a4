public import Facts

/// One value of a datastore's row, with its unit.
public enum DatastoreValue: Sendable, Hashable {
  /// Words.
  case text(SafeText)
  /// A whole number.
  case count(Int)
  /// A process' number: a name, not an amount.
  case process(Int)
  /// A size in bytes.
  case bytes(Double)
  /// How long something takes or lasts.
  case duration(Duration)
  /// A part of a whole, in percent.
  case percent(Double)
  /// A plain number.
  case number(Double)
  /// When something was.
  case time(WallTime)
  /// There is none: an idle connection has no transaction.
  case none
  /// It can't be told, and why; never taken for none or 0.
  case unknown(SafeText)

  /// A number that may not have been told.
  static func count(_ value: Int?, else why: SafeText = "not told") -> DatastoreValue {
    value.map { .count($0) } ?? .unknown(why)
  }

  /// Words that may not have been told.
  static func text(told value: String?, else why: SafeText = "not told") -> DatastoreValue {
    value.map { .text(SafeText(told: $0)) } ?? .unknown(why)
  }

  /// A size that may not have been told.
  static func bytes(told value: Double?, else why: SafeText = "not told") -> DatastoreValue {
    value.map { .bytes($0) } ?? .unknown(why)
  }

  /// Seconds that may not have been told; clocks of two hosts may differ by a little.
  static func seconds(_ value: Double?, else other: DatastoreValue = .unknown("not told")) -> DatastoreValue {
    value.map { .duration(.seconds(max(0, min($0, 1e9)))) } ?? other
  }
}

/// One line of a section.
public struct DatastoreRow: Sendable, Hashable {
  /// Unique in its section and source, and the same from one reading to the next.
  public var id: String
  /// One value a column of the section.
  public var cells: [DatastoreValue]
  /// How bad it is.
  public var state: FactState = .ok
  /// Why, in a few words; empty where nothing is to be said.
  public var word: SafeText = ""
  /// What it can be acted on as; nil: nothing acts on it.
  public var kind: TargetKind?
  /// What an action on it is told: which one exactly it was when it was read.
  public var arguments: [String: String] = [:]
  /// What is told of it beyond its cells, each with a label.
  public var details: [(label: SafeText, value: DatastoreValue)] = []
  /// Lines of it that take more room: a statement, a traceback.
  public var text: [SafeText] = []

  /// Makes a line.
  public init(id: String, _ cells: [DatastoreValue]) {
    self.id = id
    self.cells = cells
  }

  /// Whether they tell the same.
  public static func == (left: DatastoreRow, right: DatastoreRow) -> Bool {
    left.id == right.id && left.cells == right.cells && left.state == right.state && left.word == right.word
      && left.kind == right.kind && left.arguments == right.arguments && left.text == right.text
      && left.details.map(\.value) == right.details.map(\.value)
      && left.details.map(\.label) == right.details.map(\.label)
  }

  /// The same for a set.
  public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

/// One figure that stands above the rows: `12 of 100 connections`.
public struct DatastoreFigure: Sendable, Hashable {
  /// What it is of.
  public var label: SafeText
  /// How much.
  public var value: DatastoreValue
  /// Of how much; nil: there is no limit to it.
  public var limit: DatastoreValue?
  /// How bad it is.
  public var state: FactState

  /// Makes a figure.
  public init(
    _ label: SafeText,
    _ value: DatastoreValue,
    of limit: DatastoreValue? = nil,
    state: FactState = .ok
  ) {
    self.label = label
    self.value = value
    self.limit = limit
    self.state = state
  }
}

/// What one source told of one section.
public struct DatastoreTable: Sendable, Hashable {
  /// Its lines in the section's own order.
  public var rows: [DatastoreRow]
  /// What stands above them.
  public var figures: [DatastoreFigure] = []
  /// What isn't known of them, each a warning: a cut, a part that was refused.
  public var notes: [SafeText] = []
  /// What is said where there is no line: why there is none.
  public var empty: SafeText = "none"

  /// Makes a table.
  public init(_ rows: [DatastoreRow] = []) { self.rows = rows }
}
