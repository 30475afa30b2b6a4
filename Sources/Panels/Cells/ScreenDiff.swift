/// What changed from one screen to the next, as runs of cells, from top to bottom.
public struct ScreenDiff: Sendable, Equatable {
  /// Neighbouring cells of one row of the new screen; never begins or ends inside a wide cluster.
  public struct Run: Sendable, Hashable {
    /// The row.
    public let y: Int
    /// The columns, never empty.
    public let columns: Range<Int>

    /// Makes a run of the cells of row `y` in `columns`.
    public init(y: Int, columns: Range<Int>) {
      self.y = y
      self.columns = columns
    }
  }

  /// Moving the cursor costs about as much as writing this many cells once more.
  static let gapWorthWriting = 4

  /// The changed runs, by row and then by column.
  public let runs: [Run]

  /// Whether nothing changed.
  public var isEmpty: Bool { runs.isEmpty }
  /// How many cells are to be written.
  public var cellCount: Int { runs.reduce(0) { $0 + $1.columns.count } }

  /// Compares two screens; `old` nil or of another size makes all of `new` changed.
  public init(from old: CellBuffer?, to new: CellBuffer) {
    guard let old, old.width == new.width, old.height == new.height else {
      runs = new.width == 0 ? [] : (0..<new.height).map { Run(y: $0, columns: 0..<new.width) }
      return
    }
    var runs: [Run] = []
    let hasClusters = !old.clusters.isEmpty || !new.clusters.isEmpty
    for y in 0..<new.height {
      var open: Range<Int>?
      let row = y * new.width
      // Most rows are the same bit by bit; clusters are known by index, which says nothing across buffers.
      if !hasClusters && old.cells[row..<(row + new.width)] == new.cells[row..<(row + new.width)] { continue }
      for x in 0..<new.width {
        let after = new.cells[row + x]
        let before = old.cells[row + x]
        if !before.isCluster && before == after { continue }
        if CellBuffer.areEqual(before, in: old, after, in: new) { continue }
        let changed = Self.whole(x, cell: after, row: row, in: new)
        if let before = open, changed.lowerBound - before.upperBound <= Self.gapWorthWriting {
          open = before.lowerBound..<max(before.upperBound, changed.upperBound)
        } else {
          if let before = open { runs.append(Run(y: y, columns: before)) }
          open = changed
        }
      }
      if let last = open { runs.append(Run(y: y, columns: last)) }
    }
    self.runs = runs
  }

  /// The columns of the whole cluster that the changed cell is a part of.
  private static func whole(_ x: Int, cell: Cell, row: Int, in buffer: CellBuffer) -> Range<Int> {
    if cell.isRightHalf { return max(0, x - 1)..<(x + 1) }
    return x..<min(buffer.width, x + Int(cell.width))
  }
}
