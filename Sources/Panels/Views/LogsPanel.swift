internal import DataSources
internal import Facts

extension ViewID {
  /// What the services have written.
  public static let logs = ViewID("logs")
}

/// The lines of all services' logs in the order of time, the newest last.
///
/// It asks what is kept for the lines that are seen, however many there are.
struct LogsPanel: Panel {
  let descriptor = ViewDescriptor(
    id: .logs,
    key: "5",
    title: "Logs",
    shortTitle: "Logs",
    column: nil,
    keys: [
      ViewKey("e", hint: "next error", help: "next error") { move(to: .next, $0, $1) },
      ViewKey("E", hint: "error before", help: "the error before") { move(to: .previous, $0, $1) },
      ViewKey("w", help: "long lines in several rows, or cut again") { local, _ in
        local.isWrapped.toggle()
      },
    ]
  )

  private enum Direction { case next, previous }

  /// So late no reading of a log is that goes well: a cluster's are read every 5 s, and within 5 s.
  private static let late = Duration.seconds(12)

  private static func move(
    to direction: Direction,
    _ local: PanelLocal,
    _ context: PanelContext
  ) -> Result<Int, ViewKey.Nowhere> {
    guard let logs = context.logs else { return .failure(.init(words: "no line is told yet")) }
    let here = local.selectedIndex(in: items(logs)) ?? 0
    let errors = logs.selection.errors
    let found: Int?
    switch direction {
    case .next: found = errors.first { $0 > here }
    case .previous: found = errors.last { $0 < here }
    }
    guard let found else {
      let words: SafeText =
        errors.isEmpty
        ? "no error among these lines"
        : direction == .next ? "no error below: E goes back" : "no error above: e goes on"
      return .failure(.init(words: words))
    }
    return .success(found)
  }

  func items(_ local: PanelLocal, _ context: PanelContext) -> PanelItems {
    context.logs.map(Self.items) ?? []
  }

  private static func items(_ logs: LogsSnapshot) -> PanelItems {
    let (archive, selection) = (logs.archive, logs.selection)
    return PanelItems(count: selection.serials.count, follows: true) { id in
      Int(id).map { serial in
        let place = selection.place(of: serial, in: archive)
        return place.isThere ? .at(place.index) : .near(place.index)
      }
    } make: { index in
      let serial = selection.serials[index]
      let line = archive.lines([serial]).first
      var item = PanelItem(
        id: String(serial),
        kind: .line,
        name: line?.stream.service ?? "",
        title: line?.message ?? "gone",
        state: .ok,
        copy: line?.text.string ?? ""
      )
      item.edition = nil
      return item
    }
  }

  /// Without a filter all that is kept.
  func count(_ local: PanelLocal, _ context: PanelContext) -> Int {
    guard let logs = context.logs else { return 0 }
    return local.filter.isEmpty ? logs.archive.counts.kept : logs.selection.serials.count
  }

  /// Errors in logs are no judgement of the console's: services and runs have that.
  func state(_ context: PanelContext) -> FactState { .ok }

  func title(_ context: PanelContext) -> TileTitle {
    guard let logs = context.logs else {
      return TileTitle(
        name: "Logs",
        source: "",
        age: context.hasLogs ? "reading" : "no runtime",
        ageState: .nodata
      )
    }
    let failed = logs.standings.count { $0.failure != nil }
    let services = logs.standings.count
    guard failed > 0 else {
      let lag = logs.lag(at: context.now.monotonic)
      return TileTitle(
        name: "Logs",
        source: "\(services) services",
        age: lag.map { SafeText(Format.age($0)) } ?? "live",
        ageState: lag == nil ? .ok : .stale
      )
    }
    return TileTitle(
      name: "Logs",
      source: "\(services) services",
      age: failed == services ? "ERROR" : "\(failed) can't be read",
      ageState: .error
    )
  }

  func summary(_ context: PanelContext) -> SafeText { "–" }

  /// Lines have one order.
  func sortColumns(_ local: PanelLocal) -> [SortColumn] { [] }

  func quiet(_ context: PanelContext) -> StyledText? { nil }

  func page(_ local: PanelLocal, _ context: PanelContext) -> DetailPage? { openPage(local, context) }

  func origin(of item: PanelItem, _ context: PanelContext) -> RowOrigin? {
    guard let logs = context.logs, let serial = Int(item.id), let line = logs.archive.lines([serial]).first
    else {
      return nil
    }
    var origin = RowOrigin(StyledText(line.message))
    origin.add("log", StyledText(line.stream.shown))
    origin.add("written", LogRow(line, context).longTime)
    origin.reply = logs.archive.record(of: serial).map(\.text.string).joined(separator: "\n")
    return origin
  }

  func openPage(_ local: PanelLocal, _ context: PanelContext) -> DetailPage? {
    guard let logs = context.logs, let serial = local.detail.flatMap(Int.init) else { return nil }
    let lines = logs.archive.record(of: serial)
    guard let head = lines.first else { return nil }
    var page = DetailPage(
      title: head.stream.shown,
      state: LogRow.state(head.level),
      headline: SafeText(lines.count == 1 ? "one line" : "\(lines.count) lines"),
      entries: [
        KeyValueBlock.Entry("written", LogRow(head, context).longTime),
        KeyValueBlock.Entry("level", StyledText(LogRow.word(head.level), LogRow.style(head.level))),
      ]
    )
    page.text = lines.flatMap { line -> [StyledText] in
      let texts = PrettyJSON.lines(of: line.text.string) ?? [line.text]
      return texts.map { StyledText($0) }
        + (line.isCut ? [StyledText("[longer than what is kept of it]", .state(.warn))] : [])
    }
    return page
  }

  func render(
    _ local: PanelLocal,
    _ context: PanelContext,
    isFocused: Bool,
    into buffer: inout CellBuffer,
    area: Rect
  ) -> ListPosition? {
    guard let logs = context.logs else {
      let words: SafeText =
        context.hasLogs ? "Reading the logs" : "NO DATA  nothing runs the services: no log is known"
      buffer.put(words, at: Point(x: area.x + 2, y: area.y), style: .muted, maxWidth: area.width - 2)
      return nil
    }
    if let page = openPage(local, context) {
      return page.draw(
        into: &buffer,
        area: area,
        offset: local.detailOffset,
        filter: local.pageFilter,
        context
      )
    }
    let parts = area.split(top: min(area.height, 1))
    if area.height > 1 {
      head(logs, width: area.width - 2, local, context).draw(into: &buffer, row: parts.top)
    }
    let body = area.height > 1 ? parts.rest : area
    let notices = self.notices(logs, at: context.now.monotonic)
    var rows = body
    if rows.height > notices.count + 3 {
      for (index, notice) in notices.enumerated() {
        buffer.put(notice, at: Point(x: area.x + 2, y: body.y + index), maxWidth: area.width - 2)
      }
      rows = body.inset(top: notices.count)
    }
    return drawRows(logs, local, context, isFocused: isFocused, into: &buffer, area: rows)
  }

  private func drawRows(
    _ logs: LogsSnapshot,
    _ local: PanelLocal,
    _ context: PanelContext,
    isFocused: Bool,
    into buffer: inout CellBuffer,
    area: Rect
  ) -> ListPosition {
    let serials = logs.selection.serials
    guard !serials.isEmpty else {
      let words = nothing(logs, local, context)
      buffer.put(words, at: Point(x: area.x + 2, y: area.y), style: .muted, maxWidth: area.width - 2)
      return ListPosition(0..<0, of: 0)
    }
    let selected = local.selectedIndex(in: Self.items(logs)) ?? serials.count - 1
    let rows = LogRows(logs: logs, context: context, area: area, selected: selected)
    return local.isWrapped
      ? rows.drawWrapped(isFocused: isFocused, into: &buffer) : rows.draw(isFocused: isFocused, into: &buffer)
  }

  /// Why there is no line: what lies before that which was looked through is no silence.
  private func nothing(_ logs: LogsSnapshot, _ local: PanelLocal, _ context: PanelContext) -> SafeText {
    let selection = logs.selection
    if !selection.failure.isEmpty { return "It could not be looked for: \(SafeText(selection.failure))" }
    if (try? LogQuery(parsing: local.filter)).map({ $0 != selection.query }) ?? false { return "Looking" }
    if !logs.standings.isEmpty, logs.standings.allSatisfy({ $0.failure != nil }) {
      return "NO DATA  no log can be read"
    }
    if !logs.hasAskedAll {
      return context.world.snapshot(ServicesSnapshot.self) == nil
        ? "NO DATA  no service is known yet" : "Reading the logs"
    }
    if local.filter.isEmpty { return "No service has written a line" }
    let since = selection.wholeSince.map { " since \(context.time($0)): older ones are not kept here" } ?? ""
    return SafeText("No line holds \(local.filter)\(since)", limit: 300)
  }

  /// What stands above the lines: how many there are, what was found how often, how many errors by the minute.
  private func head(
    _ logs: LogsSnapshot,
    width: Int,
    _ local: PanelLocal,
    _ context: PanelContext
  ) -> LogHead {
    LogHead(logs: logs, isFollowing: local.selection == nil, width: width, context: context)
  }

  /// What can't be read, or wasn't: nobody may take it for silence.
  private func notices(_ logs: LogsSnapshot, at now: MonotonicTime) -> [StyledText] {
    let failed = logs.standings.compactMap { standing -> StyledText? in
      guard let failure = standing.failure else { return nil }
      let words = failure.detail.isEmpty ? failure.word : "\(failure.word): \(failure.detail)"
      return StyledText("\(SafeText(standing.instance)) can't be read: ", .state(.error))
        .then(SafeText(words, limit: 200), .muted)
    }
    let late = logs.standings.compactMap { standing -> StyledText? in
      guard standing.failure == nil, let readAt = standing.readAt, now - readAt > Self.late else {
        return nil
      }
      return StyledText("\(SafeText(standing.instance)) has not been read for ", .state(.stale))
        .then(SafeText(Format.duration(now - readAt)), .state(.stale))
    }
    let gaps = logs.standings.filter { !$0.gaps.isEmpty }.map { standing in
      let words = standing.gaps.map(\.sentence.string)
      return StyledText("\(SafeText(standing.instance)): ", .state(.warn))
        .then(SafeText(Array(Set(words)).sorted().joined(separator: ", "), limit: 200), .muted)
    }
    let all = failed + late + gaps
    guard all.count > 3 else { return all }
    return all.prefix(2) + [StyledText("\(all.count - 2) more logs with lines missing", .state(.warn))]
  }
}
