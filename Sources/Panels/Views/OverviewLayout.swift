/// Where the overview's tiles stand: six from 140x40, two columns from 96, one and a strip from 60x12,
/// below that the strip alone.
///
/// It never refuses a size.
struct OverviewLayout: Hashable {
  /// One tile.
  struct Placement: Hashable {
    var view: ViewID
    var area: Rect
  }

  /// The tiles, in the order of `Tab`.
  var tiles: [Placement] = []
  /// Where the strip stands; nil if every view has a tile.
  var strip: Rect?

  /// The layouts that `p` goes through: the automatic one, and the focused tile large.
  static let names = ["default", "focus"]

  /// The strip and the tiles in `area`, the screen without header, tabs and last line.
  ///
  /// `rows` tells how many rows a tile needs, would like, and can use, frame included.
  init(
    area: Rect,
    views: [ViewDescriptor],
    focus: ViewID,
    isFullScreen: Bool,
    layout: Int,
    rows: (ViewDescriptor) -> (least: Int, wish: Int, most: Int)
  ) {
    guard area.width >= 60, area.height >= 9 else {
      strip = area
      return
    }
    if isFullScreen {
      tiles = [Placement(view: focus, area: area)]
      return
    }
    guard area.width >= 96, area.height >= 12 else {
      let parts = area.split(top: 1)
      strip = parts.top
      tiles = [Placement(view: focus, area: parts.rest)]
      return
    }
    if Self.names[layout % Self.names.count] == "focus" {
      placeFocusLarge(area, views, focus)
    } else {
      placeColumns(area, views, focus, rows)
    }
  }

  private mutating func placeFocusLarge(_ area: Rect, _ views: [ViewDescriptor], _ focus: ViewID) {
    let others = views.map(\.id).filter { $0 != focus }
    let columns = area.columns(weights: [62, 38])
    let shown = Array(others.prefix(max(1, area.height / 6)))
    tiles = [Placement(view: focus, area: columns[0])]
    let areas = columns[1].rows(weights: Array(repeating: 1, count: max(1, shown.count)))
    tiles += zip(shown, areas).map { Placement(view: $0, area: $1) }
  }

  private mutating func placeColumns(
    _ area: Rect,
    _ views: [ViewDescriptor],
    _ focus: ViewID,
    _ rows: (ViewDescriptor) -> (least: Int, wish: Int, most: Int)
  ) {
    var left = views.filter { $0.column == .left }
    var right = views.filter { $0.column == .right }
    let count = max(1, area.height / 10)
    var body = area
    if left.count > count || right.count > count {
      let parts = area.split(top: 1)
      strip = parts.top
      body = parts.rest
      left = Self.shortened(left, to: count, keeping: focus)
      right = Self.shortened(right, to: count, keeping: focus)
    }
    let columns =
      right.isEmpty ? [body, Rect(x: 0, y: 0, width: 0, height: 0)] : body.columns(weights: [1, 1])
    let placed =
      Self.stack(left, in: columns[0], rows: rows) + Self.stack(right, in: columns[1], rows: rows)
    let order = views.map(\.id)
    tiles = placed.sorted { (order.firstIndex(of: $0.view) ?? 0) < (order.firstIndex(of: $1.view) ?? 0) }
  }

  private static func shortened(
    _ views: [ViewDescriptor],
    to count: Int,
    keeping focus: ViewID
  ) -> [ViewDescriptor] {
    var shown = Array(views.prefix(count))
    if let focused = views.dropFirst(count).first(where: { $0.id == focus }), !shown.isEmpty {
      shown[shown.count - 1] = focused
    }
    return shown
  }

  /// Tiles one below the other: each gets what it would like, the rest goes by weight to those that can use
  /// it.
  private static func stack(
    _ views: [ViewDescriptor],
    in area: Rect,
    rows: (ViewDescriptor) -> (least: Int, wish: Int, most: Int)
  ) -> [Placement] {
    guard !views.isEmpty else { return [] }
    let wanted = views.map(rows)
    var heights = wanted.map { min($0.least, area.height / views.count) }
    var left = area.height - heights.reduce(0, +)
    func give(_ rows: Int, to index: Int) {
      let more = max(0, min(rows, left))
      heights[index] += more
      left -= more
    }
    for index in views.indices { give(wanted[index].wish - heights[index], to: index) }
    // What nobody asked for goes by weight to those that can use it, round by round.
    while left > 0 {
      let takers = views.indices.filter { views[$0].weight > 0 && heights[$0] < wanted[$0].most }
      guard !takers.isEmpty else { break }
      let weights = takers.reduce(0) { $0 + views[$1].weight }
      let round = left
      for index in takers {
        let share = max(1, round * views[index].weight / weights)
        give(min(share, wanted[index].most - heights[index]), to: index)
      }
    }
    // What nobody can use stays with the largest, unless all of them are lines.
    if left > 0, let index = views.indices.max(by: { heights[$0] < heights[$1] }), heights[index] > 1 {
      give(left, to: index)
    }
    var y = area.y
    return zip(views, heights).map { view, height in
      defer { y += height }
      return Placement(view: view.id, area: Rect(x: area.x, y: y, width: area.width, height: height))
    }
  }
}
