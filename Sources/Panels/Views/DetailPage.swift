public import Facts

/// One row told in full: what is wrong and since when, its parts, its past.
///
/// Drawn beside or below the list where there is room, else on a screen of its own.
public struct DetailPage: Sendable {
  /// One line of what happened: its time and glyph, and behind them what it was.
  public struct Change: Sendable, Hashable {
    /// What stands before the text and its further rows.
    public var head: StyledText
    /// What happened.
    public var text: StyledText
  }

  /// What it is about: `backend`.
  public var title: SafeText
  /// How bad it is: the colour of the headline.
  public var state: FactState
  /// What is wrong and since when: `timed out since 09:17:20 (1m)`.
  public var headline: SafeText
  /// Its parts, each with a label.
  public var entries: [KeyValueBlock.Entry]
  /// What of it was expected, beside what was there.
  var pairs: [ComparedBlock.Pair] = []
  /// How many of its parts stand above that; the others, which matter less, below.
  var pairsBehind = Int.max
  /// A measure of it over time; nil if it has none.
  public var chart: FactChart?
  /// What was asked for of it: lines to read.
  public var text: [StyledText] = []
  /// The row that it is of; nil if nothing can be done to it.
  public var item: PanelItem?
  /// Whether the last of `text` is what matters where there is no room for all of it: its first line is a title.
  public var keepsNewest = false
  /// What happened to it, and to others within two minutes of its last change.
  public var changes: [Change] = []
  /// What is worth reading last: what stands before `text`, for instance.
  public var appendix: [StyledText] = []
  /// Whether its source is silent: what is old must not look fresh.
  public var isOld = false

  /// Makes a page.
  public init(
    title: SafeText,
    state: FactState,
    headline: SafeText,
    entries: [KeyValueBlock.Entry],
    chart: FactChart? = nil
  ) {
    self.title = title
    self.state = state
    self.headline = headline
    self.entries = entries
    self.chart = chart
  }

  /// Draws it, scrolled down by `offset` rows as far as there are so many; with a filter the lines that hold it.
  ///
  /// Where no more than `height` rows of it can ever be seen the oldest of its lines are left out first.
  ///
  /// - Returns: Which of its rows are seen; the chart is drawn only where all are.
  @discardableResult
  func draw(
    into buffer: inout CellBuffer,
    area: Rect,
    offset: Int = 0,
    filter: String = "",
    height: Int? = nil,
    _ context: PanelContext
  ) -> ListPosition {
    guard filter.isEmpty else { return draw(filter, into: &buffer, area: area, offset: offset) }
    let (head, rest) = parts(width: area.width, height: height).rows
    let gap = rest.isEmpty || head.isEmpty ? 0 : 1
    let rows = head + (gap > 0 ? [StyledText()] : []) + rest
    let room = area.height - rows.count - 1
    guard let chart, room >= Self.leastChartRows, chart.hasHistory(context) else {
      let first = max(0, min(offset, rows.count - area.height))
      Self.put(rows[first...], into: &buffer, area: area)
      if isOld { buffer.fade(area) }
      let left = height == nil ? 0 : parts(width: area.width).count - rows.count
      return ListPosition(first..<min(rows.count, first + area.height), of: rows.count + left)
    }
    let parts = area.split(top: head.count + 1)
    Self.put(head[...], into: &buffer, area: parts.top)
    let plot = parts.rest.split(top: min(Self.chartRows + Self.moreChartRows, room - gap))
    chart.draw(into: &buffer, area: plot.top, context)
    Self.put(rest[...], into: &buffer, area: plot.rest.inset(top: gap))
    if isOld { buffer.fade(area) }
    return ListPosition(0..<rows.count, of: rows.count)
  }

  /// Draws side by side what doesn't fit one below the other, where there is the width for it; else nothing.
  private func drawColumns(
    into buffer: inout CellBuffer,
    area: Rect,
    _ context: PanelContext
  ) -> ListPosition? {
    let stacked = parts(width: area.width).rows
    guard area.width >= 2 * Self.columnWidth, !stacked.head.isEmpty, !stacked.rest.isEmpty else { return nil }
    let chart = chart.flatMap { $0.hasHistory(context) ? $0 : nil }
    let (left, other) = area.split(left: area.width * 46 / 100)
    let right = other.inset(left: 2)
    let head = parts(width: left.width).rows.head
    let all = parts(width: right.width)
    let rest = parts(width: right.width, height: area.height + all.headRows + 1).rows.rest
    // In half the width lines take more rows: it has to show more all the same, if only the chart.
    let spare = area.height - stacked.head.count - 1 - stacked.rest.count
    let cut = max(0, head.count - area.height) + max(0, rest.count - area.height)
    let hasNoChart = chart != nil && spare < Self.leastChartRows + 1
    guard cut < max(0, -spare) || cut == 0 && hasNoChart else { return nil }
    Self.put(head[...], into: &buffer, area: left)
    Self.put(rest[...], into: &buffer, area: right)
    if let chart, area.height - head.count - 1 >= Self.leastChartRows {
      let room = left.inset(top: head.count + 1)
      chart.draw(into: &buffer, area: room.split(top: Self.chartRows + Self.moreChartRows).top, context)
    }
    if isOld { buffer.fade(area) }
    let seen = min(head.count, area.height) + min(rest.count, area.height)
    return ListPosition(0..<seen, of: head.count + all.rows.rest.count)
  }

  /// Draws the lines that hold the filter.
  private func draw(
    _ filter: String,
    into buffer: inout CellBuffer,
    area: Rect,
    offset: Int
  ) -> ListPosition {
    let rows = matches(filter, width: area.width).found.flatMap(\.rows)
    let first = max(0, min(offset, rows.count - area.height))
    Self.put(rows[min(first, rows.count)...], into: &buffer, area: area)
    if rows.isEmpty {
      let message = SafeText("No line holds \(filter)")
      buffer.put(message, at: area.origin, style: .muted, maxWidth: area.width)
    }
    buffer.highlight(SafeText(filter), in: area, style: Style(role: .accent, attributes: .underline))
    if isOld { buffer.fade(area) }
    return ListPosition(first..<min(rows.count, first + area.height), of: rows.count)
  }

  /// The lines that hold a text, and how many lines there are.
  private func matches(_ filter: String, width: Int) -> (found: [PageLine], of: Int) {
    let parts = parts(width: width)
    let lines = (parts.head + parts.text + parts.changes + parts.appendix).filter { !$0.text.isEmpty }
    let needle = filter.lowercased()
    return (lines.filter { $0.text.lowercased().contains(needle) }, lines.count)
  }

  /// What a filter leaves of the lines: `/redis 3 of 40 lines`.
  func narrowed(to filter: String, width: Int) -> SafeText {
    let (found, all) = matches(filter, width: width)
    return "/\(SafeText(filter, limit: 40)) \(Format.count(found.count)) of \(Format.count(all)) lines"
  }

  private func parts(width: Int, height: Int? = nil) -> PageParts {
    let lines = KeyValueBlock(entries).lines(width: width)
    var parts = PageParts(
      head: lines.prefix(pairsBehind) + ComparedBlock(pairs: pairs).lines(width: width)
        + lines.dropFirst(pairsBehind),
      text: text.map { PageLine($0.plain, $0.wrapped(to: width)) },
      changes: changes.map { change in
        let line = (change.head + change.text).plain
        return PageLine(line, change.text.wrapped(to: width, behind: change.head))
      },
      appendix: appendix.map { PageLine($0.plain, $0.wrapped(to: width)) }
    )
    if keepsNewest, let height { parts.leaveOutOldest(toFit: height) }
    return parts
  }

  /// The columns of half a page that can be read.
  private static let columnWidth = 48
  /// The fewest rows of a chart that tell something.
  private static let leastChartRows = 4
  /// The rows that a chart would like.
  private static let chartRows = 12
  /// The rows that a chart takes beyond those that it would like, where nothing else has a use for them.
  static let moreChartRows = 12

  /// Whether it has a chart that takes more rows than it would like.
  func hasChart(_ context: PanelContext) -> Bool { chart?.hasHistory(context) ?? false }

  /// The rows that it would like in a frame of that inner width.
  func rows(width: Int, _ context: PanelContext) -> Int {
    let (head, rest) = parts(width: width).rows
    return 2 + head.count + (hasChart(context) ? Self.chartRows + 1 : 0) + (rest.isEmpty ? 0 : rest.count + 1)
  }

  /// Draws its beginning in a frame, beside or below the list that it is opened from.
  ///
  /// The lower edge names the keys that help here, where they fit.
  func drawTile(keys: [KeyHint] = [], into buffer: inout CellBuffer, area: Rect, _ context: PanelContext) {
    var tile = Tile(title: title, source: headline, state: state)
    if state != .ok { tile.sourceStyle = .state(state) }
    let inside = tile.draw(into: &buffer, area: area)
    let seen = buffer.withClip(inside) {
      drawColumns(into: &$0, area: inside, context)
        ?? draw(into: &$0, area: inside, height: inside.height, context)
    }
    let more = seen.text(isFocused: false)
    let key = item == nil ? "" : ", Enter opens it"
    let position: SafeText = more.isEmpty ? "" : "\(more)\(SafeText(key))"
    tile.drawPosition(position, into: &buffer, area: area)
    tile.drawKeys(keys, beside: position, into: &buffer, area: area)
  }

  private static func put(_ lines: ArraySlice<StyledText>, into buffer: inout CellBuffer, area: Rect) {
    for (line, y) in zip(lines, area.rows) {
      buffer.put(line, at: Point(x: area.x, y: y), maxWidth: area.width)
    }
  }
}

/// A fact over time with its limits.
public struct FactChart: Sendable {
  /// The fact; nil has no history.
  public var name: FactName?
  /// What stands above it, muted; may be empty.
  public var title: SafeText
  /// Its limits; empty scales it by what is seen.
  public var thresholds: [Chart.Threshold]

  /// Describes a chart.
  public init(_ name: FactName?, title: SafeText = "", thresholds: [Chart.Threshold] = []) {
    self.name = name
    self.title = title
    self.thresholds = thresholds
  }

  func hasHistory(_ context: PanelContext) -> Bool {
    name.flatMap { context.history[$0] }?.samples.contains { $0.value != nil } ?? false
  }

  func draw(into buffer: inout CellBuffer, area: Rect, _ context: PanelContext) {
    guard let name, hasHistory(context), let ring = context.history[name] else {
      buffer.put("no history yet", at: Point(x: area.x + 2, y: area.y), style: .muted, maxWidth: area.width)
      return
    }
    var area = area
    if !title.isEmpty {
      buffer.put(title, at: area.origin, style: .muted, maxWidth: area.width)
      area = area.inset(top: 1)
    }
    let window = Trend.window(of: ring, context)
    Chart(
      ring.buckets(
        max(1, area.width * 2),
        over: window.length,
        endingAt: context.now.monotonic,
        holdingFor: Trend.hold(name, context)
      ),
      thresholds: thresholds,
      start: window.label
    ).draw(into: &buffer, area: area)
  }
}
