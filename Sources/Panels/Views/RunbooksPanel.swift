internal import DataSources
internal import Facts
internal import Operations

extension ViewID {
  /// The procedures.
  public static let runbooks = ViewID("runbooks")
}

/// The procedures and what became of their runs; the one that is gone through now, step by step.
struct RunbooksPanel: ListPanel {
  /// What everything but drawing must know of it.
  let descriptor = ViewDescriptor(
    id: .runbooks,
    key: "8",
    title: "Runbooks",
    shortTitle: "Runb",
    column: nil,
    kinds: [.runbook]
  )

  /// The columns of its table.
  let columns: [ListColumn<RunbookRow>] = [
    ListColumn("runbook") { _ in
      TableColumn("  runbook", minimumWidth: 20)
    } cell: { row, _ in
      row.glyph.then(" ").then(row.title, row.state == .ok ? .text : .strong)
    },
    ListColumn("what for") { width in
      TableColumn("what it is for", minimumWidth: min(40, max(24, width - 34)), priority: 1)
    } cell: { row, cell in
      row.purpose(cell.context)
    },
    ListColumn("steps") { _ in
      TableColumn("steps", alignment: .right, priority: 3)
    } cell: { row, _ in
      switch row {
      case .open(_, let script): StyledText(script.map { "\($0.runbook.steps.count)" } ?? "", .muted)
      case .book(let entry, _): StyledText("\(entry.runbook.steps.count)", .muted)
      case .problem, .unreadable: StyledText()
      }
    },
    ListColumn("last run", isOptional: true) { _ in
      TableColumn("last run", priority: 4)
    } cell: { row, cell in
      guard case .book(_, let last?) = row else { return StyledText() }
      return RunbookWords.last(last, cell.context)
    },
  ]

  /// What is left open wants somebody, and what can't be read, too; neither is a state of the stack.
  func state(_ context: PanelContext) -> FactState {
    rows(context).map(\.state).max { $0.severity < $1.severity } ?? .ok
  }

  /// Its title with how many there are.
  func title(_ context: PanelContext) -> TileTitle {
    let (source, snapshot) = Self.feed(context)
    guard let snapshot else { return source.title("Runbooks", "") }
    let open = snapshot.open.count
    let left = open > 0 ? ", \(open) \(open == 1 ? "run" : "runs") left open" : ""
    let unread = snapshot.problems.count + snapshot.unreadable.count
    let more = unread > 0 ? ", \(unread) can't be read" : ""
    return source.title("Runbooks", SafeText("\(snapshot.entries.count) procedures\(left)\(more)"))
  }

  /// How many there are.
  func summary(_ context: PanelContext) -> SafeText { SafeText(Format.count(rows(context).count)) }

  /// The runs that are open, what can't be read, then the procedures.
  func rows(_ context: PanelContext) -> [RunbookRow] {
    let snapshot = Self.feed(context).value
    var open = (snapshot?.open ?? []).map { RunbookRow.open($0, snapshot?.script(of: $0)) }
    if let model = context.run {
      let own = RunbookRow.open(model.run, model.script)
      if let index = open.firstIndex(where: { $0.id == own.id }) {
        open[index] = own
      } else {
        open.insert(own, at: 0)
      }
    }
    guard let snapshot else { return open }
    // What can't be read is told before what can: below the list it would be seen by nobody.
    var rows = open + snapshot.problems.map { RunbookRow.problem("\($0)") }
    rows += snapshot.unreadable.map { RunbookRow.unreadable($0) }
    return rows
      + snapshot.entries.map { entry in
        // One that is open stands in a row of its own.
        RunbookRow.book(entry, last: snapshot.runs(of: entry.runbook).first { $0.standing == .over })
      }
  }

  /// A run's, a procedure's or a file's.
  func id(of row: RunbookRow) -> String { row.id }

  /// Title, id and what it is for.
  func texts(of row: RunbookRow) -> [String] {
    guard case .book(let entry, _) = row else { return [row.title.string, row.name] }
    return [row.title.string, row.name] + entry.runbook.about.map(\.string)
  }

  /// The row as what can be opened.
  func item(_ row: RunbookRow, _ context: PanelContext) -> PanelItem {
    PanelItem(id: row.id, kind: .runbook, name: row.name, title: row.title, state: row.state)
  }

  /// What was read stays true until it is read again.
  var fadesWhenOld: Bool { false }

  /// Why there is none.
  func emptyMessage(_ local: PanelLocal, _ context: PanelContext) -> StyledText {
    local.filter.isEmpty
      ? StyledText("No runbook was read yet", .muted)
      : StyledText("No runbook matches \(local.filter)", .muted)
  }

  /// The run that is gone through, else what the procedure's steps are.
  func page(_ row: RunbookRow, _ context: PanelContext) -> DetailPage? {
    if let model = context.run, row.id == model.rowID { return RunScreen(model, context).page }
    return RunbookPage(row, Self.feed(context).value, context).page
  }

  /// Draws the list, or the run that is gone through.
  func render(
    _ local: PanelLocal,
    _ context: PanelContext,
    isFocused: Bool,
    into buffer: inout CellBuffer,
    area: Rect
  ) -> ListPosition? {
    if let model = context.run, local.detail == model.rowID, local.pageFilter.isEmpty {
      return RunScreen(model, context).draw(into: &buffer, area: area, offset: local.detailOffset)
    }
    return renderList(local, context, isFocused: isFocused, into: &buffer, area: area)
  }

  /// Which files were read.
  func origin(ofRow row: RunbookRow, _ context: PanelContext) -> RowOrigin {
    var origin = RowOrigin(row.glyph.then(" ") + StyledText(row.title))
    switch row {
    case .open(let run, _):
      origin.add("from", StyledText("the journal of the run \(SafeText(run.id))"))
    case .book(let entry, _):
      origin.add("from", StyledText(SafeText("\(entry.runbook.file):\(entry.runbook.line)")))
    case .problem(let words): origin.add("from", StyledText(SafeText(words, limit: 400)))
    case .unreadable(let run): origin.add("from", StyledText("the journal of the run \(SafeText(run.id))"))
    }
    return origin
  }

  /// Who reads them.
  func source(_ context: PanelContext) -> PanelSource { Self.feed(context).source }

  /// The source of the runbooks and what it read last.
  static func feed(_ context: PanelContext) -> (source: PanelSource, value: RunbooksSnapshot?) {
    let stamped = context.world.snapshot(RunbooksSnapshot.self)
    let id = stamped?.source ?? RunbookSource.id
    return (PanelSource(id, sampledAt: stamped?.sampledAt, context), stamped?.value)
  }
}
