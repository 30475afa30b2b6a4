/// What a colour is for; a theme gives every role one colour.
public enum ThemeRole: String, Sendable, Hashable, CaseIterable {
  /// Values and words: the foreground.
  case text
  /// Labels, units, sources, hints.
  case muted
  /// Keys, links and what can be done.
  case accent
  /// Known and well.
  case ok
  /// Beyond the warning limit.
  case warn
  /// Beyond the critical limit.
  case crit
  /// No value.
  case nodata
  /// Too old, or the last attempt failed.
  case stale
  /// Quiet frames.
  case border
  /// The frame of the focused tile.
  case focus
  /// The background of the selected row.
  case selection
  /// The background of the header line.
  case header
  /// The background of a dialog.
  case dialog
  /// The background of a button that is not highlighted.
  case button
  /// Everything under a dialog.
  case shade
  /// The first series of a chart, and the colour `blue` of an environment.
  case graph1
  /// The second series, and `orange`.
  case graph2
  /// The third series, and `green`.
  case graph3
  /// The fourth series, and `yellow`.
  case graph4
  /// The fifth series, and `purple`.
  case graph5
  /// The sixth series, and `red`.
  case graph6

  /// The names that an environment's `color:` may have in the configuration, in the order of the graph roles.
  public static let environmentColors = ["blue", "orange", "green", "yellow", "purple", "red"]

  /// The role of an environment's colour by name; nil if there is no such name.
  public init?(environmentColor name: String) {
    let roles: [ThemeRole] = [.graph1, .graph2, .graph3, .graph4, .graph5, .graph6]
    guard let index = Self.environmentColors.firstIndex(of: name) else { return nil }
    self = roles[index]
  }

  /// Whether the role colours backgrounds rather than text.
  public var isBackground: Bool {
    switch self {
    case .selection, .header, .dialog, .button: true
    case .text, .muted, .accent, .ok, .warn, .crit, .nodata, .stale, .border, .focus, .shade, .graph1,
      .graph2, .graph3, .graph4, .graph5, .graph6:
      false
    }
  }
}
