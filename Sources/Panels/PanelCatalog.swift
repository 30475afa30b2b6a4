internal import Facts

/// All panels.
///
/// To add one: its file and one line here.
public enum PanelCatalog {
  /// The panels in the order of the tabs, without the overview that shows them all.
  public static let panels: [any Panel] = [
    ServicesPanel(),
    QueuesPanel(),
    RunsPanel(),
    ValidationsPanel(),
    AlertsPanel(),
    TimelinePanel(),
  ]

  /// The panel of a view; the overview in its automatic layout for ``ViewID/overview``.
  public static func panel(_ id: ViewID) -> any Panel {
    panels.first { $0.id == id } ?? OverviewPanel()
  }

  /// The views that have a tile on the overview, in the order of the tabs.
  public static var tiles: [ViewID] { panels.map(\.id) }

  /// The layouts of the overview that `p` goes through, by name.
  public static let layouts = OverviewLayout.names

  /// The views that there are, in the order of the tabs.
  public static var views: [ViewID] { [.overview] + panels.map(\.id) }
}
