/// A pair of colours that is hard to read.
public struct ContrastFinding: Sendable, Hashable {
  /// The foreground's role.
  public let role: ThemeRole
  /// The background's role; nil is the screen's background.
  public let background: ThemeRole?
  /// The ratio of WCAG 2, 1 to 21.
  public let ratio: Double
  /// The ratio it should have.
  public let wanted: Double
}

extension Theme {
  /// The pairs of colours with too little contrast, on a screen of the given background.
  ///
  /// Text and states want 4.5 (WCAG AA), muted text 3, frames and shade 1.2. Roles that are the
  /// terminal's own colour can't be judged and are left out; on the theme's own backgrounds text is never
  /// the terminal's. `shown` is what a terminal makes of a colour: with 256 of them, the nearest.
  public func contrastFindings(
    onScreen screen: ThemeColor,
    as shown: (ThemeColor) -> ThemeColor = { $0 }
  ) -> [ContrastFinding] {
    var findings: [ContrastFinding] = []
    for role in ThemeRole.allCases where !role.isBackground {
      for background in [nil, ThemeRole.selection, .header, .dialog, .button] {
        if background != nil && role.staysOnScreen { continue }
        if background == .button && ![.text, .accent].contains(role) { continue }
        let wanted = role.wantedContrast
        let above = background.map { role == .text ? textColor(on: $0) : self[role] } ?? self[role]
        let below = background.map { self[$0] } ?? screen
        guard let ratio = ThemeColor.contrast(shown(above), shown(below)), ratio < wanted else { continue }
        findings.append(ContrastFinding(role: role, background: background, ratio: ratio, wanted: wanted))
      }
    }
    return findings
  }
}

extension ThemeRole {
  fileprivate var wantedContrast: Double {
    switch self {
    case .text, .accent, .ok, .warn, .crit, .stale: 4.5
    case .muted, .nodata, .focus, .graph1, .graph2, .graph3, .graph4, .graph5, .graph6: 3
    case .border, .shade, .selection, .header, .dialog, .button: 1.2
    }
  }

  /// Whether it is never drawn on another background than the screen's.
  fileprivate var staysOnScreen: Bool {
    switch self {
    case .border, .shade, .graph1, .graph2, .graph3, .graph4, .graph5, .graph6: true
    case .text, .muted, .accent, .ok, .warn, .crit, .nodata, .stale, .focus, .selection, .header, .dialog,
      .button:
      false
    }
  }
}
