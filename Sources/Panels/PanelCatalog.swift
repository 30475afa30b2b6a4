/// The views that there are.
///
/// To add one: its file and one line in ``standard``. Tabs, keys, palette, help, the overview's tiles and
/// docs/KEYS.md follow from its descriptor.
public struct PanelCatalog: Sendable {
  /// The console's own views.
  public static let standard = PanelCatalog([
    ServicesPanel(),
    QueuesPanel(),
    RunsView(),
    ValidationsView(),
    LogsPanel(),
    AlertsPanel(),
    RunbooksPanel(),
    TimelinePanel(),
    DatastoresView(),
  ])

  /// The panels in the order of the tabs, without the overview that shows them all.
  public let panels: [any Panel]

  /// Makes a catalogue of panels.
  public init(_ panels: [any Panel]) {
    self.panels = panels
  }

  /// The panel of a view; the overview in its automatic layout for any other.
  public func panel(_ id: ViewID) -> any Panel {
    panels.first { $0.id == id } ?? OverviewPanel(self)
  }

  /// The views that have a tile on the overview, in the order of the tabs.
  public var tiles: [ViewID] { panels.filter { $0.descriptor.column != nil }.map(\.id) }

  /// The views that there are, in the order of the tabs.
  public var views: [ViewDescriptor] { [OverviewPanel.view] + panels.map(\.descriptor) }

  /// The layouts of the overview that `p` goes through, by name.
  public static let layouts = OverviewLayout.names
}
