public import Facts

/// A column of a table.
public struct TableColumn: Sendable, Hashable {
  /// Where a column's text stands.
  public enum Alignment: Sendable, Hashable {
    /// Words.
    case left
    /// Numbers.
    case right
  }

  /// The title; may be empty.
  public var title: SafeText
  /// Where its text stands.
  public var alignment: Alignment
  /// The fewest columns that make sense; where there are less a column is dropped.
  ///
  /// Nil is its ideal.
  public var minimumWidth: Int?
  /// The columns it wants; nil is as wide as the widest text shown.
  public var idealWidth: Int?
  /// When there is no room the column of the greatest number goes first; 0 is never dropped.
  public var priority: Int
  /// Whether it takes what is left over.
  public var isFlexible: Bool

  /// Describes a column.
  public init(
    _ title: SafeText,
    alignment: Alignment = .left,
    minimumWidth: Int? = nil,
    idealWidth: Int? = nil,
    priority: Int = 0,
    isFlexible: Bool = false
  ) {
    self.title = title
    self.alignment = alignment
    self.minimumWidth = minimumWidth
    self.idealWidth = idealWidth
    self.priority = priority
    self.isFlexible = isFlexible
  }

  /// The same, never dropped and never narrower than its title if the rows are sorted by it.
  func kept(if isSorted: Bool) -> TableColumn {
    guard isSorted else { return self }
    var column = self
    column.priority = 0
    column.minimumWidth = minimumWidth.map { max($0, title.widthInColumns) }
    return column
  }
}

/// How wide each column is; pure, so that it can be tested by itself.
enum TableLayouter {
  static let gap = 2

  /// The widths by column; nil is dropped.
  static func widths(of columns: [TableColumn], ideals: [Int], room: Int) -> [Int?] {
    var shown = Array(columns.indices)
    while shown.count > 1 {
      let needed = shown.map { least(columns[$0], ideals[$0]) }.reduce(gap * (shown.count - 1), +)
      if needed <= room { break }
      guard let victim = shown.max(by: { columns[$0].priority <= columns[$1].priority }),
        columns[victim].priority > 0
      else { break }
      shown.removeAll { $0 == victim }
    }
    var widths: [Int?] = Array(repeating: nil, count: columns.count)
    var left = room - gap * max(0, shown.count - 1)
    for index in shown {
      let width = least(columns[index], ideals[index])
      widths[index] = min(width, max(0, left))
      left -= width
    }
    // What is left goes to the columns by need, then to the flexible one.
    for index in shown.sorted(by: { columns[$0].priority < columns[$1].priority }) where left > 0 {
      let more = min(left, ideals[index] - (widths[index] ?? 0))
      guard more > 0 else { continue }
      widths[index] = (widths[index] ?? 0) + more
      left -= more
    }
    if left > 0, let flexible = shown.first(where: { columns[$0].isFlexible }) {
      widths[flexible] = (widths[flexible] ?? 0) + left
    }
    return widths
  }

  private static func least(_ column: TableColumn, _ ideal: Int) -> Int {
    min(column.minimumWidth ?? ideal, ideal)
  }
}
