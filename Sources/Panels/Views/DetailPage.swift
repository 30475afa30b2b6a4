public import Facts

/// One row told in full: what is wrong and since when, its parts, its past.
///
/// Drawn beside the list where there is room, else on a screen of its own.
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
  /// A measure of it over time; nil if it has none.
  public var chart: FactChart?
  /// What was asked for of it: lines to read.
  public var text: [StyledText] = []
  /// What happened to it, and to others within two minutes of its last change.
  public var changes: [Change] = []
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

  /// Draws it, scrolled down by `offset` rows as far as there are so many.
  ///
  /// - Returns: Which of its rows are seen; the chart is drawn only where all are.
  @discardableResult
  func draw(
    into buffer: inout CellBuffer,
    area: Rect,
    offset: Int = 0,
    _ context: PanelContext
  ) -> ListPosition {
    let (head, rest) = parts(width: area.width)
    let gap = rest.isEmpty || head.isEmpty ? 0 : 1
    let rows = head + (gap > 0 ? [StyledText()] : []) + rest
    let room = area.height - rows.count - 1
    guard let chart, room >= 5, chart.hasHistory(context) else {
      let first = max(0, min(offset, rows.count - area.height))
      Self.put(rows[first...], into: &buffer, area: area)
      if isOld { buffer.fade(area) }
      return ListPosition(first..<min(rows.count, first + area.height), of: rows.count)
    }
    let parts = area.split(top: head.count + 1)
    Self.put(head[...], into: &buffer, area: parts.top)
    let plot = parts.rest.split(top: min(Self.chartRows, room - gap))
    chart.draw(into: &buffer, area: plot.top, context)
    Self.put(rest[...], into: &buffer, area: plot.rest.inset(top: gap))
    if isOld { buffer.fade(area) }
    return ListPosition(0..<rows.count, of: rows.count)
  }

  /// What stands above the chart, and below it.
  private func parts(width: Int) -> (head: [StyledText], rest: [StyledText]) {
    let head = KeyValueBlock(entries).lines(width: width)
    var rest = text.flatMap { $0.wrapped(to: width) }
    guard !changes.isEmpty else { return (head, rest) }
    if !rest.isEmpty { rest.append(StyledText()) }
    rest.append(StyledText("what happened to it, and to others within 2 min of its last change", .muted))
    rest += changes.flatMap { $0.text.wrapped(to: width, behind: $0.head) }
    return (head, rest)
  }

  /// The most rows that a chart has.
  private static let chartRows = 12

  /// The rows that it would like in a frame of that inner width.
  func rows(width: Int, _ context: PanelContext) -> Int {
    let (head, rest) = parts(width: width)
    let charted = chart?.hasHistory(context) ?? false
    return 2 + head.count + (charted ? Self.chartRows + 1 : 0) + (rest.isEmpty ? 0 : rest.count + 1)
  }

  /// Draws its beginning in a frame, beside or below the list that it is opened from.
  func drawTile(into buffer: inout CellBuffer, area: Rect, _ context: PanelContext) {
    var tile = Tile(title: title, source: headline, state: state)
    if state != .ok { tile.sourceStyle = .state(state) }
    let inside = tile.draw(into: &buffer, area: area)
    let seen = buffer.withClip(inside) { draw(into: &$0, area: inside, context) }
    let more = seen.text(isFocused: false)
    tile.drawPosition(more.isEmpty ? "" : "\(more), Enter opens it", into: &buffer, area: area)
  }

  private static func put(_ lines: ArraySlice<StyledText>, into buffer: inout CellBuffer, area: Rect) {
    for (line, y) in zip(lines, area.rows) {
      buffer.put(line, at: Point(x: area.x, y: y), maxWidth: area.width)
    }
  }
}

/// Which rows of a list, or lines of a page, are seen.
public struct ListPosition: Sendable, Hashable {
  /// The rows seen, counted from 0.
  public var seen: Range<Int>
  /// How many there are.
  public var count: Int

  /// Makes a position.
  public init(_ seen: Range<Int>, of count: Int) {
    self.seen = seen
    self.count = count
  }

  /// What the frame says of it: nothing while all are seen, `1-41 of 46` where one can scroll, else `+5 more`.
  func text(isFocused: Bool) -> SafeText {
    guard seen.count < count else { return "" }
    guard isFocused, !seen.isEmpty else { return "+\(Format.count(count - seen.count)) more" }
    return "\(Format.count(seen.lowerBound + 1))-\(Format.count(seen.upperBound)) of \(Format.count(count))"
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
