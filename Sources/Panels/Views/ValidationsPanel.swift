internal import Facts
internal import Operations

extension ViewID {
  /// Validations of low confidence.
  public static let validations = ViewID("validations")
}

/// Validations of low confidence on one scale from 0 to 1, lowest first, and how scores are spread.
struct ValidationsPanel: ListPanel {
  let descriptor = ViewDescriptor(
    id: .validations,
    key: "4",
    title: "Validations",
    shortTitle: "Vali",
    column: .left,
    room: ViewDescriptor.Room(least: 6, beside: 4, most: 9),
    kinds: [.validation],
    detail: .asked,
    keys: [
      ViewKey("{", help: "lower the threshold") { _, settings in settings.moveThreshold(by: -0.05) },
      ViewKey("}", hint: "threshold", help: "raise the threshold") { _, settings in
        settings.moveThreshold(by: 0.05)
      },
    ]
  )

  let columns = Self.table

  private static let table: [ListColumn<ValidationRow>] = [
    ListColumn("score") { _ in
      TableColumn("score", alignment: .right, minimumWidth: 4)
    } precedes: {
      $0.score < $1.score
    } cell: { row, cell in
      let score = Format.score(row.score, against: cell.context.settings.lowConfidence)
      return StyledText(SafeText(score), .role(role(row, cell.context)))
    },
    ListColumn("") { _ in
      TableColumn("", minimumWidth: 10, idealWidth: 10, priority: 4)
    } cell: { row, cell in
      Meter(row.score, role: role(row, cell.context)).text(width: 10)
    },
    ListColumn("scenario") { width in
      TableColumn("scenario", minimumWidth: 8, idealWidth: width < 100 ? 22 : 32, priority: 1)
    } precedes: {
      ($0.scenario?.string ?? "") < ($1.scenario?.string ?? "")
    } cell: { row, cell in
      StyledText(
        row.scenario.map { cell.width < 100 ? ShortName.of($0) : $0 } ?? SafeText(String(row.id.prefix(8)))
      )
    },
    ListColumn("language") { _ in
      TableColumn("lang", minimumWidth: 5, priority: 3)
    } precedes: {
      ($0.language?.string ?? "") < ($1.language?.string ?? "")
    } cell: { row, _ in
      StyledText(row.language ?? "–", .muted)
    },
    ListColumn("reason") { width in
      TableColumn("reason", minimumWidth: min(24, max(12, width - 32)), priority: 2, isFlexible: true)
    } precedes: {
      ($0.reason?.string ?? "") < ($1.reason?.string ?? "")
    } cell: { row, _ in
      StyledText(row.reason ?? "no reason recorded", .muted)
    },
    ListColumn("source", isOptional: true) { _ in
      TableColumn("source", minimumWidth: 6, priority: 1)
    } cell: { row, _ in
      StyledText(SafeText(row.source ?? ""), .muted)
    },
    ListColumn("time") { _ in
      TableColumn("time", alignment: .right, priority: 5)
    } precedes: {
      $0.createdAt > $1.createdAt
    } cell: { row, cell in
      StyledText(cell.context.shortTime(row.createdAt, width: cell.width), .muted)
    },
  ]

  private static func role(_ row: ValidationRow, _ context: PanelContext) -> ThemeRole {
    row.score < context.settings.lowConfidence ? .warn : .text
  }

  func state(_ context: PanelContext) -> FactState {
    let feeds = PanelFeed<ValidationsSnapshot>.all("validations.low_24h", context)
    return PanelSource.state(of: feeds, telling: context.health.state(.validations))
  }

  func title(_ context: PanelContext) -> TileTitle {
    let (source, snapshot) = Self.feed(context)
    guard let snapshot else { return source.title("Low confidence", SafeText(source.id ?? "")) }
    let low = Self.low(snapshot, context.settings.lowConfidence).count
    let cut = low > snapshot.lowest.count ? ", the \(snapshot.lowest.count) lowest" : ""
    return source.title("Low confidence", SafeText((snapshot.measure ?? "no column of scores") + cut))
  }

  func summary(_ context: PanelContext) -> SafeText {
    let (source, snapshot) = Self.feed(context)
    guard let snapshot, snapshot.measure != nil else { return source.isLive ? "no scores" : source.told }
    return SafeText(Format.count(Self.low(snapshot, context.settings.lowConfidence).count))
  }

  func rows(_ context: PanelContext) -> [ValidationRow] {
    (Self.feed(context).value?.lowest ?? []).filter { $0.score < context.settings.lowConfidence }
  }

  func id(of row: ValidationRow) -> String { row.source.map { "\($0) \(row.id)" } ?? row.id }

  func texts(of row: ValidationRow) -> [String] {
    [
      row.scenario?.string ?? "", row.language?.string ?? "", row.reason?.string ?? "", row.id,
      row.source ?? "",
    ]
  }

  func item(_ row: ValidationRow, _ context: PanelContext) -> PanelItem {
    let source = source(context)
    return PanelItem(
      id: id(of: row),
      kind: .validation,
      name: row.id,
      title: row.scenario ?? SafeText(String(row.id.prefix(8))),
      state: source.isLive ? .warn : source.state,
      facts: [context.world.name("validations.low_24h", of: row.source)],
      source: row.source
    )
  }

  func hasTitles(rows: Int, height: Int) -> Bool { rows > 0 && (height > rows || height >= 5) }

  func unlisted(_ context: PanelContext) -> Int {
    guard let snapshot = Self.feed(context).value else { return 0 }
    return max(0, Self.low(snapshot, context.settings.lowConfidence).count - rows(context).count)
  }

  func emptyMessage(_ local: PanelLocal, _ context: PanelContext) -> StyledText {
    if !local.filter.isEmpty { return StyledText("No validation matches \(local.filter)", .muted) }
    return StyledText(glyphOf: .ok).then(
      " No validation scored below \(Format.score(context.settings.lowConfidence))",
      .muted
    )
  }

  func drawAround(_ list: ListFrame<ValidationRow>, into buffer: inout CellBuffer, area: Rect) -> Rect? {
    guard let snapshot = Self.feed(list.context).value else { return nil }
    guard snapshot.measure != nil else {
      buffer.put(
        "NO DATA  no column of scores was found: confidence_score, houndify_result, validation_queue",
        at: area.origin,
        style: Style(role: .nodata),
        maxWidth: area.width
      )
      return nil
    }
    var body = area
    // A page beside or below the list has the room; the line above the rows tells the same in small.
    let isRoomy = body.width >= 100 && body.height >= 13 && !list.context.hasPane
    let hasHistogram = isRoomy && !snapshot.histogram.isEmpty
    if body.height >= 3 {
      let parts = body.split(top: 1)
      let room = parts.top.inset(left: 2)
      let head = head(snapshot, list.context, width: room.width, hasBars: !hasHistogram)
      buffer.put(head, at: room.origin, maxWidth: room.width)
      body = parts.rest
    }
    guard hasHistogram else { return body }
    let parts = body.split(right: 36)
    drawHistogram(snapshot, list.context, into: &buffer, area: parts.right.inset(left: 2, top: 1))
    return parts.rest
  }

  /// The line above the rows: `64 of 89 in 24 h   threshold { 0.50 }   ▁▂▅█▂▁`, as far as there is room.
  private func head(
    _ snapshot: ValidationsSnapshot,
    _ context: PanelContext,
    width: Int,
    hasBars: Bool
  ) -> StyledText {
    let threshold = context.settings.lowConfidence
    let low = Self.low(snapshot, threshold)
    let isLeast = context.world.known("validations.low_24h", context.now.monotonic).isLeast
    var line = StyledText(
      "\(low.isExact && !isLeast ? "" : "≥ ")\(Format.count(low.count))",
      low.count > 0 ? Style.state(.warn).bold : .strong
    )
    .then(" of \(isLeast ? "≥ " : "")\(Format.count(snapshot.scored))", .muted)
    let limit = StyledText("   threshold ", .muted).then("{ \(Format.score(threshold)) }", .accent)
    let window = StyledText(" in \(RunsPanel.window(snapshot.window))", .muted)
    func fits(_ part: StyledText) -> Bool { line.widthInColumns + part.widthInColumns <= width }
    if fits(window + limit) { line = line + window }
    line = line + limit
    if snapshot.total > snapshot.scored {
      let missing = StyledText(
        "   \(Format.count(snapshot.total - snapshot.scored)) without a score",
        .muted
      )
      if fits(missing) { line = line + missing }
    }
    if hasBars, !snapshot.histogram.isEmpty {
      let bars = Sparkline(snapshot.histogram.map(Double.init), style: .role(.graph1))
        .text(width: snapshot.histogram.count)
      let spread = StyledText("   0 ", .muted) + bars + StyledText(" 1", .muted)
      if fits(spread) { line = line + spread }
    }
    return line
  }

  private func drawHistogram(
    _ snapshot: ValidationsSnapshot,
    _ context: PanelContext,
    into buffer: inout CellBuffer,
    area: Rect
  ) {
    let bins = snapshot.histogram.enumerated().map { index, count in
      Histogram.Bin(
        "0.\(index)",
        count: count,
        role: Double(index) / 10 < context.settings.lowConfidence - 1e-9 ? .warn : .graph1
      )
    }
    Histogram(bins).draw(into: &buffer, area: area)
  }

  /// How many scores are below a threshold: exact as far as the snapshot tells.
  static func low(_ snapshot: ValidationsSnapshot, _ threshold: Double) -> (count: Int, isExact: Bool) {
    if (threshold - snapshot.threshold).magnitude < 1e-9 { return (snapshot.low, true) }
    let tenths = threshold * 10
    if (tenths - tenths.rounded()).magnitude < 1e-6, snapshot.histogram.count == 10 {
      return (snapshot.histogram.prefix(max(0, Int(tenths.rounded()))).reduce(0, +), true)
    }
    let count = snapshot.lowest.count { $0.score < threshold }
    return (count, count < snapshot.lowest.count || snapshot.low <= snapshot.lowest.count)
  }

  func page(_ row: ValidationRow, _ context: PanelContext) -> DetailPage? {
    ValidationPage(row: row, detail: context.details[id(of: row)], context: context).page
  }

  func source(_ context: PanelContext) -> PanelSource { Self.feed(context).source }

  /// The databases' source and their newest validations.
  static func feed(_ context: PanelContext) -> (source: PanelSource, value: ValidationsSnapshot?) {
    PanelSource.merged(ValidationsSnapshot.self, fact: "validations.low_24h", context)
  }
}

extension PanelSettings {
  /// Moves the threshold of low confidence, in whole hundredths from 0 to 1.
  mutating func moveThreshold(by step: Double) {
    let percent = ((lowConfidence + step) * 100).rounded()
    lowConfidence = min(1, max(0, percent / 100))
  }
}
