internal import DataSources
internal import Facts

/// What came of the statement that somebody wrote last: its rows, or the server's own words and where it is wrong.
struct StatementPanel: ListPanel {
  struct Row {
    let index: Int
    let values: [String?]
  }

  let descriptor = DatastoresView.view
  /// The statement itself says in which order its rows stand.
  let columns: [ListColumn<Row>] = []

  /// An answer is as old as it is: nobody asks for it again.
  var fadesWhenOld: Bool { false }

  private func answer(_ context: PanelContext) -> StatementAnswer? {
    guard case .answered(let answer)? = context.statement?.outcome else { return nil }
    return answer
  }

  func source(_ context: PanelContext) -> PanelSource {
    PanelSource(
      asking: context.statement?.source ?? "",
      every: .seconds(1_000_000_000),
      sampledAt: context.now.monotonic,
      failure: nil,
      since: nil,
      context
    )
  }

  func rows(_ context: PanelContext) -> [Row] {
    (answer(context)?.rows ?? []).enumerated().map { Row(index: $0.offset, values: $0.element) }
  }

  func id(of row: Row) -> String { "row \(row.index)" }

  func texts(of row: Row) -> [String] { row.values.compactMap { $0 } }

  func item(_ row: Row, _ context: PanelContext) -> PanelItem {
    var item = PanelItem(
      id: id(of: row),
      kind: .measure,
      name: id(of: row),
      title: SafeText(row.values.first.flatMap { $0 } ?? "NULL", limit: 60),
      state: .ok,
      copy: row.values.map { $0 ?? "" }.joined(separator: "\t")
    )
    item.edition = nil
    return item
  }

  func state(_ context: PanelContext) -> FactState { .ok }

  func title(_ context: PanelContext) -> TileTitle {
    TileTitle(
      name: "Datastores",
      source: "query\(context.statement.map { " · \(SafeText($0.source))" } ?? "")",
      age: context.statement.map { $0.isRunning ? "running" : "asked once" } ?? "nothing asked",
      ageState: .ok
    )
  }

  func summary(_ context: PanelContext) -> SafeText { "–" }

  func wish(_ local: PanelLocal, _ context: PanelContext) -> Int? { nil }

  func emptyMessage(_ local: PanelLocal, _ context: PanelContext) -> StyledText {
    if !local.filter.isEmpty { return StyledText("No row holds \(SafeText(local.filter))", .muted) }
    return StyledText(answer(context) == nil ? "" : "no row")
  }

  func page(_ row: Row, _ context: PanelContext) -> DetailPage? {
    guard let answer = answer(context) else { return nil }
    return DetailPage(
      title: "row \(row.index + 1)",
      state: .ok,
      headline: "of \(SafeText(Format.count(answer.rows.count)))",
      entries: row.values.enumerated().map { index, value in
        let name = answer.columns.indices.contains(index) ? answer.columns[index] : ""
        return KeyValueBlock.Entry(name, Self.cell(value, limit: 4_096))
      }
    )
  }

  func origin(ofRow row: Row, _ context: PanelContext) -> RowOrigin {
    var origin = RowOrigin(StyledText("row \(row.index + 1) of what was asked by hand", .strong))
    origin.add("statement", StyledText(SafeText(context.statement?.sql ?? "")))
    origin.add("database", StyledText(SafeText(context.statement?.source ?? "")))
    return origin
  }

  /// The answer's own columns; without the passwords and tokens in its values, which anybody may have written.
  func fields(of row: Row, _ context: PanelContext) -> [(column: String, value: ListExport.Value)] {
    (answer(context)?.columns ?? []).enumerated().map { index, name in
      let value = row.values.indices.contains(index) ? row.values[index] : nil
      return (
        column: name.isEmpty ? "column \(index + 1)" : name.string,
        value: ListExport.Value(value.map { CredentialWords.struckOut(of: $0) })
      )
    }
  }

  private static func cell(_ value: String?, limit: Int = 300) -> StyledText {
    value.map { StyledText(SafeText($0, limit: limit)) } ?? StyledText("NULL", .muted)
  }

  // MARK: drawing

  func drawAround(_ list: ListFrame<Row>, into buffer: inout CellBuffer, area: Rect) -> Rect? {
    guard let statement = list.context.statement else {
      let lines: [StyledText] = [
        StyledText("; ", .accent).then("asks this database by hand, read-only: no data can be changed by it"),
        StyledText("a function may do beside it what the role allows", .muted),
        StyledText("Tab picks a statement that is ready, Up those that were asked before", .muted),
      ]
      for (line, y) in zip(lines, area.rows) {
        buffer.put(line, at: Point(x: area.x + 2, y: y), maxWidth: area.width - 2)
      }
      return nil
    }
    let room = area.inset(left: 2)
    let text = StatementText(statement.sql, fault: statement.fault, width: room.width)
    let most = max(1, min(8, area.height / 3))
    var lines = text.lines(most: most)
    let count = answer(list.context).map { hidden(list, $0, area: area) } ?? 0
    lines += Self.told(statement, at: list.context.now).flatMap { $0.wrapped(to: room.width) }
    if count > 0 {
      lines.append(StyledText("\(count) more columns: Enter tells a row whole", .state(.warn)))
    }
    for (line, y) in zip(lines, room.rows) {
      buffer.put(line, at: Point(x: room.x, y: y), maxWidth: room.width)
    }
    guard answer(list.context) != nil else { return nil }
    return area.inset(top: min(area.height, lines.count))
  }

  /// What is said of it: how long it runs, what it gave, or why it has no answer.
  private static func told(_ statement: StatementModel, at now: Moment) -> [StyledText] {
    switch statement.outcome {
    case nil:
      let since = max(.zero, now.monotonic - statement.startedAt.monotonic)
      return [
        StyledText("running ", .strong).then(
          SafeText(Format.progress(since, of: PostgresStatements.usualLimit))
        )
        .then("  Esc cancels it", .muted)
      ]
    case .notSent(let reason)?:
      return [StyledText("not sent: ", Style.state(.warn).bold).then(reason)]
    case .answered(let answer)?:
      let count = SafeText("\(Format.count(answer.rows.count)) row\(answer.rows.count == 1 ? "" : "s")")
      var line = StyledText(count, .strong).then(" in \(SafeText(Format.latency(answer.duration)))", .muted)
      if let cut = answer.cut { line = line.then("  ").then(cut, Style.state(.warn).bold) }
      return [line]
    case .failed(let failure, let report?)?:
      var lines = [
        StyledText("ERROR \(SafeText(report.state)): ", Style.state(.crit).bold).then(
          SafeText(told: report.message, limit: 1_000)
        )
      ]
      if failure.code == .timedOut {
        let limit = Format.seconds(PostgresStatements.usualLimit)
        lines.append(StyledText("a statement may take \(SafeText(limit)) here", .muted))
      }
      for (label, words) in [("DETAIL", report.detail), ("HINT", report.hint)] {
        guard let words else { continue }
        lines.append(StyledText(SafeText("\(label): "), .muted).then(SafeText(told: words, limit: 1_000)))
      }
      return lines
    case .failed(let failure, nil)?:
      if failure.code == .cancelled {
        return [StyledText("cancelled: it has no answer", Style.state(.warn).bold)]
      }
      var lines = [
        StyledText("ERROR \(SafeText(failure.word))", Style.state(.error).bold).then(
          "  \(SafeText(failure.address))",
          .muted
        ), StyledText(SafeText(failure.advice), .muted),
      ]
      if !failure.detail.isEmpty {
        lines.append(StyledText("it said: \(SafeText(told: failure.detail, limit: 1_000))", .muted))
      }
      return lines
    }
  }

  private func table(_ list: ListFrame<Row>, _ answer: StatementAnswer, height: Int) -> Table<Int> {
    let rows = list.rows
    var table = Table(
      columns: answer.columns.enumerated().map { index, name in
        TableColumn(name, minimumWidth: 6, idealWidth: nil, priority: index)
      },
      ids: Array(rows.indices),
      selection: list.selected
    ) { index in
      rows[index].values.map { value in Self.cell(value.map { Self.brief($0) }) }
    }
    table.isFocused = list.isFocused
    table.offset = Viewport.offset(showing: list.selected, rows: height - 1, of: rows.count)
    table.filter = SafeText(list.local.filter)
    table.message = emptyMessage(list.local, list.context)
    return table
  }

  /// So much of a value stands in a cell.
  private static let widest = 60

  private static func brief(_ value: String) -> String {
    // A value may be a MiB long, and one of its characters, too.
    let start = String(value.unicodeScalars.prefix(widest * 4))
    let isWhole = start.utf8.count == value.utf8.count && start.count <= widest
    return isWhole ? value : String(start.prefix(widest - 1)) + "…"
  }

  /// How many columns don't fit.
  private func hidden(_ list: ListFrame<Row>, _ answer: StatementAnswer, area: Rect) -> Int {
    guard area.height > 1 else { return 0 }
    var scratch = CellBuffer(width: area.width, height: area.height)
    let layout = table(list, answer, height: area.height).draw(into: &scratch, area: scratch.bounds)
    return answer.columns.count - layout.columns.count
  }

  func drawRows(_ list: ListFrame<Row>, into buffer: inout CellBuffer, area: Rect) -> ListPosition {
    guard let answer = answer(list.context) else { return ListPosition(0..<0, of: 0) }
    let drawn = table(list, answer, height: area.height).draw(into: &buffer, area: area)
    return ListPosition(drawn.visible, of: list.rows.count)
  }
}

/// A statement on rows of a width, with the place marked at which it is wrong.
struct StatementText {
  private(set) var rows: [String] = [""]
  /// The row and the column of the fault; nil: there is none.
  private(set) var mark: (row: Int, column: Int)?

  init(_ sql: String, fault: Int?, width: Int) {
    let text = SafeText(sql, limit: 16_384)
    var (column, index) = (0, 0)
    for piece in CellText(text) {
      if column + piece.width > max(1, width) {
        rows.append("")
        column = 0
      }
      if index == fault { mark = (rows.count - 1, column) }
      rows[rows.count - 1].unicodeScalars.append(piece.scalar)
      column += piece.width
      index += 1
    }
    // What is missing at the end is wrong behind it.
    if let fault, fault >= index, mark == nil { mark = (rows.count - 1, min(column, max(0, width - 1))) }
  }

  /// The rows around the mark, it below its own, at most so many of the statement.
  func lines(most: Int) -> [StyledText] {
    let first = mark.map { max(0, min($0.row - most / 2, rows.count - most)) } ?? 0
    let last = min(rows.count, first + max(1, most))
    var lines: [StyledText] = []
    if first > 0 { lines.append(StyledText("… \(first) rows before", .muted)) }
    for index in first..<last {
      lines.append(StyledText(SafeText(rows[index], limit: .max), .accent))
      guard let mark, mark.row == index else { continue }
      let gap = SafeText(String(repeating: " ", count: mark.column))
      lines.append(StyledText(gap).then("^", Style.state(.crit).bold))
    }
    if last < rows.count { lines.append(StyledText("… \(rows.count - last) rows more", .muted)) }
    return lines
  }
}
