public import Facts

/// The signs that stand for states and steps; none of them is emoji-capable, each is one column.
public enum Glyph {
  /// The selected row or the current step.
  public static let current: Unicode.Scalar = "▸"
  /// A step to come, and an act that is done but unproven.
  public static let pending: Unicode.Scalar = "○"
  /// A step that is done and proven.
  public static let done: Unicode.Scalar = "✓"
  /// Something that failed.
  public static let failed: Unicode.Scalar = "✗"

  /// The sign of a state: ● ok, ▲ warn, ✗ crit, ◌ no data, ! stale, ? error.
  public static func glyph(for state: FactState) -> Unicode.Scalar {
    switch state {
    case .ok: "●"
    case .warn: "▲"
    case .crit: "✗"
    case .nodata: "◌"
    case .stale: "!"
    case .error: "?"
    }
  }
}

extension SafeText {
  /// A text of one glyph.
  public init(glyph: Unicode.Scalar) {
    self.init(String(glyph))
  }
}

extension StyledText {
  /// The glyph of a state in its colour.
  public init(glyphOf state: FactState) {
    self.init(SafeText(glyph: Glyph.glyph(for: state)), .state(state))
  }
}

extension Style {
  /// The look of a state's glyph, word or value.
  public static func state(_ state: FactState) -> Style {
    Style(role: ThemeRole(state: state))
  }
}

extension ThemeRole {
  /// The colour of a state; an error is as unknown as what is stale, and told by glyph and word.
  public init(state: FactState) {
    switch state {
    case .ok: self = .ok
    case .warn: self = .warn
    case .crit: self = .crit
    case .nodata: self = .nodata
    case .stale, .error: self = .stale
    }
  }
}
