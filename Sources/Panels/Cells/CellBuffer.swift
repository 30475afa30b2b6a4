/// A screen, or what will be one: rows of cells that panels draw into.
///
/// It takes only ``SafeText``; what lies outside ``clip`` is not drawn; a wide cluster is never
/// half overwritten. In ASCII mode everything is folded to ASCII as it is written.
public struct CellBuffer: Sendable {
  /// The number of columns.
  public let width: Int
  /// The number of rows.
  public let height: Int
  /// Whether every cell is folded to ASCII as it is written.
  public let isASCII: Bool
  /// What may be drawn on; ``withClip(_:_:)`` narrows it for a while.
  public private(set) var clip: Rect

  var cells: [Cell]
  var clusters: [String] = []
  private var clusterIndices: [String: Int] = [:]

  /// Makes an empty screen; negative sizes become 0.
  public init(width: Int, height: Int, isASCII: Bool = false) {
    self.width = max(0, width)
    self.height = max(0, height)
    self.isASCII = isASCII
    clip = Rect(x: 0, y: 0, width: width, height: height)
    cells = Array(repeating: .blank(.text), count: self.width * self.height)
  }

  /// The whole screen.
  public var bounds: Rect { Rect(x: 0, y: 0, width: width, height: height) }

  /// The cell at a place inside the screen; nil outside.
  public func cell(at point: Point) -> Cell? {
    bounds.contains(point) ? cells[point.y * width + point.x] : nil
  }

  /// The text of the cell at `point`: empty outside the screen and for the right half of a wide one.
  public func text(at point: Point) -> String {
    cell(at: point).map(text(of:)) ?? ""
  }

  /// Whether anything but blanks stands in an area inside the screen.
  func hasText(in area: Rect) -> Bool {
    area.rows.contains { y in
      cells[(y * width + area.x)..<(y * width + area.x + area.width)].contains { $0.content != 0x20 }
    }
  }

  /// The text of a cell of this buffer.
  public func text(of cell: Cell) -> String {
    if cell.isRightHalf { return "" }
    if cell.isCluster { return clusters[cell.clusterIndex] }
    return Unicode.Scalar(cell.content).map { String($0) } ?? ""
  }

  /// Draws with everything outside `area` protected.
  public mutating func withClip<Result>(_ area: Rect, _ draw: (inout CellBuffer) -> Result) -> Result {
    let before = clip
    clip = clip.intersection(area)
    let result = draw(&self)
    clip = before
    return result
  }

  /// Makes the screen empty and forgets its clusters; keeps its memory.
  public mutating func clear() {
    for index in cells.indices { cells[index] = .blank(.text) }
    clusters.removeAll(keepingCapacity: true)
    clusterIndices.removeAll(keepingCapacity: true)
  }

  /// Whether two cells of two buffers look the same.
  static func areEqual(
    _ left: Cell,
    in leftBuffer: CellBuffer,
    _ right: Cell,
    in rightBuffer: CellBuffer
  )
    -> Bool
  {
    if left.isCluster && right.isCluster {
      return left.style == right.style && left.width == right.width
        && leftBuffer.clusters[left.clusterIndex] == rightBuffer.clusters[right.clusterIndex]
    }
    return left == right
  }

  /// Writes one piece at `point` if all of it is inside the clip; what it cuts in half is blanked.
  mutating func write(_ piece: CellText.Piece, at point: Point, style: Style) {
    guard clip.contains(point), clip.contains(Point(x: point.x + piece.width - 1, y: point.y)) else { return }
    let index = point.y * width + point.x
    mend(at: index, row: point.y)
    if piece.width == 2 { mend(at: index + 1, row: point.y) }
    cells[index] = Cell(content: content(of: piece), style: style, width: UInt8(piece.width))
    if piece.width == 2 { cells[index + 1] = Cell(content: 0, style: style, width: 0) }
  }

  /// Before the cell at `index` is overwritten: blanks the other half of a wide one.
  private mutating func mend(at index: Int, row: Int) {
    let cell = cells[index]
    if cell.width == 1 { return }
    let other = cell.isRightHalf ? index - 1 : index + 1
    guard other >= row * width, other < (row + 1) * width else { return }
    cells[other] = .blank(cells[other].style)
  }

  private mutating func content(of piece: CellText.Piece) -> UInt32 {
    if piece.marks.isEmpty { return piece.scalar.value }
    var cluster = String(piece.scalar)
    cluster.unicodeScalars.append(contentsOf: piece.marks)
    return Cell.clusterFlag | UInt32(index(ofCluster: cluster))
  }

  /// The index of a cluster, which is added if it is new.
  mutating func index(ofCluster cluster: String) -> Int {
    if let known = clusterIndices[cluster] { return known }
    clusterIndices[cluster] = clusters.count
    clusters.append(cluster)
    return clusters.count - 1
  }
}

extension CellBuffer: Equatable {
  /// Whether two screens look the same.
  public static func == (left: CellBuffer, right: CellBuffer) -> Bool {
    guard left.width == right.width, left.height == right.height else { return false }
    return left.cells.indices.allSatisfy { areEqual(left.cells[$0], in: left, right.cells[$0], in: right) }
  }
}
