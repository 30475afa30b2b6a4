/// A part of a screen, to be put there again.
struct CellPatch: Sendable {
  fileprivate let width: Int
  fileprivate let cells: [Cell]
  /// The clusters of `cells`, by the indices that they have in them.
  fileprivate let clusters: [Int: String]
}

extension CellBuffer {
  /// The cells of an area inside the screen.
  func patch(of area: Rect) -> CellPatch {
    let area = area.intersection(bounds)
    var copied: [Cell] = []
    copied.reserveCapacity(area.width * area.height)
    var used: [Int: String] = [:]
    for y in area.rows {
      let row = cells[(y * width + area.x)..<(y * width + area.x + area.width)]
      copied += row
      guard !clusters.isEmpty else { continue }
      for cell in row where cell.isCluster { used[cell.clusterIndex] = clusters[cell.clusterIndex] }
    }
    return CellPatch(width: area.width, cells: copied, clusters: used)
  }

  /// Puts a patch where it was taken, from a screen of the same size.
  mutating func paste(_ patch: CellPatch, at origin: Point) {
    guard patch.width > 0 else { return }
    let known = patch.clusters.mapValues { index(ofCluster: $0) }
    for (row, start) in stride(from: 0, to: patch.cells.count, by: patch.width).enumerated() {
      let target = (origin.y + row) * width + origin.x
      cells.replaceSubrange(
        target..<(target + patch.width),
        with: patch.cells[start..<(start + patch.width)]
      )
      guard !known.isEmpty else { continue }
      for x in target..<(target + patch.width) where cells[x].isCluster {
        guard let index = known[cells[x].clusterIndex] else { continue }
        cells[x] = Cell(
          content: Cell.clusterFlag | UInt32(index),
          style: cells[x].style,
          width: cells[x].width
        )
      }
    }
  }
}
