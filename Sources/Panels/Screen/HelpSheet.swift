internal import Facts

/// The keys: what `?` shows.
public enum HelpSheet {
  /// The sheet of a table of scope, key and what it does.
  public static func make(_ rows: [(scope: String, key: String, word: String)]) -> SheetModel {
    var lines: [StyledText] = []
    var scope = ""
    for row in rows {
      if row.scope != scope {
        scope = row.scope
        if !lines.isEmpty { lines.append("") }
        lines.append(StyledText(SafeText(row.scope), .text))
      }
      let padding = String(repeating: " ", count: max(1, 14 - row.key.count))
      lines.append(
        StyledText(SafeText("  \(row.key)\(padding)"), Style(role: .accent)).then(SafeText(row.word), .muted))
    }
    return SheetModel(title: "Keys", lines: lines)
  }
}
