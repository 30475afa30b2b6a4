/// What goes where in a list's view: the list, its selected row told beside or below it, and what they leave free.
///
/// Beside it on a wide screen; else below it, where the list leaves room for that.
struct ListAreas: Hashable {
  private(set) var list: Rect
  private(set) var page = Rect.none
  /// The room of the view that fills it; empty where nothing is left.
  private(set) var rest = Rect.none

  /// The fewest rows that are worth a tile.
  private static let least = 6
  /// The fewest rows below a list that tell more of a row than its line.
  private static let leastPage = 8

  /// Whether a list has its selected row beside it.
  static func isWide(_ width: Int) -> Bool { width >= 140 }

  /// The columns of a list that would like so many and has a page beside it; nil will do with any.
  static func listWidth(_ width: Int, wish: Int?) -> Int {
    let least = width * 46 / 100
    return max(least, min(wish ?? least, width * 58 / 100))
  }

  /// Whether there may be a page by a list of so many rows: it takes at least those and its frame.
  static func mayHavePage(_ area: Rect, items: Int) -> Bool {
    isWide(area.width) || area.height - items - 2 >= leastPage
  }

  /// Shares out `area` between a list of that width and so many rows, frame included, and a page; `fills` where
  /// another view takes what they leave free.
  init(
    _ area: Rect,
    listWidth: Int,
    rows: Int,
    page: DetailPage?,
    fills: Bool,
    _ context: PanelContext
  ) {
    list = area
    guard let page else {
      let height = max(Self.isWide(area.width) ? 8 : 3, rows)
      if fills, area.height - height >= Self.least { (list, rest) = area.split(top: height) }
      return
    }
    if listWidth < area.width {
      placeBeside(area, listWidth, rows: rows, page, context)
    } else {
      placeBelow(area, rows: rows, page, fills: fills, context)
    }
  }

  /// Lets the page take so many rows of what the other view doesn't need: a chart has a use for them.
  mutating func growPage(by rows: Int, leaving needed: Int) {
    let spare = min(rows, rest.height - max(Self.least, needed))
    guard spare > 0, rest.y == page.y + page.height else { return }
    if list.y == page.y, list.height == page.height { list.height += spare }
    page.height += spare
    rest = rest.inset(top: spare)
  }

  private mutating func placeBelow(
    _ area: Rect,
    rows: Int,
    _ page: DetailPage,
    fills: Bool,
    _ context: PanelContext
  ) {
    let left = area.height - rows
    if left >= Self.leastPage {
      (list, self.page) = area.split(top: rows)
    } else if Self.isWide(area.width) {
      (list, self.page) = area.split(bottom: area.height / 3)
    }
    let wanted = page.rows(width: area.width - 4, context)
    if fills, self.page.height - wanted >= Self.least {
      (self.page, rest) = self.page.split(top: wanted)
    }
  }

  private mutating func placeBeside(
    _ area: Rect,
    _ listWidth: Int,
    rows: Int,
    _ page: DetailPage,
    _ context: PanelContext
  ) {
    (list, self.page) = area.split(left: listWidth)
    let wanted = (list: max(8, rows), page: page.rows(width: self.page.width - 4, context))
    let both = max(wanted.list, wanted.page)
    func empty(_ rect: Rect, _ rows: Int, of height: Int) -> Int { max(0, height - rows) * rect.width }
    let (beside, beyond) = (list, self.page)
    func empty(_ place: Place) -> Int {
      switch place {
      case .belowBoth: empty(beside, wanted.list, of: both) + empty(beyond, wanted.page, of: both)
      case .belowList: empty(beyond, wanted.page, of: area.height)
      case .belowPage: empty(beside, wanted.list, of: area.height)
      }
    }
    func taken(_ place: Place) -> Int {
      switch place {
      case .belowBoth: both
      case .belowList: wanted.list
      case .belowPage: wanted.page
      }
    }
    let places = Place.allCases.filter { area.height - taken($0) >= Self.least }
    guard let place = places.min(by: { empty($0) < empty($1) }) else { return }
    let height = taken(place)
    switch place {
    case .belowBoth: (list.height, self.page.height, rest) = (height, height, area.inset(top: height))
    case .belowList: (list, rest) = beside.split(top: height)
    case .belowPage: (self.page, rest) = beyond.split(top: height)
    }
  }

  /// Where the room of the view that fills it may lie, to leave the least of it empty.
  private enum Place: CaseIterable {
    case belowBoth
    case belowList
    case belowPage
  }
}

extension Rect {
  /// No room at all.
  static let none = Rect(x: 0, y: 0, width: 0, height: 0)
}
