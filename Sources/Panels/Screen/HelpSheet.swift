internal import Facts

/// The keys, printed from the console's own tables.
public enum HelpSheet {
  /// The help: the lines by scope, in the order in which scopes first appear, then what glyphs mean.
  ///
  /// - Parameter lines: Each key: where it is heard, how it is written, what it does.
  public static func make(_ lines: [(scope: String, key: String, word: String)]) -> SheetModel {
    let lines = lines.map { (scope: SafeText($0.scope), key: SafeText($0.key), word: SafeText($0.word)) }
    var scopes: [SafeText] = []
    for line in lines where !scopes.contains(line.scope) { scopes.append(line.scope) }
    let width = min(16, lines.reduce(0) { max($0, $1.key.widthInColumns) })
    var result: [StyledText] = []
    for scope in scopes {
      if !result.isEmpty { result.append(StyledText(" ")) }
      result.append(StyledText(scope, .strong))
      for line in lines where line.scope == scope {
        let gap = String(repeating: " ", count: max(0, width - line.key.widthInColumns) + 2)
        result.append(StyledText("  ").then(line.key, Style.accent.bold).then(SafeText(gap)).then(line.word))
      }
    }
    result.append(StyledText(" "))
    result.append(StyledText("states", .strong))
    for state in FactState.allCases {
      result.append(
        StyledText("  ").then(glyphOf: state).then(" \(state.word)", .state(state))
          .then(SafeText(String(repeating: " ", count: max(1, 10 - state.word.utf8.count))))
          .then(meaning(of: state), .muted))
    }
    return SheetModel(title: "Help", lines: result)
  }

  private static func meaning(of state: FactState) -> SafeText {
    switch state {
    case .ok: "known and within its limits"
    case .warn: "known and beyond its warning limit"
    case .crit: "known and beyond its critical limit, or a probe failed"
    case .nodata: "there never was a value, or the source has none; never 0"
    case .stale: "nothing failed, but the newest value is too old"
    case .error: "the last attempt failed; the last value is kept with its age"
    }
  }
}
