/// One cell of the screen: a scalar with its combining marks, of 1 or 2 columns, and a style.
///
/// Eight bytes: one scalar is kept inline; a cluster of several is an index into its buffer's list.
/// A wide cluster takes two cells; the right one is a ``isRightHalf`` with nothing of its own.
public struct Cell: Sendable, Hashable {
  static let clusterFlag: UInt32 = 0x8000_0000

  /// A scalar's value, or ``clusterFlag`` and an index into the buffer's clusters.
  let content: UInt32
  /// How it looks.
  public var style: Style
  /// Columns it takes: 1 or 2, and 0 for the right half of a wide one.
  public let width: UInt8

  init(content: UInt32, style: Style, width: UInt8) {
    self.content = content
    self.style = style
    self.width = width
  }

  /// An empty cell.
  static func blank(_ style: Style) -> Cell {
    Cell(content: 0x20, style: style, width: 1)
  }

  /// Whether it is the right half of the wide cluster at its left.
  public var isRightHalf: Bool { width == 0 }

  /// Its one scalar; nil for a cluster of several and for a right half.
  public var scalar: Unicode.Scalar? { isCluster || isRightHalf ? nil : Unicode.Scalar(content) }

  var isCluster: Bool { content & Self.clusterFlag != 0 }
  var clusterIndex: Int { Int(content & ~Self.clusterFlag) }
}
