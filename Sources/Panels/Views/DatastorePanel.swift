internal import DataSources
internal import Facts

extension TargetKind {
  /// What is only read: nothing acts on it.
  static let measure: TargetKind = "measure"
}

/// One section of the datastores: the rows that all sources of its kind told.
struct DatastorePanel: ListPanel {
  let section: DatastoreSection
  let columns: [ListColumn<DatastoreLine>]

  let descriptor = DatastoresView.view

  init(_ section: DatastoreSection) {
    self.section = section
    let own = section.columns.enumerated().map { index, column in
      ListColumn<DatastoreLine>(column.title) { _ in
        TableColumn(
          column.title,
          alignment: column.isFigure ? .right : .left,
          minimumWidth: column.least,
          // What takes the rest would take all of it if it were as wide as its text.
          idealWidth: column.isFlexible ? column.least : nil,
          priority: column.priority,
          isFlexible: column.isFlexible
        )
      } precedes: {
        DatastoreValue.precedes($0.value(index), $1.value(index))
      } cell: { line, cell in
        line.cell(index, isFigure: column.isFigure, cell.context)
      }
    }
    columns =
      own + [
        ListColumn("source", isOptional: true) { _ in
          TableColumn("source", minimumWidth: 6, priority: 1)
        } cell: { line, _ in
          line.isOneOfSeveral ? StyledText(SafeText(line.source), .muted) : StyledText()
        }
      ]
  }

  /// The sources that tell it, and what each told; without a snapshot nobody knows of any.
  private func readings(_ context: PanelContext) -> [(id: String, reading: DatastoresSnapshot.Reading?)] {
    guard let stores = context.datastores else { return [] }
    return stores.sources.filter { $0.store == section.store }.map { source in
      (source.id, stores.readings.first { $0.source == source.id && $0.section == section.id })
    }
  }

  /// The worst of its sources: what is told of the others stands there all the same.
  func source(_ context: PanelContext) -> PanelSource {
    let sources = readings(context).map { id, reading in
      PanelSource(
        asking: id,
        every: section.interval,
        sampledAt: reading?.sampledAt,
        failure: reading?.failure,
        since: reading?.failingSince,
        context
      )
    }
    return sources.max { $0.state.severity < $1.state.severity } ?? PanelSource(nil, context)
  }

  func rows(_ context: PanelContext) -> [DatastoreLine] {
    let readings = readings(context)
    return readings.flatMap { id, reading in
      (reading?.table?.rows ?? []).map {
        DatastoreLine(row: $0, source: id, isOneOfSeveral: readings.count > 1)
      }
    }
  }

  func id(of row: DatastoreLine) -> String { row.id }

  func texts(of row: DatastoreLine) -> [String] {
    let cells = row.row.cells.compactMap { value in
      if case .text(let text) = value { text.string } else { nil }
    }
    return cells + row.row.text.map(\.string) + [row.row.arguments["pid"] ?? "", row.source]
  }

  func item(_ row: DatastoreLine, _ context: PanelContext) -> PanelItem {
    let isOld = !source(context).isLive
    var item = PanelItem(
      id: row.id,
      kind: row.row.kind ?? .measure,
      name: row.row.arguments["pid"] ?? row.row.id,
      title: row.title(section, context),
      state: isOld ? source(context).state : row.row.state,
      copy: row.row.cells.map { $0.text(context).plain.string }.joined(separator: "\t"),
      source: row.source
    )
    item.edition = nil
    item.arguments = row.row.arguments
    return item
  }

  func state(_ context: PanelContext) -> FactState { .ok }

  func title(_ context: PanelContext) -> TileTitle {
    source(context).title("Datastores", "\(section.server) \(section.title)")
  }

  func summary(_ context: PanelContext) -> SafeText { "–" }

  /// As many as it can have: what its rows tell is longer than any list is wide.
  func wish(_ local: PanelLocal, _ context: PanelContext) -> Int? { 1_000 }

  func emptyMessage(_ local: PanelLocal, _ context: PanelContext) -> StyledText {
    if !local.filter.isEmpty { return StyledText("No row holds \(SafeText(local.filter))", .muted) }
    let told = readings(context).compactMap(\.reading?.table)
    // Before the first answer there is nothing to be said of: the notice above says how it fares.
    guard let first = told.first else { return StyledText() }
    return StyledText(first.empty, .muted)
  }

  func page(_ row: DatastoreLine, _ context: PanelContext) -> DetailPage? { row.page(section, context) }

  func origin(ofRow row: DatastoreLine, _ context: PanelContext) -> RowOrigin {
    let head = StyledText(glyphOf: row.row.state).then(" ").then(row.title(section, context), .strong)
    var origin = RowOrigin(row.row.word.isEmpty ? head : head.then("  ").then(row.row.word, .muted))
    let reading = readings(context).first { $0.id == row.source }?.reading
    origin.add("section", StyledText("\(section.server) \(section.title)"))
    origin.add("asked", StyledText(SafeText(reading?.address ?? row.source)))
    if let at = reading?.sampledAt {
      origin.add("age", StyledText(SafeText(Format.age(max(.zero, context.now.monotonic - at)))))
    }
    for (column, value) in zip(section.columns, row.row.cells) where !column.title.isEmpty {
      origin.add(column.title, value.text(context))
    }
    return origin
  }

  func drawAround(_ list: ListFrame<DatastoreLine>, into buffer: inout CellBuffer, area: Rect) -> Rect? {
    let tables = readings(list.context).compactMap { id, reading in reading?.table.map { (id, $0) } }
    var rest = area
    for (id, table) in tables where rest.height > 3 && !table.figures.isEmpty {
      let parts = rest.split(top: 1)
      let lead = tables.count > 1 ? StyledText("\(SafeText(id))  ", .muted) : StyledText()
      let room = parts.top.inset(left: 2)
      buffer.put(lead + Self.line(table.figures, list.context), at: room.origin, maxWidth: room.width)
      rest = parts.rest
    }
    let notes = tables.flatMap { id, table in
      table.notes.map { tables.count > 1 ? "\(SafeText(id)): \($0)" : $0 }
    }
    for (index, note) in notes.enumerated() where rest.height > 3 && index < 3 {
      let parts = rest.split(top: 1)
      let words: SafeText = index == 2 && notes.count > 3 ? "\(notes.count - 2) more that is not known" : note
      let room = parts.top.inset(left: 2)
      buffer.put(
        StyledText(glyphOf: .warn).then(" ").then(words, .state(.warn)),
        at: room.origin,
        maxWidth: room.width
      )
      rest = parts.rest
    }
    return rest
  }

  /// `connections 12 of 100   active 3`.
  private static func line(_ figures: [DatastoreFigure], _ context: PanelContext) -> StyledText {
    figures.enumerated().reduce(StyledText()) { line, entry in
      let figure = entry.element
      var value = figure.value.text(context)
      if figure.state != .ok, figure.state != .nodata {
        value = value.restyled(Style.state(figure.state).bold)
      }
      let limit = figure.limit.map { StyledText(" of ", .muted) + $0.text(context) } ?? StyledText()
      let gap = entry.offset == 0 ? "" : "   "
      return line + StyledText(SafeText("\(gap)\(figure.label.string) "), .muted) + value + limit
    }
  }
}
