public import Facts

/// Which rows of a list, or lines of a page, are seen.
public struct ListPosition: Sendable, Hashable {
  /// The rows seen, counted from 0.
  public var seen: Range<Int>
  /// How many there are.
  public var count: Int
  /// The places of the columns that are seen, among the view's; nil if it has none.
  public var columns: Set<Int>?
  /// By what the rows are sorted, where no title tells it; empty else.
  public var order: SafeText = ""

  /// Makes a position.
  public init(_ seen: Range<Int>, of count: Int) {
    self.seen = seen
    self.count = count
  }

  /// What the frame says of it: nothing while all are seen, `1-41 of 46` where one can scroll, else `+5 more`; and
  /// before it the order.
  func text(isFocused: Bool) -> SafeText {
    let place = place(isFocused: isFocused)
    return order.isEmpty || place.isEmpty ? "\(order)\(place)" : "\(order)  \(place)"
  }

  private func place(isFocused: Bool) -> SafeText {
    guard seen.count < count else { return "" }
    guard isFocused, !seen.isEmpty else { return "+\(Format.count(count - seen.count)) more" }
    return "\(Format.count(seen.lowerBound + 1))-\(Format.count(seen.upperBound)) of \(Format.count(count))"
  }
}
