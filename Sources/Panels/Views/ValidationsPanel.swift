internal import Facts
internal import Operations

/// Validations of low confidence on one scale from 0 to 1, lowest first, and how scores are spread.
struct ValidationsPanel: ListPanel {
  let descriptor = ValidationsView.view
  /// The group whose validations are listed; nil: all are.
  var group: PanelItem?

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
    let low = snapshot.low(below: context.settings.lowConfidence).count
    let cut = low > snapshot.lowest.count ? ", the \(snapshot.lowest.count) lowest" : ""
    return source.title("Low confidence", SafeText((snapshot.measure ?? "no column of scores") + cut))
  }

  func summary(_ context: PanelContext) -> SafeText {
    let (source, snapshot) = Self.feed(context)
    guard let snapshot, snapshot.untold == nil else { return source.isLive ? "no scores" : source.told }
    return SafeText(Format.count(snapshot.low(below: context.settings.lowConfidence).count))
  }

  /// What is listed: what the databases told last, or what was told of the group.
  private func shown(_ context: PanelContext) -> ValidationsSnapshot? {
    guard let group else { return Self.feed(context).value }
    guard case .loaded(let detail)? = context.details[group.id] else { return nil }
    guard var snapshot = detail as? ValidationsSnapshot else { return nil }
    if let source = group.source {
      for index in snapshot.lowest.indices { snapshot.lowest[index].source = source }
    }
    return snapshot
  }

  func rows(_ context: PanelContext) -> [ValidationRow] {
    (shown(context)?.lowest ?? []).filter { $0.score < context.settings.lowConfidence }
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
    guard let snapshot = shown(context) else { return 0 }
    return max(0, snapshot.low(below: context.settings.lowConfidence).count - rows(context).count)
  }

  func emptyMessage(_ local: PanelLocal, _ context: PanelContext) -> StyledText {
    if !local.filter.isEmpty { return StyledText("No validation matches \(local.filter)", .muted) }
    if let why = shown(context).map(\.untold) ?? "the scores were not told" {
      return StyledText("NO DATA  \(why)", Style(role: .nodata))
    }
    // What is low may lie beyond what is listed, and of a threshold between two hundredths it may not be known.
    let limit = context.settings.lowConfidence
    guard let low = shown(context)?.low(below: limit), low == (0, true) else {
      return StyledText(
        "NO DATA  what scored below \(Format.score(limit)) is not listed",
        Style(role: .nodata)
      )
    }
    return StyledText(glyphOf: .ok).then(
      " No validation scored below \(Format.score(context.settings.lowConfidence))",
      .muted
    )
  }

  func drawAround(_ list: ListFrame<ValidationRow>, into buffer: inout CellBuffer, area: Rect) -> Rect? {
    if let group { drawState(of: group, list.context, into: &buffer, area: area) }
    guard let snapshot = shown(list.context) else { return nil }
    return drawAround(snapshot, rows: list.rows.count, list.context, into: &buffer, area: area)
  }

  /// Says that a group's validations are on their way, or why they can't be told.
  private func drawState(
    of group: PanelItem,
    _ context: PanelContext,
    into buffer: inout CellBuffer,
    area: Rect
  ) {
    let line: StyledText
    switch context.details[group.id] {
    case .loaded?: return
    case nil, .loading?:
      line = StyledText(glyphOf: .nodata).then(" asking for the validations of \(group.title)", .muted)
    case .failed(let failure)?:
      line = StyledText(glyphOf: .error).then(" ERROR \(failure.word)", Style.state(.error).bold)
        .then("  the validations of \(group.title) can't be told", .muted)
    }
    buffer.put(line, at: area.origin, maxWidth: area.width)
  }

  func drawAround(
    _ snapshot: ValidationsSnapshot,
    rows: Int,
    _ context: PanelContext,
    into buffer: inout CellBuffer,
    area: Rect
  ) -> Rect? {
    if let why = snapshot.untold {
      let notice = StyledText("NO DATA  \(why)", Style(role: .nodata))
      for (line, y) in zip(notice.wrapped(to: area.width), area.rows) {
        buffer.put(line, at: Point(x: area.x, y: y), maxWidth: area.width)
      }
      return nil
    }
    // A page beside or below the list has the room; the line above the rows tells the same in small.
    let hasHistogram = area.width >= 100 && area.height >= 13 && !context.hasPane && snapshot.scored > 0
    var head = ValidationHead(snapshot: snapshot, context: context)
    (head.hasBars, head.rows, head.isOfAll) = (!hasHistogram, rows, group == nil)
    if let group {
      head.lead = StyledText(group.title, .accent)
        .then(ValidationWords.asked(snapshot.askedAt, context), .muted)
    }
    let body = head.draw(into: &buffer, area: area)
    guard hasHistogram else { return body }
    let parts = body.split(right: 36)
    drawHistogram(snapshot, context, into: &buffer, area: parts.right.inset(left: 2, top: 1))
    return parts.rest
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

  func fields(
    of row: ValidationRow,
    _ context: PanelContext
  ) -> [(column: String, value: ListExport.Value)] { ValidationFields.all(row) }

  func page(_ row: ValidationRow, _ context: PanelContext) -> DetailPage? {
    ValidationPage(row: row, detail: context.details[id(of: row)], context: context).page
  }

  func source(_ context: PanelContext) -> PanelSource { Self.feed(context).source }

  /// The databases' source and their newest validations.
  static func feed(_ context: PanelContext) -> (source: PanelSource, value: ValidationsSnapshot?) {
    PanelSource.merged(ValidationsSnapshot.self, fact: "validations.low_24h", context)
  }
}

extension ValidationsSnapshot {
  /// Why it tells nothing of scores: there is no measure, or not one score where there are results; nil: it does.
  var untold: SafeText? {
    if measure == nil { return missing.isEmpty ? "no column of scores was found" : missing }
    guard scored == 0, total > 0 else { return nil }
    let results = "\(Format.count(total)) validations in \(RunsPanel.window(window))"
    return SafeText("none of \(results) has a usable score")
  }
}
