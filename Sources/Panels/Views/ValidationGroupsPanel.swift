internal import Facts
internal import Operations

/// How confidence is spread over the scenarios, languages or validators: a group a row, those of most low scores first.
struct ValidationGroupsPanel: ListPanel {
  /// A group as it stands at the threshold of the screen.
  struct Row {
    let group: ValidationGroup
    /// How many scores are below the threshold; nil: not known for one that isn't of whole hundredths.
    let low: Int?

    var total: Int { group.scores.total }
    /// The share of low scores; nil where there is none, or it isn't known.
    var share: Double? { low.flatMap { total > 0 ? Double($0) / Double(total) : nil } }
  }

  let descriptor = ValidationsView.view
  let grouping: ValidationGrouping
  let columns = Self.table

  private static let table: [ListColumn<Row>] = [
    ListColumn("low") { _ in
      TableColumn("low", alignment: .right, minimumWidth: 5)
    } precedes: {
      ($0.low ?? -1) > ($1.low ?? -1)
    } cell: { row, _ in
      StyledText(
        SafeText(row.low.map { Format.count($0) } ?? "–"),
        (row.low ?? 0) > 0 ? .state(.warn) : .muted
      )
    },
    ListColumn("of") { _ in
      TableColumn("of", alignment: .right, minimumWidth: 5, priority: 2)
    } precedes: {
      $0.total > $1.total
    } cell: { row, _ in
      StyledText(SafeText(Format.count(row.total)), .muted)
    },
    ListColumn("share") { _ in
      TableColumn("share", alignment: .right, minimumWidth: 5, priority: 1)
    } precedes: {
      ($0.share ?? -1) > ($1.share ?? -1)
    } cell: { row, _ in
      StyledText(SafeText(row.share.map(ValidationWords.share) ?? "–"))
    },
    ListColumn("median") { _ in
      TableColumn("median", alignment: .right, minimumWidth: 6, priority: 3)
    } precedes: {
      ($0.group.scores.median ?? 2) < ($1.group.scores.median ?? 2)
    } cell: { row, _ in
      StyledText(SafeText(row.group.scores.median.map { Format.score($0) } ?? "–"))
    },
    ListColumn("spread") { _ in
      TableColumn("0 … 1", minimumWidth: 10, priority: 4)
    } cell: { row, _ in
      ValidationWords.bars(row.group.scores)
    },
    ListColumn("group") { width in
      TableColumn("", minimumWidth: min(24, max(12, width - 20)), isFlexible: true)
    } precedes: {
      ($0.group.name?.string ?? "") < ($1.group.name?.string ?? "")
    } cell: { row, _ in
      StyledText(row.group.shownName, row.group.name == nil ? .muted : .text)
    },
    ListColumn("unscored", isOptional: true) { _ in
      TableColumn("no score", alignment: .right, priority: 6)
    } precedes: {
      $0.group.unscored > $1.group.unscored
    } cell: { row, _ in
      StyledText(row.group.unscored > 0 ? SafeText(Format.count(row.group.unscored)) : "", .muted)
    },
    ListColumn("source", isOptional: true) { _ in
      TableColumn("source", minimumWidth: 6, priority: 5)
    } cell: { row, _ in
      StyledText(SafeText(row.group.source ?? ""), .muted)
    },
  ]

  private static func spread(_ context: PanelContext) -> ValidationSpread? {
    PanelSource.merged(ValidationSpread.self, fact: "validations.low_24h", context).value
  }

  func source(_ context: PanelContext) -> PanelSource { ValidationsPanel.feed(context).source }

  func state(_ context: PanelContext) -> FactState { source(context).state }

  func title(_ context: PanelContext) -> TileTitle { ValidationsPanel().title(context) }

  func summary(_ context: PanelContext) -> SafeText { ValidationsPanel().summary(context) }

  func rows(_ context: PanelContext) -> [Row] {
    let groups = Self.spread(context)?.groups.value?.list ?? []
    let limit = context.settings.lowConfidence
    return groups.filter { $0.grouping == grouping }.map { Row(group: $0, low: $0.low(below: limit)) }
      .enumerated().sorted { left, right in
        let (one, other) = (left.element, right.element)
        if one.low != other.low { return (one.low ?? -1) > (other.low ?? -1) }
        return (other.total, left.offset) < (one.total, right.offset)
      }.map(\.element)
  }

  func id(of row: Row) -> String { row.group.id }

  func texts(of row: Row) -> [String] { [row.group.shownName.string, row.group.source ?? ""] }

  func unlisted(_ context: PanelContext) -> Int {
    Self.spread(context)?.groups.value?.leftOut[grouping] ?? 0
  }

  func item(_ row: Row, _ context: PanelContext) -> PanelItem {
    let source = source(context)
    var item = PanelItem(
      id: id(of: row),
      kind: .validationGroup,
      name: row.group.subject,
      title: row.group.shownName,
      state: source.isLive ? ((row.low ?? 0) > 0 ? .warn : .ok) : source.state,
      facts: [context.world.name("validations.low_24h", of: row.group.source)],
      copy: row.group.name?.string ?? row.group.key ?? "",
      source: row.group.source
    )
    // All that its page tells is known; its validations are asked for when it is opened.
    item.isAskedAtSight = false
    // What is listed stays until newer ones are there.
    item.edition = "rows"
    return item
  }

  func fields(of row: Row, _ context: PanelContext) -> [(column: String, value: ListExport.Value)] {
    let group = row.group
    var fields: [(column: String, value: ListExport.Value)] = [
      ("by", .text(group.grouping.rawValue)), ("key", ListExport.Value(group.key)),
      ("name", ListExport.Value(group.name?.string)), ("low", ListExport.Value(row.low.map(Double.init))),
      ("of", .number(Double(row.total))), ("share", ListExport.Value(row.share)),
      ("median_from", ListExport.Value(group.scores.median)), ("no_score", .number(Double(group.unscored))),
    ]
    if let source = group.source { fields.append(("source", .text(source))) }
    return fields
  }

  func origin(ofRow row: Row, _ context: PanelContext) -> RowOrigin {
    var origin = RowOrigin(
      StyledText(glyphOf: item(row, context).state).then(" ").then(row.group.shownName, .strong)
        .then("  \(row.low.map { Format.count($0) } ?? "?") of \(Format.count(row.total)) scores are low")
    )
    origin.add("grouped", StyledText("by the database, into hundredths of the scale"))
    if let askedAt = Self.spread(context)?.groups.askedAt {
      origin.add("asked", StyledText(context.time(askedAt.wall)))
    }
    let listed = context.world.name("validations.low_24h", of: row.group.source)
    origin.take(context.world.facts.fact(listed, at: context.now.monotonic))
    origin.source = row.group.source ?? source(context).id
    origin.reply = row.group.scores.counts.enumerated().filter { $0.element > 0 }
      .map { "\(Format.score(Double($0.offset) / 100)): \($0.element)" }.joined(separator: "\n")
    return origin
  }

  func emptyMessage(_ local: PanelLocal, _ context: PanelContext) -> StyledText {
    let spread = Self.spread(context)
    let why: SafeText
    if let missing = spread?.groups.value?.missing[grouping] {
      why = missing
    } else if spread?.groups.value == nil {
      why = "the groups are not known: \(spread?.groups.word ?? "not asked yet")"
    } else if !local.filter.isEmpty {
      return StyledText("No group matches \(local.filter)", .muted)
    } else {
      let window = ValidationsPanel.feed(context).value.map { " in \(RunsPanel.window($0.window))" } ?? ""
      return StyledText("No validation\(SafeText(window))", .muted)
    }
    return StyledText("NO DATA  \(why)", Style(role: .nodata))
  }

  func drawAround(_ list: ListFrame<Row>, into buffer: inout CellBuffer, area: Rect) -> Rect? {
    guard let snapshot = ValidationsPanel.feed(list.context).value else { return nil }
    guard snapshot.untold == nil else {
      return ValidationsPanel().drawAround(snapshot, rows: 0, list.context, into: &buffer, area: area)
    }
    let askedAt = Self.spread(list.context)?.groups.askedAt
    let head = StyledText("by \(SafeText(grouping.rawValue))", .accent)
      .then(ValidationWords.asked(askedAt, list.context), .muted)
    return ValidationHead(snapshot: snapshot, context: list.context, lead: head, rows: list.rows.count)
      .draw(into: &buffer, area: area)
  }

  func page(_ row: Row, _ context: PanelContext) -> DetailPage? {
    let limit = context.settings.lowConfidence
    let scores = row.group.scores
    let low = row.low.map { Format.count($0) } ?? "?"
    var page = DetailPage(
      title: row.group.shownName,
      state: (row.low ?? 0) > 0 ? .warn : .ok,
      headline: SafeText("\(low) of \(Format.count(row.total)) below \(Format.score(limit))"),
      entries: [
        KeyValueBlock.Entry("by", StyledText(SafeText(grouping.rawValue))),
        KeyValueBlock.Entry(
          "low",
          StyledText(SafeText(row.share.map(ValidationWords.share) ?? "not known"), .strong)
            .then("  \(SafeText(low)) of \(SafeText(Format.count(row.total)))", .muted)
        ),
        KeyValueBlock.Entry("median", StyledText(ValidationWords.median(scores))),
        KeyValueBlock.Entry("no score", StyledText(SafeText(Format.count(row.group.unscored)), .muted)),
      ]
    )
    page.text =
      [StyledText("How its scores are spread (Enter lists its validations)", .strong)]
      + ValidationWords.lines(scores, limit: limit)
    return page
  }
}

extension ValidationGroup {
  /// What it is called on the screen.
  var shownName: SafeText {
    name ?? (grouping == .validator ? "no validator recorded" : "no \(SafeText(grouping.rawValue)) recorded")
  }
}
