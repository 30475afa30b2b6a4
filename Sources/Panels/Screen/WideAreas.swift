/// What goes where on a wide screen: a list, its selected row beside it, and below them what they leave free.
struct WideAreas: Hashable {
  private(set) var list: Rect
  private(set) var page: Rect
  /// The room of the view that fills it; empty where nothing is left.
  private(set) var rest: Rect

  /// The fewest rows that are worth a tile.
  private static let least = 6

  /// The columns of a list that would like so many and has a page beside it; nil will do with any.
  static func listWidth(_ width: Int, wish: Int?) -> Int {
    let least = width * 46 / 100
    return max(least, min(wish ?? least, width * 58 / 100))
  }

  /// Shares out `area` between a list of that width and so many rows, frame included, and a page.
  init(
    _ area: Rect,
    listWidth: Int,
    rows: Int,
    page: DetailPage?,
    fills: Bool,
    _ context: PanelContext
  ) {
    (list, self.page, rest) = (area, .none, .none)
    guard fills || page == nil else {
      // Where nothing else can take what a short page leaves free, it stands below.
      (list, self.page) = area.split(bottom: area.height / 3)
      return
    }
    if page != nil { (list, self.page) = area.split(left: listWidth) }
    guard fills else { return }
    let wanted = (list: max(8, rows), page: page?.rows(width: self.page.width - 4, context) ?? 0)
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
