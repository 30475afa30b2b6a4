internal import Facts

/// How the runs that need attention are spread over the window and over statuses.
struct RunSpread {
  /// How many were created in each equal part of the window, oldest first.
  private let parts: [Int]
  private let statuses: [(word: SafeText, count: Int)]
  private let window: Duration
  private let isCut: Bool

  private static let hours = 24

  /// Nil without rows.
  init?(_ snapshot: RunsSnapshot, _ context: PanelContext) {
    guard !snapshot.rows.isEmpty, snapshot.window > .zero else { return nil }
    var parts = Array(repeating: 0, count: Self.hours)
    for row in snapshot.rows {
      let age = (context.now.wall.secondsSince1970 - row.createdAt.secondsSince1970) / snapshot.window.seconds
      // What began before the window is stuck, or of a clock that is another's; a time may be infinite.
      guard age > -1, age < 1 else { continue }
      parts[Self.hours - 1 - min(Self.hours - 1, max(0, Int(age * Double(Self.hours))))] += 1
    }
    self.parts = parts
    statuses = Dictionary(grouping: snapshot.rows, by: { $0.status.string.lowercased() })
      .map { (SafeText($0.key), $0.value.count) }
      .sorted { ($1.count, $0.word.string) < ($0.count, $1.word.string) }
    window = snapshot.window
    isCut = snapshot.total > snapshot.rows.count
  }

  /// `-24 h ▁▁▂▁▅█ now   completed 20  failed 12  partial 3`, as far as there is room; `listed -24 h …` where there are
  /// more than are listed.
  ///
  /// Nil where there is no room for the hours.
  func text(width: Int) -> StyledText? {
    let bars = Sparkline(parts.map { $0 == 0 ? nil : Double($0) }, style: .role(.graph1))
    var line =
      StyledText("\(isCut ? "listed " : "")-\(RunsPanel.window(window)) ", .muted)
      + bars.text(width: parts.count)
      + StyledText(" now", .muted)
    guard line.widthInColumns <= width else { return nil }
    for (place, status) in statuses.enumerated() {
      let part = StyledText(place == 0 ? "   " : "  ").then(
        status.word.isEmpty ? "no status" : status.word,
        .muted
      )
      .then(" \(SafeText(Format.count(status.count)))")
      guard line.widthInColumns + part.widthInColumns <= width else { break }
      line = line + part
    }
    return line
  }
}
