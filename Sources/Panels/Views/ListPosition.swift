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
  /// How many more there are than are listed.
  public var unlisted = 0
  /// How many are marked.
  public var marked = 0
  /// How many of those a filter hides.
  public var hiddenMarks = 0

  /// Makes a position.
  public init(_ seen: Range<Int>, of count: Int) {
    self.seen = seen
    self.count = count
  }

  /// What the frame says of it in so many columns: nothing while all are seen, `1-41 of 46` where one can scroll, else
  /// `+5 more`; before it what is marked and the order.
  func text(isFocused: Bool, width: Int = .max) -> SafeText {
    let texts = [false, true].map { isBrief in
      let parts = [marks, order, place(isFocused: isFocused, isBrief)].filter { !$0.isEmpty }
      return SafeText(parts.map(\.string).joined(separator: "  "))
    }
    return texts[0].widthInColumns <= width ? texts[0] : texts[1]
  }

  /// `8 marked, 3 hidden`: an act takes those that a filter hides, too.
  private var marks: SafeText {
    guard marked > 0 else { return "" }
    let hidden = hiddenMarks > 0 ? ", \(Format.count(hiddenMarks)) hidden" : ""
    return SafeText("\(Format.count(marked)) marked\(hidden)")
  }

  /// `1-41 of 50 listed, 106 in all`; `1-41 of 50 +56` in few letters.
  private func place(isFocused: Bool, _ isBrief: Bool) -> SafeText {
    let (listed, all) = (Format.count(count), Format.count(count + unlisted))
    let rest = unlisted == 0 ? "" : isBrief ? " +\(Format.count(unlisted))" : " listed, \(all) in all"
    guard seen.count < count else { return SafeText(unlisted > 0 ? listed + rest : "") }
    guard isFocused, !seen.isEmpty else {
      return "+\(Format.count(count - seen.count + unlisted)) more"
    }
    let (first, last) = (Format.count(seen.lowerBound + 1), Format.count(seen.upperBound))
    return SafeText("\(first)-\(last) of \(listed)\(rest)")
  }
}
