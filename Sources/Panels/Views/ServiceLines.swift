internal import Facts

/// The last lines that a service has written, as its page shows them.
struct ServiceLines {
  /// So many stand first: the rest stands at the end of the page.
  private static let most = 8

  let detail: Loadable?

  /// The last of them, or why there are none.
  var newest: [StyledText] {
    switch detail {
    case nil: []
    case .loading: [Self.title, StyledText(glyphOf: .nodata).then(" asking for them", .muted)]
    case .failed(let failure):
      [
        Self.title.then("  ").then(glyphOf: .error).then(" \(SafeText(failure.word))", .state(.error)),
        StyledText(SafeText(failure.detail.isEmpty ? failure.advice : failure.detail), .muted),
      ]
    case .loaded:
      if lines.isEmpty {
        [Self.title, StyledText("it has written none that is kept", .muted)]
      } else {
        [Self.title] + lines.suffix(Self.most).map(Self.shown)
      }
    }
  }

  /// Those before them: the last of a page, for where there is room or one can scroll.
  var before: [StyledText] {
    guard lines.count > Self.most else { return [] }
    return [StyledText("the lines before those", .muted)] + lines.dropLast(Self.most).map(Self.shown)
  }

  /// Whether there are any.
  var areThere: Bool { !lines.isEmpty }

  private static let title = StyledText("last lines", .muted)

  private var lines: [SafeText] {
    guard case .loaded(let snapshot)? = detail, let tail = snapshot as? LogTail else { return [] }
    return tail.shown
  }

  /// A line in the colour of its level.
  static func shown(_ line: SafeText) -> StyledText { StyledText(line, style(of: line)) }

  /// By the words that loggers write: only they are worth a colour.
  private static func style(of line: SafeText) -> Style {
    func holds(_ words: [String]) -> Bool { words.contains(where: line.string.contains) }
    if holds(["ERROR", "CRITICAL", "FATAL", "PANIC", "Traceback"]) { return .state(.crit) }
    return holds(["WARN"]) ? .state(.warn) : .text
  }
}
