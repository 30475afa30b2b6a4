extension PanelLocal {
  /// The index of the selected item: by its id, and when it is gone the one that took its place.
  ///
  /// Nil only for an empty list. Without a selection it is the first, or the last where new ones come there.
  public func selectedIndex(in items: PanelItems) -> Int? {
    guard !items.isEmpty else { return nil }
    guard let selection else {
      return items.follows ? items.count - 1 : max(0, min(selectionIndex, items.count - 1))
    }
    return items.index(near: selection) ?? max(0, min(selectionIndex, items.count - 1))
  }

  /// The same among the rows that items are made of: a frame needs no item.
  func selectedIndex<Row>(in rows: [Row], id: (Row) -> String) -> Int? {
    guard !rows.isEmpty else { return nil }
    if let selection, let index = rows.firstIndex(where: { id($0) == selection }) { return index }
    return max(0, min(selectionIndex, rows.count - 1))
  }

  /// The selected item; nil only for an empty list.
  public func selectedItem(in items: PanelItems) -> PanelItem? {
    selectedIndex(in: items).map { items[$0] }
  }

  /// Selects the item at `index`, clamped; at the end of a list where new ones come, whichever is the last, unless it
  /// `stays` with this one.
  public mutating func select(_ index: Int, in items: PanelItems, stays: Bool = false) {
    guard !items.isEmpty else { return }
    selectionIndex = max(0, min(index, items.count - 1))
    let follows = items.follows && selectionIndex == items.count - 1 && !stays
    selection = follows ? nil : items[selectionIndex].id
    isSelectionLast = items[selectionIndex].staysLast
  }

  /// The same with the selection brought up to date: to be kept after every change of the items, so that
  /// a row that vanishes passes the selection to its neighbour and not to the first.
  ///
  /// So does one that is dealt with and goes to the end, unless it is open. `former` are the items as they were,
  /// and `listed` those that there are without a filter: marks that it hides are kept.
  public func settled(
    in items: PanelItems,
    after former: PanelItems = [],
    listed: PanelItems? = nil
  ) -> PanelLocal {
    var result = self
    if !marks.isEmpty { result.marks.formIntersection((listed ?? items).map(\.id)) }
    guard let index = selectedIndex(in: items) else { return result }
    if items.follows {
      // Whoever stands at the end goes along with it; whoever reads stays with the line.
      guard selection == nil else {
        result.select(index, in: items, stays: true)
        return result
      }
      result.selectionIndex = index
      return result
    }
    guard selection != nil || selectionIndex != 0 else { return result }
    let isGone = items[index].id == selection && items[index].staysLast && !isSelectionLast && detail == nil
    result.select(isGone ? neighbour(in: items, after: former) : index, in: items)
    return result
  }

  /// The first row below the selected one that isn't dealt with, else the first above it.
  private func neighbour(in items: PanelItems, after former: PanelItems) -> Int {
    guard let place = former.firstIndex(where: { $0.id == selection }) else { return selectionIndex }
    let candidates = former[(place + 1)...].map(\.id) + former[..<place].reversed().map(\.id)
    let open = Dictionary(
      zip(items.map(\.id), items.indices).filter { !items[$0.1].staysLast },
      uniquingKeysWith: { first, _ in first }
    )
    return candidates.lazy.compactMap { open[$0] }.first ?? selectionIndex
  }
}

/// Which rows of a list are seen.
enum Viewport {
  /// The first row shown of `count`, so that the row at `index` is seen, about the middle.
  static func offset(showing index: Int?, rows: Int, of count: Int) -> Int {
    guard let index, rows > 0 else { return 0 }
    return max(0, min(index - rows / 2, count - rows))
  }
}

/// Filters rows by what was typed after `/`.
enum RowFilter {
  /// The rows of which a text holds the filter, ignoring case; an empty filter takes all, untouched.
  static func rows<Row>(_ rows: [Row], _ filter: String, _ texts: (Row) -> [String]) -> [Row] {
    guard !filter.isEmpty else { return rows }
    let needle = filter.lowercased()
    return rows.filter { row in
      texts(row).contains { text in
        // Names of many kilobytes are searched at their beginning only: that is all that is ever seen.
        String(text.prefix(4_096)).lowercased().contains(needle)
      }
    }
  }
}
