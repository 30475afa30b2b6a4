internal import DataSources
internal import Facts

extension ViewID {
  /// Databases, caches and brokers from inside.
  public static let datastores = ViewID("datastores")
}

/// The sections of the datastores' view by their names, in the order in which keys go through them.
public enum DatastoreSections {
  /// The one of statements that somebody wrote.
  public static let statement = "query"
  /// All.
  static let names = DatastoreSection.all.map(\.id) + [statement]

  /// The section that is shown.
  static func shown(_ local: PanelLocal) -> String {
    local.section.flatMap { names.contains($0) ? $0 : nil } ?? names[0]
  }

  /// The section that is asked for while it is shown; nil of one that nobody tells by himself.
  public static func asked(_ local: PanelLocal) -> String? {
    let section = shown(local)
    return section == statement ? nil : section
  }
}

/// Postgres, Redis and RabbitMQ from inside, a section at a time, and what was asked by hand.
///
/// Only the section that is looked at is asked for.
struct DatastoresView: SwitchingPanel {
  static let view = ViewDescriptor(
    id: .datastores,
    key: nil,
    command: "db",
    title: "Datastores",
    shortTitle: "Data",
    column: nil,
    kinds: [.connection],
    keys: [
      ViewKey("[", help: "the section before") { local, _ in step(&local, by: -1) },
      ViewKey("]", hint: "next section", help: "the next section") { local, _ in step(&local, by: 1) },
    ]
  )

  /// What everything but drawing must know of it.
  let descriptor = Self.view

  private static let panels = DatastoreSection.all.map { DatastorePanel($0) }

  private static func step(_ local: inout PanelLocal, by step: Int) {
    let names = DatastoreSections.names
    let place = names.firstIndex(of: DatastoreSections.shown(local)) ?? 0
    // What was selected or filtered there means nothing here.
    local = PanelLocal()
    local.section = names[(place + step + names.count) % names.count]
  }

  func shown(_ local: PanelLocal) -> any Panel {
    let section = DatastoreSections.shown(local)
    return Self.panels.first { $0.section.id == section } ?? StatementPanel() as any Panel
  }

  /// What is bad in a datastore is judged elsewhere: here it is looked at.
  func state(_ context: PanelContext) -> FactState { .ok }

  func title(_ context: PanelContext) -> TileTitle { shown(context.datastoresLocal).title(context) }

  func summary(_ context: PanelContext) -> SafeText { "–" }

  func quiet(_ context: PanelContext) -> StyledText? { nil }

  func origin(of item: PanelItem, _ context: PanelContext) -> RowOrigin? {
    shown(context.datastoresLocal).origin(of: item, context)
  }

  func render(
    _ local: PanelLocal,
    _ context: PanelContext,
    isFocused: Bool,
    into buffer: inout CellBuffer,
    area: Rect
  ) -> ListPosition? {
    let panel = shown(local)
    guard area.height > 3, local.detail == nil else {
      return panel.render(local, context, isFocused: isFocused, into: &buffer, area: area)
    }
    let parts = area.split(top: 1)
    let room = parts.top.inset(left: 2)
    buffer.put(strip(local, context, width: room.width), at: room.origin, maxWidth: room.width)
    return panel.render(local, context, isFocused: isFocused, into: &buffer, area: parts.rest)
  }

  /// The sections side by side, the open one lit; where there is no room, those around it.
  private func strip(_ local: PanelLocal, _ context: PanelContext, width: Int) -> StyledText {
    let current = DatastoreSections.shown(local)
    let place = DatastoreSections.names.firstIndex(of: current) ?? 0
    let titles =
      DatastoreSection.all.map { (id: $0.id, title: $0.title, server: $0.server) }
      + [(id: DatastoreSections.statement, title: "query", server: "")]
    func text(_ index: Int) -> StyledText {
      let title = titles[index]
      let isCurrent = index == place
      var text = StyledText(title.title, isCurrent ? Style.accent.bold : .muted)
      let worst = worst(of: title.id, context)
      if worst.severity > 0 { text.append(SafeText(glyph: Glyph.glyph(for: worst)), Style.state(worst).bold) }
      return text
    }
    func line(_ range: Range<Int>) -> StyledText {
      var line = StyledText("[ ", range.lowerBound > 0 ? .accent : .muted)
      var server: SafeText?
      for index in range {
        if server != nil { line.append(titles[index].server == server ? "  " : " │ ", .muted) }
        server = titles[index].server
        line = line + text(index)
      }
      return line.then(" ]", range.upperBound < titles.count ? .accent : .muted)
    }
    var (low, high) = (place, place + 1)
    while true {
      let wider = max(0, low - 1)..<min(titles.count, high + 1)
      guard wider != low..<high else { break }
      if line(wider).widthInColumns <= width {
        (low, high) = (wider.lowerBound, wider.upperBound)
      } else if high < titles.count, line(low..<(high + 1)).widthInColumns <= width {
        high += 1
      } else if low > 0, line((low - 1)..<high).widthInColumns <= width {
        low -= 1
      } else {
        break
      }
    }
    return line(low..<high)
  }

  /// The worst of what a section told when it was looked at last; a source that tells nothing now is worse.
  private func worst(of section: String, _ context: PanelContext) -> FactState {
    let readings = (context.datastores?.readings ?? []).filter { $0.section == section }
    return readings.reduce(.ok) { worst, reading in
      let states =
        (reading.table?.rows.map(\.state) ?? []) + (reading.table?.figures.map(\.state) ?? [])
        + (reading.failure == nil ? [] : [.error])
      // What isn't told of one measure stands in its row.
      return states.filter { $0 != .nodata }.reduce(worst) { FactState.worse($0, $1) }
    }
  }
}
