internal import Facts
internal import Operations

/// What the runs that need attention failed for: a cause a row, the most frequent first.
struct RunCausesPanel: ListPanel {
  let descriptor = RunsView.view

  let columns = Self.table

  /// So wide is a cause's past.
  private static let trendWidth = 12

  private static let table: [ListColumn<Row>] = [
    ListColumn("failures") { _ in
      TableColumn("failures", alignment: .right)
    } precedes: {
      $0.cause.count > $1.cause.count
    } cell: { row, _ in
      StyledText(SafeText(Format.count(row.cause.count)), row.isHandled ? .muted : .state(.warn))
    },
    ListColumn("runs") { _ in
      TableColumn("runs", alignment: .right, priority: 4)
    } precedes: {
      $0.cause.runs.count > $1.cause.runs.count
    } cell: { row, _ in
      StyledText(SafeText((row.cause.isCut ? "≥ " : "") + Format.count(row.cause.runs.count)), .muted)
    },
    ListColumn("trend") { _ in
      TableColumn("24 h", minimumWidth: trendWidth, priority: 5)
    } cell: { row, _ in
      Sparkline(row.cause.counts.map { $0 == 0 ? nil : Double($0) }).text(width: trendWidth)
    },
    ListColumn("last") { _ in
      TableColumn("last", alignment: .right, priority: 3)
    } precedes: {
      $0.cause.lastAt > $1.cause.lastAt
    } cell: { row, cell in
      StyledText(cell.context.shortTime(row.cause.lastAt, width: cell.width), .muted)
    },
    ListColumn("cause") { width in
      TableColumn("cause", minimumWidth: min(30, max(12, width - 20)), isFlexible: true)
    } precedes: {
      $0.cause.template.string < $1.cause.template.string
    } cell: { row, _ in
      let template = StyledText(
        row.cause.template,
        row.isHandled || row.cause.name == RunCause.unrecorded ? .muted : .text
      )
      return row.cause.isNew == true && !row.isHandled
        ? StyledText("new ", .state(.warn)) + template : template
    },
    ListColumn("variants") { _ in
      TableColumn("variants", alignment: .right, priority: 6)
    } cell: { row, _ in
      StyledText(row.cause.variants.count > 1 ? "\(row.cause.variants.count)" : "", .muted)
    },
    ListColumn("class", isOptional: true) { _ in
      TableColumn("class", priority: 2)
    } precedes: {
      $0.cause.kind.rawValue < $1.cause.kind.rawValue
    } cell: { row, _ in
      StyledText(row.isHandled ? "acknowledged" : Self.kind(row.cause), .muted)
    },
  ]

  /// A cause, and whether somebody looks after all runs in which it occurred.
  struct Row {
    let cause: RunCause
    let isHandled: Bool
  }

  private static func kind(_ cause: RunCause) -> SafeText {
    cause.kind == .other ? "" : SafeText(cause.kind.rawValue)
  }

  private static func snapshot(_ context: PanelContext) -> RunCauses? {
    context.world.snapshot(RunCauses.self)?.value
  }

  func source(_ context: PanelContext) -> PanelSource { RunsPanel.feed(context).source }

  func state(_ context: PanelContext) -> FactState { source(context).state }

  func title(_ context: PanelContext) -> TileTitle { RunsPanel().title(context) }

  func summary(_ context: PanelContext) -> SafeText { RunsPanel().summary(context) }

  /// Those with runs that wait for somebody first.
  func rows(_ context: PanelContext) -> [Row] {
    let runs = RunsPanel.feed(context).value?.rows ?? []
    let handled = Set(runs.filter { $0.acknowledgement != nil }.map(\.id))
    let rows = (Self.snapshot(context)?.causes ?? []).map { cause in
      Row(cause: cause, isHandled: !cause.isCut && !cause.runs.isEmpty && cause.runs.isSubset(of: handled))
    }
    return rows.filter { !$0.isHandled } + rows.filter(\.isHandled)
  }

  func staysLast(_ row: Row) -> Bool { row.isHandled }

  func id(of row: Row) -> String { row.cause.name }

  func texts(of row: Row) -> [String] {
    let cause = row.cause
    return [cause.template.string, cause.name, cause.kind.rawValue]
      + cause.variants.compactMap { $0.text?.string }
  }

  func item(_ row: Row, _ context: PanelContext) -> PanelItem {
    let source = source(context)
    var item = PanelItem(
      id: row.cause.name,
      kind: .cause,
      name: row.cause.name,
      title: row.cause.template,
      state: source.isLive ? (row.isHandled ? .ok : .warn) : source.state,
      facts: [context.world.name("runs.failures", of: nil)],
      copy: row.cause.template.string
    )
    // All that is told of it is known.
    item.edition = nil
    return item
  }

  /// What it says is the console's own grouping of the texts that a database told.
  func origin(ofRow row: Row, _ context: PanelContext) -> RowOrigin {
    let cause = row.cause
    var origin = RowOrigin(
      StyledText(glyphOf: item(row, context).state).then(" ").then(cause.template, .strong)
        .then(
          "  \(SafeText(Format.count(cause.count))) failures in \(SafeText(Format.count(cause.runs.count))) runs"
        )
    )
    origin.add("since", StyledText(Past.told(since: cause.firstAt, context)))
    origin.add("grouped", StyledText("by the console, from these texts; what varies in them is ‹…›", .muted))
    origin.take(
      context.world.facts.fact(context.world.name("runs.failures", of: nil), at: context.now.monotonic)
    )
    origin.source = RunsPanel.feed(context).source.id
    origin.reply = cause.variants.prefix(20).map { "\(Format.count($0.count))  \($0.text ?? "no text")" }
      .joined(separator: "\n")
    return origin
  }

  func emptyMessage(_ local: PanelLocal, _ context: PanelContext) -> StyledText {
    if !local.filter.isEmpty { return StyledText("No cause matches \(local.filter)", .muted) }
    guard let runs = RunsPanel.feed(context).value, runs.table != nil else {
      return RunsPanel().emptyMessage(PanelLocal(), context)
    }
    let window = RunsPanel.window(runs.window)
    // What could not be asked is no zero.
    let known = context.world.all("runs.failures", context.now.monotonic)
    guard Self.snapshot(context)?.failures == 0, !known.contains(where: { $0.state == .error }) else {
      return StyledText("NO DATA  the reasons of the failures were not told", Style(role: .nodata))
    }
    return StyledText(glyphOf: .ok).then(" Nothing failed in the last \(window)", .muted)
  }

  /// The line above the rows: `68 failures in 24 h, 6 causes`.
  func drawAround(_ list: ListFrame<Row>, into buffer: inout CellBuffer, area: Rect) -> Rect? {
    // Of a database that never answered nobody knows which tables it has: its notice stands alone.
    guard RunsPanel.feed(list.context).value != nil else { return nil }
    guard let causes = Self.snapshot(list.context), !causes.causes.isEmpty, area.height >= 3 else {
      return area
    }
    let parts = area.split(top: 1)
    let window = RunsPanel.feed(list.context).value.map { " in \(RunsPanel.window($0.window))" } ?? ""
    let count = causes.causes.count
    var head = StyledText(
      "\(Format.count(causes.failures)) failures",
      list.source.isLive ? .strong : .muted
    )
    head.append("\(window), \(count == 1 ? "1 cause" : "\(Format.count(count)) causes")", .muted)
    // The order has a reason that no column shows.
    let order = StyledText("   what began this hour first", .muted)
    if causes.untold == 0, head.widthInColumns + order.widthInColumns <= parts.top.width - 2 {
      head = head + order
    }
    if causes.untold > 0 {
      head.append("  \(Format.count(causes.untold)) more are of rarer texts and not grouped", .state(.warn))
    }
    let row = parts.top.inset(left: 2)
    // What was told before is shown while it can't be asked anew, and said to be that.
    let told = list.context.world.all("runs.failures", list.context.now.monotonic)
    if list.source.isLive, let failed = told.first(where: { $0.state == .error }) {
      head.append("  as told before: \(SafeText(failed.word))", .state(.warn))
    }
    buffer.put(head, at: row.origin, maxWidth: row.width)
    return parts.rest
  }

  func page(_ row: Row, _ context: PanelContext) -> DetailPage? {
    var page = RunCausePage(cause: row.cause, context: context).page
    if row.isHandled { page.state = .ok }
    return page
  }
}

/// One cause told in full: since when, its exact texts, and the runs in which it occurred.
struct RunCausePage {
  let cause: RunCause
  let context: PanelContext

  /// The most runs that are listed.
  private static let most = 50

  var page: DetailPage {
    let rows = RunsPanel.feed(context).value?.rows.filter { cause.runs.contains($0.id) } ?? []
    let runs = (cause.isCut ? "at least " : "") + Format.count(cause.runs.count)
    let times = cause.count == 1 ? "once" : "\(Format.count(cause.count)) times"
    var entries = [
      KeyValueBlock.Entry("first", StyledText(Past.told(since: cause.firstAt, context))),
      KeyValueBlock.Entry("last", StyledText(Past.told(since: cause.lastAt, context))),
    ]
    if cause.kind != .other {
      entries.append(KeyValueBlock.Entry("class", StyledText(SafeText(cause.kind.rawValue))))
    }
    if cause.isNew == true {
      let window = RunsPanel.feed(context).value.map { RunsPanel.window($0.window) } ?? "time"
      entries.append(
        KeyValueBlock.Entry("new", StyledText("not seen in the \(window) before", .state(.warn)))
      )
    }
    entries += cause.shares.prefix(3).map { share in
      KeyValueBlock.Entry(
        share.name,
        StyledText(share.value, .strong).then("  \(Self.percent(share.inCause)) of these", .state(.warn))
          .then(", \(Self.percent(share.inAll)) of all tests", .muted)
      )
    }
    entries.append(KeyValueBlock.Entry("name", StyledText(SafeText(cause.name), .muted)))
    if cause.counts.count(where: { $0 > 0 }) > 1 {
      let bars = Sparkline(cause.counts.map { $0 == 0 ? nil : Double($0) }, style: .state(.warn))
      entries.append(KeyValueBlock.Entry("24 h", bars.text(width: cause.counts.count)))
    }
    var page = DetailPage(
      title: cause.template,
      state: .warn,
      headline: SafeText("\(times) in \(cause.runs.count == 1 ? "1 run" : "\(runs) runs")"),
      entries: entries
    )
    page.text = variants + [StyledText()] + list(rows)
    return page
  }

  private static func percent(_ share: Double) -> SafeText {
    let percent = (share * 100).rounded()
    return percent < 1 && share > 0 ? "< 1 %" : "\(Int(percent)) %"
  }

  private var variants: [StyledText] {
    guard cause.name != RunCause.unrecorded else {
      return [StyledText("the results and executions tell no reason", .muted)]
    }
    let width = Format.count(cause.variants.first?.count ?? 0).count
    return [StyledText(cause.variants.count == 1 ? "Its text" : "Its texts", .strong)]
      + cause.variants.map { variant in
        let count = Format.count(variant.count)
        let padding = String(repeating: " ", count: max(0, width - count.count))
        return StyledText("\(padding)\(count)  ", .state(.warn)).then(variant.text ?? "")
      }
  }

  private func list(_ rows: [RunRow]) -> [StyledText] {
    let more = cause.runs.count - min(rows.count, Self.most)
    return [StyledText("Where (v lists these runs)", .strong)]
      + rows.prefix(Self.most).map { row in
        let words = RunWords(row: row)
        return StyledText(context.time(row.createdAt), .muted).then("  ") + words.name.then("  ")
          + words.status
      } + (more > 0 ? [StyledText("and \(Format.count(more)) that are not listed", .muted)] : [])
  }
}
