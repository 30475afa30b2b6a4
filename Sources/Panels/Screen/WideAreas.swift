/// What goes where on a wide screen: a list, its selected row beside it, and below them what they leave free.
struct WideAreas: Hashable {
  private(set) var list: Rect
  private(set) var page: Rect
  /// The room of the view that fills it; empty where nothing is left.
  private(set) var rest: Rect

  /// The fewest rows that are worth a tile.
  private static let least = 6

  /// Shares out `area` between a list of so many rows and a page.
  init(_ area: Rect, rows: Int, page: DetailPage?, fills: Bool, _ context: PanelContext) {
    let halves = page == nil ? [area, Rect.none] : area.columns(weights: [46, 54])
    (list, self.page, rest) = (halves[0], halves[1], .none)
    guard fills else { return }
    let wanted = (list: max(8, rows), page: page?.rows(width: halves[1].width - 4, context) ?? 0)
    let both = max(wanted.list, wanted.page)
    if area.height - both >= Self.least {
      list.height = both
      self.page.height = page == nil ? 0 : both
      rest = area.inset(top: both)
    } else if area.height - wanted.list >= Self.least {
      (list, rest) = list.split(top: wanted.list)
    } else if page != nil, area.height - wanted.page >= Self.least {
      (self.page, rest) = self.page.split(top: wanted.page)
    }
  }
}

extension Rect {
  /// No room at all.
  static let none = Rect(x: 0, y: 0, width: 0, height: 0)
}
