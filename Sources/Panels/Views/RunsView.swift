internal import Facts
internal import Operations

extension ViewID {
  /// Runs that need attention.
  public static let runs = ViewID("runs")
}

/// Failed runs one by one, or grouped by what they failed for.
struct RunsView: Panel {
  static let view = ViewDescriptor(
    id: .runs,
    key: "3",
    title: "Failed runs",
    shortTitle: "Runs",
    column: .left,
    room: ViewDescriptor.Room(least: 6, beside: 4, most: 9),
    kinds: [.run, .execution, .task, .cause],
    detail: .asked,
    keys: [
      ViewKey("v", hint: "runs/causes", help: "by what they failed for, and back; of an open cause its runs")
      {
        local,
        _ in
        // Of an open cause its runs are what is looked for next.
        let cause = local.isGrouped ? local.detail : nil
        let former = local
        local = PanelLocal()
        local.isGrouped = !former.isGrouped
        local.filter = cause.map { "cause:\($0)" } ?? ""
      }
    ]
  )

  let descriptor = Self.view

  private let runs = RunsPanel()
  private let causes = RunCausesPanel()

  private func shown(_ local: PanelLocal) -> any Panel { local.isGrouped ? causes : runs }

  func items(_ local: PanelLocal, _ context: PanelContext) -> PanelItems {
    shown(local).items(local, context)
  }

  func count(_ local: PanelLocal, _ context: PanelContext) -> Int { shown(local).count(local, context) }

  func silentSource(_ context: PanelContext) -> String? { runs.silentSource(context) }

  func concern(_ context: PanelContext) -> FactName? { runs.concern(context) }

  func state(_ context: PanelContext) -> FactState { runs.state(context) }

  func title(_ context: PanelContext) -> TileTitle { runs.title(context) }

  func summary(_ context: PanelContext) -> SafeText { runs.summary(context) }

  func sortColumns(_ local: PanelLocal) -> [SortColumn] { shown(local).sortColumns(local) }

  func quiet(_ context: PanelContext) -> StyledText? { runs.quiet(context) }

  func export(_ local: PanelLocal, _ context: PanelContext) -> ListExport? {
    shown(local).export(local, context)
  }

  func wish(_ local: PanelLocal, _ context: PanelContext) -> Int? { shown(local).wish(local, context) }

  func page(_ local: PanelLocal, _ context: PanelContext) -> DetailPage? {
    shown(local).page(local, context)
  }

  func origin(of item: PanelItem, _ context: PanelContext) -> RowOrigin? {
    item.kind == .cause ? causes.origin(of: item, context) : runs.origin(of: item, context)
  }

  func openPage(_ local: PanelLocal, _ context: PanelContext) -> DetailPage? {
    shown(local).openPage(local, context)
  }

  func render(
    _ local: PanelLocal,
    _ context: PanelContext,
    isFocused: Bool,
    into buffer: inout CellBuffer,
    area: Rect
  ) -> ListPosition? {
    shown(local).render(local, context, isFocused: isFocused, into: &buffer, area: area)
  }
}
