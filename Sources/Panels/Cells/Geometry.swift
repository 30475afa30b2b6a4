/// A cell's place: column and row, counted from 0 at the top left.
public struct Point: Sendable, Hashable {
  /// The column.
  public var x: Int
  /// The row.
  public var y: Int

  /// Makes a place from column and row.
  public init(x: Int, y: Int) {
    self.x = x
    self.y = y
  }
}

/// A rectangle of cells.
///
/// Sizes are never negative; an empty one draws nothing.
public struct Rect: Sendable, Hashable {
  /// The leftmost column.
  public var x: Int
  /// The topmost row.
  public var y: Int
  /// The number of columns.
  public var width: Int
  /// The number of rows.
  public var height: Int

  /// Makes a rectangle; negative sizes become 0.
  public init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = max(0, width)
    self.height = max(0, height)
  }

  /// Whether there is no cell in it.
  public var isEmpty: Bool { width == 0 || height == 0 }
  /// The top left corner.
  public var origin: Point { Point(x: x, y: y) }
  /// The columns it covers.
  public var columns: Range<Int> { x..<(x + width) }
  /// The rows it covers.
  public var rows: Range<Int> { y..<(y + height) }

  /// Whether the cell at `point` is in it.
  public func contains(_ point: Point) -> Bool {
    columns.contains(point.x) && rows.contains(point.y)
  }

  /// The rectangle that both share; empty where they don't.
  public func intersection(_ other: Rect) -> Rect {
    let left = max(x, other.x)
    let top = max(y, other.y)
    return Rect(
      x: left,
      y: top,
      width: min(x + width, other.x + other.width) - left,
      height: min(y + height, other.y + other.height) - top
    )
  }

  /// The rectangle without a margin on each side.
  public func inset(left: Int = 0, top: Int = 0, right: Int = 0, bottom: Int = 0) -> Rect {
    Rect(x: x + left, y: y + top, width: width - left - right, height: height - top - bottom)
  }

  /// The rectangle without a margin of `columns` at both sides and `rows` above and below.
  public func inset(columns: Int, rows: Int) -> Rect {
    inset(left: columns, top: rows, right: columns, bottom: rows)
  }

  /// One row of it, counted from its top; empty where there is none.
  public func row(_ index: Int) -> Rect {
    let isInside = (0..<height).contains(index)
    return Rect(x: x, y: y + index, width: width, height: isInside ? 1 : 0)
  }

  /// The upper `rows` (clamped) and what remains below.
  public func split(top rows: Int) -> (top: Rect, rest: Rect) {
    let rows = max(0, min(rows, height))
    return (Rect(x: x, y: y, width: width, height: rows), inset(top: rows))
  }

  /// What remains above, and the lower `rows` (clamped).
  public func split(bottom rows: Int) -> (rest: Rect, bottom: Rect) {
    let rows = max(0, min(rows, height))
    return (inset(bottom: rows), inset(top: height - rows))
  }

  /// The left `columns` (clamped) and what remains at the right.
  public func split(left columns: Int) -> (left: Rect, rest: Rect) {
    let columns = max(0, min(columns, width))
    return (Rect(x: x, y: y, width: columns, height: height), inset(left: columns))
  }

  /// What remains at the left, and the right `columns` (clamped).
  public func split(right columns: Int) -> (rest: Rect, right: Rect) {
    let columns = max(0, min(columns, width))
    return (inset(right: columns), inset(left: width - columns))
  }

  /// Stacked rectangles whose heights share this one's by `weights`; together they fill it.
  public func rows(weights: [Int]) -> [Rect] {
    var top = y
    return Self.shares(of: height, weights: weights).map { share in
      defer { top += share }
      return Rect(x: x, y: top, width: width, height: share)
    }
  }

  /// Rectangles side by side whose widths share this one's by `weights`; together they fill it.
  public func columns(weights: [Int]) -> [Rect] {
    var left = x
    return Self.shares(of: width, weights: weights).map { share in
      defer { left += share }
      return Rect(x: left, y: y, width: share, height: height)
    }
  }

  /// A rectangle of at most the given size in the middle of this one.
  public func centered(width: Int, height: Int) -> Rect {
    let width = min(width, self.width)
    let height = min(height, self.height)
    return Rect(
      x: x + (self.width - width) / 2,
      y: y + (self.height - height) / 2,
      width: width,
      height: height
    )
  }

  private static func shares(of total: Int, weights: [Int]) -> [Int] {
    let sum = max(1, weights.reduce(0, +))
    var before = 0
    var used = 0
    return weights.map { weight in
      before += weight
      let end = total * before / sum
      defer { used = end }
      return end - used
    }
  }
}
