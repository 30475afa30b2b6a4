internal import Facts
internal import Operations

extension ViewID {
  /// Runs that need attention.
  public static let runs = ViewID("runs")
}

/// Failed runs one by one, or grouped by what they failed for.
struct RunsView: SwitchingPanel {
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

  func shown(_ local: PanelLocal) -> any Panel { local.isGrouped ? causes : runs }

  func silentSource(_ context: PanelContext) -> String? { runs.silentSource(context) }

  func concern(_ context: PanelContext) -> FactName? { runs.concern(context) }

  func state(_ context: PanelContext) -> FactState { runs.state(context) }

  func title(_ context: PanelContext) -> TileTitle { runs.title(context) }

  func summary(_ context: PanelContext) -> SafeText { runs.summary(context) }

  func quiet(_ context: PanelContext) -> StyledText? { runs.quiet(context) }

  func origin(of item: PanelItem, _ context: PanelContext) -> RowOrigin? {
    item.kind == .cause ? causes.origin(of: item, context) : runs.origin(of: item, context)
  }
}
