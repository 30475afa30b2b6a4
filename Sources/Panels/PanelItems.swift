/// The selectable rows of a view in the order in which they are drawn.
///
/// A view of very many makes each when it is asked for, and knows by itself where one stands.
public struct PanelItems: RandomAccessCollection, Sendable, ExpressibleByArrayLiteral {
  private let make: @Sendable (Int) -> PanelItem
  private let find: @Sendable (String) -> Place?

  /// Where a row stands, or stood.
  public enum Place: Sendable, Hashable {
    /// It is there.
    case at(Int)
    /// It isn't, and this is the one that stands where it would.
    case near(Int)
  }

  /// How many there are.
  public let count: Int
  /// Whether new ones come at the end, and a selection that stands there goes along.
  public let follows: Bool

  /// Rows that are there already.
  public init(_ items: [PanelItem]) {
    count = items.count
    follows = false
    make = { items[$0] }
    find = { id in items.firstIndex { $0.id == id }.map { .at($0) } }
  }

  /// Rows that `make` makes by their index, and `find` finds by their id.
  public init(
    count: Int,
    follows: Bool,
    find: @escaping @Sendable (String) -> Place?,
    make: @escaping @Sendable (Int) -> PanelItem
  ) {
    (self.count, self.follows, self.find, self.make) = (count, follows, find, make)
  }

  /// Rows that are written down.
  public init(arrayLiteral items: PanelItem...) { self.init(items) }

  /// Zero.
  public var startIndex: Int { 0 }
  /// How many there are.
  public var endIndex: Int { count }
  /// The row in that place.
  public subscript(index: Int) -> PanelItem { make(index) }

  /// Where the row with this id stands; nil if it isn't there.
  public func index(of id: String) -> Int? {
    guard case .at(let index)? = find(id) else { return nil }
    return index
  }

  /// The same, or the row that stands where it would; nil if nobody knows that.
  func index(near id: String) -> Int? {
    switch find(id) {
    case .at(let index)?, .near(let index)?: Swift.min(index, count - 1)
    case nil: nil
    }
  }
}
